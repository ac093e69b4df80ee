"""`bauta lookup`: from values to tokens, as guarded as the way back."""
import hashlib

import pytest

from e2e import reference
from support.desk import REASON, Desk, ask
from support.own_cluster import cluster  # noqa: F401
from support.site import COLUMNS

ADDRESS = "198.51.100.7"


@pytest.fixture
def desk(bare):
    return Desk(bare)


def lookup(desk, *arguments, text=ADDRESS + "\n", column="masked_ip", reason=REASON, ok=True):
    ended = desk.bauta("lookup", "--column", column, "--reason", reason, "-o", "json", *arguments,
                       text=text)
    assert not ok or ended.code == 0, ended
    assert "198.51" not in ended.all
    return ended


def test_gives_the_token_and_leaves_a_record(desk):
    token = desk.ring.token(ADDRESS, "ip", "ip1")
    assert lookup(desk, text=f"  ::ffff:{ADDRESS} \r\n").lines == [
        {"line": 1, "column": "masked_ip", "mask": "hmac-sha256", "kid": "k1", "primary": True,
         "token": token}]
    assert desk.audit() == [(1, desk.revealer.user, "lookup", token, REASON)]


def test_under_every_enabled_key_and_in_every_column_of_the_field(desk):
    legacy = ("  old_ip: {from: /ip, mask: legacy-sha256, suffix: hello,"
              " i_understand_this_is_reversible: true}\n")
    desk.site.configure(COLUMNS + legacy, url=desk.revealer.url)
    desk.site.rotate()
    found = {(f["column"], f["kid"]): (f["token"], f["primary"]) for f in lookup(desk).lines}
    k1, k2 = (reference.KeyRing(desk.site.keyring, kid) for kid in ("k1", "k2"))
    assert found == {
        ("masked_ip", "k1"): (k1.token(ADDRESS, "ip", "ip1"), False),
        ("masked_ip", "k2"): (k2.token(ADDRESS, "ip", "ip1"), True),
        ("old_ip", None): (hashlib.sha256(f"{ADDRESS}hello".encode()).hexdigest(), False)}
    assert desk.audit()[0][3] == k2.token(ADDRESS, "ip", "ip1")
    desk.site.rotate(first="DISABLED")
    assert {f["kid"] for f in lookup(desk).lines} == {"k2", None}


def test_a_domain_of_months_needs_the_month(desk):
    desk.site.configure(COLUMNS.replace("canonical: ip}", 'canonical: ip, domain: "ip@{yyyy-mm}"}'),
                        url=desk.revealer.url)
    refused = lookup(desk, ok=False)
    assert refused.code == 2 and "--month" in refused.err, refused
    assert lookup(desk, "--month", "2026-01").lines[0]["token"] == desk.ring.token(
        ADDRESS, "ip@2026-01", "ip1")


REFUSED = {
    "no value": ({"text": " \n"}, "holds no value"),
    "no address": ({"text": f"{ADDRESS}\n192.0.2.999\n"}, "value 2: "),
    "a column without tokens": ({"column": "locale"}, "those are: masked_ip, masked_device_id"),
    "a short reason": ({"reason": "because"}, "8 to 500"),
    "more than a minute's worth": ({"text": f"{ADDRESS}\n" * 61}, "60 in a minute"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_is_not_in_the_audit(desk, what):
    options, why = REFUSED[what]
    ended = lookup(desk, ok=False, **options)
    assert ended.code == 2 and why in ended.err, ended
    assert desk.audit() == []


def test_nobody_tries_all_addresses(desk):
    """The limit is the database's: of a user, whatever machine or program he uses."""
    text = "".join(f"192.0.2.{n}\n" for n in range(40))
    assert len(lookup(desk, text=text).lines) == 40
    over = lookup(desk, text=text, ok=False)
    assert over.code == 1 and over.out == "" and "in a minute" in over.err, over
    assert len(desk.audit()) == 40, "all or none"
    with pytest.raises(Exception, match="60 lookups"):
        ask(desk.revealer, "SELECT pii.log('lookup', NULL, 'by hand, in psql')"
                           " FROM generate_series(1, 21)")
    desk.database.execute("UPDATE pii.audit SET at = at - interval '1 minute'")
    assert len(lookup(desk, text=text).lines) == 40


def test_who_may_not_is_told_the_grant_that_lets_him(desk):
    desk.site.configure(url=desk.auditor.url)
    ended = lookup(desk, ok=False)
    assert ended.code == 2 and "E067" in ended.err and ended.out == "", ended
    assert f'GRANT pii_reveal TO "{desk.auditor.user}";' in ended.err, ended
