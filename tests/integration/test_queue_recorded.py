"""What Amazon SQS answered to clients, recorded once (tests/data/aws_sqs_answers.json), the embedded
queue answers too, in both protocols.  A scenario makes the calls that led to the answers; what no
two runs have in common stands in the record as <uuid:1>, timestamp and the like."""
import base64
import json
import re
import time

import pytest
from botocore.exceptions import ClientError

from support import process, query_model, queues

RECORDED = json.loads((process.ROOT / "tests/data/aws_sqs_answers.json").read_text())
SCENARIOS = {}
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
MIB = 1048576


def scenario(function):
    SCENARIOS[function.__name__] = function
    return function


@pytest.fixture(scope="module")
def server():
    embedded = queues.Embedded()
    yield embedded
    embedded.stop()


class Caller:
    """A client whose answers are kept under the names of the steps."""

    def __init__(self, server, protocol, name):
        if protocol == "json":
            self.sqs = queues.client(server.endpoint)
        else:
            self.sqs = query_model.client(
                server.endpoint, aws_access_key_id="test", aws_secret_access_key="test")
        self.server, self.protocol, self.steps = server, protocol, {}
        self.name, self._made = name, 0
        self.account = server.hello["account"]

    def queue(self, **attributes):
        self._made += 1
        fifo = attributes.get("FifoQueue") == "true"
        name = f"{self.protocol}-{self.name}"[:60] + f"-{self._made}" + (".fifo" if fifo else "")
        return self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    def fifo(self, **attributes):
        return self.queue(FifoQueue="true", **attributes)

    def keep(self, step, answer):
        self.steps[step] = answer
        return answer

    def refused(self, step, call, **asked):
        with pytest.raises(ClientError) as error:
            call(**asked)
        return self.keep(step, error.value.response)

    def attributes(self, url, *names):
        return self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names or ["All"]))

    def wait_visible(self, url, count=1):
        process.wait_for(
            lambda: int(self.attributes(url)["Attributes"]["ApproximateNumberOfMessages"]) == count,
            f"{count} visible messages", 10)


def fits(recorded, answer, names):
    """The first difference, or None.  `names` tells what each <thing:1> was found to be."""
    if isinstance(recorded, dict):
        if isinstance(answer, str):
            answer = json.loads(answer)  # A policy.
        if not isinstance(answer, dict):
            return f"{answer!r} instead of {recorded!r}"
        if recorded.keys() != answer.keys():
            return f"{sorted(answer)} instead of {sorted(recorded)}"
        found = (fits(recorded[key], answer[key], names) for key in recorded)
        return next((difference for difference in found if difference), None)
    if isinstance(recorded, list):
        if len(recorded) != len(answer):
            return f"{len(answer)} items instead of {len(recorded)}"
        found = (fits(a, b, names) for a, b in zip(recorded, answer))
        return next((difference for difference in found if difference), None)
    if recorded == "timestamp":
        return None
    if isinstance(recorded, str) and isinstance(answer, bytes):
        answer = str(answer)
    if not isinstance(recorded, str) or "<" not in recorded and "111111111111" not in recorded:
        return None if recorded == answer else f"{answer!r} instead of {recorded!r}"
    pattern, seen = "", []
    for part in re.split(r"(<[a-z-]+(?::\d+)?>|111111111111)", recorded):
        if part.startswith("<") or part == "111111111111":
            pattern += re.escape(names[part]) if part in names else "([^ /]+?)"
            seen += [] if part in names else [part]
        else:
            pattern += re.escape(part)
    match = re.fullmatch(pattern, answer)
    if not match:
        return f"{answer!r} instead of {recorded!r} with {names}"
    names.update(zip(seen, match.groups()))
    return None


def shown(answer, protocol):
    """As the recorder wrote it."""
    if isinstance(answer, dict) and "ResponseMetadata" in answer:
        answer = answer | {"ResponseMetadata": {
            "HTTPHeaders": {}, "HTTPStatusCode": answer["ResponseMetadata"]["HTTPStatusCode"]}}
        if protocol == "query" and "Error" in answer:
            answer["Error"] = {k: v for k, v in answer["Error"].items() if k != "Detail"}
    return answer


