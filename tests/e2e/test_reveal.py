"""`bauta reveal`: from tokens to values, for the right person, with a record of it."""
import stat

import pytest

from support.desk import REASON, Desk
from support.own_cluster import cluster  # noqa: F401
from support.users import user

ADDRESSES = ["198.51.100.7", "203.0.113.9", "2001:db8::1"]


@pytest.fixture
def desk(bare):
    made = Desk(bare)
    made.tokens = [made.keep(address) for address in ADDRESSES]
    return made


def values(lines) -> list[tuple]:
    return [(line["token"], line["value"], line["verified"], line["problem"]) for line in lines]


def test_gives_the_values_and_leaves_a_record(desk):
    device = desk.keep(" 593-47-5928 ".strip(), "device_id", "str1")
    digits = desk.keep("593-47-5928", "other", "str1")
    ended = desk.reveal(*desk.tokens, device, digits)
    assert values(ended.revealed) == [
        (token, value, True, None) for token, value in
        zip([*desk.tokens, device, digits], [*ADDRESSES, "593-47-5928", "593-47-5928"])]
    assert stat.S_IMODE(ended.file.stat().st_mode) == 0o600
    first = ended.revealed[0]
    assert (first["domain"], first["canonical"], first["recipient"], first["request"]) == (
        "ip", "ip1", "v1", 1)
    who, tokens = desk.revealer.user, [*desk.tokens, device, digits]
    assert desk.audit() == [
        *((n, who, "reveal.request", t, REASON) for n, t in enumerate(tokens, 1)),
        *((n + 5, who, "reveal.fetch", t, str(n)) for n, t in enumerate(tokens, 1))]
    assert "198.51.100" not in ended.all and "593-47" not in ended.all


def test_takes_what_people_paste(desk):
    a, b, c = desk.tokens
    csv = f'user_id,masked_ip\r\nu1,"{a}"\r\nu2,{b.upper()}\r\nu1,{a}\r\n,\r\n'
    ended = desk.reveal(text=csv)
    assert [line["value"] for line in ended.revealed] == [ADDRESSES[0], ADDRESSES[1], ADDRESSES[0]]
    assert len(desk.audit()) == 4, "a token that stands there twice is asked for once"
    psql = f" id |  masked_ip\n----+-----------\n  1 | {c}\n(1 row)\n"
    assert desk.reveal(text=psql).revealed[0]["value"] == ADDRESSES[2]


def test_takes_a_query(desk):
    desk.database.execute("INSERT INTO user_logins (user_id, masked_ip) VALUES ('u1', %s), ('u2', NULL)",
                          desk.tokens[1])
    query = ["--query", "SELECT user_id, masked_ip FROM user_logins ORDER BY user_id"]
    refused = desk.reveal(*query, ok=False)
    assert refused.code == 2 and "42501" in refused.err, "it is his own right to read the table"
    desk.database.execute(f'GRANT SELECT ON user_logins TO "{desk.revealer.user}"')
    assert [line["value"] for line in desk.reveal(*query).revealed] == [ADDRESSES[1]]
    for sql, why in (("DELETE FROM user_logins", "25006"), ("SELECT 1; SELECT 2", "42601"),
                     ("SELECT user_id FROM user_logins", "hold no token")):
        ended = desk.reveal("--query", sql, ok=False)
        assert ended.code == 2 and why in ended.err, ended
    assert desk.database.one("SELECT count(*) FROM user_logins") == 2


def test_an_unknown_token_is_told_and_costs_the_others_nothing(desk):
    unknown = desk.ring.token("192.0.2.99", "ip", "ip1")
    ended = desk.reveal(desk.tokens[0], unknown, desk.tokens[1], ok=False)
    assert ended.code == 1
    assert values(ended.revealed) == [(desk.tokens[0], ADDRESSES[0], True, None),
                                      (unknown, None, False, "unknown"),
                                      (desk.tokens[1], ADDRESSES[1], True, None)]
    assert len(desk.audit()) == 6


def test_a_forged_record_is_unverified(desk):
    """Sealing is anonymous: who may write to the database can say that a token is anything."""
    forged = desk.ring.token("192.0.2.1", "ip", "ip1")
    desk.sealer.store(desk.database, forged, "ip", "ip1", "192.0.2.2")
    elsewhere = desk.ring.token("192.0.2.3", "ip", "ip1")
    desk.sealer.store(desk.database, elsewhere, "device_id", "ip1", "192.0.2.3")
    ended = desk.reveal(forged, elsewhere, desk.tokens[0], ok=False)
    assert ended.code == 1
    assert [line["problem"] for line in ended.revealed] == ["no_match", "no_match", None]
    text = desk.reveal(forged, ok=False, json=False)
    assert "UNVERIFIED: FORGED" in text.revealed, text.revealed


def test_a_record_that_was_moved_or_changed_does_not_open(desk):
    a, b, c = desk.tokens
    desk.database.execute("UPDATE pii.vault SET sealed = (SELECT sealed FROM pii.vault WHERE token = %s)"
                          " WHERE token = %s", a, b)
    desk.database.execute("UPDATE pii.vault SET recipient = 'v9' WHERE token = %s", c)
    cut = desk.keep("192.0.2.4")
    desk.database.execute("UPDATE pii.vault SET sealed = substr(sealed, 1, 100) WHERE token = %s", cut)
    ended = desk.reveal(a, b, c, cut, ok=False)
    assert ended.code == 1
    assert [line["problem"] for line in ended.revealed] == [None, "damaged", "other_recipient",
                                                            "damaged"]


def test_without_the_token_key_nothing_is_verified(desk):
    desk.site.keyring.rename(desk.site.home / "away.json")
    ended = desk.reveal(desk.tokens[0])
    assert values(ended.revealed) == [(desk.tokens[0], ADDRESSES[0], False, "no_key")]
    assert "cannot be verified" in ended.err


