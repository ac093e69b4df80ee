"""Every request that Bauta sends is signed as botocore would sign it."""
import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

from support import process
from support.site import logins

from conftest import fresh

ID, SECRET, TOKEN = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "session/token=="


def signature_by_botocore(endpoint, path, headers, body, region, session) -> str:
    names = headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    request = botocore.awsrequest.AWSRequest(
        "POST", endpoint + path, data=body, headers={n: headers[n] for n in names if n != "host"})
    if "host" in names:
        request.headers["Host"] = headers["host"]
    auth = botocore.auth.SigV4Auth(botocore.credentials.Credentials(ID, SECRET, session), "sqs", region)
    request.context["timestamp"] = headers["x-amz-date"]
    canonical = auth.canonical_request(request)
    return auth.signature(auth.string_to_sign(request, canonical), request)


@pytest.mark.parametrize("session", [None, TOKEN], ids=["long-term", "session"])
def test_signatures_are_those_of_botocore(site, proxy, session):
    site.queue.send_events(logins(25))
    site.configure(endpoint=proxy.endpoint)
    more = {"AWS_SESSION_TOKEN": session} if session else {}
    site.run(env=process.environment(AWS_ACCESS_KEY_ID=ID, AWS_SECRET_ACCESS_KEY=SECRET, **more))
    assert {"ReceiveMessage", "DeleteMessageBatch", "GetQueueAttributes"} <= set(proxy.calls)
    for call, path, headers, body in proxy.requests:
        headers = {name.lower(): value for name, value in headers.items()}
        assert f"Credential={ID}/" in headers["authorization"], call
        assert headers.get("x-amz-security-token") == session
        given = headers["authorization"].split("Signature=")[1]
        assert given == signature_by_botocore(
            proxy.endpoint, path, headers, body, "us-east-1", session), call


def test_forms_of_the_query_protocol_are_signed_so_too(query_only):
    queue = query_only.queue(fresh("signed"))
    before = len(query_only.requests)
    done = process.bauta("queue", "send", queue.name, "--body", "a b+c/=~é", env=process.environment(
        AWS_ENDPOINT_URL_SQS=query_only.endpoint, AWS_ACCESS_KEY_ID=ID, AWS_SECRET_ACCESS_KEY=SECRET,
        AWS_SESSION_TOKEN=TOKEN))
    assert done.code == 0, done
    assert queue.receive()[0]["Body"] == "a b+c/=~é"
    ours = [r for r in query_only.requests[before:] if f"Credential={ID}/" in r[2]["Authorization"]]
    assert [call for call, *_ in ours] == ["GetQueueUrl", "GetQueueUrl", "SendMessageBatch"]
    for call, path, headers, body in ours:
        headers = {name.lower(): value for name, value in headers.items()}
        assert headers["authorization"].split("Signature=")[1] == signature_by_botocore(
            query_only.endpoint, path, headers, body, "us-east-1", TOKEN), call


def test_without_credentials_a_local_endpoint_gets_test(site, proxy):
    site.configure(endpoint=proxy.endpoint)
    ended = site.run()
    assert all("Credential=test/" in headers["Authorization"]
               for _, _, headers, _ in proxy.requests)
    assert ended.err.count("test/test") == 1
    assert proxy.requests


def test_credentials_come_from_the_shared_file_too(site, proxy, tmp_path):
    file = tmp_path / "credentials"
    file.write_text(f"[default]\naws_access_key_id = OTHER\naws_secret_access_key = x\n"
                    f"[mine]\naws_access_key_id = {ID}\naws_secret_access_key = {SECRET}\n")
    site.configure(endpoint=proxy.endpoint)
    site.run(env=process.environment(AWS_SHARED_CREDENTIALS_FILE=str(file), AWS_PROFILE="mine"))
    assert all(f"Credential={ID}/" in headers["Authorization"]
               for _, _, headers, _ in proxy.requests)
    assert proxy.requests
