"""Database and queue away in the middle of a run: it waits, and nothing is lost or doubled."""
import pytest

from e2e import checker
from e2e.test_chaos import send
from support import process
from support.postgres import Cluster
from support.queues import Proxy, Queue
from support.site import Site

from conftest import fresh

TOTAL = 1500

# So that an outage finds work under way.
SLOW = """
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN PERFORM pg_sleep(0.05); RETURN NULL; END$$;
CREATE TRIGGER slow AFTER INSERT ON user_logins FOR EACH STATEMENT EXECUTE PROCEDURE slow()"""


@pytest.fixture(scope="module")
def own_cluster():
    server = Cluster()
    yield server
    server.stop()


@pytest.fixture
def frail(own_cluster, embedded):
    """Its database is its own, its queue stands behind a proxy."""
    queue = Queue(embedded.endpoint, fresh("outage"), VisibilityTimeout=5)
    proxy = Proxy(embedded.endpoint)
    site = Site(own_cluster.create(fresh("outage")), queue)
    site.proxy = proxy
    site.configure(rows=30, endpoint=proxy.endpoint)
    site.prepare()
    site.database.execute(checker.STRICT + ";" + SLOW)
    site.sent = checker.make(TOTAL)
    send(queue, site.sent)
    yield site
    proxy.stop()
    site.close()


def through(site, outage) -> process.Finished:
    """A run in whose middle `outage` happens, twice."""
    run = site.start("run", "--until-empty", "-o", "json")
    try:
        for share in (0.2, 0.6):
            process.wait_for(lambda: site.count("bauta.ledger") >= TOTAL * share, "work", 60)
            assert run.process.poll() is None
            outage(run)
        ended = run.finish(120)
    finally:
        run.kill()
    assert ended.code == 0, ended
    assert checker.problems(site.database, site.sent) == []
    assert site.queue.counts() == (0, 0)
    return ended


def said(run, word: str) -> int:
    return run.err().lower().count(word)


def test_the_database_crashes(frail, own_cluster):
    def outage(run):
        before = said(run, "waiting")
        own_cluster.crash()
        if before == 0:  # It says so at once, and then every ten seconds.
            process.wait_for(lambda: said(run, "waiting") > before, "it to say that it waits")
        own_cluster.start()

    ended = through(frail, outage)
    assert ended.err.lower().count("waiting") <= 4, ended


def test_its_sessions_are_terminated(frail):
    def outage(_):
        for _ in range(5):
            before = frail.count("bauta.ledger")
            frail.database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()")
            process.wait_for(lambda: frail.count("bauta.ledger") > before, "it to go on")

    through(frail, outage)


@pytest.mark.parametrize("fault", ["reset", "cut", 500, 503])
def test_the_queue_fails(frail, fault):
    def outage(run):
        before = sum(frail.proxy.calls.values())
        frail.proxy.fault = fault
        process.wait_for(lambda: sum(frail.proxy.calls.values()) > before + 3, "failed calls")
        frail.proxy.fault = None

    through(frail, outage)