REFUSED = {
    "no reason": (["--reason"], "--reason"),
    "a short reason": (["--reason", " seven "], "8 to 500"),
    "a long reason": (["--reason", "x" * 501], "8 to 500"),
    "a value for a token": (["198.51.100.7"], "argument 1: is no token"),
    "no token on standard input": ([], "holds no token"),
    "both": (["h1:k1:jqnjlwexo4uiwz23dbsgmu2xpy", "--query", "SELECT 1"], "--query"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_before_anything_is_asked(desk, what):
    arguments, why = REFUSED[what]
    if arguments == ["--reason"]:
        arguments = desk.tokens[:1]
    elif "--reason" in arguments:
        arguments = [*arguments, *desk.tokens[:1]]
    else:
        arguments = [*arguments, "--reason", REASON]
    ended = desk.bauta("reveal", "--identity", desk.identity, "--out", desk.site.home / "x",
                       *arguments)
    assert ended.code == 2 and why in ended.err, ended
    assert "198.51.100" not in ended.all
    assert desk.audit() == []


def test_identities_that_do_not_do(desk):
    quarantine = desk.site.identity
    open_to_all = desk.site.home / "open.json"
    open_to_all.write_bytes(desk.identity.read_bytes())
    open_to_all.chmod(0o640)
    for identity, why in ((quarantine, "is for the quarantine"), (open_to_all, "0640"), ("none.json", "no such")):
        ended = desk.reveal(desk.tokens[0], "--identity", identity, identity=False, ok=False)
        assert ended.code == 2 and why in ended.err, ended
    missing = desk.reveal(desk.tokens[0], identity=False, ok=False)
    assert missing.code == 2 and "identity-v1.json" in missing.err, missing
    assert desk.audit() == [], "who cannot open it has not asked for it"


def test_values_go_to_a_terminal_or_a_new_private_file(desk):
    arguments = ["reveal", desk.tokens[0], "--identity", desk.identity, "--reason", REASON]
    for output in (["-o", "json"], ["-o", "text"]):
        piped = desk.bauta(*arguments, *output)
        assert piped.code == 2 and "--out FILE" in piped.err, piped
    there = desk.site.home / "there"
    there.write_text("mine")
    ended = desk.bauta(*arguments, "--out", there)
    assert ended.code == 2 and there.read_text() == "mine"
    assert desk.audit() == []
    code, seen = desk.on_a_terminal(*arguments)
    assert code == 0 and ADDRESSES[0] in seen and "verified" in seen, seen
    code, seen = desk.on_a_terminal("reveal", "-o", "json", "--identity", desk.identity, "--reason",
                                    REASON, typed=desk.tokens[1] + "\n\x04")
    assert code == 0 and f'"value":"{ADDRESSES[1]}"' in seen, seen


def test_a_value_cannot_steer_the_terminal(desk):
    token = desk.keep("\x1b]0;gotcha\x07x", "device_id", "str1")
    for output in ("text", "json"):
        code, seen = desk.on_a_terminal("reveal", token, "--identity", desk.identity, "--reason", REASON,
                                        "-o", output)
        assert code == 0 and "gotcha" in seen and "\x1b]0;" not in seen, seen


def test_thousands_in_few_round_trips(desk):
    addresses = [f"10.{n >> 8}.{n & 255}.1" for n in range(1200)]
    tokens = [desk.ring.token(a, "ip", "ip1") for a in addresses]
    desk.database.execute(
        "INSERT INTO pii.vault (token, domain, kid, recipient, sealed) SELECT t, 'ip', 'k1', 'v1', s"
        " FROM unnest(%s, %s) AS u(t, s)", tokens,
        [desk.sealer.seal(t, "ip", "ip1", a) for t, a in zip(tokens, addresses)])
    ended = desk.reveal(text="\n".join(tokens))
    assert [line["value"] for line in ended.revealed] == addresses
    assert all(line["verified"] for line in ended.revealed)
    assert len(desk.audit()) == 2400
    xids = desk.database.one("SELECT count(DISTINCT xid) FROM pii.audit")
    assert xids == 6, "500 at a time"


def test_who_may_not_is_told_the_grant_that_lets_him(desk):
    stranger = user(desk.database)
    for who in (desk.auditor, stranger):
        desk.site.configure(url=who.url)
        ended = desk.reveal(desk.tokens[0], ok=False)
        assert ended.code == 2 and "E067" in ended.err, ended
        assert f'GRANT pii_reveal TO "{who.user}";' in ended.err, ended
        assert ended.revealed == []
    assert desk.audit() == []
    desk.database.execute(f'GRANT pii_reveal TO "{stranger.user}"')
    assert desk.reveal(desk.tokens[0]).revealed[0]["value"] == ADDRESSES[0]


def test_without_schema_pii_nothing_can_be_revealed(site):
    ended = site.bauta("reveal", "h1:k1:jqnjlwexo4uiwz23dbsgmu2xpy", "--identity",
                       site.home / "identity-v1.json", "--reason", REASON, "--out", "x", ok=False)
    assert ended.code == 2 and "E064" in ended.err and "init" in ended.err, ended


def test_no_value_is_seen_from_outside(desk, cluster):
    """Not in the server's log with all statements and parameters in it, not in the process's arguments."""
    cluster.set("log_statement", "all")
    cluster.set("log_min_duration_statement", 0)
    try:
        ended = desk.reveal(*desk.tokens)
    finally:
        cluster.reset_settings()
    log = (cluster.home / "log").read_text()
    assert "reveal_fetch" in log
    for address in ADDRESSES:
        assert address not in log and address not in ended.all
    assert REASON in log, "a reason is no secret"
