"""The embedded queue and Debian 12's AWS CLI 2.9, which speaks the query protocol: every verb of
`aws sqs`.  `script/bootstrap --all` installs it."""
import json
import pathlib
import re
import subprocess

import pytest

from support import process, queues

pytestmark = pytest.mark.slow

AWS = pathlib.Path("/usr/bin/aws")
MODEL = pathlib.Path(
    "/usr/lib/python3/dist-packages/awscli/botocore/data/sqs/2012-11-05/service-2.json")
# The error that the CLI makes of SQS's answer.
ERROR = re.compile(r"An error occurred \((\S+)\) when calling the (\w+) operation: (.*)")


class Cli:
    """`aws sqs VERB ...`; notes the verbs."""

    def __init__(self, endpoint: str):
        self.endpoint, self.verbs = endpoint, set()

    def __call__(self, verb: str, *arguments: str, fails: bool = False):
        self.verbs.add(verb)
        done = subprocess.run(
            [AWS, "sqs", verb, "--endpoint-url", self.endpoint, "--output", "json", *arguments],
            capture_output=True, text=True, timeout=120, env=process.environment(
                AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test",
                AWS_DEFAULT_REGION="us-east-1", AWS_PAGER=""))
        if fails:
            assert done.returncode == 254
            return ERROR.search(done.stderr).groups()
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None


@pytest.fixture(scope="module")
def cli():
    if not AWS.exists() or not MODEL.exists():
        pytest.skip("Debian's AWS CLI is not installed; script/bootstrap --all does it")
    server = queues.Embedded()
    yield Cli(server.endpoint)
    server.stop()


def test_every_verb(cli):
    dead = cli("create-queue", "--queue-name", "dead")["QueueUrl"]
    assert dead == f"{cli.endpoint}/000000000000/dead"
    arn = "arn:aws:sqs:us-east-1:000000000000:dead"
    url = cli("create-queue", "--queue-name", "work", "--tags", "team=a", "--attributes",
              json.dumps({"VisibilityTimeout": "60"}))["QueueUrl"]
    assert cli("get-queue-url", "--queue-name", "work") == {"QueueUrl": url}
    assert cli("list-queues") == {"QueueUrls": [dead, url]}
    assert cli("list-queues", "--page-size", "1", "--max-items", "1")["QueueUrls"] == [dead]
    assert cli("list-queues", "--queue-name-prefix", "none") is None

    policy = {"deadLetterTargetArn": arn, "maxReceiveCount": "5"}
    cli("set-queue-attributes", "--queue-url", url, "--attributes",
        json.dumps({"RedrivePolicy": json.dumps(policy), "DelaySeconds": "0"}))
    attributes = cli("get-queue-attributes", "--queue-url", url, "--attribute-names", "All")
    assert attributes["Attributes"]["VisibilityTimeout"] == "60"
    assert json.loads(attributes["Attributes"]["RedrivePolicy"])["deadLetterTargetArn"] == arn
    assert cli("list-dead-letter-source-queues", "--queue-url", dead) == {"queueUrls": [url]}

    cli("tag-queue", "--queue-url", url, "--tags", "stage=b")
    assert cli("list-queue-tags", "--queue-url", url) == {"Tags": {"team": "a", "stage": "b"}}
    cli("untag-queue", "--queue-url", url, "--tag-keys", "team", "stage")
    assert cli("list-queue-tags", "--queue-url", url) is None
    cli("add-permission", "--queue-url", url, "--label", "l", "--aws-account-ids", "111111111111",
        "--actions", "SendMessage")
    assert "Policy" in cli("get-queue-attributes", "--queue-url", url, "--attribute-names",
                           "All")["Attributes"]
    cli("remove-permission", "--queue-url", url, "--label", "l")

    sent = cli("send-message", "--queue-url", url, "--message-body", '{"a":1}',
               "--message-attributes", '{"k":{"DataType":"String","StringValue":"v"}}')
    assert sent["MD5OfMessageBody"] == "bb6cb5c68df4652941caf652a366f2d8"
    assert sent["MD5OfMessageAttributes"] == "0a77b0642718c3d9dd47090567d11e0d"
    [message] = cli("receive-message", "--queue-url", url, "--attribute-names", "All",
                    "--message-attribute-names", "All")["Messages"]
    assert message["MessageId"] == sent["MessageId"]
    assert message["Body"] == '{"a":1}'
    assert message["MessageAttributes"] == {"k": {"DataType": "String", "StringValue": "v"}}
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    handle = message["ReceiptHandle"]
    cli("change-message-visibility", "--queue-url", url, "--receipt-handle", handle,
        "--visibility-timeout", "30")
    cli("delete-message", "--queue-url", url, "--receipt-handle", handle)

    batch = cli("send-message-batch", "--queue-url", url, "--entries", json.dumps(
        [{"Id": str(i), "MessageBody": f"m{i}"} for i in range(3)]))
    assert [entry["Id"] for entry in batch["Successful"]] == ["0", "1", "2"]
    messages = cli("receive-message", "--queue-url", url, "--max-number-of-messages", "10",
                   "--wait-time-seconds", "1")["Messages"]
    assert [m["Body"] for m in messages] == ["m0", "m1", "m2"]
    handles = [m["ReceiptHandle"] for m in messages]
    changed = cli("change-message-visibility-batch", "--queue-url", url, "--entries", json.dumps(
        [{"Id": "good", "ReceiptHandle": handles[0], "VisibilityTimeout": 40},
         {"Id": "bad", "ReceiptHandle": "none", "VisibilityTimeout": 40}]))
    assert changed["Successful"] == [{"Id": "good"}]
    [failed] = changed["Failed"]
    assert (failed["Id"], failed["Code"], failed["SenderFault"]) == (
        "bad", "ReceiptHandleIsInvalid", True)
    deleted = cli("delete-message-batch", "--queue-url", url, "--entries", json.dumps(
        [{"Id": "1", "ReceiptHandle": handles[0]}, {"Id": "2", "ReceiptHandle": "bad"}]))
    assert deleted == {
        "Successful": [{"Id": "1"}],
        "Failed": [{"Id": "2", "SenderFault": True, "Code": "ReceiptHandleIsInvalid", "Message":
                    'The input receipt handle "bad" is not a valid receipt handle.'}]}

    cli("purge-queue", "--queue-url", url)
    counts = cli("get-queue-attributes", "--queue-url", url, "--attribute-names",
                 "ApproximateNumberOfMessagesNotVisible")
    assert counts == {"Attributes": {"ApproximateNumberOfMessagesNotVisible": "0"}}
    cli("delete-queue", "--queue-url", url)
    assert cli("get-queue-url", "--queue-name", "work", fails=True) == (
        "AWS.SimpleQueueService.NonExistentQueue", "GetQueueUrl",
        "The specified queue does not exist for this wsdl version.")

    operations = json.loads(MODEL.read_text())["operations"]
    verbs = {re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower() for name in operations}
    assert verbs <= cli.verbs, verbs - cli.verbs
