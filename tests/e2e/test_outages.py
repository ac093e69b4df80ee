"""The queue away in the middle of a run: it waits, and nothing is lost or doubled."""
import time

import pytest

from e2e.outages import MEMORY, Frail, said, through
from support import process
from support.queues import THROTTLED, QueryOnly

from conftest import fresh


@pytest.fixture
def frail(cluster, embedded):
    site = Frail(cluster.create(fresh("outage")), embedded)
    yield site
    site.close()


def spoil(site, fault) -> None:
    """From now on; returns once calls have met it."""
    before = sum(site.proxy.calls.values())
    site.proxy.fault = fault
    process.wait_for(lambda: sum(site.proxy.calls.values()) > before + 3, "spoilt calls")


@pytest.mark.parametrize("fault", ["reset", "cut", 500, 503, 429, 302, 403, *THROTTLED])
def test_the_queue_fails(frail, fault):
    """As a captive portal or a firewall does, too (302, 403 with a page)."""
    def outage(run):
        spoil(frail, fault)
        process.wait_for(lambda: said(run, "waiting for SQS"), "it to say so")
        frail.proxy.fault = None

    start = time.monotonic()
    ended = through(frail, outage)
    assert ended.err.count("waiting for SQS") <= (time.monotonic() - start) / 10 + 1, ended
    if fault in THROTTLED:
        assert fault in ended.err, "which limit was met"


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["cut", "RequestThrottled"])
def test_a_queue_of_the_query_protocol_fails(cluster, elasticmq, fault):
    site = Frail(cluster.create(fresh("outage")), elasticmq, QueryOnly)
    try:
        test_the_queue_fails(site, fault)
        asked = ["X-Amz-Target" in headers for _, _, headers, _ in site.proxy.requests]
        assert asked.count(True) <= 3, "init, run and its look at the queue each find out once"
    finally:
        site.close()


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["stall", "half", "late"])
def test_the_queue_stalls(frail, fault):
    """Each receive waits out its time limit, 11 s, and its messages come again after that."""
    def outage(run):
        spoil(frail, fault)
        process.wait_for(lambda: said(run, "waiting for SQS"), "it to say so")
        assert run.resident() < MEMORY
        frail.proxy.fault = None

    start = time.monotonic()
    ended = through(frail, outage)
    assert ended.err.count("waiting for SQS") <= (time.monotonic() - start) / 10 + 1, ended
