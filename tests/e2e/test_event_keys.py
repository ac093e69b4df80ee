"""Events by the ids that their producer gives them: sent twice, under two message ids, is once."""
import json

import pytest

from e2e import checker, reference
from support.site import login


def keyed(i: int, event_id=None, **changes) -> dict:
    return login(i, **changes) | {"event": {"id": event_id or f"evt-{i}"}}


def with_keys(site, key: str = "field:/event/id", **changes):
    site.configure(**changes)
    site.config.write_text(site.config.read_text().replace(
        "columns:\n", f"  exactly_once: {{key: \"{key}\"}}\ncolumns:\n", 1))
    return site


@pytest.fixture
def keys(bare):
    return with_keys(bare).prepare()


def test_an_event_that_is_sent_twice_has_one_row(keys):
    keys.queue.send_events([keyed(i) for i in range(20)] + [keyed(3)])
    first = keys.run().json
    assert first["events"] == {"seen": 21, "inserted": 20, "duplicate": 1, "quarantined": 0}
    keys.queue.send_events([keyed(i) for i in range(15, 30)])
    second = keys.run().json
    assert second["events"] == {"seen": 15, "inserted": 10, "duplicate": 5, "quarantined": 0}
    assert second["messages"]["committed"] == 15 and second["messages"]["redelivered"] == 0
    assert keys.database.one("SELECT count(DISTINCT user_id) FROM user_logins") == keys.count() == 30
    assert keys.count("bauta.ledger") == 36, "a duplicate's message is known as well"
    assert keys.queue.counts() == (0, 0)


def test_the_checker_knows_every_fate(keys):
    sent = [checker.Sent(i, json.dumps(keyed(i)), None) for i in range(300)]
    sent += [checker.Sent(i, json.dumps(keyed(i)), None, again=True) for i in range(0, 300, 10)]
    sent += [checker.Sent(1000 + i, json.dumps(keyed(1000 + i, f"evt-{i}")), "key_reused")
             for i in range(0, 300, 100)]
    for one, message_id in zip(sent, keys.queue.send([s.body for s in sent])):
        one.message_id = message_id
    keys.run()
    assert checker.problems(keys.database, sent) == []
    keys.database.execute("DELETE FROM user_logins WHERE user_id = 'user-10'")
    assert checker.problems(keys.database, sent)


def test_keys_are_what_the_document_says(keys):
    body = json.dumps(keyed(1, "événement 1"), ensure_ascii=True)
    keys.queue.send([body])
    keys.run()
    ring = reference.KeyRing(keys.keyring)
    assert keys.database.query("SELECT replace(key::text, '-', ''), encode(body_tag, 'hex') "
                               "FROM bauta.event_key") == [
        (ring.event_hash("logins", "id1", "événement 1"), ring.event_hash("logins", "body1", body))]


def test_another_event_under_the_same_id_is_held(keys):
    keys.queue.send_events([keyed(1)])
    keys.run()
    keys.queue.send_events([keyed(2, "evt-1"), keyed(3)])
    summary = keys.run().json
    assert summary["quarantine_reasons"] == {"key_reused": 1}
    assert summary["events"]["inserted"] == 1
    listed = keys.bauta("quarantine", "list", "-o", "json").lines
    assert [(e["reason"], e["column"]) for e in listed] == [("key_reused", None)]
    replay = ["quarantine", "replay", "--identity", keys.identity, "--reason", "x", "-o", "json"]
    assert keys.bauta(*replay).json == {"replayed": 0, "still_failing": {"key_reused": 1},
                                        "skipped": 0}
    assert keys.count() == 2
    assert "evt-1" not in json.dumps(listed)


def test_a_flood_of_reused_keys_stops_the_run(bare):
    """A key that is none: all events of one user have it."""
    with_keys(bare, "field:/locale").prepare()
    bare.queue.send_events([keyed(i, locale="DE") for i in range(1500)])
    done = bare.run("--workers", "1", ok=False)
    assert done.code == 1, done
    assert "key_reused" in done.err
    assert bare.count("bauta.quarantine") < 1000


