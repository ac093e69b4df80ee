"""Requests as SDKs and the AWS CLI sent them, byte by byte, and the answers that they were given
then; ours must say the same, but for ids, handles and times, and what that server was known to get
wrong.  `data/sqs_captures.json` has them in the order in which they were sent."""
import json
import re
import urllib.error
import urllib.request
import xml.etree.ElementTree as etree

import pytest

from support import process, queues

CAPTURES = {c["name"]: c for c in json.loads(
    (process.ROOT / "tests/data/sqs_captures.json").read_text())}
OPAQUE = {"MessageId", "ReceiptHandle", "SenderId", "RequestId"}
TIMES = {"SentTimestamp", "ApproximateFirstReceiveTimestamp", "CreatedTimestamp",
         "LastModifiedTimestamp"}
HANDLE = re.compile(r"\b[a-z]{150,}\b")


@pytest.fixture(scope="module")
def server():
    embedded = queues.Embedded("--account", "123456789012")
    yield embedded
    embedded.stop()


class Replay:
    """Sends captured requests; the handles of the captures stand for those that we gave."""

    def __init__(self, server):
        self.server, self.handles = server, {}

    def __call__(self, name: str, without: str = ""):
        """Our answer and the captured one."""
        capture = CAPTURES[name]
        text = HANDLE.sub(lambda m: self.handles.get(m[0], m[0]), capture["request"])
        text = text.replace(without, "")
        if capture["target"]:
            text = re.sub(r"http://127\.0\.0\.1:\d+", self.server.endpoint, text)
            headers = {"X-Amz-Target": capture["target"], "x-amzn-query-mode": "true",
                       "Content-Type": "application/x-amz-json-1.0"}
        else:
            headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        request = urllib.request.Request(self.server.endpoint, text.encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as got:
                status, error, answer = got.status, got.headers["x-amzn-query-error"], got.read()
        except urllib.error.HTTPError as refused:
            status, answer = refused.code, refused.read()
            error = refused.headers["x-amzn-query-error"]
        assert (status, error) == (capture["status"], capture["query_error"]), answer
        theirs = re.sub(r"http://127\.0\.0\.1:\d+", self.server.endpoint, capture["answer"])
        find = handles_in_json if capture["target"] else handles_in_xml
        self.handles |= dict(zip(find(theirs), find(answer.decode())))
        read = of_json if capture["target"] else of_xml
        return read(answer.decode()), read(theirs)


def handles_in_json(text: str) -> list[str]:
    return [m["ReceiptHandle"] for m in json.loads(text).get("Messages", [])]


def handles_in_xml(text: str) -> list[str]:
    return re.findall("<ReceiptHandle>(.*?)</ReceiptHandle>", text)


def plain(name: str, value: str):
    """A value as far as it can be the same twice."""
    if name in OPAQUE:
        assert value
        return "opaque"
    if name in TIMES:
        return f"time of {len(value.partition('.')[0])} digits"
    return json.loads(value) if name == "RedrivePolicy" else value


def of_json(text: str):
    def walk(name, value):
        if isinstance(value, dict):
            return {k: walk(k, v) for k, v in value.items() if v != []}
        if isinstance(value, list):
            return [walk(name, item) for item in value]
        return plain(name, value) if isinstance(value, str) else value
    return walk("", json.loads(text))


def of_xml(text: str):
    """Nested (name, parts), the parts of each in the order of their names."""
    def walk(element):
        name = element.tag.rpartition("}")[2]
        parts = list(element)
        if not parts:
            return (name, plain(name, element.text or ""))
        pair = {p.tag.rpartition("}")[2]: p.text for p in parts}
        if set(pair) == {"Name", "Value"} and pair["Name"] in OPAQUE | TIMES:
            return (name, pair["Name"], plain(pair["Name"], pair["Value"]))
        return (name, sorted(map(walk, parts), key=str) if name != "ReceiveMessageResult"
                else list(map(walk, parts)))
    return walk(etree.fromstring(text))


def test_json_as_boto3_sent_it(server):
    replay = Replay(server)
    server.queue("dlq")
    for name in ("01_json_CreateQueue_boto3", "02_json_GetQueueAttributes_All",
                 "03_json_SendMessage_attrs", "04_json_SendMessageBatch"):
        ours, theirs = replay(name)
        if name.startswith("03"):
            assert ours.pop("MD5OfMessageSystemAttributes"), "as SQS says"
        assert ours == theirs, name
    ours, theirs = replay("05_json_ReceiveMessage_All",  # SQS wants none on a standard queue.
                          without=', "ReceiveRequestAttemptId": "attempt-1"')
    assert ours == theirs
    ours, theirs = replay("06_json_ChangeMessageVisibilityBatch_partial")
    message = theirs["Failed"][0].pop("Message")  # SQS names the handle in it.
    assert message != ours["Failed"][0].pop("Message")
    assert ours == theirs
    for name in ("07_json_DeleteMessageBatch_partial", "08_json_ReceiveMessage_empty",
                 "10_json_ListDeadLetterSourceQueues"):
        ours, theirs = replay(name)
        assert ours == theirs, name
    ours, theirs = replay("09_json_error_QueueDoesNotExist")
    assert theirs.pop("Message") == theirs["message"]  # SQS has one.
    assert ours == theirs


def test_the_query_protocol_as_awscli_2_9_sent_it(server):
    replay = Replay(server)
    queue = server.queue("cliq")
    ours, theirs = replay("11_query_SendMessage_awscli2.9")
    assert ours == theirs
    queue.send(["x", "y"])
    for name in ("12_query_ReceiveMessage_awscli2.9",
                 "13_query_DeleteMessageBatch_partial_awscli2.9"):
        ours, theirs = replay(name)
        assert ours == theirs, name
    ours, theirs = replay("14_query_error_awscli2.9")
    error = dict(theirs[1])["Error"]
    del error[[part[0] for part in error].index("message")]  # SQS has but the other.
    dict(ours[1])["Error"][:] = [part for part in dict(ours[1])["Error"] if part[0] != "Detail"]
    assert ours == theirs


def test_json_as_the_javascript_sdk_sent_it(server):
    queue = server.queue("jsq")
    queue.sqs.send_message(QueueUrl=queue.url, MessageBody="h\u00e9llo", MessageAttributes={
        "a": {"DataType": "String", "StringValue": "x"}})
    queue.send(["a", "b"])
    ours, theirs = Replay(server)("15_json_ReceiveMessage_jsv3")
    assert ours == theirs
