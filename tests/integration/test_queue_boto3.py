"""The embedded queue as boto3 sees it: every call, every answer that clients depend on."""
import hashlib
import http.client
import json
import signal
import subprocess
import threading
import time
import urllib.parse

import boto3
import botocore.config
import botocore.exceptions
import pytest

from support import process, queues


@pytest.fixture(scope="module")
def server():
    embedded = queues.Embedded("--queue", "made-at-start")
    yield embedded
    embedded.stop()


@pytest.fixture
def sqs(server):
    return queues.client(server.endpoint)


@pytest.fixture
def queue(sqs, request):
    """A queue of the test's own."""
    name = request.node.name.replace("[", "-").replace("]", "")[:60]
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    yield url
    sqs.delete_queue(QueueUrl=url)


def received(sqs, queue, count=10, **options):
    answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=count, **options)
    return answer.get("Messages", [])


def attributes(sqs, queue):
    return sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]


def arn(sqs, queue):
    return attributes(sqs, queue)["QueueArn"]


class InBackground:
    """A call on a thread of its own; `wait` gives what it returned and how long it took."""

    def __init__(self, call):
        def run():
            start = time.monotonic()
            self.result = call()
            self.seconds = time.monotonic() - start

        self._thread = threading.Thread(target=run)
        self._thread.start()

    def wait(self):
        self._thread.join(30)
        assert not self._thread.is_alive()
        return self.result


def long_poll(server, queue, **options):
    return InBackground(lambda: received(queues.client(server.endpoint), queue,
                                         WaitTimeSeconds=20, **options))


def test_says_where_it_listens(server, sqs):
    assert server.hello == {"endpoint": server.endpoint, "account": "000000000000",
                            "region": "us-east-1"}
    url = sqs.get_queue_url(QueueName="made-at-start")["QueueUrl"]
    assert url == f"{server.endpoint}/000000000000/made-at-start"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(number):
    embedded = queues.Embedded("--account", "123456789012", "--region", "eu-central-1")
    assert embedded.hello["account"] == "123456789012"
    assert embedded.hello["region"] == "eu-central-1"
    embedded.process.send_signal(number)
    assert embedded.process.wait(10) == 0
    embedded.stop()


def test_a_port_in_use_is_a_usage_error(server):
    taken = server.endpoint.removeprefix("http://")
    ended = subprocess.run([process.BAUTA, "queue", "serve", "--listen", taken],
                           capture_output=True, text=True, timeout=30)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert taken in ended.stderr and "in use" in ended.stderr
    assert "port" in ended.stderr.splitlines()[-1]


def test_sends_receives_and_deletes(sqs, queue):
    body = 'Zoë 😀 <&> "quoted"\r\n\ttab'
    given = {"s": {"DataType": "String", "StringValue": "login"},
             "n": {"DataType": "Number", "StringValue": "42"},
             "b": {"DataType": "Binary", "BinaryValue": b"\0\1\xff"}}
    sent = sqs.send_message(
        QueueUrl=queue, MessageBody=body, MessageAttributes=given,
        MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String",
                                                    "StringValue": "Root=1-5759e988"}})
    assert sent["MD5OfMessageBody"] == hashlib.md5(body.encode()).hexdigest()
    [message] = received(sqs, queue, AttributeNames=["All"], MessageAttributeNames=["All"])
    assert message["MessageId"] == sent["MessageId"]
    assert message["Body"] == body
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert message["MessageAttributes"] == given
    system = message["Attributes"]
    assert system["AWSTraceHeader"] == "Root=1-5759e988"
    assert system["ApproximateReceiveCount"] == "1"
    assert abs(int(system["SentTimestamp"]) / 1000 - time.time()) < 60
    answer = sqs.receive_message(QueueUrl=queue)
    assert "Messages" not in answer
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    assert attributes(sqs, queue)["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_a_message_comes_again_with_another_receipt(sqs):
    """After the visibility of its queue."""
    queue = sqs.create_queue(QueueName="again", Attributes={"VisibilityTimeout": "1"})["QueueUrl"]
    assert sqs.create_queue(QueueName="again")["QueueUrl"] == queue, "found, without attributes"
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    [first] = received(sqs, queue)
    [second] = received(sqs, queue, WaitTimeSeconds=20, AttributeNames=["All"])
    assert second["MessageId"] == first["MessageId"]
    assert second["ReceiptHandle"] != first["ReceiptHandle"]
    assert second["Attributes"]["ApproximateReceiveCount"] == "2"
    sqs.delete_queue(QueueUrl=queue)


def test_a_batch_can_be_shown_at_once(sqs, queue):
    for body in ("a", "b"):
        sqs.send_message(QueueUrl=queue, MessageBody=body)
    answer = sqs.change_message_visibility_batch(QueueUrl=queue, Entries=[
        {"Id": str(i), "ReceiptHandle": m["ReceiptHandle"], "VisibilityTimeout": 0}
        for i, m in enumerate(received(sqs, queue))])
    assert len(answer["Successful"]) == 2
    counts = attributes(sqs, queue)
    assert (counts["ApproximateNumberOfMessages"],
            counts["ApproximateNumberOfMessagesNotVisible"]) == ("2", "0")


def test_a_request_without_a_host_is_refused(server):
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(server.endpoint).netloc)
    connection.putrequest("POST", "/", skip_host=True)
    connection.putheader("Content-Length", "0")
    connection.endheaders()
    assert connection.getresponse().status == 400
    connection.close()


