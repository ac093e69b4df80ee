"""Each config of examples/, as it stands there, against what Python computes of the same events."""
import json
import pathlib
import shutil
from datetime import date, datetime, timezone

import pytest

from e2e import reference
from e2e.test_load import DATA, FILES
from support.process import ROOT, environment
from support.site import Site, write_json

EXAMPLES = {path.parent.name: path.parent for path in (ROOT / "examples").glob("*/bauta.yaml")}
IP, DEVICE = ("ip", "ip1"), ("device_id", "str1")


def day(event: dict, sent: date) -> date:
    return date.fromisoformat(event["create_date"]) if event.get("create_date") else sent


def default(event: dict, ring: reference.KeyRing, sent: date) -> dict:
    """What all the examples have in common, by column."""
    return {"user_id": event["user_id"], "device_type": event.get("device_type"),
            "masked_ip": ring.token(event["ip"], *IP),
            "masked_device_id": ring.token(event["device_id"], *DEVICE),
            "locale": event.get("locale"), "app_version": reference.version(event["app_version"]),
            "create_date": day(event, sent)}


def hashes(event: dict, suffix: str = "") -> dict:
    return {"masked_ip": reference.legacy(event["ip"], suffix),
            "masked_device_id": reference.legacy(event["device_id"], suffix)}


def tokens(event: dict, ring: reference.KeyRing, ip: str, device: str) -> dict:
    return {ip: ring.token(event["ip"], *IP), device: ring.token(event["device_id"], *DEVICE)}


GONE = object()  # A column that the example's table does not have.
# In what an example differs: (event, ring, sent) -> columns.
DIFFERENT = {
    "logins": lambda e, r, s: {},
    "plain-sha256": lambda e, r, s: hashes(e),
    "sha256-suffix": lambda e, r, s: hashes(e, "hello"),
    "version-text": lambda e, r, s: {"app_version": e["app_version"].ljust(9)},
    "version-digits": lambda e, r, s: {"app_version": int(e["app_version"].replace(".", ""))},
    "dated-when-sent": lambda e, r, s: {"create_date": s},
    "dated-today": lambda e, r, s: {"create_date": datetime.now(timezone.utc).date()},
    "hashed-columns": lambda e, r, s: {
        "masked_ip": GONE, "masked_device_id": GONE, **tokens(e, r, "hashed_ip", "hashed_device_id")},
    "old-and-new": lambda e, r, s: {**hashes(e), **tokens(e, r, "ip_token", "device_id_token")},
    "reversible": lambda e, r, s: {"masked_ip": r.sealed(e["ip"], *IP),
                                   "masked_device_id": r.sealed(e["device_id"], *DEVICE)},
    "networks": lambda e, r, s: {"ip_network": r.token(e["ip"], "ip", "ip-prefix1:24,64"),
                                 "masked_inet": r.ipcrypt(e["ip"], "ip", "ipcrypt-pfx")},
    "least-data": lambda e, r, s: {
        "user_id": None, "masked_ip": reference.network(e["ip"]),
        "masked_device_id": reference.keep_last(e["device_id"]),
        "locale": "[locale]" if e.get("locale") else None},
}


def expected(name: str, site: Site, events: list) -> list[dict]:
    ring = reference.KeyRing(site.keyring)
    (sent_ms,) = {sent for (sent,) in site.database.query(
        "SELECT DISTINCT sent_ms / 86400000 * 86400000 FROM bauta.ledger")}
    sent = datetime.fromtimestamp(sent_ms / 1000, timezone.utc).date()
    rows = []
    for event in filter(reference.is_login, events):
        row = default(event, ring, sent) | DIFFERENT[name](event, ring, sent)
        rows.append({column: value for column, value in row.items() if value is not GONE})
    return sorted(rows, key=repr)


