"""The same scenarios on every server that answers like SQS.  Where one differs, KINDS says how, and
docs/queues.md tells people."""
import json
import signal
from dataclasses import dataclass

import pytest

from e2e import checker
from e2e.test_chaos import send
from support import process
from support.queues import Proxy, Queue
from support.site import Site, login, logins

from conftest import fresh


@dataclass
class Kind:
    """What a server does that others do not."""
    largest: int = 1_048_576  # Body, in bytes.
    fifo: bool = True  # Keeps the order within a group.


KINDS = {
    "embedded": Kind(),
    "moto": Kind(fifo=False),
    "localstack": Kind(largest=262_144),
    "new_elasticmq": Kind(),
    "fauxqs": Kind(),
}


@pytest.fixture(params=[pytest.param(name, marks=[] if name in ("embedded", "moto")
                                     else pytest.mark.slow) for name in KINDS])
def place(request, database):
    site = Site(database, None)
    site.server = request.getfixturevalue(request.param)
    site.kind = KINDS[request.param]
    site.endpoint = site.server.endpoint
    use(site, site.server.queue(fresh("same"), VisibilityTimeout=30))
    site.prepare()
    yield site
    site.close()


def use(site: Site, queue: Queue, **changes) -> None:
    site.queue = queue
    site.configure(**changes)


def test_a_load_with_bad_ones_twice(place):
    place.database.execute(checker.STRICT)
    sent = checker.make(200)
    send(place.queue, sent[:100])
    first = place.run().json
    assert (first["messages"]["committed"], first["stopped"]) == (100, "empty")
    send(place.queue, sent[100:])
    assert place.run().json["messages"]["committed"] == 100
    assert checker.problems(place.database, sent) == []
    assert place.queue.counts() == (0, 0)


def test_what_comes_again_is_known(place, request):
    door = Proxy(place.endpoint)
    request.addfinalizer(door.stop)
    use(place, place.server.queue(fresh("same"), VisibilityTimeout=600), endpoint=door.endpoint)
    place.queue.send_events(logins(30))
    door.lose_deletes = True
    assert place.bauta("run", "--max-messages", "30", "-o", "json").json["messages"]["committed"] == 30
    door.deliver_again(place.queue)
    assert place.run(seconds=90).json["messages"]["redelivered"] == 30
    assert place.count() == 30 == place.count("bauta.ledger")
    assert place.queue.counts() == (0, 0)


def test_text_arrives_as_it_was_sent(place):
    texts = ["Zoë", "日本語", "\U0001f600 é", 'a "quoted" <b>&amp;', "line\none\ttwo", "\\u0041",
             "\u00a0nbsp", "שלום"]
    place.queue.send([json.dumps(login(i, user_id=text), ensure_ascii=i % 2 == 0)
                      for i, text in enumerate(texts)])
    assert place.run().json["events"]["inserted"] == len(texts)
    assert {row[0] for row in place.rows()} == set(texts)


def test_the_largest_body(place):
    """A byte more is refused by the server, so nothing larger can come."""
    def of(size: int) -> str:
        empty = json.dumps(login(1) | {"filler": ""})
        return json.dumps(login(1) | {"filler": "x" * (size - len(empty))})

    largest = place.kind.largest
    place.queue.sqs.send_message(QueueUrl=place.queue.url, MessageBody=of(largest))
    with pytest.raises(place.queue.sqs.exceptions.ClientError):
        place.queue.sqs.send_message(QueueUrl=place.queue.url, MessageBody=of(largest + 1))
    assert place.run().json["events"]["inserted"] == 1


def test_attributes_do_no_harm(place):
    place.queue.sqs.send_message(
        QueueUrl=place.queue.url, MessageBody=json.dumps(login(1)), MessageAttributes={
            "trace": {"DataType": "String", "StringValue": "a \"b\" é"},
            "size": {"DataType": "Number", "StringValue": "12.50"},
            "raw": {"DataType": "Binary", "BinaryValue": b"\0\xff"}})
    assert place.run().json["events"]["inserted"] == 1


