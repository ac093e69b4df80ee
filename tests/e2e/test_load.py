"""The main job: a hundred messages in, ninety-nine rows out, and again, and never twice."""
import json
import os
import pathlib

import pytest

from e2e import reference
from support import queues
from support.site import NESTED, write_json

DATA = pathlib.Path(__file__).parents[1] / "data/logins.json"
FILES = [pytest.param(DATA, id="sample")]
if "BAUTA_TAKE_HOME" in os.environ:
    FILES.append(pytest.param(pathlib.Path(os.environ["BAUTA_TAKE_HOME"]), id="take-home"))


def expected(site, events) -> list[tuple]:
    """The rows that the reference computes, dated by what the ledger says of SentTimestamp."""
    ring = reference.KeyRing(site.keyring)
    days = {sent // 86_400_000 for (sent,) in site.database.query("SELECT sent_ms FROM bauta.ledger")}
    assert len(days) == 1, "ran over midnight; run again"
    sent_ms = days.pop() * 86_400_000
    return sorted((reference.row(e, ring, sent_ms) for e in events if reference.is_login(e)), key=repr)


def check_summary(summary, received=100, inserted=99, quarantined=1, redelivered=0):
    assert summary["messages"] == {
        "received": received, "committed": received - redelivered, "redelivered": redelivered,
        "released": 0}
    assert summary["events"] == {
        "seen": inserted + quarantined, "inserted": inserted, "duplicate": 0,
        "quarantined": quarantined}
    assert summary["quarantine_reasons"] == ({"required_missing": 1} if quarantined else {})
    assert summary["stopped"] == "empty"


def once(site) -> dict:
    """A run's summary, less what a busy server of others delivered again though it was deleted, as
    SQS itself may."""
    summary = site.run().json
    again = summary["messages"]["redelivered"]
    if site.forgets_no_delete or again > 20:
        return summary
    messages = summary["messages"] | {"received": summary["messages"]["received"] - again,
                                      "redelivered": 0}
    return summary | {"messages": messages}


@pytest.mark.parametrize("file", FILES)
def test_loads_every_message_once(any_site, file):
    events = json.loads(file.read_text())
    loaded = any_site.load(file)
    assert (loaded["sent"], loaded["failed"]) == (100, 0)

    check_summary(once(any_site))
    assert sorted(any_site.rows(), key=repr) == expected(any_site, events)
    assert any_site.queue.counts() == (0, 0)
    assert any_site.database.query(
        "SELECT reason, column_name, state FROM bauta.quarantine") == [
            ("required_missing", "user_id", "held")]

    any_site.load(file)  # the same events in new messages: new logins
    check_summary(once(any_site))
    assert any_site.count() == 198
    assert sorted(any_site.rows(), key=repr) == expected(any_site, events + events)


@pytest.mark.parametrize("server,protocol", [("embedded", queues.Proxy), ("moto", queues.QueryOnly)])
def test_a_redelivered_message_gives_no_second_row(site, server, protocol, request):
    """The queue forgets all deletions of the first run and delivers everything again."""
    server = request.getfixturevalue(server)
    proxy = protocol(server.endpoint)
    request.addfinalizer(proxy.stop)
    queue = server.queue(f"{site.queue.name}-short", VisibilityTimeout=600)
    site.queue = queue
    proxy.lose_deletes = True
    site.configure(endpoint=proxy.endpoint)
    site.load(DATA)
    first = site.bauta("run", "--max-messages", "100", "-o", "json").json
    assert first["messages"]["committed"] == 100
    assert first["stopped"] == "limit"
    before = sorted(site.rows(), key=repr)
    proxy.deliver_again(queue)

    check_summary(site.run().json, inserted=0, quarantined=0, redelivered=100)
    assert sorted(site.rows(), key=repr) == before
    assert site.count("bauta.ledger") == 100
    assert site.database.one("SELECT sum(messages) FROM bauta.batch") == 100
    assert queue.counts() == (0, 0)


def test_reads_a_nested_body(site, tmp_path):
    events = json.loads(DATA.read_text())
    nested = [
        {"user": {"id": e["user_id"], "ip": e["ip"]}, "devices": [{"id": e["device_id"]}, {}],
         **{k: e[k] for k in ("device_type", "locale", "app_version")}}
        if reference.is_login(e) else e for e in events]
    # Another pipeline configuration than the one that init registered: say so once more.
    site.configure(columns=NESTED)
    site.bauta("init")
    site.load(write_json(tmp_path / "nested.json", nested))
    check_summary(site.run().json)
    assert sorted(site.rows(), key=repr) == expected(site, events)


def test_costs_a_fifth_of_a_request_a_message(site, tmp_path):
    from support.site import logins
    site.load(write_json(tmp_path / "many.json", logins(3000)))
    requests = site.run().json["requests"]
    assert requests["delete"] <= 320
    assert requests["receive"] <= 300 + 120  # those that came back empty at the end
