"""What nobody may do to the vault and its audit, by trying; what no trick with transactions hides."""
import threading

import psycopg2
import pytest

from support.desk import REASON, Desk, ask
from support.postgres import Cluster
from support.users import user

TOKEN = "h1:k1:jqnjlwexo4uiwz23dbsgmu2xpy"
FETCH = "SELECT * FROM pii.reveal_fetch(%s)"


@pytest.fixture(scope="module")
def cluster():
    """One of our own, that keeps what it acknowledged."""
    server = Cluster(fsync=True, max_prepared_transactions=4, wal_writer_delay="1s")
    yield server
    server.stop()


@pytest.fixture
def desk(bare):
    made = Desk(bare)
    made.token = made.keep("198.51.100.7")
    return made


class Session:
    def __init__(self, who):
        self.connection = psycopg2.connect(who.url)
        self.connection.autocommit = True
        self._cursor = self.connection.cursor()

    def do(self, sql, *values):
        self._cursor.execute(sql, values or None)
        return self._cursor.fetchall() if self._cursor.description else []

    def request(self, token) -> int:
        return self.do("SELECT pii.reveal_request(%s, %s)", token, REASON)[0][0]

    def refused(self, sql, *values) -> bool:
        try:
            self.do(sql, *values)
            return False
        except psycopg2.Error as error:
            assert error.pgcode in ("P0001", "42501"), error
            return True


def test_what_is_asked_for_in_the_same_transaction_is_not_given(desk):
    s = Session(desk.revealer)
    s.do("BEGIN")
    seq = s.request(desk.token)
    assert s.refused(FETCH, seq)
    s.do("ROLLBACK")
    assert desk.audit() == [] and s.refused(FETCH, seq)


def test_a_savepoint_is_the_same_transaction(desk):
    s = Session(desk.revealer)
    s.do("BEGIN")
    s.do("SAVEPOINT one")
    seq = s.request(desk.token)
    s.do("RELEASE one")
    s.do("SAVEPOINT two")
    assert s.refused(FETCH, seq)
    s.do("ROLLBACK")


def test_a_prepared_transaction_has_not_committed(desk):
    s = Session(desk.revealer)
    s.do("BEGIN")
    seq = s.request(desk.token)
    s.do("PREPARE TRANSACTION 'later'")
    assert s.refused(FETCH, seq)
    s.do("ROLLBACK PREPARED 'later'")
    assert s.refused(FETCH, seq)


def test_a_fetch_that_is_taken_back_leaves_the_request(desk):
    s = Session(desk.revealer)
    seq = s.request(desk.token)
    s.do("BEGIN")
    assert len(s.do(FETCH, seq)) == 1
    s.do("ROLLBACK")
    assert [(e[2], e[3]) for e in desk.audit()] == [("reveal.request", desk.token)]


def test_an_old_request_and_another_persons_are_refused(desk):
    s, other = Session(desk.revealer), Session(user(desk.database, "pii_reveal"))
    seq = s.request(desk.token)
    assert other.refused(FETCH, seq)
    s.do("BEGIN")  # now() stands still in it, the request grows old all the same.
    desk.database.execute("UPDATE pii.audit SET at = at - interval '5 minutes 1 second'")
    assert s.refused(FETCH, seq)


def test_a_crash_after_a_fetch_keeps_the_request(desk, cluster):
    """synchronous_commit = off, set back after the function has raised it."""
    s = Session(desk.revealer)
    s.do("BEGIN")
    seq = s.request(desk.token)
    s.do("SET LOCAL synchronous_commit = off")
    s.do("COMMIT")
    assert len(s.do(FETCH, seq)) == 1
    cluster.crash()
    cluster.start()
    assert (seq, "reveal.request") in [(e[0], e[2]) for e in desk.audit()]
    desk.site.configure(url=desk.auditor.url)
    desk.site.bauta("audit", "verify")