def found(site: Site, like: dict) -> list[dict]:
    columns = site.database.query(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'user_logins'::regclass AND attnum > 0")
    assert {column for (column,) in columns} == set(like), "the example fills its whole table"
    rows = site.database.query(f"SELECT {', '.join(like)} FROM user_logins")
    return sorted((dict(zip(like, row)) for row in rows), key=repr)


@pytest.fixture
def example(database, queue):
    """example(name): a site that has the example's files and nothing else said but where things are."""
    sites = []

    def make(name: str, ddl=lambda sql: sql) -> Site:
        site = Site(database, queue)
        sites.append(site)
        shutil.copy(EXAMPLES[name] / "bauta.yaml", site.config)
        database.psql(ddl((EXAMPLES[name] / "table.sql").read_text()))
        site.env = environment(
            DATABASE_URL=database.url, AWS_ENDPOINT_URL_SQS=queue.endpoint, AWS_REGION="us-east-1",
            BAUTA__SOURCE__SQS__QUEUE=queue.name)
        for command in (["keys", "generate", "--no-passphrase"], ["init"]):
            site.bauta(*command, env=site.env)
        return site

    yield make
    for site in sites:
        site.close()


def load(site: Site, file: pathlib.Path) -> None:
    site.bauta("queue", "load", "--file", file, env=site.env)


def run(name: str, site: Site, file: pathlib.Path) -> None:
    load(site, file)
    done = site.bauta("run", "--until-empty", "-o", "json", env=site.env)
    assert done.json["events"] == {"seen": 100, "inserted": 99, "duplicate": 0, "quarantined": 1}
    assert ("warning[W007]" in done.err) == (name in ("plain-sha256", "sha256-suffix", "old-and-new"))
    want = expected(name, site, json.loads(file.read_text()))
    assert found(site, want[0]) == want


def test_every_example_has_its_computation():
    assert set(EXAMPLES) == set(DIFFERENT)


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_does_what_python_computes(example, name, file):
    run(name, example(name), file)


@pytest.mark.parametrize("name", ["logins", "dated-when-sent", "dated-today"])
def test_takes_the_date_from_where_it_says(example, name, tmp_path):
    """Half of the events bring a date of their own."""
    events = json.loads(DATA.read_text())
    for i, event in enumerate(events):
        if i % 2:
            event["create_date"] = f"2024-02-{i % 29 + 1:02}"
    run(name, example(name), write_json(tmp_path / "dated.json", events))


def test_a_version_as_text_of_any_length(example):
    """The same config into varchar, which pads nothing."""
    site = example("version-text", lambda sql: sql.replace("char(9)", "varchar(32)"))
    load(site, DATA)
    site.bauta("run", "--until-empty", env=site.env)
    assert sorted(site.database.query("SELECT app_version FROM user_logins")) == sorted(
        (e["app_version"],) for e in json.loads(DATA.read_text()) if reference.is_login(e))


def test_old_hashes_and_new_tokens_of_one_field(example):
    """Equal in the one, equal in the other: so a view can join old rows with new ones."""
    site = example("old-and-new")
    load(site, DATA)
    site.bauta("run", "--until-empty", env=site.env)
    for pair in ("masked_ip, ip_token", "masked_device_id, device_id_token"):
        first, second = pair.split(", ")
        counts = site.database.query(f"SELECT count(DISTINCT {first}), count(DISTINCT {second}),"
                                     f" count(DISTINCT ({pair})) FROM user_logins")
        assert len(set(counts[0])) == 1


def test_another_suffix_is_another_mask(example):
    """It would split the old hashes in two; and a suffix that was a secret is not written down."""
    site = example("sha256-suffix")
    site.config.write_text(site.config.read_text().replace("hello", "hallo"))
    refused = site.bauta("run", "--until-empty", env=site.env, ok=False)
    assert refused.code == 2
    assert "error[E065] columns.masked_device_id.suffix" in refused.err
    registered = site.database.query("SELECT * FROM bauta.masked_column")
    assert registered and "hello" not in repr(registered)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_program_prints_it(bare, name):
    printed = bare.bauta("config", "example", name).out
    config, table = ((EXAMPLES[name] / file).read_text() for file in ("bauta.yaml", "table.sql"))
    if name == "logins":
        assert printed == config == bare.bauta("config", "example").out
        return
    assert printed.startswith(config)
    assert [line[2:] for line in printed[len(config):].splitlines()[2:]] == table.splitlines()


def test_an_unknown_example_names_those_there_are(bare):
    refused = bare.bauta("config", "example", "nope", ok=False)
    assert refused.code == 2
    for name in EXAMPLES:
        assert name in refused.err
