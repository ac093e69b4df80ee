"""The policies of docs/aws.md and docs/kms.md are what the binary needs."""
import json
import re

from support import process

DOCUMENT = process.ROOT / "docs/aws.md"
KMS = process.ROOT / "docs/kms.md"
CLIENT = process.ROOT / "src/aws"


def policies(document=DOCUMENT) -> list[dict]:
    return [json.loads(text) for text in re.findall(r"```json\n(.*?)```", document.read_text(), re.S)]


def actions(policy: dict) -> set[str]:
    return {action for statement in policy["Statement"] for action in statement["Action"]}


def called() -> set[str]:
    """The operations that the client names, as the actions that allow them."""
    calls = set()
    for file in CLIENT.glob("*.cc"):
        if not file.name.endswith("_test.cc"):
            calls |= set(re.findall(r'\b(?:About|ByName)\("(\w+)"', file.read_text()))
    assert {"ReceiveMessage", "DeleteMessageBatch", "GetQueueUrl"} <= calls, calls
    return {f"sqs:{call.removesuffix('Batch')}" for call in calls}


def test_every_policy_is_one():
    found = policies()
    assert len(found) >= 6 and len(policies(KMS)) == 2
    for policy in found + policies(KMS):
        assert policy["Version"] == "2012-10-17"
        for statement in policy["Statement"]:
            assert statement["Effect"] == "Allow" and statement["Resource"]
            assert isinstance(statement["Action"], list), statement["Sid"]
            for action in statement["Action"]:
                assert re.fullmatch(r"(sqs|kms):[A-Z]\w+", action) and "Batch" not in action


def test_they_allow_every_call_that_the_binary_makes():
    allowed = set().union(*map(actions, policies()))
    assert called() - allowed == set()


def test_a_run_makes_no_other_call_than_the_first_policy_allows(site, proxy):
    site.queue.send_events([{"user_id": "u", "ip": "192.0.2.1", "device_id": "1"}])
    site.configure(endpoint=proxy.endpoint)
    site.bauta("check", ok=False)
    site.run()
    made = {f"sqs:{call.removesuffix('Batch')}" for call in proxy.calls}
    assert made and made <= actions(policies()[0])
