"""How Amazon SQS behaves where emulators of it often differ: docs/queue-conformance.md names these
tests.  Each runs in the JSON and in the query protocol."""
import concurrent.futures
import hashlib
import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from types import SimpleNamespace

import boto3
import pytest
from botocore.exceptions import ClientError

from support import process, query_model, queues


@pytest.fixture(scope="module")
def server():
    embedded = queues.Embedded()
    yield embedded
    embedded.stop()


def client(server, protocol, region="us-east-1", key_id="test"):
    if protocol == "query":
        return query_model.client(server.endpoint, region, aws_access_key_id=key_id,
                                  aws_secret_access_key="test")
    return boto3.client("sqs", endpoint_url=server.endpoint, region_name=region,
                        aws_access_key_id=key_id, aws_secret_access_key="test")


@pytest.fixture(params=["json", "query"])
def protocol(request):
    return request.param


@pytest.fixture
def sqs(server, protocol):
    return client(server, protocol)


@pytest.fixture
def make(sqs, request):
    """Makes queues of the test's own; their names end with .fifo if FifoQueue is given."""
    name = request.node.name.replace("[", "-").replace("]", "")[-60:].strip("-")
    made = []

    def queue(**attributes):
        suffix = ".fifo" if "FifoQueue" in attributes else ""
        made.append(sqs.create_queue(QueueName=f"{name}-{len(made)}{suffix}",
                                     Attributes=attributes)["QueueUrl"])
        return made[-1]

    yield queue
    for url in made:
        sqs.delete_queue(QueueUrl=url)


def refused(call, **asked):
    """Code, message and status."""
    with pytest.raises(ClientError) as error:
        call(**asked)
    response = error.value.response
    return (response["Error"]["Code"], response["Error"]["Message"],
            response["ResponseMetadata"]["HTTPStatusCode"])


def bodies(sqs, url, count=10, **options):
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=count, **options)
    return [message["Body"] for message in answer.get("Messages", [])]


def attribute(sqs, url, name):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name]


def count(sqs, url, kind=""):
    return int(attribute(sqs, url, f"ApproximateNumberOfMessages{kind}"))


def later(call, **asked):
    """The answer of a call on another thread, as a future."""
    pool = concurrent.futures.ThreadPoolExecutor(1)
    future = pool.submit(call, **asked)
    pool.shutdown(wait=False)
    return future


def fetch(url, method="GET", data=None, **headers):
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode(), answer.headers["Content-Type"]
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), error.headers["Content-Type"]


def grouped(sqs, url, *sent):
    """Messages whose group is the first letter of the body."""
    for body in sent:
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=body[0],
                         MessageDeduplicationId=body)


# Where a queue is.

def test_a_queue_is_found_whatever_the_url_before_its_name(server, sqs, make):
    url = make()
    name = url.rpartition("/")[2]
    for other in (name, f"/{name}", f"http://elsewhere:1/000000000000/{name}",
                  f"https://sqs.us-east-1.amazonaws.com/000000000000/{name}",
                  f"http://x/queue/us-east-1/000000000000/{name}", f"http://x/queue/{name}",
                  f"http://x/123456789012/{name}"):
        sqs.send_message(QueueUrl=other, MessageBody=other)
        assert bodies(sqs, url) == [other]


def test_regions_and_accounts_have_their_own_queues(server, protocol, make):
    one, other = (client(server, protocol, region) for region in ("us-east-1", "eu-west-1"))
    url = one.create_queue(QueueName=f"regional-{protocol}")["QueueUrl"]
    its = other.create_queue(QueueName=f"regional-{protocol}")["QueueUrl"]
    assert its == f"{server.endpoint}/queue/eu-west-1/000000000000/regional-{protocol}"
    assert bodies(one, its) == [] and fetch(f"{its}?Action=GetQueueUrl&QueueName=regional-{protocol}")[0] == 200
    assert ":eu-west-1:" in fetch(f"{its}?Action=GetQueueAttributes&AttributeName.1=QueueArn")[1]
    one.send_message(QueueUrl=url, MessageBody="here")
    assert bodies(other, url) == []
    assert bodies(other, f"http://sqs.us-east-1.x/000000000000/regional-{protocol}") == ["here"]
    stranger = client(server, protocol, key_id="111111111111")
    assert refused(stranger.get_queue_url, QueueName=f"regional-{protocol}")[0].endswith("NonExistentQueue")
    assert stranger.get_queue_url(QueueName=f"regional-{protocol}",
                                  QueueOwnerAWSAccountId="000000000000")["QueueUrl"] == url
    mine = stranger.create_queue(QueueName=f"regional-{protocol}")["QueueUrl"]
    assert "/111111111111/" in mine
    assert attribute(stranger, mine, "QueueArn") == f"arn:aws:sqs:us-east-1:111111111111:regional-{protocol}"
    assert attribute(stranger, url, "QueueArn").split(":")[4] == "000000000000"


