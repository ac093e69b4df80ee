#!/usr/bin/env python3
"""The batched script that Bauta is measured against: what a good afternoon's work gives.

One thread: 10 messages a receive, HMAC over the two PII fields, 500 rows an INSERT by
execute_values, commit, DeleteMessageBatch.  At least once, no quarantine, no ledger.
Ends when the queue is empty.  Prints one JSON object.
"""
import argparse
import base64
import hashlib
import hmac
import ipaddress
import json
import time
from datetime import datetime, timezone

import boto3
import psycopg2
from psycopg2.extras import execute_values

ROWS = 500


def token(key: bytes, data: bytes) -> str:
    digest = hmac.new(key, data, hashlib.sha256).digest()[:16]
    return "h1:k1:" + base64.b32encode(digest).decode().lower().rstrip("=")


def version(text: str | None) -> int | None:
    if text is None:
        return None
    major, minor, patch = (text.split(".") + ["0", "0"])[:3]
    return int(major) * 1_000_000 + int(minor) * 1_000 + int(patch)


def row(message: dict, ip_key: bytes, device_key: bytes) -> tuple:
    event = json.loads(message["Body"])
    sent = int(message["Attributes"]["SentTimestamp"]) / 1000
    return (event["user_id"], event["device_type"],
            token(ip_key, ipaddress.ip_address(event["ip"]).packed),
            token(device_key, event["device_id"].encode()), event["locale"],
            version(event["app_version"]), datetime.fromtimestamp(sent, timezone.utc).date())


def write(connection, sqs, url: str, held: list[dict]) -> None:
    rows = [row(message, b"i" * 32, b"d" * 32) for message in held]
    with connection.cursor() as cursor:
        execute_values(cursor, "INSERT INTO user_logins VALUES %s", rows, page_size=ROWS)
    connection.commit()
    for start in range(0, len(held), 10):
        sqs.delete_message_batch(QueueUrl=url, Entries=[
            {"Id": str(i), "ReceiptHandle": message["ReceiptHandle"]}
            for i, message in enumerate(held[start:start + 10])])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--queue", required=True)
    parser.add_argument("--database", required=True)
    options = parser.parse_args()
    sqs = boto3.client("sqs", endpoint_url=options.endpoint, region_name="us-east-1",
                       aws_access_key_id="test", aws_secret_access_key="test")
    url = sqs.get_queue_url(QueueName=options.queue)["QueueUrl"]
    connection = psycopg2.connect(options.database)

    committed, held = 0, []
    started = last = time.monotonic()
    while True:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1,
                                     AttributeNames=["SentTimestamp"])
        messages = answer.get("Messages", [])
        held += messages
        if len(held) >= ROWS or (held and not messages):
            write(connection, sqs, url, held)
            committed += len(held)
            held = []
            last = time.monotonic()
        if not messages:
            break
    print(json.dumps({"committed": committed, "seconds": last - started}))


if __name__ == "__main__":
    main()
