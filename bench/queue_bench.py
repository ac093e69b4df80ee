#!/usr/bin/env python3
"""The embedded queue under load, on this machine in one run; moto and LocalStack beside it.

bench/queue_client.cc sends, receives and deletes in tens, over 16 connections.  What counts:
requests a second, and the server process's own CPU for a message that was sent, received and
deleted: with nothing else in the queue, with many waiting, with many in flight.  Then bytes a
message, the CPU of open long polls, and connections in turn.  And the same with --data, where each
answer waits for the disk.
"""
import argparse
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

from compare import ROOT, circumstances
from support.process import wait_for
from support.queues import Embedded, LocalStack, Moto

CLIENT = ROOT / "build/release/bench/queue_client"
BODY = 200  # Bytes of each, as the client has it.
TICK = 1 / os.sysconf("SC_CLK_TCK")


def cpu(pid: int) -> float:
    """Seconds that a process has used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK


def resident(pid: int) -> int:
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS:")).split()[1]) * 1024


class Subject:
    """A server that is measured."""

    def __init__(self, server):
        self.server, self.pid = server, server.process.pid

    def command(self, queue, command: str, count: int, connections: int = 16) -> list[str]:
        return list(map(str, [CLIENT, self.server.endpoint.rpartition(":")[2], queue.url, command,
                              count, connections]))

    def run(self, queue, command: str, count: int, connections: int = 16) -> dict:
        before, memory = cpu(self.pid), resident(self.pid)
        out = subprocess.run(self.command(queue, command, count, connections), check=True,
                             stdout=subprocess.PIPE, text=True).stdout
        done = json.loads(out)
        return {"requests_per_second": done["requests"] / done["seconds"],
                "cpu_us_per_message": (cpu(self.pid) - before) / count * 1e6,
                "grew_bytes": resident(self.pid) - memory,
                "client_cpu_us_per_request": done["client_cpu_seconds"] / done["requests"] * 1e6}

    def cycles(self, what: str, queue, count: int, turns: int) -> dict:
        """The median of some turns."""
        all_turns = [self.run(queue, "cycle", count) for _ in range(turns)]
        result = {key: statistics.median(t[key] for t in all_turns)
                  for key in ("requests_per_second", "cpu_us_per_message",
                              "client_cpu_us_per_request")}
        print(f"{what:<26}{result['requests_per_second']:>10,.0f} requests/s"
              f"{result['cpu_us_per_message']:>10.1f} us CPU/message", flush=True)
        return result | {"messages": count, "turns": all_turns}


def settled(pid: int) -> bool:
    """It has done what it had to."""
    before = cpu(pid)
    time.sleep(0.3)
    return cpu(pid) - before <= TICK


def long_polls(subject: Subject, queue, count: int, seconds: float) -> dict:
    client = subprocess.Popen(subject.command(queue, "poll", count), stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True)
    assert client.stdout.readline(), "the client could not open the polls"
    wait_for(lambda: settled(subject.pid), "the polls to be taken")
    before = cpu(subject.pid)
    time.sleep(seconds)
    used = cpu(subject.pid) - before
    client.communicate()
    print(f"{f'{count:,} long polls':<26}{used * 1000:>10.0f} ms CPU in {seconds:.0f} s", flush=True)
    return {"polls": count, "seconds": seconds, "cpu_ms": used * 1000}


def embedded(options) -> dict:
    server = Embedded("--in-flight-limit", "10000000")
    subject, many = Subject(server), options.backlog
    try:
        subject.run(server.queue("warm"), "cycle", options.messages)
        result = {"empty": subject.cycles("empty", server.queue("empty"), options.messages,
                                          options.turns)}
        waiting = server.queue("waiting")
        sent = subject.run(waiting, "send", many)
        result["waiting"] = {"backlog": many} | subject.cycles(
            f"{many:,} waiting", waiting, options.messages, options.turns)
        result["bytes_per_message"] = sent["grew_bytes"] / many
        print(f"{'memory':<26}{result['bytes_per_message']:>10.0f} bytes a message of {BODY}")
        subject.run(waiting, "take", many // 2)
        result["in_flight"] = {"backlog": many // 2} | subject.cycles(
            f"{many // 2:,} in flight", waiting, options.messages, options.turns)
        result["long_polls"] = long_polls(subject, server.queue("polls"), options.polls, 5)
        result["connections"] = subject.run(server.queue("polls"), "connect", options.connections,
                                            1) | {"count": options.connections}
        print(f"{f'{options.connections:,} connections':<26}"
              f"{result['connections']['requests_per_second']:>10,.0f} /s in turn,"
              f" {result['connections']['grew_bytes'] / 1024:,.0f} KiB grown", flush=True)
        return result
    finally:
        server.stop()


def kept(options) -> dict:
    """With --data; how long it takes to be there again with many messages, too."""
    with tempfile.TemporaryDirectory(dir=options.data) as directory:
        arguments = ("--in-flight-limit", "10000000", "--data", directory)
        server = Embedded(*arguments)
        try:
            subject = Subject(server)
            subject.run(server.queue("warm"), "cycle", options.messages)
            result = {"empty": subject.cycles("--data, empty", server.queue("empty"),
                                              options.messages, options.turns)}
            result["alone"] = subject.run(server.queue("alone"), "cycle",
                                          options.messages // 30, 1)
            print(f"{'--data, 1 connection':<26}"
                  f"{result['alone']['requests_per_second']:>10,.0f} requests/s", flush=True)
            subject.run(server.queue("waiting"), "send", options.backlog)
        finally:
            server.process.kill()
            server.stop()
        size = sum(file.stat().st_size for file in pathlib.Path(directory).iterdir())
        started = time.time()
        server = Embedded(*arguments)
        result["restart"] = {"messages": options.backlog, "seconds": time.time() - started,
                             "file_bytes": size, "resident_bytes": resident(server.process.pid)}
        server.stop()
        print(f"{f'--data, {options.backlog:,} read':<26}"
              f"{result['restart']['seconds']:>10.1f} s, {size / 1e6:,.0f} MB", flush=True)
        return result


def peer(kind, messages: int) -> dict | None:
    if not getattr(kind, "HOME", ROOT).exists():
        return None
    server = kind()
    try:
        return Subject(server).cycles(kind.__name__, server.queue("empty"), messages, 1)
    finally:
        server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=300_000, help="a turn")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--backlog", type=int, default=1_000_000)
    parser.add_argument("--polls", type=int, default=5_000)
    parser.add_argument("--connections", type=int, default=20_000)
    parser.add_argument("--data", default=ROOT / "build", help="where the disk is")
    parser.add_argument("--peer-messages", type=int, default=2_000)
    options = parser.parse_args()
    started = datetime.datetime.now(datetime.timezone.utc)
    given = {k: str(v) if k == "data" else v for k, v in vars(options).items()}
    result = circumstances(started) | {"options": given, "body_bytes": BODY,
                                       "embedded": embedded(options), "kept": kept(options)}
    for kind in (Moto, LocalStack):
        result[kind.__name__.lower()] = peer(kind, options.peer_messages)
    result["took"] = time.time() - started.timestamp()
    target = ROOT / f"bench/results/queue-{started:%Y%m%d-%H%M%S}.json"
    target.write_text(json.dumps(result, indent=2) + "\n")
    print(target.relative_to(ROOT))


if __name__ == "__main__":
    main()
