"""The demo: nothing set up before, nothing left behind."""
import json
import os
import pathlib
import re
import signal

import boto3
import psycopg2
import pytest

from support import process
from support.process import Running


@pytest.fixture
def temporary():
    home = process.folder("demo")
    home.chmod(0o1777)
    yield home
    process.wait_for(lambda: not at_work_in(home), "the demo's processes to end")
    process.remove(home)


def at_work_in(home: pathlib.Path) -> list[str]:
    """The processes that run there, by folder or by argument."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            cwd = os.readlink(entry / "cwd")
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(home) in cwd or str(home) in command:
            found.append(command)
    return found


def start(home, *arguments) -> Running:
    return Running("demo", *arguments, cwd="/", env=process.environment(TMPDIR=str(home)))


def check_gone(home) -> None:
    process.wait_for(lambda: not at_work_in(home), f"an end of {at_work_in(home)}")
    assert os.listdir(home) == []


def test_shows_everything_and_cleans_up(temporary):
    ended = start(temporary).finish(90)
    assert ended.code == 0, ended
    for word in ("h1:k1:", "required_missing", "user_logins", "quarantine"):
        assert word in ended.all, f"{word} in {ended}"
    assert re.search(r"h1:k1:[a-z2-7]{26} is [0-9a-f.:]+ \(verified\)", ended.out), ended
    assert re.search(r"1 .* reveal\.request .*\n.*2 .* reveal\.fetch ", ended.out), "and its record"
    check_gone(temporary)


def test_counts_as_json(temporary):
    ended = start(temporary, "--messages", "500", "-o", "json").finish(90)
    assert ended.code == 0, ended
    summary = ended.json
    assert summary["messages"]["received"] == summary["messages"]["committed"] == 500
    assert summary["events"]["inserted"] == 500 - summary["events"]["quarantined"]
    assert summary["quarantine_reasons"]["required_missing"] >= 1
    assert summary["stopped"] == "empty"
    check_gone(temporary)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_cleans_up_when_interrupted(temporary, number):
    demo = start(temporary)
    process.wait_for(lambda: os.listdir(temporary), "its folder")
    demo.process.send_signal(number)
    ended = demo.finish(40)
    assert ended.code != 0 or "h1:" in ended.out, ended
    check_gone(temporary)


def test_a_stop_before_the_run_is_no_failure(temporary):
    demo = start(temporary)
    process.wait_for(lambda: at_work_in(temporary), "the database to be made")
    os.killpg(demo.process.pid, signal.SIGINT)  # as Ctrl-C does
    ended = demo.finish()
    assert ended.code == 128 + signal.SIGINT, ended
    assert "stopped before the run began" in ended.err and not ended.out


def test_says_that_it_was_stopped_in_the_middle(temporary):
    demo = start(temporary, "--messages", "100000")
    process.wait_for(lambda: "sample logins are in the queue" in demo.err(), "the run", 90)
    demo.process.send_signal(signal.SIGINT)
    ended = demo.finish(60)
    assert ended.code == 0, ended
    assert "stopped before the queue was empty" in ended.err, ended
    check_gone(temporary)


def test_keep_leaves_both_running(temporary):
    demo = start(temporary, "--keep", "-o", "json")
    try:
        process.wait_for(lambda: demo.out().endswith("\n"), "the summary", 90)
        summary = json.loads(demo.out().splitlines()[-1])
        with psycopg2.connect(summary["database_url"]) as connection:
            cursor = connection.cursor()
            cursor.execute("SELECT count(*) FROM user_logins")
            assert cursor.fetchone()[0] == summary["events"]["inserted"]
        connection.close()
        sqs = boto3.client("sqs", endpoint_url=summary["endpoint"], region_name="us-east-1",
                           aws_access_key_id="test", aws_secret_access_key="test")
        assert sqs.list_queues()["QueueUrls"]
    finally:
        demo.process.send_signal(signal.SIGINT)
        demo.finish(40)
    check_gone(temporary)

