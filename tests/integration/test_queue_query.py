"""The embedded queue in SQS's query protocol: forms in, XML out, on the port of the JSON protocol."""
import http.client
import json
import subprocess
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as etree

import pytest

from support import process, queues

OLD_PYTHON = process.ROOT / ".venv/localstack-old/bin/python"  # Its botocore knows no JSON for SQS.


@pytest.fixture(scope="module")
def server():
    embedded = queues.Embedded()
    yield embedded
    embedded.stop()


def ask(url: str, form: dict | None = None, **headers):
    """The status and the XML of an answer, its namespace taken off."""
    data = None if form is None else urllib.parse.urlencode(form).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=30) as answer:
            status, text, got = answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        status, text, got = error.code, error.read(), error.headers
    assert got["Content-Type"] == "text/xml"
    root = etree.fromstring(text)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    if root.find(".//RequestId") is not None:
        assert root.findtext(".//RequestId") == got["x-amzn-RequestId"]
    return status, root


def call(server, action, **asked):
    status, root = ask(server.endpoint, {"Action": action, "Version": "2012-11-05"} | asked)
    assert status == 200, etree.tostring(root)
    assert root.tag == f"{action}Response"
    return root


def test_what_one_protocol_sends_the_other_receives(server):
    body = 'Zoë 😀 <&> "quoted"\r\n\t'
    url = call(server, "CreateQueue", QueueName="both").findtext(".//QueueUrl")
    assert url == f"{server.endpoint}/000000000000/both"
    queue = server.queue("both")
    sent = call(server, "SendMessage", QueueUrl=url, MessageBody=body, **{
        "MessageAttribute.1.Name": "b", "MessageAttribute.1.Value.DataType": "Binary",
        "MessageAttribute.1.Value.BinaryValue": "AP8="})
    [message] = queue.receive(MessageAttributeNames=["All"], VisibilityTimeout=0)
    assert message["Body"] == body
    assert message["MessageAttributes"]["b"]["BinaryValue"] == b"\0\xff"
    assert message["MD5OfMessageAttributes"] == sent.findtext(".//MD5OfMessageAttributes")
    received = call(server, "ReceiveMessage", QueueUrl=url, **{
        "AttributeName.1": "ApproximateReceiveCount", "MessageAttributeName.1": "All"})
    assert received.findtext(".//Body") == body
    assert received.findtext(".//MD5OfBody") == message["MD5OfBody"]
    assert received.findtext(".//BinaryValue") == "AP8="
    assert received.findtext(".//Attribute/Value") == "2"
    call(server, "DeleteMessage", QueueUrl=url, ReceiptHandle=received.findtext(".//ReceiptHandle"))
    assert queue.counts() == (0, 0)


def test_a_queues_url_takes_posts_and_gets(server):
    url = call(server, "CreateQueue", QueueName="by-path").findtext(".//QueueUrl")
    assert ask(url, {"Action": "SendMessage", "MessageBody": "x"})[0] == 200
    status, got = ask(f"{url}?Action=ReceiveMessage&VisibilityTimeout=0")
    assert (status, got.findtext(".//Body")) == (200, "x")
    other = call(server, "CreateQueue", QueueName="other").findtext(".//QueueUrl")
    status, got = ask(url, {"Action": "ReceiveMessage", "QueueUrl": other})
    assert (status, got.findtext(".//Body")) == (200, None), "the parameter counts"
    status, got = ask(url)
    assert (status, got.tag) == (404, "UnknownOperationException")


