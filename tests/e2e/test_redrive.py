"""Dead letters go back to their queue and stay the messages that they were."""
import json
import re
import signal

import pytest

from e2e import reference
from support import process, queues
from support.queues import Queue, client
from support.site import login, logins

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
    send(dead, [login(4)], note(forged))
    left = redrive(site, dead, ok=False)
    assert left.code == 1 and "not of this key ring's making" in left.err, "and not signed anew"
    assert (left.json["moved"], left.json["failed"]) == (1, 1) and dead.counts() == (1, 0)


def test_a_note_is_about_the_attributes_as_well(site, dead):
    kind = {"Kind": {"DataType": "String", "StringValue": "é"},
            "Bytes": {"DataType": "Binary", "BinaryValue": b"\0\xff"}}
    [first] = send(dead, [login(1)], kind)
    redrive(site, dead)
    [genuine] = notes_in(site.queue, VisibilityTimeout=0)
    site.run()
    sent_ms, = site.database.query("SELECT sent_ms FROM bauta.ledger")[0]
    ring = reference.KeyRing(site.keyring)
    assert genuine == ring.identity_note("logins", sent_ms, first, json.dumps(login(1)), kind)
    other = {"Kind": kind["Kind"]}
    send(site.queue, [login(1)], other | note(genuine))
    done = site.run()
    assert done.json["events"]["inserted"] == 1 and "not genuine" in done.err


def test_notes_outlive_a_rotation(site, dead):
    """Of a message that was loaded, and of one that died once more before the key was rotated."""
    ids = send(dead, [login(1)]) + send(dead, [login(2)])
    redrive(site, dead)
    copies = {m["Body"]: note(m["MessageAttributes"]["Bauta.Identity"]["StringValue"])
              for m in site.queue.receive(MessageAttributeNames=["All"], VisibilityTimeout=0)}
    site.run()
    for status in ("ENABLED", "DISABLED"):
        site.rotate(first=status)
        site.bauta("init")
        for body, attributes in copies.items():
            dead.sqs.send_message(QueueUrl=dead.url, MessageBody=body, MessageAttributes=attributes)
        assert redrive(site, dead).json["moved"] == 2
        assert site.run().json["messages"]["redelivered"] == 2
        loaded = site.database.query("SELECT message_id::text FROM bauta.ledger")
        assert {i for (i,) in loaded} == set(ids)
    site.rotate(first="DESTROYED")
    site.bauta("init")
    for body, attributes in copies.items():
        dead.sqs.send_message(QueueUrl=dead.url, MessageBody=body, MessageAttributes=attributes)
    left = redrive(site, dead, ok=False)
    assert left.json["failed"] == 2 and site.queue.counts() == (0, 0), "not loaded under another"


def test_one_that_is_too_long_with_its_note_is_left(site, dead):
    room = 1024 * 1024 - len(json.dumps(login(0))) - 50
    dead.send([json.dumps(login(0, locale="x" * room))])
    dead.send_events(logins(12))
    done = redrive(site, dead, ok=False)
    assert done.code == 1 and "TooLong" in done.err, done
    assert (done.json["moved"], done.json["failed"]) == (12, 1)
    assert dead.counts() == (1, 0) and site.queue.counts() == (12, 0)


class Refusing(queues.Proxy):
    """Refuses the entries that hold `word`, and passes the others of the call on."""

    def __init__(self, upstream: str, word: str):
        super().__init__(upstream)
        self.word = word

    def _answer(self, target, call, request, body):
        if call != "SendMessageBatch":
            return super()._answer(target, call, request, body)
        asked = json.loads(body)
        failed = [{"Id": entry["Id"], "Code": "InvalidMessageContents", "SenderFault": True}
                  for entry in asked["Entries"] if self.word in entry["MessageBody"]]
        rest = [e for e in asked["Entries"] if self.word not in e["MessageBody"]]
        passed = []
        if rest:
            sent = client(f"http://{target.netloc}").send_message_batch(
                QueueUrl=asked["QueueUrl"], Entries=rest)
            passed = [{k: v for k, v in entry.items()} for entry in sent["Successful"]]
        answer = json.dumps({"Successful": passed, "Failed": failed}).encode()
        return 200, [("Content-Type", "application/x-amz-json-1.0")], answer


