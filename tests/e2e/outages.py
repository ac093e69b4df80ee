"""Something goes away in the middle of a run: what must hold whatever it was."""
import json
from collections import Counter, defaultdict
from datetime import datetime, timedelta

from e2e import checker
from e2e.test_chaos import send
from support import process
from support.queues import Proxy
from support.site import Site

from conftest import fresh

TOTAL = 900
VISIBILITY = 5
MEMORY = 150 << 20

# So that an outage finds work under way.
SLOW = """
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN PERFORM pg_sleep(0.05); RETURN NULL; END$$;
CREATE TRIGGER slow AFTER INSERT ON user_logins FOR EACH STATEMENT EXECUTE PROCEDURE slow()"""


class Frail(Site):
    """Its queue stands behind a proxy and forgets soon who holds a message; it is loaded."""

    def __init__(self, database, server, proxy=Proxy):
        super().__init__(database, server.queue(fresh("outage"), VisibilityTimeout=VISIBILITY))
        self.proxy = proxy(server.endpoint)
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
    """None was given back, and what was held did not fall out of our hands: on a busy machine a
    late delete may still let one or the other come again."""
    messages = ended.json["messages"]
    assert messages["committed"] == TOTAL and messages["released"] == 0, ended
    assert messages["received"] == TOTAL + messages["redelivered"] <= TOTAL * 1.1, ended


def beats(site: Frail) -> None:
    """Returns once messages were kept for longer than they would have stayed ours by themselves."""
    start = len(site.proxy.requests)

    def extended() -> int:
        handles = Counter(
            entry["ReceiptHandle"] for call, _, _, body in site.proxy.requests[start:]
            if call == "ChangeMessageVisibilityBatch" for entry in json.loads(body)["Entries"])
        return max(handles.values(), default=0)

    process.wait_for(lambda: extended() >= 3, "heartbeats", 60, 0.2)


def complaints(err: str) -> list[dict]:
    """The lines that say that it waits."""
    return [json.loads(line) for line in err.splitlines()
            if '"msg":"waiting' in line and line.endswith("}")]


def patient(err: str) -> None:
    """It has said for what it waits, and none of it twice within ten seconds."""
    times = defaultdict(list)
    for line in complaints(err):
        times[line["msg"]].append(datetime.fromisoformat(line["ts"].replace("Z", "+00:00")))
    for said_at in times.values():
        for first, second in zip(said_at, said_at[1:]):
            assert second - first > timedelta(seconds=9.9), err


def waits(site: Frail, run, what: str) -> None:
    """Returns once the run has waited for longer than the queue would have left it its messages:
    it has said for what, once in ten seconds, it kept them, and did not grow."""
    process.wait_for(lambda: any(what.lower() in line["msg"].lower()
                                 for line in complaints(run.err())),
                     f"it to say that it waits: {what}")
    beats(site)
    assert run.process.poll() is None, run.finish(1)
    patient(run.err())
    assert run.resident() < MEMORY
