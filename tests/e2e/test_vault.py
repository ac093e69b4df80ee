"""The vault: every token's original, sealed, in the transaction of its row; and who may not read it."""
import json
import random
import re
import signal

import pytest

from conftest import fresh
from e2e.reference import KeyRing
from support.own_cluster import cluster  # noqa: F401
from support.postgres import Cluster
from support.process import wait_for
from support.site import COLUMNS, login, logins
from support.users import user
from support.vault import Identity, Vault
from support.vaulted import RECIPIENT, VAULT, configure, vaulted  # noqa: F401

MISSING = ("SELECT count(*) FROM user_logins l WHERE NOT EXISTS (SELECT FROM pii.vault v"
           " WHERE v.token = l.masked_ip) OR NOT EXISTS (SELECT FROM pii.vault v"
           " WHERE v.token = l.masked_device_id)")


def test_every_token_has_its_original(vaulted):
    events = [*logins(300), login(1000, ip=" 198.51.100.7\t"), login(1001, ip="2001:DB8::1"),
              login(1002, device_id="no such device "), login(1003, ip="not an address")]
    vaulted.queue.send_events(events)
    summary = vaulted.run().json
    assert (summary["events"]["inserted"], summary["events"]["quarantined"]) == (303, 1)
    vault = Vault(vaulted.database, vaulted.opener)
    ring = KeyRing(vaulted.keyring)
    tokens = set()
    for _, _, ip, device, *_ in vaulted.rows():
        tokens |= {ip, device}
        for token, domain, form in ((ip, "ip", "ip1"), (device, "device_id", "str1")):
            canon, value = vault.originals[token]
            assert canon == form and ring.token(value, domain, form) == token
            assert value == value.strip(" \t\r\n")
    assert tokens == set(vault.rows), "nothing of what has no row"
    assert "2001:DB8::1" in {value for _, value in vault.originals.values()}, "as it came"
    assert len(set(vault.heads())) == len(vault.rows)
    assert {len(row[3]) for row in vault.rows.values()} == {185}
    assert vaulted.database.one(
        "SELECT count(*) FROM pii.vault WHERE first_seen <> (now() AT TIME ZONE 'UTC')::date") == 0


def test_raw_values_and_months(vaulted):
    columns = (VAULT.replace("canonical: ip,", 'canonical: ip, on_invalid: raw, domain: "ip@{yyyy-mm}",'))
    configure(vaulted, columns)
    vaulted.bauta("init", "--accept-new-tokens")
    vaulted.queue.send_events([login(1), login(2, ip=" unknown")])
    vaulted.run()
    vault = Vault(vaulted.database, vaulted.opener)
    ips = {vault.originals[row[2]] for row in vaulted.rows()}
    assert ips == {("ip1", "198.51.100.2"), ("raw1", " unknown")}
    assert all(re.fullmatch(r"ip@\d{4}-\d\d", vault.rows[row[2]][0]) for row in vaulted.rows())


def test_what_is_known_is_not_written_again(vaulted):
    vaulted.queue.send_events(logins(50))
    vaulted.run()
    before = Vault(vaulted.database, vaulted.opener).rows
    vaulted.queue.send_events(logins(60))
    vaulted.run()
    after = Vault(vaulted.database, vaulted.opener).rows
    assert {token: after[token] for token in before} == before
    assert vaulted.database.one(MISSING) == 0 and len(after) > len(before)


def test_workers_and_instances_that_meet_the_same_new_values(vaulted):
    """Opposite orders would deadlock; each waits for the other's COMMIT only."""
    configure(vaulted, rows=40, more=RECIPIENT + "workers: 4\n")
    events = [login(i % 500) for i in range(6000)]
    random.Random(7).shuffle(events)
    vaulted.queue.send_events(events)
    runs = [vaulted.start("run", "--until-empty", "-o", "json") for _ in range(2)]
    ended = [run.finish(90) for run in runs]
    assert [done.code for done in ended] == [0, 0], ended
    assert vaulted.count() == 6000 and vaulted.database.one(MISSING) == 0
    assert not [done for done in ended if "40P01" in done.err], "no deadlock"
    heads = Vault(vaulted.database, vaulted.opener).heads()
    assert len(set(heads)) == len(heads)