def test_the_region_is_that_of_the_signature(server):
    call(server, "CreateQueue", QueueName="here")
    scope = "AKID/20261121/eu-west-1/sqs/aws4_request"
    for url, headers in (
            (server.endpoint, {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, Signature=0"}),
            (f"{server.endpoint}/?X-Amz-Credential={urllib.parse.quote(scope, safe='')}", {})):
        status, _ = ask(url, {"Action": "GetQueueUrl", "QueueName": "here"}, **headers)
        assert status == 400


@pytest.mark.parametrize("form, status, code, message", [
    ({"Action": "FooBar"}, 400, "InvalidAction",
     "The action FooBar is not valid for this endpoint."),
    ({"Action": "GetQueueUrl", "QueueName": "none"}, 400,
     "AWS.SimpleQueueService.NonExistentQueue",
     "The specified queue does not exist for this wsdl version."),
    ({"Action": "CreateQueue", "QueueName": "a b"}, 400, "InvalidParameterValue",
     "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"),
    ({"Action": "ListQueues", "MaxResults": "x"}, 400, "MalformedInput",
     "A parameter has a value of the wrong type."),
])
def test_errors(server, form, status, code, message):
    got, root = ask(server.endpoint, form)
    assert got == status
    assert (root.findtext("Error/Code"), root.findtext("Error/Message")) == (code, message)
    assert root.findtext("Error/Type") == "Sender"


def test_bad_days_speak_xml_too():
    embedded = queues.Embedded("--error-rate", "1")
    status, root = ask(embedded.endpoint, {"Action": "ListQueues"})
    assert (status, root.findtext("Error/Code")) == (500, "InternalFailure")
    assert root.findtext("Error/Type") == "Receiver"
    embedded.stop()


def test_broken_requests_are_answered(server):
    for body in (b"\xff\xfe", b"Action=%ff", b"Action=SendMessage&" + b"a." * 5000, b"=&=&."):
        connection = http.client.HTTPConnection(server.endpoint.removeprefix("http://"), timeout=30)
        connection.request("POST", "/", body)
        assert connection.getresponse().status in (400, 404)
        connection.close()
    call(server, "ListQueues")


# Every call of the query protocol's last boto3; prints what the test looks at.
OLD_CLIENT = """
import boto3, json, sys
sqs = boto3.client("sqs", endpoint_url=sys.argv[1], region_name="us-east-1",
                   aws_access_key_id="test", aws_secret_access_key="test")
seen = {}
dead = sqs.create_queue(QueueName="old-dead")["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
url = sqs.create_queue(QueueName="old", Attributes={"RedrivePolicy": json.dumps(
    {"deadLetterTargetArn": arn, "maxReceiveCount": 1})}, tags={"k": "v"})["QueueUrl"]
assert sqs.get_queue_url(QueueName="old")["QueueUrl"] == url
sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "60"})
sqs.tag_queue(QueueUrl=url, Tags={"l": ""})
sqs.untag_queue(QueueUrl=url, TagKeys=["k"])
seen["tags"] = sqs.list_queue_tags(QueueUrl=url)["Tags"]
seen["attributes"] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
seen["urls"] = sqs.list_queues(QueueNamePrefix="old")["QueueUrls"]
seen["sources"] = sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"]
seen["sent"] = sqs.send_message(QueueUrl=url, MessageBody="a<&>\\r\\n", MessageAttributes={
    "k": {"DataType": "String", "StringValue": "v"}})
seen["batch"] = sqs.send_message_batch(QueueUrl=url, Entries=[
    {"Id": "1", "MessageBody": "b"}, {"Id": "2", "MessageBody": "\\x01"}])
got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"],
                          MessageAttributeNames=["All"])["Messages"]
seen["got"] = got
sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=got[0]["ReceiptHandle"],
                              VisibilityTimeout=5)
seen["changed"] = sqs.change_message_visibility_batch(QueueUrl=url, Entries=[
    {"Id": "1", "ReceiptHandle": got[1]["ReceiptHandle"], "VisibilityTimeout": 0},
    {"Id": "2", "ReceiptHandle": "x", "VisibilityTimeout": 0}])
sqs.delete_message(QueueUrl=url, ReceiptHandle=got[0]["ReceiptHandle"])
assert "Messages" not in sqs.receive_message(QueueUrl=url)
moved = sqs.receive_message(QueueUrl=dead, AttributeNames=["All"])["Messages"]
seen["dead"] = moved[0]["Attributes"]["DeadLetterQueueSourceArn"]
seen["deleted"] = sqs.delete_message_batch(QueueUrl=dead, Entries=[
    {"Id": "1", "ReceiptHandle": moved[0]["ReceiptHandle"]}])["Successful"]
sqs.add_permission(QueueUrl=url, Label="l", AWSAccountIds=["111111111111"], Actions=["SendMessage"])
sqs.remove_permission(QueueUrl=url, Label="l")
task = sqs.start_message_move_task(SourceArn=arn)["TaskHandle"]
seen["tasks"] = sqs.list_message_move_tasks(SourceArn=arn)["Results"]
sqs.purge_queue(QueueUrl=url)
for fail in (lambda: sqs.purge_queue(QueueUrl=url), lambda: sqs.get_queue_url(QueueName="none")):
    try:
        fail()
    except sqs.exceptions.ClientError as error:
        seen.setdefault("errors", []).append(
            [type(error).__name__, error.response["ResponseMetadata"]["HTTPStatusCode"]])
sqs.delete_queue(QueueUrl=url)
print(json.dumps(seen))
"""


@pytest.mark.slow
def test_an_old_boto3_makes_every_call(server):
    ended = subprocess.run([OLD_PYTHON, "-c", OLD_CLIENT, server.endpoint], capture_output=True,
                           text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr[-3000:]
    seen = json.loads(ended.stdout)
    assert seen["tags"] == {"l": ""}
    assert seen["attributes"]["VisibilityTimeout"] == "60"
    base = f"{server.endpoint}/000000000000"
    assert seen["urls"] == [f"{base}/old", f"{base}/old-dead"]
    assert seen["sources"] == [f"{base}/old"]
    assert [s["Id"] for s in seen["batch"]["Successful"]] == ["1"]
    [failed] = seen["batch"]["Failed"]
    assert (failed["Id"], failed["Code"], failed["SenderFault"]) == (
        "2", "InvalidMessageContents", True)
    assert [m["Body"] for m in seen["got"]] == ["a<&>\r\n", "b"]
    assert seen["got"][0]["MD5OfMessageAttributes"] == seen["sent"]["MD5OfMessageAttributes"]
    assert seen["got"][0]["Attributes"]["ApproximateReceiveCount"] == "1"
    assert [s["Id"] for s in seen["changed"]["Successful"]] == ["1"]
    assert [f["Code"] for f in seen["changed"]["Failed"]] == ["ReceiptHandleIsInvalid"]
    assert seen["dead"] == "arn:aws:sqs:us-east-1:000000000000:old"
    assert [s["Id"] for s in seen["deleted"]] == ["1"]
    assert seen["tasks"][0]["SourceArn"].endswith(":old-dead")
    assert seen["errors"] == [["PurgeQueueInProgress", 403], ["QueueDoesNotExist", 400]]
