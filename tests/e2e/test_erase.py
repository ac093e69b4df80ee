"""Erasure: a person or a value is forgotten, others are not, and nothing old comes back."""
import signal
import subprocess

import pytest

from conftest import fresh
from e2e.reference import KeyRing
from support import process
from support.own_cluster import cluster  # noqa: F401
from support.process import Finished, wait_for
from support.site import login, logins
from support.users import user
from support.vault import Identity, Vault
from support.vaulted import MORE, RECIPIENT, VAULT, site  # noqa: F401

REASON = "request 17 of the data subject"
GRANT = "GRANT SELECT, UPDATE, DELETE ON user_logins TO pii_erase"


def erase(site, whom: str, *arguments, rows: str = "delete", ok: bool = True,
          seconds: float = 60) -> Finished:
    command = ["erase", "--rows", rows, "--reason", REASON, "--yes", "-o", "json", *arguments]
    done = subprocess.run([process.BAUTA, *command], cwd=site.home, env=process.environment(),
                          input=whom + "\n", capture_output=True, text=True, timeout=seconds)
    ended = Finished(command, done.returncode, done.stdout, done.stderr)
    assert not ok or ended.code == 0, ended
    assert whom not in ended.out + ended.err
    return ended


def everything(site) -> list:
    return [site.database.query(f"SELECT * FROM {table} ORDER BY 1") for table in (
        "user_logins", "pii.vault", "pii.erased", "pii.audit", "pii.generation")]


def users(site) -> set:
    return {row[0] for row in site.rows()}


def quarantined(site) -> list:
    return site.database.query("SELECT reason, state, sealed FROM bauta.quarantine ORDER BY id")


def emptied(site) -> dict:
    """Of each message that was quarantined, whether its body is gone."""
    return dict(site.database.query("SELECT message_id_text, sealed IS NULL FROM bauta.quarantine"))


def sent_later(site) -> None:
    """The queue's clock has passed the last erasure."""
    wait_for(lambda: site.database.one(
        "SELECT clock_timestamp() > max(erased_at) + interval '5ms' FROM pii.erased"),
             "the clock moves on")


SHARED, HIS = "198.51.100.7", "198.51.100.8"


def two_people(site) -> KeyRing:
    """They share an address; one has another of his own."""
    site.queue.send_events([login(1, user_id="first", ip=SHARED, device_id="device-1"),
                            login(2, user_id="first", ip=HIS, device_id="device-1"),
                            login(3, user_id="second", ip=SHARED, device_id="device-2")])
    site.run()
    return KeyRing(site.keyring)


def test_a_person_goes_and_what_others_share_stays(site):
    ring = two_people(site)
    his, shared = ring.token(HIS, "ip", "ip1"), ring.token(SHARED, "ip", "ip1")
    done = erase(site, "first").json
    assert (done["rows"], done["originals"], done["shared"]) == (2, 2, 1)
    assert users(site) == {"second"}
    vault = Vault(site.database, site.opener)
    assert his not in vault.rows and vault.originals[shared] == ("ip1", SHARED)
    assert {value for _, value in vault.originals.values()} == {SHARED, "device-2"}
    marked = site.database.query("SELECT token_or_subject FROM pii.erased")
    assert marked == [(ring.token("first", "subject", "str1"),)]
    assert site.database.one("SELECT count(*) FROM pii.audit_verify()") == 0
    assert {reason for reason, in site.database.query("SELECT reason FROM pii.audit")} == {REASON}
    again = erase(site, "first").json
    assert (again["rows"], again["originals"]) == (0, 0)


def test_while_the_ingest_runs(site):
    """Acceptance 9: rows gone, the shared address stays, old messages are `erased`, new ones are not."""
    two_people(site)
    late = login(4, user_id="first", ip=HIS, device_id="device-1")
    running = site.start("run", "--set", "target.postgres.batch.age=50ms")
    try:
        site.queue.send_events(logins(100))
        wait_for(lambda: site.count() == 103, "all are loaded")
        erase(site, "first")
        assert "first" not in users(site)
        sent_later(site)
        site.queue.send_events([late])
        wait_for(lambda: "first" in users(site), "the new login")
    finally:
        running.signal(signal.SIGTERM)
        assert running.finish().code == 0
    vault = Vault(site.database, site.opener)
    token = KeyRing(site.keyring).token(HIS, "ip", "ip1")
    assert vault.originals[token] == ("ip1", HIS), "sealed again"


