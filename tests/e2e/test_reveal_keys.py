"""`bauta reveal` and `lookup` of what the key ring alone opens: aes-siv and ipcrypt."""
import base64
import hashlib
import json

import pytest

from e2e import reference
from support.desk import REASON, Desk
from support.own_cluster import cluster  # noqa: F401
from support.users import user

ADDRESSES = ["198.51.100.7", "203.0.113.9", "2001:db8::1"]
DETERMINISTIC, PFX = "ipcrypt-deterministic", "ipcrypt-pfx"
COLUMNS = """\
  user_id: {from: /user_id, required: true}
  sealed:  {from: /ip, mask: aes-siv, canonical: ip, on_invalid: raw}
  device:  {from: /device_id, mask: aes-siv}
  monthly: {from: /device_id, mask: aes-siv, canonical: lower, domain: "dev@{yyyy-mm}"}
  far:     {from: /ip, mask: ipcrypt-deterministic}
  near:    {from: /ip, mask: ipcrypt-pfx, domain: net}
  mnear:   {from: /ip, mask: ipcrypt-pfx, domain: "net@{yyyy-mm}"}
  hashed:  {from: /ip, mask: hmac-sha256, canonical: ip}
"""
TABLE = """\
CREATE TABLE user_logins (user_id text, sealed varchar(256), device varchar(256),
  monthly varchar(256), far inet, near inet, mnear inet, hashed varchar(256))"""


@pytest.fixture
def desk(bare):
    bare.database.psql(TABLE)
    bare.configure(COLUMNS)
    made = Desk(bare)
    bare.configure(COLUMNS, url=made.revealer.url)
    return made


def values(lines) -> list[tuple]:
    return [(line["token"], line["value"], line["verified"], line["problem"]) for line in lines]


def other_material(desk) -> None:
    """Another key under the name of k1."""
    ring = json.loads(desk.site.keyring.read_text())
    material = hashlib.sha256(b"another").digest()
    prk = reference.hmac.new(b"pii-token-v1", material, hashlib.sha256).digest()
    ring["keys"][0]["kcv"] = reference.hmac.new(prk, b"kcv\0\0\1", hashlib.sha256).hexdigest()[:8]
    ring["keys"][0]["material"]["key"] = base64.b64encode(material).decode()
    desk.site.keyring.write_text(json.dumps(ring))


def test_tokens_of_aes_siv_need_no_vault(desk):
    tokens = [desk.ring.sealed(a, "ip", "ip1") for a in ADDRESSES]
    device = desk.ring.sealed("593-47-5928", "device_id", "str1")
    raw = desk.ring.sealed(" no address", "ip", "raw1")
    ended = desk.reveal(*tokens, device, raw, identity=False)
    assert values(ended.revealed) == [
        (token, value, True, None) for token, value in
        zip([*tokens, device, raw], [*ADDRESSES, "593-47-5928", " no address"])]
    assert [(line["domain"], line["canonical"], line["recipient"]) for line in ended.revealed] == [
        *[("ip", "ip1", None)] * 3, ("device_id", "str1", None), ("ip", "raw1", None)]
    who = desk.revealer.user
    assert desk.audit() == [
        *((n, who, "reveal.request", t, REASON) for n, t in enumerate([*tokens, device, raw], 1)),
        *((n + 5, who, "reveal.fetch", t, str(n)) for n, t in
          enumerate([*tokens, device, raw], 1))]
    assert not any(a in ended.all for a in [*ADDRESSES, "593-47", "no address"])
    assert "UNVERIFIED" not in desk.reveal(tokens[0], identity=False, json=False).revealed


def test_of_every_month_and_beside_those_of_the_vault(desk):
    months = ["2026-11", "2026-01", "2025-02"]
    tokens = [desk.ring.sealed("ab-1", f"dev@{month}", "lower1") for month in months]
    kept = desk.keep("192.0.2.9")
    refused = desk.reveal(kept, *tokens, identity=False, ok=False)
    assert refused.code == 2 and "--identity" in refused.err and desk.audit() == []
    ended = desk.reveal(kept, *tokens)
    assert [line["value"] for line in ended.revealed] == ["192.0.2.9", *["ab-1"] * 3]
    assert [line["domain"] for line in ended.revealed][1:] == [f"dev@{month}" for month in months]