def expected(answer, protocol):
    """The record is of the JSON protocol; the other has no modelled errors beside the code."""
    if protocol == "query" and isinstance(answer, dict) and "Error" in answer:
        answer = json.loads(json.dumps(answer))
        answer.pop("message", None)
        answer["Error"].pop("QueryErrorCode", None)
        answer["Error"].pop("Detail", None)
    return answer


@pytest.mark.parametrize("protocol", ["json", "query"])
@pytest.mark.parametrize("name", RECORDED)
def test_amazons_answers(server, protocol, name):
    caller = Caller(server, protocol, re.sub(r"^test_|\[.*", "", name))
    SCENARIOS[caller.name](caller)
    assert caller.steps.keys() == RECORDED[name].keys()
    names = {"<partition>": "aws", "<region>": "us-east-1", "111111111111": caller.account}
    for step, recorded in RECORDED[name].items():
        difference = fits(expected(recorded, caller.protocol),
                          shown(caller.steps[step], caller.protocol), names)
        assert not difference, f"{step}: {difference}"


@scenario
def send_receive_max_number_of_messages(c):
    c.refused("send_max_number_of_messages", c.sqs.receive_message, QueueUrl=c.queue(),
              MaxNumberOfMessages=11)


ATTRIBUTE = {"k": {"DataType": "String", "StringValue": "x"}}  # 8 bytes.


@scenario
def send_oversized_message(c):
    c.refused("send_oversized_message", c.sqs.send_message, QueueUrl=c.queue(),
              MessageBody="a" * (MIB - 7), MessageAttributes=ATTRIBUTE)


@scenario
def send_message_with_updated_maximum_message_size(c):
    url = c.queue()
    c.sqs.set_queue_attributes(QueueUrl=url, Attributes={"MaximumMessageSize": "1024"})
    c.sqs.send_message(QueueUrl=url, MessageBody="a" * 1024)
    c.refused("send_oversized_message", c.sqs.send_message, QueueUrl=url,
              MessageBody="a" * 1017, MessageAttributes=ATTRIBUTE)


@scenario
def send_message_batch_with_oversized_contents(c):
    c.refused("send_oversized_message_batch", c.sqs.send_message_batch, QueueUrl=c.queue(), Entries=[
        {"Id": "1", "MessageBody": "a" * (MIB - 8), "MessageAttributes": ATTRIBUTE},
        {"Id": "2", "MessageBody": "a"}])


@scenario
def send_message_batch_with_oversized_contents_with_updated_maximum_message_size(c):
    url = c.queue(MaximumMessageSize="2048")
    c.keep("send_oversized_message_batch", c.sqs.send_message_batch(QueueUrl=url, Entries=[
        {"Id": "1", "MessageBody": "a" * 2040, "MessageAttributes": ATTRIBUTE},
        {"Id": "2", "MessageBody": "a"}]))


@scenario
def tag_untag_queue(c):
    url = c.queue()
    c.sqs.tag_queue(QueueUrl=url, Tags={"tag1": "value1", "tag2": "value2", "tag3": ""})
    c.keep("get-tag-1", c.sqs.list_queue_tags(QueueUrl=url))
    c.sqs.untag_queue(QueueUrl=url, TagKeys=["tag1", "tag3"])
    c.keep("get-tag-2", c.sqs.list_queue_tags(QueueUrl=url))
    c.sqs.untag_queue(QueueUrl=url, TagKeys=["tag2"])
    c.keep("get-tag-after-untag", c.sqs.list_queue_tags(QueueUrl=url))


@scenario
def create_fifo_queue_with_different_attributes_raises_error(c):
    name = c.fifo(ContentBasedDeduplication="true").rpartition("/")[2]
    c.refused("queue-already-exists", c.sqs.create_queue, QueueName=name,
              Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "false"})