def test_one_worker_and_sixteen_make_the_same_tokens(vaulted):
    """And seal anew what they meet at once, or have to try again: no (enc, ctr) stands twice."""
    events = [login(i % 300, user_id=f"user-{i}") for i in range(1200)]
    tokens, heads = [], []
    for workers in (1, 16):
        configure(vaulted, rows=20, more=RECIPIENT + f"workers: {workers}\n")
        vaulted.database.execute(
            "TRUNCATE user_logins, pii.vault;"
            "CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS"
            " $$BEGIN IF random() < 0.2 THEN RAISE serialization_failure; END IF; RETURN NULL; END$$;"
            "DROP TRIGGER IF EXISTS fail ON pii.vault;"
            "CREATE TRIGGER fail AFTER INSERT ON pii.vault FOR EACH STATEMENT"
            " EXECUTE PROCEDURE fail()")
        vaulted.queue.send_events(events)
        assert vaulted.run().json["events"]["inserted"] == len(events)
        tokens.append(sorted(vaulted.database.query(
            "SELECT user_id, masked_ip, masked_device_id FROM user_logins")))
        heads += Vault(vaulted.database, vaulted.opener).heads()
        assert vaulted.database.one(MISSING) == 0
    assert tokens[0] == tokens[1] and len(tokens[0]) == len(events)
    assert len(set(heads)) == len(heads) > 600


def test_a_vault_is_not_switched_silently(vaulted):
    """The tokens stay the same, so nobody would see that some have originals and some have none."""
    for columns, flag, said in ((COLUMNS, ["--accept-new-tokens"], "has no vault any more"),
                                (VAULT, [], "has a vault from now on")):
        configure(vaulted, columns)
        vaulted.queue.send_events([login(1)])
        for command in (["run", "--until-empty"], ["check"]):
            refused = vaulted.bauta(*command, ok=False)
            assert refused.code == 2 and "E065" in refused.all, refused
            assert "columns.masked_ip.vault" in refused.all and "init" in refused.all
        if flag:
            assert "E065" in vaulted.bauta("init", ok=False).err
        done = vaulted.bauta("init", *flag, "-o", "json").json["done"]
        assert [line for line in done if said in line], done
        vaulted.run()


def test_a_registry_that_knows_of_no_vaults_learns_of_them(vaulted):
    """One that an older `bauta init` wrote: runs go on, and the next init adds what is missing."""
    vaulted.database.execute("ALTER TABLE bauta.masked_column DROP COLUMN vault")
    vaulted.queue.send_events([login(1)])
    run = vaulted.start("run", "-o", "json")
    wait_for(lambda: vaulted.count() == 1, "the first row")
    vaulted.bauta("init")
    assert vaulted.database.query(
        "SELECT DISTINCT vault FROM bauta.masked_column") == [(True,)]
    vaulted.queue.send_events([login(2)])
    wait_for(lambda: vaulted.count() == 2, "the second row, by the same instance")
    run.signal(signal.SIGTERM)
    assert run.finish().code == 0


def test_a_retried_transaction_seals_anew(vaulted):
    """What was sealed and rolled back is seen in the server's log of statements: never twice."""
    vaulted.database.execute(
        "CREATE TABLE seen (sealed bytea);"
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
        "  IF nextval('tries') < 4 THEN RAISE EXCEPTION USING ERRCODE = '40001',"
        "    MESSAGE = encode(NEW.sealed, 'hex'); END IF; RETURN NEW; END$$;"
        "CREATE SEQUENCE tries;"
        "CREATE TRIGGER note BEFORE INSERT ON pii.vault FOR EACH ROW EXECUTE PROCEDURE note()")
    vaulted.queue.send_events([login(1)])
    assert vaulted.run().json["events"]["inserted"] == 1
    tried = set(re.findall(r"ERROR:  ([0-9a-f]{370})", (vaulted.database.cluster.home / "log").read_text()))
    kept = {bytes(row[3]).hex() for row in Vault(vaulted.database, vaulted.opener).rows.values()}
    heads = [record[2:82] for record in tried | kept]
    assert len(tried) >= 3 and len(set(heads)) == len(heads) == len(tried) + len(kept)


def kill_between(vaulted, times: int) -> None:
    """The vault's rows are in, the transaction is open: then the instance dies."""
    vaulted.database.execute(
        "CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN PERFORM pg_sleep(0.05); RETURN NULL; END$$;"
        "CREATE TRIGGER linger AFTER INSERT ON pii.vault FOR EACH STATEMENT"
        " EXECUTE PROCEDURE linger()")
    configure(vaulted, rows=20)
    sent = times * 40
    vaulted.queue.send_events([login(i, ip=f"203.0.113.{i % 256}", device_id=f"device-{i}")
                               for i in range(sent)])
    lingering = ("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
                 " AND datname = current_database()")
    for _ in range(times):
        run = vaulted.start("run")
        wait_for(lambda: vaulted.database.one(lingering) > 0, "the vault to be written", every=0.005)
        run.kill()
        run.finish()
        assert vaulted.database.one(MISSING) == 0
    vaulted.database.execute("DROP TRIGGER linger ON pii.vault")
    vaulted.run(seconds=120)
    assert vaulted.count() == sent and vaulted.database.one(MISSING) == 0


