"""Dead letters go back to their queue and stay the messages that they were."""
import json
import re

import pytest

from e2e import reference
from support import queues
from support.queues import Queue
from support.site import login

from conftest import fresh
from e2e.test_event_keys import with_keys, keyed


@pytest.fixture
def dead(site, queue):
    """Where the dead letters of the site's queue are, as far as `--from` knows."""
    return Queue(queue.endpoint, fresh("dead"), VisibilityTimeout=30)


def redrive(site, dead, *arguments, **options):
    return site.bauta("queue", "redrive", "--from", dead.name, "-o", "json", *arguments, **options)


def send(queue, events, attributes=None) -> list[str]:
    return [queue.sqs.send_message(
        QueueUrl=queue.url, MessageBody=json.dumps(event),
        MessageAttributes=attributes or {})["MessageId"] for event in events]


def note(identity: str) -> dict:
    return {"Bauta.Identity": {"DataType": "String", "StringValue": identity}}


def notes_in(queue, **options) -> list[str]:
    return [m["MessageAttributes"]["Bauta.Identity"]["StringValue"]
            for m in queue.receive(MessageAttributeNames=["All"], **options)]


def test_goes_back_as_the_message_that_it_was(site, dead):
    bad = login(3, ip="nowhere")
    ids = dead.send_events([login(1), login(2), bad])
    sent = {m["MessageId"]: int(m["Attributes"]["SentTimestamp"])
            for m in dead.receive(AttributeNames=["All"], VisibilityTimeout=0)}
    moved = redrive(site, dead).json
    assert (moved["moved"], moved["failed"], moved["returned"]) == (3, 0, 0)
    assert dead.counts() == (0, 0) and site.queue.counts() == (3, 0)
    assert site.run().json["events"]["inserted"] == 2
    known = dict(site.database.query("SELECT message_id::text, sent_ms FROM bauta.ledger"))
    assert known == {i: sent[i] for i in ids}
    held = site.bauta("quarantine", "list", "-o", "json").lines
    assert [e["message_id"] for e in held] == [ids[2]]
    opened = site.home / "opened.json"
    site.bauta("quarantine", "show", "--id", held[0]["id"], "--identity", site.identity,
               "--reason", "x", "--out", opened)
    assert "Bauta.Identity" not in opened.read_text()


def test_what_was_loaded_before_is_not_loaded_again(site, dead):
    dead.send_events([login(i) for i in range(20)])
    site.configure(endpoint=dead.endpoint, queue=dead.name)
    site.bauta("run", "--until-empty")
    assert site.count() == 20 and dead.counts() == (0, 0)
    site.configure()
    # As if the deletes had been lost: the same identities, dead once more.
    known = site.database.query("SELECT sent_ms, message_id::text FROM bauta.ledger")
    ring = reference.KeyRing(site.keyring)
    for sent_ms, message_id in known:
        body = json.dumps(login(0))
        send(dead, [login(0)], note(ring.identity_note("logins", sent_ms, message_id, body)))
    dead.send_events([login(i) for i in range(20, 30)])
    assert redrive(site, dead).json["moved"] == 30
    done = site.run().json
    assert done["messages"]["redelivered"] == 20 and done["events"]["inserted"] == 10
    assert site.database.one("SELECT count(DISTINCT user_id) FROM user_logins") == site.count() == 30
    assert site.queue.counts() == (0, 0)


def test_a_note_is_kept_when_a_message_dies_again(site, dead):
    ids = dead.send_events([login(1)])
    redrive(site, dead)
    [first] = notes_in(site.queue, VisibilityTimeout=0)
    assert re.fullmatch(r"1:\d{13}:[0-9a-f]{64}:" + ids[0], first)
    [message] = site.queue.drain()
    send(dead, [json.loads(message["Body"])], note(first))
    site.queue.sqs.purge_queue(QueueUrl=site.queue.url)
    redrive(site, dead)
    assert notes_in(site.queue, VisibilityTimeout=0) == [first]
    site.run()
    assert site.database.query("SELECT message_id::text FROM bauta.ledger") == [(ids[0],)]


def test_notes_that_are_not_genuine_are_ignored(site, dead):
    dead.send_events([login(1)])
    redrive(site, dead)
    [genuine] = notes_in(site.queue, VisibilityTimeout=0)
    site.run()
    forged = re.sub(r"[0-9a-f]{64}", "0" * 64, genuine)
    ids = send(site.queue, [login(2)], note(genuine)) + send(site.queue, [login(1)], note(forged))
    done = site.run()
    assert done.json["events"]["inserted"] == 2, "another body, and another signature"
    assert "not genuine" in done.err
    assert genuine not in done.all
    assert set(ids) < {i for (i,) in site.database.query("SELECT message_id::text FROM bauta.ledger")}
    send(site.queue, [login(1)], note(genuine))
    assert site.run().json["messages"]["redelivered"] == 1, "the same body is the same message"
    dead.send([json.dumps(login(5))])
    [first] = send(dead, [login(4)], note(forged))
    redrive(site, dead)
    site.run()
    assert site.database.one("SELECT count(*) FROM bauta.ledger WHERE message_id = %s", first) == 1


