"""`bauta migrate-legacy`: old hashes become the tokens that new rows get, without the source data."""
import hashlib
import subprocess

import psycopg2
import pytest

from e2e import reference
from support import process
from support.desk import REASON, ask
from support.postgres import Cluster
from support.process import Finished
from support.site import COLUMNS
from support.users import user

VAULT = COLUMNS.replace("canonical: ip}", "canonical: ip, vault: true}")
ADDRESSES = [f"198.51.100.{n}" for n in range(0, 256, 5)] + ["203.0.113.0", "203.0.113.255"]
ELSEWHERE = "192.0.2.1"
RANGES = ("--range", "198.51.100.0/24", "--range", "203.0.113.0/24")


def legacy(value: str, suffix: str = "") -> str:
    return hashlib.sha256((value + suffix).encode()).hexdigest()


def fill(site, values, column="masked_ip", suffix="", times=2) -> None:
    for i in range(times):
        for value in values:
            site.database.execute(f"INSERT INTO user_logins (user_id, {column}) VALUES (%s, %s)",
                                  f"u{i}-{value}", legacy(value, suffix))


def migrate(site, *arguments, column="masked_ip", ok=True, text="", reason=REASON) -> Finished:
    done = subprocess.run([process.BAUTA, "migrate-legacy", "--column", column, "--reason", reason,
                           "-o", "json", *map(str, arguments)], cwd=site.home, input=text,
                          env=process.environment(), capture_output=True, text=True, timeout=120)
    ended = Finished(arguments, done.returncode, done.stdout, done.stderr)
    assert not ok or ended.code == 0, ended
    for value in ADDRESSES:
        assert value not in ended.all
    return ended


def tokens(site, column="masked_ip") -> dict:
    rows = site.database.query(f"SELECT user_id, {column} FROM user_logins")
    return {who.split("-", 1)[1]: token for who, token in rows}


def test_every_hash_of_a_candidate_becomes_its_token(site):
    fill(site, ADDRESSES + [ELSEWHERE])
    ring = reference.KeyRing(site.keyring)
    dry = migrate(site, *RANGES, "--dry-run").json
    assert (dry["inverted"], dry["rows"], dry["left"]) == (len(ADDRESSES), 0, 2 * len(ADDRESSES) + 2)
    assert tokens(site)[ELSEWHERE] == legacy(ELSEWHERE)

    done = migrate(site, *RANGES).json
    assert done["hashes"] == len(ADDRESSES) + 1 and done["inverted"] == len(ADDRESSES)
    assert done["rows"] == 2 * len(ADDRESSES) and done["left"] == 2
    assert done["candidates"] == 512 and done["seconds"] > 0 and not done["dry_run"]
    assert tokens(site) == {a: ring.token(a, "ip", "ip1") for a in ADDRESSES} | {
        ELSEWHERE: legacy(ELSEWHERE)}
    again = migrate(site, "--range", "192.0.2.0/24").json
    assert (again["hashes"], again["rows"], again["left"]) == (1, 2, 0), "it goes on where it was"
    assert migrate(site, *RANGES).json["hashes"] == 0


@pytest.mark.parametrize("how", ["file", "stdin"])
def test_ids_of_a_pattern_with_a_suffix(site, how):
    ids = ["000-00-0000", "000-07-0042", "000-99-9999"]
    fill(site, ids, column="masked_device_id", suffix="hello")
    file = site.home / "suffix"
    file.write_text("hello\n")
    file.chmod(0o600)
    done = migrate(site, "--pattern", "000-dd-dddd", "--suffix-file",
                   file if how == "file" else "-", text="hello\n", column="masked_device_id")
    assert done.json["left"] == 0 and "hello" not in done.all
    ring = reference.KeyRing(site.keyring)
    assert tokens(site, "masked_device_id") == {i: ring.token(i, "device_id", "str1") for i in ids}


REFUSED = {
    "no reason": ({"reason": "because"}, RANGES, "8 to 460"),
    "a column that makes no tokens": ({"column": "locale"}, RANGES, "mask: hmac-sha256"),
    "ids without a pattern": ({"column": "masked_device_id"}, (), "--pattern"),
    "no network": ({}, ("--range", "198.51.100.0/33"), "no IPv4 network"),
    "too much": ({}, ("--pattern", "d" * 13), "too many"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_changes_nothing(site, what):
    options, arguments, why = REFUSED[what]
    fill(site, ADDRESSES[:1])
    ended = migrate(site, *arguments, ok=False, **options)
    assert ended.code == 2 and why in ended.err, ended
    assert tokens(site) == {ADDRESSES[0]: legacy(ADDRESSES[0])}


@pytest.fixture(scope="module")
def own():
    """Roles belong to the whole cluster."""
    server = Cluster()
    yield server
    server.stop()


def test_originals_go_into_the_vault_and_a_line_into_the_audit(own, queue):
    from support.site import Site
    from support.desk import Desk
    desk = Desk(Site(own.create("migrate"), queue))
    site = desk.site
    fill(site, ADDRESSES[:7])
    site.configure(VAULT, more="vault: {recipient: v1}\n")
    site.bauta("init")
    assert migrate(site, *RANGES).json["rows"] == 14
    assert [(a, t, r) for _, _, a, t, r in desk.audit()] == [
        ("migrate-legacy", None, f"{REASON} [column masked_ip]")]
    site.configure(VAULT, more="vault: {recipient: v1}\n", url=desk.revealer.url)
    for value in ADDRESSES[:7]:
        token = desk.ring.token(value, "ip", "ip1")
        [line] = desk.reveal(token).revealed
        assert (line["value"], line["verified"]) == (value, True)

    # Who may not write is told what to grant, and nothing is lost.
    site.configure(url=desk.database.url)
    fill(site, [ELSEWHERE], times=1)
    reader = user(desk.database, "bauta_operator")
    ask_owner = desk.database.execute
    ask_owner("GRANT SELECT ON user_logins TO bauta_operator")
    site.configure(VAULT, more="vault: {recipient: v1}\n", url=reader.url)
    ended = migrate(site, "--range", "192.0.2.0/24", ok=False)
    assert ended.code == 2 and "GRANT SELECT, UPDATE ON " in ended.err, ended
    assert tokens(site)[ELSEWHERE] == legacy(ELSEWHERE)


@pytest.mark.slow
def test_a_million_candidates_and_a_hundred_thousand_rows(site):
    site.database.execute(
        "INSERT INTO user_logins (user_id, masked_device_id)"
        " SELECT 'u-' || i, encode(sha256(convert_to(to_char(i, 'FM000-00-0000'), 'UTF8')), 'hex')"
        " FROM generate_series(0, 99999) AS i")
    done = migrate(site, "--pattern", "00d-dd-dddd", column="masked_device_id").json
    assert (done["rows"], done["left"], done["candidates"]) == (100000, 0, 10**7)
    assert site.database.one("SELECT count(DISTINCT masked_device_id) FROM user_logins") == 100000
