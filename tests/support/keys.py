"""Credentials that expire in a hurry, and a door to a queue that lets nobody in with old ones."""
import datetime
import http.server
import itertools
import json
import threading
import time
from collections import Counter

import botocore.auth
import botocore.awsrequest
import botocore.credentials

from support.queues import Proxy


class Container:
    """The credentials endpoint of a container: new keys at each question, good for `life` seconds.
    While `away` it answers with `excuse`."""

    TOKEN = "token-of-the-container"

    def __init__(self, life: float):
        self.life, self.away, self.excuse = life, False, 503
        self.issued: dict[str, dict] = {}
        self.refused = 0
        numbers, container = itertools.count(1), self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                if self.headers["Authorization"] != container.TOKEN or container.away:
                    container.refused += 1
                    return self._send(container.excuse if container.away else 401, {})
                number = next(numbers)
                expires = int(time.time() + container.life)
                keys = {"AccessKeyId": f"ASIA{number:012}", "SecretAccessKey": f"Sec/ret+{number}",
                        "Token": f"session+token/{number}==",
                        "Expiration": datetime.datetime.fromtimestamp(
                            expires, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")}
                container.issued[keys["AccessKeyId"]] = keys | {"expires": expires}
                self._send(200, keys)

            def _send(self, status, answer):
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v2/credentials/1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def variables(self) -> dict[str, str]:
        return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": self.url,
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": self.TOKEN}

    @property
    def secrets(self) -> list[str]:
        return [self.TOKEN] + [keys[name] for keys in self.issued.values()
                               for name in ("SecretAccessKey", "Token")]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Guard(Proxy):
    """Passes on only what is signed, as botocore would, with keys of `container` that are good; what
    is `revoked` is refused before its time."""

    def __init__(self, upstream: str, container: Container):
        self.container = container
        self.revoked: set[str] = set()
        self.used: Counter[str] = Counter()  # Good calls by key.
        self.faults: Counter[str] = Counter()
        super().__init__(upstream)

    def _answer(self, target, call, request, body):
        fault = self._fault({k.lower(): v for k, v in request.headers.items()}, request.path, body)
        if not fault:
            return super()._answer(target, call, request, body)
        self.faults[fault] += 1
        answer = json.dumps({"__type": f"com.amazon.coral.service#{fault}", "message": "no"})
        return 403, [("Content-Type", "application/x-amz-json-1.0")], answer.encode()

    def _fault(self, headers, path, body) -> str | None:
        key = headers["authorization"].split("Credential=")[1].split("/")[0]
        keys = self.container.issued.get(key)
        if not keys or headers.get("x-amz-security-token") != keys["Token"]:
            return "InvalidClientTokenId"
        if key in self.revoked:
            return "InvalidClientTokenId"
        if time.time() >= keys["expires"]:
            return "ExpiredTokenException"
        names = headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
        sent = botocore.awsrequest.AWSRequest("POST", self.endpoint + path, data=body,
                                              headers={n: headers[n] for n in names})
        auth = botocore.auth.SigV4Auth(botocore.credentials.Credentials(
            key, keys["SecretAccessKey"], keys["Token"]), "sqs", "us-east-1")
        sent.context["timestamp"] = headers["x-amz-date"]
        signature = auth.signature(auth.string_to_sign(sent, auth.canonical_request(sent)), sent)
        if headers["authorization"].split("Signature=")[1] != signature:
            return "SignatureDoesNotMatch"
        self.used[key] += 1
        return None