def test_queue_urls_echo_the_host(server):
    port = server.endpoint.rpartition(":")[2]
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=30)
    for host, region in ((f"queue.internal:{port}", "us-east-1"),
                         (f"sqs.eu-west-1.localhost:{port}", "eu-west-1")):
        connection.request("POST", "/", json.dumps({"QueueName": "echo"}), {
            "Host": host, "X-Amz-Target": "AmazonSQS.CreateQueue",
            "Content-Type": "application/x-amz-json-1.0"})
        url = json.loads(connection.getresponse().read())["QueueUrl"]
        assert url == f"http://{host}/000000000000/echo"
        connection.request("GET", "/000000000000/echo?Action=GetQueueAttributes&AttributeName.1=QueueArn",
                           headers={"Host": host})
        assert f"arn:aws:sqs:{region}:000000000000:echo" in connection.getresponse().read().decode()


# The query protocol on a queue's own URL.

def test_a_queues_url_takes_calls_of_any_method(sqs, make):
    url, other = make(), make()
    for method in ("GET", "POST", "PUT"):
        query = urllib.parse.urlencode({"Action": "SendMessage", "MessageBody": method})
        status, text, _ = fetch(f"{url}?{query}", method)
        assert (status, "<MD5OfMessageBody>" in text) == (200, True)
    assert bodies(sqs, url) == ["GET", "POST", "PUT"]
    status, text, _ = fetch(f"{url}?Action=ReceiveMessage")
    assert (status, "<ReceiveMessageResult/>" in text) == (200, True)
    name = other.rpartition("/")[2]
    assert f"<QueueUrl>{other}</QueueUrl>" in fetch(f"{url}?Action=GetQueueUrl&QueueName={name}")[1]
    found = fetch(f"{url}?Action=GetQueueAttributes&AttributeName.1=QueueArn&QueueUrl={other}")[1]
    assert f":{name}</Value>" in found and "VisibilityTimeout" not in found


def test_errors_on_a_queues_url(sqs, make):
    url = make()
    for query, status, text in (
            ("?Action=FooBar&Version=2012-11-05", 400,
             "<Message>The action FooBar is not valid for this endpoint.</Message>"),
            ("?Action=CreateQueue&QueueName=x", 400,
             "<Message>The action CreateQueue is not valid for this endpoint.</Message>"),
            ("?Action=ListQueues", 400, "<Code>InvalidAction</Code>"),
            ("?Action=SendMessage", 400,
             "<Message>The request must contain the parameter MessageBody.</Message>"),
            ("?Action=GetQueueAttributes&AttributeName.1=Foobar", 400,
             "<Message>Unknown Attribute Foobar.</Message>"),
            ("-no?Action=GetQueueAttributes", 400,
             "<Message>The specified queue does not exist for this wsdl version.</Message>"),
            ("", 404, "<UnknownOperationException/>")):
        got = fetch(url + query)
        assert got[0] == status and text in got[1], query
        assert status == 404 or "<Type>Sender</Type>" in got[1]


def test_query_calls_may_be_answered_in_json(make):
    url = make()

    def ask(query):
        return fetch(url + query, Accept="application/json")

    status, text, kind = ask("?Action=GetQueueAttributes&AttributeName.1=QueueArn")
    answer = json.loads(text)["GetQueueAttributesResponse"]
    [found] = answer["GetQueueAttributesResult"]["Attributes"]
    assert (status, kind, found["Name"]) == (200, "application/json", "QueueArn")
    assert answer["ResponseMetadata"]["RequestId"]
    ask("?Action=SendMessage&MessageBody=x")
    got = json.loads(ask("?Action=ReceiveMessage")[1])["ReceiveMessageResponse"]
    assert got["ReceiveMessageResult"]["messages"][0]["Body"] == "x"  # SQS spells it so here.
    assert list(json.loads(ask("?Action=PurgeQueue")[1])["PurgeQueueResponse"]) == ["ResponseMetadata"]
    status, text, _ = ask("?Action=ListQueues")
    assert status == 400
    assert json.loads(text)["Error"] == {
        "Code": "InvalidAction", "Detail": None, "Type": "Sender",
        "Message": "The action ListQueues is not valid for this endpoint."}
    assert "<UnknownOperationException" in ask("")[1]