@pytest.mark.slow
def test_no_row_without_its_vault_row(vaulted):
    kill_between(vaulted, 5)


@pytest.mark.slow
def test_no_row_without_its_vault_row_a_hundred_times(vaulted):
    kill_between(vaulted, 100)


def test_what_was_erased_is_sealed_again_by_a_running_instance(vaulted):
    run = vaulted.start("run")
    vaulted.queue.send_events(logins(20))
    wait_for(lambda: vaulted.count() == 20, "the first twenty")
    token = vaulted.rows()[0][2]
    vaulted.database.execute(f"SELECT pii.erase('{token}', 'Art. 17, case 7')")
    assert token not in Vault(vaulted.database, vaulted.opener).rows
    vaulted.queue.send_events(logins(20))
    wait_for(lambda: vaulted.count() == 40, "the same again")
    run.signal(15)
    assert run.finish().code == 0
    assert token in Vault(vaulted.database, vaulted.opener).rows
    assert vaulted.database.one(MISSING) == 0


@pytest.mark.slow
def test_a_transaction_waits_for_an_erasure(vaulted):
    """Else it would go by what it knew before."""
    with vaulted.database.connect() as holder:
        holder.cursor().execute("SELECT pg_advisory_xact_lock(1650554225, 2)")
        vaulted.queue.send_events(logins(5))
        run = vaulted.start("run", "--until-empty", "-o", "json")
        wait_for(lambda: vaulted.database.one(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 2"
            " AND NOT granted") > 0, "the run to wait")
        assert vaulted.count() == 0
        holder.rollback()
    assert run.finish().code == 0 and vaulted.count() == 5


def test_a_replay_writes_the_vault(vaulted):
    configure(vaulted, VAULT.replace("{from: /locale}", "{from: /locale, required: true}"),
              stop_above="100%")
    vaulted.queue.send_events(logins(6, locale=None))
    vaulted.run()
    assert Vault(vaulted.database, vaulted.opener).rows == {}
    configure(vaulted)
    answer = vaulted.bauta("quarantine", "replay", "-o", "json", "--identity", vaulted.identity,
                           "--reason", "ticket 4711").json
    assert answer["replayed"] == 6
    assert vaulted.count() == 6 and vaulted.database.one(MISSING) == 0
    Vault(vaulted.database, vaulted.opener)


# A database of its own.


def test_a_vault_apart_commits_first(bare, cluster):
    apart = cluster.create(fresh("apart"))
    configure(bare, more=f'vault: {{recipient: v1, url: "{apart.url}"}}\n')
    bare.bauta("keys", "generate", "--no-passphrase")
    refused = bare.bauta("run", "--until-empty", ok=False)
    assert refused.code == 2
    bare.bauta("init", "--create-table")
    assert not bare.database.has("pii.vault") and not apart.has("bauta.meta")
    bare.queue.send_events(logins(30))
    bare.run()
    vault = Vault(apart, Identity(bare.home / "identity-v1.json"))
    assert {token for row in bare.rows() for token in row[2:4]} == set(vault.rows)
    # The rows' transaction fails: what is in the vault by then is no more than an orphan.
    bare.database.execute(
        "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN RAISE EXCEPTION USING ERRCODE = '57014'; END$$;"
        "CREATE CONSTRAINT TRIGGER no AFTER INSERT ON user_logins DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE PROCEDURE no()")
    bare.queue.send_events([login(5000, device_id="late")])
    run = bare.start("run")
    wait_for(lambda: "57014" in run.err(), "the refusal")
    bare.database.execute("DROP TRIGGER no ON user_logins")
    wait_for(lambda: bare.count() == 31, "the row")
    run.signal(15)
    run.finish()
    vault = Vault(apart, Identity(bare.home / "identity-v1.json"))
    assert {token for row in bare.rows() for token in row[2:4]} == set(vault.rows)