def test_what_is_held_stays_ours(place):
    """A table that is locked for longer than the visibility."""
    use(place, place.server.queue(fresh("same"), VisibilityTimeout=6))
    place.queue.send_events(logins(15))
    with place.database.connect() as blocker:
        blocker.cursor().execute("LOCK TABLE user_logins IN ACCESS EXCLUSIVE MODE")
        run = place.start("run", "--until-empty", "-o", "json")
        process.wait_for(lambda: place.database.one(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = "
            "'user_logins'::regclass"), "Bauta to wait for the table")
        blocker.cursor().execute("SELECT pg_sleep(10)")
        assert place.queue.receive(10, AttributeNames=["All"]) == []
    ended = run.finish(60)
    assert ended.json["messages"] == {"received": 15, "committed": 15, "redelivered": 0,
                                      "released": 0}, ended
    assert ended.json["requests"]["visibility"] > 0
    assert place.count() == 15


def test_a_stop_gives_back_what_is_held(place):
    place.queue.send_events(logins(15))
    with place.database.connect() as blocker:
        blocker.cursor().execute("LOCK TABLE user_logins IN ACCESS EXCLUSIVE MODE")
        run = place.start("run", "-o", "json", "--set", "shutdown.grace=3s")
        process.wait_for(lambda: place.database.one(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = "
            "'user_logins'::regclass"), "Bauta to wait for the table")
        run.signal(signal.SIGTERM)
        ended = run.finish(60)
    place.queue.wait_visible(15)
    assert place.run(seconds=90).json["messages"]["committed"] == 15
    assert place.count() == 15, ended


def test_dead_letters_are_loaded_from_their_queue(place):
    dead = place.server.queue(fresh("dead"), VisibilityTimeout=30)
    arn = dead.sqs.get_queue_attributes(
        QueueUrl=dead.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    source = place.server.queue(fresh("source"), VisibilityTimeout=1, RedrivePolicy=json.dumps(
        {"deadLetterTargetArn": arn, "maxReceiveCount": 1}))
    source.send_events(logins(3))
    taken = {m["MessageId"] for m in take(source, 3)}

    def moved() -> bool:
        source.receive(10, WaitTimeSeconds=1)  # Some servers move on a receive only.
        return dead.counts()[0] == 3

    process.wait_for(moved, "the dead letters", every=0.2)
    use(place, dead)
    assert place.run().json["events"]["inserted"] == 3
    ids = {i for (i,) in place.database.query("SELECT message_id::text FROM bauta.ledger")}
    assert ids == taken, "a dead letter keeps its id"


def take(queue: Queue, count: int) -> list[dict]:
    taken: dict[str, dict] = {}

    def enough():
        taken.update({m["MessageId"]: m for m in queue.receive(10)})
        return len(taken) >= count

    process.wait_for(enough, f"{count} messages", every=0.01)
    return list(taken.values())


def test_order_within_a_group(place):
    if not place.kind.fifo:
        pytest.skip("its groups do not keep their order")
    queue = place.server.queue(fresh("order") + ".fifo", VisibilityTimeout=30, FifoQueue="true")
    place.database.execute("ALTER TABLE user_logins ADD n bigserial")
    use(place, queue, rows=10)
    for i in range(60):
        queue.sqs.send_message(QueueUrl=queue.url, MessageBody=json.dumps(login(i)),
                               MessageGroupId=f"g{i % 5}", MessageDeduplicationId=str(i))
    assert place.run(seconds=90).json["messages"]["committed"] == 60
    rows = place.database.query("SELECT user_id FROM user_logins ORDER BY n")
    numbers = [int(user.removeprefix("user-")) for (user,) in rows]
    for group in range(5):
        assert [n for n in numbers if n % 5 == group] == list(range(group, 60, 5))


def test_purge_and_an_empty_queue(place):
    place.queue.send_events(logins(20))
    place.bauta("queue", "purge", "--yes")
    summary = place.run(seconds=90).json
    assert (summary["messages"]["received"], summary["stopped"]) == (0, "empty")


def test_check_takes_nothing(place):
    place.queue.send_events(logins(3))
    told = json.loads(place.bauta("check", "-o", "json", ok=False).out)
    assert {p["code"] for p in told} <= {"W003", "E066"}, "no fsync, no redrive policy"
    got = {m["MessageId"]: m for _ in range(3)
           for m in place.queue.receive(10, AttributeNames=["ApproximateReceiveCount"])}
    assert [m["Attributes"]["ApproximateReceiveCount"] for m in got.values()] == ["1"] * 3