@pytest.mark.parametrize("event, reason", [
    (login(1), "required_missing"),
    (login(1) | {"event": {"id": None}}, "required_null"),
    (login(1) | {"event": {"id": " "}}, "required_empty"),
    (login(1) | {"event": {"id": ["a"]}}, "wrong_type"),
    (login(1) | {"event": {"id": "a\0b"}}, "has_nul"),
])
def test_an_event_without_a_key_is_held(keys, event, reason):
    keys.queue.send_events([event, keyed(2)])
    assert keys.run().json["quarantine_reasons"] == {reason: 1}
    assert keys.count() == 1
    assert keys.count("bauta.event_key") == 1, "what is quarantined has no key"


def test_a_replay_takes_the_key_or_is_left_to_who_has_it(keys):
    with_keys(keys, columns=keys.config.read_text().split("columns:\n")[1].split("keys:")[0]
              .replace("{from: /locale}", "{from: /locale, required: true}"))
    keys.queue.send_events([keyed(3), keyed(6), keyed(6, "evt-3", locale=None)])
    assert keys.run().json["quarantine_reasons"] == {"required_null": 3}
    with_keys(keys)
    keys.queue.send_events([keyed(3)])
    assert keys.run().json["events"]["inserted"] == 1, "the held ones have no key yet"
    answer = keys.bauta("quarantine", "replay", "--identity", keys.identity, "--reason", "x",
                        "-o", "json").json
    assert answer == {"replayed": 1, "still_failing": {"key_reused": 1}, "skipped": 1}
    assert sorted(r[0] for r in keys.rows()) == ["user-3", "user-6"]
    keys.queue.send_events([keyed(6)])
    assert keys.run().json["events"]["duplicate"] == 1, "the replayed one has its key"


def test_a_changed_key_is_refused_until_init_has_said_what_it_means(keys):
    keys.queue.send_events([keyed(1)])
    keys.run()
    with_keys(keys, "field:/user_id")
    refused = keys.bauta("run", "--until-empty", ok=False)
    assert refused.code == 2 and "target.exactly_once.key" in refused.err, refused
    assert "field:/event/id" in refused.err
    said = keys.bauta("init")
    assert "event key from field:/event/id under k1 to field:/user_id under k1" in said.all
    assert "sent again they are new" in said.all
    keys.run()
    keys.configure()
    assert keys.bauta("run", "--until-empty", ok=False).code == 2
    assert "from field:/user_id under k1 to message" in keys.bauta("init").all


@pytest.mark.parametrize("key, problem", [
    ("field:id", "E031"), ("field:", "E015"), ("field:/ip", "E035"), ("field:/ip/v4", "E035"),
    ("attribut:Name", "E015"),
])
def test_keys_that_cannot_be(bare, key, problem):
    with_keys(bare, key)
    checked = bare.bauta("check", "--offline", "-o", "json", ok=False)
    assert checked.code == 2
    assert [(p["code"], p["path"]) for p in checked.json] == [(problem, "target.exactly_once.key")]
    assert bare.bauta("config", "show", ok=False).code == 2


def test_two_instances_and_one_row_each(keys):
    events = [keyed(i) for i in range(2000)]
    keys.queue.send_events(events)
    keys.queue.send_events(events[::-1])
    runs = [keys.start("run", "--until-empty", "-o", "json") for _ in range(2)]
    sums = [run.finish(120).json["events"] for run in runs]
    assert sum(s["inserted"] for s in sums) == 2000
    assert sum(s["duplicate"] for s in sums) == 2000
    assert keys.database.one("SELECT count(DISTINCT user_id) FROM user_logins") == keys.count() == 2000


