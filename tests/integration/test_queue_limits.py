"""The embedded queue's limits that a flag sets: in flight, purges, names of deleted queues."""
import pytest
from botocore.exceptions import ClientError

from support import process, query_model, queues


@pytest.fixture(scope="module")
def server():
    embedded = queues.Embedded("--in-flight-limit", "3", "--purge-wait", "0s", "--delete-wait", "700ms")
    yield embedded
    embedded.stop()


@pytest.fixture(params=["json", "query"])
def sqs(server, request):
    if request.param == "json":
        return queues.client(server.endpoint)
    return query_model.client(server.endpoint, aws_access_key_id="test", aws_secret_access_key="test")


@pytest.fixture
def name(request):
    return request.node.name.replace("[", "-").replace("]", "")[-75:]


def code(error):
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_too_many_in_flight_are_an_error_to_short_polls_and_nothing_to_long_ones(sqs, name):
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    for body in "abcd":
        sqs.send_message(QueueUrl=url, MessageBody=body)
    held = [sqs.receive_message(QueueUrl=url)["Messages"][0] for _ in range(3)]
    with pytest.raises(ClientError) as error:
        sqs.receive_message(QueueUrl=url)
    assert code(error) == ("OverLimit", 403)
    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=held[0]["ReceiptHandle"])
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == "d"


def test_purges_may_follow_each_other(sqs, name):
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    for _ in range(2):
        sqs.send_message(QueueUrl=url, MessageBody="x")
        sqs.purge_queue(QueueUrl=url)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


def test_a_deleted_queues_name_is_taken_for_a_while(sqs, name):
    sqs.delete_queue(QueueUrl=sqs.create_queue(QueueName=name)["QueueUrl"])
    with pytest.raises(ClientError) as error:
        sqs.create_queue(QueueName=name)
    assert code(error) == ("AWS.SimpleQueueService.QueueDeletedRecently", 400)
    assert "You must wait 60 seconds after deleting a queue" in str(error.value)

    def free():
        try:
            return sqs.create_queue(QueueName=name)["QueueUrl"]
        except ClientError:
            return None

    process.wait_for(free, "the name to be free", 10)
