"""Rows that only the server refuses: the guilty alone are quarantined, whatever refuses them; and
what is nobody's fault quarantines nothing."""
import json
from dataclasses import dataclass

import pytest

from e2e import checker
from e2e.test_chaos import send
from support import process
from support.site import login

TOTAL = 120
GUILTY = {7, 60, 61}


@dataclass
class Kind:
    name: str
    sql: str
    sqlstate: str | None
    constraint: str | None = None
    locale: str = "XX"  # Of the guilty.  The first row of all has U1, the others DE or none.
    reason: str = "constraint"


def trigger(body: str, when: str = "BEFORE INSERT", more: str = "") -> str:
    return (f"CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql {more} AS $${body}$$;"
            f"CREATE {'CONSTRAINT ' if 'DEFER' in when else ''}TRIGGER f"
            f" {when.replace('INSERT', 'INSERT ON user_logins')}"
            " FOR EACH ROW EXECUTE PROCEDURE f()")


RAISES = ("BEGIN IF NEW.locale = 'XX' THEN RAISE EXCEPTION 'no %', NEW.user_id; END IF;"
          " RETURN NEW; END")
LOCALES = "CREATE TABLE locales (name text PRIMARY KEY); INSERT INTO locales VALUES ('DE'), ('U1');"
UNIQUE_U1 = "(locale) WHERE locale = 'U1'"

KINDS = [
    Kind("check", "ALTER TABLE user_logins ADD CONSTRAINT known CHECK (locale <> 'XX')",
         "23514", "known"),
    Kind("unique", f"CREATE UNIQUE INDEX one ON user_logins {UNIQUE_U1}", "23505", "one", "U1"),
    Kind("foreign_key", LOCALES + "ALTER TABLE user_logins ADD CONSTRAINT listed"
         " FOREIGN KEY (locale) REFERENCES locales", "23503", "listed"),
    Kind("deferred", LOCALES + "ALTER TABLE user_logins ADD CONSTRAINT listed FOREIGN KEY (locale)"
         " REFERENCES locales DEFERRABLE INITIALLY DEFERRED", "23503", "listed"),
    Kind("exclusion", "ALTER TABLE user_logins ADD CONSTRAINT apart EXCLUDE USING btree"
         " (locale WITH =) WHERE (locale = 'U1')", "23P01", "apart", "U1"),
    Kind("not_null", trigger("BEGIN IF NEW.locale = 'XX' THEN NEW.user_id := NULL; END IF;"
                             " RETURN NEW; END")
         + "; ALTER TABLE user_logins ALTER user_id SET NOT NULL", "23502"),
    Kind("trigger_raises", trigger(RAISES), "P0001"),
    Kind("deferred_trigger_raises",
         trigger(RAISES, "AFTER INSERT DEFERRABLE INITIALLY DEFERRED"), "P0001"),
    Kind("trigger_suppresses",
         trigger("BEGIN IF NEW.locale = 'XX' THEN RETURN NULL; END IF; RETURN NEW; END"),
         None, reason="row_suppressed"),
    Kind("oversized_index_row",
         "CREATE FUNCTION big(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT CASE $1 WHEN"
         " 'XX' THEN (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 900) i) END$$;"
         "CREATE INDEX ON user_logins (big(locale))", "54000"),
    Kind("domain", "CREATE DOMAIN known AS varchar(32) CONSTRAINT is_known CHECK (VALUE <> 'XX');"
         "ALTER TABLE user_logins ALTER locale TYPE known", "23514", "is_known"),
    Kind("expression_fails", "ALTER TABLE user_logins ADD CONSTRAINT odd CHECK"
         " (1 / (CASE locale WHEN 'XX' THEN 0 ELSE 1 END) > 0)", "22012"),
    Kind("row_security", "CREATE TABLE o (n text); ALTER TABLE o ENABLE ROW LEVEL SECURITY;"
         "CREATE ROLE \"@role\"; CREATE POLICY odd ON o WITH CHECK (n IS DISTINCT FROM 'XX');"
         "GRANT INSERT ON o TO \"@role\";"
         + trigger("BEGIN INSERT INTO o VALUES (NEW.locale); RETURN NEW; END",
                   more="SECURITY DEFINER") + "; ALTER FUNCTION f() OWNER TO \"@role\"", "42501"),
]


