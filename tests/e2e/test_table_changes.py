"""The table changes under a running instance: it reads the columns again and goes on, or ends with
a message that says what to do; nothing is lost, doubled or quarantined for it."""
import json

import pytest

from e2e import checker
from e2e.outages import SLOW
from e2e.test_chaos import send
from support import process
from support.site import COLUMNS, login

TOTAL = 400

SWAP = ("BEGIN; ALTER TABLE user_logins RENAME TO old_logins;"
        "CREATE TABLE user_logins (create_date date, app_version bigint, locale text,"
        " masked_device_id text, masked_ip text, device_type text, user_id text NOT NULL,"
        " loaded_at timestamptz DEFAULT now()); COMMIT")
BACK = ("INSERT INTO user_logins SELECT create_date, app_version, locale, masked_device_id,"
        " masked_ip, device_type, user_id FROM old_logins")


@pytest.fixture
def busy(site):
    """Rows that all are good, and a table that takes them slowly."""
    site.configure(rows=10)
    site.database.execute(SLOW)
    site.sent = [checker.Sent(i, json.dumps(login(i)), None) for i in range(TOTAL)]
    send(site.queue, site.sent)
    return site


def in_the_middle(site, sql: str):
    run = site.start("run", "--until-empty", "-o", "json")
    process.wait_for(lambda: site.count("bauta.ledger") >= TOTAL * 0.2, "work")
    site.database.execute(sql)
    assert site.count("bauta.ledger") < TOTAL, "it changed too late to prove anything"
    return run


@pytest.mark.parametrize("sql, after", [
    ("ALTER TABLE user_logins ADD COLUMN extra integer", ""),
    ("ALTER TABLE user_logins ADD COLUMN loaded_at timestamptz NOT NULL DEFAULT now()", ""),
    ("ALTER TABLE user_logins ALTER app_version TYPE bigint", ""),
    ("ALTER TABLE user_logins ALTER locale TYPE text", ""),
    ("ALTER TABLE user_logins ALTER user_id SET NOT NULL", ""),
    ("ALTER TABLE user_logins ADD COLUMN gone integer; ALTER TABLE user_logins DROP gone", ""),
    (SWAP, BACK),
], ids=["added", "added_not_null", "widened", "text", "not_null", "dropped_again", "swapped"])
def test_it_goes_on(busy, sql, after):
    ended = in_the_middle(busy, sql).finish(60)
    assert ended.code == 0, ended
    if after:
        assert busy.count() > 0, "the new table has rows"
        busy.database.execute(after)
    assert checker.problems(busy.database, busy.sent) == []
    assert ended.json["messages"]["released"] == 0


@pytest.mark.parametrize("sql, said, mend", [
    ("ALTER TABLE user_logins DROP locale", "locale", "ALTER TABLE user_logins ADD locale text"),
    ("ALTER TABLE user_logins RENAME TO old_logins", "user_logins",
     "ALTER TABLE old_logins RENAME TO user_logins"),
    ("ALTER TABLE user_logins ALTER user_id TYPE varchar(20)", "varying(20)", "SELECT 1"),
    ("ALTER TABLE user_logins ALTER app_version TYPE real", "real",
     "ALTER TABLE user_logins ALTER app_version TYPE integer"),
], ids=["dropped", "renamed", "shortened", "another_type"])
def test_it_ends_and_says_why(busy, sql, said, mend):
    ended = in_the_middle(busy, sql).finish(60)
    assert ended.code == 1, ended
    assert said in ended.err, ended
    assert busy.count("bauta.quarantine") == 0
    assert sum(busy.queue.counts()) == TOTAL - busy.count("bauta.ledger")
    busy.database.execute(mend)
    busy.run()
    assert checker.problems(busy.database, busy.sent) == []


def test_new_tokens_end_who_writes_the_old(busy):
    run = busy.start("run", "--until-empty", "-o", "json")
    process.wait_for(lambda: busy.count("bauta.ledger") >= TOTAL * 0.2, "work")
    busy.bauta("init")  # Nothing to do: it goes on.
    busy.configure(rows=10, columns=COLUMNS.replace("mask: hmac-sha256, canonical: ip}",
                                                    "mask: truncate}"))
    busy.bauta("init", "--accept-new-tokens")
    ended = run.finish(60)
    assert ended.code == 1, ended
    assert "the registry of keys and masks changed during the run" in ended.err, ended
    old = busy.count("bauta.ledger")
    assert TOTAL * 0.2 <= old < TOTAL, "it changed too late to prove anything"
    assert sum(busy.queue.counts()) == TOTAL - old
    busy.run()
    assert busy.count() == TOTAL
    assert busy.database.one("SELECT count(*) FROM user_logins WHERE masked_ip LIKE '%/%'"
                             ) == TOTAL - old


