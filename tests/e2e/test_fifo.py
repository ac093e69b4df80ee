"""FIFO queues: in the table the rows of a group stand in the order of sending, each once, whatever
happens to instances, workers and the database on the way."""
import json
import random
import time
from collections import defaultdict

import pytest

from e2e import checker
from e2e.test_chaos import Instances
from support import process
from support.queues import Queue, client
from support.site import Site, login

from conftest import fresh

# What tells the order of the rows, which no column of ours does.
NUMBERED = "ALTER TABLE user_logins ADD COLUMN nth bigint GENERATED ALWAYS AS IDENTITY"
# Every so often a statement fails, as by a serialization failure.
FITS = """
CREATE FUNCTION fit() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
  IF random() < 0.03 THEN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END IF;
  PERFORM pg_sleep(0.02); RETURN NULL; END$$;
CREATE TRIGGER fit AFTER INSERT ON user_logins FOR EACH STATEMENT EXECUTE PROCEDURE fit()"""
# Pairs of rows of one group that stand in the wrong order: by the event's number, i % groups is
# its group, and i grows with each one sent.
OVERTAKEN = """
SELECT count(*) FROM (
  SELECT number, lag(number) OVER (PARTITION BY number % {groups} ORDER BY nth) AS before
  FROM (SELECT substr(user_id, 6)::int AS number, nth FROM user_logins) AS numbered
) AS pairs WHERE before > number"""


def fifo(server, name: str, **attributes) -> Queue:
    return Queue(server.endpoint, f"{fresh(name)}.fifo", sqs=client(server.endpoint),
                 FifoQueue="true", **attributes)


def send(queue: Queue, sent: list[checker.Sent], groups: int) -> None:
    """In the order of their numbers, within each group."""
    for start in range(0, len(sent), 10):
        part = sent[start:start + 10]
        answer = queue.sqs.send_message_batch(QueueUrl=queue.url, Entries=[
            {"Id": str(i), "MessageBody": one.body, "MessageGroupId": f"g{one.number % groups}",
             "MessageDeduplicationId": str(one.number)} for i, one in enumerate(part)])
        assert not answer.get("Failed"), answer["Failed"]
        for done in answer["Successful"]:
            part[int(done["Id"])].message_id = done["MessageId"]


def overtaken(site: Site, groups: int) -> int:
    return site.database.one(OVERTAKEN.format(groups=groups))


@pytest.fixture
def server(embedded):
    return embedded


@pytest.fixture
def ordered(database, server):
    site = Site(database, fifo(server, "ordered", VisibilityTimeout=2))
    site.configure(rows=25, more="workers: 3\n")  # Batches end in the middle of groups.
    site.prepare()
    database.execute(f"{NUMBERED}; {checker.STRICT}; {FITS}")
    yield site
    site.close()


def torment(site: Site, total: int, groups: int, kills: int, instances: int) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    rng = random.Random(seed)
    sent = checker.make(total)
    send(site.queue, sent, groups)
    crowd = Instances(site, instances)
    try:
        for kill in range(1, kills + 1):
            share = total * kill * 0.8 / (kills + 1)
            process.wait_for(lambda: site.count("bauta.ledger") >= share, "work", 120)
            time.sleep(rng.uniform(0, 0.3))
            crowd.kill(rng.randrange(instances))
        crowd.finish(900)
    finally:
        crowd.stop()
    assert checker.problems(site.database, sent) == []
    assert overtaken(site, groups) == 0
    assert site.queue.counts() == (0, 0)


def test_the_order_within_groups_is_kept_in_small(ordered):
    torment(ordered, 3_000, groups=50, kills=3, instances=2)


@pytest.mark.slow
def test_the_order_within_groups_is_kept(ordered):
    torment(ordered, 50_000, groups=500, kills=12, instances=3)


def test_the_check_of_the_order_sees_what_is_wrong(ordered):
    sent = [s for s in checker.make(200) if not s.reason]
    send(ordered.queue, sent, 5)
    ordered.run()
    assert overtaken(ordered, 5) == 0
    ordered.database.execute(
        "DROP TRIGGER fit ON user_logins;"
        " WITH gone AS (DELETE FROM user_logins WHERE nth = (SELECT min(nth) FROM user_logins)"
        " RETURNING *)"
        " INSERT INTO user_logins (user_id, masked_ip, masked_device_id)"
        " SELECT user_id, masked_ip, masked_device_id FROM gone")
    assert overtaken(ordered, 5) == 1


