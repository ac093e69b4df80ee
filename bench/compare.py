#!/usr/bin/env python3
"""Bauta and the batched Python script by turns, on one machine in one run.

Release build, PostgreSQL as initdb makes it (fsync on), the embedded queue.  Each turn loads the
same messages into a new queue and a new database and has one side move them.  What counts: messages
a second from the first receive to the last commit, and the worker process's own CPU a message.
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/data")]

import make_logins  # noqa: E402
from support import process  # noqa: E402
from support.postgres import Cluster  # noqa: E402
from support.queues import Embedded, Queue  # noqa: E402
from support.site import Site  # noqa: E402


def timed(arguments, cwd) -> tuple[dict, float, int]:
    """Runs a worker; its JSON summary, the CPU seconds that it alone used, and its most bytes."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        worker = subprocess.Popen(list(map(str, arguments)), cwd=cwd, stdout=out, stderr=err,
                                  stdin=subprocess.DEVNULL, env=process.environment())
        _, status, usage = os.wait4(worker.pid, 0)
        worker.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        if worker.returncode:
            sys.exit(f"{arguments[0]} ended with {worker.returncode}\n{err.read()[-4000:]}")
        return (json.loads(out.read().splitlines()[-1]), usage.ru_utime + usage.ru_stime,
                usage.ru_maxrss * 1024)


def turn(side: str, number: int, file: pathlib.Path, count: int, cluster, embedded, workers) -> dict:
    """One side moves `count` messages; what that took."""
    name = f"{side}{number}-{os.getpid()}"
    site = Site(cluster.create(name), Queue(embedded.endpoint, name, VisibilityTimeout=300))
    try:
        site.configure(rows=5000)
        site.prepare()
        assert site.load(file)["sent"] == count
        checkpoint(site)
        if side == "bauta":
            flags = ["--workers", str(workers)] if workers else []
            summary, cpu, _ = timed(
                [process.BAUTA, "run", "--until-empty", "-o", "json", *flags], site.home)
            committed = summary["messages"]["committed"]
        else:
            summary, cpu, _ = timed(
                [sys.executable, ROOT / "bench/baseline_script.py", "--endpoint", site.endpoint,
                 "--queue", name, "--database", site.database.url], site.home)
            committed = summary["committed"]
        rows = site.count()
        assert committed == rows == count, f"{side}: {committed} committed, {rows} rows"
        return {"side": side, "messages": count, "seconds": summary["seconds"],
                "messages_per_second": count / summary["seconds"],
                "cpu_us_per_message": cpu / count * 1e6}
    finally:
        site.close()


def checkpoint(site) -> None:
    """So that no turn pays for what an earlier one left to be written."""
    site.database.execute("CHECKPOINT")


def machine() -> dict:
    info = pathlib.Path("/proc/cpuinfo").read_text()
    model = next((line.split(":")[1].strip() for line in info.splitlines()
                  if line.startswith("model name")), platform.machine())
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release(),
            "python": platform.python_version(), "load_at_start": os.getloadavg()[0]}


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip()


def circumstances(started: datetime.datetime) -> dict:
    """What a file of results begins with."""
    return {"at": started.isoformat(timespec="seconds"), "commit": git("rev-parse", "HEAD"),
            "changed": bool(git("status", "--porcelain", "--untracked-files=no")),
            "machine": machine()}


def sample(path: pathlib.Path, count: int) -> None:
    with path.open("w") as file:
        for event in make_logins.logins(count):
            file.write(json.dumps(event, separators=(",", ":")) + "\n")


def median(turns: list[dict], side: str, what: str) -> float:
    return statistics.median(t[what] for t in turns if t["side"] == side)


def report(turns: list[dict]) -> dict:
    rates = {s: median(turns, s, "messages_per_second") for s in ("script", "bauta")}
    costs = {s: median(turns, s, "cpu_us_per_message") for s in ("script", "bauta")}
    ratios = {"messages_per_second": rates["bauta"] / rates["script"],
              "cpu_per_message": costs["script"] / costs["bauta"]}
    print(f"\n{'median of ' + str(len(turns) // 2) + ' turns':<22}{'messages/s':>12}"
          f"{'CPU us/message':>16}")
    for side in ("script", "bauta"):
        print(f"{side:<22}{rates[side]:>12,.0f}{costs[side]:>16.1f}")
    print(f"{'bauta is better by':<22}{ratios['messages_per_second']:>11.1f}x"
          f"{ratios['cpu_per_message']:>15.1f}x")
    return {"messages_per_second": rates, "cpu_us_per_message": costs, "ratios": ratios}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=200_000, help="a turn of Bauta")
    parser.add_argument("--script-messages", type=int, default=20_000, help="a turn of the script")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--workers", type=int, help="Bauta's threads; default: its own")
    parser.add_argument("--latency", action="store_true",
                        help="instead: Bauta alone, its queue 0, 20 and 80 ms away")
    parser.add_argument("--vault", action="store_true",
                        help="instead: Bauta alone, with the vault and without")
    options = parser.parse_args()
    import latency  # They import this file.
    import vault

    started = datetime.datetime.now(datetime.timezone.utc)
    result = circumstances(started) | {"options": vars(options)}
    cluster, embedded = Cluster(fsync=True), Embedded("--log-level", "warn")
    turns = []
    try:
        with tempfile.TemporaryDirectory() as folder:
            sizes = {"script": options.script_messages, "bauta": options.messages}
            if options.latency or options.vault:
                del sizes["script"]
            flags = ["--workers", options.workers] if options.workers else []
            files = {side: pathlib.Path(folder) / f"{side}.ndjson" for side in sizes}
            for side, count in sizes.items():
                sample(files[side], count)
            if options.vault:
                turns = vault.measure(options, pathlib.Path(folder), cluster, embedded, flags)
            elif options.latency:
                turns = latency.measure(options, files["bauta"], cluster, embedded, flags)
            for number in range(0 if turns else options.turns):
                for side, count in sizes.items():
                    done = turn(side, number, files[side], count, cluster, embedded,
                                options.workers)
                    turns.append(done)
                    print(f"{number + 1}  {side:<7}{done['messages_per_second']:>12,.0f} msg/s"
                          f"{done['cpu_us_per_message']:>10.1f} us CPU/msg", flush=True)
    finally:
        embedded.stop()
        cluster.stop()

    summarise = vault.report if options.vault else latency.report if options.latency else report
    result |= summarise(turns) | {"turns": turns, "took": time.time() - started.timestamp()}
    target = ROOT / f"bench/results/{started:%Y%m%d-%H%M%S}.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(result, indent=2) + "\n")
    print(f"{target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
