"""The mapping and the tokens once more, written from the documents and not from Bauta's code.

Reads the key ring that Bauta wrote, and says which rows the events must give.
"""
import base64
import hashlib
import hmac
import ipaddress
import json
import pathlib
from datetime import datetime, timezone

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

BLANK = " \t\r\n"
COLUMNS = ("user_id", "device_type", "masked_ip", "masked_device_id", "locale", "app_version",
           "create_date")


class KeyRing:
    """The primary key of a `keyring.json`, or another, and the tokens that it gives."""

    def __init__(self, path: pathlib.Path, kid: str | None = None, kms=None):
        ring = json.loads(path.read_text())
        key = next(k for k in ring["keys"] if k["kid"] == (kid or ring["primary"]))
        self.kid = key["kid"]
        self.kcv = key["kcv"]
        material = key["material"]
        if material["type"] == "aws-kms":
            assert material["context"] == {"keyring": ring["id"], "kid": self.kid}
            material = kms.unwrap(material)
        else:
            material = base64.b64decode(material["key"], validate=True)
        assert len(material) == 32
        self._prk = hmac.new(b"pii-token-v1", material, hashlib.sha256).digest()
        assert self.sub_key("kcv", "", "", 4).hex() == self.kcv

    def sub_key(self, purpose: str, domain: str, canon: str, length: int) -> bytes:
        info = b"\0".join(part.encode() for part in (purpose, domain, canon))
        return HKDFExpand(algorithm=SHA256(), length=length, info=info).derive(self._prk)

    def event_hash(self, pipeline: str, form: str, text: str) -> str:
        key = self.sub_key("e1", pipeline, form, 32)
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:32]

    def identity_note(self, pipeline: str, sent_ms: int, message_id: str, body: str,
                      attributes: dict | None = None, group: str = "") -> str:
        """`attributes` as boto3 has them."""
        key = self.sub_key("r1", pipeline, "id1", 32)
        each = b""
        for name, value in sorted((attributes or {}).items()):
            binary = value.get("BinaryValue")
            parts = [name.encode(), value["DataType"].encode(),
                     value["StringValue"].encode() if binary is None else binary]
            packed = [len(part).to_bytes(4, "big") + part for part in parts]
            each += packed[0] + packed[1] + (b"\1" if binary is None else b"\2") + packed[2]
        text = b"\0".join((str(sent_ms).encode(), message_id.encode(),
                           hashlib.sha256(body.encode()).digest()))
        text += hashlib.sha256(each).digest() + group.encode()
        return f"1:{sent_ms}:{hmac.new(key, text, hashlib.sha256).hexdigest()}:{message_id}"

    def token(self, value: str | None, domain: str, form: str, bits: int = 128) -> str | None:
        data = canonical(value, form)
        if data is None:
            return None
        digest = hmac.new(self.sub_key("h1", domain, form, 32), data, hashlib.sha256).digest()
        return f"h1:{self.kid}:{base32(digest[:bits // 8])}"

    def sealed(self, value: str | None, domain: str, form: str) -> str | None:
        """The token of aes-siv."""
        data = canonical(value, form)
        if data is None:
            return None
        if not form.startswith("ip"):
            data += b"\x80"
            data += bytes(-len(data) % 16)
        siv = AESSIV(self.sub_key("s1", domain, form, 64))
        return f"s1:{self.kid}:{base32(siv.encrypt(data, [domain.encode()]))}"

    def opened(self, token: str, domain: str, form: str) -> str | None:
        """The value of a token of aes-siv; nothing if it was not made so."""
        scheme, kid, text = token.split(":")
        assert (scheme, kid) == ("s1", self.kid)
        text = text.upper()
        sealed = base64.b32decode(text + "=" * (-len(text) % 8))
        try:
            data = AESSIV(self.sub_key("s1", domain, form, 64)).decrypt(sealed, [domain.encode()])
        except InvalidTag:
            return None
        if form.startswith("ip"):
            return str(address(data))
        text, mark, rest = data.rpartition(b"\x80")
        assert mark and not rest.strip(b"\0")
        return text.decode()

    def ipcrypt(self, value: str | None, domain: str, mask: str, back: bool = False) -> str | None:
        """ipcrypt-deterministic and ipcrypt-pfx, there or back."""
        data = canonical(value, "ip1")
        if data is None:
            return None
        if mask == "ipcrypt-deterministic":
            cipher = Cipher(AES(self.sub_key(mask, domain, "ip1", 16)), ECB())
            context = cipher.decryptor() if back else cipher.encryptor()
            return str(address(context.update(data)))
        key = self.sub_key(mask, domain, "ip1", 32)
        first, second = (Cipher(AES(half), ECB()).encryptor() for half in (key[:16], key[16:]))
        begin = 96 if data.startswith(MAPPED) else 0
        given, out = int.from_bytes(data, "big"), int.from_bytes(data, "big")
        for bit in range(begin, 128):
            plain = out if back else given
            block = (1 << bit | plain >> (128 - bit)).to_bytes(16, "big")
            out ^= ((first.update(block)[15] ^ second.update(block)[15]) & 1) << (127 - bit)
        return str(address(out.to_bytes(16, "big")))


