"""The database away for much longer than the queue leaves a message to its receiver."""
import time

import pytest

from support import process
from support.postgres import Cluster
from support.queues import Queue
from support.site import Site, logins

from conftest import fresh


@pytest.fixture
def away():
    server = Cluster()
    yield server
    server.stop()


@pytest.mark.parametrize("total, visibility, seconds", [
    (2_000, 6, 14),
    pytest.param(19_000, 5, 60, marks=pytest.mark.slow),  # Nearly max_in_flight.
])
def test_nobody_else_gets_what_is_held(away, embedded, total, visibility, seconds):
    site = Site(away.create(fresh("held")),
                Queue(embedded.endpoint, fresh("held"), VisibilityTimeout=visibility))
    site.configure(rows=total // 4)
    site.prepare()
    site.queue.send_events(logins(total))
    # Batches as large as can be are in the hands of workers, and the buffer is full.
    with site.database.connect() as blocker:
        blocker.cursor().execute("LOCK TABLE user_logins IN ACCESS EXCLUSIVE MODE")
        # Polls of a second, so that they end within the grace.
        run = site.start("run", "--max-duration", "10m", "--set", "shutdown.grace=5s")
        process.wait_for(lambda: site.queue.counts() == (0, total), "all to be received", 60)
        away.crash()
    try:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert site.queue.receive(WaitTimeSeconds=1) == [], "a message was given to another"
            assert run.process.poll() is None, run.finish(1)
    finally:
        run.signal(15)
    ended = run.finish()
    assert ended.code == 1 and "waiting" in ended.err, ended
    counts = [message["Attributes"]["ApproximateReceiveCount"] for message in site.queue.drain()]
    assert len(counts) == total
    assert set(counts) == {"2"}, "once by the run, once by this test"
    site.close()
