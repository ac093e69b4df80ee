"""The embedded queue misbehaves on request, and only then."""
import json
import subprocess
import threading
import time
import urllib.error
import urllib.request

import botocore.exceptions
import pytest

from support import process, queues


@pytest.fixture
def server():
    embedded = queues.Embedded()
    yield embedded
    embedded.stop()


def ask(server, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(server.endpoint + path, data, timeout=10) as answer:
        assert answer.headers["Content-Type"] == "application/json"
        return json.load(answer)


def outcomes(sqs, url, count):
    """How so many sends end: the HTTP status, or "reset"."""
    ends = []
    for i in range(count):
        try:
            answer = sqs.send_message(QueueUrl=url, MessageBody=str(i))
            ends.append(answer["ResponseMetadata"]["HTTPStatusCode"])
        except botocore.exceptions.ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            ends.append((status, error.response["Error"]["Code"]))
        except botocore.exceptions.ConnectionClosedError:
            ends.append("reset")
        except botocore.exceptions.HTTPClientError as error:
            assert "reset" in str(error).lower()
            ends.append("reset")
    return ends


def test_the_day_can_be_changed_while_it_runs(server):
    day = ask(server, "/bauta/bad-day")
    assert day | {"seed": 0} == {
        "latency": "0ms", "jitter": "0ms", "error_rate": 0, "throttle_rate": 0, "reset_rate": 0,
        "duplicate_rate": 0, "disorder": False, "seed": 0}
    assert ask(server, "/bauta/bad-day", {"error_rate": 1, "seed": 5})["error_rate"] == 1
    assert ask(server, "/bauta/bad-day") == day | {"error_rate": 1, "seed": 5}
    sqs = queues.client(server.endpoint)
    with pytest.raises(botocore.exceptions.ClientError) as error:
        sqs.list_queues()
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    ask(server, "/bauta/bad-day", {"error_rate": 0})
    sqs.list_queues()


def test_a_wrong_day_is_refused_and_changes_nothing(server):
    before = ask(server, "/bauta/bad-day")
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(server, "/bauta/bad-day", {"disorder": True, "eror_rate": 1})
    assert refused.value.code == 400
    answer = json.load(refused.value)
    assert "eror_rate" in answer["error"] and "error_rate" in answer["help"]
    assert ask(server, "/bauta/bad-day") == before


@pytest.mark.parametrize("options", [["--latency", "soon"], ["--error-rate", "2"], ["--seed", "x"]])
def test_wrong_flags_are_usage_errors(options):
    ended = subprocess.run([process.BAUTA, "queue", "serve", "--listen", "127.0.0.1:0", *options],
                           capture_output=True, text=True, timeout=30)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert options[0] in ended.stderr


@pytest.mark.slow
def test_rates_strike_and_the_same_seed_strikes_the_same():
    ends = []
    for seed in (7, 7, 8):
        server = queues.Embedded("--queue", "q", "--error-rate", "0.2", "--throttle-rate", "0.2",
                                 "--reset-rate", "0.2", "--seed", str(seed))
        ends.append(outcomes(queues.client(server.endpoint), f"{server.endpoint}/1/q", 60))
        server.stop()
    assert ends[0] == ends[1] != ends[2]
    assert set(ends[0]) == {200, (500, "InternalFailure"), (403, "RequestThrottled"), "reset"}


@pytest.mark.slow
def test_half_of_what_was_reset_was_carried_out(server):
    sqs = queues.client(server.endpoint)
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    ask(server, "/bauta/bad-day", {"reset_rate": 1, "seed": 1})
    assert set(outcomes(sqs, url, 40)) == {"reset"}
    ask(server, "/bauta/bad-day", {"reset_rate": 0})
    attributes = sqs.get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
    assert 5 < int(attributes["ApproximateNumberOfMessages"]) < 35


def test_latency_holds_up_answers_but_not_the_server():
    server = queues.Embedded("--queue", "q", "--latency", "1s", "--jitter", "10ms")
    seconds = []

    def send(sqs):
        start = time.monotonic()
        sqs.send_message(QueueUrl=f"{server.endpoint}/1/q", MessageBody="x")
        seconds.append(time.monotonic() - start)

    clients = [queues.client(server.endpoint) for _ in range(10)]
    start = time.monotonic()
    threads = [threading.Thread(target=send, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert time.monotonic() - start < 10, "one after the other"
    assert min(seconds) >= 1
    ask(server, "/health")
    server.stop()


def test_duplicates_and_disorder(server):
    queue = server.queue("q")
    queue.send([str(i) for i in range(10)])
    ask(server, "/bauta/bad-day", {"duplicate_rate": 1, "disorder": True, "seed": 3})
    first, second = ([m["Body"] for m in queue.receive()] for _ in range(2))
    assert sorted(first) == sorted(second) == [str(i) for i in range(10)]
    assert first != sorted(first)
    ask(server, "/bauta/bad-day", {"duplicate_rate": 0, "disorder": False})
    assert [m["Body"] for m in queue.receive()] == sorted(first)
    assert queue.receive() == []


def test_health_and_reset():
    server = queues.Embedded("--queue", "made-at-start", "--duplicate-rate", "0.5")
    sqs = queues.client(server.endpoint)
    assert ask(server, "/health") == {"status": "ok"}
    made = sqs.create_queue(QueueName="made-later")["QueueUrl"]
    start = f"{server.endpoint}/000000000000/made-at-start"
    sqs.send_message(QueueUrl=start, MessageBody="x")
    ask(server, "/bauta/bad-day", {"duplicate_rate": 0})
    assert ask(server, "/moto-api/reset", {}) == {"status": "ok"}
    assert sqs.list_queues()["QueueUrls"] == [start]
    assert ask(server, "/bauta/bad-day")["duplicate_rate"] == 0.5
    assert "Messages" not in sqs.receive_message(QueueUrl=start)
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.send_message(QueueUrl=made, MessageBody="x")
    server.stop()
