"""Through PgBouncer in transaction mode, with fewer connections than workers: everything works,
and its outages are waited out."""
import signal

import psycopg2
import pytest

from e2e import checker
from e2e.outages import Frail, beats, kept, through, waits
from support.pgbouncer import Pooler
from support.postgres import Cluster
from support.site import Site, login

from conftest import fresh


@pytest.fixture(scope="module")
def own_cluster():
    server = Cluster()
    yield server
    server.stop()


@pytest.fixture
def pooler(own_cluster):
    # Cleans up after each transaction, as if it were after each session.
    pooler = Pooler(own_cluster, default_pool_size=1, server_reset_query_always=1)
    yield pooler
    pooler.stop()


@pytest.fixture
def frail(own_cluster, pooler, embedded):
    site = Frail(own_cluster.create(fresh("pooled")), embedded)
    site.configure(url=pooler.url(site.database.name), more="workers: 4\n")
    yield site
    own_cluster.mend()
    site.close()


def test_every_command_works_through_it(own_cluster, pooler, queue):
    """From nothing: init, check, run, status, quarantine; init again while it runs."""
    site = Site(own_cluster.create(fresh("pooled")), queue)
    site.configure(url=pooler.url(site.database.name), rows=20, more="workers: 4\n")
    site.prepare()
    site.database.execute(checker.STRICT)
    codes = [p["code"] for p in site.bauta("check", "-o", "json", ok=False).json
             if p["severity"] == "error"]
    assert codes == ["E066"], "no more than that this server runs with fsync=off"
    queue.send_events([login(i, locale="XX" if i % 10 == 0 else "DE") for i in range(200)])
    assert site.run().json["events"] == {
        "seen": 200, "inserted": 180, "duplicate": 0, "quarantined": 20}
    assert site.bauta("status", "-o", "json").json["quarantine"] == {"constraint": 20}
    site.database.execute("ALTER TABLE user_logins DROP CONSTRAINT known_locale")
    assert len(site.bauta("quarantine", "list").out.splitlines()) >= 20
    why = ["--yes", "--reason", "mended"]
    assert site.bauta("quarantine", "replay", "--identity", site.identity, *why,
                      "-o", "json").json == {"replayed": 20, "still_failing": {}, "skipped": 0}
    assert site.count() == 200
    queue.send_events([{"foo": "bar"}])
    site.run()
    site.bauta("quarantine", "discard", *why)
    assert site.bauta("init").out
    site.close()


def test_it_is_killed_and_started_again(frail, pooler):
    def outage(run):
        pooler.crash()
        waits(frail, run, "PostgreSQL")
        pooler.start()

    kept(through(frail, outage, [0.3]))


def test_it_pauses_and_resumes(frail, pooler):
    def outage(run):
        pooler.command("PAUSE")
        beats(frail)
        pooler.command("RESUME")

    kept(through(frail, outage, [0.3]))


@pytest.mark.slow
def test_the_server_behind_it_is_restarted(frail, own_cluster):
    def outage(run):
        own_cluster.signal(signal.SIGINT)
        own_cluster.wait_for_end()
        waits(frail, run, "SQLSTATE 08P01")
        own_cluster.start()

    kept(through(frail, outage, [0.3]))


@pytest.mark.slow
def test_the_server_behind_it_becomes_a_standby(frail, own_cluster):
    def outage(run):
        own_cluster.demote()
        waits(frail, run, "read-only standby")
        own_cluster.promote()

    kept(through(frail, outage, [0.3]))


@pytest.mark.slow
def test_it_gives_up_waiting_for_a_connection(own_cluster, embedded):
    """Somebody else holds all of them for longer than query_wait_timeout."""
    pooler = Pooler(own_cluster, default_pool_size=1, query_wait_timeout=1)
    site = Frail(own_cluster.create(fresh("pooled")), embedded)
    site.configure(url=pooler.url(site.database.name))

    def outage(run):
        with psycopg2.connect(pooler.url(site.database.name)) as other:
            other.cursor().execute("SELECT 1")
            waits(site, run, "PostgreSQL")
        other.close()

    kept(through(site, outage, [0.3]))
    site.close()
    pooler.stop()


def test_what_it_refuses_comes_with_advice(own_cluster, pooler, queue):
    site = Site(own_cluster.create(fresh("pooled")), queue)
    site.bauta("keys", "generate", "--no-passphrase")
    site.configure(url=pooler.url(site.database.name) + " options='-c work_mem=8MB'")
    ended = site.bauta("init", ok=False)
    assert ended.code == 3 and "08P01" in ended.err, ended
    assert "options" in ended.err and "ignore_startup_parameters" in ended.err, ended
    site.configure(url=pooler.url("no_such_database"))
    ended = site.bauta("init", ok=False)
    assert ended.code == 3 and "PgBouncer" in ended.err, ended
    site.close()