def test_ten_attributes_leave_no_room(site, dead):
    full = {f"a{i}": {"DataType": "String", "StringValue": "x"} for i in range(10)}
    send(dead, [login(1)], full)
    send(dead, [login(2)], dict(list(full.items())[:9]))
    done = redrive(site, dead, ok=False)
    assert done.code == 1 and "ten attributes" in done.err, done
    assert done.json["moved"] == 1 and done.json["failed"] == 1
    assert dead.counts() == (1, 0), "it is visible again, and nothing is lost"
    assert site.queue.counts() == (1, 0)


def test_attributes_and_odd_bodies_arrive(site, dead):
    body = 'é "x" \\ \n\t <&> \U0001f600'
    attributes = {"Kind": {"DataType": "String.x", "StringValue": "é\"<"},
                  "Bytes": {"DataType": "Binary", "BinaryValue": b"\0\xff"}}
    dead.sqs.send_message(QueueUrl=dead.url, MessageBody=body, MessageAttributes=attributes)
    redrive(site, dead)
    [message] = site.queue.receive(MessageAttributeNames=["All"])
    assert message["Body"] == body
    del message["MessageAttributes"]["Bauta.Identity"]
    assert message["MessageAttributes"] == attributes


def test_moves_no_more_than_it_is_told(site, dead):
    dead.send_events([login(i) for i in range(37)])
    assert redrive(site, dead, "--dry-run").json["would_move"] == 37
    assert dead.counts() == (37, 0)
    assert redrive(site, dead, "--max-messages", "12").json["moved"] == 12
    assert dead.counts()[0] == 25 and site.queue.counts()[0] == 12
    assert redrive(site, dead).json["moved"] == 25


@pytest.mark.parametrize("arguments, word", [
    ([], "no redrive policy"), (["--from", "nowhere-at-all"], "nowhere-at-all"),
    (["--native", "--max-messages", "3", "--from", "x"], "--native moves all"),
])
def test_what_it_refuses(site, arguments, word):
    done = site.bauta("queue", "redrive", *arguments, ok=False)
    assert done.code == 2 and word in done.err, done
    done = site.bauta("queue", "redrive", "--from", site.queue.name, ok=False)
    assert done.code == 2 and "to itself" in done.err


def test_an_event_key_survives_even_a_copy_without_a_note(bare, queue):
    with_keys(bare).prepare()
    dead = Queue(queue.endpoint, fresh("dead"), VisibilityTimeout=30)
    bare.queue.send_events([keyed(i) for i in range(10)])
    bare.run()
    dead.send_events([keyed(i) for i in range(12)])
    assert redrive(bare, dead).json["moved"] == 12
    assert bare.run().json["events"] == {"seen": 12, "inserted": 2, "duplicate": 10,
                                         "quarantined": 0}


@pytest.mark.slow
def test_killed_in_the_middle(site, dead):
    """What it held comes back after half a minute; some of it was sent twice."""
    ids = dead.send_events([login(i) for i in range(3000)])
    for _ in range(3):
        before = site.queue.counts()[0]
        running = site.start("queue", "redrive", "--from", dead.name)
        queues.process.wait_for(lambda: site.queue.counts()[0] > before + 200, "some to be moved")
        running.kill()
    queues.process.wait_for(lambda: dead.counts()[1] == 0, "what was held to come back", 60)
    redrive(site, dead)
    assert dead.counts() == (0, 0)
    assert site.queue.counts()[0] >= 3000
    done = site.run(seconds=180).json  # A copy that was sent twice may have to become visible again.
    assert done["events"]["inserted"] == 3000 == site.count()
    known = {i for (i,) in site.database.query("SELECT message_id::text FROM bauta.ledger")}
    assert known == set(ids)


def test_a_fifo_queue_keeps_the_order_within_its_groups(bare, embedded):
    fifo = Queue(embedded.endpoint, fresh("logins") + ".fifo", FifoQueue="true")
    dead = Queue(embedded.endpoint, fresh("dead") + ".fifo", FifoQueue="true")
    bare.queue = fifo
    bare.configure()
    bare.prepare()
    for i in range(90):
        dead.sqs.send_message(QueueUrl=dead.url, MessageBody=json.dumps(login(i)),
                              MessageGroupId=f"g{i % 3}", MessageDeduplicationId=str(i))
    assert redrive(bare, dead).json["moved"] == 90
    assert dead.counts() == (0, 0)
    groups = {f"g{g}": [] for g in range(3)}
    while messages := fifo.receive(AttributeNames=["All"], MessageAttributeNames=["All"]):
        for message in messages:
            groups[message["Attributes"]["MessageGroupId"]].append(json.loads(message["Body"]))
            assert "Bauta.Identity" in message["MessageAttributes"]
            fifo.sqs.delete_message(QueueUrl=fifo.url, ReceiptHandle=message["ReceiptHandle"])
    assert groups == {f"g{g}": [login(i) for i in range(g, 90, 3)] for g in range(3)}


def test_two_kinds_of_queues_do_not_mix(site, embedded):
    dead = Queue(embedded.endpoint, fresh("dead") + ".fifo", FifoQueue="true")
    done = redrive(site, dead, ok=False)
    assert done.code == 2 and "not of one kind" in done.err