@pytest.mark.slow
def test_while_the_vault_apart_is_away_nothing_is_committed(bare, cluster):
    server = Cluster()
    try:
        apart = server.create("apart")
        configure(bare, more=f'vault: {{recipient: v1, url: "{apart.url}"}}\n')
        bare.prepare()
        bare.database.execute("ALTER TABLE user_logins ADD n bigserial")
        run = bare.start("run")
        bare.queue.send_events(logins(3))
        wait_for(lambda: bare.count() == 3, "the first rows")
        server.crash()
        bare.queue.send_events(logins(3, user_id="new"))
        wait_for(lambda: run.err().count("the vault") >= 2, "the outage to be said again", 60)
        assert bare.count() == 3
        tried = bare.database.one("SELECT last_value FROM user_logins_n_seq")
        assert tried <= 3 + 3 * 3, "the table does not grow by rows that were never committed"
        server.start()
        wait_for(lambda: bare.count() == 6, "the rest")
        server.demote(hot_standby="on")
        bare.queue.send_events(logins(3, user_id="newer"))
        wait_for(lambda: "read-only standby" in run.err(), "the standby to be named", 60)
        server.promote()
        wait_for(lambda: bare.count() == 9, "what waited")
        run.signal(15)
        assert run.finish().code == 0
    finally:
        server.stop()


def test_a_privilege_that_is_gone_ends_the_run(roles):
    """Which is no row's fault: nothing is quarantined, and nothing is tried for ever."""
    configure(roles, url=roles.ingest.url)
    run = roles.start("run")
    roles.queue.send_events(logins(3))
    wait_for(lambda: roles.count() == 3, "the first rows")
    roles.database.execute("REVOKE SELECT ON pii.generation FROM pii_ingest")
    sent = roles.queue.send_events(logins(3, user_id="new"))
    ended = run.finish()
    assert ended.code == 1 and "bauta check" in ended.err and "42501" in ended.err, ended
    assert roles.count() == 3 and roles.count("bauta.quarantine") == 0
    roles.database.execute("GRANT SELECT ON pii.generation TO pii_ingest")
    roles.queue.wait_visible(len(sent))
    roles.run()
    assert roles.count() == 6


def test_a_replay_blames_no_row_for_the_vault(vaulted):
    vaulted.queue.send_events([login(0) | {"device_type": "x" * 40}])
    vaulted.run()
    vaulted.database.execute("ALTER TABLE user_logins ALTER device_type TYPE varchar(64);"
                             "ALTER TABLE pii.vault ADD CHECK (octet_length(sealed) < 10) NOT VALID")
    ended = vaulted.bauta("quarantine", "replay", "--identity", vaulted.identity,
                          "--reason", "ticket 4711", ok=False)
    assert ended.code != 0 and "the vault: " in ended.err, ended
    assert vaulted.database.query("SELECT state, reason FROM bauta.quarantine") == [
        ("held", "too_long")]


# Roles: by trying.

REFUSED_INGEST = [
    "SELECT sealed FROM pii.vault", "SELECT * FROM pii.vault", "SELECT domain FROM pii.vault",
    "UPDATE pii.vault SET sealed = ''", "DELETE FROM pii.vault", "TRUNCATE pii.vault",
    "INSERT INTO pii.vault (token, domain, kid, recipient, sealed) VALUES ('t', 'd', 'k', 'v', '')"
    " ON CONFLICT (token) DO UPDATE SET sealed = excluded.sealed",
    "INSERT INTO pii.vault (token, domain, kid, recipient, sealed) VALUES ('t', 'd', 'k', 'v', '')"
    " RETURNING sealed",
    "INSERT INTO pii.vault VALUES ('t', 'd', 'k', 'v', '', '2020-01-01')",
    "SELECT pii.reveal_request('h1:k1:aaaaaaaaaaaaaaaaaaaaaaaaaa', 'a reason of mine')",
    "SELECT pii.reveal_fetch(1)", "SELECT pii.erase('h1:k1:aaaaaaaaaaaaaaaaaaaaaaaaaa', 'my reason')",
    "SELECT pii.log('lookup', NULL, 'a reason of mine')", "SELECT * FROM pii.audit",
    "SELECT pii._audit('x', NULL, NULL)", "INSERT INTO pii.audit_head VALUES (true, 0, '')",
    "INSERT INTO pii.erased VALUES ('x', now())", "UPDATE pii.generation SET n = 0",
    "INSERT INTO bauta.key (kid, kcv, status) VALUES ('k9', '00000000', 'ENABLED')",
    "UPDATE bauta.masked_column SET domain = 'x'", "DELETE FROM bauta.masked_column",
    "CREATE TABLE pii.mine (i int)", "DROP TABLE pii.vault", "SET ROLE pii_owner",
]