# Queues.

def test_names_and_kinds_of_queues(sqs):
    plain = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
    for name in ("", "a" * 81, "/my/test", "!queue", "queue/x/", "x.fifo"):
        assert refused(sqs.create_queue, QueueName=name)[:2] == ("InvalidParameterValue", plain)
    assert refused(sqs.create_queue, QueueName="x", Attributes={"FifoQueue": "true"})[0] == (
        "InvalidParameterValue")


@pytest.mark.parametrize("name,values", [
    ("DelaySeconds", (-1, 901, "x")), ("MaximumMessageSize", (1023, 1048577)),
    ("MessageRetentionPeriod", (59, 1209601)), ("ReceiveMessageWaitTimeSeconds", (-1, 21)),
    ("VisibilityTimeout", (-1, 43201, "")), ("KmsDataKeyReusePeriodSeconds", (59, 86401, "x")),
    ("SqsManagedSseEnabled", ("maybe",))])
def test_attributes_have_ranges(sqs, make, name, values):
    url = make()
    for value in values:
        code, message, status = refused(sqs.set_queue_attributes, QueueUrl=url,
                                        Attributes={name: str(value)})
        assert (code, message) == ("InvalidAttributeValue", f"Invalid value for the parameter {name}.")
    assert refused(sqs.set_queue_attributes, QueueUrl=url, Attributes={f"{name}s": "1"})[:2] == (
        "InvalidAttributeName", f"Unknown Attribute {name}s.")


def test_attributes_come_when_asked_for(sqs, make):
    url = make()
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=url)
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["KmsMasterKeyId"])
    for name in ("CreatedTimestamp", "LastModifiedTimestamp"):
        assert abs(int(attribute(sqs, url, name)) - time.time()) < 60
    for names in (["QueueArn", "nothing"], [""]):
        assert refused(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=names)[:2] == (
            "InvalidAttributeName", f"Unknown Attribute {names[-1]}.")


def test_policies_are_kept_and_cleared(sqs, make):
    url, dead = make(), make()
    policy = json.dumps({"Version": "2012-10-17", "Statement": []}, indent=1)
    redrive = {"deadLetterTargetArn": attribute(sqs, dead, "QueueArn"), "maxReceiveCount": "3"}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={
        "Policy": policy, "RedrivePolicy": json.dumps(redrive)})
    assert attribute(sqs, url, "Policy") == policy
    assert json.loads(attribute(sqs, url, "RedrivePolicy")) == redrive | {"maxReceiveCount": 3}
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [url]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": "", "RedrivePolicy": ""})
    everything = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert not everything.keys() & {"Policy", "RedrivePolicy"}


def test_redrive_policies_are_checked(sqs, make):
    url, dead = make(), make()
    arn = attribute(sqs, dead, "QueueArn")
    for policy, reason in (
            ({"deadLetterTargetArn": arn}, "Redrive policy does not contain mandatory attribute: maxReceiveCount."),
            ({"maxReceiveCount": 1}, "Redrive policy does not contain mandatory attribute: deadLetterTargetArn."),
            ({"deadLetterTargetArn": "dummy", "maxReceiveCount": 42}, "Invalid value for deadLetterTargetArn."),
            ({"deadLetterTargetArn": arn, "maxReceiveCount": 1001},
             "Invalid value for maxReceiveCount: 1001, valid values are from 1 to 1000 both inclusive."),
            ({"deadLetterTargetArn": arn + "x", "maxReceiveCount": 1},
             "Dead letter target does not exist or is not in this account and region.")):
        text = json.dumps(policy)
        assert refused(sqs.set_queue_attributes, QueueUrl=url, Attributes={"RedrivePolicy": text}) == (
            "InvalidParameterValue",
            f"Value {text} for parameter RedrivePolicy is invalid. Reason: {reason}", 400)


