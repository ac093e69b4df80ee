"""A rotation from end to end: aliases while two keys are in use, a view in which all joins, and
instances that get the new key ring one after the other."""
import collections
import json
import signal
import time

import psycopg2
import pytest

from conftest import fresh
from e2e.reference import KeyRing
from e2e.test_erase import erase
from e2e.test_rekey import WHY, old_rows, rekey, rotate
from e2e.test_vault import MISSING
from support.process import wait_for
from support.site import COLUMNS, login, logins, write_json
from support.vaulted import VAULT, configure, vaulted  # noqa: F401

FACTS = ("SELECT count(*), count(DISTINCT masked_ip), count(DISTINCT masked_device_id),"
         " (SELECT count(*) FROM {0} a JOIN {0} b USING (masked_ip)) FROM {0}")
ALIASES = "SELECT old_token, new_token FROM pii.token_alias"


def make_view(site) -> None:
    site.database.execute(site.bauta("init", "--print-view").out)


def facts(site, relation: str = "user_logins_current") -> tuple:
    [row] = site.database.query(FACTS.format(relation))
    return row


def expected(events: list[dict]) -> tuple:
    ips = [event["ip"] for event in events]
    return (len(events), len(set(ips)), len({event["device_id"] for event in events}),
            sum(ips.count(ip) ** 2 for ip in set(ips)))


def send(site, events: list[dict]) -> None:
    site.queue.send_events(events)
    assert site.run().json["events"]["inserted"] == len(events)


def test_joins_hold_before_during_and_after(vaulted):
    first, second = logins(120), [login(i, device_id=f"new-{i % 7}") for i in range(60, 200)]
    send(vaulted, first)
    make_view(vaulted)
    assert facts(vaulted) == expected(first) == facts(vaulted, "user_logins")
    rotate(vaulted)
    assert facts(vaulted) == expected(first)
    send(vaulted, second)
    assert facts(vaulted) == expected(first + second) != facts(vaulted, "user_logins")
    old, new = KeyRing(vaulted.keyring, "k1"), KeyRing(vaulted.keyring)
    aliases = dict(vaulted.database.query(ALIASES))
    assert aliases == {old.token(e[field], field, form): new.token(e[field], field, form)
                       for e in second for field, form in (("ip", "ip1"), ("device_id", "str1"))}
    rekey(vaulted)
    assert facts(vaulted) == expected(first + second) == facts(vaulted, "user_logins")
    vaulted.bauta("keys", "retire", "k1")
    send(vaulted, third := [login(3, ip="203.0.113.9")])
    assert facts(vaulted) == expected(first + second + third)
    assert old.token("203.0.113.9", "ip", "ip1") not in dict(vaulted.database.query(ALIASES))


def test_aliases_are_of_rows_only_and_of_every_form(bare):
    """Columns without a vault too; a month's domain, raw values, aes-siv, and no bad event's."""
    columns = (COLUMNS.replace("canonical: ip}", 'canonical: ip, on_invalid: raw, domain: "ip@{yyyy-mm}"}')
               .replace("mask: hmac-sha256, canonical: text}", "mask: aes-siv}"))
    bare.configure(columns)
    bare.prepare()
    bare.bauta("keys", "add")
    bare.bauta("keys", "rotate", "--accept-broken-joins")
    bare.queue.send_events([login(1), login(1), login(2, ip=" unknown"), login(3, app_version="bad")])
    assert bare.run().json["events"] == {"seen": 4, "inserted": 3, "duplicate": 0, "quarantined": 1}
    [month] = bare.database.query("SELECT DISTINCT domain FROM pii.token_alias WHERE domain LIKE 'ip@%'")
    old, new = KeyRing(bare.keyring, "k1"), KeyRing(bare.keyring)
    assert dict(bare.database.query(ALIASES)) == {
        old.token("198.51.100.2", month[0], "ip1"): new.token("198.51.100.2", month[0], "ip1"),
        old.token(" unknown", month[0], "raw1"): new.token(" unknown", month[0], "raw1"),
        **{old.sealed(login(i)["device_id"], "device_id", "str1"):
           new.sealed(login(i)["device_id"], "device_id", "str1") for i in (1, 2)}}


