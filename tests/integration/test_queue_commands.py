"""`bauta queue VERB` against the embedded queue, moto, and servers without JSON."""
import gzip
import json
import subprocess

import pytest

from support import process
from support.queues import Queue

from conftest import fresh


@pytest.fixture(params=["embedded", "moto", "query_only",
                        pytest.param("old_localstack", marks=pytest.mark.slow),
                        pytest.param("elasticmq", marks=pytest.mark.slow)])
def server(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def endpoint(server):
    return server.endpoint


@pytest.fixture
def verb(endpoint, tmp_path):
    def call(name, *arguments, ok=True):
        done = process.bauta("queue", name, *arguments, "-o", "json", cwd=tmp_path, env=process
                             .environment(AWS_ENDPOINT_URL_SQS=endpoint, AWS_REGION="us-east-1"))
        assert not ok or done.code == 0, done
        return done
    return call


@pytest.fixture
def target(server):
    return server.queue(fresh("cmd"), VisibilityTimeout=30)


def drain(queue: Queue) -> list[str]:
    bodies = []
    while messages := queue.receive():
        bodies += [m["Body"] for m in messages]
    return bodies


EVENTS = [{"a": 1, "b": [1.50, None]}, "as it is, {not json", {"c": "Zoë"}, 7]


def check_bodies(bodies: list[str]) -> None:
    assert len(bodies) == len(EVENTS)
    assert {"as it is, {not json", "7"} <= set(bodies)
    assert {"a": 1, "b": [1.5, None]} in [json.loads(b) for b in bodies if b.startswith('{"a')]
    assert all(": " not in b for b in bodies if b.startswith("{")), "compact"


@pytest.mark.parametrize("name,write", [
    ("array.json", lambda p: p.write_text(json.dumps(EVENTS, indent=2))),
    ("lines.ndjson", lambda p: p.write_text("".join(json.dumps(e) + "\n" for e in EVENTS))),
    ("array.json.gz", lambda p: p.write_bytes(gzip.compress(json.dumps(EVENTS).encode()))),
])
def test_loads_files(verb, target, tmp_path, name, write):
    file = tmp_path / name
    write(file)
    answer = verb("load", "--file", file, "--queue", target.name).json
    assert (answer["sent"], answer["failed"]) == (4, 0)
    check_bodies(drain(target))


def test_makes_sends_counts_peeks_receives_purges(verb, server):
    name = fresh("made")
    verb("create", name, "--attribute", "VisibilityTimeout=5")
    queue = server.queue(name, VisibilityTimeout=5)
    assert queue.sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=["All"])[
        "Attributes"]["VisibilityTimeout"] == "5"
    queue.send(["one", "two"])
    stats = verb("stats", name).json
    assert stats["ApproximateNumberOfMessages"] == 2 and stats["VisibilityTimeout"] == 5
    assert {m["Body"] for m in verb("peek", name).lines} == {"one", "two"}
    assert queue.counts() == (2, 0), "a peek takes nothing away"
    refused = verb("purge", name, ok=False)
    assert refused.code == 2 and "--yes" in refused.err
    assert queue.counts() == (2, 0)
    assert verb("purge", name, "--yes").json == {"purged": queue.url}
    assert queue.counts() == (0, 0)


def test_peeks_up_to_its_maximum(verb, target):
    target.send([str(n) for n in range(40)])
    shown = [m["Body"] for m in verb("peek", target.name, "--max", "25").lines]
    assert len(shown) == len(set(shown)) == 25
    assert target.counts() == (40, 0)


def test_deletes_nothing_that_the_output_did_not_take(endpoint, target):
    target.send(["one", "two"])
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            [process.BAUTA, "queue", "receive", target.name, "--delete", "--endpoint", endpoint],
            env=process.environment(), stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert ended.returncode == 1, ended
    assert sum(target.counts()) == 2


def test_an_empty_config_variable_is_none(target, endpoint, tmp_path):
    env = process.environment(BAUTA_CONFIG="", AWS_ENDPOINT_URL_SQS=endpoint)
    done = process.bauta("queue", "stats", target.name, cwd=tmp_path, env=env)
    assert done.code == 0, done


def test_a_missing_queue_is_told(verb):
    ended = verb("stats", "no-such-queue", ok=False)
    assert ended.code == 2, ended
    assert "no-such-queue" in ended.err and "us-east-1" in ended.err


def test_nobody_there(tmp_path):
    port = process.free_port()
    ended = process.bauta("queue", "stats", "q", cwd=tmp_path, env=process.environment(
        AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}", AWS_REGION="us-east-1"))
    assert ended.code == 3, ended
    assert str(port) in ended.err
    assert "AWS_ENDPOINT_URL_SQS" in ended.err


def test_fifo_queues_take_messages_in_their_order(verb, server, tmp_path):
    target = server.queue(fresh("cmd") + ".fifo", FifoQueue="true", VisibilityTimeout=30)
    file = tmp_path / "many.ndjson"
    file.write_text("".join(json.dumps({"user": f"u{i % 3}", "n": i // 3}) + "\n" for i in range(60)))
    assert verb("load", target.name, "--file", str(file), ok=False).code == 2
    assert verb("load", target.name, "--file", str(file), "--group-from", "/user").json["sent"] == 60
    for _ in range(2):  # The same body, twice a message.
        verb("send", target.name, "--group", "u0", "--body", '{"user":"u0","n":20}')
    seen = {"u0": [], "u1": [], "u2": []}
    while messages := verb("receive", target.name, "--delete", "--wait", "0s").lines:
        for body in (json.loads(message["Body"]) for message in messages):
            seen[body["user"]].append(body["n"])
    assert seen == {"u0": [*range(20), 20, 20], "u1": [*range(20)], "u2": [*range(20)]}