def test_batches_fail_in_part(sqs, queue):
    sent = sqs.send_message_batch(QueueUrl=queue, Entries=[
        {"Id": "good", "MessageBody": "a"},
        {"Id": "bad", "MessageBody": "\x01"},
        {"Id": "late", "MessageBody": "b", "DelaySeconds": 900}])
    assert [s["Id"] for s in sent["Successful"]] == ["good", "late"]
    assert [(f["Id"], f["Code"], f["SenderFault"]) for f in sent["Failed"]] == [
        ("bad", "InvalidMessageContents", True)]
    [message] = received(sqs, queue)
    handle = message["ReceiptHandle"]
    changed = sqs.change_message_visibility_batch(QueueUrl=queue, Entries=[
        {"Id": "a", "ReceiptHandle": handle, "VisibilityTimeout": 60},
        {"Id": "b", "ReceiptHandle": "nonsense", "VisibilityTimeout": 60}])
    assert changed["Successful"] == [{"Id": "a"}]
    assert changed["Failed"][0]["Code"] == "ReceiptHandleIsInvalid"
    deleted = sqs.delete_message_batch(QueueUrl=queue, Entries=[
        {"Id": "a", "ReceiptHandle": handle}, {"Id": "b", "ReceiptHandle": "nonsense"}])
    assert deleted["Successful"] == [{"Id": "a"}]
    assert deleted["Failed"][0]["Message"] == (
        'The input receipt handle "nonsense" is not a valid receipt handle.')
    counts = attributes(sqs, queue)
    assert (counts["ApproximateNumberOfMessages"],
            counts["ApproximateNumberOfMessagesDelayed"]) == ("0", "1")


def test_errors_have_boto3s_classes(sqs, queue):
    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as error:
        sqs.get_queue_url(QueueName="none")
    answer = error.value.response
    assert answer["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert answer["Error"]["QueryErrorCode"] == "QueueDoesNotExist"
    assert answer["Error"]["Message"] == "The specified queue does not exist."
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert len(answer["ResponseMetadata"]["RequestId"]) == 36
    with pytest.raises(sqs.exceptions.ReceiptHandleIsInvalid):
        sqs.delete_message(QueueUrl=queue, ReceiptHandle="nonsense")
    with pytest.raises(sqs.exceptions.EmptyBatchRequest):
        sqs.delete_message_batch(QueueUrl=queue, Entries=[])
    with pytest.raises(sqs.exceptions.TooManyEntriesInBatchRequest):
        sqs.send_message_batch(QueueUrl=queue, Entries=[
            {"Id": str(i), "MessageBody": "x"} for i in range(11)])
    with pytest.raises(sqs.exceptions.BatchEntryIdsNotDistinct):
        sqs.send_message_batch(QueueUrl=queue, Entries=[{"Id": "a", "MessageBody": "x"}] * 2)
    with pytest.raises(sqs.exceptions.QueueNameExists):
        sqs.create_queue(QueueName=queue.rpartition("/")[2], Attributes={"DelaySeconds": "1"})
    with pytest.raises(botocore.exceptions.ClientError) as error:
        received(sqs, queue, 11)
    assert error.value.response["Error"]["Code"] == "InvalidParameterValue"
    assert error.value.response["Error"]["QueryErrorCode"] == "InvalidParameterValueException"


def test_a_long_poll_wakes_on_send(server, sqs, queue):
    poll = long_poll(server, queue)
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    assert [m["Body"] for m in poll.wait()] == ["x"]
    assert poll.seconds < 10


def test_a_long_poll_wakes_when_time_shows_a_message(server, sqs, queue):
    sqs.send_message(QueueUrl=queue, MessageBody="delayed", DelaySeconds=1)
    delayed = long_poll(server, queue, VisibilityTimeout=1)
    assert [m["Body"] for m in delayed.wait()] == ["delayed"]
    expired = long_poll(server, queue)
    assert [m["Body"] for m in expired.wait()] == ["delayed"]
    assert max(delayed.seconds, expired.seconds) < 10


def test_a_long_poll_wakes_on_release(server, sqs, queue):
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    [message] = received(sqs, queue)
    poll = long_poll(server, queue)
    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"],
                                  VisibilityTimeout=0)
    assert [m["Body"] for m in poll.wait()] == ["x"]
    assert poll.seconds < 10


