"""The queue away in the middle of a run: it waits, and nothing is lost or doubled."""
import pytest

from e2e.outages import Frail, through
from support import process

from conftest import fresh


@pytest.fixture
def frail(cluster, embedded):
    site = Frail(cluster.create(fresh("outage")), embedded)
    yield site
    site.close()


@pytest.mark.parametrize("fault", ["reset", "cut", 500, 503])
def test_the_queue_fails(frail, fault):
    def outage(run):
        before = sum(frail.proxy.calls.values())
        frail.proxy.fault = fault
        process.wait_for(lambda: sum(frail.proxy.calls.values()) > before + 3, "failed calls")
        frail.proxy.fault = None

    through(frail, outage)
