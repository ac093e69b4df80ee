"""What stands around an event: attributes, an envelope of SNS, an array of events, compression."""
import base64
import gzip
import json
import signal

import pytest

from e2e import reference
from support import process
from support.site import COLUMNS, Site, login, logins

TOPIC = {"Type": "Notification", "MessageId": "6a0ea4d1-0000-4000-8000-000000000001",
         "TopicArn": "arn:aws:sns:eu-west-1:000000000000:logins"}
MORE = "ALTER TABLE user_logins ADD trace text, ADD n numeric, ADD raw text, ADD flags jsonb"
ATTRIBUTES = COLUMNS + """\
  trace:            {from: "attribute:Trace.Id", required: true}
  n:                {from: "attribute:N"}
  raw:              {from: "attribute:Raw"}
  flags:            {from: "attribute:Flags", as: json}
"""


def attributes(i: int) -> dict:
    return {"Trace.Id": {"DataType": "String.trace", "StringValue": f"trace-{i} \u00e4\n\"<&"},
            "N": {"DataType": "Number.float", "StringValue": f"{i}.50"},
            "Raw": {"DataType": "Binary.png", "BinaryValue": bytes([0, 255, i])},
            "Flags": {"DataType": "String", "StringValue": json.dumps({"even": i % 2 == 0})}}


def send(queue, body: str, message_attributes: dict | None = None, **more) -> str:
    return queue.sqs.send_message(QueueUrl=queue.url, MessageBody=body,
                                  MessageAttributes=message_attributes or {}, **more)["MessageId"]


def envelope(message: str, **message_attributes) -> str:
    around = TOPIC | {"Message": message, "Timestamp": "2026-11-21T07:00:00.000Z"}
    if message_attributes:
        around["MessageAttributes"] = message_attributes
    return json.dumps(around)


def packed(text: str) -> str:
    return base64.b64encode(gzip.compress(text.encode())).decode()


def configure(site: Site, columns: str = COLUMNS, stop_above="100%", **source) -> None:
    """The site's config, with more keys of source.sqs."""
    site.configure(columns, stop_above=stop_above)
    more = "".join(f", {key}: \"{value}\"" for key, value in source.items())
    text = site.config.read_text().replace(", region: us-east-1", f", region: us-east-1{more}")
    site.config.write_text(text)


def expected(site: Site, events: list[dict]) -> list[tuple]:
    ring = reference.KeyRing(site.keyring)
    sent_ms = site.database.one("SELECT max(sent_ms) FROM bauta.ledger")
    return sorted((reference.row(event, ring, sent_ms) for event in events), key=repr)


def check_rows(site: Site, events: list[dict]) -> None:
    assert sorted(site.rows(), key=repr) == expected(site, events)


def replay(site: Site) -> dict:
    return site.bauta("quarantine", "replay", "--identity", site.identity, "--reason",
                      "ticket 4711", "-o", "json").json


def test_attributes_are_columns(any_site):
    """Custom types and binary, in both protocols; what was refused for one is replayed with all."""
    site = any_site
    site.database.execute(MORE)
    site.configure(ATTRIBUTES)
    for i in range(4):
        send(site.queue, json.dumps(login(i)), attributes(i))
    lost = send(site.queue, json.dumps(login(9)), {"N": attributes(9)["N"]})
    assert site.run().json["events"]["inserted"] == 4
    found = site.database.query("SELECT user_id, trace, n::text, raw, flags FROM user_logins")
    assert sorted(found) == [
        (f"user-{i}", f"trace-{i} \u00e4\n\"<&", f"{i}.50",
         base64.b64encode(bytes([0, 255, i])).decode(), {"even": i % 2 == 0}) for i in range(4)]
    (refused,) = site.bauta("quarantine", "list", "-o", "json").lines
    assert (refused["message_id"], refused["reason"], refused["column"]) == (
        lost, "required_missing", "trace")

    site.configure(ATTRIBUTES.replace(", required: true}\n  n:", "}\n  n:"))
    assert replay(site)["replayed"] == 1
    assert site.database.query("SELECT n::text, trace FROM user_logins WHERE user_id = 'user-9'"
                               ) == [("9.50", None)]


