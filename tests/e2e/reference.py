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

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

BLANK = " \t\r\n"
COLUMNS = ("user_id", "device_type", "masked_ip", "masked_device_id", "locale", "app_version",
           "create_date")


class KeyRing:
    """The primary key of a `keyring.json`, or another, and the tokens that it gives."""

    def __init__(self, path: pathlib.Path, kid: str | None = None):
        ring = json.loads(path.read_text())
        key = next(k for k in ring["keys"] if k["kid"] == (kid or ring["primary"]))
        self.kid = key["kid"]
        self.kcv = key["kcv"]
        material = base64.b64decode(key["material"]["key"], validate=True)
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

    def token(self, value: str | None, domain: str, form: str) -> str | None:
        data = canonical(value, form)
        if data is None:
            return None
        digest = hmac.new(self.sub_key("h1", domain, form, 32), data, hashlib.sha256).digest()
        text = base64.b32encode(digest[:16]).decode().lower().rstrip("=")
        return f"h1:{self.kid}:{text}"


def canonical(value: str | None, form: str) -> bytes | None:
    if value is None or not value.strip(BLANK):
        return None
    if form == "str1":
        return value.strip(BLANK).encode()
    assert form == "ip1"
    address = ipaddress.ip_address(value.strip(BLANK))
    if address.version == 4:
        return b"\0" * 10 + b"\xff\xff" + address.packed
    return address.packed


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