def test_a_token_that_does_not_open(desk):
    """Damaged, of a domain that is not this column's, of no column at all."""
    good = desk.ring.sealed(ADDRESSES[0], "ip", "ip1")
    damaged = good[:20] + ("a" if good[20] != "a" else "b") + good[21:]
    cut = good[:-8]
    elsewhere = desk.ring.sealed(ADDRESSES[0], "elsewhere", "ip1")
    device = desk.ring.sealed("593-47-5928", "device_id", "str1")
    ended = desk.reveal(good, damaged, cut, elsewhere, identity=False, ok=False)
    assert ended.code == 1
    assert [(line["value"], line["problem"]) for line in ended.revealed] == [
        (ADDRESSES[0], None), *[(None, "damaged")] * 3]
    assert len(desk.audit()) == 8, "what was asked for is known, whatever came of it"
    named = desk.reveal(good, device, "--column", "device", identity=False, ok=False)
    assert named.code == 1
    assert [line["problem"] for line in named.revealed] == ["damaged", None]
    text = desk.reveal(elsewhere, identity=False, ok=False, json=False)
    assert "does not open" in text.revealed, text.revealed


def test_a_token_under_another_key(desk):
    token = desk.ring.sealed(ADDRESSES[0], "ip", "ip1")
    desk.site.rotate(first="DISABLED")
    disabled = desk.reveal(token, identity=False, ok=False)
    assert disabled.code == 1 and values(disabled.revealed) == [(token, None, False, "no_key")]
    desk.site.rotate(first="ENABLED")
    new = reference.KeyRing(desk.site.keyring).sealed(ADDRESSES[1], "ip", "ip1")
    assert new.startswith("s1:k2:")
    assert [line["value"] for line in desk.reveal(token, new, identity=False).revealed] == (
        ADDRESSES[:2])
    unknown = desk.reveal("s1:k9:" + token[6:], identity=False, ok=False)
    assert unknown.code == 1 and unknown.revealed[0]["problem"] == "no_key"
    text = desk.reveal("s1:k9:" + token[6:], identity=False, ok=False, json=False)
    assert "not opened: its token key is not here" in text.revealed, text.revealed
    other_material(desk)
    wrong = desk.reveal(token, identity=False, ok=False)
    assert wrong.code == 1 and values(wrong.revealed) == [(token, None, False, "damaged")]
    desk.site.keyring.rename(desk.site.home / "away.json")
    without = desk.reveal(token, identity=False, ok=False)
    assert without.code == 1 and values(without.revealed) == [(token, None, False, "no_key")]


def test_a_token_of_a_retired_key_opens_by_its_alias(desk):
    made = [(ADDRESSES[0], "ip", "ip1"), ("593-47-5928", "device_id", "str1"),
            ("ab-1", "dev@2026-10", "lower1"), (" no address", "ip", "raw1")]
    old = [desk.ring.sealed(*one) for one in made]
    desk.site.rotate(first="DISABLED")
    new = [reference.KeyRing(desk.site.keyring).sealed(*one) for one in made]
    alias = "INSERT INTO pii.token_alias VALUES (%s, %s, %s)"
    for i, (_, domain, _) in enumerate(made):
        desk.database.execute(alias, old[i], new[i], domain)
    ended = desk.reveal(*old, new[0], identity=False)
    assert values(ended.revealed) == [
        *((token, value, True, None) for token, (value, *_) in zip(old, made)),
        (new[0], ADDRESSES[0], True, None)]
    assert [line["moved_to"] for line in ended.revealed] == [*new, None]
    assert {token for _, _, action, token, _ in desk.audit() if action == "reveal.request"} == {
        *old, *new}
    text = desk.reveal(old[0], identity=False, json=False)
    assert ADDRESSES[0] in text.revealed and "UNVERIFIED" not in text.revealed

    # Two rotations; and whoever may write aliases may say that a token stands for any other.
    first = "s1:k0:" + old[0][6:]
    desk.database.execute(alias, first, old[0], "ip")
    desk.database.execute("UPDATE pii.token_alias SET new_token = %s WHERE old_token = %s", new[0], old[1])
    twice, false = desk.reveal(first, old[1], identity=False, ok=False).revealed
    assert (twice["value"], twice["problem"], twice["moved_to"]) == (ADDRESSES[0], "no_key", new[0])
    assert (false["verified"], false["problem"]) == (False, "no_match")
    text = desk.reveal(first, old[1], identity=False, json=False, ok=False).revealed.splitlines()
    assert "UNVERIFIED: its token key is not here" in text[-2], text
    assert "FORGED" in text[-1], text

    desk.site.rotate(first="DESTROYED")
    [gone] = desk.reveal(old[0], identity=False, ok=False).revealed
    assert (gone["value"], gone["verified"], gone["problem"]) == (ADDRESSES[0], False, "no_key")
    desk.database.execute("DELETE FROM pii.token_alias")
    assert values(desk.reveal(old[0], identity=False, ok=False).revealed) == [
        (old[0], None, False, "no_key")]


