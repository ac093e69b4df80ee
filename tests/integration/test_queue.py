"""The embedded queue, seen by boto3 as it comes from PyPI."""
import hashlib
import json
import threading
import time

import pytest

from support import process, queues
from support.queues import Queue

from conftest import fresh


@pytest.fixture
def sqs(embedded):
    return queues.client(embedded.endpoint)


@pytest.fixture
def make(embedded):
    return lambda **attributes: Queue(embedded.endpoint, fresh("q"), **attributes)


def error(call, **arguments):
    with pytest.raises(Exception) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


def test_says_where_it_listens(embedded):
    assert embedded.hello.keys() >= {"endpoint", "account", "region"}
    assert embedded.hello["account"] == "000000000000"
    assert embedded.hello["region"] == "us-east-1"


def test_a_message_comes_back_as_it_was_sent(make):
    queue = make()
    body = 'Zoë \U0001f600 <&> "quoted" \r\n\ttab'
    sent = queue.sqs.send_message(QueueUrl=queue.url, MessageBody=body)
    assert sent["MD5OfMessageBody"] == hashlib.md5(body.encode()).hexdigest()
    (message,) = queue.receive(AttributeNames=["All"])
    assert message["Body"] == body and message["MessageId"] == sent["MessageId"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert abs(int(message["Attributes"]["SentTimestamp"]) / 1000 - time.time()) < 60


def test_attributes_of_messages_are_kept(make):
    queue = make()
    attributes = {"Kind": {"DataType": "String", "StringValue": "login"},
                  "Raw": {"DataType": "Binary", "BinaryValue": b"\0\1"},
                  "N": {"DataType": "Number", "StringValue": "7"}}
    queue.sqs.send_message(QueueUrl=queue.url, MessageBody="x", MessageAttributes=attributes)
    (message,) = queue.receive(MessageAttributeNames=["All"])  # boto3 checks the MD5
    assert message["MessageAttributes"] == attributes


def test_a_received_message_is_hidden_until_its_time_is_over(make):
    queue = make(VisibilityTimeout=1)
    queue.send(["a"])
    (first,) = queue.receive()
    assert queue.receive() == [] and queue.counts() == (0, 1)
    (second,) = queue.receive(WaitTimeSeconds=5, AttributeNames=["All"])
    assert second["Attributes"]["ApproximateReceiveCount"] == "2"
    assert second["ReceiptHandle"] != first["ReceiptHandle"]


def test_visibility_can_be_changed(make):
    queue = make(VisibilityTimeout=600)
    queue.send(["a", "b"])
    messages = queue.receive()
    answer = queue.sqs.change_message_visibility_batch(QueueUrl=queue.url, Entries=[
        {"Id": str(i), "ReceiptHandle": m["ReceiptHandle"], "VisibilityTimeout": 0}
        for i, m in enumerate(messages)])
    assert len(answer["Successful"]) == 2
    assert queue.counts() == (2, 0)


def test_deleted_is_gone(make):
    queue = make(VisibilityTimeout=0)
    queue.send([str(i) for i in range(10)])
    messages = queue.receive(VisibilityTimeout=30)
    assert len(messages) == 10
    entries = [{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(messages)]
    entries[0]["ReceiptHandle"] = "not a handle"
    answer = queue.sqs.delete_message_batch(QueueUrl=queue.url, Entries=entries)
    assert len(answer["Successful"]) == 9
    assert [(f["Id"], f["Code"]) for f in answer["Failed"]] == [("0", "ReceiptHandleIsInvalid")]
    assert queue.counts() == (0, 1)


def test_a_long_poll_wakes_on_a_message(make):
    queue = make()
    got = []
    waiter = threading.Thread(target=lambda: got.extend(queue.receive(WaitTimeSeconds=20)))
    started = time.monotonic()
    waiter.start()
    process.wait_for(lambda: waiter.is_alive(), "the poll")
    queue.sqs.send_message(QueueUrl=queue.url, MessageBody="wake")
    waiter.join(15)
    assert [m["Body"] for m in got] == ["wake"]
    assert time.monotonic() - started < 10


def test_redrives_to_the_dead_letter_queue(make):
    dead = make()
    arn = dead.sqs.get_queue_attributes(
        QueueUrl=dead.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})
    queue = make(VisibilityTimeout=0, RedrivePolicy=policy)
    (message_id,) = queue.send(["poison"])
    assert len(queue.receive()) == len(queue.receive()) == 1
    assert queue.receive() == []
    (moved,) = dead.receive()
    assert moved["MessageId"] == message_id


def test_queues_are_made_found_listed_emptied_removed(sqs, make):
    queue = make(VisibilityTimeout=17)
    assert sqs.get_queue_url(QueueName=queue.name)["QueueUrl"] == queue.url
    assert queue.url in sqs.list_queues(QueueNamePrefix=queue.name)["QueueUrls"]
    sqs.create_queue(QueueName=queue.name)
    sqs.set_queue_attributes(QueueUrl=queue.url, Attributes={"VisibilityTimeout": "19"})
    assert sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=["VisibilityTimeout"])[
        "Attributes"] == {"VisibilityTimeout": "19"}
    queue.send(["a", "b"])
    sqs.purge_queue(QueueUrl=queue.url)
    assert queue.counts() == (0, 0)
    sqs.delete_queue(QueueUrl=queue.url)
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix=queue.name)
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.get_queue_url(QueueName=queue.name)


def test_refuses_what_sqs_refuses(make, sqs):
    queue = make()
    entry = {"Id": "a", "MessageBody": "x"}

    def batch(entries):
        return error(sqs.send_message_batch, QueueUrl=queue.url, Entries=entries)

    assert "EmptyBatchRequest" in batch([])
    assert "TooManyEntriesInBatchRequest" in batch([{**entry, "Id": str(i)} for i in range(11)])
    assert "BatchEntryIdsNotDistinct" in batch([entry, entry])
    assert "InvalidParameterValue" in error(
        sqs.receive_message, QueueUrl=queue.url, MaxNumberOfMessages=11)
    assert "NonExistentQueue" in error(
        sqs.send_message, QueueUrl=queue.url + "-none", MessageBody="x")
    assert error(sqs.create_queue, QueueName=queue.name,
                 Attributes={"VisibilityTimeout": "18"}) == "QueueAlreadyExists"


def test_delayed_messages_come_later(make):
    queue = make()
    queue.sqs.send_message(QueueUrl=queue.url, MessageBody="later", DelaySeconds=1)
    assert queue.receive() == []
    assert [m["Body"] for m in queue.receive(WaitTimeSeconds=5)] == ["later"]


def test_no_message_is_handed_out_twice_to_a_crowd(make):
    queue = make(VisibilityTimeout=60)
    sent = set(queue.send([str(i) for i in range(500)]))
    got: list[str] = []

    def take():
        mine = queues.client(queue.endpoint)
        while True:
            messages = mine.receive_message(
                QueueUrl=queue.url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages")
            if not messages:
                return
            got.extend(m["MessageId"] for m in messages)

    crowd = [threading.Thread(target=take) for _ in range(8)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert len(got) == 500 and set(got) == sent