@pytest.fixture
def refusing(queue):
    door = Refusing(queue.endpoint, "user-7\"")
    yield door
    door.stop()


def test_what_is_refused_costs_its_neighbours_nothing(site, dead, refusing):
    site.configure(endpoint=refusing.endpoint)
    dead.send_events(logins(50))
    done = redrive(site, dead, ok=False)
    assert done.code == 1 and "InvalidMessageContents" in done.err
    assert (done.json["moved"], done.json["failed"]) == (49, 1)
    assert dead.counts() == (1, 0)


def test_in_a_group_nothing_overtakes_what_is_refused(bare, embedded, refusing):
    fifo = Queue(embedded.endpoint, fresh("logins") + ".fifo", FifoQueue="true")
    dead = Queue(embedded.endpoint, fresh("dead") + ".fifo", FifoQueue="true")
    bare.queue = fifo
    bare.configure(endpoint=refusing.endpoint)
    bare.prepare()
    for i in range(60):
        dead.sqs.send_message(QueueUrl=dead.url, MessageBody=json.dumps(login(i)),
                              MessageGroupId=f"g{i % 3}", MessageDeduplicationId=str(i))
    assert redrive(bare, dead, ok=False).code == 1
    moved = []
    while messages := fifo.receive():
        for message in messages:
            moved.append(json.loads(message["Body"])["user_id"])
            fifo.sqs.delete_message(QueueUrl=fifo.url, ReceiptHandle=message["ReceiptHandle"])
    users = [f"user-{i}" for i in range(60)]
    assert sorted(moved) == sorted(users[0::3] + users[1:7:3] + users[2::3])
    assert sum(dead.counts()) == 18


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
        process.wait_for(lambda: site.queue.counts()[0] > before + 200, "some to be moved")
        running.kill()
    process.wait_for(lambda: dead.counts()[1] == 0, "what was held to come back", 60)
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


class Moving(queues.Proxy):
    """Moves that take until they are cancelled.  With `lose_start` the answer to the first start is
    lost, and what was asked is done."""

    HANDLE = "a-handle-that-nobody-may-see"

    def __init__(self, upstream: str, lose_start: bool = False):
        super().__init__(upstream)
        self.status = None
        self.lose_start = lose_start

    def _answer(self, target, call, request, body):
        self.fault = None
        if call == "StartMessageMoveTask" and self.status == "RUNNING":
            return 400, [], self._refusal("UnsupportedOperation")
        if call == "StartMessageMoveTask":
            self.status = "RUNNING"
            self.fault, self.lose_start = "cut" if self.lose_start else None, False
            answer = {"TaskHandle": self.HANDLE}
        elif call == "ListMessageMoveTasks":
            task = {"Status": self.status, "ApproximateNumberOfMessagesMoved": 3}
            running = {"TaskHandle": self.HANDLE} if self.status == "RUNNING" else {}
            answer = {"Results": [task | running] if self.status else []}
        elif call == "CancelMessageMoveTask":
            assert json.loads(body)["TaskHandle"] == self.HANDLE
            self.status = "CANCELLED"
            answer = {"ApproximateNumberOfMessagesMoved": 3}
        else:
            return super()._answer(target, call, request, body)
        return 200, [("Content-Type", "application/x-amz-json-1.0")], json.dumps(answer).encode()


