"""Killed again and again, several at once, on a queue that redelivers: exactly one fate each."""
import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from e2e import checker, reference
from support.queues import Queue
from support.site import Site, login

from conftest import fresh


def send(queue: Queue, sent: list[checker.Sent]) -> None:
    parts = [sent[i:i + 1000] for i in range(0, len(sent), 1000)]
    with ThreadPoolExecutor(4) as pool:
        for part, ids in zip(parts, pool.map(lambda p: queue.send([s.body for s in p]), parts)):
            for one, message_id in zip(part, ids):
                one.message_id = message_id


class Instances:
    """Some instances of one run; those that are killed start again."""

    def __init__(self, site: Site, count: int):
        self._site = site
        self.running = [self._start() for _ in range(count)]

    def _start(self):
        return self._site.start("run", "--until-empty", "-o", "json")

    def kill(self, which: int) -> bool:
        """True if it was still at work."""
        victim = self.running[which]
        alive = victim.process.poll() is None
        victim.kill()
        if not alive:
            ended = victim.finish(1)
            assert ended.code == 0, ended
        self.running[which] = self._start()
        return alive

    def finish(self, seconds: float) -> None:
        for run in self.running:
            ended = run.finish(seconds)
            assert ended.code == 0, ended

    def stop(self) -> None:
        for run in self.running:
            run.kill()


def torment(site: Site, total: int, kills: int, instances: int, pause: float, seed: int) -> None:
    rng = random.Random(seed)
    print(f"seed {seed}")
    sent = checker.make(total)
    send(site.queue, sent)
    crowd = Instances(site, instances)
    try:
        done = 0
        while done < kills:
            time.sleep(rng.uniform(0.05, pause))
            assert site.count("bauta.ledger") < total, f"done after {done} kills; send more"
            done += crowd.kill(rng.randrange(instances))
        crowd.finish(900)
    finally:
        crowd.stop()
    assert checker.problems(site.database, sent) == []
    assert site.queue.counts() == (0, 0)


@pytest.fixture
def queue_server(embedded):
    return embedded


@pytest.fixture
def tormented(database, queue_server):
    site = Site(database, queue_server.queue(fresh("chaos"), VisibilityTimeout=1))
    site.configure(rows=200)
    site.prepare()
    database.execute(checker.STRICT)
    yield site
    site.close()


def test_every_message_has_one_fate_in_small(tormented):
    torment(tormented, 6_000, kills=4, instances=2, pause=0.3, seed=random.randrange(10**6))
    ring = reference.KeyRing(tormented.keyring)
    for user, *tokens in tormented.database.query(
            "SELECT user_id, masked_ip, masked_device_id FROM user_logins LIMIT 500"):
        event = login(int(user.removeprefix("user-")))
        assert tokens == [ring.token(event["ip"], "ip", "ip1"),
                          ring.token(event["device_id"], "device_id", "str1")]


@pytest.mark.slow
def test_every_message_has_one_fate(tormented):
    """Full size; the database is slowed down so that the kills find work under way."""
    tormented.database.execute(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN PERFORM pg_sleep(0.03); RETURN NULL; END$$;"
        "CREATE TRIGGER slow AFTER INSERT ON user_logins FOR EACH STATEMENT"
        " EXECUTE PROCEDURE slow()")
    torment(tormented, 200_000, kills=20, instances=3, pause=1.0, seed=random.randrange(10**6))


class TestByTheQueryProtocol:
    @pytest.fixture
    def queue_server(self, elasticmq):
        return elasticmq

    @pytest.mark.slow
    def test_every_message_has_one_fate(self, tormented):
        torment(tormented, 6_000, kills=4, instances=2, pause=0.3, seed=random.randrange(10**6))


def test_the_checker_sees_what_is_wrong(tormented):
    """A checker that finds nothing must be able to find something."""
    sent = checker.make(300)
    send(tormented.queue, sent)
    tormented.run()
    db = tormented.database
    assert checker.problems(db, sent) == []
    for damage in (
            "INSERT INTO user_logins SELECT * FROM user_logins WHERE user_id = 'user-50'",
            "DELETE FROM user_logins WHERE user_id = 'user-60'",
            "DELETE FROM bauta.ledger WHERE message_id::text = '%s'" % sent[70].message_id,
            "UPDATE bauta.quarantine SET reason = 'leak' WHERE reason = 'bad_date'",
            "UPDATE bauta.batch SET messages = messages + 1"):
        before = checker.problems(db, sent)
        db.execute(damage.replace("%", "%%") if "%" in damage else damage)
        assert checker.problems(db, sent) != before, damage


def test_instances_share_a_queue(site):
    site.configure(rows=100)
    site.database.execute(checker.STRICT)
    sent = checker.make(3000)
    send(site.queue, sent)
    crowd = Instances(site, 3)
    try:
        crowd.finish(120)
    finally:
        crowd.stop()
    assert checker.problems(site.database, sent) == []
