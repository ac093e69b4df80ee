"""`init --roles`: who may do what, by trying."""
import json
import re

import psycopg2
import pytest

from support.own_cluster import cluster  # noqa: F401
from support.postgres import Cluster
from support.process import wait_for
from support.site import COLUMNS, Site, login, logins
from support.users import As, user

ROLES = ("bauta_owner", "bauta_ingest", "bauta_operator")


@pytest.fixture
def roles(bare):
    bare.bauta("keys", "generate", "--no-passphrase")
    done = bare.bauta("init", "--roles", "--create-table", "-o", "json").json["done"]
    bare.done = [line for line in done if "role" in line or "grant" in line]
    bare.ingest = user(bare.database, "bauta_ingest")
    bare.operator = user(bare.database, "bauta_operator")
    return bare


def findings(site, *codes: str) -> list[dict]:
    found = json.loads(site.bauta("check", "-o", "json", ok=False).out)
    return [p for p in found if p["code"] in codes]


def test_a_whole_run_with_the_ingest_role_alone(roles):
    roles.configure(url=roles.ingest.url, rows=20)
    events = [*logins(60), {"foo": "bar"}, login(61, ip="no address")]
    roles.queue.send_events(events)
    summary = roles.run().json
    assert (summary["events"]["inserted"], summary["events"]["quarantined"]) == (60, 2)
    # A table that changes under a running instance.
    roles.queue.send_events(logins(5))
    run = roles.start("run", "-o", "json")

    wait_for(lambda: roles.count() == 65, "the first five")
    roles.database.execute("ALTER TABLE user_logins ALTER app_version TYPE bigint")
    roles.queue.send_events(logins(5))
    wait_for(lambda: roles.count() == 70, "rows of the wider table")
    run.signal(15)
    assert run.finish().code == 0
    assert roles.bauta("status", "-o", "json").json["quarantine"]
    assert len(roles.bauta("quarantine", "list", "-o", "json").lines) == 2


def test_expiry_with_the_ingest_role(roles):
    roles.configure(url=roles.ingest.url)
    roles.database.execute(
        "INSERT INTO bauta.batch (id, pipeline, worker, at, messages, redelivered, events, inserted,"
        " duplicate, quarantined) VALUES ('00000000-0000-4000-8000-000000000001', 1, 'x',"
        " now() - interval '99 days', 0, 0, 0, 0, 0, 0)")
    assert roles.ingest.try_to("SELECT bauta.expire(1)") is None
    connection = psycopg2.connect(roles.ingest.url)
    connection.cursor().execute("SELECT bauta.expire_rest()")
    connection.commit()
    connection.close()
    assert roles.count("bauta.batch") == 0


REFUSED = [
    "SELECT * FROM user_logins", "UPDATE user_logins SET locale = 'x'", "DELETE FROM user_logins",
    "TRUNCATE user_logins", "SELECT sealed FROM bauta.quarantine", "SELECT * FROM bauta.quarantine",
    "UPDATE bauta.quarantine SET state = 'discarded'", "DELETE FROM bauta.quarantine",
    "UPDATE bauta.ledger SET slot = 1", "DELETE FROM bauta.ledger", "TRUNCATE bauta.ledger",
    "UPDATE bauta.meta SET horizon_ms = 0", "DELETE FROM bauta.batch", "DELETE FROM bauta.key",
    "UPDATE bauta.pipeline SET target = 'x'", "INSERT INTO bauta.pipeline (name) VALUES ('x')",
    "CREATE TABLE bauta.mine (i int)", "DROP TABLE bauta.batch", "SELECT body_tag, first_seen"
    " FROM bauta.event_key",
]


@pytest.mark.parametrize("sql", REFUSED)
def test_what_the_ingest_role_may_not(roles, sql):
    assert roles.ingest.try_to(sql) == "42501"


