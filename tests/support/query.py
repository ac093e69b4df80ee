"""SQS by its query protocol, for servers that know no other: those calls of boto3's client that the
tests make, with its answers.  Shares no code with Bauta."""
import base64
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as etree


# No server of ours checks the signature; moto reads there which service is meant.
SCOPE = ("AWS4-HMAC-SHA256 Credential=test/20261121/us-east-1/sqs/aws4_request,"
         " SignedHeaders=host, Signature=0")


class QueryClient:
    def __init__(self, endpoint: str):
        self._endpoint = endpoint

    def create_queue(self, QueueName, Attributes):
        asked = {"QueueName": QueueName}
        for i, (name, value) in enumerate(Attributes.items(), 1):
            asked |= {f"Attribute.{i}.Name": name, f"Attribute.{i}.Value": value}
        return {"QueueUrl": self._call("CreateQueue", asked).findtext("QueueUrl")}

    def send_message_batch(self, QueueUrl, Entries):
        asked = {"QueueUrl": QueueUrl}
        for i, entry in enumerate(Entries, 1):
            for name, value in entry.items():
                asked[f"SendMessageBatchRequestEntry.{i}.{name}"] = value
        result = self._call("SendMessageBatch", asked)
        return {"Successful": [{name: entry.findtext(name) for name in ("Id", "MessageId")}
                               for entry in result.findall("SendMessageBatchResultEntry")],
                "Failed": [entry.findtext("Code")
                           for entry in result.findall("BatchResultErrorEntry")]}

    def send_message(self, QueueUrl, MessageBody, MessageAttributes=None):
        asked = {"QueueUrl": QueueUrl, "MessageBody": MessageBody}
        for i, (name, value) in enumerate((MessageAttributes or {}).items(), 1):
            asked[f"MessageAttribute.{i}.Name"] = name
            for field, content in value.items():
                if isinstance(content, bytes):
                    content = base64.b64encode(content).decode()
                asked[f"MessageAttribute.{i}.Value.{field}"] = content
        return {"MessageId": self._call("SendMessage", asked).findtext("MessageId")}

    def receive_message(self, QueueUrl, AttributeNames=(), **asked):
        asked |= {"QueueUrl": QueueUrl}
        asked |= {f"AttributeName.{i}": name for i, name in enumerate(AttributeNames, 1)}
        return {"Messages": [
            {name: message.findtext(name) for name in ("MessageId", "Body", "ReceiptHandle")} |
            {"Attributes": _pairs(message)}
            for message in self._call("ReceiveMessage", asked).findall("Message")]}

    def get_queue_attributes(self, QueueUrl, AttributeNames):
        asked = {f"AttributeName.{i}": name for i, name in enumerate(AttributeNames, 1)}
        return {"Attributes": _pairs(self._call("GetQueueAttributes",
                                                {"QueueUrl": QueueUrl} | asked))}

    def _call(self, action: str, asked: dict):
        form = urllib.parse.urlencode({"Action": action, "Version": "2012-11-05"} | asked).encode()
        try:
            request = urllib.request.Request(self._endpoint, form, {"Authorization": SCOPE})
            with urllib.request.urlopen(request, timeout=30) as answer:
                root = etree.fromstring(answer.read())
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{action}: {error.code} {error.read()[:500]}") from None
        for element in root.iter():
            element.tag = element.tag.rpartition("}")[2]
        return root.find(f"{action}Result")


def _pairs(parent) -> dict[str, str]:
    return {a.findtext("Name"): a.findtext("Value") for a in parent.findall("Attribute")}
