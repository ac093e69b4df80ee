"""FIFO queues of the embedded queue as boto3 sees them."""
import threading

import botocore.exceptions
import pytest

from support import queues


@pytest.fixture(scope="module")
def server():
    embedded = queues.Embedded("--queue", "made-at-start.fifo")
    yield embedded
    embedded.stop()


@pytest.fixture
def queue(server, request):
    made = server.queue(request.node.name[:60] + ".fifo", FifoQueue="true")
    yield made
    made.sqs.delete_queue(QueueUrl=made.url)


def send(queue, group, body, **options):
    return queue.sqs.send_message(
        QueueUrl=queue.url, MessageBody=body, MessageGroupId=group,
        **{"MessageDeduplicationId": body, **options})


def bodies(messages):
    return [m["Body"] for m in messages]


def test_keeps_the_order_of_each_group(queue):
    for i in range(6):
        send(queue, f"group-{i % 2}", str(i))
    first = queue.receive(2, AttributeNames=["All"])
    assert bodies(first) == ["0", "2"]
    assert {m["Attributes"]["MessageGroupId"] for m in first} == {"group-0"}
    numbers = [m["Attributes"]["SequenceNumber"] for m in first]
    assert numbers == sorted(numbers) and len(numbers[0]) == 20
    assert bodies(queue.receive()) == ["1", "3", "5"]
    assert queue.receive() == []
    for message in first:
        queue.sqs.delete_message(QueueUrl=queue.url, ReceiptHandle=message["ReceiptHandle"])
    assert bodies(queue.receive()) == ["4"]


def test_what_was_sent_already_is_not_sent_again(queue):
    first = send(queue, "g", "x")
    second = send(queue, "h", "x")
    assert (first["MessageId"], first["SequenceNumber"]) == (
        second["MessageId"], second["SequenceNumber"])
    queue.sqs.set_queue_attributes(QueueUrl=queue.url, Attributes={
        "ContentBasedDeduplication": "true"})
    for _ in range(2):
        queue.sqs.send_message(QueueUrl=queue.url, MessageBody="content", MessageGroupId="g")
    assert bodies(queue.receive()) == ["x", "content"]


def test_an_expired_handle_does_not_delete(queue):
    send(queue, "g", "x")
    [message] = queue.receive(VisibilityTimeout=1)
    [again] = queue.receive(WaitTimeSeconds=20)
    with pytest.raises(botocore.exceptions.ClientError) as error:
        queue.sqs.delete_message(QueueUrl=queue.url, ReceiptHandle=message["ReceiptHandle"])
    assert error.value.response["Error"]["Code"] == "InvalidParameterValue"
    assert "The receipt handle has expired." in error.value.response["Error"]["Message"]
    queue.sqs.delete_message(QueueUrl=queue.url, ReceiptHandle=again["ReceiptHandle"])
    assert queue.counts() == (0, 0)


def test_a_receive_can_be_repeated(queue):
    send(queue, "g", "x")
    first = queue.receive(ReceiveRequestAttemptId="attempt")
    assert queue.receive() == []
    assert queue.receive(ReceiveRequestAttemptId="attempt") == first


def test_names_and_types_go_together(server, queue):
    sqs = queue.sqs
    assert sqs.get_queue_url(QueueName="made-at-start.fifo")
    for name, attributes in (("a.fifo", {}), ("a", {"FifoQueue": "true"})):
        with pytest.raises(botocore.exceptions.ClientError) as error:
            sqs.create_queue(QueueName=name, Attributes=attributes)
        assert error.value.response["Error"]["Code"] == "InvalidParameterValue"
    with pytest.raises(botocore.exceptions.ClientError) as error:
        sqs.send_message(QueueUrl=queue.url, MessageBody="x", MessageDeduplicationId="d")
    assert error.value.response["Error"]["Code"] == "MissingParameter"


def test_many_consumers_meet_no_group_twice_at_once(server, queue):
    """Each message once, each group in order, however many work on it."""
    count, groups = 600, 20
    for start in range(0, count, 10):
        queue.sqs.send_message_batch(QueueUrl=queue.url, Entries=[
            {"Id": str(i), "MessageBody": str(i), "MessageDeduplicationId": str(i),
             "MessageGroupId": str(i % groups)} for i in range(start, start + 10)])
    done, lock = [], threading.Lock()

    def consume():
        own = server.queue(queue.name, FifoQueue="true")
        while messages := own.receive(WaitTimeSeconds=1):
            with lock:
                done.extend(int(m["Body"]) for m in messages)
            own.sqs.delete_message_batch(QueueUrl=own.url, Entries=[
                {"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]}
                for i, m in enumerate(messages)])

    consumers = [threading.Thread(target=consume) for _ in range(4)]
    for thread in consumers:
        thread.start()
    for thread in consumers:
        thread.join(60)
    assert sorted(done) == list(range(count))
    for group in range(groups):
        own = [n for n in done if n % groups == group]
        assert own == sorted(own)