@pytest.mark.parametrize("mask, column, domain", [(DETERMINISTIC, "far", "ip"),
                                                  (PFX, "near", "net")])
def test_addresses_of_ipcrypt_need_the_column(desk, mask, column, domain):
    shown = [desk.ring.ipcrypt(a, domain, mask) for a in ADDRESSES]
    ended = desk.reveal("--column", column, identity=False, text="\n".join([*shown, shown[0]]))
    assert values(ended.revealed) == [
        (token, value, True, None) for token, value in
        zip([*shown, shown[0]], [*ADDRESSES, ADDRESSES[0]])]
    assert {(line["domain"], line["canonical"], line["recipient"]) for line in ended.revealed} == {
        (domain, "ip1", None)}
    marks = [desk.ring.token(address, "ipcrypt", "ip1") for address in shown]
    assert [(e[2], e[3]) for e in desk.audit()] == [
        *(("reveal.request", mark) for mark in marks), *(("reveal.fetch", mark) for mark in marks)]
    desk.database.execute(f"INSERT INTO user_logins (user_id, {column}) VALUES ('u1', %s);"
                          f" GRANT SELECT ON user_logins TO {desk.revealer.user}", shown[2])
    query = desk.reveal("--column", column, "--query", f"SELECT user_id, {column} FROM user_logins",
                        identity=False)
    assert [line["value"] for line in query.revealed] == ADDRESSES[2:]
    psql = f" id |  {column}\n----+-----------\n  1 | {shown[0].upper()}\n(1 row)\n"
    assert desk.reveal("--column", column, text=psql,
                       identity=False).revealed[0]["value"] == ADDRESSES[0]


def test_an_address_on_the_command_line_may_be_a_real_one(desk):
    ended = desk.reveal("198.51.100.7", "--column", "far", identity=False, ok=False)
    assert ended.code == 2 and "may be a real one" in ended.err and "198.51" not in ended.all
    assert desk.audit() == [] and not ended.file.exists()


def test_addresses_of_a_domain_of_months_need_the_month(desk):
    shown = desk.ring.ipcrypt(ADDRESSES[0], "net@2026-01", PFX)
    for month in ([], ["--month", "2026-13"], ["--month", "soon"]):
        refused = desk.reveal("--column", "mnear", *month, identity=False, text=shown, ok=False)
        assert refused.code == 2 and "--month" in refused.err, refused
    assert desk.reveal("--column", "mnear", "--month", "2026-01", identity=False,
                       text=shown).revealed[0]["value"] == ADDRESSES[0]


def test_addresses_under_another_key_are_refused(desk):
    """Any key turns an address into one: the registry says which made the column."""
    shown = desk.ring.ipcrypt(ADDRESSES[0], "ip", DETERMINISTIC)
    desk.site.rotate(first="ENABLED")
    assert desk.reveal("--column", "far", text=shown,
                       identity=False).revealed[0]["value"] == ADDRESSES[0], "made under k1"
    before = desk.audit()
    for change, why in ((lambda: desk.site.rotate(first="DISABLED"), "under key k1"),
                        (lambda: (desk.site.rotate(), other_material(desk)), "another k1")):
        change()
        refused = desk.reveal("--column", "far", text=shown, identity=False, ok=False)
        assert refused.code == 2 and "E065" in refused.err and why in refused.err, refused
        assert not refused.file.exists()
    desk.site.configure(COLUMNS.replace("far:     {from: /ip,", "far: {from: /ip, domain: other,"),
                        url=desk.revealer.url)
    refused = desk.reveal("--column", "far", text=shown, identity=False, ok=False)
    assert refused.code == 2 and "domain ip" in refused.err, refused
    assert desk.audit() == before


def test_without_the_registry_addresses_are_not_verified(desk):
    shown = desk.ring.ipcrypt(ADDRESSES[0], "ip", DETERMINISTIC)
    desk.database.execute("REVOKE USAGE ON SCHEMA bauta FROM pii_reveal")
    ended = desk.reveal("--column", "far", text=shown, identity=False)
    assert values(ended.revealed) == [(shown, ADDRESSES[0], False, "no_key")]
    text = desk.reveal("--column", "far", text=shown, identity=False, json=False)
    assert "UNVERIFIED: by which key" in text.revealed, text.revealed


