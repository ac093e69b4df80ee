"""`events: /items`: several events in one body, each with a fate of its own, under one key."""
import json

import pytest

from e2e.test_message_features import check_rows, configure, replay, send
from support.site import COLUMNS, Site, login, logins


def body_of(events: list) -> str:
    return json.dumps({"sender": "198.51.100.99", "items": events})


def held(site: Site) -> list[dict]:
    return site.bauta("quarantine", "list", "-o", "json").lines


def test_each_event_has_a_fate_of_its_own(site):
    configure(site, events="/items")
    site.database.execute("ALTER TABLE user_logins ADD CONSTRAINT known CHECK (locale <> 'XX')")
    events = logins(30)
    events[3] = login(3, ip="no address")
    events[12] = login(12, locale="XX")  # Only the server refuses it.
    events[25] = [1]
    ids = site.queue.send([body_of(events[:10]), body_of(events[10:20]), body_of([]),
                           body_of(events[20:])])
    done = site.run().json
    assert done["messages"] == {"received": 4, "committed": 4, "redelivered": 0, "released": 0}
    assert done["events"] == {"seen": 30, "inserted": 27, "duplicate": 0, "quarantined": 3}
    assert site.queue.counts() == (0, 0)
    check_rows(site, [e for i, e in enumerate(events) if i not in (3, 12, 25)])
    assert {(e["message_id"], e["item"], e["reason"]) for e in held(site)} == {
        (ids[0], 3, "invalid_value"), (ids[1], 2, "constraint"), (ids[3], 5, "not_object")}
    assert site.database.one("SELECT count(*) FROM bauta.ledger") == 4
    assert site.database.query("SELECT sum(messages), sum(events), sum(inserted), sum(quarantined) "
                               "FROM bauta.batch") == [(4, 30, 27, 3)]

    # The record holds its event alone, and nothing of its neighbours.
    shown = site.home / "shown.json"
    entry = next(e for e in held(site) if e["item"] == 3)
    site.bauta("quarantine", "show", "--id", entry["id"], "--identity", site.identity, "--reason",
               "ticket 4711", "--out", shown)
    assert json.loads(shown.read_text()) == events[3]

    # A replay gives each its row, once, whatever the config says of bodies now.
    site.database.execute("ALTER TABLE user_logins DROP CONSTRAINT known")
    configure(site, COLUMNS.replace("canonical: ip}", "canonical: ip, on_invalid: null}")
              .replace("{from: /ip, required: true,", "{from: /ip,"))
    assert replay(site) == {"replayed": 2, "still_failing": {"not_object": 1}, "skipped": 0}
    assert replay(site)["replayed"] == 0
    assert site.count() == 29


def test_a_message_that_comes_again_gives_nothing_twice(site):
    """As if the delete had been lost: the message has its one key, its events have their fates."""
    configure(site, events="/items")
    send(site.queue, body_of([login(1), login(2, ip="no address"), login(3)]))
    (message,) = site.queue.receive(AttributeNames=["All"])
    sent_ms = int(message["Attributes"]["SentTimestamp"])
    site.database.execute(
        "INSERT INTO bauta.ledger (sent_ms, message_id, pipeline, slot) SELECT "
        f"{sent_ms}, '{message['MessageId']}', id, {sent_ms} / 86400000 % 64 FROM bauta.pipeline")
    site.queue.sqs.change_message_visibility(
        QueueUrl=site.queue.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    done = site.run().json
    assert done["messages"] == {"received": 1, "committed": 0, "redelivered": 1, "released": 0}
    assert done["events"] == {"seen": 0, "inserted": 0, "duplicate": 0, "quarantined": 0}
    assert (site.count(), site.count("bauta.quarantine"), site.queue.counts()) == (0, 0, (0, 0))


@pytest.mark.parametrize("body, reason", [
    ("{}", "required_missing"), ('{"items": null}', "required_null"),
    ('{"items": {"a": 1}}', "wrong_type"), ('{"items": [1, 2', "not_json"),
    (json.dumps({"items": [0] * 10_001}), "out_of_range"),
    ('{"items": [], "items": []}', "ambiguous_key"),
])
def test_a_body_that_holds_no_array_is_refused_whole(site, body, reason):
    configure(site, events="/items")
    send(site.queue, body)
    assert site.run().json["quarantine_reasons"] == {reason: 1}
    (entry,) = held(site)
    assert (entry["item"], entry["column"]) == (0, None)


def test_a_body_that_was_refused_whole_gives_all_its_rows_or_none(site):
    """The config forgot `events`: what was held as one event is several."""
    site.configure(stop_above="100%")
    site.queue.send([body_of(logins(3)), body_of([login(7), login(8, ip="no address")]), body_of([])])
    assert site.run().json["quarantine_reasons"] == {"required_missing": 3}
    configure(site, events="/items")
    assert replay(site) == {"replayed": 2, "still_failing": {"invalid_value": 1}, "skipped": 0}
    check_rows(site, logins(3))
    configure(site, COLUMNS.replace("canonical: ip}", "canonical: ip, on_invalid: raw}"),
              events="/items")
    site.bauta("init")
    assert replay(site)["replayed"] == 1
    assert site.count() == 5


def test_an_array_as_the_body(site):
    configure(site, events="")
    send(site.queue, json.dumps(logins(5)))
    assert site.run().json["events"]["inserted"] == 5
    check_rows(site, logins(5))


def test_ten_thousand_bad_ones_take_no_more_room_than_they_are(site):
    """Each record holds its own event, so a megabyte of them is a few, not ten gigabytes."""
    configure(site, events="/items")
    send(site.queue, body_of([{"x": f"{i:060}"} for i in range(10_000)]))
    done = site.run()
    assert done.json["events"] == {"seen": 10_000, "inserted": 0, "duplicate": 0,
                                   "quarantined": 10_000}
    assert site.database.one("SELECT sum(octet_length(sealed)) FROM bauta.quarantine") < 6 << 20
