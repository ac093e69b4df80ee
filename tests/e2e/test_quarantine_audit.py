"""`quarantine show | replay | discard`: in the audit before an original is touched."""
import pytest

from support.own_cluster import cluster  # noqa: F401
from support.site import COLUMNS, logins
from support.users import user

STRICT = COLUMNS.replace("{from: /locale}", "{from: /locale, required: true}")
REASON = "ticket 4711"


@pytest.fixture
def refused(bare):
    """Four refused logins, and an operator whose config is right since."""
    bare.bauta("keys", "generate", "--no-passphrase")
    bare.bauta("init", "--roles", "--create-table")
    bare.configure(STRICT, stop_above="100%")
    bare.queue.send_events(logins(4, locale=None))
    bare.run()
    bare.operator = user(bare.database, "bauta_operator")
    bare.configure(url=bare.operator.url)
    bare.entries = [e["id"] for e in bare.bauta("quarantine", "list", "-o", "json").lines]
    return bare


def audit(site) -> list[tuple]:
    return site.database.query("SELECT actor, action, token, reason FROM pii.audit ORDER BY seq")


def test_each_leaves_a_record_first(refused):
    first, second, *_ = refused.entries
    opening = ("--identity", refused.identity, "--reason", REASON)
    refused.bauta("quarantine", "show", "--id", first, "--out", refused.home / "o", *opening)
    refused.bauta("quarantine", "discard", "--id", second, "--reason", REASON, "--yes")
    refused.bauta("quarantine", "replay", *opening)
    who = refused.operator.user
    assert audit(refused) == [
        (who, "quarantine.show", None, f"{REASON} [entry {first}]"),
        (who, "quarantine.discard", None, f"{REASON} [1 entries]"),
        (who, "quarantine.replay", None, f"{REASON} [3 entries]")]
    assert refused.count() == 3


def test_without_a_record_nothing_is_touched(refused):
    verbs = (["show", "--id", refused.entries[0], "--out", refused.home / "o", "--identity",
              refused.identity], ["discard", "--yes"], ["replay", "--identity", refused.identity])
    for verb in verbs:
        ended = refused.bauta("quarantine", *verb, "--reason", "x", ok=False)
        assert ended.code == 2 and "8 to 460" in ended.err, ended
    refused.database.execute("REVOKE EXECUTE ON FUNCTION pii.log(text, text, text) FROM bauta_operator")
    for verb in verbs:
        ended = refused.bauta("quarantine", *verb, "--reason", REASON, ok=False)
        assert ended.code == 2 and "E067" in ended.err and "GRANT" in ended.err, ended
    assert audit(refused) == []
    assert not (refused.home / "o").exists() and refused.count() == 0
    assert refused.database.one("SELECT count(*) FROM bauta.quarantine WHERE state = 'held'") == 4


def test_who_cannot_open_it_has_not_asked(refused):
    ended = refused.bauta("quarantine", "show", "--id", refused.entries[0], "--out", refused.home / "o",
                          "--identity", refused.home / "identity-v1.json", "--reason", REASON, ok=False)
    assert ended.code == 2 and audit(refused) == []


def test_without_schema_pii_the_log_has_it(site):
    site.configure(STRICT, stop_above="100%")
    site.queue.send_events(logins(1, locale=None))
    site.run()
    [entry] = site.bauta("quarantine", "list", "-o", "json").lines
    ended = site.bauta("quarantine", "show", "--id", entry["id"], "--out", site.home / "o",
                       "--identity", site.identity, "--reason", REASON)
    assert "no schema pii" in ended.err and REASON in ended.err, ended