def test_tags(sqs, make):
    url = make()
    sqs.tag_queue(QueueUrl=url, Tags={"MyTag": "1", "mytag": "2"})
    sqs.untag_queue(QueueUrl=url, TagKeys=["none"])
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"MyTag": "1", "mytag": "2"}
    name = url.rpartition("/")[2]
    assert refused(sqs.tag_queue, QueueUrl=url, Tags={f"k{i}": "v" for i in range(51)})[1] == (
        f"Too many tags added for queue {name}.")


# Messages.

def test_bodies_come_as_they_went(sqs, make):
    url = make()
    for body in ('"&quot;&quot;\r', "{\r\n\t\"a\": 1}\n", "Zoë 😀 <&>", "  ", "\ufffd"):
        sent = sqs.send_message(QueueUrl=url, MessageBody=body)
        assert sent["MD5OfMessageBody"] == hashlib.md5(body.encode()).hexdigest()
        [got] = sqs.receive_message(QueueUrl=url)["Messages"]
        assert (got["Body"], got["MD5OfBody"]) == (body, sent["MD5OfMessageBody"])


def test_what_no_body_may_hold(sqs, make):
    url = make()
    for body in ("\x00", "\x08", "a\x13", "\uffff", "\ufffe"):
        assert refused(sqs.send_message, QueueUrl=url, MessageBody=body)[0] == "InvalidMessageContents"
    answer = sqs.send_message_batch(QueueUrl=url, Entries=[
        {"Id": str(i), "MessageBody": "\x01" if i == 9 else str(i)} for i in range(10)])
    [failed] = answer["Failed"]
    assert (failed["Id"], failed["Code"], failed["SenderFault"]) == ("9", "InvalidMessageContents", True)
    assert len(bodies(sqs, url)) == 9


def test_names_types_and_values_of_attributes(sqs, make):
    url = make()

    def send(name, kind="String", **value):
        return sqs.send_message(QueueUrl=url, MessageBody="x", MessageAttributes={
            name: {"DataType": kind} | (value or {"StringValue": "x"})})

    for name in ("attr.1øßä", "a_b-c.D", "n" * 256):
        send(name)
    for name in ("aWs.x", "AMAZON.x", ".x", "x.", "a!b", 'a"b', "a§b", "a(b", "n" * 257):
        assert refused(send, name=name)[0] == "InvalidParameterValue"
    for kind in ("Invalid", "Number." + "L" * 256, ""):
        assert refused(send, name="x", kind=kind)[0] == "InvalidParameterValue"
    assert refused(send, name="x", StringValue="\x08")[0] == "InvalidParameterValue"
    send("x", "Number.java.lang.Long", StringValue="1493147359900")
    assert refused(send, name="x", kind="Number", StringValue="one")[0] == "InvalidParameterValue"


def test_system_attributes_have_a_digest_of_their_own(sqs, make):
    url = make()
    own = {"timestamp": {"StringValue": "1493147359900", "DataType": "Number"}}
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue":
             "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"}}
    plain = sqs.send_message(QueueUrl=url, MessageBody="test", MessageAttributes=own)
    traced = sqs.send_message(QueueUrl=url, MessageBody="test", MessageAttributes=own,
                              MessageSystemAttributes=trace)
    assert plain["MD5OfMessageAttributes"] == traced["MD5OfMessageAttributes"]
    assert "MD5OfMessageSystemAttributes" not in plain
    assert traced["MD5OfMessageSystemAttributes"] == "5ae4d5d7636402d80f4eb6d213245a88"


def test_batches_are_refused_as_a_whole_for_their_ids(sqs, make):
    url = make()
    own = "AWS.SimpleQueueService."

    def send(*ids):
        return sqs.send_message_batch(QueueUrl=url, Entries=[
            {"Id": i, "MessageBody": "x"} for i in ids])

    assert refused(sqs.delete_message_batch, QueueUrl=url,
                   Entries=[{"Id": "a" * 81, "ReceiptHandle": "x"}])[0] == own + "InvalidBatchEntryId"
    for bad in ("", "a" * 81, "a:b"):
        code, message, status = refused(lambda: send("a", bad))
        assert code == own + "InvalidBatchEntryId"
    assert refused(lambda: send("1", "2", "2", "1"))[:2] == (
        own + "BatchEntryIdsNotDistinct", "Id 2 repeated.")
    assert bodies(sqs, url) == []