@scenario
def create_queue_with_different_attributes_raises_exception(c):
    url = c.queue(ReceiveMessageWaitTimeSeconds="1", DelaySeconds="1")
    name = url.rpartition("/")[2]

    def create(delay):
        return c.sqs.create_queue(QueueName=name, Attributes={
            "ReceiveMessageWaitTimeSeconds": "1", "DelaySeconds": delay})["QueueUrl"]

    assert url == c.sqs.create_queue(QueueName=name)["QueueUrl"] == create("1")
    c.refused("create_queue_01", create, delay="2")
    c.sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "2"})
    assert create("2") == url
    c.refused("create_queue_02", create, delay="1")


@scenario
def create_and_update_queue_attributes(c):
    url = c.queue(MessageRetentionPeriod="604800", ReceiveMessageWaitTimeSeconds="10",
                  VisibilityTimeout="20")
    c.keep("get_queue_attributes", c.attributes(url))
    c.sqs.set_queue_attributes(QueueUrl=url, Attributes={
        "MaximumMessageSize": "2048", "VisibilityTimeout": "69", "DelaySeconds": "420"})
    c.keep("get_updated_queue_attributes", c.attributes(url))


@scenario
def change_message_visibility_after_visibility_timeout_expiration(c):
    url = c.queue()
    c.sqs.send_message(QueueUrl=url, MessageBody="x")
    handle = c.sqs.receive_message(QueueUrl=url, VisibilityTimeout=1)["Messages"][0]["ReceiptHandle"]
    c.wait_visible(url)
    c.keep("visibility_timeout_expired", c.sqs.change_message_visibility(
        QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=1))


@scenario
def fifo_empty_message_groups_added_back_to_queue(c):
    url = c.fifo(ContentBasedDeduplication="true", VisibilityTimeout="30")
    c.sqs.send_message(QueueUrl=url, MessageBody="Message 1", MessageGroupId="g")
    first = c.keep("inital-fifo-receive", c.sqs.receive_message(QueueUrl=url))
    c.sqs.delete_message(QueueUrl=url, ReceiptHandle=first["Messages"][0]["ReceiptHandle"])
    c.keep("empty-fifo-receive", c.sqs.receive_message(QueueUrl=url))
    c.sqs.send_message(QueueUrl=url, MessageBody="Message 2", MessageGroupId="g")
    c.keep("final-fifo-receive", c.sqs.receive_message(QueueUrl=url))


@scenario
def fifo_queue_send_message_with_delay_seconds_fails(c):
    c.refused("send_message", c.sqs.send_message, QueueUrl=c.fifo(ContentBasedDeduplication="true"),
              MessageBody="message-1", MessageGroupId="1", DelaySeconds=2)


@scenario
def fifo_message_attributes(c):
    url = c.fifo(ContentBasedDeduplication="true", VisibilityTimeout="0",
                 DeduplicationScope="messageGroup", FifoThroughputLimit="perMessageGroupId")
    c.keep("send_message", c.sqs.send_message(
        QueueUrl=url, MessageBody="message-body-1", MessageGroupId="group-1",
        MessageDeduplicationId="dedup-1"))
    for step in ("receive_message_0", "receive_message_1"):
        c.keep(step, c.sqs.receive_message(QueueUrl=url, AttributeNames=["All"]))


@scenario
def fifo_set_content_based_deduplication_strategy(c):
    url = c.fifo(ContentBasedDeduplication="true", SqsManagedSseEnabled="true")
    c.keep("before-update", c.attributes(url))
    c.sqs.set_queue_attributes(QueueUrl=url, Attributes={"ContentBasedDeduplication": "false"})
    c.keep("after-update", c.attributes(url))


@scenario
def too_many_entries_in_batch_request(c):
    c.refused("test_too_many_entries_in_batch_request", c.sqs.send_message_batch, QueueUrl=c.queue(),
              Entries=[{"Id": f"message-{i}", "MessageBody": "x"} for i in range(20)])


@scenario
def invalid_batch_id(c):
    c.refused("test_invalid_batch_id", c.sqs.send_message_batch, QueueUrl=c.queue(),
              Entries=[{"Id": "message:1", "MessageBody": "x"}])