def test_a_replay_writes_aliases_too(vaulted):
    send(vaulted, logins(1))
    rotate(vaulted)
    vaulted.queue.send_events([login(0, locale="x" * 40)])
    vaulted.run()
    vaulted.database.execute("ALTER TABLE user_logins ALTER locale TYPE varchar(60)")
    done = vaulted.bauta("quarantine", "replay", "--identity", vaulted.identity, "--reason",
                         "the column was too short", "--yes", "-o", "json").json
    assert done["replayed"] == 1
    make_view(vaulted)
    assert facts(vaulted)[:3] == (2, 1, 1)


def test_a_run_goes_on_while_keys_change_and_takes_the_new_ring(vaulted):
    send(vaulted, logins(10))
    run = vaulted.start("run", "-o", "json", "--log-format", "json")
    served = iter(range(1000, 100000))

    def moves() -> str:
        """The kid of the row of a login that is sent now."""
        i = next(served)
        vaulted.queue.send_events([login(i)])
        return wait_for(lambda: vaulted.database.query(
            f"SELECT split_part(masked_ip, ':', 2) FROM user_logins WHERE user_id = 'user-{i}'"),
            "the row", every=0.01)[0][0]

    assert moves() == "k1"
    vaulted.bauta("keys", "add")
    vaulted.bauta("init")
    assert moves() == "k1"
    run.signal(signal.SIGHUP)
    wait_for(lambda: "the key ring was read again" in run.err(), "the ring to be read")
    vaulted.bauta("keys", "rotate")
    assert moves() == "k1", "until it is told"
    run.signal(signal.SIGHUP)
    wait_for(lambda: run.err().count("the key ring was read again") == 2, "the ring to be read")
    assert moves() == "k2"

    good = vaulted.keyring.read_bytes()
    vaulted.keyring.write_text("{")
    run.signal(signal.SIGHUP)
    wait_for(lambda: "the key ring is not taken" in run.err(), "the bad ring to be refused")
    assert moves() == "k2"
    vaulted.keyring.write_bytes(good)
    rekey(vaulted)
    vaulted.bauta("keys", "retire", "k1")
    assert moves() == "k2", "an old key's end is not its business"
    run.signal(signal.SIGTERM)
    ended = run.finish()
    assert ended.code == 0 and vaulted.database.one(MISSING) == 0, ended
    assert "material" not in ended.all and old_rows(vaulted) == 0


def test_a_host_with_an_older_ring_erases_what_the_new_key_made(vaulted):
    """Where k2 is still DISABLED; a person and a value."""
    vaulted.configure(VAULT, "vault: {recipient: v1}\nsubject: user_id\n")
    vaulted.bauta("keys", "add")
    older = vaulted.home / "older.json"
    older.write_bytes(vaulted.keyring.read_bytes())
    older.chmod(0o600)
    vaulted.bauta("keys", "rotate")
    sent = [login(1, user_id="first", ip="192.0.2.9"), login(2, user_id="second", ip="192.0.2.8")]
    vaulted.queue.send_events(sent)
    vaulted.run()
    for whom, arguments in (("first", []), ("192.0.2.8", ["--column", "masked_ip"])):
        done = erase(vaulted, whom, "--set", f"keys.file={older}", *arguments).json
        assert (done["rows"], done["originals"]) == (1, 2), done
    assert vaulted.count() == vaulted.count("pii.vault") == 0


def test_a_run_whose_key_is_retired_ends(vaulted):
    send(vaulted, logins(10))
    run = vaulted.start("run", "-o", "json")
    vaulted.queue.send_events([login(50)])
    wait_for(lambda: vaulted.count() == 11, "the run to be under way")
    rotate(vaulted)
    vaulted.bauta("keys", "retire", "k1", "--force")
    vaulted.queue.send_events([login(51)])
    ended = run.finish()
    assert ended.code == 1 and "the registry of keys and masks changed during the run" in ended.err, ended
    assert vaulted.count() == 11 and sum(vaulted.queue.counts()) == 1


class Held:
    """Nobody writes to the table for the while; reading goes on."""

    def __init__(self, site):
        self.connection = psycopg2.connect(site.database.url)
        self.connection.cursor().execute("LOCK TABLE user_logins IN SHARE ROW EXCLUSIVE MODE")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()


def hup(site, run) -> None:
    before = run.err().count("the key ring was read again")
    run.signal(signal.SIGHUP)
    wait_for(lambda: run.err().count("the key ring was read again") > before, "the ring to be read")


