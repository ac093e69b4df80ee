"""`bauta audit`: what the chain of the audit shows, and to whom."""

import psycopg2
import pytest

from support.own_cluster import cluster  # noqa: F401
from support.users import user
from support.vault import audit_hash

TOKEN = "h1:k1:jqnjlwexo4uiwz23dbsgmu2xpy"


@pytest.fixture
def desk(bare):
    """A site with the roles, and four lines in its audit; the config connects as an auditor."""
    bare.bauta("keys", "generate", "--no-passphrase")
    bare.bauta("init", "--roles", "--create-table")
    bare.auditor = user(bare.database, "pii_auditor")
    bare.revealer = user(bare.database, "pii_reveal")
    for number in range(2):
        seq = one(bare.revealer, "SELECT pii.reveal_request(%s, %s)", TOKEN, f"ticket {number}: café")
        one(bare.revealer, "SELECT count(*) FROM pii.reveal_fetch(%s)", seq)
    bare.configure(url=bare.auditor.url)
    return bare


def one(who, sql, *values):
    connection = psycopg2.connect(who.url)
    connection.autocommit = True
    try:
        cursor = connection.cursor()
        cursor.execute(sql, values or None)
        return cursor.fetchone()[0]
    finally:
        connection.close()


def problems(site, *arguments) -> set[tuple]:
    ended = site.bauta("audit", "verify", "-o", "json", *arguments, ok=False)
    found = {(p["seq"], p["problem"]) for p in ended.json["problems"]}
    assert ended.code == (1 if found else 0), ended
    return found


def test_lists_who_asked_for_what_and_why(desk):
    lines = desk.bauta("audit", "list", "-o", "json").lines
    assert [(e["seq"], e["actor"], e["action"], e["token"], e["reason"]) for e in lines] == [
        (1, desk.revealer.user, "reveal.request", TOKEN, "ticket 0: café"),
        (2, desk.revealer.user, "reveal.fetch", TOKEN, "1"),
        (3, desk.revealer.user, "reveal.request", TOKEN, "ticket 1: café"),
        (4, desk.revealer.user, "reveal.fetch", TOKEN, "3")]
    before = bytes(32)
    for e in lines:
        digest = audit_hash(before, e)
        assert (e["prev_hash"], e["hash"]) == (before.hex(), digest.hex())
        before = digest
    assert "ticket 1: café" in desk.bauta("audit", "list").out
    for arguments, expected in ((["--limit", "1"], [4]), (["--action", "reveal.fetch"], [2, 4]),
                                (["--since", "1h"], [1, 2, 3, 4]), (["--until", "1h"], []),
                                (["--actor", "nobody"], [])):
        listed = desk.bauta("audit", "list", "-o", "json", *arguments).lines
        assert [e["seq"] for e in listed] == expected


def test_is_clean_and_says_how_far_it_is_anchored(desk):
    assert problems(desk) == set()
    assert "no anchor yet" in desk.bauta("audit", "verify").out
    anchor = desk.bauta("audit", "anchor", "-o", "json", "--note", "printed").json
    assert anchor["seq"] == 4
    report = desk.bauta("audit", "verify", "-o", "json").json
    assert (report["entries"], report["anchored_seq"]) == (4, 4)
    assert report["head"] == {"seq": 4, "hash": anchor["hash"]}


