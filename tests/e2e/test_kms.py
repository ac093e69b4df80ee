"""Key ring and identities that AWS KMS wraps, as moto plays it: from keys generate to reveal."""
import base64
import json

import pytest

from e2e.reference import KeyRing
from support.kms import Kms
from support.process import free_port
from support.site import login, logins
from support.vault import Identity, Vault
from support.vaulted import RECIPIENT, VAULT

WHY = ("--reason", "ticket 4711: account takeover")


@pytest.fixture
def kms(moto):
    service = Kms(moto.endpoint)
    yield service
    service.door.stop()


@pytest.fixture
def wrapped(bare, kms):
    """A site whose keys KMS wraps; `do` runs a command that may ask it."""
    bare.configure(VAULT, RECIPIENT)
    bare.do = lambda *arguments, **more: bare.bauta(*arguments, env=kms.environment, **more)
    bare.do("keys", "generate", "--kms", kms.tokens, "--identity-kms", kms.desk)
    bare.do("init", "--create-table")
    kms.calls()
    return bare


def change(path, *changes) -> None:
    """Each (from, to) once, and there must be one."""
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text)


def test_from_generate_to_reveal(bare, kms):
    bare.configure(VAULT, RECIPIENT)

    def do(*arguments):
        return bare.bauta(*arguments, env=kms.environment)

    made = do("keys", "generate", "--kms", kms.alias("tokens", kms.tokens), "--identity-kms",
              kms.desk.rpartition("/")[2], "-o", "json").json
    assert made["kms_key"] == kms.tokens and made["passphrase"] is False
    assert kms.calls() == {"GenerateDataKey": 3}
    do("init", "--create-table")
    assert kms.calls() == {}, "who makes schemas needs no key"

    bare.queue.send_events(logins(1200) + [login(1, ip="no address")])
    ran = do("run", "--until-empty", "-o", "json")
    assert ran.json["events"] == {"seen": 1201, "inserted": 1200, "duplicate": 0, "quarantined": 1}
    assert kms.calls() == {"Decrypt": 1}, "once per key and start, not per batch or record"

    ring = KeyRing(bare.keyring, kms=kms)
    assert ring.token("198.51.100.1", "ip", "ip1") in {row[2] for row in bare.rows()}
    vault = Vault(bare.database, Identity(bare.home / "identity-v1.json", kms=kms))
    assert vault.originals.keys() == {token for row in bare.rows() for token in row[2:4]}

    token = bare.rows()[0][2]
    do("reveal", token, "--identity", "identity-v1.json", "--out", "value.json", "-o", "json", *WHY)
    revealed = json.loads((bare.home / "value.json").read_text())
    assert revealed["value"] == vault.originals[token][1] and revealed["verified"]
    assert kms.calls() == {"Decrypt": 2}  # The token key, which verifies, and the identity's.
    entry = do("quarantine", "list", "-o", "json").json["id"]
    do("quarantine", "show", "--id", entry, "--identity", "identity-q1.json", "--out", "bodies", *WHY)
    assert "no address" in (bare.home / "bodies").read_text()
    assert kms.calls() == {"Decrypt": 1}
    do("quarantine", "replay", "--identity", "identity-q1.json", *WHY)
    assert kms.calls() == {"Decrypt": 2}


def test_no_key_stands_in_a_file(wrapped, kms):
    for name in ("keyring.json", "identity-v1.json", "identity-q1.json"):
        raw = (wrapped.home / name).read_bytes()
        file = json.loads(raw)
        assert (wrapped.home / name).stat().st_mode & 0o777 == 0o600
        keys = [kms.unwrap(file["kdf"] if "kdf" in file else file["keys"][0]["material"])]
        if "kdf" in file:
            identity = Identity(wrapped.home / name, kms=kms)
            keys.append(identity._secret.private_bytes_raw())
        for key in keys:
            assert len(key) == 32
            for shape in (key, key.hex().encode(), base64.b64encode(key)):
                assert shape not in raw


def test_kms_is_not_asked_for_names(wrapped, kms):
    listed = wrapped.do("keys", "list", "-o", "json").json
    assert listed["keys"][0]["material"] == "aws-kms"
    assert listed["keys"][0]["kms_key"] == kms.tokens
    assert "aws-kms" in wrapped.do("keys", "list").out
    wrapped.do("check", "--offline")
    assert kms.calls() == {}
    wrapped.do("keys", "check")
    assert "E046" not in wrapped.do("check", ok=False).err
    assert kms.calls() == {"Decrypt": 2}