@pytest.mark.slow
def test_what_another_transaction_holds_is_not_overtaken(ordered):
    """Keys of some groups are in another's hands: the rest of these groups waits with them."""
    sent = [s for s in checker.make(400) if not s.reason]
    send(ordered.queue, sent, 20)
    held = defaultdict(list)
    for message in ordered.queue.peek():
        held[message["Attributes"]["MessageGroupId"]].append(message)
    with ordered.database.connect() as holder:
        for group in ("g3", "g11"):
            message = held[group][1]
            holder.cursor().execute(
                "INSERT INTO bauta.ledger (sent_ms, message_id, pipeline, slot)"
                " SELECT %s, %s, id, %s / 86400000 %% 64 FROM bauta.pipeline",
                (at := int(message["Attributes"]["SentTimestamp"]), message["MessageId"], at))
        run = ordered.start("run", "--until-empty", "-o", "json")
        try:
            free = [s for s in sent if s.number % 20 not in (3, 11)]
            process.wait_for(lambda: ordered.count() == len(free) + 2, "all that is free")
            holder.rollback()
            ended = run.finish(60)
        finally:
            run.kill()
    assert ended.code == 0, ended
    assert checker.problems(ordered.database, sent) == []
    assert overtaken(ordered, 20) == 0


# --- source.sqs.on_poison: block_group


@pytest.fixture
def blocking(database, server):
    dead = fifo(server, "dead")
    arn = dead.sqs.get_queue_attributes(
        QueueUrl=dead.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    queue = fifo(server, "blocking", VisibilityTimeout=5, RedrivePolicy=(
        f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": 3}}'))
    site = Site(database, queue)
    site.dead = dead
    site.configure(more="workers: 2\n")
    site.prepare()
    database.execute(f"{NUMBERED}; {checker.STRICT}")
    yield site
    site.close()


@pytest.mark.parametrize("kind", ["wrong_type", "constraint"])
def test_a_refused_message_holds_up_its_group_until_the_queue_moves_it(blocking, kind):
    """By the mapper or by the server: those before it have their rows, those behind it wait, and
    are not moved along with it."""
    sent = [checker.Sent(i, json.dumps(login(i)), None) for i in range(30)]
    sent[7].body = checker.BAD[kind](7)
    send(blocking.queue, sent, 5)
    run = blocking.start("run", "--until-empty", "-o", "json", "--set",
                         "source.sqs.on_poison=block_group")
    try:
        process.wait_for(lambda: blocking.count() == 25, "all that is not behind it")
        assert {n % 5 for n in numbers(blocking) if n > 2} == {0, 1, 3, 4}
        process.wait_for(lambda: "its group waits" in run.err(), "it to say so")
        ended = run.finish(90)
    finally:
        run.kill()
    assert ended.code == 0, ended
    assert numbers(blocking) == [n for n in range(30) if n != 7]
    assert overtaken(blocking, 5) == 0
    assert blocking.count("bauta.quarantine") == 0
    dead = blocking.dead.receive(10, WaitTimeSeconds=1, AttributeNames=["All"])
    assert [m["MessageId"] for m in dead] == [sent[7].message_id]
    assert "g2" not in ended.err, "a group may be a person"


def test_by_default_it_is_quarantined_and_its_group_goes_on(blocking):
    sent = checker.make(100)
    send(blocking.queue, sent, 5)
    blocking.run()
    assert checker.problems(blocking.database, sent) == []
    assert overtaken(blocking, 5) == 0


def test_a_standard_queue_has_no_groups_to_block(site):
    ended = site.run("--set", "source.sqs.on_poison=block_group", ok=False)
    assert ended.code == 2 and "E035" in ended.err and ".fifo" in ended.err, ended


def numbers(site: Site) -> list[int]:
    return sorted(n for (n,) in site.database.query(
        "SELECT substr(user_id, 6)::int FROM user_logins"))