def test_nobody_else_may_anything(roles):
    stranger = user(roles.database)
    for sql in (*REFUSED, "SELECT * FROM bauta.ledger", "SELECT * FROM bauta.fate",
                "SELECT bauta.expire(1)", "SELECT bauta.expire_rest()",
                "INSERT INTO user_logins (locale) VALUES ('x')"):
        assert stranger.try_to(sql) == "42501", sql


def test_the_operator_shows_replays_and_discards(roles):
    roles.configure(COLUMNS.replace("{from: /locale}", "{from: /locale, required: true}"),
                    url=roles.ingest.url, stop_above="100%")
    roles.queue.send_events(logins(6, locale=None))
    roles.run()
    roles.configure(url=roles.operator.url)
    entries = roles.bauta("quarantine", "list", "-o", "json").lines
    assert len(entries) == 6
    opening = ("--identity", roles.identity, "--reason", "ticket 4711")
    roles.bauta("quarantine", "show", "--id", entries[0]["id"], "--out", roles.home / "o", *opening)
    roles.bauta("quarantine", "discard", "--id", entries[1]["id"], "--reason", "test data", "--yes")
    answer = roles.bauta("quarantine", "replay", "-o", "json", *opening).json
    assert answer == {"replayed": 5, "still_failing": {}, "skipped": 0}
    assert roles.count() == 5
    for sql in ("DELETE FROM bauta.ledger", "DELETE FROM bauta.quarantine",
                "UPDATE bauta.quarantine SET message_id_text = 'x'", "SELECT * FROM user_logins"):
        assert roles.operator.try_to(sql) == "42501", sql

    roles.configure(url=roles.ingest.url)
    for verb in ("show", "replay"):
        refused = roles.bauta("quarantine", verb, "--id", entries[0]["id"], *opening, ok=False,
                              *(["--out", roles.home / "p"] if verb == "show" else []))
        assert refused.code == 2 and "E067" in refused.err, refused


def test_repeating_it_changes_nothing(roles):
    before = roles.database.dump("-s")
    assert roles.bauta("init", "--roles", "-o", "json").json == {"done": []}
    assert roles.database.dump("-s") == before
    assert roles.database.query("SELECT DISTINCT tableowner FROM pg_tables"
                                " WHERE schemaname = 'bauta'") == [("bauta_owner",)]
    assert roles.database.query("SELECT DISTINCT pg_get_userbyid(proowner) FROM pg_proc"
                                " WHERE pronamespace = 'bauta'::regnamespace") == [("bauta_owner",)]


def test_the_printed_script_is_what_it_does(roles, cluster):
    if roles.database.version() < 12:
        pytest.skip("it is printed for PostgreSQL 12 and newer")
    script = roles.bauta("init", "--roles", "--create-table", "--print-sql").out
    by_hand = cluster.create(f"{roles.database.name}-hand")
    for _ in range(2):
        by_hand.psql(script)
    assert by_hand.dump("-s") == roles.database.dump("-s")


def test_takes_over_a_schema_and_keeps_its_owner_running(bare):
    bare.bauta("keys", "generate", "--no-passphrase")
    app = user(bare.database)
    bare.database.execute(f"GRANT CREATE ON DATABASE \"{bare.database.name}\" TO {app.user};"
                          f"GRANT ALL ON SCHEMA public TO {app.user}")
    bare.configure(url=app.url)
    bare.bauta("init", "--create-table")
    bare.queue.send_events(logins(3))
    bare.run()
    bare.configure()
    done = bare.bauta("init", "--roles", "-o", "json").json["done"]
    assert f"schema bauta belongs to bauta_owner now; {app.user} had it" in done
    bare.configure(url=app.url)
    bare.queue.send_events(logins(3))
    bare.run()
    assert bare.count() == 6
    assert app.try_to("DELETE FROM bauta.ledger") == "42501"


