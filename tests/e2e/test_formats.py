"""Everything that Bauta wrote, opened and checked in Python that was written from docs/formats alone."""
import json

from e2e import reference
from support.kms import Kms
from support.site import login, logins
from support.vault import Identity, Vault, audit_hash
from support.vaulted import RECIPIENT, VAULT

PASSPHRASE = "correct horse battery staple"
WHY = ("--reason", "ticket 4711: formats")


def test_python_opens_and_checks_everything(bare):
    bare.configure(VAULT, RECIPIENT)
    secret = bare.home / "passphrase"
    secret.write_text(PASSPHRASE + "\n")
    secret.chmod(0o600)
    bare.bauta("keys", "generate", "--passphrase-file", secret)
    bare.bauta("init", "--create-table")
    bad = [login(1, ip="no address"), login(2, user_id=...), login(3, device_type="é" * 40)]
    ids = bare.queue.send_events(bad)
    bare.queue.send_events(logins(50))
    bare.run()

    quarantine = Identity(bare.home / "identity-q1.json", PASSPHRASE)
    refused = bare.database.query(
        "SELECT p.name, q.message_id_text, q.sent_ms, q.item, q.recipient, q.sealed"
        " FROM bauta.quarantine q JOIN bauta.pipeline p ON p.id = q.pipeline")
    assert {row[4] for row in refused} == {quarantine.id}
    opened = {row[1]: quarantine.refused(*row[:4], bytes(row[5])) for row in refused}
    assert {key: json.loads(parts[-1]) for key, parts in opened.items()} == dict(zip(ids, bad))
    assert {parts[0] for parts in opened.values()} == {b"{}"}

    vault = Vault(bare.database, Identity(bare.home / "identity-v1.json", PASSPHRASE))
    ring = reference.KeyRing(bare.keyring)
    for token, (form, value) in vault.originals.items():
        assert ring.token(value, vault.rows[token][0], form) == token
    assert vault.originals.keys() == {token for row in bare.rows() for token in row[2:4]}

    token = bare.rows()[0][2]
    bare.bauta("reveal", token, "--identity", bare.home / "identity-v1.json", "--out", "value.txt",
               "--passphrase-file", secret, *WHY)
    bare.bauta("quarantine", "discard", "--yes", *WHY)
    before = bytes(32)
    entries = bare.bauta("audit", "list", "-o", "json").lines
    for entry in entries:
        assert entry["prev_hash"] == before.hex()
        before = audit_hash(before, entry)
        assert entry["hash"] == before.hex()
    assert [entry["action"] for entry in entries] == [
        "reveal.request", "reveal.fetch", "quarantine.discard"]


def test_python_opens_what_kms_wraps(bare, moto):
    kms = Kms(moto.endpoint)
    bare.configure(VAULT, RECIPIENT)
    for command in (("keys", "generate", "--kms", kms.tokens, "--identity-kms", kms.desk),
                    ("init", "--create-table")):
        bare.bauta(*command, env=kms.environment)
    ids = bare.queue.send_events([login(1, ip="no address"), login(2)])
    bare.run(env=kms.environment)
    kms.door.stop()

    quarantine = Identity(bare.home / "identity-q1.json", kms=kms)
    [row] = bare.database.query(
        "SELECT p.name, q.message_id_text, q.sent_ms, q.item, q.sealed"
        " FROM bauta.quarantine q JOIN bauta.pipeline p ON p.id = q.pipeline")
    body = quarantine.refused(*row[:4], bytes(row[4]))[-1]
    assert row[1] == ids[0] and json.loads(body) == login(1, ip="no address")
    vault = Vault(bare.database, Identity(bare.home / "identity-v1.json", kms=kms))
    ring = reference.KeyRing(bare.keyring, kms=kms)
    [stored] = bare.rows()
    assert vault.originals.keys() == set(stored[2:4])
    assert stored[2] == ring.token(login(2)["ip"], "ip", "ip1")