def test_what_was_sent_before_is_refused_without_its_body(site):
    two_people(site)
    site.queue.send_events([login(5, user_id="first"), login(6, user_id="second")])
    time_of_erasure = erase(site, "first").json
    assert time_of_erasure["rows"] == 2
    summary = site.run("--set", "quarantine.stop_above=1%").json
    assert summary["quarantine_reasons"] == {"erased": 1} and summary["events"]["inserted"] == 1
    assert quarantined(site) == [("erased", "discarded", None)]
    assert users(site) == {"second"} and site.count() == 2


def test_a_replay_of_what_was_erased_is_discarded(site):
    site.configure(VAULT.replace("from: /device_type", "from: /device_type, required: true"), MORE)
    site.queue.send_events([login(1, user_id="first", device_type=...),
                            login(2, user_id="second", device_type=...)])
    site.run("--set", "quarantine.stop_above=100%")
    done = erase(site, "first").json
    assert done["quarantine"]["held"] == 2 and done["quarantine"]["gone_by"]
    site.configure(VAULT, MORE)
    answer = site.bauta("quarantine", "replay", "--identity", site.identity, "--reason", REASON,
                        "-o", "json").json
    assert answer == {"replayed": 1, "still_failing": {"erased": 1}, "skipped": 0}
    assert users(site) == {"second"}
    assert sorted(quarantined(site)) == [("erased", "discarded", None),
                                         ("required_missing", "replayed", None)]


BROKEN = [
    ('{"user_id":"first","ip":"198.51.100.7"}', True),            # No device_id: where it belongs.
    ('{"user_id":"second","ip":"198.51.100.7","note":"first"}', False),
    ('{"user":"first","ip":"198.51.100.7"}', True),               # Elsewhere: as a word.
    ('{"user":"first-born","ip":"198.51.100.7"', True),           # No JSON: as a word.
    ('{"user":"firstborn","ip":"198.51.100.7"', False),
]


def test_with_the_identity_the_quarantine_is_looked_into(site):
    sent = site.queue.send([body for body, _ in BROKEN])
    site.run("--set", "quarantine.stop_above=100%")
    before = everything(site)
    said = erase(site, "first", "--dry-run", "--identity", "identity-q1.json").json
    assert said["quarantine"] == {"discarded": 3, "held": 0, "gone_by": None}
    assert [row for row in quarantined(site) if row[1] == "discarded"] == []
    assert everything(site)[:3] == before[:3]
    done = erase(site, "first", "--identity", "identity-q1.json").json
    assert done["quarantine"] == {"discarded": 3, "held": 0, "gone_by": None}
    assert [emptied(site)[message] for message in sent] == [theirs for _, theirs in BROKEN]
    assert site.database.query("SELECT action FROM pii.audit ORDER BY seq") == [
        ("quarantine.show",), ("erase",), ("quarantine.discard",)]


def test_a_value_in_the_quarantine(site):
    sent = site.queue.send(['{"user_id":"a","ip":"198.51.100.8 "}', '{"user_id":"b","ip":"198.51.100.80"}'])
    site.run("--set", "quarantine.stop_above=100%")
    done = erase(site, HIS, "--column", "masked_ip", "--identity", "identity-q1.json").json
    assert done["quarantine"]["discarded"] == 1
    assert [emptied(site)[message] for message in sent] == [True, False]


def test_the_vaults_identity_opens_no_quarantine(site):
    refused = erase(site, "first", "--identity", "identity-v1.json", ok=False)
    assert refused.code == 2 and site.count("pii.erased") == 0


def test_a_value_goes_from_all_rows(site):
    ring = two_people(site)
    done = erase(site, SHARED, "--column", "masked_ip", rows="null").json
    assert (done["rows"], done["originals"]) == (2, 1)
    assert sorted((row[0], row[2]) for row in site.rows() if row[2] is None) == [
        ("first", None), ("second", None)]
    assert {value for _, value in Vault(site.database, site.opener).originals.values()} == {
        HIS, "device-1", "device-2"}
    assert site.database.query("SELECT token_or_subject FROM pii.erased") == [
        (ring.token(SHARED, "ip", "ip1"),)]
    sent_later(site)
    site.queue.send_events([login(7, user_id="third", ip=SHARED)])
    assert site.run().json["events"]["inserted"] == 1
    assert ("ip1", SHARED) in Vault(site.database, site.opener).originals.values()


def test_rows_can_stay_without_the_person(site):
    two_people(site)
    assert erase(site, "first", rows="null").json["rows"] == 2
    assert sorted((row[:1] + row[2:4] for row in site.rows()), key=str)[1:] == [
        (None, None, None), (None, None, None)]


