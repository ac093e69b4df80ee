"""What was refused: seen by anybody, opened by who holds the identity, replayed once."""
import json
import stat

import pytest

from e2e import reference
from support.site import COLUMNS, logins, write_json

STRICT = COLUMNS.replace("{from: /locale}", "{from: /locale, required: true}")
FIELDS = {"id", "pipeline", "message_id", "item", "sent_at", "reason", "column", "sqlstate",
          "constraint", "receive_count", "state", "at"}


@pytest.fixture
def refused(site):
    """Thirty logins, of which the ten without locale were refused; the config is right since."""
    site.configure(columns=STRICT)
    site.ids = site.queue.send_events(logins(30))
    summary = site.run().json
    assert summary["quarantine_reasons"] == {"required_null": 10}
    site.configure()
    return site


def held(site) -> list[dict]:
    return site.bauta("quarantine", "list", "-o", "json").lines


def with_identity(site, verb, *arguments, **options):
    return site.bauta("quarantine", verb, "--identity", site.identity, "--reason", "ticket 4711",
                      "-o", "json", *arguments, **options)


def test_lists_what_was_refused_and_why(refused):
    listed = held(refused)
    assert len(listed) == 10
    for entry in listed:
        assert entry.keys() >= FIELDS
        assert (entry["reason"], entry["column"], entry["state"], entry["pipeline"]) == (
            "required_null", "locale", "held", "logins")
    assert {e["message_id"] for e in listed} == {refused.ids[i] for i in range(0, 30, 3)}
    assert refused.bauta("quarantine", "list", "-o", "json", "--reason-code", "bad_date").lines == []
    assert len(refused.bauta("quarantine", "list", "-o", "json", "--limit", "3").lines) == 3
    assert "198.51.100" not in json.dumps(listed)


def test_shows_a_body_to_its_recipient_only(refused):
    entry = next(e for e in held(refused) if e["message_id"] == refused.ids[3])
    target = refused.home / "opened.json"
    shown = with_identity(refused, "show", "--id", entry["id"], "--out", target)
    assert "198.51.100" not in shown.all, "originals go to a terminal or a file"
    assert "198.51.100.4" in target.read_text()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600

    wrong = refused.bauta("quarantine", "show", "--id", entry["id"], "--identity",
                          refused.home / "identity-v1.json", "--reason", "x", ok=False)
    assert wrong.code == 2, wrong
    assert "198.51.100" not in wrong.all


def test_replays_once_after_the_config_was_mended(refused):
    answer = with_identity(refused, "replay").json
    assert answer == {"replayed": 10, "still_failing": {}, "skipped": 0}
    ring = reference.KeyRing(refused.keyring)
    sent_ms = refused.database.one("SELECT max(sent_ms) FROM bauta.ledger")
    assert sorted(refused.rows(), key=repr) == sorted(
        (reference.row(e, ring, sent_ms) for e in logins(30)), key=repr)
    assert refused.database.query("SELECT DISTINCT state, sealed FROM bauta.quarantine") == [
        ("replayed", None)], "no body outlives its need"
    assert refused.database.query(
        "SELECT sum(messages), sum(inserted) FROM bauta.batch WHERE origin = 'replay'") == [(0, 10)]

    again = with_identity(refused, "replay").json
    assert again["replayed"] == 0
    assert refused.count() == 30
    assert refused.queue.counts() == (0, 0), "nothing is sent to the queue again"


@pytest.fixture
def many(site):
    """Returns a function that makes so many refused logins; the config is right since."""
    def refuse(count: int) -> list[dict]:
        site.configure(columns=STRICT, stop_above="100%")
        events = logins(count, locale=None)
        site.load(write_json(site.home / "events.json", events))
        assert site.run().json["events"]["quarantined"] == count
        site.configure()
        return events
    return refuse