@pytest.fixture
def roles(bare):
    configure(bare)
    bare.bauta("keys", "generate", "--no-passphrase")
    bare.bauta("init", "--roles", "--create-table")
    bare.ingest = user(bare.database, "bauta_ingest")
    return bare


def test_the_ingest_role_writes_and_cannot_read(roles):
    configure(roles, url=roles.ingest.url)
    roles.queue.send_events(logins(20))
    roles.run()
    roles.queue.send_events(logins(30))
    roles.run()
    assert roles.database.one(MISSING) == 0
    Vault(roles.database, Identity(roles.home / "identity-v1.json"))
    for sql in REFUSED_INGEST:
        assert roles.ingest.try_to(sql) == "42501", sql


def test_others_may_not_even_that(roles):
    others = [user(roles.database), user(roles.database, "pii_auditor"),
              user(roles.database, "pii_reveal"), user(roles.database, "bauta_owner")]
    for other in others:
        for sql in ("SELECT sealed FROM pii.vault", "DELETE FROM pii.vault",
                    "UPDATE pii.audit SET actor = 'x'", "DELETE FROM pii.audit",
                    "INSERT INTO pii.vault (token, domain, kid, recipient, sealed)"
                    " VALUES ('t', 'd', 'k', 'v', '')", "UPDATE pii.generation SET n = 0"):
            assert other.try_to(sql) == "42501", (other.user, sql)


def test_public_may_call_nothing_also_later(roles):
    execute = ("SELECT count(*) FROM pg_proc p, aclexplode(coalesce(p.proacl,"
               " acldefault('f', p.proowner))) a WHERE p.pronamespace = 'pii'::regnamespace"
               " AND a.grantee = 0")
    assert roles.database.one(execute) == 0
    roles.database.execute("SET ROLE pii_owner; CREATE FUNCTION pii.later() RETURNS int"
                           " LANGUAGE sql AS 'SELECT 1'; RESET ROLE")
    assert roles.database.one(execute) == 0
    assert user(roles.database).try_to("SELECT pii.later()") == "42501"


def findings(site, *codes: str) -> list[dict]:
    found = json.loads(site.bauta("check", "-o", "json", ok=False).out)
    return [p for p in found if p["code"] in codes]


def test_check_names_what_is_missing_and_what_is_too_much(roles):
    configure(roles, url=roles.ingest.url)
    codes = ("E043", "E044", "E068", "W005")
    assert findings(roles, *codes) == []
    roles.database.execute("REVOKE INSERT (sealed) ON pii.vault FROM pii_ingest")
    missing, = findings(roles, *codes)
    assert missing["code"] == "E068" and "INSERT (token" in missing["message"]
    refused = roles.bauta("run", "--until-empty", ok=False)
    assert refused.code == 2 and "E068" in refused.err
    for statement in re.findall(r"GRANT INSERT[^;]*;", missing["hint"]):
        roles.database.execute(statement)
    assert findings(roles, *codes) == []
    roles.database.execute(f"GRANT SELECT ON pii.vault TO {roles.ingest.user}")
    warning, = findings(roles, *codes)
    assert warning["code"] == "W005" and "SELECT (sealed) on pii.vault" in warning["message"]


def test_check_knows_the_recipient(vaulted):
    configure(vaulted, more="vault: {recipient: v2}\n")
    assert [p["code"] for p in findings(vaulted, "E044")] == ["E044"]
    assert vaulted.bauta("run", "--until-empty", ok=False).code == 2
    configure(vaulted, more="vault: {recipient: q1}\n")
    assert [p["code"] for p in findings(vaulted, "E044")] == ["E044"], "of another purpose"
    configure(vaulted)
    ring = json.loads(vaulted.keyring.read_text())
    next(r for r in ring["recipients"] if r["id"] == "v1")["status"] = "DISABLED"
    vaulted.keyring.write_text(json.dumps(ring))
    assert [p["code"] for p in findings(vaulted, "E044")] == ["E044"]


def test_without_the_schema_the_run_says_what_to_do(site):
    configure(site)
    found, = findings(site, "E068")
    assert "no schema pii" in found["message"]
    refused = site.bauta("run", "--until-empty", ok=False)
    assert refused.code == 2 and "bauta init" in refused.err
    site.bauta("init")
    assert findings(site, "E068") == []