def made(numbers, guilty=frozenset(), kind=None) -> list[checker.Sent]:
    return [checker.Sent(i, json.dumps(login(i, locale=kind.locale if i in guilty else "DE")),
                         kind.reason if i in guilty else None) for i in numbers]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_guilty_alone_are_quarantined(site, kind):
    site.configure(rows=50)
    first = [checker.Sent(0, json.dumps(login(0, locale="U1")), None)]
    send(site.queue, first)
    site.run()
    site.database.execute(kind.sql.replace("@role", site.database.name))
    rest = made(range(1, TOTAL), GUILTY, kind)
    send(site.queue, rest)
    ended = site.run()
    assert checker.problems(site.database, first + rest) == []
    assert set(site.database.query(
        "SELECT sqlstate, constraint_name FROM bauta.quarantine")) == {
            (kind.sqlstate, kind.constraint)}
    assert ended.json["messages"] == {"received": TOTAL - 1, "committed": TOTAL - 1,
                                      "redelivered": 0, "released": 0}, "no neighbour came again"
    for i in GUILTY:
        assert f"user-{i}" not in ended.all, "no value in what is printed"


def test_of_two_that_exclude_each_other_one_has_a_row(site):
    """In one batch, and in batches of two workers."""
    for rows in (500, 10):
        site.configure(rows=rows)
        site.database.execute("DROP INDEX IF EXISTS one; TRUNCATE user_logins;"
                              "CREATE UNIQUE INDEX one ON user_logins (locale)")
        site.queue.send_events([login(i, locale=f"pair {i // 2}") for i in range(TOTAL)])
        events = site.run("--set", "quarantine.stop_above=100%").json["events"]
        assert events == {"seen": TOTAL, "inserted": TOTAL // 2, "duplicate": 0,
                          "quarantined": TOTAL // 2}
        assert site.database.one(
            "SELECT count(DISTINCT locale) FROM user_logins") == TOTAL // 2 == site.count()


@dataclass
class Blameless:
    name: str
    sql: str
    mend: str
    said: tuple[str, ...]


NOT_OURS = [
    Blameless("our_own_schema",
              "ALTER TABLE bauta.batch ADD CONSTRAINT never CHECK (messages < 0) NOT VALID",
              "ALTER TABLE bauta.batch DROP CONSTRAINT never", ("our own tables", "never")),
    Blameless("missing_partition",
              "DROP TABLE user_logins; CREATE TABLE user_logins (user_id varchar(128),"
              " device_type varchar(32), masked_ip varchar(256), masked_device_id varchar(256),"
              " locale varchar(32), app_version integer, create_date date)"
              " PARTITION BY LIST (device_type);"
              "CREATE TABLE l1 PARTITION OF user_logins FOR VALUES IN ('ios')",
              "CREATE TABLE l2 PARTITION OF user_logins FOR VALUES IN ('android')",
              ("partition", "user_logins")),
    Blameless("missing_privilege",
              trigger("BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '42501'; END"),
              "DROP TRIGGER f ON user_logins", ("42501", "user_logins")),
    Blameless("trigger_on_a_dropped_table",
              trigger("BEGIN INSERT INTO nowhere VALUES (1); RETURN NEW; END"),
              "CREATE TABLE nowhere (n int)", ("42P01", "bauta check")),
    Blameless("unknown_error",
              trigger("BEGIN RAISE EXCEPTION 'no' USING ERRCODE = 'XX000'; END"),
              "DROP TRIGGER f ON user_logins", ("XX000",)),
]


@pytest.mark.parametrize("what", NOT_OURS, ids=lambda what: what.name)
def test_what_no_row_is_to_blame_for(site, what):
    sent = made(range(40))
    send(site.queue, sent)
    site.database.execute(what.sql)
    ended = site.run(ok=False)
    assert ended.code in (1, 2), ended
    for word in what.said:
        assert word in ended.err, ended
    assert site.count("bauta.quarantine") == site.count("bauta.ledger") == site.count() == 0
    assert site.queue.counts() == (40, 0), "all are back in the queue"
    site.database.execute(what.mend)
    site.run()
    assert checker.problems(site.database, sent) == []


def test_a_server_that_takes_no_writes_quarantines_nothing(site):
    sent = made(range(40))
    send(site.queue, sent)
    site.database.execute(trigger("BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '25006'; END"))
    run = site.start("run", "--until-empty", "-o", "json")
    process.wait_for(lambda: "25006" in run.err(), "it to say what it waits for")
    assert site.count("bauta.quarantine") == 0
    site.database.execute("DROP TRIGGER f ON user_logins")
    assert run.finish().code == 0
    assert checker.problems(site.database, sent) == []