def owned_by_the_ingest(bare) -> As:
    bare.bauta("keys", "generate", "--no-passphrase")
    app = user(bare.database)
    bare.database.execute(f"GRANT CREATE ON DATABASE \"{bare.database.name}\" TO {app.user};"
                          f"GRANT ALL ON SCHEMA public TO {app.user}")
    bare.configure(url=app.url)
    bare.bauta("init", "--create-table")
    bare.queue.send_events(logins(3))
    bare.run()
    bare.configure()
    return app


def act(who: As, sql: str) -> None:
    connection = psycopg2.connect(who.url)
    connection.cursor().execute(sql)
    connection.commit()
    connection.close()


def test_what_the_old_owner_planted_is_named_and_not_taken_over(bare):
    app = owned_by_the_ingest(bare)
    act(app, """CREATE FUNCTION bauta.forget(what text) RETURNS void LANGUAGE plpgsql SECURITY
        DEFINER AS 'BEGIN EXECUTE what; END';
        CREATE SCHEMA mine; GRANT USAGE ON SCHEMA mine TO PUBLIC;
        CREATE FUNCTION mine.t() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN DELETE FROM bauta.ledger; RETURN NEW; END';
        CREATE TRIGGER later BEFORE UPDATE ON bauta.meta FOR EACH ROW EXECUTE PROCEDURE mine.t()""")
    told = refusal(bare, "--roles")
    assert "function bauta.forget(text), trigger later on table bauta.meta" in told
    script = bare.bauta("init", "--roles", "--print-sql").out
    with pytest.raises(AssertionError, match="bauta.forget"):
        bare.database.psql(script)
    bare.database.execute("DROP FUNCTION bauta.forget; DROP TRIGGER later ON bauta.meta")
    bare.bauta("init", "--roles")
    assert app.try_to("DELETE FROM bauta.ledger") == "42501"


def test_a_function_that_the_old_owner_replaced_is_ours_again(bare):
    app = owned_by_the_ingest(bare)
    act(app, "CREATE OR REPLACE FUNCTION bauta.expire_rest() RETURNS void LANGUAGE sql SECURITY"
             " DEFINER AS 'DELETE FROM bauta.ledger'")
    bare.bauta("init", "--roles")
    act(app, "SELECT bauta.expire_rest()")
    assert bare.count("bauta.ledger") == 3


def test_an_owner_who_is_no_superuser(bare):
    """CREATEROLE and CREATE on the database are enough; and his schema stays bauta_owner's."""
    bare.bauta("keys", "generate", "--no-passphrase")
    for role in ROLES:
        bare.database.execute(f"DO $$BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object"
                              " THEN NULL; END$$")
    dba = user(bare.database, options="LOGIN CREATEROLE")
    bare.database.execute(f"GRANT CREATE ON DATABASE \"{bare.database.name}\" TO {dba.user};"
                          f"GRANT ALL ON SCHEMA public TO {dba.user};"
                          f"GRANT bauta_owner, bauta_ingest TO {dba.user} WITH ADMIN OPTION")
    bare.configure(url=dba.url)
    bare.bauta("init", "--roles", "--create-table")
    bare.database.execute("DROP VIEW bauta.fate; UPDATE bauta.meta SET schema_version = 0")
    bare.bauta("init")
    assert bare.database.query("SELECT pg_get_userbyid(relowner) FROM pg_class"
                               " WHERE oid = 'bauta.fate'::regclass") == [("bauta_owner",)]


def refusal(site, *arguments) -> str:
    ended = site.bauta("init", *arguments, ok=False)
    assert ended.code == 2, ended
    return ended.err


