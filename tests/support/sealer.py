"""Seals originals for the vault as anybody can who knows the public key, with pyca/cryptography alone:
docs/formats/sealed-record.md and RFC 9180."""
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


def _expand(suite: bytes, prk: bytes, label: bytes, info: bytes) -> bytes:
    whole = (32).to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return HKDFExpand(algorithm=SHA256(), length=32, info=whole).derive(prk)


class Sealer:
    """One HPKE setup for the vault's recipient of a key ring."""

    def __init__(self, keyring: pathlib.Path):
        [recipient] = [r for r in json.loads(keyring.read_text())["recipients"]
                       if r["purpose"] == "vault"]
        self.id, theirs = recipient["id"], base64.b64decode(recipient["pk"])
        once = X25519PrivateKey.generate()
        self._enc = once.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        shared = once.exchange(X25519PublicKey.from_public_bytes(theirs))
        secret = _expand(KEM, _extract(KEM, b"", b"eae_prk", shared), b"shared_secret",
                         self._enc + theirs)
        context = (b"\0" + _extract(SUITE, b"", b"psk_id_hash", b"")
                   + _extract(SUITE, b"", b"info_hash", b"bauta-vault-v1"))
        exporter = _expand(SUITE, _extract(SUITE, secret, b"secret", b""), b"exp", context)
        self._dek, self._counter = _expand(SUITE, exporter, b"sec", b"dek"), 0

    def seal(self, token: str, domain: str, canon: str, value: str) -> bytes:
        plain = bytes([len(canon)]) + canon.encode() + value.encode() + b"\x80"
        plain += bytes(-len(plain) % 128)
        counter = self._counter.to_bytes(8, "big")
        self._counter += 1
        place = b"\0".join((b"vault", domain.encode(), token.encode()))
        return b"\1" + self._enc + counter + ChaCha20Poly1305(self._dek).encrypt(
            bytes(4) + counter, plain, place)

    def store(self, database, token: str, domain: str, canon: str, value: str) -> None:
        database.execute("INSERT INTO pii.vault (token, domain, kid, recipient, sealed)"
                         " VALUES (%s, %s, %s, %s, %s)", token, domain, token.split(":")[1], self.id,
                         self.seal(token, domain, canon, value))