def test_keys_outlive_a_rotation(keys):
    keys.queue.send_events([keyed(1)])
    keys.run()
    keys.rotate()
    keys.bauta("init")
    keys.queue.send_events([keyed(1), keyed(2)])
    assert keys.run().json["events"] == {"seen": 2, "inserted": 1, "duplicate": 1, "quarantined": 0}
    hashes = {reference.KeyRing(keys.keyring, "k1").event_hash("logins", "id1", f"evt-{i}")
              for i in (1, 2)}
    assert {h for (h,) in keys.database.query("SELECT replace(key::text, '-', '') "
                                              "FROM bauta.event_key")} == hashes


def test_keys_under_another_key_are_refused_until_init_has_said_what_it_means(keys):
    keys.queue.send_events([keyed(1)])
    keys.run()
    keys.rotate(first="DISABLED")
    keys.queue.send_events([keyed(1)])
    refused = keys.bauta("run", "--until-empty", ok=False)
    assert refused.code == 2 and "field:/event/id under k1" in refused.err, refused
    assert "under k2" in refused.err and keys.queue.counts() == (1, 0)
    said = keys.bauta("init")
    assert "under k1 to field:/event/id under k2" in said.all and "sent again they are new" in said.all
    assert keys.run().json["events"]["inserted"] == 1


def send_with(queue, *sent) -> None:
    """Events, each with the text of its attribute EventId, or None."""
    for event, event_id in sent:
        attributes = {"Other": {"DataType": "String", "StringValue": "x"}}
        if event_id is not None:
            attributes["EventId"] = {"DataType": "String", "StringValue": event_id}
        queue.sqs.send_message(QueueUrl=queue.url, MessageBody=json.dumps(event),
                               MessageAttributes=attributes)


def test_a_key_in_an_attribute(bare):
    with_keys(bare, "attribute:EventId").prepare()
    send_with(bare.queue, (login(1), "a"), (login(2), "b"))
    bare.run()
    send_with(bare.queue, (login(1), "a"), (login(3), "b"), (login(4), None), (login(5), " "),
              (login(6), "c"))
    done = bare.run().json
    assert done["quarantine_reasons"] == {"key_reused": 1, "required_missing": 1,
                                          "required_empty": 1}
    assert (done["events"]["inserted"], done["events"]["duplicate"]) == (1, 1)
    assert sorted(r[0] for r in bare.rows()) == ["user-1", "user-2", "user-6"]
    ring = reference.KeyRing(bare.keyring)
    assert bare.database.one("SELECT count(*) FROM bauta.event_key WHERE replace(key::text, '-', '')"
                             " = %s", ring.event_hash("logins", "id1", "a")) == 1


def test_a_key_that_was_sent_from_the_command_line(bare):
    with_keys(bare, "attribute:EventId").prepare()
    for event_id in ("a=1", "a=1", "b"):
        bare.bauta("queue", "send", "--attribute", f"EventId={event_id}", "--attribute", "Kind=x",
                   "--body", json.dumps(login(1)))
    assert bare.run().json["events"] == {"seen": 3, "inserted": 2, "duplicate": 1, "quarantined": 0}


def test_a_key_in_an_attribute_of_several_events(bare):
    """It is of the message: each of its events has it, and its place among them."""
    with_keys(bare, "attribute:EventId")
    bare.config.write_text(bare.config.read_text().replace("region:", 'events: "", region:', 1))
    bare.prepare()
    send_with(bare.queue, ([login(1), login(2)], "a"))
    assert bare.run().json["events"]["inserted"] == 2
    send_with(bare.queue, ([login(1), login(2)], "a"), ([login(2), login(1)], "b"))
    assert bare.run().json["events"] == {"seen": 4, "inserted": 2, "duplicate": 2, "quarantined": 0}
    send_with(bare.queue, ([login(2), login(1)], "a"))
    assert bare.run().json["quarantine_reasons"] == {"key_reused": 2}