def test_who_may_not_is_told_what_to_do(bare):
    bare.bauta("keys", "generate", "--no-passphrase")
    server = Cluster()
    try:
        there = server.create("elsewhere")
        poor = user(there)
        bare.configure(url=poor.url)
        told = refusal(bare, "--roles")
        assert f"user {poor.user} may not make the roles" in told
        for statement in re.findall(r"(?:CREATE ROLE|GRANT) [^;]*;", told):
            there.execute(statement)
        told = refusal(bare, "--roles")
        assert "GRANT CREATE ON DATABASE" in told
        there.execute(f"GRANT CREATE ON DATABASE elsewhere TO {poor.user}")
        there.execute("CREATE TABLE user_logins (user_id text, device_type text, masked_ip text,"
                      " masked_device_id text, locale text, app_version int, create_date date)")
        told = refusal(bare, "--roles")
        assert "let its owner, postgres, say: GRANT INSERT ON user_logins TO bauta_ingest;" in told
        assert not there.has("bauta.meta"), "all or nothing"
        there.execute("GRANT INSERT ON user_logins TO bauta_ingest")
        bare.bauta("init", "--roles")
    finally:
        server.stop()


def test_check_names_every_missing_privilege_at_once(roles):
    roles.database.execute("CREATE SCHEMA x; CREATE TABLE x.logins (LIKE user_logins);"
                           "ALTER TABLE x.logins ADD id serial")
    roles.configure(url=roles.ingest.url, table="x.logins")
    # init knows the new target, but has not granted anything on it.
    Site.configure(roles, table="x.logins")
    roles.bauta("init")
    roles.database.execute("REVOKE INSERT ON bauta.batch, bauta.ledger FROM bauta_ingest;"
                           "REVOKE EXECUTE ON FUNCTION bauta.expire_rest() FROM bauta_ingest")
    roles.configure(url=roles.ingest.url, table="x.logins")
    for round_ in range(3):
        lacking = findings(roles, "E067", "E062")
        if not lacking:
            break
        for problem in lacking:
            for statement in re.findall(r"GRANT [^;]*;", problem["hint"]):
                roles.database.execute(statement)
    assert round_ <= 2, "schema, then table"
    roles.queue.send_events(logins(3))
    roles.run()
    assert roles.count("x.logins") == 3


@pytest.mark.parametrize("grant, said", [
    ("GRANT SELECT ON user_logins TO {}", "may SELECT on public.user_logins"),
    ("GRANT UPDATE (locale), DELETE ON user_logins TO {}", "may DELETE, UPDATE on public"),
    ("GRANT DELETE ON bauta.quarantine TO {}", "may DELETE on bauta.quarantine"),
    ("GRANT bauta_operator TO {}", "SELECT (sealed)"),
    ("GRANT UPDATE ON bauta.ledger TO {}", "may UPDATE on bauta.ledger"),
    ("ALTER ROLE {} SUPERUSER", "is a superuser"),
])
def test_check_warns_of_what_a_run_does_not_need(roles, grant, said):
    roles.configure(url=roles.ingest.url)
    assert findings(roles, "W005", "E067") == []
    roles.database.execute(grant.format(roles.ingest.user))
    warning, = findings(roles, "W005")
    assert said in warning["message"] and warning["severity"] == "warning"


def test_without_roles_nobody_is_warned(site):
    assert findings(site, "W005") == []


def test_a_serial_column_that_the_mapping_leaves_out(bare):
    bare.bauta("keys", "generate", "--no-passphrase")
    bare.database.execute(
        'CREATE SCHEMA "My Data"; CREATE TABLE "My Data"."User Logins" (id bigserial, user_id text,'
        " device_type text, masked_ip text, masked_device_id text, locale text, app_version int,"
        " create_date date)")
    table = "'\"My Data\".\"User Logins\"'"
    bare.configure(table=table)
    bare.bauta("init", "--roles")
    bare.configure(table=table, url=user(bare.database, "bauta_ingest").url)
    assert findings(bare, "W005", "E067", "E062") == []
    bare.queue.send_events(logins(3))
    bare.run()
    assert bare.database.query('SELECT id FROM "My Data"."User Logins" ORDER BY 1') == [
        (1,), (2,), (3,)]