def two_entries(without):
    entries = [{"Id": str(i), "MessageBody": "x", "MessageGroupId": "g", "MessageDeduplicationId": str(i)}
               for i in range(2)]
    del entries[1][without]
    return entries


@scenario
def send_batch_missing_deduplication_id_for_fifo_queue(c):
    c.refused("test_missing_deduplication_id_for_fifo_queue", c.sqs.send_message_batch,
              QueueUrl=c.fifo(), Entries=two_entries("MessageDeduplicationId"))


@scenario
def send_batch_missing_message_group_id_for_fifo_queue(c):
    c.refused("test_missing_message_group_id_for_fifo_queue", c.sqs.send_message_batch,
              QueueUrl=c.fifo(), Entries=two_entries("MessageGroupId"))


@scenario
def send_batch_message_size(c):
    c.keep("send-message-batch-result", c.sqs.send_message_batch(
        QueueUrl=c.queue(MaximumMessageSize="1024"), Entries=[
            {"Id": "00000000-0000-4000-8000-000000000001", "MessageBody": "a" * 1025},
            {"Id": "00000000-0000-4000-8000-000000000002", "MessageBody": "a" * 1024}]))


def receive_twenty(c):
    url, got = c.queue(), []
    for start in (0, 10):
        c.sqs.send_message_batch(QueueUrl=url, Entries=[
            {"Id": str(i), "MessageBody": str(start + i)} for i in range(10)])
        got += c.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    return url, [{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(got)]


@scenario
def delete_message_batch_with_too_large_batch(c):
    url, entries = receive_twenty(c)
    c.refused("error_response", c.sqs.delete_message_batch, QueueUrl=url, Entries=entries)


@scenario
def change_message_visibility_batch_with_too_large_batch(c):
    url, entries = receive_twenty(c)
    c.refused("error_response", c.sqs.change_message_visibility_batch, QueueUrl=url,
              Entries=[entry | {"VisibilityTimeout": 123} for entry in entries])


@scenario
def send_message_with_binary_attributes(c):
    url = c.queue()
    c.sqs.send_message(QueueUrl=url, MessageBody="test", MessageAttributes={"attr1": {
        "DataType": "Binary", "BinaryValue":
        b"traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01"}})
    c.keep("binary-attrs-msg", c.sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"]))


@scenario
def send_message_with_empty_string_attribute(c):
    c.refused("empty-string-attr", c.sqs.send_message, QueueUrl=c.queue(), MessageBody="test",
              MessageAttributes={"ErrorDetails": {"DataType": "String", "StringValue": ""}})


@scenario
def dead_letter_queue_message_attributes(c):
    dead = c.queue()
    arn = c.keep("dlq-arn", c.attributes(dead)["Attributes"]["QueueArn"])
    url = c.queue(VisibilityTimeout="0", RedrivePolicy=json.dumps(
        {"deadLetterTargetArn": arn, "maxReceiveCount": 1}))
    c.keep("sourcen-arn", c.attributes(url)["Attributes"]["QueueArn"])
    c.sqs.send_message(
        QueueUrl=url, MessageBody="message-1",
        MessageAttributes={"MyAttribute": {"DataType": "String", "StringValue": "foobar"}},
        MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": TRACE}})
    c.sqs.send_message(QueueUrl=url, MessageBody="message-2")
    names = ["ApproximateFirstReceiveTimestamp", "ApproximateReceiveCount", "SentTimestamp",
             "AWSTraceHeader", "DeadLetterQueueSourceArn"]
    for step, queue in (("rec-pre-dlq", url), ("", url), ("dlq-messages", dead)):
        answer = c.sqs.receive_message(QueueUrl=queue, AttributeNames=names, MaxNumberOfMessages=10,
                                       MessageAttributeNames=["All"])
        if step:
            c.keep(step, answer["Messages"])


@scenario
def set_unsupported_attribute_fifo(c):
    c.refused("invalid-attr-name-1", c.sqs.set_queue_attributes, QueueUrl=c.queue(),
              Attributes={"FifoQueue": "true"})
    url = c.fifo()
    c.sqs.set_queue_attributes(QueueUrl=url, Attributes={"FifoQueue": "true"})
    c.refused("invalid-attr-name-2", c.sqs.set_queue_attributes, QueueUrl=url,
              Attributes={"FifoQueue": "false"})


@scenario
def posting_to_fifo_requires_deduplicationid_group_id(c):
    url = c.fifo()
    for suffix in ("", "-query"):
        c.refused(f"invalid-parameter-value{suffix}", c.sqs.send_message, QueueUrl=url,
                  MessageBody="x", MessageGroupId="g")
        c.refused(f"missing-parameter{suffix}", c.sqs.send_message, QueueUrl=url, MessageBody="x",
                  MessageDeduplicationId="d")


@scenario
def successive_purge_calls_fail(c):
    url = c.queue()
    c.sqs.purge_queue(QueueUrl=url)
    c.refused("purge_queue_error", c.sqs.purge_queue, QueueUrl=url)


def send_and_receive(c, url, step, body, group, deduplication):
    c.sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group,
                       MessageDeduplicationId=deduplication)
    answer = c.keep(step, c.sqs.receive_message(QueueUrl=url))
    for message in answer.get("Messages", []):
        c.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


HIGH = {"DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
REGULAR = {"DeduplicationScope": "queue", "FifoThroughputLimit": "perQueue"}


@scenario
def sqs_fifo_same_dedup_id_different_message_groups(c):
    url = c.fifo()
    for i in ("1", "2"):
        send_and_receive(c, url, f"same-dedup-different-grp-{i}", "Test", i, "d")


@scenario
def fifo_high_throughput_ordering(c):
    url = c.fifo(**HIGH)
    for i in ("1", "2"):
        send_and_receive(c, url, f"same-dedup-different-grp-{i}", f"Test{i}", i, "d")


@scenario
def fifo_change_to_high_throughput_after_creation(c):
    url = c.fifo(**REGULAR)
    send_and_receive(c, url, "same-dedup-different-grp-1", "Test1", "1", "d1")
    send_and_receive(c, url, "same-dedup-different-grp-2", "Test2", "2", "d1")
    c.sqs.set_queue_attributes(QueueUrl=url, Attributes=HIGH)
    c.keep("set-to-high-throughput", c.attributes(url))
    send_and_receive(c, url, "same-dedup-different-grp-high-throughput", "Test3", "1", "d1")
    send_and_receive(c, url, "same-dedup-different-grp-high-throughput-2", "Test3", "2", "d1")
    send_and_receive(c, url, "new-dedup2-high-throughput", "Test4", "1", "d2")
    send_and_receive(c, url, "same-dedup2-high-throughput", "Test5", "2", "d2")


@scenario
def fifo_change_to_regular_throughput_after_creation(c):
    url = c.fifo(**HIGH)
    send_and_receive(c, url, "same-dedup-different-grp-1", "Test1", "1", "d1")
    send_and_receive(c, url, "same-dedup-different-grp-2", "Test2", "2", "d1")
    c.sqs.set_queue_attributes(QueueUrl=url, Attributes=REGULAR)
    c.keep("set-to-regular-throughput", c.attributes(url))
    send_and_receive(c, url, "same-dedup-different-grp-regular-throughput", "Test3", "3", "d1")


@scenario
def sqs_fifo_message_group_scope_no_throughput_setting(c):
    url = c.fifo(DeduplicationScope="messageGroup")
    for i in ("1", "2"):
        send_and_receive(c, url, f"same-dedup-different-grp-{i}", "Test", i, "d")


SSE = ["KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled"]


@scenario
def sse_queue_attributes(c):
    for step, values in (("sse_kms_attributes", ["testKeyId", "6000", "false"]),
                         ("sse_sqs_attributes", [None, None, "true"])):
        url = c.queue()
        c.sqs.set_queue_attributes(QueueUrl=url, Attributes={
            name: value for name, value in zip(SSE, values) if value})
        c.keep(step, c.attributes(url, *SSE))


@scenario
def sse_kms_and_sqs_are_mutually_exclusive(c):
    with pytest.raises(ClientError) as error:
        c.sqs.set_queue_attributes(QueueUrl=c.queue(), Attributes={
            "KmsMasterKeyId": "testKeyId", "SqsManagedSseEnabled": "true"})
    c.keep("error", str(error.value))


@scenario
def receive_message_message_attribute_names_filters(c):
    url = c.queue(VisibilityTimeout="0")
    c.keep("send_message_response", c.sqs.send_message(
        QueueUrl=url, MessageBody="msg", MessageAttributes={
            name: {"DataType": "String", "StringValue": value}
            for name, value in (("Help.Me", "Me"), ("Hello", "There"), ("General", "Kenobi"))}))
    steps = {"empty_filter": [], "all_name": ["All"], "all_wildcard_asterisk": ["*"],
             "all_wildcard": [".*"], "only_non_existing_names": ["Foo", "Help"],
             "only_existing": ["Hello", "General"], "existing_and_non_existing": ["Foo", "Hello"],
             "prefix_filter": ["Hel.*"], "illegal_name_1": ["AWS."], "illegal_name_2": ["..foo"]}
    whole = ("empty_filter", "all_name", "illegal_name_1", "illegal_name_2")
    for step, names in steps.items():
        answer = c.sqs.receive_message(QueueUrl=url, MessageAttributeNames=names)
        c.keep(step, answer if step in whole else answer["Messages"][0])


def filter_attributes(c, parameter):
    url = c.queue(VisibilityTimeout="0")
    c.sqs.send_message(QueueUrl=url, MessageBody="msg", MessageAttributes={
        "Foo": {"DataType": "String", "StringValue": "Bar"}})
    for step, names, own in (("all_attributes", ["All"], []),
                             ("all_system_and_message_attributes", ["All"], ["All"]),
                             ("single_attribute", ["SenderId"], []),
                             ("multiple_attributes", ["SenderId", "SequenceNumber"], [])):
        c.keep(step, c.sqs.receive_message(QueueUrl=url, MessageAttributeNames=own,
                                           **{parameter: names}))


@scenario
def receive_message_attribute_names_filters(c):
    filter_attributes(c, "AttributeNames")


@scenario
def receive_message_message_system_attribute_names_filters(c):
    filter_attributes(c, "MessageSystemAttributeNames")


@scenario
def message_system_attribute_names_with_attribute_names(c):
    url = c.queue(VisibilityTimeout="0")
    c.sqs.send_message(QueueUrl=url, MessageBody="msg")
    c.keep("same_values", c.sqs.receive_message(
        QueueUrl=url, AttributeNames=["All"], MessageSystemAttributeNames=["All"]))
    c.keep("different_values", c.sqs.receive_message(
        QueueUrl=url, AttributeNames=["SenderId"], MessageSystemAttributeNames=["All"]))


@scenario
def sqs_permission_lifecycle(c):
    url, me, other, label = c.queue(), c.account, "668614515564", "crossaccountpermission"

    def add(label, *accounts):
        return c.sqs.add_permission(QueueUrl=url, AWSAccountIds=list(accounts),
                                    Actions=["ReceiveMessage"], Label=label)

    def remove(label):
        return c.sqs.remove_permission(QueueUrl=url, Label=label)

    def policy(step):
        c.keep(f"get-queue-policy-attribute{step}", c.attributes(url, "Policy"))

    c.keep("add-permission-response", add(label, me, other))
    policy("")
    c.keep("remove-permission-response", remove(label))
    policy("-after-removal")
    add(label, me)
    policy("-first-account-same-label")
    with pytest.raises(ClientError) as error:
        add(label, other)
    c.keep("get-queue-policy-attribute-second-account-same-label", error.value.response)
    add(label + "2", me)
    policy("-second-account-different-label")
    remove(label)
    policy("-delete-first-permission")
    remove(label + "2")
    policy("-delete-second-permission")
    c.refused("get-queue-policy-attribute-delete-non-existent-label", remove, label=label + "2")


@scenario
def non_existent_queue(c):
    query = query_model.client(c.server.endpoint, aws_access_key_id="test",
                               aws_secret_access_key="test")
    json_client = queues.client(c.server.endpoint)
    c.refused("queue-does-not-exist", json_client.get_queue_attributes, QueueUrl="this-one-is-not")
    c.refused("queue-does-not-exist-url", json_client.get_queue_url, QueueName="this-one-is-not")
    c.refused("queue-does-not-exist-query", query.get_queue_url, QueueName="this-one-is-not")
    c.protocol = "json"  # The record has both.


@scenario
def send_message_via_queue_url_with_json_protocol(c):
    c.keep("receive-json-on-queue-url", c.sqs.receive_message(QueueUrl=c.queue()))


@scenario
def set_unsupported_attribute_standard(c):
    url = c.queue()
    for step, value in (("invalid-attr-name-1", "true"), ("invalid-attr-name-2", "false")):
        c.refused(step, c.sqs.set_queue_attributes, QueueUrl=url, Attributes={"FifoQueue": value})


@scenario
def create_standard_queue_with_fifo_attribute_raises_error(c):
    for step, name, value in (
            ("fifo-queue", "FifoQueue", "false"),
            ("content-based-deduplication", "ContentBasedDeduplication", "false"),
            ("deduplication-scope", "DeduplicationScope", "queue"),
            ("throughput-limit", "FifoThroughputLimit", "perQueue")):
        c.refused(f"invalid-attribute-{step}", c.sqs.create_queue, QueueName="standard",
                  Attributes={name: value})


@scenario
def send_receive_wait_time_seconds(c):
    url = c.queue()
    for body in range(2):
        c.sqs.send_message(QueueUrl=url, MessageBody="message")
    c.refused("recieve_message_error_too_large", c.sqs.receive_message, QueueUrl=url,
              WaitTimeSeconds=21)
    c.refused("recieve_message_error_too_small", c.sqs.receive_message, QueueUrl=url,
              WaitTimeSeconds=-1)
    c.keep("empty_short_poll_by_default_resp", c.sqs.receive_message(QueueUrl=url))
    c.keep("empty_short_poll_explicit_resp",
           c.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=0))


@scenario
def receive_empty_queue(c):
    url = c.queue()
    c.keep("empty_short_poll_resp_no_param", c.sqs.receive_message(QueueUrl=url))
    c.keep("empty_short_poll_resp", c.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=0))
    c.keep("empty_long_poll_resp", c.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1))


