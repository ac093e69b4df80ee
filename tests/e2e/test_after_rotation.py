"""What erasure, reveal and export make of the tokens from before a rotation of keys."""
import json
import subprocess

import pytest

from conftest import fresh
from e2e.reference import KeyRing
from e2e.test_erase import HIS, SHARED, apart_site, erase, two_people, users
from e2e.test_rekey import WHY, rekey, rotate
from support import process
from support.own_cluster import cluster  # noqa: F401
from support.site import login
from support.users import user
from support.vault import Vault
from support.vaulted import MORE, VAULT, site  # noqa: F401

ALIASES = "SELECT old_token FROM pii.token_alias"


def old_token(site, value: str, domain: str = "ip", form: str = "ip1") -> str:
    return KeyRing(site.keyring, "k1").token(value, domain, form)


def reveal(site, *tokens, ok=True):
    out = site.home / fresh("revealed")
    ended = site.bauta("reveal", *tokens, "--reason", WHY, "--identity",
                       site.home / "identity-v1.json", "--out", out, "-o", "json", ok=ok)
    return [json.loads(line) for line in out.read_text().splitlines()], ended


@pytest.mark.parametrize("whom", [(HIS, "--column", "masked_ip"), ("first",)])
def test_what_was_erased_before_stays_out(site, whom):
    two_people(site)
    site.queue.send_events([login(4, user_id="first", ip=HIS), login(5, user_id="second", ip=SHARED)])
    assert erase(site, *whom).json["rows"] > 0
    before = site.count()
    rotate(site)
    summary = site.run("--set", "quarantine.stop_above=100%").json
    assert summary["quarantine_reasons"] == {"erased": 1} and site.count() == before + 1


def test_a_replay_of_what_was_erased_before_is_discarded(site):
    site.configure(VAULT.replace("from: /device_type", "from: /device_type, required: true"), MORE)
    site.queue.send_events([login(1, user_id="first", ip=HIS, device_type=...),
                            login(2, user_id="second", ip=SHARED, device_type=...)])
    site.run("--set", "quarantine.stop_above=100%")
    erase(site, HIS, "--column", "masked_ip")
    rotate(site)
    site.configure(VAULT, MORE)
    answer = site.bauta("quarantine", "replay", "--identity", site.identity, "--reason", WHY,
                        "-o", "json").json
    assert answer == {"replayed": 1, "still_failing": {"erased": 1}, "skipped": 0}
    assert users(site) == {"second"}


def test_the_old_key_stays_until_nothing_erased_can_come(site):
    two_people(site)
    erase(site, HIS, "--column", "masked_ip")
    rotate(site)
    rekey(site)
    refused = site.bauta("keys", "retire", "k1", ok=False)
    assert refused.code == 2 and "is known by its tokens alone" in refused.err, refused
    site.database.execute("UPDATE pii.erased SET erased_at = erased_at - interval '94 days'")
    erase(site, SHARED, "--column", "masked_ip")  # Under both keys.
    site.bauta("keys", "retire", "k1")


def test_an_erasure_on_a_host_that_lacks_the_new_key_keeps_the_old_one(site):
    """Also if another host has erased somebody under both before."""
    two_people(site)
    older = site.home / "older.json"
    older.write_bytes(site.keyring.read_bytes())
    older.chmod(0o600)
    site.bauta("keys", "add")
    erase(site, SHARED, "--column", "masked_ip")
    site.database.execute("UPDATE pii.erased SET erased_at = erased_at - interval '1 day'")
    erase(site, HIS, "--column", "masked_ip", "--set", f"keys.file={older}")
    site.bauta("keys", "rotate")
    rekey(site)
    refused = site.bauta("keys", "retire", "k1", ok=False)
    assert refused.code == 2 and "is known by its tokens alone" in refused.err, refused


@pytest.mark.parametrize("status", ["ENABLED", "DISABLED"])
def test_an_erasure_wants_every_key_that_made_rows(site, status):
    """On a host whose key ring never got k2, it would leave k2's rows."""
    two_people(site)
    older = site.home / "older.json"
    older.write_bytes(site.keyring.read_bytes())
    older.chmod(0o600)
    rotate(site)
    site.queue.send_events([login(4, user_id="first", ip=HIS, device_id="device-1")])
    site.run()
    if status == "DISABLED":
        site.bauta("keys", "add")
        site.bauta("keys", "retire", "k1", "--force")
        site.bauta("keys", "rotate")
        site.bauta("keys", "retire", "k2", "--force")
        site.bauta("init")
    before = site.count()
    for whom in ((HIS, "--column", "masked_ip"), ("first",)):
        for also in ((), ("--dry-run",)):
            refused = erase(site, *whom, "--set", f"keys.file={older}", *also, ok=False)
            assert refused.code == 2 and "keys.file" in refused.err, refused
            assert "the key ring has no key k2" in refused.err, refused
            assert "newest key ring" in refused.err, "what to copy where"
    assert site.count() == before and site.count("pii.erased") == 0
    assert erase(site, "first").json["rows"] == 3


def test_an_erasure_takes_no_other_key_for_one(site):
    two_people(site)
    site.bauta("keys", "generate", "--no-passphrase", "--dir", site.home / "other")
    refused = erase(site, "first", "--set", "keys.file=other/keyring.json", ok=False)
    assert refused.code == 2 and "check value" in refused.err and "keys.file" in refused.err, refused
    assert users(site) == {"first", "second"}