def test_an_empty_batch_says_of_what(sqs, make, protocol):
    url = make()
    for call, kind in ((sqs.send_message_batch, "SendMessage"), (sqs.delete_message_batch, "DeleteMessage"),
                       (sqs.change_message_visibility_batch, "ChangeMessageVisibility")):
        assert refused(call, QueueUrl=url, Entries=[])[:2] == (
            "AWS.SimpleQueueService.EmptyBatchRequest",
            f"There should be at least one {kind}BatchRequestEntry in the request.")


# Receiving.

def test_a_long_poll_ends_with_whatever_makes_a_message_visible(sqs, make, server, protocol):
    url = make()
    helper = client(server, protocol)

    def poll():
        return later(bodies, sqs=helper, url=url, WaitTimeSeconds=20, VisibilityTimeout=30)

    waiting = poll()
    sqs.send_message(QueueUrl=url, MessageBody="sent")
    assert waiting.result(10) == ["sent"]
    sqs.send_message(QueueUrl=url, MessageBody="delayed", DelaySeconds=1)
    assert bodies(sqs, url, WaitTimeSeconds=20, VisibilityTimeout=1) == ["delayed"]
    assert bodies(sqs, url, WaitTimeSeconds=20, VisibilityTimeout=600) == ["delayed"]
    sqs.send_message(QueueUrl=url, MessageBody="released")
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    waiting = poll()
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"],
                                  VisibilityTimeout=0)
    assert waiting.result(10) == ["released"]


def test_a_visibility_of_zero_is_one(sqs, make):
    url = make(VisibilityTimeout="600")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert bodies(sqs, url, VisibilityTimeout=0) == ["x"], "once in one answer"
    assert bodies(sqs, url) == ["x"]
    assert bodies(sqs, url) == []


def test_handles(sqs, make):
    url, other = make(VisibilityTimeout="0"), make()
    sqs.send_message(QueueUrl=url, MessageBody="x")
    first, second = (sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"] for _ in range(2))
    assert first != second
    invalid = "The input receipt handle \"{}\" is not a valid receipt handle."
    assert refused(sqs.delete_message, QueueUrl=url, ReceiptHandle="garbage") == (
        "ReceiptHandleIsInvalid", invalid.format("garbage"), 400)
    assert refused(sqs.delete_message, QueueUrl=other, ReceiptHandle=first)[0] == "ReceiptHandleIsInvalid"
    for handle in (first, first, second):
        sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    assert bodies(sqs, url) == []
    assert refused(sqs.change_message_visibility, QueueUrl=url, ReceiptHandle=first,
                   VisibilityTimeout=42) == (
        "InvalidParameterValue", f"Value {first} for parameter ReceiptHandle is invalid. Reason: "
        "Message does not exist or is not available for visibility timeout change.", 400)


def test_visibility_is_within_twelve_hours(sqs, make):
    url = make()
    sqs.send_message(QueueUrl=url, MessageBody="x")
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    for seconds in (-1, 43201):
        assert refused(sqs.change_message_visibility, QueueUrl=url, VisibilityTimeout=seconds,
                       ReceiptHandle=message["ReceiptHandle"])[0] == "InvalidParameterValue"
    sqs.change_message_visibility(QueueUrl=url, VisibilityTimeout=43190,
                                  ReceiptHandle=message["ReceiptHandle"])


def test_the_message_of_a_client_that_hung_up_is_not_lost(server, sqs, make):
    url = make(VisibilityTimeout="600")
    port = int(server.endpoint.rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", f"/000000000000/{url.rpartition('/')[2]}?Action=ReceiveMessage&WaitTimeSeconds=20")
    connection.sock.close()
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert bodies(sqs, url, WaitTimeSeconds=5) == ["x"]


def test_a_purge_drops_all(sqs, make):
    url = make()
    for delay in (0, 0, 1):
        sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=delay)
    assert len(bodies(sqs, url, 1, VisibilityTimeout=1)) == 1
    sqs.purge_queue(QueueUrl=url)
    assert [count(sqs, url, kind) for kind in ("", "NotVisible", "Delayed")] == [0, 0, 0]
    assert bodies(sqs, url, WaitTimeSeconds=2) == []


def test_what_dies_moves_on(sqs, make):
    dead = make()
    url = make(VisibilityTimeout="0", RedrivePolicy=json.dumps(
        {"deadLetterTargetArn": attribute(sqs, dead, "QueueArn"), "maxReceiveCount": 2}))
    sent = sqs.send_message(QueueUrl=url, MessageBody="x")
    assert [bodies(sqs, url) for _ in range(3)] == [["x"], ["x"], []]
    [message] = sqs.receive_message(QueueUrl=dead, AttributeNames=["All"])["Messages"]
    assert message["MessageId"] == sent["MessageId"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "3"
    assert message["Attributes"]["DeadLetterQueueSourceArn"] == attribute(sqs, url, "QueueArn")


# FIFO queues.

FIFO = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}


def test_groups_come_together_and_take_turns(sqs, make):
    url = make(**FIFO)
    grouped(sqs, url, "a1", "b1", "b2", "c1", "a2")
    assert bodies(sqs, url, 3, VisibilityTimeout=0) == ["a1", "a2", "b1"]
    assert bodies(sqs, url, VisibilityTimeout=0) == ["c1", "a1", "a2", "b1", "b2"]


def test_a_group_is_locked_until_its_first_message_is_back(sqs, make):
    url = make(**FIFO)
    grouped(sqs, url, "a1", "a2", "a3", "b1")
    held = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=2)["Messages"]
    assert [m["Body"] for m in held] == ["a1", "a2"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=held[0]["ReceiptHandle"])
    assert bodies(sqs, url) == ["b1"], "a2 is still in flight"
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=held[1]["ReceiptHandle"],
                                  VisibilityTimeout=0)
    assert bodies(sqs, url) == ["a2", "a3"]


