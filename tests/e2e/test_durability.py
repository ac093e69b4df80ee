"""What a commit means is ours to say, not the settings' of a role; what is not durable is not
deleted."""
import pytest

from e2e import checker
from e2e.outages import TOTAL, Frail, beats, kept, said, through
from e2e.test_chaos import send
from support import process
from support.postgres import Cluster

from conftest import fresh

# Notes what the transaction of each row is committed with.
NOTES = """
CREATE TABLE noted (setting text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN INSERT INTO noted VALUES (current_setting('synchronous_commit')); RETURN NULL; END$$;
CREATE CONSTRAINT TRIGGER note AFTER INSERT ON user_logins DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE PROCEDURE note()"""


@pytest.mark.parametrize("was, is_", [
    ("off", "on"), ("local", "on"), ("remote_write", "remote_write"), ("on", "on")])
def test_synchronous_commit_is_raised(site, was, is_):
    site.database.execute(
        f'{NOTES}; ALTER DATABASE "{site.database.name}" SET synchronous_commit = {was}')
    site.queue.send_events([{"user_id": "user-1", "ip": "192.0.2.1", "device_id": "1"}])
    site.run()
    assert site.database.query("SELECT setting FROM noted") == [(is_,)]


def test_a_replay_commits_as_durably(site):
    site.database.execute(
        f'{NOTES}; ALTER DATABASE "{site.database.name}" SET synchronous_commit = off;'
        "ALTER TABLE user_logins ADD CONSTRAINT never CHECK (user_id IS NULL)")
    site.queue.send_events([{"user_id": "user-1", "ip": "192.0.2.1", "device_id": "1"}])
    site.run()
    site.database.execute("ALTER TABLE user_logins DROP CONSTRAINT never")
    site.bauta("quarantine", "replay", "--identity", site.identity, "--reason", "mended")
    assert site.database.query("SELECT DISTINCT setting FROM noted") == [("on",)]


def test_settings_of_others_change_nothing(site):
    site.database.execute(checker.STRICT)
    settings = {
        "bytea_output": "'escape'", "standard_conforming_strings": "off", "datestyle": "'SQL, DMY'",
        "timezone": "'Asia/Kathmandu'", "client_min_messages": "error", "lc_messages": "'C'",
        "default_transaction_isolation": "'serializable'", "default_transaction_read_only": "on",
        "default_transaction_deferrable": "on", "statement_timeout": "'2s'",
        "idle_in_transaction_session_timeout": "1", "lock_timeout": "1",
        "extra_float_digits": "-15", "xmloption": "document", "array_nulls": "off",
        "backslash_quote": "off", "quote_all_identifiers": "on", "check_function_bodies": "off"}
    site.database.execute(";".join(
        f'ALTER DATABASE "{site.database.name}" SET {name} = {value}'
        for name, value in settings.items()))
    sent = checker.make(300)
    send(site.queue, sent)
    assert site.run().json["stopped"] == "empty"
    site.database.execute(  # they would also hold for the checker
        f'BEGIN READ WRITE; ALTER DATABASE "{site.database.name}" RESET ALL; COMMIT')
    assert checker.problems(site.database, sent) == []


@pytest.fixture(scope="module")
def own_cluster():
    server = Cluster()
    yield server
    server.stop()


def test_a_commit_that_was_not_replicated_deletes_nothing(own_cluster, embedded):
    """Somebody cancels a COMMIT that waits for its standby: committed here, but with a warning."""
    site = Frail(own_cluster.create(fresh("warned")), embedded)
    site.database.execute(
        f'ALTER DATABASE "{site.database.name}" SET client_min_messages = error')

    def waiting() -> list:
        return site.database.query(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event = 'SyncRep'")

    def deleted() -> int:
        return TOTAL - sum(site.queue.counts())

    def outage(run):
        own_cluster.set("synchronous_standby_names", "nobody")
        process.wait_for(lambda: len(waiting()) == 2, "both workers to wait for the standby")
        durable = site.done()
        for (pid,) in waiting():
            site.database.query("SELECT pg_cancel_backend(%s)", pid)
        process.wait_for(lambda: said(run, "warned on COMMIT"), "it to take the warning")
        process.wait_for(lambda: site.done() > durable, "what was committed here to be seen")
        process.wait_for(lambda: deleted() == durable, "the deletes of what is durable")
        beats(site)
        assert deleted() == durable < site.done()
        own_cluster.reset_settings()

    kept(through(site, outage, [0.3]))
    site.close()