def assert_one_row_each(site, events) -> None:
    users = site.database.query("SELECT user_id FROM user_logins")
    assert sorted(users) == sorted((e["user_id"],) for e in events)
    assert site.database.query("SELECT sum(events), sum(inserted) FROM bauta.batch"
                               " WHERE origin = 'replay'") == [(len(events), len(events))]


def test_four_replays_at_once_make_one_row_each(site, many):
    events = many(6000)
    replays = [site.start("quarantine", "replay", "--identity", site.identity, "--reason",
                          "ticket 4711", "-o", "json") for _ in range(4)]
    answers = [replay.finish() for replay in replays]
    assert [answer.code for answer in answers] == [0] * 4, answers
    assert sum(answer.json["replayed"] for answer in answers) == len(events)
    assert all(answer.json["still_failing"] == {} for answer in answers)
    assert_one_row_each(site, events)


def test_one_command_replays_a_bulk_in_few_transactions(site, many):
    events = many(20_000)
    site.database.execute("ALTER TABLE user_logins ADD CHECK (user_id <> 'user-7')")
    answer = with_identity(site, "replay").json
    assert answer == {"replayed": 19_999, "still_failing": {"constraint": 1}, "skipped": 0}
    assert site.database.one("SELECT count(*) FROM bauta.batch WHERE origin = 'replay'") < 50
    site.database.execute("ALTER TABLE user_logins DROP CONSTRAINT user_logins_user_id_check")
    assert with_identity(site, "replay", "--reason-code", "constraint").json["replayed"] == 1
    assert_one_row_each(site, events)


def test_replays_what_is_named(refused):
    ids = [entry["id"] for entry in held(refused)]
    assert with_identity(refused, "replay", "--reason-code", "bad_date").json["replayed"] == 0
    assert with_identity(refused, "replay", "--column", "masked_ip").json["replayed"] == 0
    assert with_identity(refused, "replay", "--until", "1h").json["replayed"] == 0
    assert with_identity(refused, "replay", "--limit", "2").json["replayed"] == 2
    assert with_identity(refused, "replay", "--id", ids[5]).json["replayed"] == 1
    assert with_identity(refused, "replay", "--column", "locale", "--since", "1h",
                         "--reason-code", "required_null").json["replayed"] == 7
    assert refused.count() == 30


def test_an_expired_identity_is_replayed_only_when_named(refused):
    refused.database.execute("UPDATE bauta.quarantine SET reason = 'identity_expired'"
                             " WHERE id = (SELECT min(id) FROM bauta.quarantine)")
    assert with_identity(refused, "replay").json == {
        "replayed": 9, "still_failing": {}, "skipped": 1}
    assert with_identity(refused, "replay", "--reason-code", "identity_expired").json == {
        "replayed": 1, "still_failing": {}, "skipped": 0}


def test_a_replay_that_fails_again_keeps_the_message(refused):
    refused.configure(columns=STRICT)
    answer = with_identity(refused, "replay").json
    assert (answer["replayed"], answer["still_failing"]) == (0, {"required_null": 10})
    assert refused.count() == 20
    assert {e["state"] for e in held(refused)} == {"held"}


def test_a_dry_replay_changes_nothing(refused):
    answer = with_identity(refused, "replay", "--dry-run").json
    assert answer["replayed"] == 10
    assert refused.count() == 20
    assert len(held(refused)) == 10


def test_discards_what_is_named(refused):
    entry = held(refused)[0]
    refused.bauta("quarantine", "discard", "--id", entry["id"], "--reason", "test data", "--yes")
    assert refused.database.query(
        "SELECT state, sealed IS NULL FROM bauta.quarantine WHERE id = %s", entry["id"]) == [
            ("discarded", True)]
    assert with_identity(refused, "replay").json["replayed"] == 9
    assert refused.count() == 29


def test_a_held_body_is_sealed(refused):
    for (sealed,) in refused.database.query("SELECT sealed FROM bauta.quarantine"):
        assert b"198.51.100" not in bytes(sealed) and b"user_id" not in bytes(sealed)