@scenario
def send_empty_message(c):
    c.refused("send_empty_message", c.sqs.send_message, QueueUrl=c.queue(), MessageBody="")


@scenario
def list_queues_pagination(c):
    prefix = "7f7df0f5"
    for i in range(10):
        c.sqs.create_queue(QueueName=f"{prefix}-test-queue-{i}")

    def as_recorded(answer):
        """The recorder wrote another host, and with it another token."""
        here = f"{c.server.endpoint}/{c.account}"
        there = "http://sqs.<region>.localhost.localstack.cloud:4566/111111111111"
        answer["QueueUrls"] = [url.replace(here, there) for url in answer["QueueUrls"]]
        if "NextToken" in answer:
            assert base64.b64decode(answer["NextToken"]).decode() == f"{prefix}-test-queue-1"
            answer["NextToken"] = base64.b64encode(answer["QueueUrls"][-1].encode()).decode()
        answer["QueueUrls"] = [url.replace("<region>", "us-east-1").replace(
            "111111111111", c.account) for url in answer["QueueUrls"]]
        return answer

    c.keep("list_all", as_recorded(c.sqs.list_queues(QueueNamePrefix=prefix)))
    first = c.sqs.list_queues(QueueNamePrefix=prefix, MaxResults=2)
    token = first["NextToken"]
    c.keep("list_two_max", as_recorded(first))
    rest = c.sqs.list_queues(QueueNamePrefix=prefix, MaxResults=10, NextToken=token)
    c.keep("list_remaining", as_recorded(rest))


