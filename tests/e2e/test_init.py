"""The schema: made once, the same by hand, and never changed by a second call."""
import uuid

import pytest


def test_init_twice_changes_nothing(site):
    schema, data = site.database.dump("-s"), site.database.dump("--data-only", "--inserts")
    site.bauta("init", "--create-table")
    assert site.database.dump("-s") == schema
    assert site.database.dump("--data-only", "--inserts") == data


def test_the_printed_sql_is_what_init_does(bare, cluster):
    if bare.database.version() < 12:
        pytest.skip("it is printed for PostgreSQL 12 and newer")
    bare.bauta("keys", "generate", "--no-passphrase")
    script = bare.bauta("init", "--print-sql").out
    assert not bare.database.has("bauta.meta"), "--print-sql only prints"

    by_hand = cluster.create(f"{bare.database.name}-hand")
    by_hand.psql(script)
    by_hand.execute("DROP SCHEMA pii CASCADE")  # init makes it where it is needed.
    bare.bauta("init")
    assert by_hand.dump("-s") == bare.database.dump("-s")
    before = by_hand.dump("-s")
    bare.configure(url=by_hand.url)
    bare.bauta("init")
    assert by_hand.dump("-s") == before


def test_the_tables_are_those_that_outside_checks_read(site):
    columns = {}
    for table, column in site.database.query(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'bauta'"):
        columns.setdefault(table, set()).add(column)
    assert columns["ledger"] >= {"sent_ms", "message_id", "pipeline", "slot"}
    assert columns["batch"] >= {"id", "pipeline", "worker", "origin", "at", "messages",
                                "redelivered", "events", "inserted", "duplicate", "quarantined"}
    assert columns["fate"] >= {"pipeline", "message_id", "sent_ms", "quarantined", "replayed"}
    assert columns["quarantine"] >= {"reason", "column_name", "sealed", "state", "message_id_text"}
    assert {"pipeline", "key", "masked_column", "meta"} <= columns.keys()
    assert site.database.one("SELECT count(*) FROM pg_inherits"
                             " WHERE inhparent = 'bauta.ledger'::regclass"
                             ) == (64 if site.database.version() > 10 else 0)


def test_creates_the_table_of_the_exercise(site):
    assert site.database.query(
        "SELECT column_name, data_type, character_maximum_length FROM information_schema.columns"
        " WHERE table_name = 'user_logins' ORDER BY ordinal_position") == [
            ("user_id", "character varying", 128), ("device_type", "character varying", 32),
            ("masked_ip", "character varying", 256),
            ("masked_device_id", "character varying", 256),
            ("locale", "character varying", 32), ("app_version", "integer", None),
            ("create_date", "date", None)]


def test_old_ledger_slots_expire_behind_the_horizon(site):
    site.queue.send_events([{"foo": 1}])
    site.run()
    day = 86_400_000
    newest = site.database.one("SELECT max(sent_ms) FROM bauta.ledger")
    old = newest - 40 * day
    site.database.execute(
        "INSERT INTO bauta.ledger VALUES (%s, %s, 1, %s)", old, str(uuid.uuid4()), old // day % 64)
    with site.database.connect() as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT bauta.expire(%s)", (old // day % 64,))
        assert cursor.fetchone()[0] == ("truncated" if site.database.version() > 10 else "kept")
        connection.commit()
    assert site.count("bauta.ledger") == 1
    assert site.database.one("SELECT horizon_ms FROM bauta.meta") > old