def test_another_context_is_refused(wrapped, kms):
    change(wrapped.keyring, ('"keyring":"bauta"', '"keyring":"other"'))
    by_us = wrapped.do("run", "--until-empty", ok=False)
    assert by_us.code == 2 and 'must have the context {"keyring":"bauta","kid":"k1"}' in by_us.err
    assert kms.calls() == {}
    change(wrapped.keyring, ('"id":"bauta"', '"id":"other"'))
    by_kms = wrapped.do("run", "--until-empty", ok=False)
    assert by_kms.code == 2 and "E040" in by_kms.err
    assert 'wrapped in the context {"keyring":"other","kid":"k1"}' in by_kms.err
    assert kms.calls() == {"Decrypt": 1}

    change(wrapped.home / "identity-q1.json", ('"id":"q1"', '"id":"q9"'),
           ('{"identity":"q1"}', '{"identity":"q9"}'))
    opened = wrapped.do("quarantine", "show", "--id", 1, "--identity", "identity-q1.json", "--out", "x", *WHY,
                        ok=False)
    assert opened.code == 2 and 'wrapped in the context {"identity":"q9"}' in opened.err


def test_kms_that_is_down(wrapped, kms):
    wrapped.queue.send_events(logins(3))
    kms.door.fault = "reset"
    ended = wrapped.do("run", "--until-empty", ok=False)
    assert ended.code == 3 and "E046" in ended.err and "AWS KMS Decrypt" in ended.err
    assert kms.calls() == {"Decrypt": 3}, "three attempts"
    assert "E046" in wrapped.do("check", ok=False).err
    assert wrapped.do("keys", "check", ok=False).code == 3
    kms.door.fault = None
    assert wrapped.run(env=kms.environment).json["events"]["inserted"] == 3


def test_waiting_for_others_asks_kms_once(wrapped, kms):
    wrapped.configure(VAULT, RECIPIENT,
                      url=f"postgresql://nobody@127.0.0.1:{free_port()}/postgres")
    ended = wrapped.do("run", "--until-empty", "--wait", "2s", ok=False)
    assert ended.code == 3 and "E061" in ended.err
    assert kms.calls() == {"Decrypt": 1}


@pytest.mark.parametrize("code, says, help", [
    ("DisabledException", "cannot be used now: as the test wants it", "enable it in KMS"),
    ("KMSInvalidStateException", "cannot be used now", "cancel its deletion"),
    ("AccessDeniedException", "no permission for kms:Decrypt", '{"keyring":"bauta","kid":"k1"}'),
    ("NotFoundException", "there is no KMS key arn:aws:kms:us-east-1", "account and region"),
])
def test_a_key_that_may_not_be_used(wrapped, kms, code, says, help):
    kms.door.says = code
    ended = wrapped.do("run", "--until-empty", ok=False)
    assert ended.code == 2 and "E040" in ended.err
    assert code in ended.err and says in ended.err and help in ended.err
    assert kms.calls() == {"Decrypt": 1}


def test_one_kms_key_for_both_is_refused(bare, kms):
    ended = bare.bauta("keys", "generate", "--kms", kms.tokens, "--identity-kms",
                       kms.alias("same", kms.tokens), env=kms.environment, ok=False)
    assert ended.code == 2 and "wraps token key k1 already" in ended.err
    assert not bare.keyring.exists() and not list(bare.home.glob("identity-*"))


def test_a_key_is_added_wrapped(wrapped, kms):
    wrapped.do("keys", "add")
    wrapped.do("keys", "rotate")
    wrapped.do("keys", "add", "--recipient", "--identity-kms", kms.desk)
    assert kms.calls() == {"GenerateDataKey": 2}
    keys = wrapped.do("keys", "list", "-o", "json").json["keys"]
    assert [(key["kid"], key["kms_key"]) for key in keys] == [("k1", kms.tokens), ("k2", kms.tokens)]
    assert Identity(wrapped.home / "identity-v2.json", kms=kms).id == "v2"
    refused = wrapped.do("keys", "add", "--recipient", "--identity-kms", kms.tokens, ok=False)
    assert refused.code == 2 and "wraps token key k1 already" in refused.err

    kms.calls()
    wrapped.queue.send_events(logins(3))
    assert wrapped.run(env=kms.environment).json["events"]["inserted"] == 3
    assert kms.calls() == {"Decrypt": 2}
    tokens = {row[2] for row in wrapped.rows()}
    assert KeyRing(wrapped.keyring, "k2", kms).token("198.51.100.1", "ip", "ip1") in tokens