def reveal_many(desk, each: int, people: int) -> None:
    def work(who):
        s = Session(who)
        for _ in range(each):
            assert len(s.do(FETCH, s.request(desk.token))) == 1

    threads = [threading.Thread(target=work, args=(desk.revealer,)) for _ in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("each", [6, pytest.param(125, marks=pytest.mark.slow)])
def test_the_chain_is_whole_after_many_at_once(desk, each, cluster):
    cluster.set("wal_writer_delay", "10ms")
    reveal_many(desk, each, 8)
    assert len(desk.audit()) == each * 8 * 2
    desk.site.configure(url=desk.auditor.url)
    assert desk.site.bauta("audit", "verify", "-o", "json").json["problems"] == []
    last = each * 16
    for seq in {1, 2, each, each * 8, last - 1, last}:
        for sql in (f"UPDATE pii.audit SET actor = 'nobody' WHERE seq = {seq}",
                    f"DELETE FROM pii.audit WHERE seq = {seq}"):
            desk.database.execute("CREATE TABLE kept AS SELECT * FROM pii.audit")
            desk.database.execute(sql)
            ended = desk.site.bauta("audit", "verify", "-o", "json", ok=False)
            assert ended.code == 1 and ended.json["problems"], sql
            desk.database.execute("TRUNCATE pii.audit; INSERT INTO pii.audit SELECT * FROM kept;"
                                  " DROP TABLE kept")
    desk.site.bauta("audit", "verify")


REVEAL = [f"SELECT pii.reveal_request('{TOKEN}', '{REASON}')", "SELECT * FROM pii.reveal_fetch(1)",
          "SELECT * FROM pii.reveal_fetch(ARRAY[1]::bigint[])"]
READ_AUDIT = ["SELECT * FROM pii.audit", "SELECT * FROM pii.audit_verify()",
              "SELECT pii.anchor_head('x')"]
LOG = [f"SELECT pii.log('lookup', '{TOKEN}', '{REASON}')"]
NEVER = ["SELECT sealed FROM pii.vault", "UPDATE pii.vault SET sealed = ''", "DELETE FROM pii.vault",
         "UPDATE pii.audit SET actor = 'x'", "DELETE FROM pii.audit", "TRUNCATE pii.audit",
         "INSERT INTO pii.audit SELECT * FROM pii.audit", "UPDATE pii.audit_head SET seq = 0",
         "DELETE FROM pii.anchor", f"SELECT pii._audit('lookup', NULL, '{REASON}')",
         f"SELECT pii.erase('{TOKEN}', '{REASON}')", "UPDATE bauta.masked_column SET domain = 'x'",
         "CREATE FUNCTION pii.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'"]


@pytest.mark.parametrize("role,refused", [
    ("pii_reveal", [*NEVER, *READ_AUDIT]),
    ("pii_auditor", [*NEVER, *REVEAL, *LOG]),
    ("bauta_ingest", [*NEVER, *REVEAL, *READ_AUDIT, *LOG]),
    ("bauta_operator", [*NEVER, *REVEAL, *READ_AUDIT]),
    (None, [*NEVER, *REVEAL, *READ_AUDIT, *LOG, "SELECT token FROM pii.vault"]),
])
def test_what_each_may_not(desk, role, refused):
    who = user(desk.database, *([role] if role else []))
    for sql in refused:
        assert who.try_to(sql) == "42501", (role, sql)


def test_public_may_call_nothing_that_is_made_later_either(desk):
    desk.database.execute("SET ROLE pii_owner; CREATE FUNCTION pii.later() RETURNS int LANGUAGE sql"
                          " AS 'SELECT 1'")
    assert desk.database.query(
        "SELECT p.proname FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a"
        " WHERE p.pronamespace = 'pii'::regnamespace AND a.grantee = 0") == []


@pytest.mark.slow
def test_the_desk_says_who_locks_the_audit(desk):
    """A transaction that asked and does not end stops the others with an error, not for ever."""
    s = Session(desk.revealer)
    s.do("BEGIN")
    s.request(desk.token)
    ended = desk.reveal(desk.token, ok=False)
    assert ended.code == 1 and "locked" in ended.err, ended
    assert not ended.file.exists()
    s.do("COMMIT")
    assert ask(desk.revealer, "SELECT 1") == [(1,)]
    assert desk.reveal(desk.token).revealed[0]["value"] == "198.51.100.7"