def test_nulls_where_none_may_be_any_more(busy):
    """The rows that the table no longer takes are quarantined; the others go on."""
    ended = in_the_middle(busy, "BEGIN; LOCK TABLE user_logins;"
                          "DELETE FROM user_logins WHERE locale IS NULL;"
                          "ALTER TABLE user_logins ALTER locale SET NOT NULL; COMMIT").finish(60)
    assert ended.code == 0, ended
    held = busy.database.query("SELECT DISTINCT reason, sqlstate, column_name FROM bauta.quarantine")
    assert held == [("constraint", "23502", "locale")]
    assert busy.count("bauta.ledger") == TOTAL
    assert busy.database.one("SELECT sum(inserted + quarantined) FROM bauta.batch") == TOTAL


def test_a_mapped_column_is_added_without_a_stop(busy):
    """The recipe of docs/mapping.md, with two instances."""
    few = ["--set", "source.sqs.max_in_flight.messages=40"]
    first = busy.start("run", "--until-empty", "-o", "json", *few)
    process.wait_for(lambda: busy.count("bauta.ledger") >= TOTAL * 0.1, "work")
    columns = COLUMNS + "  \"Device Name\":    {from: /device_type}\n"
    busy.configure(rows=10, columns=columns)
    checked = busy.bauta("check", "-o", "json", ok=False).json
    told = next(p for p in checked if p["code"] == "E063")
    assert told["hint"].startswith("ALTER TABLE") and '"Device Name"' in told["hint"], told
    busy.database.execute(told["hint"])
    second = busy.start("run", "--until-empty", "-o", "json", *few)
    ended = [first.finish(60), second.finish(60)]
    assert [e.code for e in ended] == [0, 0], ended
    assert all(e.json["messages"]["committed"] > 0 for e in ended), "both had a part in it"
    assert checker.problems(busy.database, busy.sent) == []
    assert busy.database.one('SELECT count(*) FROM user_logins WHERE "Device Name" = device_type'
                             ) == ended[1].json["events"]["inserted"]


READINGS = {
    "order": ("{from: /user_id}", "text"),
    "Mixed Case": ("{from: /ip, mask: hmac-sha256, canonical: ip}", "text"),
    'in "quotes"': ("{from: /app_version, as: version}", "integer"),
    "digits": ("{from: /app_version, as: version-digits}", "integer"),
    "seconds": ("{from: /at, as: epoch-seconds}", "timestamp with time zone"),
    "millis": ("{from: /at, as: epoch-millis}", "timestamp with time zone"),
    "user": ("{from: /extra, as: json}", "jsonb"),
    "when": ("{from: /when, default: sent_at}", "date"),
    "select": ("{from: /locale, default: none}", "text"),
}


def test_every_missing_column_comes_with_its_alter_table(site):
    quoted = '"Odd ""Schema"""."user"'
    site.database.execute('CREATE SCHEMA "Odd ""Schema"""; CREATE TABLE ' + quoted + " ()")
    columns = "".join(f"  {json.dumps(name)}: {rule}\n" for name, (rule, _) in READINGS.items())
    site.configure(columns=columns, table=f"'{quoted}'")
    site.bauta("init", "--accept-new-tokens")
    told = [p for p in site.bauta("check", "-o", "json", ok=False).json if p["code"] == "E063"]
    assert len(told) == len(READINGS), told
    for problem in told:
        site.database.execute(problem["hint"])
    made = dict(site.database.query(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0", quoted))
    assert made == {name: kind for name, (_, kind) in READINGS.items()}
    assert not [p for p in site.bauta("check", "-o", "json", ok=False).json
                if p["code"] == "E063"]
    site.queue.send_events([login(1, at=1.5, extra={"a": 1})])
    ended = site.run().json
    assert ended["events"]["inserted"] == 1, site.bauta("quarantine", "list").out
