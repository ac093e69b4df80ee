"""Opens what Bauta sealed, written from docs/formats and RFC 9180, with pyca/cryptography alone."""
import base64
import hashlib
import hmac
import json
import pathlib
import struct

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEM = b"KEM\x00\x20"
SUITE = b"HPKE\x00\x20\x00\x01\xff\xff"


def _extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return hmac.new(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, hashlib.sha256).digest()


def _expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    whole = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return HKDFExpand(algorithm=SHA256(), length=length, info=whole).derive(prk)


def _hchacha20(key: bytes, nonce: bytes) -> bytes:
    """draft-irtf-cfrg-xchacha, section 2.2."""
    state = list(struct.unpack("<16I", b"expand 32-byte k" + key + nonce))

    def quarter(a, b, c, d):
        for x, y, z, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            state[x] = (state[x] + state[y]) & 0xFFFFFFFF
            state[z] ^= state[x]
            state[z] = (state[z] << turn | state[z] >> 32 - turn) & 0xFFFFFFFF

    for _ in range(10):
        for i in range(4):
            quarter(i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return struct.pack("<8I", *state[:4], *state[12:])


def _key(file: dict, passphrase: str | None, kms) -> bytes:
    kdf = file["kdf"]
    if kdf["alg"] == "aws-kms":
        assert kdf["context"] == {"identity": file["id"]}
        return kms.unwrap(kdf)
    assert kdf["alg"] == "argon2id13" and passphrase is not None
    return Argon2id(salt=base64.b64decode(kdf["salt"]), length=32, iterations=kdf["ops"], lanes=1,
                    memory_cost=kdf["mem"] // 1024).derive(passphrase.encode())


def _secret(file: dict, passphrase: str | None, kms) -> bytes:
    if file["kdf"] is None:
        return base64.b64decode(file["sk"])
    key = _key(file, passphrase, kms)
    nonce = base64.b64decode(file["nonce"])
    about = b"\0".join((b"bauta-identity-v1", file["id"].encode(), base64.b64decode(file["pk"])))
    return ChaCha20Poly1305(_hchacha20(key, nonce[:16])).decrypt(
        bytes(4) + nonce[16:], base64.b64decode(file["ct"]), about)


def _unpadded(plain: bytes, multiple: int) -> bytes:
    text = plain.rstrip(b"\0")
    assert len(plain) % multiple == 0 and text[-1:] == b"\x80"
    return text[:-1]


class Identity:
    """The file identity-*.json."""

    def __init__(self, path: pathlib.Path, passphrase: str | None = None, kms=None):
        file = json.loads(path.read_text())
        self.id = file["id"]
        self._secret = X25519PrivateKey.from_private_bytes(_secret(file, passphrase, kms))
        public = self._secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        assert base64.b64decode(file["pk"]) == public
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

    def _opened(self, record: bytes, info: bytes, about: list[bytes]) -> bytes:
        enc, counter, sealed = record[1:33], record[33:41], record[41:]
        return ChaCha20Poly1305(self._dek(enc, info)).decrypt(
            bytes(4) + counter, sealed, b"\0".join(about))

    def original(self, domain: str, token: str, record: bytes) -> tuple[str, str]:
        """Canonical form and value; raises if the record is not this token's."""
        assert record[0] == 1
        text = _unpadded(self._opened(record, b"bauta-vault-v1",
                                      [b"vault", domain.encode(), token.encode()]), 128)
        name, text = text[0], text[1:]
        return text[:name].decode(), text[name:].decode()

    def refused(self, pipeline: str, message_id: str, sent_ms: int, item: int,
                record: bytes) -> list[bytes]:
        """What the quarantine holds: attributes, in version 2 the queue's own, and the body."""
        kind = {1: b"quarantine", 2: b"quarantine-2"}[record[0]]
        about = [kind, pipeline.encode(), message_id.encode(), sent_ms.to_bytes(8, "big"),
                 item.to_bytes(4, "big")]
        text = _unpadded(self._opened(record, b"bauta-quarantine-v1", about), 256)
        parts, at = [], record[0] - 1
        while at < len(text):
            size = int.from_bytes(text[at:at + 4], "big")
            parts.append(text[at + 4:at + 4 + size])
            at += 4 + size
        assert at == len(text) and len(parts) == 1 + record[0]
        return parts


def audit_hash(before: bytes, entry: dict) -> bytes:
    def field(text) -> bytes:
        if text is None:
            return b"\0"
        return b"\1" + len(text.encode()).to_bytes(4, "big") + text.encode()

    fields = (str(entry["seq"]), *(entry[k] for k in ("at", "actor", "action", "token", "reason")))
    return hashlib.sha256(b"audit-v1\0" + before + b"".join(map(field, fields))).digest()


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