def test_a_masked_attribute(site):
    site.database.execute("ALTER TABLE user_logins ADD client varchar(64)")
    site.configure(COLUMNS + "  client: {from: \"attribute:Client\", mask: hmac-sha256, "
                             "canonical: ip, domain: ip, required: true}\n")
    site.bauta("init")
    bad = "not an address"
    for i, value in enumerate(["192.0.2.77", " ::ffff:192.0.2.77 ", bad]):
        send(site.queue, json.dumps(login(i)),
             {"Client": {"DataType": "String", "StringValue": value}})
    done = site.run()
    assert done.json["quarantine_reasons"] == {"invalid_value": 1}
    token = reference.KeyRing(site.keyring).token("192.0.2.77", "ip", "ip1")
    assert site.database.query("SELECT client FROM user_logins") == [(token,), (token,)]
    assert "192.0.2.77" not in done.all + site.database.dump() and bad not in done.all


SYSTEM = COLUMNS.replace("{from: /locale}", "{from: /locale, required: true}") + """\
  sent:    {from: "system:SentTimestamp", as: epoch-millis}
  sent_ms: {from: "system:SentTimestamp"}
  message: {from: "system:MessageId"}
  sender:  {from: "system:SenderId"}
  trace:   {from: "system:AWSTraceHeader"}
  times:   {from: "system:ApproximateReceiveCount"}
  first:   {from: "system:ApproximateFirstReceiveTimestamp"}
  dead:    {from: "system:DeadLetterQueueSourceArn"}
"""