def with_dead_letters(site, server, suffix: str = "", **attributes):
    """A queue for the site and its dead-letter queue, which its redrive policy names."""
    dead = server.queue(fresh("dead") + suffix, VisibilityTimeout=30, **attributes)
    arn = dead.sqs.get_queue_attributes(QueueUrl=dead.url, AttributeNames=["QueueArn"])
    policy = {"deadLetterTargetArn": arn["Attributes"]["QueueArn"], "maxReceiveCount": 3}
    site.queue = server.queue(fresh("logins") + suffix, VisibilityTimeout=30,
                              RedrivePolicy=json.dumps(policy), **attributes)
    site.endpoint = server.endpoint
    site.configure()
    return dead


class Foreign(queues.Proxy):
    """Redrive policies name another account's queue."""

    def _answer(self, target, call, request, body):
        status, headers, answer = super()._answer(target, call, request, body)
        if call == "GetQueueAttributes":
            answer = re.sub(rb'(deadLetterTargetArn[^,}]*:)\d{12}:', rb"\g<1>210987654321:", answer)
        return status, headers, answer


def test_the_callers_own_queue_is_not_taken_for_that_of_another_account(site, embedded):
    dead = with_dead_letters(site, embedded)
    dead.send_events(logins(3))
    door = Foreign(embedded.endpoint)
    site.configure(endpoint=door.endpoint)
    for native in [], ["--native"]:
        done = site.bauta("queue", "redrive", *native, ok=False)
        assert done.code == 2 and "--from URL" in done.err and ":210987654321:" in done.err, done
    assert dead.counts() == (3, 0)
    assert site.bauta("queue", "redrive", "--from", dead.url, "-o", "json").json["moved"] == 3
    door.stop()


class Undeleting(queues.Proxy):
    """Refuses all deletes."""

    def _answer(self, target, call, request, body):
        if call != "DeleteMessageBatch":
            return super()._answer(target, call, request, body)
        failed = [{"Id": entry["Id"], "Code": "ReceiptHandleIsInvalid", "SenderFault": True}
                  for entry in json.loads(body)["Entries"]]
        answer = json.dumps({"Successful": [], "Failed": failed}).encode()
        return 200, [("Content-Type", "application/x-amz-json-1.0")], answer


def test_what_was_moved_and_not_deleted_is_told(site, dead):
    dead.send_events(logins(3))
    door = Undeleting(site.queue.endpoint)
    site.configure(endpoint=door.endpoint)
    done = redrive(site, dead, ok=False)
    door.stop()
    assert done.code == 1 and "run it again" in done.err, done
    assert (done.json["moved"], done.json["undeleted"]) == (3, 3)
    assert sum(dead.counts()) == 3 and site.queue.counts() == (3, 0)


def test_native(site, embedded):
    dead = with_dead_letters(site, embedded)
    ids = dead.send_events(logins(30))
    done = site.bauta("queue", "redrive", "--native", "-o", "json")
    assert "new ids and times" in done.err
    assert done.json["moved"] == 30 and done.json["failed"] == 0
    assert dead.counts() == (0, 0) and site.queue.counts() == (30, 0)
    assert site.run().json["events"]["inserted"] == 30
    assert len(ids) == site.count()


def test_a_native_move_is_cancelled_by_a_signal(site, embedded):
    dead = with_dead_letters(site, embedded)
    dead.send_events(logins(5))
    door = Moving(embedded.endpoint)
    site.configure(endpoint=door.endpoint)
    running = site.start("queue", "redrive", "--native", "-o", "json")
    process.wait_for(lambda: door.calls["ListMessageMoveTasks"] > 1, "it to look at the move")
    running.signal(signal.SIGINT)
    done = running.finish()
    door.stop()
    assert done.code == 0 and done.json["moved"] == 3, done
    assert door.calls["CancelMessageMoveTask"] == 1
    assert door.HANDLE not in done.all


