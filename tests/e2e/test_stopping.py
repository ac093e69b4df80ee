"""Limits, and being told to stop."""
import signal

import pytest

from support import process
from support.site import logins, write_json


def ledger(site) -> int:
    return site.count("bauta.ledger")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle_drains(site, tmp_path, number):
    site.configure(rows=50)
    total = 20_000
    site.load(write_json(tmp_path / "many.json", logins(total)))
    run = site.start("run", "-o", "json")
    process.wait_for(lambda: ledger(site), "a first commit", every=0.005)
    run.signal(number)
    ended = run.finish()

    assert ended.code == 0, ended
    summary = ended.json
    committed = ledger(site)
    assert summary["stopped"] == "signal"
    assert 0 < committed < total, "the signal came too late to prove anything"
    assert site.queue.counts() == (total - committed, 0), "visible at once, none in flight"
    assert summary["messages"]["committed"] == committed == site.count()
    assert summary["messages"]["received"] == committed + summary["messages"]["released"]


def test_the_second_signal_ends_at_once(site):
    site.queue.send_events(logins(20))
    with site.database.connect() as blocker:
        blocker.cursor().execute("LOCK TABLE user_logins IN ACCESS EXCLUSIVE MODE")
        run = site.start("run")
        process.wait_for(lambda: site.database.one(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = "
            "'user_logins'::regclass"), "Bauta to wait for the table")
        run.signal(signal.SIGTERM)
        run.signal(signal.SIGTERM)
        assert run.finish().code == 128 + signal.SIGTERM


def test_waits_out_a_locked_table(site):
    """No fault of the rows: nothing is refused, nothing released, all comes in later."""
    site.queue.send_events(logins(20))
    with site.database.connect() as blocker:
        blocker.cursor().execute("LOCK TABLE user_logins IN ACCESS EXCLUSIVE MODE")
        run = site.start("run", "--until-empty", "-o", "json")
        process.wait_for(lambda: site.database.one(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = "
            "'user_logins'::regclass"), "Bauta to wait for the table")
    ended = run.finish()
    assert ended.code == 0, ended
    assert ended.json["messages"] == {
        "received": 20, "committed": 20, "redelivered": 0, "released": 0}
    assert site.count() == 20


def test_max_messages_takes_no_more(site):
    site.queue.send_events(logins(100))
    summary = site.bauta("run", "--max-messages", "30", "-o", "json").json
    assert summary["stopped"] == "limit"
    assert summary["messages"]["committed"] == 30 == site.count()
    assert site.queue.counts() == (70, 0)


def test_max_duration_ends_the_run(site):
    site.queue.send_events(logins(10))
    summary = site.bauta("run", "--max-duration", "2s", "-o", "json").json
    assert summary["stopped"] == "limit"
    assert summary["messages"]["committed"] == 10


def test_idle_ends_a_run_whose_queue_is_not_empty(site):
    site.queue.send_events(logins(12))
    taken = site.queue.receive(1, VisibilityTimeout=600)
    assert len(taken) == 1
    summary = site.run("--idle", "1s").json
    assert summary["stopped"] == "idle"
    assert summary["messages"]["committed"] == 11
    assert site.queue.counts() == (0, 1)


def test_until_empty_waits_for_what_others_hold(site):
    site.queue.send_events(logins(5))
    taken = site.queue.receive(1, VisibilityTimeout=3)
    assert len(taken) == 1
    assert site.run().json["messages"]["committed"] == 5


def test_dry_run_changes_nothing(site):
    site.queue.send_events(logins(40) + [{"foo": "bar"}])
    before = site.database.dump("--data-only", "--inserts")
    ended = site.bauta("run", "--dry-run", "--max-messages", "41", "-o", "json")
    *rows, summary = ended.lines
    assert len(rows) == 41
    assert summary["messages"]["received"] == summary["messages"]["released"] == 41
    assert summary["messages"]["committed"] == 0
    assert site.database.dump("--data-only", "--inserts") == before
    assert site.queue.counts() == (41, 0)
    assert site.run().json["messages"]["committed"] == 41


def test_an_empty_queue_is_done_at_once(site):
    summary = site.run().json
    assert summary["messages"]["received"] == 0
    assert summary["stopped"] == "empty"


def test_exit_codes_for_schedulers(site):
    assert site.run("--empty-exit-code", "99", ok=False).code == 99
    site.queue.send_events(logins(5))
    assert site.run("--empty-exit-code", "99", "--fail-on-quarantine").code == 0
    site.queue.send_events([{"foo": "bar"}])
    assert site.run("--fail-on-quarantine", ok=False).code == 4
