"""boto3's SQS client in the query protocol, which new versions of it have forgotten: their model of
SQS with the names put back that the protocol uses."""
import functools
import json
import pathlib
import tempfile

import botocore.loaders
import botocore.session

# What one item of a list is called in forms and in XML.
ITEMS = {
    "AWSAccountIdList": "AWSAccountId", "ActionNameList": "ActionName",
    "AttributeNameList": "AttributeName", "BatchResultErrorEntryList": "BatchResultErrorEntry",
    "ChangeMessageVisibilityBatchRequestEntryList": "ChangeMessageVisibilityBatchRequestEntry",
    "ChangeMessageVisibilityBatchResultEntryList": "ChangeMessageVisibilityBatchResultEntry",
    "DeleteMessageBatchRequestEntryList": "DeleteMessageBatchRequestEntry",
    "DeleteMessageBatchResultEntryList": "DeleteMessageBatchResultEntry",
    "ListMessageMoveTasksResultEntryList": "ListMessageMoveTasksResultEntry",
    "MessageAttributeNameList": "MessageAttributeName", "MessageList": "Message",
    "MessageSystemAttributeList": "MessageSystemAttributeName", "QueueUrlList": "QueueUrl",
    "SendMessageBatchRequestEntryList": "SendMessageBatchRequestEntry",
    "SendMessageBatchResultEntryList": "SendMessageBatchResultEntry", "TagKeyList": "TagKey",
}
# Entries of a map, their keys and values.
PAIRS = {
    "MessageBodyAttributeMap": ("MessageAttribute", "Name", "Value"),
    "MessageBodySystemAttributeMap": ("MessageSystemAttribute", "Name", "Value"),
    "MessageSystemAttributeMap": ("Attribute", "Name", "Value"),
    "QueueAttributeMap": ("Attribute", "Name", "Value"), "TagMap": ("Tag", "Key", "Value"),
}


@functools.cache
def _folder() -> tempfile.TemporaryDirectory:
    """Where the model is that botocore shall load; lives as long as the process."""
    model = json.loads(json.dumps(botocore.loaders.Loader().load_service_model("sqs", "service-2")))
    model["metadata"] |= {"protocol": "query", "protocols": ["query"],
                          "xmlNamespace": "http://queue.amazonaws.com/doc/2012-11-05/"}
    del model["metadata"]["awsQueryCompatible"]
    for name, shape in model["shapes"].items():
        if name in ITEMS:
            shape["flattened"] = True
            shape["member"]["locationName"] = ITEMS[name]
        if name in PAIRS:
            shape["flattened"] = True
            shape["key"]["locationName"], shape["value"]["locationName"] = PAIRS[name][1:]
        for member in shape.get("members", {}).values():
            if member["shape"] in PAIRS:
                member["locationName"] = PAIRS[member["shape"]][0]
    for name, operation in model["operations"].items():
        if "output" in operation:
            operation["output"]["resultWrapper"] = f"{name}Result"
    folder = tempfile.TemporaryDirectory(prefix="sqs-query-")
    path = pathlib.Path(folder.name) / "sqs/2012-11-05/service-2.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(model))
    return folder


def client(endpoint: str, region: str = "us-east-1", **options):
    session = botocore.session.Session()
    loader = botocore.loaders.Loader(
        extra_search_paths=[_folder().name], include_default_search_paths=True)
    loader._search_paths.insert(0, _folder().name)  # Before botocore's own.
    session.register_component("data_loader", loader)
    return session.create_client("sqs", endpoint_url=endpoint, region_name=region, **options)
