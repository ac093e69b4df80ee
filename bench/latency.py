"""Bauta with a queue that is 0, 20 and 80 ms away, by turns, on one machine in one run.

Each answer of the embedded queue comes that much later, which costs it no CPU.  The rate should not
fall by more than a fifth: what grows is the number of calls in flight.
"""
import json
import os
import statistics
import urllib.request

from compare import checkpoint, timed
from support import process
from support.queues import Queue
from support.site import Site

LATENCIES = (0, 20, 80)  # ms


def away(embedded, milliseconds: int) -> None:
    day = json.dumps({"latency": f"{milliseconds}ms"}).encode()
    urllib.request.urlopen(embedded.endpoint + "/bauta/bad-day", day, timeout=10).close()


def turn(latency: int, number: int, file, count: int, cluster, embedded, flags) -> dict:
    name = f"latency{latency}-{number}-{os.getpid()}"
    site = Site(cluster.create(name), Queue(embedded.endpoint, name, VisibilityTimeout=300))
    try:
        site.configure(rows=5000)
        site.prepare()
        assert site.load(file)["sent"] == count
        checkpoint(site)
        away(embedded, latency)
        summary, cpu, memory = timed(
            [process.BAUTA, "run", "--until-empty", "-o", "json", *flags], site.home)
        assert summary["messages"]["committed"] == site.count() == count, summary
        return {"latency_ms": latency, "messages": count, "seconds": summary["seconds"],
                "messages_per_second": count / summary["seconds"],
                "cpu_us_per_message": cpu / count * 1e6, "resident_mib": memory / 2**20,
                "requests_per_message": sum(summary["requests"].values()) / count}
    finally:
        away(embedded, 0)
        site.close()


def report(turns: list[dict]) -> dict:
    columns = ("messages_per_second", "cpu_us_per_message", "resident_mib", "requests_per_message")
    medians = {at: {c: statistics.median(t[c] for t in turns if t["latency_ms"] == at)
                    for c in columns} for at in LATENCIES}
    print(f"\n{'latency':<10}{'messages/s':>12}{'of 0 ms':>9}{'CPU us/msg':>12}{'MiB':>7}"
          f"{'requests/msg':>14}")
    for at, m in medians.items():
        m["ratio"] = m["messages_per_second"] / medians[0]["messages_per_second"]
        print(f"{at:>3} ms    {m['messages_per_second']:>12,.0f}{m['ratio']:>9.2f}"
              f"{m['cpu_us_per_message']:>12.1f}{m['resident_mib']:>7.0f}"
              f"{m['requests_per_message']:>14.3f}")
    return {"medians": medians}


def measure(options, file, cluster, embedded, flags) -> list[dict]:
    turns = []
    for number in range(options.turns):
        for latency in LATENCIES:
            done = turn(latency, number, file, options.messages, cluster, embedded, flags)
            turns.append(done)
            print(f"{number + 1}  {latency:>3} ms {done['messages_per_second']:>12,.0f} msg/s"
                  f"{done['cpu_us_per_message']:>10.1f} us CPU/msg", flush=True)
    return turns