def test_a_long_poll_ends_empty(sqs, queue):
    start = time.monotonic()
    assert received(sqs, queue, WaitTimeSeconds=1) == []
    assert 0.9 < time.monotonic() - start < 10


def test_a_client_that_hung_up_swallows_no_message(server, sqs, queue):
    host = urllib.parse.urlsplit(server.endpoint).netloc
    for _ in range(20):
        connection = http.client.HTTPConnection(host)
        connection.request("POST", "/", json.dumps({"QueueUrl": queue, "WaitTimeSeconds": 20}),
                           {"X-Amz-Target": "AmazonSQS.ReceiveMessage"})
        connection.close()
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    assert [m["Body"] for m in received(sqs, queue)] == ["x"]


def test_dead_letters(sqs, queue):
    dead = sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
    policy = json.dumps({"deadLetterTargetArn": arn(sqs, dead), "maxReceiveCount": 2})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": policy})
    assert json.loads(attributes(sqs, queue)["RedrivePolicy"]) == json.loads(policy)
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [queue]
    sent = sqs.send_message(QueueUrl=queue, MessageBody="poison")
    stamps = set()
    for count in ("1", "2"):
        [message] = received(sqs, queue, VisibilityTimeout=0, AttributeNames=["All"])
        assert message["Attributes"]["ApproximateReceiveCount"] == count
        stamps.add(message["Attributes"]["SentTimestamp"])
    assert received(sqs, queue) == []
    [message] = received(sqs, dead, AttributeNames=["All"])
    assert (message["MessageId"], message["Body"]) == (sent["MessageId"], "poison")
    assert {message["Attributes"]["SentTimestamp"]} == stamps
    assert message["Attributes"]["ApproximateReceiveCount"] == "3"
    assert message["Attributes"]["DeadLetterQueueSourceArn"] == arn(sqs, queue)
    sqs.delete_queue(QueueUrl=dead)


def test_a_queue_may_be_made_with_its_policy(sqs, queue):
    policy = json.dumps({"deadLetterTargetArn": arn(sqs, queue), "maxReceiveCount": 1})
    source = sqs.create_queue(QueueName="with-policy", Attributes={
        "RedrivePolicy": policy, "VisibilityTimeout": "0"})["QueueUrl"]
    sent = sqs.send_message(QueueUrl=source, MessageBody="poison")
    assert len(received(sqs, source)) == 1
    assert received(sqs, source) == []
    assert [m["MessageId"] for m in received(sqs, queue)] == [sent["MessageId"]]
    sqs.delete_queue(QueueUrl=source)


def test_a_policy_needs_a_queue_that_exists(sqs, queue):
    policy = {"deadLetterTargetArn": arn(sqs, queue) + "-none", "maxReceiveCount": 2}
    with pytest.raises(botocore.exceptions.ClientError) as error:
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": json.dumps(policy)})
    assert error.value.response["Error"]["Code"] == "InvalidParameterValue"


def test_attributes_can_be_set(sqs, queue):
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "7"})
    assert attributes(sqs, queue)["VisibilityTimeout"] == "7"
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=queue)
    with pytest.raises(sqs.exceptions.InvalidAttributeName):
        sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["Nonsense"])


def test_purges(sqs, queue):
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    sqs.purge_queue(QueueUrl=queue)
    assert received(sqs, queue) == []
    with pytest.raises(sqs.exceptions.PurgeQueueInProgress) as error:
        sqs.purge_queue(QueueUrl=queue)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_lists_queues_by_pages(sqs):
    urls = [sqs.create_queue(QueueName=f"page-{i:02}")["QueueUrl"] for i in range(25)]
    pages = list(sqs.get_paginator("list_queues").paginate(
        QueueNamePrefix="page-", PaginationConfig={"PageSize": 10}))
    assert [len(page["QueueUrls"]) for page in pages] == [10, 10, 5]
    assert [url for page in pages for url in page["QueueUrls"]] == urls
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="none-")
    for url in urls:
        sqs.delete_queue(QueueUrl=url)
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.send_message(QueueUrl=urls[0], MessageBody="x")