@scenario
def delete_after_visibility_timeout(c):
    url = c.queue(VisibilityTimeout="1")
    c.sqs.send_message(QueueUrl=url, MessageBody="foobar")
    handle = c.sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    c.wait_visible(url)
    c.sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    c.keep("delete_after_timeout_queue_empty", c.sqs.receive_message(QueueUrl=url))


@scenario
def fifo_delete_after_visibility_timeout(c):
    url = c.fifo(VisibilityTimeout="1", ContentBasedDeduplication="true")
    c.sqs.send_message(QueueUrl=url, MessageBody="foobar", MessageGroupId="1")
    got = c.keep("received_sqs_message", c.sqs.receive_message(QueueUrl=url))
    c.wait_visible(url)
    c.refused("delete_after_timeout_fifo", c.sqs.delete_message, QueueUrl=url,
              ReceiptHandle=got["Messages"][0]["ReceiptHandle"])


@scenario
def fifo_delete_after_visibility_timeout_extended(c):
    url = c.fifo(VisibilityTimeout="1", ContentBasedDeduplication="true")
    c.sqs.send_message(QueueUrl=url, MessageBody="foobar", MessageGroupId="1")
    start = time.monotonic()
    got = c.keep("received_sqs_message", c.sqs.receive_message(QueueUrl=url))
    handle = got["Messages"][0]["ReceiptHandle"]
    c.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=30)
    process.wait_for(lambda: time.monotonic() > start + 1.1, "the first timeout")
    c.keep("delete_after_timeout_fifo_extended",
           c.sqs.delete_message(QueueUrl=url, ReceiptHandle=handle))
    assert "Messages" not in c.sqs.receive_message(QueueUrl=url)