def test_a_dry_run_changes_nothing(site):
    two_people(site)
    before = everything(site)
    for arguments, expected in ((["first"], (2, 2, 1)), ([SHARED, "--column", "masked_ip"], (2, 2, 1))):
        done = erase(site, *arguments, "--dry-run").json
        assert (done["rows"], done["originals"], done["shared"]) == expected and done["dry_run"]
        assert len(done["out_of_reach"]) == 2
    assert everything(site) == before


def apart_site(bare, cluster):
    apart = cluster.create(fresh("apart"))
    bare.configure(VAULT, f'subject: user_id\nvault: {{recipient: v1, url: "{apart.url}"}}\n')
    bare.prepare()
    bare.opener = Identity(bare.home / "identity-v1.json")
    return apart


def test_a_vault_in_a_database_of_its_own(bare, cluster):
    """Not a thing is left in it, and what the ingest refuses it reads there."""
    apart = apart_site(bare, cluster)
    two_people(bare)
    bare.queue.send_events([login(5, user_id="first"), login(6, user_id="second")])
    assert len(erase(bare, "first", "--dry-run").json["out_of_reach"]) == 2
    done = erase(bare, "first").json
    assert (done["rows"], done["originals"], done["shared"]) == (2, 2, 1)
    assert {value for _, value in Vault(apart, bare.opener).originals.values()} == {
        SHARED, "device-2"}
    summary = bare.run("--set", "quarantine.stop_above=1%").json
    assert summary["quarantine_reasons"] == {"erased": 1} and summary["events"]["inserted"] == 1
    assert users(bare) == {"second"}
    wait_for(lambda: apart.one("SELECT clock_timestamp() > max(erased_at) + interval '5ms'"
                               " FROM pii.erased"), "the clock moves on")
    bare.queue.send_events([login(7, user_id="first", ip=HIS)])
    bare.run()
    assert ("ip1", HIS) in Vault(apart, bare.opener).originals.values()


def test_a_run_with_a_vault_apart_hears_of_an_erasure(bare, cluster):
    apart = apart_site(bare, cluster)
    running = bare.start("run", "--set", "target.postgres.batch.age=50ms")
    try:
        two = [login(1, user_id="first", ip=HIS), login(2, user_id="second", ip=SHARED)]
        bare.queue.send_events(two)
        wait_for(lambda: bare.count() == 2, "both are loaded")
        erase(bare, "first")
        wait_for(lambda: apart.one("SELECT clock_timestamp() > max(erased_at) + interval '5ms'"
                                   " FROM pii.erased"), "the clock moves on")
        bare.queue.send_events([login(3, user_id="first", ip=HIS)])
        wait_for(lambda: bare.count() == 2, "the new login")
    finally:
        running.signal(signal.SIGTERM)
        assert running.finish().code == 0
    assert ("ip1", HIS) in Vault(apart, bare.opener).originals.values(), "sealed again"


MANY = """\
  user_id:   {from: /user_id, required: true}
  token:     {from: /ip, mask: hmac-sha256, canonical: ip, vault: true}
  monthly:   {from: /ip, mask: hmac-sha256, canonical: ip, domain: "ip@{yyyy-mm}"}
  siv:       {from: /ip, mask: aes-siv, canonical: ip}
  network:   {from: /ip, mask: hmac-sha256, canonical: ip-prefix/24/64, domain: net}
  det:       {from: /ip, mask: ipcrypt-deterministic}
  pfx:       {from: /ip, mask: ipcrypt-pfx}
  hash:      {from: /ip, mask: legacy-sha256, i_understand_this_is_reversible: true}
  cut:       {from: /ip, mask: truncate}
  same:      {from: /other, mask: hmac-sha256, canonical: ip, domain: ip}
  device_id: {from: /device_id, mask: hmac-sha256}
"""
COLUMNS_OF_IP = ("token", "monthly", "siv", "network", "det", "pfx", "hash", "cut")


@pytest.fixture
def many(bare):
    bare.database.execute(
        "CREATE TABLE many (user_id text, token text, monthly text, siv text, network text,"
        " det inet, pfx inet, hash text, cut text, same text, device_id text)")
    bare.configure(MANY, MORE, table="many")
    bare.bauta("keys", "generate", "--no-passphrase")
    bare.bauta("init")
    bare.opener = Identity(bare.home / "identity-v1.json")
    bare.queue.send_events([
        login(1, user_id="first", ip=HIS, other=SHARED),
        login(2, user_id="second", ip=SHARED, other=HIS, device_id="device-2"),
        login(3, user_id="third", ip="198.51.100.9", other=...)])
    bare.run()
    assert bare.count("many") == 3
    return bare


def nulls(site, user: str) -> set:
    [row] = site.database.query("SELECT to_jsonb(m) FROM many m WHERE user_id IS NOT DISTINCT FROM"
                                + (f" '{user}'" if user else " NULL"))
    return {column for column, value in row[0].items() if value is None}


