"""Something goes away in the middle of a run: what must hold whatever it was."""
import json

from e2e import checker
from e2e.test_chaos import send
from support import process
from support.queues import Proxy, Queue
from support.site import Site

from conftest import fresh

TOTAL = 900
VISIBILITY = 4
MEMORY = 150 << 20

# So that an outage finds work under way.
SLOW = """
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN PERFORM pg_sleep(0.05); RETURN NULL; END$$;
CREATE TRIGGER slow AFTER INSERT ON user_logins FOR EACH STATEMENT EXECUTE PROCEDURE slow()"""


class Frail(Site):
    """Its queue stands behind a proxy and forgets soon who holds a message; it is loaded."""

    def __init__(self, database, embedded):
        super().__init__(database, Queue(embedded.endpoint, fresh("outage"),
                                         VisibilityTimeout=VISIBILITY))
        self.proxy = Proxy(embedded.endpoint)
        self.configure()
        self.prepare()
        database.execute(checker.STRICT + ";" + SLOW)
        self.sent = checker.make(TOTAL)
        send(self.queue, self.sent)

    def configure(self, *arguments, **changes) -> None:
        if hasattr(self, "proxy"):
            changes = {"rows": 30, "endpoint": self.proxy.endpoint} | changes
        super().configure(*arguments, **changes)

    def done(self) -> int:
        return self.count("bauta.ledger")

    def close(self) -> None:
        self.proxy.stop()
        super().close()


def said(run, word: str) -> int:
    return run.err().lower().count(word.lower())


def through(site: Frail, outage, shares=(0.2, 0.6), command=()) -> process.Finished:
    """A run in whose middle `outage` happens, once for each of the shares of its work."""
    run = site.start("run", "--until-empty", "-o", "json", *command)
    try:
        for share in shares:
            process.wait_for(lambda: site.done() >= TOTAL * share, "work", 60)
            assert run.process.poll() is None, run.finish(1)
            outage(run)
        ended = run.finish(120)
    finally:
        run.kill()
    settled(site, ended)
    return ended


def settled(site: Frail, ended: process.Finished) -> None:
    """All is well in the end."""
    assert ended.code == 0, ended
    assert checker.problems(site.database, site.sent) == []
    assert site.queue.counts() == (0, 0)


def kept(ended: process.Finished) -> None:
    """No message came a second time: none was given back, none fell out of our hands."""
    messages = ended.json["messages"]
    assert messages == {"received": TOTAL, "committed": TOTAL, "redelivered": 0,
                        "released": 0}, ended


def waits(site: Frail, run, what: str) -> None:
    """Returns once the run has waited for longer than the queue would have left it its messages:
    it has said for what, once in ten seconds, it kept them, and did not grow."""
    def told():
        return [line for line in run.err().lower().splitlines() if "waiting" in line]

    process.wait_for(lambda: any(what.lower() in line for line in told()),
                     f"it to say that it waits: {what}", 30)
    beats = site.proxy.calls["ChangeMessageVisibilityBatch"]
    process.wait_for(
        lambda: site.proxy.calls["ChangeMessageVisibilityBatch"] >= beats + 3, "heartbeats", 30)
    assert run.process.poll() is None, run.finish(1)
    assert len(told()) <= 2 + len({json.loads(line)["msg"] for line in told()}), run.err()
    assert run.resident() < MEMORY