@scenario
def aws_trace_header_propagation(c):
    url = c.queue()
    header = "Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1"

    def add(request, **_):
        request.headers["X-Amzn-Trace-Id"] = header

    c.sqs.meta.events.register("before-sign.sqs.SendMessage", add)
    sent = c.sqs.send_message(QueueUrl=url, MessageBody="test", MessageAttributes={
        "timestamp": {"DataType": "Number", "StringValue": "1493147359900"}})
    assert "MD5OfMessageSystemAttributes" not in sent
    got = c.sqs.receive_message(QueueUrl=url, AttributeNames=["SentTimestamp", "AWSTraceHeader"],
                                MessageAttributeNames=["All"])
    c.keep("xray-msg", got["Messages"][0])


@scenario
def fair_queue_with_message_group_id(c):
    url = c.queue()
    c.keep("send_message", c.sqs.send_message(QueueUrl=url, MessageBody="message",
                                              MessageGroupId="test"))
    c.keep("get-message-with-deduplication-id",
           c.sqs.receive_message(QueueUrl=url, AttributeNames=["All"]))


@scenario
def fifo_queue_send_message_with_zero_delay_defaults_to_queue_delay(c):
    url = c.fifo(ContentBasedDeduplication="true", DelaySeconds="1")
    c.keep("send_message_result", c.sqs.send_message(
        QueueUrl=url, MessageBody="message-1", MessageGroupId="1", DelaySeconds=0))
    c.keep("receive_message_initial_result", c.sqs.receive_message(QueueUrl=url))
    c.keep("receive_message_after_delay_result",
           c.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10))


@scenario
def set_queue_attributes_default_values(c):
    url = c.queue()
    c.keep("get-queue-attributes-initial-values", c.attributes(url))
    for step, key, period in (("update", "testKeyId", "6000"), ("set-to-defaults", "", "300")):
        c.sqs.set_queue_attributes(QueueUrl=url, Attributes={
            "KmsMasterKeyId": key, "KmsDataKeyReusePeriodSeconds": period} | (
                {"SqsManagedSseEnabled": "false"} if key else {}))
        c.keep(f"get-queue-attributes-after-{step}", c.attributes(url))
