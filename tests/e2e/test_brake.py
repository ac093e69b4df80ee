"""A flood of refusals stops the run before it is quarantined; how to go on is told, and works."""
import pytest

from e2e import checker
from support.site import login

# What the server refuses, and what would have to be mended.
KNOWN = "ALTER TABLE user_logins ADD CONSTRAINT known_device CHECK (device_type <> 'toaster')"
MENDED = "ALTER TABLE user_logins DROP CONSTRAINT known_device"


def toasters(total: int, share: float) -> list[dict]:
    return [login(i, device_type="toaster" if i % 100 < share * 100 else "ios")
            for i in range(total)]


@pytest.mark.parametrize("rows", [100, 5000])
def test_a_flood_that_only_the_server_sees(site, rows):
    """One in five is data; then the producer goes mad.  Nothing of that is lost."""
    site.configure(rows=rows, more="workers: 4\n")
    site.database.execute(KNOWN)
    site.queue.send_events(toasters(3000, 0.2))
    assert site.run().json["events"] == {
        "seen": 3000, "inserted": 2400, "duplicate": 0, "quarantined": 600}

    site.queue.send_events([login(3000 + i, device_type="toaster") for i in range(2000)])
    ended = site.run(ok=False)
    held = site.count("bauta.quarantine")
    assert ended.code == 1 and ended.json["stopped"] == "error", ended
    for told in ("quarantine.stop_above", "constraint", "known_device", "23514",
                 "bauta quarantine replay", "--set quarantine.stop_above=100%"):
        assert told in ended.err, ended
    assert 600 <= held < 600 + 1000, "the flood went back to the queue"
    assert site.queue.counts() == (5000 - site.count("bauta.ledger"), 0)

    checked = site.bauta("check", "-o", "json", ok=False).json
    told = next(p for p in checked if p["code"] == "W006")
    assert f"{held:,} constraint" in told["message"] and "replay" in told["hint"]
    assert told["severity"] == "warning"

    site.database.execute(MENDED)
    assert site.run().json["events"]["quarantined"] == 0
    assert site.bauta("quarantine", "replay", "--identity", site.identity, "--reason", "mended",
                      "-o", "json").json == {
        "replayed": held, "still_failing": {}, "skipped": 0}
    assert site.count() == 5000 == site.database.one(
        "SELECT count(DISTINCT user_id) FROM user_logins")
    assert "W006" not in site.bauta("check", ok=False).all


def test_it_can_be_let_pass(site):
    site.database.execute(KNOWN)
    site.queue.send_events(toasters(2000, 1))
    assert site.run(ok=False).code == 1
    assert site.run("--set", "quarantine.stop_above=100%").json["stopped"] == "empty"
    assert site.count("bauta.quarantine") == 2000 and site.count() == 0
    assert site.queue.counts() == (0, 0)
