"""docs/moving-over.md, step by step: its statements, on a table that a script has filled."""
import json
import re

import psycopg2
import pytest

from e2e import reference
from e2e.test_examples import EXAMPLES, example, load  # noqa: F401: example is a fixture
from e2e.test_load import DATA
from support.process import ROOT
from support.site import write_json

PAGE = (ROOT / "docs/moving-over.md").read_text()
ADD, BACKFILL, VIEW, LET_GO = re.findall(r"```sql\n(.*?)```", PAGE, re.S)
OLD_TABLE = (EXAMPLES["plain-sha256"] / "table.sql").read_text()


def script(site, events) -> None:
    """What people run today: no list of columns, no key, a hash that is none."""
    with psycopg2.connect(site.database.url) as connection, connection.cursor() as cursor:
        for e in events:
            cursor.execute(
                "INSERT INTO user_logins VALUES (%s, %s, %s, %s, %s, %s, '2026-01-01')",
                (e["user_id"], e["device_type"], reference.legacy(e["ip"]),
                 reference.legacy(e["device_id"]), e["locale"], reference.version(e["app_version"])))


@pytest.fixture
def moved(example, tmp_path):  # noqa: F811
    """The script filled half of the table, Bauta the rest; one address and one device came to both."""
    site = example("old-and-new", lambda sql: OLD_TABLE)
    events = [e for e in json.loads(DATA.read_text()) if reference.is_login(e)]
    old, new = events[:40], events[40:]
    new[0]["ip"], new[0]["device_id"] = old[0]["ip"], old[0]["device_id"]
    script(site, old[:20])
    site.database.psql(ADD)
    script(site, old[20:])
    problems = site.bauta("check", "-o", "json", env=site.env, ok=False).json
    # The test's own server runs with fsync=off.
    assert {p["code"] for p in problems if p["severity"] == "error"} <= {"E066"}
    load(site, write_json(tmp_path / "new.json", new))
    site.bauta("run", "--until-empty", env=site.env)
    return site, old, new


def test_old_rows_get_the_tokens_of_what_came_again(moved):
    site, old, new = moved
    ring = reference.KeyRing(site.keyring)
    seen = {"ip": {e["ip"] for e in new}, "device_id": {e["device_id"] for e in new}}
    assert site.count() == 99

    def token(event, field, form):
        return ring.token(event[field], field, form) if event[field] in seen[field] else None

    for _ in range(2):  # doing it again changes nothing
        site.database.psql(BACKFILL)
        rows = site.database.query("SELECT masked_ip, ip_token, masked_device_id, device_id_token"
                                   " FROM user_logins")
        assert sorted(rows, key=repr) == sorted(
            ((reference.legacy(e["ip"]), token(e, "ip", "ip1"),
              reference.legacy(e["device_id"]), token(e, "device_id", "str1")) for e in old + new),
            key=repr)
    assert any(token(e, "ip", "ip1") for e in old)
    assert any(token(e, "ip", "ip1") is None for e in old)


def test_a_view_for_both_and_then_the_hashes_go(moved):
    site, old, new = moved
    site.database.psql(BACKFILL)
    site.database.psql(VIEW)
    again, = site.database.query(
        "SELECT count(DISTINCT ip) FROM logins WHERE user_id IN (%s, %s)",
        old[0]["user_id"], new[0]["user_id"])
    assert again == (1,)  # the address that both have seen joins
    assert site.database.one("SELECT count(*) FROM logins WHERE ip IS NULL") == 0

    config = site.config.read_text()
    without = re.sub(r"  masked_\w+:\n(    .*\n)+", "", config)
    assert without.count("\n") == config.count("\n") - 10
    site.config.write_text(without)
    refused = site.bauta("run", "--until-empty", env=site.env, ok=False)
    assert refused.code == 2 and "init --accept-new-tokens" in refused.err
    site.bauta("init", "--accept-new-tokens", env=site.env)
    load(site, DATA)
    site.bauta("run", "--until-empty", env=site.env)
    site.database.psql(LET_GO)
    load(site, DATA)
    done = site.bauta("run", "--until-empty", "-o", "json", env=site.env)
    assert done.json["events"]["inserted"] == 99
    assert "W007" not in done.err
    dump = site.database.query("SELECT * FROM logins")
    assert len(dump) == 99 * 3
    assert not re.search(r"\b[0-9a-f]{64}\b", repr(dump))