def ask_both(desk, ok: bool = False) -> list:
    token = desk.ring.sealed(ADDRESSES[0], "ip", "ip1")
    shown = desk.ring.ipcrypt(ADDRESSES[0], "ip", DETERMINISTIC)
    return [desk.reveal(token, identity=False, ok=ok),
            desk.reveal("--column", "far", text=shown, identity=False, ok=ok)]


def test_who_may_not_is_told_the_grant_that_lets_him(desk):
    for who in (desk.auditor, user(desk.database), user(desk.database, "bauta_ingest")):
        desk.site.configure(COLUMNS, url=who.url)
        for ended in ask_both(desk):
            assert ended.code == 2 and "E067" in ended.err, ended
            assert f'GRANT pii_reveal TO "{who.user}";' in ended.err, ended
            assert not ended.file.exists() and "198.51" not in ended.all
    assert desk.audit() == []


def test_nothing_is_shown_that_the_audit_has_not(desk):
    """Without the audit the key ring is all that it takes: so the command takes more."""
    for break_it, why, code in (
            ("ALTER TABLE pii.audit ADD CONSTRAINT no CHECK (action <> 'reveal.fetch') NOT VALID",
             "23514", 1),
            ("ALTER TABLE pii.audit ADD CONSTRAINT none CHECK (false) NOT VALID", "23514", 1),
            ("DROP SCHEMA pii CASCADE", "E064", 2)):
        desk.database.execute(break_it)
        for ended in ask_both(desk):
            assert ended.code == code and why in ended.err, ended
            assert not ended.file.exists() and "198.51" not in ended.all


REFUSED = {
    "a column of the vault": (["--column", "hashed"], "those are: sealed, device, monthly, far"),
    "an unknown column": (["--column", "none"], "no column that a key opens"),
    "no reason": (["--column", "far", "--reason", "because"], "8 to 500"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_before_anything_is_asked(desk, what):
    arguments, why = REFUSED[what]
    reason = [] if "--reason" in arguments else ["--reason", REASON]
    ended = desk.bauta("reveal", "--out", desk.site.home / "x", *arguments, *reason, text="192.0.2.1")
    assert ended.code == 2 and why in ended.err and "192.0.2" not in ended.all, ended
    assert desk.audit() == []


def test_lookup_gives_them(desk):
    desk.site.rotate()
    desk.site.bauta("keys", "list")
    k1, k2 = (reference.KeyRing(desk.site.keyring, kid) for kid in ("k1", "k2"))
    ended = desk.bauta("lookup", "--column", "far", "--month", "2026-01", "--reason", REASON, "-o",
                       "json", text=ADDRESSES[0] + "\n")
    assert ended.code == 0 and "198.51" not in ended.all, ended
    found = {(f["column"], f["kid"]): (f["token"], f["primary"]) for f in ended.lines}
    assert found == {
        ("sealed", "k1"): (k1.sealed(ADDRESSES[0], "ip", "ip1"), False),
        ("sealed", "k2"): (k2.sealed(ADDRESSES[0], "ip", "ip1"), True),
        ("hashed", "k1"): (k1.token(ADDRESSES[0], "ip", "ip1"), False),
        ("hashed", "k2"): (k2.token(ADDRESSES[0], "ip", "ip1"), True),
        ("far", "k2"): (k2.ipcrypt(ADDRESSES[0], "ip", DETERMINISTIC), True),
        ("near", "k2"): (k2.ipcrypt(ADDRESSES[0], "net", PFX), True),
        ("mnear", "k2"): (k2.ipcrypt(ADDRESSES[0], "net@2026-01", PFX), True)}
    assert [(e[2], e[3]) for e in desk.audit()] == [("lookup", found["sealed", "k2"][0])]


def test_the_audit_knows_an_address_by_one_token(desk):
    """Looked up and revealed, it is the same line: and never the address, which may be real."""
    desk.site.configure("  user_id: {from: /user_id, required: true}\n"
                        "  far:     {from: /ip, mask: ipcrypt-deterministic}\n",
                        url=desk.revealer.url)
    ended = desk.bauta("lookup", "--column", "far", "--reason", REASON, "-o", "json",
                       text=ADDRESSES[0] + "\n")
    [found] = ended.lines
    desk.reveal("--column", "far", text=found["token"], identity=False)
    mark = desk.ring.token(found["token"], "ipcrypt", "ip1")
    assert [(e[2], e[3]) for e in desk.audit()] == [
        ("lookup", mark), ("reveal.request", mark), ("reveal.fetch", mark)]