def test_a_batch_that_outlived_its_key_gets_new_tokens(vaulted):
    """It was mapped under k1, and could not be written until k1 was retired."""
    run = vaulted.start("run", "-o", "json", "--log-format", "json")
    with Held(vaulted):
        vaulted.queue.send_events(logins(30))
        wait_for(lambda: "55P03" in run.err(), "the run to wait with what it has mapped")
        vaulted.bauta("keys", "add")
        vaulted.bauta("init")
        hup(vaulted, run)
        vaulted.bauta("keys", "rotate")
        hup(vaulted, run)
        vaulted.bauta("keys", "retire", "k1")
    wait_for(lambda: vaulted.count() >= 30, "the rows")
    run.signal(signal.SIGTERM)
    ended = run.finish()
    assert ended.code == 0, ended
    assert vaulted.count() == vaulted.count("bauta.ledger") == 30
    assert old_rows(vaulted) == 0 and vaulted.count("pii.vault WHERE kid = 'k1'") == 0
    assert vaulted.count("bauta.quarantine") == 0 and vaulted.database.one(MISSING) == 0
    messages = ended.json["messages"]
    assert messages["committed"] == 30 and messages["released"] == 30, messages
    assert sum(vaulted.queue.counts()) == 0
    vaulted.bauta("keys", "destroy", "k1", "--yes")


def test_a_host_whose_ring_lags_behind_brings_no_aliases_back(vaulted):
    """On which k1 is still ENABLED, and destroyed everywhere else."""
    vaulted.bauta("keys", "add")
    vaulted.bauta("keys", "rotate")
    older = vaulted.home / "older.json"
    older.write_bytes(vaulted.keyring.read_bytes())
    older.chmod(0o600)
    send(vaulted, [login(1)])
    assert vaulted.count("pii.token_alias") == 2
    vaulted.bauta("keys", "retire", "k1")
    vaulted.bauta("keys", "destroy", "k1", "--yes")
    vaulted.queue.send_events([login(2)])
    assert vaulted.run("--set", f"keys.file={older}").json["events"]["inserted"] == 1
    assert vaulted.count("pii.token_alias") == 0 and old_rows(vaulted) == 0


# Rows from before, in which nothing may seem to change: rows, values, and what a join finds.
STEADY = ("WITH s AS (SELECT masked_ip, masked_device_id FROM user_logins_current WHERE locale = 'R0')"
          " SELECT count(*), count(DISTINCT masked_ip), count(DISTINCT masked_device_id),"
          " (SELECT count(*) FROM s a JOIN s b USING (masked_ip)) FROM s")


