"""Credentials that expire while Bauta runs; who it says it is; and that no secret shows."""
import json
import pathlib

import pytest

from e2e import checker
from support import keys, process
from support.process import Running
from support.site import login


@pytest.fixture
def container():
    endpoint = keys.Container(life=4)
    yield endpoint
    endpoint.stop()


@pytest.fixture
def guard(queue, container):
    door = keys.Guard(queue.endpoint, container)
    yield door
    door.stop()


def run_while(site, guard, container, condition, idle="3s") -> process.Finished:
    """A run that is given messages until `condition` holds, and then ends by itself; each of them has
    exactly one row then."""
    site.configure(endpoint=guard.endpoint)
    running = Running("run", "--idle", idle, "-v", "-o", "json", cwd=site.home,
                      env=process.environment(**container.variables))
    sent = []

    def send_more():
        assert running.process.poll() is None, running.err()
        more = [checker.Sent(i, json.dumps(login(i)), None)
                for i in range(len(sent), len(sent) + 10)]
        for message, message_id in zip(more, site.queue.send([m.body for m in more])):
            message.message_id = message_id
        sent.extend(more)
        return condition()

    process.wait_for(send_more, "the run to have used enough keys", 90, 0.2)
    ended = running.finish()
    assert ended.code == 0, ended
    assert checker.problems(site.database, sent) == []
    assert site.queue.counts() == (0, 0)
    assert_no_secret(ended.all, container)
    return ended


def assert_no_secret(text: str, container) -> None:
    assert [s for s in container.secrets if s in text] == []


def test_keys_that_expire_every_few_seconds_lose_nothing(site, guard, container):
    ended = run_while(site, guard, container, lambda: len(guard.used) >= 5)
    assert ended.json["messages"]["redelivered"] == 0
    assert guard.faults == {}  # In particular: no key after its time.
    assert len(container.issued) <= len(guard.used) + 2  # Asked for in time, not all the time.


def test_revoked_keys_are_replaced_and_the_calls_signed_again(site, guard, container):
    container.life = 3600

    def revoke():
        if len(guard.used) < 3:
            guard.revoked |= set(guard.used)
        return len(guard.used) >= 3

    run_while(site, guard, container, revoke)
    assert set(guard.faults) == {"InvalidClientTokenId"}
    assert len(container.issued) <= 4


@pytest.mark.slow
@pytest.mark.parametrize("excuse, times", [(503, 6), (404, 2)])
def test_an_outage_of_the_credentials_is_waited_out(site, guard, container, excuse, times):
    """Even one that would end a run at its start."""
    container.excuse = excuse

    def outage():
        container.away = 2 <= len(guard.used) and container.refused < times
        return len(guard.used) >= 4

    ended = run_while(site, guard, container, outage, idle="10s")
    assert guard.faults == {}
    assert "credentials could not be renewed" in ended.err


def test_no_secret_shows(site, guard, container):
    site.configure(endpoint=guard.endpoint)
    env = process.environment(**container.variables)
    for command in (["check"], ["check", "-o", "json"], ["config", "show", "--origin"], ["status"],
                    ["run", "--until-empty", "-v"]):
        ended = site.bauta(*command, env=env, ok=False)
        assert_no_secret(ended.all, container)
    assert len(container.issued) >= 3
    running = Running("run", "-v", cwd=site.home, env=env)
    process.wait_for(lambda: guard.calls["ReceiveMessage"], "a receive")
    arguments = pathlib.Path(f"/proc/{running.process.pid}/cmdline").read_text()
    running.kill()
    assert_no_secret(arguments, container)


def aws_line(site, **variables) -> str:
    ended = site.bauta("check", env=process.environment(**variables), ok=False)
    lines = [line for line in ended.err.splitlines() if line.startswith("AWS: ")]
    assert len(lines) == 1, ended
    return lines[0]


def test_check_says_who_it_is(site, moto, tmp_path):
    token = tmp_path / "token"
    token.write_text("eyJhbGciOiJub25lIn0.eyJzdWIiOiJzYSJ9.")
    line = aws_line(site, AWS_ENDPOINT_URL_STS=moto.endpoint, AWS_ROLE_SESSION_NAME="ingest-1",
                    AWS_WEB_IDENTITY_TOKEN_FILE=str(token),
                    AWS_ROLE_ARN="arn:aws:iam::123456789012:role/ingest")
    assert "arn:aws:sts::123456789012:assumed-role/ingest/ingest-1, account 123456789012" in line
    assert f"(web identity, role arn:aws:iam::123456789012:role/ingest, token file {token})" in line
    assert "eyJ" not in line


def test_check_asks_nobody_about_an_emulator(site):
    assert aws_line(site, AWS_ACCESS_KEY_ID="AKID", AWS_SECRET_ACCESS_KEY="s") == (
        "AWS: credentials: environment variables")


def test_a_web_identity_without_its_token_is_an_error(site, tmp_path):
    ended = site.bauta("check", ok=False, env=process.environment(
        AWS_WEB_IDENTITY_TOKEN_FILE=str(tmp_path / "gone"), AWS_ROLE_ARN="arn:aws:iam::1:role/r"))
    assert ended.code == 2
    assert f"cannot read the token file {tmp_path}/gone" in ended.err
