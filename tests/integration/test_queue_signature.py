"""The embedded queue that serves only what is signed with its keys."""
import subprocess
import urllib.error
import urllib.request

import boto3
import botocore.config
import pytest
from botocore.exceptions import ClientError

from support import process, query_model, queues

ID, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    file = tmp_path_factory.mktemp("keys") / "credentials"
    file.write_text(f"[default]\naws_access_key_id = {ID}\naws_secret_access_key = {SECRET}\n")
    embedded = queues.Embedded("--require-signature", file, "--queue", "known")
    yield embedded
    embedded.stop()


def client(server, protocol, key_id=ID, secret=SECRET):
    keys = {"aws_access_key_id": key_id, "aws_secret_access_key": secret}
    if protocol == "query":
        return query_model.client(server.endpoint, **keys)
    return boto3.client("sqs", endpoint_url=server.endpoint, region_name="us-east-1",
                        config=botocore.config.Config(retries={"max_attempts": 1}), **keys)


@pytest.mark.parametrize("protocol", ["json", "query"])
def test_its_own_keys_are_served_and_no_others(server, protocol):
    sqs = client(server, protocol)
    url = sqs.get_queue_url(QueueName="known")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="Zoë 😀 <&>+%")
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "Zoë 😀 <&>+%"
    for key_id, secret, code in ((ID, "wrong", "SignatureDoesNotMatch"),
                                 ("AKIDOTHER", SECRET, "InvalidClientTokenId")):
        with pytest.raises(ClientError) as error:
            client(server, protocol, key_id, secret).list_queues()
        response = error.value.response
        assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (code, 403)


def status(url):
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_presigned_urls(server):
    sqs = client(server, "query")
    url = sqs.generate_presigned_url("send_message", HttpMethod="GET", Params={
        "QueueUrl": f"{server.endpoint}/000000000000/known", "MessageBody": "a b+c&d=é~*"})
    assert status(url)[0] == 200
    assert "<Body>a b+c&amp;d=é~*</Body>" in status(sqs.generate_presigned_url(
        "receive_message", HttpMethod="GET", Params={"QueueUrl": "known"}))[1]
    got = status(url.replace("MessageBody=a", "MessageBody=b"))
    assert got[0] == 403 and "<Code>SignatureDoesNotMatch</Code>" in got[1]


def test_without_a_signature_only_health_is_served(server):
    assert status(f"{server.endpoint}/health")[0] == 200
    got = status(f"{server.endpoint}/?Action=ListQueues")
    assert got[0] == 403 and "<Code>MissingAuthenticationToken</Code>" in got[1]


def test_a_file_without_keys_is_an_error(tmp_path):
    (tmp_path / "empty").write_text("[default]\n")
    for file, message in (("none", "cannot read the keys in"), ("empty", "no keys in")):
        done = subprocess.run([process.BAUTA, "queue", "serve", "--listen", "127.0.0.1:0",
                               "--require-signature", tmp_path / file],
                              capture_output=True, text=True, timeout=30)
        assert done.returncode == 2 and message in done.stderr


@pytest.mark.parametrize("path", ["/moto-api/reset", "/bauta/bad-day"])
def test_nobody_else_resets_it_or_changes_its_day(server, embedded, path):
    for endpoint, headers in ((server.endpoint, {}),  # Unsigned; and a page in a browser.
                              (embedded.endpoint, {"Origin": "https://example.com"})):
        request = urllib.request.Request(endpoint + path, data=b"{}", headers=headers)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=10)
        assert refused.value.code == 403
    assert client(server, "json").get_queue_url(QueueName="known")["QueueUrl"]