class Rehearsal:
    """Two instances with key rings of their own, which reach them one after the other."""

    def __init__(self, site, before: int, during: int):
        self.site, self.figures = site, {}
        self.left = iter([login(i, ip=f"198.0.{i % 60}.{i % 250}") for i in range(during)])
        self.during = during
        # Three rows an address here and there; of fifty rows one is of the same person.
        self.events = [login(i, ip=f"198.{n // 65536 % 20}.{n // 256 % 256}.{n % 256}", locale="R0",
                             user_id=f"user-{i}" if i % 50 else "heavy")
                       for i in range(before) for n in [i * 7 // 10]]
        site.bauta("queue", "load", "--file", write_json(site.home / "events.json", self.events),
                   "--queue", site.queue.name, seconds=900)
        loaded = site.run(seconds=900).json
        assert loaded["events"]["inserted"] == before
        self.figures["loaded_per_second"] = loaded["messages_per_second"]
        make_view(site)
        self.steady = self.look()
        ips = [event["ip"] for event in self.events]
        assert self.steady[:2] == (before, len(set(ips)))
        assert self.steady[3] == sum(n * n for n in collections.Counter(ips).values())
        self.rings = [site.home / f"{fresh('host')}.json" for _ in range(2)]
        for ring in self.rings:
            self.bring(ring)
        self.runs = [self.instance(ring) for ring in self.rings]

    def instance(self, ring):
        return self.site.start("run", "--log-format", "json", "--set", f"keys.file={ring}")

    def look(self) -> tuple:
        [row] = self.site.database.query(STEADY)
        return row

    def bring(self, ring) -> None:
        new = ring.with_suffix(".new")
        new.write_bytes(self.site.keyring.read_bytes())
        new.chmod(0o600)
        new.rename(ring)

    def spread(self) -> None:
        for ring, run in zip(self.rings, self.runs):
            self.bring(ring)
            count = run.err().count("the key ring was read again")
            run.signal(signal.SIGHUP)
            wait_for(lambda r=run, c=count: r.err().count("the key ring was read again") > c,
                     "the ring to be read", seconds=120)
            self.more(10)
            assert self.look() == self.steady

    def more(self, share: int) -> None:
        some = [event for event, _ in zip(self.left, range(self.during * share // 100))]
        self.events.extend(some)
        self.site.queue.send_events(some)

    def watch(self, *command) -> dict:
        """The command's answer, while messages come and somebody reads the view."""
        started, looks = self.site.start(*command, "-o", "json"), 0
        while started.process.poll() is None:
            self.more(1)
            assert self.look() == self.steady
            looks += 1
        ended = started.finish(10)
        assert ended.code == 0 and looks > 0, ended
        assert self.look() == self.steady
        return ended.json | {"looks": looks}

    def all_there(self) -> None:
        wait_for(lambda: self.site.count() == len(self.events), "all rows", seconds=300)
        assert facts(self.site)[:3] == expected_counts(self.events)
        assert self.site.database.one(MISSING) == 0

    def stop(self) -> None:
        for run in self.runs:
            run.signal(signal.SIGTERM)
        ended = [run.finish(60) for run in self.runs]
        assert [run.code for run in ended] == [0, 0], ended

    def rotate(self) -> None:
        self.site.bauta("keys", "add")
        self.spread()
        self.site.bauta("keys", "rotate")
        self.spread()
        self.figures["rekey"] = self.watch(
            "rekey", "--identity", self.site.home / "identity-v1.json", "--reason", WHY)
        self.all_there()
        assert facts(self.site, "user_logins")[:3] == expected_counts(self.events)
        assert old_rows(self.site) == 0
        assert self.site.database.one("SELECT count(*) FROM pii.vault WHERE kid = 'k1'") == 0
        self.site.bauta("keys", "retire", "k1", seconds=120)
        self.spread()

    def reseal(self) -> None:
        self.site.bauta("keys", "add", "--recipient", "--no-passphrase")
        configure(self.site, more="vault: {recipient: v2}\nsubject: user_id\n")
        self.stop()
        for ring in self.rings:
            self.bring(ring)
        self.runs = [self.instance(ring) for ring in self.rings]
        self.figures["reseal"] = self.watch(
            "rekey", "--recipient", "v2", "--identity", self.site.home / "identity-v1.json",
            "--reason", WHY)
        assert self.site.database.query("SELECT DISTINCT recipient FROM pii.vault") == [("v2",)]
        self.all_there()

    def erase(self) -> None:
        """A person of many rows, then a value."""
        for name, whom, arguments in (("person", "heavy", []),
                                      ("value", self.events[1]["ip"], ["--column", "masked_ip"])):
            self.more(5)
            started = time.monotonic()
            done = erase(self.site, whom, *arguments, seconds=600).json
            self.figures[f"erase_{name}"] = {
                "rows": done["rows"], "originals": done["originals"],
                "seconds": round(time.monotonic() - started, 1)}
        self.events = [event for event in self.events
                       if event["user_id"] != "heavy" and event["ip"] != self.events[1]["ip"]]
        self.all_there()


def rehearse(site, before: int, during: int) -> None:
    site.configure(VAULT, "vault: {recipient: v1}\nsubject: user_id\n")
    rehearsal = Rehearsal(site, before, during)
    rehearsal.rotate()
    rehearsal.reseal()
    rehearsal.erase()
    rehearsal.stop()
    print(json.dumps(rehearsal.figures))


def expected_counts(events: list[dict]) -> tuple:
    return (len(events), len({e["ip"] for e in events}), len({e["device_id"] for e in events}))


def test_two_instances_get_the_ring_one_after_the_other(vaulted):
    rehearse(vaulted, 2000, 3000)


@pytest.mark.slow
def test_rehearsal_on_a_million_rows(vaulted):
    """Figures: python -m pytest -s."""
    rehearse(vaulted, 1_000_000, 20_000)