def test_a_released_first_message_comes_without_those_in_flight(sqs, make):
    url = make(**FIFO)
    grouped(sqs, url, "a1", "a2", "b1")
    held = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=2)["Messages"]
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=held[0]["ReceiptHandle"],
                                  VisibilityTimeout=0)
    assert bodies(sqs, url) == ["b1", "a1"]


def test_what_was_sent_is_sent_once_even_after_it_was_deleted(sqs, make):
    url = make(**FIFO)
    first = sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="g")
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    again = sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="g2")
    assert (again["MessageId"], again["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    digest = hashlib.sha256(b"x").hexdigest()
    sqs.send_message(QueueUrl=url, MessageBody="y", MessageGroupId="g", MessageDeduplicationId=digest)
    assert bodies(sqs, url) == []
    sqs.purge_queue(QueueUrl=url)
    sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="g")
    assert bodies(sqs, url) == ["x"]


def test_ids_of_messages_and_groups(sqs, make):
    fifo, standard = make(**FIFO), make()
    for parameter in ("MessageGroupId", "MessageDeduplicationId"):
        for bad in ("a b", "a" * 129, "\x08", ""):
            asked = {"MessageGroupId": "g", "MessageDeduplicationId": "d", parameter: bad}
            code, message, _ = refused(sqs.send_message, QueueUrl=fifo, MessageBody="x", **asked)
            assert code in ("InvalidParameterValue", "MissingParameter"), (parameter, bad)
    assert refused(sqs.send_message, QueueUrl=standard, MessageBody="x", MessageDeduplicationId="d")[1] == (
        "Value d for parameter MessageDeduplicationId is invalid. Reason: The request includes a "
        "parameter that is not valid for this queue type.")


def test_sequence_numbers_grow(sqs, make):
    url = make(FifoQueue="true")
    numbers = [sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="g",
                                MessageDeduplicationId=str(i))["SequenceNumber"] for i in range(3)]
    assert numbers == sorted(numbers, key=int) and len(set(numbers)) == 3
    assert {len(number) for number in numbers} == {20}


# Moving dead letters back.

def test_errors_of_move_tasks(sqs, make):
    dead = make()
    arn = attribute(sqs, dead, "QueueArn")
    missing = "The resource that you specified for the {} parameter doesn't exist."
    start, cancel = sqs.start_message_move_task, sqs.cancel_message_move_task
    assert refused(start, SourceArn=arn) == (
        "InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.", 400)
    make(RedrivePolicy=json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1}))
    assert refused(start, SourceArn=arn, DestinationArn=arn + "x") == (
        "ResourceNotFoundException", missing.format("DestinationArn"), 404)
    assert refused(cancel, TaskHandle="foobared") == (
        "InvalidParameterValue", "Value for parameter TaskHandle is invalid.", 400)

    def handle(source):
        import base64
        return base64.b64encode(json.dumps({
            "taskId": "10f57157-fc38-4da9-a113-4de7e12d05dd", "sourceArn": source}).encode()).decode()

    assert refused(cancel, TaskHandle=handle(arn + "x")) == (
        "ResourceNotFoundException", missing.format("SourceArn"), 404)
    assert refused(cancel, TaskHandle=handle(arn)) == (
        "ResourceNotFoundException", "Task does not exist.", 404)


