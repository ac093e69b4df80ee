"""What the vault costs: 10 % and 100 % of the values seen for the first time, with it and without, by
turns, on one machine in one run.

With 10 % the rate should be at least 0.8 of the one without, with 100 % at least 0.5.
"""
import json
import os
import statistics

from compare import checkpoint, timed
from support import process
from support.queues import Queue
from support.site import COLUMNS, Site

SHARES = (10, 100)  # Per cent of the addresses, and of the device ids, that are new.
VAULT = (COLUMNS.replace("canonical: ip}", "canonical: ip, vault: true}")
         .replace("canonical: text}", "canonical: text, vault: true}"))


def sample(path, count: int, share: int) -> None:
    """Each value comes 100 / share times, spread over the whole."""
    distinct = count * share // 100
    with path.open("w") as file:
        for i in range(count):
            n = i % distinct * 7_919 % distinct
            file.write(json.dumps({
                "user_id": f"user-{i:08}", "app_version": "2.3.0", "device_type": "ios",
                "ip": f"2001:db8::{n >> 16:x}:{n & 0xffff:x}", "locale": "US",
                "device_id": f"{n // 1_000_000 % 1000:03}-{n // 10_000 % 100:02}-{n % 10_000:04}",
            }, separators=(",", ":")) + "\n")


def turn(share: int, vault: bool, number: int, file, count: int, cluster, embedded, flags) -> dict:
    name = f"vault{share}-{int(vault)}-{number}-{os.getpid()}"
    site = Site(cluster.create(name), Queue(embedded.endpoint, name, VisibilityTimeout=300))
    try:
        if vault:
            site.configure(VAULT, "vault: {recipient: v1}\n", rows=5000)
        else:
            site.configure(rows=5000)
        site.prepare()
        assert site.load(file)["sent"] == count
        checkpoint(site)
        summary, cpu, _ = timed(
            [process.BAUTA, "run", "--until-empty", "-o", "json", *flags], site.home)
        assert summary["messages"]["committed"] == site.count() == count, summary
        sealed = site.count("pii.vault") if vault else 0
        assert sealed == 2 * (count * share // 100) * vault, "every value once"
        return {"first_seen_percent": share, "vault": vault, "messages": count,
                "seconds": summary["seconds"], "messages_per_second": count / summary["seconds"],
                "cpu_us_per_message": cpu / count * 1e6}
    finally:
        site.close()


def report(turns: list[dict]) -> dict:
    def median(share: int, vault: bool, what: str) -> float:
        return statistics.median(t[what] for t in turns
                                 if (t["first_seen_percent"], t["vault"]) == (share, vault))

    print(f"\n{'first seen':<12}{'without/s':>12}{'with/s':>12}{'ratio':>8}{'CPU us/msg':>18}")
    medians = {}
    for share in SHARES:
        rates = [median(share, vault, "messages_per_second") for vault in (False, True)]
        costs = [median(share, vault, "cpu_us_per_message") for vault in (False, True)]
        medians[share] = {"messages_per_second": rates, "cpu_us_per_message": costs,
                          "ratio": rates[1] / rates[0]}
        print(f"{share:>4} %      {rates[0]:>12,.0f}{rates[1]:>12,.0f}{rates[1] / rates[0]:>8.2f}"
              f"{costs[0]:>9.1f} -> {costs[1]:<5.1f}")
    return {"medians": medians}


def measure(options, folder, cluster, embedded, flags) -> list[dict]:
    files = {share: folder / f"{share}.ndjson" for share in SHARES}
    for share, file in files.items():
        sample(file, options.messages, share)
    turns = []
    for number in range(options.turns):
        for share in SHARES:
            for vault in (False, True):
                done = turn(share, vault, number, files[share], options.messages, cluster, embedded,
                            flags)
                turns.append(done)
                print(f"{number + 1}  {share:>3} % {'vault' if vault else '     '}"
                      f"{done['messages_per_second']:>12,.0f} msg/s"
                      f"{done['cpu_us_per_message']:>10.1f} us CPU/msg", flush=True)
    return turns
