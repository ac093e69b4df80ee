"""Opens what Bauta sealed, written from docs/formats and RFC 9180, with pyca/cryptography alone."""
import base64
import hashlib
import hmac
import json
import pathlib

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEM = b"KEM\x00\x20"
SUITE = b"HPKE\x00\x20\x00\x01\xff\xff"


def _extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return hmac.new(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, hashlib.sha256).digest()


def _expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    whole = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return HKDFExpand(algorithm=SHA256(), length=length, info=whole).derive(prk)


class Identity:
    """The file identity-*.json, made with --no-passphrase."""

    def __init__(self, path: pathlib.Path):
        file = json.loads(path.read_text())
        assert file["kdf"] is None
        self.id = file["id"]
        self._secret = X25519PrivateKey.from_private_bytes(base64.b64decode(file["sk"]))
        self._deks: dict[tuple[bytes, bytes], bytes] = {}

    def _dek(self, enc: bytes, info: bytes) -> bytes:
        if (enc, info) not in self._deks:
            shared = self._secret.exchange(X25519PublicKey.from_public_bytes(enc))
            ours = self._secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
            eae = _extract(KEM, b"", b"eae_prk", shared)
            secret = _expand(KEM, eae, b"shared_secret", enc + ours, 32)
            context = (b"\0" + _extract(SUITE, b"", b"psk_id_hash", b"")
                       + _extract(SUITE, b"", b"info_hash", info))
            prk = _extract(SUITE, secret, b"secret", b"")
            exporter = _expand(SUITE, prk, b"exp", context, 32)
            self._deks[enc, info] = _expand(SUITE, exporter, b"sec", b"dek", 32)
        return self._deks[enc, info]

    def original(self, domain: str, token: str, record: bytes) -> tuple[str, str]:
        """Canonical form and value; raises if the record is not this token's."""
        assert record[0] == 1
        enc, counter, sealed = record[1:33], record[33:41], record[41:]
        plain = ChaCha20Poly1305(self._dek(enc, b"bauta-vault-v1")).decrypt(
            bytes(4) + counter, sealed, b"\0".join((b"vault", domain.encode(), token.encode())))
        text = plain.rstrip(b"\0")
        assert len(plain) % 128 == 0 and text[-1:] == b"\x80"
        name, text = text[0], text[1:-1]
        return text[:name].decode(), text[name:].decode()


class Vault:
    """pii.vault of a database, opened."""

    def __init__(self, database, identity: Identity):
        self.rows = {row[0]: row[1:] for row in database.query(
            "SELECT token, domain, kid, recipient, sealed FROM pii.vault")}
        self.originals = {}
        for token, (domain, kid, recipient, sealed) in self.rows.items():
            assert recipient == identity.id and token.split(":")[1] == kid
            self.originals[token] = identity.original(domain, token, bytes(sealed))

    def heads(self) -> list[bytes]:
        """(enc, counter) of every record."""
        return [bytes(row[3])[1:41] for row in self.rows.values()]
