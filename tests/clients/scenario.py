"""What every client does, here with whatever boto3 runs it: scenario.py ENDPOINT PREFIX.

Prints what it saw as one JSON object, which the test compares; queue.mjs and main.go do the same.
"""
import json
import sys

import boto3
import botocore.config

endpoint, prefix = sys.argv[1:]
sqs = boto3.client("sqs", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test",
                   aws_secret_access_key="test",
                   config=botocore.config.Config(retries={"max_attempts": 1}))
saw = {}


def receive(queue, count=10, **options):
    return sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=count, **options).get("Messages", [])


def receipts(messages):
    return [{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(messages)]


def failures(answer):
    return [[f["Id"], f["Code"], f["SenderFault"]] for f in answer.get("Failed", [])]


def ids(answer):
    return sorted(entry["Id"] for entry in answer.get("Successful", []))


# A message with attributes, held, given back, deleted.
queue = sqs.create_queue(QueueName=prefix, Attributes={"VisibilityTimeout": "60"},
                         tags={"team": "a"})["QueueUrl"]
body = 'Zoë 😀 <&> "x"\r\n'
sent = sqs.send_message(QueueUrl=queue, MessageBody=body, MessageAttributes={
    "s": {"DataType": "String", "StringValue": "login"},
    "n": {"DataType": "Number", "StringValue": "42"},
    "b": {"DataType": "Binary", "BinaryValue": b"\0\xff"}})
ask = {"AttributeNames": ["All"], "MessageAttributeNames": ["All"]}
[first] = receive(queue, **ask)
sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=first["ReceiptHandle"],
                              VisibilityTimeout=0)
[again] = receive(queue, **ask)
attributes = again["MessageAttributes"]
saw["message"] = {
    "same": [again["MessageId"] == sent["MessageId"], again["Body"] == body,
             again["MD5OfBody"] == sent["MD5OfMessageBody"],
             again["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]],
    "md5": sent["MD5OfMessageBody"], "attributes_md5": sent["MD5OfMessageAttributes"],
    "received": again["Attributes"]["ApproximateReceiveCount"],
    "attributes": [attributes["s"]["StringValue"], attributes["n"]["StringValue"],
                   attributes["b"]["BinaryValue"].hex()]}
sqs.delete_message(QueueUrl=queue, ReceiptHandle=again["ReceiptHandle"])

# Batches of which a part fails.
batch = sqs.send_message_batch(QueueUrl=queue, Entries=[
    {"Id": "a", "MessageBody": "one"}, {"Id": "bad", "MessageBody": "\x01"},
    {"Id": "b", "MessageBody": "two"}])
saw["sent"] = [ids(batch), failures(batch)]
got = receive(queue)
while len(got) < 2:
    got += receive(queue, WaitTimeSeconds=1)
saw["bodies"] = sorted(m["Body"] for m in got)
changed = sqs.change_message_visibility_batch(QueueUrl=queue, Entries=[
    {**entry, "VisibilityTimeout": 30} for entry in receipts(got)])
saw["changed"] = [ids(changed), failures(changed)]
deleted = sqs.delete_message_batch(
    QueueUrl=queue, Entries=receipts(got) + [{"Id": "bad", "ReceiptHandle": "none"}])
saw["deleted"] = [ids(deleted), failures(deleted)]

# A long poll, which has to wait.
sqs.send_message(QueueUrl=queue, MessageBody="late", DelaySeconds=1)
saw["empty"] = len(receive(queue))
[late] = receive(queue, WaitTimeSeconds=20)
saw["late"] = late["Body"]
sqs.delete_message(QueueUrl=queue, ReceiptHandle=late["ReceiptHandle"])

# In order, and once.
fifo = sqs.create_queue(QueueName=f"{prefix}.fifo", Attributes={
    "FifoQueue": "true", "ContentBasedDeduplication": "true"})["QueueUrl"]
in_order = sqs.send_message_batch(QueueUrl=fifo, Entries=[
    {"Id": i, "MessageBody": i, "MessageGroupId": "g"} for i in "123"])
twice = sqs.send_message(QueueUrl=fifo, MessageBody="1", MessageGroupId="g")
held = receive(fifo, AttributeNames=["All"])
sequence = [m["Attributes"]["SequenceNumber"] for m in held]
saw["fifo"] = {
    "bodies": [m["Body"] for m in held], "grows": sequence == sorted(set(sequence)),
    "same": in_order["Successful"][0]["SequenceNumber"] == twice["SequenceNumber"],
    "locked": len(receive(fifo)),
    "deleted": ids(sqs.delete_message_batch(QueueUrl=fifo, Entries=receipts(held)))}

# What is not there.
try:
    sqs.get_queue_url(QueueName=f"{prefix}-none")
except sqs.exceptions.QueueDoesNotExist as error:
    saw["missing"] = [error.response["Error"]["Code"],
                      error.response["ResponseMetadata"]["HTTPStatusCode"]]

# Pages.
for i in range(3):
    sqs.create_queue(QueueName=f"{prefix}-{i}")
pages = list(sqs.get_paginator("list_queues").paginate(QueueNamePrefix=f"{prefix}-",
                                                       PaginationConfig={"PageSize": 2}))
saw["pages"] = [[url.rpartition("-")[2] for url in page["QueueUrls"]] for page in pages]

saw["tags"] = sqs.list_queue_tags(QueueUrl=queue)["Tags"]
all_attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
saw["queue"] = [all_attributes["VisibilityTimeout"], all_attributes["ApproximateNumberOfMessages"]]
sqs.delete_queue(QueueUrl=queue)
print(json.dumps(saw))
