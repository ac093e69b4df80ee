"""The database away, full, read-only, restarted in the middle of a run: it waits, and nothing is
lost or doubled.  PgBouncer: test_pgbouncer.py; the queue: test_outages.py."""
import signal

import psycopg2
import pytest

from e2e import checker
from e2e.outages import TOTAL, Frail, kept, patient, said, settled, through, waits
from support import process
from support.postgres import Cluster, binaries
from support.site import logins, write_json

from conftest import fresh


@pytest.fixture(scope="module")
def own_cluster():
    server = Cluster(max_connections=12)
    yield server
    server.stop()


@pytest.fixture
def frail(own_cluster, embedded):
    site = Frail(own_cluster.create(fresh("outage")), embedded)
    yield site
    own_cluster.mend()
    site.close()


def test_the_server_crashes(frail, own_cluster):
    def outage(run):
        before = said(run, "waiting")
        own_cluster.crash()
        if before == 0:  # It says so at once, and then every ten seconds.
            waits(frail, run, "could not reach PostgreSQL")
        own_cluster.start()

    ended = through(frail, outage)
    patient(ended.err)
    kept(ended)


@pytest.mark.slow
def test_a_fast_shutdown(frail, own_cluster):
    def outage(run):
        own_cluster.signal(signal.SIGINT)
        own_cluster.wait_for_end()
        waits(frail, run, "PostgreSQL")
        own_cluster.start()

    kept(through(frail, outage, [0.3]))


def test_memory_stays_within_its_bound(site, tmp_path):
    """A queue that is larger than what may be held, while the table is locked."""
    total, size, held = 12_000, 4000, 16 << 20
    site.configure(rows=1000)
    site.load(write_json(tmp_path / "many.json", logins(total, padding="x" * size)))
    with site.database.connect() as blocker:
        blocker.cursor().execute("LOCK TABLE user_logins IN ACCESS EXCLUSIVE MODE")
        run = site.start("run", "--until-empty", "-o", "json",
                         "--set", f"source.sqs.max_in_flight.bytes={held}")
        process.wait_for(lambda: said(run, "waiting"), "it to wait")
        process.wait_for(lambda: site.queue.counts()[1] * size > held * 0.9, "all it may hold")
        assert site.queue.counts()[1] * size <= held, "and no more"
        assert run.resident() < 2 * held + (40 << 20)
    ended = run.finish(60)
    assert ended.code == 0 and site.count() == total, ended


def test_a_smart_shutdown_lets_the_run_end(frail, own_cluster):
    run = frail.start("run", "--until-empty", "-o", "json")
    process.wait_for(lambda: frail.done() >= TOTAL * 0.2, "work")
    own_cluster.signal(signal.SIGTERM)
    ended = run.finish(60)
    own_cluster.wait_for_end()
    own_cluster.start()
    settled(frail, ended)
    kept(ended)


def test_its_sessions_are_terminated(frail):
    def outage(_):
        for _ in range(5):
            before = frail.done()
            end_sessions(frail)
            process.wait_for(lambda: frail.done() > before, "it to go on")

    kept(through(frail, outage))