def test_a_native_move_whose_answer_was_lost_is_not_started_again(site, embedded):
    dead = with_dead_letters(site, embedded)
    dead.send_events(logins(5))
    door = Moving(embedded.endpoint, lose_start=True)
    site.configure(endpoint=door.endpoint)
    running = site.start("queue", "redrive", "--native", "-o", "json")
    process.wait_for(lambda: door.calls["ListMessageMoveTasks"] > 2, "it to find the move")
    door.status = "COMPLETED"
    done = running.finish()
    door.stop()
    assert done.code == 0 and "under way already" in done.err, done


class Lagging(Moving):
    """Lists the new move only at the third look, and an old one until then."""

    def _answer(self, target, call, request, body):
        if call != "ListMessageMoveTasks":
            return super()._answer(target, call, request, body)
        new = self.status and self.calls[call] > 3
        task = {"Status": "COMPLETED", "ApproximateNumberOfMessagesMoved": 5 if new else 999,
                "StartedTimestamp": 2000 if new else 1000}
        return (200, [("Content-Type", "application/x-amz-json-1.0")],
                json.dumps({"Results": [task]}).encode())


def test_a_native_move_is_not_taken_for_an_earlier_one(site, embedded):
    dead = with_dead_letters(site, embedded)
    dead.send_events(logins(5))
    door = Lagging(embedded.endpoint)
    site.configure(endpoint=door.endpoint)
    assert site.bauta("queue", "redrive", "--native", "-o", "json").json["moved"] == 5
    assert door.calls["ListMessageMoveTasks"] > 3
    door.stop()


def test_a_cancel_that_is_refused_names_no_handle(site, embedded):
    dead = with_dead_letters(site, embedded)
    dead.send_events(logins(5))
    door = Moving(embedded.endpoint)
    door.denied = {"CancelMessageMoveTask"}
    site.configure(endpoint=door.endpoint)
    running = site.start("queue", "redrive", "--native", "-o", "json")
    process.wait_for(lambda: door.calls["ListMessageMoveTasks"] > 1, "it to look at the move")
    running.signal(signal.SIGINT)
    done = running.finish()
    door.stop()
    assert done.code == 2 and "sqs:CancelMessageMoveTask" in done.err, done
    assert door.HANDLE not in done.all


def test_a_signal_ends_it_after_the_tens_at_hand(site, dead, proxy):
    """What is not moved is visible at once, and nothing is lost."""
    dead.send_events(logins(2000))
    site.configure(endpoint=proxy.endpoint)
    running = site.start("queue", "redrive", "--from", dead.name, "-o", "json")
    process.wait_for(lambda: proxy.calls["DeleteMessageBatch"] > 3, "some to be moved")
    running.signal(signal.SIGINT)
    done = running.finish()
    assert done.code == 0, done
    moved = done.json["moved"]
    assert 0 < moved < 2000
    assert site.queue.counts() == (moved, 0) and dead.counts() == (2000 - moved, 0)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["", ".fifo"])
@pytest.mark.parametrize("server", ["moto", "localstack", "new_elasticmq"])
def test_on_other_servers(site, request, server, suffix):
    server = request.getfixturevalue(server)
    fifo = {"FifoQueue": "true"} if suffix else {}
    dead = with_dead_letters(site, server, suffix, **fifo)
    for i in range(25):
        group = {"MessageGroupId": f"g{i % 3}", "MessageDeduplicationId": str(i)} if suffix else {}
        dead.sqs.send_message(QueueUrl=dead.url, MessageBody=json.dumps(login(i)), **group)
    for _ in range(2):
        moved = site.bauta("queue", "redrive", "-o", "json").json
        assert (moved["failed"], moved["returned"]) == (0, 0)
    assert dead.counts() == (0, 0)
    assert site.run().json["events"]["inserted"] == 25 == site.count()


@pytest.mark.slow
def test_native_on_localstack(site, localstack):
    dead = with_dead_letters(site, localstack)
    dead.send_events(logins(25))
    assert site.bauta("queue", "redrive", "--native", "-o", "json").json["moved"] == 25
    assert dead.counts() == (0, 0)
    assert site.run().json["events"]["inserted"] == 25