@pytest.mark.parametrize("column", ["token", "monthly", "siv"])
def test_a_value_goes_from_all_columns_that_are_made_of_it(many, column):
    for dry in (["--dry-run"], []):
        done = erase(many, f" {HIS}", "--column", column, *dry, rows="null").json
        assert done["rows"] == (2 if column == "token" else 1)
    assert nulls(many, "first") == set(COLUMNS_OF_IP)
    assert nulls(many, "second") == ({"same"} if column == "token" else set())
    assert nulls(many, "third") == {"same"}
    assert ("ip1", HIS) not in Vault(many.database, many.opener).originals.values()


def test_of_a_person_no_mask_stays(many):
    assert erase(many, "first", rows="null").json["rows"] == 1
    assert nulls(many, "") == {*COLUMNS_OF_IP, "user_id", "same", "device_id"}
    assert nulls(many, "second") == set()


def test_of_a_value_the_months_before_are_refused_too(many):
    many.queue.send_events([login(4, user_id="first", ip=HIS, other=...)])
    erase(many, HIS, "--column", "monthly")
    assert many.run("--set", "quarantine.stop_above=1%").json["quarantine_reasons"] == {"erased": 1}


def test_many_rows_and_a_crash_in_the_middle(site):
    """12,000 rows are three transactions; the second dies; a repetition finishes."""
    site.queue.send_events([login(1, user_id="first")])
    site.run()
    site.database.execute("INSERT INTO user_logins SELECT user_id, device_type, masked_ip, "
                          "masked_device_id, locale, app_version, create_date FROM user_logins, "
                          "generate_series(2, 12000)")
    site.database.execute(
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
        " IF (SELECT count(*) FROM user_logins) < 5000 THEN PERFORM pg_terminate_backend("
        "pg_backend_pid()); END IF; RETURN NULL; END$$;"
        "CREATE TRIGGER die AFTER DELETE ON user_logins FOR EACH STATEMENT EXECUTE PROCEDURE die()")
    assert erase(site, "first", ok=False).code != 0
    assert 0 < site.count() < 12000
    assert site.count("pii.vault") == 2, "rows still have the tokens"
    site.database.execute("DROP TRIGGER die ON user_logins")
    assert erase(site, "first").json["originals"] == 2
    assert site.count() == 0 and site.count("pii.vault") == 0


def test_who_may_erase(bare):
    bare.configure(VAULT, MORE)
    bare.bauta("keys", "generate", "--no-passphrase")
    bare.bauta("init", "--roles", "--create-table")
    two_people(bare)
    bare.database.execute(GRANT)
    for role in ("bauta_ingest", "bauta_operator", "pii_reveal", "pii_auditor"):
        other = user(bare.database, role)
        assert other.try_to("SELECT pii.erase('h1:k1:' || repeat('a', 26), 'a long reason')") == "42501"
        assert other.try_to("DELETE FROM pii.vault") == "42501"
        bare.configure(VAULT, MORE, url=other.url)
        refused = erase(bare, "first", ok=False)
        assert refused.code == 2 and "pii_erase" in refused.err, refused
    assert bare.count() == 3
    eraser = user(bare.database, "pii_erase")
    assert eraser.try_to("SELECT sealed FROM pii.vault") == "42501"
    assert eraser.try_to("SELECT sealed FROM bauta.quarantine") == "42501"
    bare.configure(VAULT, MORE, url=eraser.url)
    refused = erase(bare, "first", "--identity", "identity-q1.json", ok=False)
    assert refused.code == 2 and "GRANT bauta_operator" in refused.err
    assert erase(bare, "first").json["rows"] == 2
    assert bare.database.query("SELECT DISTINCT actor FROM pii.audit") == [(eraser.user,)]


@pytest.mark.parametrize("more, arguments, code, says", [
    (RECIPIENT, [], 2, "subject"),
    (RECIPIENT + "subject: nobody\n", [], 2, "E035"),
    (MORE, ["--column", "locale"], 2, "no column with tokens"),
    (MORE, ["--column", "masked_ip"], 2, "no value of column masked_ip"),
    (MORE, ["--reason", "short"], 2, "8 to 500"),
])
def test_bad_orders(site, more, arguments, code, says):
    site.configure(VAULT, more)
    command = ["erase", "--rows", "delete", "--yes", *arguments]
    if "--reason" not in arguments:
        command += ["--reason", REASON]
    done = subprocess.run([process.BAUTA, *command], cwd=site.home, env=process.environment(),
                          input="first\n", capture_output=True, text=True, timeout=60)
    assert done.returncode == code and says in done.stderr, done