def test_a_move_task_takes_its_time_and_one_is_enough(sqs, make):
    dead, destination = make(), make()
    arn, to = attribute(sqs, dead, "QueueArn"), attribute(sqs, destination, "QueueArn")
    make(RedrivePolicy=json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1}))
    for body in "abc":
        sqs.send_message(QueueUrl=dead, MessageBody=body)
    handle = sqs.start_message_move_task(SourceArn=arn, DestinationArn=to,
                                         MaxNumberOfMessagesPerSecond=1)["TaskHandle"]
    assert refused(sqs.start_message_move_task, SourceArn=arn, DestinationArn=to)[:2] == (
        "InvalidParameterValue", "There is already a task running. Only one active task is allowed for "
        "a source queue arn at a given time.")
    assert len(bodies(sqs, destination, WaitTimeSeconds=5)) == 1
    sqs.cancel_message_move_task(TaskHandle=handle)
    [task] = sqs.list_message_move_tasks(SourceArn=arn)["Results"]
    assert task["Status"] == "CANCELLED" and "TaskHandle" not in task
    assert task["ApproximateNumberOfMessagesToMove"] == 3
    process.wait_for(lambda: bodies(sqs, dead), "what was left")


# Beside SQS.

def test_messages_can_be_looked_at(server, sqs, make):
    url = make()
    for body, delay in (("seen", 0), ("later", 600), ("other", 0)):
        sqs.send_message(QueueUrl=url, MessageBody=body, DelaySeconds=delay,
                         MessageAttributes={"k": {"DataType": "String", "StringValue": "v"}})
    assert bodies(sqs, url, 1) == ["seen"]

    def look(more=""):
        query = urllib.parse.urlencode({"QueueUrl": url})
        status, text, _ = fetch(f"{server.endpoint}/_aws/sqs/messages?{query}{more}",
                                Accept="application/json")
        assert status == 200
        return json.loads(text)["ReceiveMessageResponse"]["ReceiveMessageResult"]["Message"]

    for _ in range(2):
        message = look()
        attributes = {a["Name"]: a["Value"] for a in message["Attribute"]}
        assert (message["Body"], attributes["ApproximateReceiveCount"]) == ("other", "0")
        assert message["MessageAttribute"]["Value"]["StringValue"] == "v"
    assert [m["Body"] for m in look("&ShowInvisible=true&ShowDelayed=True")] == ["seen", "later", "other"]
    assert "<Body>other</Body>" in fetch(f"{server.endpoint}/_aws/sqs/messages?QueueUrl={url}")[1]
    assert fetch(f"{server.endpoint}/_aws/sqs/messages?QueueUrl=no-such-queue")[0] == 404
    assert fetch(f"{server.endpoint}/_aws/sqs/messages")[0] == 400


def test_messages_can_be_looked_at_with_a_client(server, protocol, make):
    url = make(FifoQueue="True", ContentBasedDeduplication="True")
    looking = client(SimpleNamespace(endpoint=f"{server.endpoint}/_aws/sqs/messages"), protocol)
    sender = client(server, protocol)
    for body in ("a1", "a2", "b1"):
        sender.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=body[0])
    for _ in range(2):
        assert bodies(looking, url, 1) == ["a1", "a2", "b1"]
    assert refused(looking.send_message, QueueUrl=url, MessageBody="x", MessageGroupId="g")[:2] == (
        "InvalidRequest", "This endpoint only accepts ReceiveMessage calls")


def test_clients_learn_who_they_are(server):
    def sts(key_id):
        return boto3.client("sts", endpoint_url=server.endpoint, region_name="us-east-1",
                            aws_access_key_id=key_id, aws_secret_access_key="test")

    assert sts("test").get_caller_identity()["Account"] == "000000000000"
    assert sts("111111111111").get_caller_identity()["Arn"] == "arn:aws:iam::111111111111:root"
    role = "arn:aws:iam::222222222222:role/reader"
    lent = sts("test").assume_role(RoleArn=role, RoleSessionName="me")["Credentials"]
    assert sts(lent["AccessKeyId"]).get_caller_identity()["Account"] == "222222222222"
    assert refused(sts("test").assume_role, RoleArn="arn:aws:iam::here:role/x",
                   RoleSessionName="me")[0] == "ValidationError"