def test_an_erasure_with_a_vault_apart_takes_the_aliases(bare, cluster):  # noqa: F811
    apart = apart_site(bare, cluster)
    two_people(bare)
    rotate(bare)
    bare.queue.send_events([login(4, user_id="second", ip=SHARED, device_id="device-2")])
    bare.run()
    done = rekey(bare, "--dry-run").json
    assert done["left"]["originals"] == 4
    rekey(bare)
    his, shared = old_token(bare, HIS), old_token(bare, SHARED)
    [line], _ = reveal(bare, shared)
    assert line["value"] == SHARED and line["verified"] and line["moved_to"], "aliases are with the rows"
    # A row of an instance that is late: its original is there under the new token only.
    bare.database.execute(f"UPDATE user_logins SET masked_ip = '{his}' WHERE masked_ip = "
                          f"'{KeyRing(bare.keyring).token(HIS, 'ip', 'ip1')}'")
    would = erase(bare, "first", "--dry-run").json
    done = erase(bare, "first").json
    assert (done["rows"], done["originals"], done["shared"]) == (2, 2, 1)
    assert (would["rows"], would["originals"], would["shared"]) == (2, 2, 1)
    assert {value for _, value in Vault(apart, bare.opener).originals.values()} == {SHARED, "device-2"}
    left = {token for token, in bare.database.query(ALIASES)}
    assert his not in left and old_token(bare, "device-1", "device_id", "str1") not in left
    assert shared in left
    erase(bare, SHARED, "--column", "masked_ip")
    assert shared not in {token for token, in bare.database.query(ALIASES)}
    assert bare.count("pii.audit") == 0, "it is kept with the vault"


def test_an_old_token_is_revealed_when_its_original_has_moved(site):
    two_people(site)
    his, shared = old_token(site, HIS), old_token(site, SHARED)
    rotate(site)
    rekey(site)
    new = KeyRing(site.keyring).token(HIS, "ip", "ip1")
    for retire in (True, False):
        lines, ended = reveal(site, his, new)
        assert [(line["token"], line["value"], line["verified"], line["moved_to"]) for line in lines] == [
            (his, HIS, True, new), (new, HIS, True, None)], ended
        if retire:
            site.bauta("keys", "retire", "k1")
    asked = {token for token, in site.database.query(
        "SELECT token FROM pii.audit WHERE action = 'reveal.request'")}
    assert asked == {his, new}
    # Whoever may write aliases may say that a token stands for any other: the key says it does not.
    site.database.execute(f"UPDATE pii.token_alias SET new_token = '{new}' WHERE old_token = '{shared}'")
    [line], ended = reveal(site, shared, ok=False)
    assert ended.code == 1 and (line["verified"], line["problem"]) == (False, "no_match"), line
    site.bauta("keys", "destroy", "k1", "--yes")
    [line], ended = reveal(site, his, ok=False)
    assert ended.code == 1 and (line["problem"], line["moved_to"]) == ("unknown", None)


def test_an_old_token_is_revealed_after_two_rotations(site):
    two_people(site)
    for _ in range(2):
        rotate(site)
        rekey(site)
        kid = KeyRing(site.keyring).kid
        site.bauta("keys", "retire", "k1" if kid == "k2" else "k2")
    [line], _ = reveal(site, old_token(site, HIS))
    assert line["value"] == HIS and line["verified"] and line["moved_to"].startswith("h1:k3:")


def test_an_export_finds_what_has_moved(site):
    two_people(site)
    rotate(site)
    rekey(site)
    his = old_token(site, HIS)
    site.database.execute(f"UPDATE user_logins SET masked_ip = '{his}' WHERE masked_ip = "
                          f"'{KeyRing(site.keyring).token(HIS, 'ip', 'ip1')}'")
    out = site.home / "export.json"
    command = [process.BAUTA, "subject", "export", "--reason", WHY, "--identity",
               site.home / "identity-v1.json", "--out", out]
    done = subprocess.run(command, cwd=site.home, env=process.environment(), input="first\n",
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    found = json.loads(out.read_text())
    assert found["originals"][his] | {"request": 0} == {
        "value": HIS, "verified": True, "problem": None, "request": 0}


def test_who_may_follow(bare, cluster):  # noqa: F811
    """The desk's role reads aliases; who lacks that is told, and gets what can be had."""
    bare.configure(VAULT, MORE)
    bare.bauta("keys", "generate", "--no-passphrase")
    bare.bauta("init", "--roles", "--create-table")
    two_people(bare)
    his = old_token(bare, HIS)
    rotate(bare)
    rekey(bare)
    desk = user(bare.database, "pii_reveal")
    bare.configure(VAULT, MORE, url=desk.url)
    [line], _ = reveal(bare, his)
    assert line["value"] == HIS and line["verified"]
    assert desk.try_to("DELETE FROM pii.token_alias") == "42501"
    assert desk.try_to("INSERT INTO pii.token_alias VALUES ('a', 'b', 'c')") == "42501"
    bare.database.execute("REVOKE SELECT ON pii.token_alias FROM pii_reveal")
    [line], ended = reveal(bare, his, ok=False)
    assert line["problem"] == "unknown" and "may not read pii.token_alias" in ended.err, ended
    bare.database.execute("GRANT SELECT ON pii.token_alias TO pii_reveal")
