"""What `bauta check` says of the queue, and that asking changes nothing there."""
import json
import signal

import pytest

from support import process
from support.queues import Queue
from support.site import Site, logins

from conftest import fresh

CALLS = {"GetQueueUrl": "sqs:GetQueueUrl", "GetQueueAttributes": "sqs:GetQueueAttributes",
         "ReceiveMessage": "sqs:ReceiveMessage", "DeleteMessageBatch": "sqs:DeleteMessage",
         "ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility"}


def told(site, *codes: str) -> list[dict]:
    return [p for p in json.loads(site.bauta("check", "-o", "json", ok=False).out)
            if p["code"] in codes]


def dead_letters(queue: Queue, **attributes) -> Queue:
    name, fifo, _ = queue.name.partition(".fifo")
    dead = Queue(queue.endpoint, f"{name}-dead{fifo}", **attributes)
    arn = dead.sqs.get_queue_attributes(
        QueueUrl=dead.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    queue.sqs.set_queue_attributes(QueueUrl=queue.url, Attributes={
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})})
    return dead


@pytest.mark.parametrize("call", CALLS)
def test_a_missing_permission_is_named(site, proxy, call):
    site.configure(endpoint=proxy.endpoint)
    proxy.denied = {call}
    ended = site.bauta("check", "-o", "json", ok=False)
    problem, = [p for p in json.loads(ended.out) if p["code"].startswith("E05")]
    assert (problem["code"], problem["path"], ended.code) == ("E052", "source.sqs.queue", 2)
    assert f"{CALLS[call]} " in problem["message"] and f"{CALLS[call]} " in problem["hint"]


def test_all_missing_permissions_are_told_at_once(site, proxy):
    site.configure(endpoint=proxy.endpoint)
    proxy.denied = {"ReceiveMessage", "DeleteMessageBatch", "ChangeMessageVisibilityBatch"}
    assert len(told(site, "E052")) == 3


@pytest.mark.parametrize("call", ["GetQueueUrl", "GetQueueAttributes", "ReceiveMessage"])
def test_a_run_that_may_not_names_it_too(site, proxy, call):
    site.queue.send_events(logins(20))
    site.configure(endpoint=proxy.endpoint)
    proxy.denied = {call}
    ended = site.bauta("run", "--until-empty", ok=False)
    assert CALLS[call] in ended.err, ended
    assert ended.code in (1, 2), ended
    assert site.count() == 0 and site.queue.counts() == (20, 0)


@pytest.mark.slow
def test_a_run_that_may_not_delete_says_so(site, proxy):
    site.queue.send_events(logins(20))
    site.configure(endpoint=proxy.endpoint)
    proxy.denied = {"DeleteMessageBatch"}
    run = site.start("run")
    process.wait_for(lambda: CALLS["DeleteMessageBatch"] in run.err(), "it to say so")
    run.signal(signal.SIGTERM)
    run.finish(40)
    assert site.count() == 20


def test_asking_changes_nothing(site, proxy):
    site.queue.send_events(logins(3))
    site.configure(endpoint=proxy.endpoint)
    assert told(site, "E050", "E051", "E052") == []
    assert {"ReceiveMessage", "DeleteMessageBatch", "ChangeMessageVisibilityBatch"} <= set(proxy.calls)
    assert site.queue.counts() == (3, 0)
    messages = site.queue.receive(10, AttributeNames=["ApproximateReceiveCount"])
    assert [m["Attributes"]["ApproximateReceiveCount"] for m in messages] == ["1"] * 3


def test_dead_letters_must_last(site, proxy):
    assert len(told(site, "W003")) == 1
    dead = dead_letters(site.queue, MessageRetentionPeriod=345_600)
    assert [p["code"] for p in told(site, "W003", "W008")] == ["W008"]
    dead.sqs.set_queue_attributes(QueueUrl=dead.url,
                                  Attributes={"MessageRetentionPeriod": "1209600"})
    assert told(site, "W003", "W008") == []
    dead.sqs.delete_queue(QueueUrl=dead.url)
    warning, = told(site, "W008")
    assert "cannot be looked at" in warning["message"]


def test_a_visibility_that_is_too_short(site):
    assert told(site, "W009") == []
    site.queue.sqs.set_queue_attributes(QueueUrl=site.queue.url,
                                        Attributes={"VisibilityTimeout": "0"})
    assert len(told(site, "W009")) == 1


def test_a_fifo_queue_that_drops_equal_events(database, moto):
    def of(by_content: bool) -> list[dict]:
        queue = moto.queue(fresh("q") + ".fifo", FifoQueue="true",
                           ContentBasedDeduplication=str(by_content).lower())
        site = Site(database, queue)
        try:
            return told(site, "W011")
        finally:
            site.close()

    assert of(False) == []
    assert len(of(True)) == 1


def test_a_blocked_group_needs_dead_letters(database, embedded):
    site = Site(database, embedded.queue(fresh("q") + ".fifo", FifoQueue="true"))
    try:
        assert [p["code"] for p in told(site, "W003", "W013")] == ["W003"]
        text = site.config.read_text()
        site.config.write_text(text.replace("{sqs: {", "{sqs: {on_poison: block_group, "))
        assert [p["code"] for p in told(site, "W003", "W013")] == ["W013"]
        dead_letters(site.queue, FifoQueue="true")
        assert told(site, "W003", "W013") == []
    finally:
        site.close()


def test_an_endpoint_of_another_kind_has_no_regions(database, moto):
    """The one that is configured wins over the host in a URL."""
    queue = moto.queue(fresh("q"))
    site = Site(database, queue)
    try:
        site.configure(
            queue=f"https://sqs.eu-central-1.amazonaws.com/123456789012/{queue.name}")
        assert told(site, "E050", "E051", "E052", "W012") == []
    finally:
        site.close()
