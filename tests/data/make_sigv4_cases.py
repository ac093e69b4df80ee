"""Writes sigv4_cases.json: requests and the Authorization header that botocore gives them.

    python3 tests/data/make_sigv4_cases.py > tests/data/sigv4_cases.json

Every input is made up; the keys are AWS's documented examples or random text.
"""
import datetime
import json
import random
from unittest import mock

from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

random.seed(20261121)
SECRETS = ["wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "test", "a/b+c=d//++", "x" * 200, "\u00e9",
           "/////", "+ with spaces +", "="]
TOKENS = [None, "IQoJb3JpZ2luX2VjE/+=", "FwoGZXIvYXdzE" * 30, "a//b++c==", "t" * 300,
          "a  b\tc", " padded "]
REGIONS = ["us-east-1", "eu-central-2", "cn-north-1", "us-gov-west-1", "eusc-de-east-1", "x"]
TARGETS = ["ReceiveMessage", "DeleteMessageBatch", "ChangeMessageVisibilityBatch"]
HOSTS = ["sqs.us-east-1.amazonaws.com", "127.0.0.1:4566", "localhost:80", "queue.example.com:8443",
         "[2001:db8::1]:4566", "vpce-0a1b-c2d3.sqs.eu-west-1.vpce.amazonaws.com"]
PATHS = ["/", "/000000000000/q", "/a b/c", "/%41/~x", "/p/q.fifo", "/\u00fc", "/a+b=c&d,e;f",
         "/100%25", "/q's(1)*!", "/$@:/", "/-_.~", "/\u65e5\u672c/\U0001f600", "/" + "long/" * 80,
         "/a%2Fb", "/<>\"^`{|}"]
BODIES = ["{}", "", '{"QueueUrl":"http://127.0.0.1:4566/000000000000/q"}',
          '{"MessageBody":"Zo\u00eb \U0001f600"}', "x" * 2000, "a\r\nb\tc", " ", "\0\x01\x7f",
          "Action=ReceiveMessage&Version=2012-11-05&QueueUrl=http%3A%2F%2Fh%2Fq", "\n",
          '{"MessageBody":"\\u00e9\\ud83d\\ude00"}', "63" * 31 + "6", "64" * 32, "\u65e5" * 100]
EXTRAS = [{}, {"amz-sdk-request": "attempt=1; max=3"}, {"x-a": "  two   spaces\t and tab "},
          {"x-amz-a": "1", "x-amz-a-b": "2"}, {"x-empty": ""}, {"x-blank": "   "},
          {"x-amz-meta-name": "Zo\u00eb"}, {"x-z": "a,b , c", "x-a": "\"quoted   inside\""},
          {"accept": "*/*", "range": "bytes=0-1"}, {"x-trail": "a \t \t b\t"},
          {"content-length": "2", "amz-sdk-invocation-id": "00000000-0000-4000-8000-000000000000"}]
TIMES = ["20261121T070000Z", "20240229T235959Z", "20250101T000000Z", "19700101T000000Z",
         "20991231T235959Z", "20261121T235959Z", "20000229T120000Z"]


def case(i):
    secret, token = SECRETS[i % len(SECRETS)], TOKENS[i % len(TOKENS)]
    service = "sts" if i % 13 == 0 else "sqs"
    host, path, body = random.choice(HOSTS), random.choice(PATHS), random.choice(BODIES)
    region, when = random.choice(REGIONS), random.choice(TIMES)
    method = "GET" if i % 17 == 0 else "POST"
    headers = {"Host": host, "Content-Type": "application/x-amz-json-1.0",
               "X-Amz-Target": "AmazonSQS." + random.choice(TARGETS), "x-amzn-query-mode": "true"}
    headers.update(random.choice(EXTRAS))
    request = AWSRequest(method, "http://" + host + path, data=body.encode(), headers=headers)
    at = datetime.datetime.strptime(when, "%Y%m%dT%H%M%SZ")
    signer = auth.SigV4Auth(Credentials("AKIDEXAMPLE", secret, token), service, region)
    with mock.patch.object(auth, "get_current_datetime", lambda *a, **k: at):
        signer.add_auth(request)
    signed = signer.headers_to_sign(request)
    names = sorted({name.lower() for name in signed} - {"authorization"})
    assert request.headers["X-Amz-Date"] == when, request.headers["X-Amz-Date"]
    return {"secret": secret, "token": token or "", "region": region, "service": service,
            "method": method, "path": path, "body": body, "date": when,
            "headers": [[n, ",".join(signed.get_all(n))] for n in names],
            "authorization": request.headers["Authorization"]}


print("[\n" + ",\n".join(json.dumps(case(i)) for i in range(210)) + "\n]")