def test_system_attributes_are_columns_also_of_a_replay(site):
    site.database.execute("ALTER TABLE user_logins ADD sent timestamptz, ADD sent_ms bigint, "
                          "ADD message uuid, ADD sender text, ADD trace text, ADD times int, "
                          "ADD first bigint, ADD dead text")
    trace = {"AWSTraceHeader": {"DataType": "String",
                                "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}}
    site.configure(SYSTEM)
    ids = [send(site.queue, json.dumps(login(i)), MessageSystemAttributes=trace) for i in range(2)]
    assert site.run().json["events"] == {"seen": 2, "inserted": 1, "duplicate": 0, "quarantined": 1}
    site.configure(SYSTEM.replace(", required: true}\n  app", "}\n  app"))
    first_seen = site.database.one("SELECT sent_ms FROM bauta.quarantine")
    assert replay(site)["replayed"] == 1
    rows = site.database.query(
        "SELECT message::text, extract(epoch FROM sent) * 1000 = sent_ms, sender, trace, times, "
        "first >= sent_ms, dead FROM user_logins ORDER BY user_id")
    (sender,) = {row[2] for row in rows}
    assert sender
    assert rows == [(ids[i], True, sender, trace["AWSTraceHeader"]["StringValue"], 1, True, None)
                    for i in range(2)]
    assert site.database.one("SELECT sent_ms FROM user_logins WHERE user_id = 'user-0'") == first_seen


def test_the_body_as_a_column(site):
    site.database.execute("CREATE TABLE bodies (id text, doc jsonb, doc_text text)")
    site.configure("  id: {from: /user_id}\n  doc: {from: body}\n  doc_text: {from: body}\n",
                   table="bodies")
    site.bauta("init", "--accept-new-tokens")
    body = ' { "user_id" : "u\\u00e4" , "n": 1.50 } '
    send(site.queue, body)
    site.run()
    assert site.database.query("SELECT id, doc::text, doc_text FROM bodies") == [
        ("u\u00e4", '{"n": 1.50, "user_id": "u\u00e4"}', body)]
    site.configure(COLUMNS + "  raw: {from: body}\n")
    ended = site.bauta("check", "--offline", ok=False)
    assert ended.code == 2 and "holds in clear what columns.masked_ip masks" in ended.out + ended.err


def test_sns_with_and_without_an_envelope(site):
    site.database.execute("ALTER TABLE user_logins ADD kind text")
    configure(site, COLUMNS + "  kind: {from: \"attribute:kind\"}\n", unwrap="sns")
    events = logins(6)
    send(site.queue, envelope(json.dumps(events[0])))
    send(site.queue, envelope(json.dumps(events[1]), kind={"Type": "String", "Value": "web"}))
    # Raw delivery.
    send(site.queue, json.dumps(events[2]),
         {"kind": {"DataType": "String", "StringValue": "raw"}})
    # Events that look a little like an envelope.
    send(site.queue, json.dumps(events[3] | {"Type": "Notification", "Message": "{}"}))
    bad = envelope(json.dumps(events[4] | {"ip": "no address"}))
    send(site.queue, bad, {"own": {"DataType": "String", "StringValue": "x"}})
    send(site.queue, envelope("not an event"))
    done = site.run().json
    assert done["quarantine_reasons"] == {"invalid_value": 1, "not_json": 1}
    check_rows(site, events[:4])
    assert site.database.query("SELECT user_id, kind FROM user_logins WHERE kind IS NOT NULL "
                               "ORDER BY 1") == [("user-1", "web"), ("user-2", "raw")]
    # The record keeps what was received.
    shown = site.home / "shown.json"
    entry = next(e for e in site.bauta("quarantine", "list", "-o", "json").lines
                 if e["reason"] == "invalid_value")
    site.bauta("quarantine", "show", "--id", entry["id"], "--identity", site.identity, "--reason",
               "ticket 4711", "-o", "json", "--out", shown)
    opened = json.loads(shown.read_text())
    assert opened["body"] == bad and "own" in opened["attributes"]


def test_eventbridge_needs_no_unwrapping(site):
    site.configure(COLUMNS.replace("from: /", "from: /detail/"))
    site.queue.send_events([{"version": "0", "id": "x", "detail-type": "login", "source": "app",
                             "time": "2026-11-21T07:00:00Z", "detail": e} for e in logins(3)])
    site.run()
    check_rows(site, logins(3))


def test_compressed_bodies(site):
    configure(site, encoding="gzip+base64")
    events = logins(3)
    site.queue.send([packed(json.dumps(event)) for event in events])
    site.queue.send([json.dumps(events[0]), packed(json.dumps(events[0]))[:-8], packed("x" * 200_000),
                     packed("[]")])
    done = site.run().json
    assert done["quarantine_reasons"] == {"bad_encoding": 3, "not_object": 1}
    check_rows(site, events)


def test_everything_at_once(site):
    configure(site, unwrap="sns", encoding="gzip+base64", events="/a/0/items")
    events = logins(20)
    inside = packed(json.dumps({"a": [{"items": events[:10]}]}))
    raw = packed(json.dumps({"a": [{"items": events[10:]}]}))
    send(site.queue, envelope(inside))
    send(site.queue, raw)
    assert site.run().json["events"]["inserted"] == 20
    check_rows(site, events)


MIB = 1 << 20


def long_login(i: int, **changes) -> str:
    """As long as SQS takes it."""
    body = json.dumps(login(i, **changes) | {"pad": ""})
    return body[:-2] + "x" * (MIB - len(body)) + body[-2:]


@pytest.mark.slow
def test_bodies_of_a_mebibyte(site):
    """A batch may not be sent, but several are received at once; what is held stays bounded."""
    site.configure(stop_above="100%")
    site.config.write_text(site.config.read_text().replace(
        "region: us-east-1", "region: us-east-1, max_in_flight: {bytes: 16MiB}"))
    for i in range(40):
        send(site.queue, long_login(i, ip="no address" if i % 4 == 0 else "192.0.2.1"))
    running = site.start("run")
    most = 0

    def done():
        nonlocal most
        most = max(most, running.resident())
        return site.database.one("SELECT coalesce(sum(events), 0) FROM bauta.batch") == 40
    process.wait_for(done, "forty events", 60)
    running.signal(signal.SIGTERM)
    assert running.finish().code == 0
    assert site.queue.counts() == (0, 0)
    assert most < 400 * MIB
    assert site.count() == 30

    site.configure(COLUMNS.replace("canonical: ip}", "canonical: ip, on_invalid: raw}"))
    site.bauta("init")
    assert replay(site) == {"replayed": 10, "still_failing": {}, "skipped": 0}
    assert site.count() == 40