def test_tags(sqs, queue):
    assert "Tags" not in sqs.list_queue_tags(QueueUrl=queue)
    sqs.tag_queue(QueueUrl=queue, Tags={"a": "1", "b": ""})
    sqs.untag_queue(QueueUrl=queue, TagKeys=["a"])
    assert sqs.list_queue_tags(QueueUrl=queue)["Tags"] == {"b": ""}


def test_regions_are_apart(server, queue):
    elsewhere = boto3.client("sqs", endpoint_url=server.endpoint, region_name="eu-west-1",
                             aws_access_key_id="test", aws_secret_access_key="test",
                             config=botocore.config.Config(retries={"max_attempts": 1}))
    with pytest.raises(elsewhere.exceptions.QueueDoesNotExist):
        elsewhere.send_message(QueueUrl=queue, MessageBody="x")
    url = elsewhere.create_queue(QueueName="far")["QueueUrl"]
    assert arn(elsewhere, url) == "arn:aws:sqs:eu-west-1:000000000000:far"


def test_many_pollers_share_all_messages_once(server, sqs, queue):
    bodies = [str(i) for i in range(300)]
    got, lock = [], threading.Lock()

    def consume():
        own = queues.client(server.endpoint)
        while True:
            messages = received(own, queue, WaitTimeSeconds=1)
            if not messages:
                return
            with lock:
                got.extend(m["Body"] for m in messages)
            own.delete_message_batch(QueueUrl=queue, Entries=[
                {"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]}
                for i, m in enumerate(messages)])

    consumers = [threading.Thread(target=consume) for _ in range(4)]
    for thread in consumers:
        thread.start()
    for start in range(0, len(bodies), 10):
        sqs.send_message_batch(QueueUrl=queue, Entries=[
            {"Id": body, "MessageBody": body} for body in bodies[start:start + 10]])
    for thread in consumers:
        thread.join(60)
    assert sorted(got, key=int) == bodies


def test_dead_letters_are_moved_back(server, sqs):
    dead = sqs.create_queue(QueueName="moves-dead")["QueueUrl"]
    source = sqs.create_queue(QueueName="moves", Attributes={"RedrivePolicy": json.dumps(
        {"deadLetterTargetArn": arn(sqs, dead), "maxReceiveCount": 1})})["QueueUrl"]
    for body in "abc":
        sqs.send_message(QueueUrl=source, MessageBody=body)
    assert len(received(sqs, source, VisibilityTimeout=0)) == 3
    assert received(sqs, source) == []
    dead_arn = arn(sqs, dead)
    handle = sqs.start_message_move_task(SourceArn=dead_arn, MaxNumberOfMessagesPerSecond=1)[
        "TaskHandle"]
    with pytest.raises(botocore.exceptions.ClientError, match="There is already a task running"):
        sqs.start_message_move_task(SourceArn=dead_arn)
    [task] = sqs.list_message_move_tasks(SourceArn=dead_arn)["Results"]
    assert (task["Status"], task["TaskHandle"]) == ("RUNNING", handle)
    assert (task["ApproximateNumberOfMessagesToMove"], task["MaxNumberOfMessagesPerSecond"]) == (3, 1)
    assert abs(task["StartedTimestamp"] / 1000 - time.time()) < 60
    moved = sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"]
    assert moved < 3
    sqs.start_message_move_task(SourceArn=dead_arn)

    def last():
        return sqs.list_message_move_tasks(SourceArn=dead_arn, MaxResults=10)["Results"]

    process.wait_for(lambda: last()[0]["Status"] == "COMPLETED", "the move's end")
    assert [t["Status"] for t in last()] == ["COMPLETED", "CANCELLED"]
    assert "TaskHandle" not in last()[0]
    assert sorted(m["Body"] for m in received(sqs, source)) == ["a", "b", "c"]
    with pytest.raises(sqs.exceptions.ResourceNotFoundException) as error:
        sqs.start_message_move_task(SourceArn=dead_arn + "x")
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_permissions_are_kept(sqs, queue):
    sqs.add_permission(QueueUrl=queue, Label="label", AWSAccountIds=["111111111111"],
                       Actions=["ReceiveMessage", "SendMessage"])
    [statement] = json.loads(attributes(sqs, queue)["Policy"])["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::111111111111:root"}
    assert statement["Action"] == ["SQS:ReceiveMessage", "SQS:SendMessage"]
    sqs.remove_permission(QueueUrl=queue, Label="label")
    assert "Policy" not in attributes(sqs, queue)