def test_its_statements_are_cancelled(frail):
    def outage(_):
        for _ in range(5):
            before = frail.done()
            frail.database.execute(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()")
            process.wait_for(lambda: frail.done() > before, "it to go on")

    kept(through(frail, outage))


def end_sessions(site) -> None:
    site.database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()")


def sessions(site) -> int:
    return site.database.one(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name LIKE 'bauta %@%'")


class Crowd:
    """Takes every connection that the server gives away, but those that it keeps for superusers."""

    def __init__(self, site, role: str):
        self._url = site.database.url.replace("user=postgres", f"user={role}")
        self._taken = []

    def fill(self) -> None:
        while True:
            try:
                self._taken.append(psycopg2.connect(self._url))
            except psycopg2.OperationalError as refused:
                assert "connection slots" in str(refused) or "too many" in str(refused), refused
                return

    def leave(self) -> None:
        for one in self._taken:
            one.close()
        self._taken = []


@pytest.fixture
def crowd(frail):
    """Bauta connects as a role of its own, which may not use the reserved connections."""
    role = fresh("ingest").replace("-", "_")
    frail.database.execute(f"CREATE ROLE {role} LOGIN; {grants(frail, role)}")
    frail.configure(url=frail.database.url.replace("user=postgres", f"user={role}"))
    crowd = Crowd(frail, role)
    yield crowd
    crowd.leave()


def grants(site, role: str) -> str:
    """What `init --print-sql` advises; the vault's schema, which it makes too, is not there."""
    script = site.bauta("init", "--print-sql", "--create-table").out
    lines = [line.removeprefix("--").strip() for line in script.splitlines()]
    return " ".join(l for l in lines if l.startswith("GRANT") and "pii" not in l).replace("ingest;", f"{role};")


def test_too_many_connections_in_the_middle(frail, crowd):
    def outage(run):
        crowd.fill()
        while sessions(frail):
            end_sessions(frail)
            crowd.fill()
        waits(frail, run, "SQLSTATE 53300")
        crowd.leave()

    kept(through(frail, outage, [0.3]))


def test_too_many_connections_at_the_start(frail, crowd):
    crowd.fill()
    ended = frail.run(ok=False)
    assert ended.code == 3 and "53300" in ended.err and "--wait" in ended.err, ended
    run = frail.start("run", "--until-empty", "-o", "json", "--wait", "60s")
    process.wait_for(lambda: said(run, "53300"), "it to say that it waits")
    crowd.leave()
    ended = run.finish(60)
    settled(frail, ended)
    kept(ended)


@pytest.mark.slow
def test_a_server_that_is_starting_up(frail, own_cluster):
    def outage(run):
        own_cluster.demote(hot_standby="off")
        waits(frail, run, "SQLSTATE 57P03")
        own_cluster.promote()

    kept(through(frail, outage, [0.3]))


@pytest.mark.slow
def test_a_server_that_became_a_standby(frail, own_cluster):
    """As when a name leads to the old primary after a failover."""
    def outage(run):
        own_cluster.demote(hot_standby="on")
        waits(frail, run, "read-only")
        own_cluster.promote()

    kept(through(frail, outage, [0.3]))


def test_a_failover_to_a_standby(embedded):
    """Both in the URL: the run moves over to the one that takes writes."""
    if not (binaries() / "pg_basebackup").exists():
        pytest.skip("no pg_basebackup here")
    primary = Cluster()
    standby = primary.follower()
    try:
        site = Frail(primary.create(fresh("outage")), embedded)
        primary.set("synchronous_standby_names", "*")  # What was acknowledged is there too.
        site.configure(url=f"host={primary.home},{standby.home} port={primary.port},{standby.port}"
                           f" user=postgres dbname={site.database.name}")

        def outage(run):
            primary.crash()
            waits(site, run, "answers and takes writes")
            standby.promote()
            site.database = type(site.database)(standby, site.database.name)
            standby.reset_settings()

        kept(through(site, outage, [0.3]))
        site.close()
    finally:
        primary.stop()
        standby.stop()


def test_a_default_of_read_only_is_none_of_ours(frail, own_cluster):
    """Our transactions say READ WRITE: the setting protects from slips, not from Bauta."""
    kept(through(frail, lambda _: own_cluster.set("default_transaction_read_only", "on"), [0.3]))


TROUBLE = """
CREATE TABLE trouble (code text);
CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$DECLARE c text; BEGIN
  SELECT code INTO c FROM trouble; IF c IS NOT NULL THEN RAISE EXCEPTION 'no' USING ERRCODE = c;
  END IF; RETURN NULL; END$$;
CREATE TRIGGER trouble BEFORE INSERT ON user_logins FOR EACH STATEMENT
  EXECUTE PROCEDURE trouble()"""


@pytest.mark.parametrize("code", ["53100"] + [
    pytest.param(code, marks=pytest.mark.slow)
    for code in ("53200", "40001", "40P01", "55P03", "57014", "25006")])
def test_the_server_cannot_write_for_a_while(frail, code):
    """Disk full, out of memory, serialization failure, deadlock, a lock, a cancelled statement."""
    frail.database.execute(TROUBLE)

    def outage(run):
        frail.database.execute("INSERT INTO trouble VALUES (%s)", code)
        waits(frail, run, f"SQLSTATE {code}")
        frail.database.execute("DELETE FROM trouble")

    kept(through(frail, outage, [0.3]))


@pytest.mark.slow
def test_a_transaction_that_does_not_end(frail):
    """It holds one key of nearly every batch: meanwhile all others are committed without waiting
    for it with each batch, and these once it is over."""
    held = frail.queue.peek()[::30]
    with frail.database.connect() as holder:
        for message in held:
            holder.cursor().execute(
                "INSERT INTO bauta.ledger (sent_ms, message_id, pipeline, slot)"
                " SELECT %s, %s, id, %s / 86400000 %% 64 FROM bauta.pipeline",
                (sent := int(message["Attributes"]["SentTimestamp"]), message["MessageId"], sent))
        run = frail.start("run", "--until-empty", "-o", "json")
        try:
            process.wait_for(lambda: frail.done() == TOTAL - len(held), "all that is free")
            holder.rollback()
            settled(frail, run.finish(60))
        finally:
            run.kill()


@pytest.mark.slow
def test_an_instance_that_stands_still(frail):
    """In the middle of a COPY, with ledger keys in its hands, and no timeout fires: another goes on
    with all the rest, and ends its session after a minute."""
    def waiting_for_table() -> int:
        return frail.database.one("SELECT count(*) FROM pg_locks WHERE NOT granted"
                                  " AND relation = 'user_logins'::regclass")

    with frail.database.connect() as blocker:
        blocker.cursor().execute("LOCK TABLE user_logins IN ACCESS EXCLUSIVE MODE")
        frozen = frail.start("run", "--until-empty", "-o", "json")
        process.wait_for(lambda: waiting_for_table() == 2, "both workers to wait for the table")
        frozen.process.send_signal(signal.SIGSTOP)
    held = frail.database.one(
        "SELECT count(*) * 30 FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event = 'ClientRead' AND state = 'active'")
    other = frail.start("run", "--until-empty", "-o", "json")
    try:
        process.wait_for(lambda: frail.done() >= TOTAL - held, "all that is free", every=0.2)
        assert frail.done() == TOTAL - held and held > 0
        assert said(other, "does not end") and not said(other, "was terminated")
        process.wait_for(lambda: said(other, "was terminated"), "it to end the session", 90, 0.2)
        settled(frail, other.finish(60))
        frozen.process.send_signal(signal.SIGCONT)
        assert frozen.finish(60).code == 0
        assert checker.problems(frail.database, frail.sent) == []
    finally:
        frozen.kill()
        other.kill()
