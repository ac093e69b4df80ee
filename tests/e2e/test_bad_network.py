"""A load through a network that is having a bad day: exactly one fate each, and what it costs."""
import random

import pytest

from e2e import checker
from e2e.test_chaos import send
from support.bad_network import BadNetwork
from support.site import Site

from conftest import fresh

ERRORS = 0.05
MOST_REQUESTS = 0.23  # A message.


@pytest.fixture
def place(database, embedded):
    site = Site(database, embedded.queue(fresh("bad-day"), VisibilityTimeout=20))
    site.prepare()
    database.execute(checker.STRICT)
    yield site
    site.close()


def load(site: Site, total: int, seconds: float, rows: int) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    sent = checker.make(total)
    send(site.queue, sent)
    network = BadNetwork(site.queue.endpoint, seed, errors=ERRORS, duplicates=0.05, latency=0.02,
                         jitter=0.02)
    try:
        site.configure(endpoint=network.endpoint, rows=rows)
        ended = site.run(seconds=seconds)
        stats = network.stats()
    finally:
        network.stop()
    assert checker.problems(site.database, sent) == []
    assert site.queue.counts() == (0, 0)
    check_costs(ended.json, stats, total)


def check_costs(summary: dict, stats: dict, total: int) -> None:
    """The bill has what reached the network, faults included."""
    asked = sum(n for call, n in stats["calls"].items() if "queue" not in call)
    spoilt = sum(n for fault, n in stats["faults"].items() if fault not in ("twice", "old answer"))
    requests = sum(summary["requests"].values())
    print(f"{total} messages: {summary['requests']} = {requests / total:.3f} a message, "
          f"{asked} on the network, of these {spoilt} spoilt; {summary['seconds']} s; "
          f"{summary['messages']}; {stats['faults']}")
    assert 0.5 * ERRORS < spoilt / asked < 2 * ERRORS, "no bad day at all"
    if total >= 100_000:  # In less there may be none after its row.
        assert summary["messages"]["redelivered"] > 0, "nothing came twice"
        assert requests / total <= MOST_REQUESTS


def test_every_message_has_one_fate_in_small(place):
    load(place, 5_000, seconds=120, rows=500)


@pytest.mark.slow
def test_every_message_has_one_fate(place):
    load(place, 200_000, seconds=900, rows=5000)
