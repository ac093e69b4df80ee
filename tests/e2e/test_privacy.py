"""No original leaves the process in clear."""
import json
import pathlib

import pytest

from e2e import reference
from support.site import COLUMNS, logins

DATA = pathlib.Path(__file__).parents[1] / "data/logins.json"


def originals() -> set[str]:
    events = json.loads(DATA.read_text())
    return {e[k] for e in events for k in ("ip", "device_id") if k in e}


def check_clean(text: str, where: str) -> None:
    for value in originals():
        assert value not in text, f"{where} holds {value}"


@pytest.mark.parametrize("flags", [(), ("-v",), ("--log-level", "debug", "--log-format", "json")])
def test_neither_output_nor_database_holds_originals(site, flags):
    site.load(DATA)
    bad = {"user_id": "u", "ip": "203.0.113.77x", "device_id": "555-55-5555"}
    site.queue.send_events([bad])
    ended = site.run(*flags)
    assert ended.json["quarantine_reasons"] == {"required_missing": 1, "invalid_value": 1}
    check_clean(ended.all, "the output")
    dump = site.database.dump("--data-only", "--inserts")
    check_clean(dump, "the database")
    for value in ("203.0.113.77x", "555-55-5555"):
        assert value not in ended.all and value not in dump


def test_no_key_and_no_receipt_in_the_logs(site, proxy):
    site.load(DATA)
    site.configure(endpoint=proxy.endpoint)
    ended = site.run("--log-level", "debug")
    ring = json.loads(site.keyring.read_text())
    for key in ring["keys"]:
        assert key["material"]["key"] not in ended.all
    assert "receipt" not in ended.all.lower()
    handles = {entry["ReceiptHandle"] for call, _, _, body in proxy.requests
               if call == "DeleteMessageBatch" for entry in json.loads(body)["Entries"]}
    assert handles
    for handle in handles:
        assert handle not in ended.all


def test_the_key_ring_agrees_with_the_database(site):
    ring = reference.KeyRing(site.keyring)
    assert site.database.query("SELECT kid, kcv, status FROM bauta.key") == [
        (ring.kid, ring.kcv, "ENABLED")]
    assert site.database.query(
        "SELECT column_name, mask, domain, canonical, bits FROM bauta.masked_column"
        " ORDER BY column_name") == [
            ("masked_device_id", "hmac-sha256", "device_id", "str1", 128),
            ("masked_ip", "hmac-sha256", "ip", "ip1", 128)]
    listed = site.bauta("keys", "list", "-o", "json")
    assert ring.kcv in listed.out
    assert json.loads(site.keyring.read_text())["keys"][0]["material"]["key"] not in listed.all
    site.bauta("keys", "check")


def test_a_domain_by_month_takes_the_month_the_message_was_sent(site):
    site.configure(columns=COLUMNS.replace("canonical: ip}",
                                           'canonical: ip, domain: "ip@{yyyy-mm}"}'))
    site.bauta("init", "--accept-new-tokens")
    site.queue.send_events(logins(1))
    site.run()
    ring = reference.KeyRing(site.keyring)
    month = site.database.one("SELECT to_char(to_timestamp(sent_ms / 1000.0) AT TIME ZONE 'UTC',"
                              " 'YYYY-MM') FROM bauta.ledger")
    assert site.database.one("SELECT masked_ip FROM user_logins") == ring.token(
        logins(1)[0]["ip"], f"ip@{month}", "ip1")
    assert site.database.one("SELECT domain FROM bauta.masked_column"
                             " WHERE column_name = 'masked_ip'") == "ip@{yyyy-mm}"