DAMAGE = {
    "edit": ("UPDATE pii.audit SET reason = 'nothing to see' WHERE seq = 1", {(1, "hash")}),
    "other actor": ("UPDATE pii.audit SET actor = 'nobody' WHERE seq = 3", {(3, "hash")}),
    "other time": ("UPDATE pii.audit SET at = at + interval '1 microsecond' WHERE seq = 2",
                   {(2, "hash")}),
    "gap": ("DELETE FROM pii.audit WHERE seq = 2", {(3, "gap"), (3, "link")}),
    "cut tail": ("DELETE FROM pii.audit WHERE seq = 4", {(4, "head")}),
    "nothing left": ("DELETE FROM pii.audit", {(4, "head")}),
    "no head": ("DELETE FROM pii.audit_head", {(-1, "head")}),
    "slipped in before": ("INSERT INTO pii.audit SELECT 0, at, actor, action, token, reason,"
                          " prev_hash, hash, xid FROM pii.audit WHERE seq = 1", {(1, "link")}),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_finds_what_was_done_to_it(desk, what):
    sql, expected = DAMAGE[what]
    desk.database.execute(sql)
    found = problems(desk)
    assert expected <= found, found
    text = desk.bauta("audit", "verify", ok=False)
    assert text.code == 1 and "somebody has been at the audit" in text.out


REBUILD = """DO $$DECLARE a pii.audit; before bytea := decode(repeat('00', 32), 'hex'); n int := 0;
BEGIN
  DELETE FROM pii.audit WHERE seq <= 2;
  FOR a IN SELECT * FROM pii.audit ORDER BY seq LOOP
    n := n + 1;
    UPDATE pii.audit SET seq = n, prev_hash = before, hash = pii._row_hash(before, n, a.at, a.actor,
      a.action, a.token, a.reason) WHERE seq = a.seq RETURNING hash INTO before;
  END LOOP;
  UPDATE pii.audit_head SET seq = n, hash = before;
END$$"""


@pytest.mark.parametrize("format", ["text", "json"])
def test_finds_a_rebuilt_chain_by_its_anchors(desk, format):
    """The owner of the database can make a chain that fits itself, and drop his own anchors."""
    kept = desk.home / "anchors.txt"
    kept.write_text(desk.bauta("audit", "anchor", "-o", format).out)
    desk.database.execute(REBUILD)
    assert problems(desk) == {(4, "anchor")}
    desk.database.execute("DELETE FROM pii.anchor")
    assert problems(desk) == set(), "by itself it cannot be seen any more"
    assert problems(desk, "--anchor", kept) == {(4, "anchor")}


def test_an_anchor_file_that_says_nothing_is_refused(desk):
    kept = desk.home / "anchors.txt"
    for text, why in (("", "holds no anchor"), ("4 abc\n", "line 1: is no anchor")):
        kept.write_text(text)
        ended = desk.bauta("audit", "verify", "--anchor", kept, ok=False)
        assert ended.code == 2 and why in ended.err, ended
    assert desk.bauta("audit", "verify", "--anchor", desk.home / "none", ok=False).code == 2


def metrics(ended) -> dict[str, float]:
    lines = [line for line in ended.out.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_metrics_for_a_textfile_collector(desk):
    desk.bauta("audit", "anchor")
    one(desk.revealer, "SELECT pii.reveal_request(%s, %s)", TOKEN, "ticket 4711")
    clean = metrics(desk.bauta("audit", "verify", "-o", "prometheus"))
    assert clean["bauta_audit_entries"] == 5
    assert clean["bauta_audit_unanchored_entries"] == 1
    assert 0 <= (clean["bauta_audit_verified_timestamp_seconds"]
                 - clean["bauta_audit_last_entry_timestamp_seconds"]) < 60
    kinds = {f'bauta_audit_problems{{problem="{k}"}}' for k in ("gap", "link", "hash", "head",
                                                               "anchor")}
    assert {name for name in clean if "problem" in name} == kinds
    assert all(clean[name] == 0 for name in kinds)
    desk.database.execute("UPDATE pii.audit SET actor = 'nobody' WHERE seq = 3")
    ended = desk.bauta("audit", "verify", "-o", "prometheus")  # Ends with 0: so it is collected.
    assert metrics(ended)['bauta_audit_problems{problem="hash"}'] == 1


def test_who_may_not_is_told_the_grant_that_lets_him(desk):
    stranger = user(desk.database)
    for who in (desk.revealer, stranger):
        desk.configure(url=who.url)
        for verb in ("list", "verify", "anchor"):
            ended = desk.bauta("audit", verb, ok=False)
            assert ended.code == 2 and "E067" in ended.err, ended
            assert f'GRANT pii_auditor TO "{who.user}";' in ended.err, ended
    desk.database.execute(f'GRANT pii_auditor TO "{stranger.user}"')
    assert desk.bauta("audit", "verify").code == 0


def test_without_schema_pii_there_is_no_audit(site):
    ended = site.bauta("audit", "list", ok=False)
    assert ended.code == 2 and "E064" in ended.err and "bauta init" in ended.err, ended
