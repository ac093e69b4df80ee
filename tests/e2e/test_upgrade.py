"""From schema 1 to schema 2: repeated, at once, under load, beside an instance of the version before."""
import pathlib
import subprocess

import pytest

from e2e import checker
from support import old, process
from support.process import wait_for

V1 = (pathlib.Path(__file__).parents[1] / "data/schema_v1.sql").read_text()
BACK_TO_V1 = """
SELECT pg_advisory_xact_lock(1650554225, 1);
DROP INDEX bauta.batch_pipeline_at_idx, bauta.quarantine_held_idx, bauta.quarantine_sealed_idx;
UPDATE bauta.meta SET schema_version = 1;
"""


@pytest.fixture
def v1(bare):
    """A database as the version before left it, and keys."""
    if bare.database.version() < 12:
        pytest.skip("its schema was written down on PostgreSQL 15")
    bare.bauta("keys", "generate", "--no-passphrase")
    bare.database.psql(V1)
    return bare


def versions(site) -> tuple:
    return site.database.query("SELECT schema_version, min_worker FROM bauta.meta")[0]


def load(site, count: int) -> list[checker.Sent]:
    sent = checker.make(count)
    for one, id_ in zip(sent, site.queue.send([one.body for one in sent])):
        one.message_id = id_
    site.database.execute(checker.STRICT)
    return sent


def test_an_upgraded_schema_is_the_new_one(v1, cluster):
    done = v1.bauta("init", "-o", "json").json["done"]
    assert "upgraded schema bauta from version 1 to 2" in done
    assert versions(v1) == (2, 1)
    fresh = cluster.create(f"{v1.database.name}-fresh")
    v1.configure(url=fresh.url)
    v1.bauta("init")
    assert v1.database.dump("-s") == fresh.dump("-s")


def test_the_printed_script_upgrades_too_and_never_downgrades(v1):
    script = v1.bauta("init", "--print-sql").out
    for _ in range(2):
        v1.database.psql(script)
    assert versions(v1) == (2, 1)
    before = v1.database.dump("-s")
    v1.bauta("init")
    assert v1.database.dump("-s") == before
    v1.database.execute("UPDATE bauta.meta SET schema_version = 3")
    with pytest.raises(AssertionError, match="newer than this script"):
        v1.database.psql(script)


def test_upgrades_at_once(v1):
    ended = [run.finish() for run in [v1.start("init", "-o", "json") for _ in range(4)]]
    assert [e.code for e in ended] == [0] * 4, ended
    said = [line for e in ended for line in e.json["done"] if "upgraded" in line]
    assert said == ["upgraded schema bauta from version 1 to 2"]


def refused(site, *needles: str) -> None:
    for command in (("run", "--until-empty"), ("check",)):
        ended = site.bauta(*command, ok=False)
        assert ended.code == 2, ended
        for needle in needles:
            assert needle in ended.all, ended
        assert "E064" in ended.all, ended


def test_too_old_and_too_new_tell_what_to_do(v1):
    v1.database.execute("CREATE TABLE user_logins (user_id text, device_type text, masked_ip text,"
                        " masked_device_id text, locale text, app_version int, create_date date)")
    v1.queue.send(["{}"])
    refused(v1, "schema bauta has version 1, this program needs 2", "bauta init")
    v1.bauta("init")
    v1.database.execute("UPDATE bauta.meta SET schema_version = 3")
    v1.run()  # N + 1
    v1.database.execute("UPDATE bauta.meta SET min_worker = 3")
    refused(v1, "schema bauta has version 3, this program knows 2", "use a newer bauta")
    v1.database.execute("UPDATE bauta.meta SET min_worker = 1, schema_version = 4")
    refused(v1, "schema bauta has version 4, this program knows 2", "use a newer bauta")
    ended = v1.bauta("init", ok=False)
    assert ended.code == 2 and "use a newer bauta" in ended.err, ended


def test_status_and_check_tell_the_versions(site):
    server = site.database.one("SHOW server_version").split(" ")[0]
    assert f"version 2, workers from 1; PostgreSQL {server}" in site.bauta("status").out
    assert f"schema bauta version 2, PostgreSQL {server}" in site.bauta("check", ok=False).all


def test_an_upgrade_under_load_loses_and_doubles_nothing(site):
    sent = load(site, 3000)
    site.configure(rows=20)
    run = site.start("run", "--until-empty", "-o", "json")
    for at in (300, 900):
        wait_for(lambda: site.count("bauta.ledger") > at, "some rows")
        site.database.execute(BACK_TO_V1)
        inits = [site.start("init", "-o", "json") for _ in range(2)]
        assert [init.finish().code for init in inits] == [0, 0]
        assert versions(site) == (2, 1)
    assert run.finish(120).code == 0
    assert checker.problems(site.database, sent) == []


@pytest.mark.slow
def test_an_old_instance_runs_across_the_upgrade(v1):
    program = old.binary("7058e27", "BAUTA_V1")
    assert '"schema_version":1' in subprocess.run(
        [program, "version", "-o", "json"], capture_output=True, text=True, check=True).stdout
    subprocess.run([program, "init", "--create-table"], cwd=v1.home, check=True,
                   env=process.environment(), capture_output=True)
    assert versions(v1) == (1, 1)
    sent = load(v1, 3000)
    v1.configure(rows=20)
    before = subprocess.Popen([program, "run", "--until-empty", "-o", "json"], cwd=v1.home,
                              env=process.environment(), stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)
    wait_for(lambda: v1.count("bauta.ledger") > 300, "some rows of the old instance")
    v1.bauta("init")
    assert versions(v1) == (2, 1)
    assert before.poll() is None, "the old instance is still at work"
    at_upgrade = v1.count("bauta.ledger")
    wait_for(lambda: v1.count("bauta.ledger") > at_upgrade, "the old instance to go on")
    after = v1.start("run", "--until-empty", "-o", "json")
    assert before.wait(120) == 0
    assert after.finish(120).code == 0
    assert checker.problems(v1.database, sent) == []
