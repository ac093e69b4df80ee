"""`bauta subject export`: what there is about one person, and nobody else, with a record of it."""
import json
import stat

import pytest

from e2e.test_erase import HIS, SHARED, two_people
from support.desk import Desk
from support.own_cluster import cluster  # noqa: F401
from support.site import login
from support.users import user
from support.vaulted import MORE, VAULT

REASON = "request 16 of 2026-11-20"


@pytest.fixture
def desk(bare):
    bare.configure(VAULT, MORE)
    made = Desk(bare)
    bare.configure(VAULT, MORE)
    two_people(bare)
    bare.database.execute("GRANT SELECT ON user_logins TO pii_reveal")
    bare.configure(VAULT, MORE, url=made.revealer.url)
    return made


def export(desk, whom: str, *arguments, ok: bool = True):
    out = desk.site.home / f"export-{len(list(desk.site.home.glob('export-*')))}"
    ended = desk.bauta("subject", "export", "--reason", REASON, "--out", out, *arguments,
                       text=whom + "\n")
    assert not ok or ended.code == 0, ended
    assert whom not in ended.out + ended.err
    ended.file = out
    ended.document = json.loads(out.read_text()) if out.exists() else None
    return ended


def test_has_the_persons_rows_and_originals(desk):
    ended = export(desk, "first", "--identity", desk.identity)
    assert stat.S_IMODE(ended.file.stat().st_mode) == 0o600
    found = ended.document
    assert found["subject"] == {"column": "user_id", "value": "first"}
    assert found["table"] == "user_logins"
    assert sorted((row["user_id"], row["masked_ip"]) for row in found["rows"]) == sorted(
        ("first", desk.ring.token(ip, "ip", "ip1")) for ip in (SHARED, HIS))
    assert {token: (one["value"], one["verified"], one["problem"])
            for token, one in found["originals"].items()} == {
        desk.ring.token(value, domain, canon): (value, True, None) for value, domain, canon in
        ((SHARED, "ip", "ip1"), (HIS, "ip", "ip1"), ("device-1", "device_id", "str1"))}
    assert "2 rows, 3 originals" in ended.err


def test_leaves_a_record_before_it_looks(desk):
    found = export(desk, "first", "--identity", desk.identity).document
    who, subject = desk.revealer.user, desk.ring.token("first", "subject", "str1")
    audit = desk.audit()
    assert audit[0] == (1, who, "subject.export", subject, REASON)
    assert [(entry[1], entry[2]) for entry in audit[1:]] == (
        [(who, "reveal.request")] * 3 + [(who, "reveal.fetch")] * 3)
    assert {one["request"] for one in found["originals"].values()} == {2, 3, 4}
    # Who may leave no record sees nothing.
    nobody = user(desk.database)
    desk.database.execute(f"GRANT SELECT ON user_logins TO {nobody.user}")
    desk.site.configure(VAULT, MORE, url=nobody.url)
    refused = export(desk, "first", ok=False)
    assert refused.code == 2 and "pii_reveal" in refused.err and not refused.file.exists()
    assert len(desk.audit()) == len(audit)


def test_what_the_key_ring_opens_needs_no_identity(desk):
    columns = VAULT.replace("mask: hmac-sha256, canonical: text, vault: true", "mask: aes-siv")
    assert columns != VAULT
    desk.site.configure(columns, MORE, url=desk.revealer.url)
    sealed = desk.ring.sealed("device-1", "device_id", "str1")
    forged = desk.ring.sealed("device-1", "other", "str1")
    desk.database.execute("UPDATE user_logins SET masked_device_id = %s WHERE user_id = 'first'", sealed)
    found = export(desk, "first").document
    assert found["originals"] == {
        sealed: {"value": "device-1", "verified": True, "problem": None, "request": 2}}
    assert [entry[2:4] for entry in desk.audit()[1:]] == [("reveal.request", sealed),
                                                          ("reveal.fetch", sealed)]
    desk.database.execute("UPDATE user_logins SET masked_device_id = %s WHERE user_id = 'first'", forged)
    both = export(desk, "first", "--identity", desk.identity).document["originals"]
    assert both.pop(forged)["problem"] == "damaged" and len(both) == 2
    assert {one["value"] for one in both.values()} == {SHARED, HIS}


def test_without_an_identity_there_are_the_rows(desk):
    found = export(desk, "first").document
    assert len(found["rows"]) == 2 and found["originals"] is None
    assert [entry[2] for entry in desk.audit()] == ["subject.export"]


def test_of_nobody_there_is_nothing(desk):
    found = export(desk, "nobody at all", "--identity", desk.identity).document
    assert found["rows"] == [] and found["originals"] == {}
    assert len(desk.audit()) == 1, "that somebody asked is known"


def test_a_subject_that_is_masked(desk):
    desk.site.configure(VAULT, "vault: {recipient: v1}\nsubject: masked_device_id\n",
                        url=desk.revealer.url)
    found = export(desk, "device-1", "--identity", desk.identity).document
    assert {row["user_id"] for row in found["rows"]} == {"first"} and len(found["rows"]) == 2


def test_anothers_token_in_a_clear_field_stays_a_token(desk):
    """Who can write a row could else have anybody's original revealed with it."""
    other = desk.ring.token("device-2", "device_id", "str1")
    desk.database.execute(f"UPDATE user_logins SET locale = left('{other}', 32)"
                          " WHERE user_id = 'first'")
    found = export(desk, "first", "--identity", desk.identity).document
    assert found["rows"][0]["locale"] == other and other not in found["originals"]


@pytest.mark.parametrize("more, text, arguments, says", [
    ("vault: {recipient: v1}\n", "first\n", [], "subject"),
    (MORE, "", [], "first line is empty"),
    (MORE, "one\ntwo\n", [], "more than one line"),
    (MORE, "first\n", ["--reason", "short"], "8 to 500"),
])
def test_bad_orders(desk, more, text, arguments, says):
    desk.site.configure(VAULT, more, url=desk.revealer.url)
    reason = [] if "--reason" in arguments else ["--reason", REASON]
    ended = desk.bauta("subject", "export", "--out", desk.site.home / "x", *reason, *arguments,
                       text=text)
    assert ended.code == 2 and says in ended.err, ended
    assert not (desk.site.home / "x").exists() and desk.audit() == []


def test_not_into_a_pipe(desk):
    ended = desk.bauta("subject", "export", "--reason", REASON, text="first\n")
    assert ended.code == 2 and "--out" in ended.err and desk.audit() == []


def test_to_a_terminal(desk):
    desk.site.queue.send_events([login(9)])
    code, seen = desk.on_a_terminal("subject", "export", "--reason", REASON, typed="first\n")
    assert code == 0 and '"rows":[' in seen and SHARED not in seen