MAPPED = b"\0" * 10 + b"\xff\xff"


def base32(data: bytes) -> str:
    return base64.b32encode(data).decode().lower().rstrip("=")


def address(data: bytes) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(data[12:] if data.startswith(MAPPED) else data)


def canonical(value: str | None, form: str) -> bytes | None:
    if value is None or not value.strip(BLANK):
        return None
    if form == "raw1":
        return value.encode()
    text = value.strip(BLANK)
    if form == "str1":
        return text.encode()
    if form == "lower1":
        return text.encode().lower()
    if form == "digits1":
        return "".join(c for c in text if c in "0123456789").encode()
    packed = ipaddress.ip_address(text).packed
    packed = MAPPED + packed if len(packed) == 4 else packed
    if form == "ip1":
        return packed
    assert form.startswith("ip-prefix1:")
    v4, v6 = (int(bits) for bits in form.partition(":")[2].split(","))
    left = 96 + v4 if packed.startswith(MAPPED) else v6
    return (int.from_bytes(packed, "big") >> (128 - left) << (128 - left)).to_bytes(16, "big")


def version(text: str | None) -> int | None:
    if text is None:
        return None
    parts = [int(part) for part in text.split(".")]
    assert len(parts) <= 3 and all(0 <= part <= 999 for part in parts)
    major, minor, patch = parts + [0] * (3 - len(parts))
    return major * 1_000_000 + minor * 1_000 + patch


def legacy(value: str, suffix: str = "") -> str:
    """As the old scripts do it."""
    return hashlib.sha256((value + suffix).encode()).hexdigest()


def network(value: str, v4: int = 24, v6: int = 48) -> str:
    address = ipaddress.ip_address(value)
    if address.version == 6 and address.ipv4_mapped:
        address = address.ipv4_mapped
    prefix = v4 if address.version == 4 else v6
    return str(ipaddress.ip_network((address, prefix), strict=False))


def keep_last(value: str, n: int = 4) -> str:
    """Of ASCII text with more than n letters and digits."""
    places = [i for i, c in enumerate(value) if c.isalnum()]
    assert value.isascii() and len(places) > n
    hidden = set(places[:-n])
    return "".join("*" if i in hidden else c for i, c in enumerate(value))


def row(event: dict, ring: KeyRing, sent_ms: int) -> tuple:
    """The row of a good login event, in the order of COLUMNS."""
    return (
        event["user_id"], event.get("device_type"),
        ring.token(event["ip"], "ip", "ip1"),
        ring.token(event["device_id"], "device_id", "str1"),
        event.get("locale"), version(event.get("app_version")),
        datetime.fromtimestamp(sent_ms / 1000, timezone.utc).date(),
    )


def is_login(event: dict) -> bool:
    return "ip" in event and "device_id" in event and "user_id" in event
