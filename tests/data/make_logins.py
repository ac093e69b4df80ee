#!/usr/bin/env python3
"""Writes logins.json: 100 synthetic login events, always the same ones.

The shape is that of real input: flat objects, about a third of the locales null, versions of two
or three parts, devices and addresses that repeat, and one message of another kind.  Addresses
are from the documentation ranges.
"""
import json
import pathlib
import random
import uuid

LOCALES = ["BR", "CN", "DE", "FR", "ID", "KE", "PH", "PT", "RU", "VN"]
WRONG = {"foo": "oops_wrong_msg_type", "bar": "123"}


def address(rng: random.Random) -> str:
    if rng.random() < 0.1:
        return f"2001:db8::{rng.randrange(1, 0xffff):x}"
    return f"{rng.choice(['192.0.2', '198.51.100', '203.0.113'])}.{rng.randrange(1, 255)}"


def device(rng: random.Random) -> str:
    return f"{rng.randrange(1000):03}-{rng.randrange(100):02}-{rng.randrange(10000):04}"


def version(rng: random.Random) -> str:
    if rng.random() < 0.5:
        return f"{rng.randrange(10)}.{rng.randrange(10)}.{rng.randrange(10)}"
    return f"{rng.randrange(10)}.{rng.randrange(100)}"


def logins(count: int = 99, seed: int = 20260101) -> list[dict]:
    rng = random.Random(seed)
    addresses = [address(rng) for _ in range(count * 8 // 10)]
    devices = [device(rng) for _ in range(count * 9 // 10)]
    return [
        {
            "user_id": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            "app_version": "0.96" if i == 3 else version(rng),
            "device_type": rng.choice(["android", "ios"]),
            "ip": rng.choice(addresses),
            "locale": None if i % 3 == 2 else rng.choice(LOCALES),
            "device_id": rng.choice(devices),
        }
        for i in range(count)
    ]


def main() -> None:
    events: list[dict] = list(logins())
    events.insert(12, WRONG)
    target = pathlib.Path(__file__).with_name("logins.json")
    target.write_text(json.dumps(events, indent=2) + "\n")


if __name__ == "__main__":
    main()
