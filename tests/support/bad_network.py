"""A network that is having a bad day, between Bauta and a queue: a process of its own, fast enough
for a load.  Late answers, refusals before and after the server did what was asked, answers that are
lost or break off, calls that arrive twice, and receives that are answered once more with what
somebody had before.

    BadNetwork(queue.endpoint, errors=0.05)        in a test
    python -m support.bad_network http://127.0.0.1:4566 --errors 0.05 --seed 7

`/stats` says what it did.  The same seed draws the same faults in the same order; which call meets
which depends on the moment.
"""
import argparse
import asyncio
import json
import random
import struct
import socket
import sys
import urllib.parse
import urllib.request
from collections import Counter, deque

# What an error is, and whether the server has done what it was asked before.
FAULTS = ["500", "503", "throttled", "reset", "500 after", "lost", "cut"]
AFTER = {"500 after", "lost", "cut"}
STALE = 0.3  # Seconds until the copy of an answer is handed out.


def answer(status: int, code: str) -> bytes:
    body = json.dumps({"__type": f"com.amazonaws.sqs#{code}", "message": "a bad day"}).encode()
    return (f"HTTP/1.1 {status} Bad day\r\nContent-Type: application/x-amz-json-1.0\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


REFUSALS = {"500": answer(500, "InternalFailure"), "500 after": answer(500, "InternalFailure"),
            "503": answer(503, "ServiceUnavailable"),
            "throttled": answer(403, "RequestThrottled")}


class Http(asyncio.Protocol):
    """Cuts what comes in into messages with a Content-Length."""

    def __init__(self):
        self._data = bytearray()
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._data[:end]).lower()
            at = head.find(b"\r\ncontent-length:")
            length = int(head[at + 17:].split(b"\r\n", 1)[0]) if at >= 0 else 0
            total = end + 4 + length
            if len(self._data) < total:
                return
            message = bytes(self._data[:total])
            del self._data[:total]
            self.whole(head, message)


class Upstream(Http):
    """One connection to the server, for one call at a time."""

    def __init__(self):
        super().__init__()
        self.waiting = None

    def whole(self, _, message):
        waiting, self.waiting = self.waiting, None
        if waiting and not waiting.done():
            waiting.set_result(message)

    def connection_lost(self, _):
        if self.waiting and not self.waiting.done():
            self.waiting.set_exception(ConnectionError())


class Client(Http):
    """One connection of Bauta's."""

    def __init__(self, network):
        super().__init__()
        self._network = network
        self._task = None

    def whole(self, head, message):
        self._task = asyncio.ensure_future(self._network.serve(self, head, message))

    def connection_lost(self, _):
        if self._task:
            self._task.cancel()  # A poll that nobody waits for must take no messages.

    def reset(self):
        sock = self.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


class Network:
    def __init__(self, options):
        self._options = options
        self._random = random.Random(options.seed)
        self._target = urllib.parse.urlsplit(options.upstream)
        self._free: list[Upstream] = []
        self._copies: deque[tuple[float, bytes]] = deque()
        self.calls: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()

    async def serve(self, client: Client, head: bytes, message: bytes) -> None:
        if head.startswith(b"get /stats"):
            return client.transport.write(self._stats())
        at = head.find(b"amazonsqs.")
        call = head[at + 10:].split(b"\r\n", 1)[0].decode() if at >= 0 else "?"
        self.calls[call] += 1
        fault, twice, delay = self._draw()
        await asyncio.sleep(delay)
        if fault and fault not in AFTER:
            return self._fail(client, fault, b"")
        reply = await self._ask(call, message, twice)
        if fault:
            return self._fail(client, fault, reply)
        client.transport.write(reply)

    def _draw(self) -> tuple[str | None, bool, float]:
        draw, o = self._random, self._options
        fault = draw.choice(FAULTS) if draw.random() < o.errors else None
        twice = draw.random() < o.duplicates
        return fault, twice, max(0.0, draw.uniform(o.latency - o.jitter, o.latency + o.jitter))

    async def _ask(self, call: str, message: bytes, twice: bool) -> bytes:
        if call != "receivemessage":
            if twice:
                self.faults["twice"] += 1
                await self._pass_on(message)
            return await self._pass_on(message)
        now = asyncio.get_running_loop().time()
        if self._copies and self._copies[0][0] < now:
            self.faults["old answer"] += 1
            return self._copies.popleft()[1]
        reply = await self._pass_on(message)
        if twice and b'"Messages"' in reply:
            self._copies.append((now + STALE, reply))
        return reply

    async def _pass_on(self, message: bytes) -> bytes:
        upstream = self._free.pop() if self._free else None
        if upstream is None or upstream.transport.is_closing():
            _, upstream = await asyncio.get_running_loop().create_connection(
                Upstream, self._target.hostname, self._target.port)
        upstream.waiting = asyncio.get_running_loop().create_future()
        upstream.transport.write(message)
        try:
            reply = await upstream.waiting
        except BaseException:
            upstream.transport.abort()
            raise
        self._free.append(upstream)
        return reply

    def _fail(self, client: Client, fault: str, reply: bytes) -> None:
        self.faults[fault] += 1
        if fault in REFUSALS:
            return client.transport.write(REFUSALS[fault])
        if fault == "cut":  # What was promised is longer.
            client.transport.write(reply[:len(reply) - max(1, len(reply) // 4)])
            asyncio.get_running_loop().call_later(0.005, client.reset)
            return
        client.reset()

    def _stats(self) -> bytes:
        body = json.dumps({"calls": self.calls, "faults": self.faults}).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


async def main(options) -> None:
    network = Network(options)
    server = await asyncio.get_running_loop().create_server(
        lambda: Client(network), "127.0.0.1", 0, backlog=1024)
    port = server.sockets[0].getsockname()[1]
    print(json.dumps({"endpoint": f"http://127.0.0.1:{port}"}), flush=True)
    await server.serve_forever()


def arguments():
    parser = argparse.ArgumentParser(description="A network that is having a bad day")
    parser.add_argument("upstream")
    for name, about in (("errors", "share of the calls"), ("duplicates", "share of the calls"),
                        ("latency", "seconds"), ("jitter", "seconds")):
        parser.add_argument(f"--{name}", type=float, default=0.0, help=about)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


class BadNetwork:
    """The process, for a test."""

    def __init__(self, upstream: str, seed: int, **options):
        import subprocess
        from support import process
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.bad_network", upstream, "--seed", str(seed), *words],
            stdout=subprocess.PIPE, text=True, cwd=process.ROOT / "tests")
        self.endpoint = json.loads(self._process.stdout.readline())["endpoint"]

    def stats(self) -> dict:
        with urllib.request.urlopen(f"{self.endpoint}/stats", timeout=10) as reply:
            return json.load(reply)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


if __name__ == "__main__":
    asyncio.run(main(arguments()))
