"""bauta rekey: old tokens to the new key, originals to a new recipient, while others write."""
import random
import re

from e2e.reference import KeyRing
from support.process import wait_for
from support.site import COLUMNS, login, logins
from support.users import user
from support.vault import Identity, Vault
from support.vaulted import configure, vaulted  # noqa: F401

WHY = "ticket 4711: the yearly rotation"
IPS = "SELECT masked_ip, count(*) FROM user_logins GROUP BY 1"


def rotate(site) -> None:
    site.bauta("keys", "add")
    site.bauta("keys", "rotate")


def rekey(site, *arguments, identity="identity-v1.json", ok=True, seconds=120):
    return site.bauta("rekey", "--reason", WHY, "--identity", site.home / identity, "-o", "json",
                      *arguments, ok=ok, seconds=seconds)


def old_rows(site, kid="k1") -> int:
    return site.database.one(f"SELECT count(*) FROM user_logins WHERE masked_ip LIKE 'h1:{kid}:%'"
                             f" OR masked_device_id LIKE 'h1:{kid}:%'")


def test_moves_all_to_the_new_key(vaulted):
    vaulted.queue.send_events([*logins(300), login(1000, ip=" 2001:DB8::1 ")])
    vaulted.run()
    before = sorted(count for _, count in vaulted.database.query(IPS))
    days = vaulted.database.query("SELECT first_seen FROM pii.vault")
    vaulted.database.execute("UPDATE pii.vault SET first_seen = first_seen - 30")
    rotate(vaulted)
    due = vaulted.bauta("rekey", "--dry-run", "-o", "json").json
    assert due["left"]["rows"] == {"masked_ip": 301, "masked_device_id": 301}
    assert due["left"]["originals"] == len(days) and old_rows(vaulted) == 301
    done = rekey(vaulted).json
    assert done["originals"] | {"known": 0} == {"moved": len(days), "known": 0, "damaged": 0,
                                               "other_recipient": 0, "deleted": len(days)}
    assert done["rows"] == 301 and done["left"]["originals"] == 0
    assert set(done["left"]["rows"].values()) == {0}

    ring = KeyRing(vaulted.keyring)
    vault = Vault(vaulted.database, vaulted.opener)
    assert ring.kid == "k2" and len(vault.rows) == len(days)
    for _, _, ip, device, *_ in vaulted.rows():
        for token, domain, form in ((ip, "ip", "ip1"), (device, "device_id", "str1")):
            canon, value = vault.originals[token]
            assert canon == form and ring.token(value, domain, form) == token
    assert sorted(count for _, count in vaulted.database.query(IPS)) == before
    assert vaulted.database.one("SELECT max(first_seen) < current_date - 20 FROM pii.vault")
    assert vaulted.count("pii.token_alias") == len(days)
    assert len(set(vault.heads())) == len(vault.rows)
    actions = vaulted.database.query("SELECT action, reason FROM pii.audit")
    assert actions == [("rekey", WHY)]
    vaulted.bauta("keys", "retire", "k1")
    vaulted.bauta("keys", "destroy", "k1", "--yes")
    assert vaulted.count("pii.token_alias") == 0
    vaulted.queue.send_events([login(5)])
    vaulted.run()
    assert vaulted.database.one(
        "SELECT count(DISTINCT masked_ip) FROM user_logins WHERE user_id = 'user-5'") == 1


def test_again_and_after_an_interruption(vaulted):
    vaulted.queue.send_events(logins(400))
    vaulted.run()
    rotate(vaulted)
    started = vaulted.start("rekey", "--reason", WHY, "--identity",
                            vaulted.home / "identity-v1.json", "--rate", "100")
    wait_for(lambda: vaulted.count("pii.token_alias") > 0, "the first originals to be moved")
    started.kill()
    started.finish()
    done = rekey(vaulted).json
    assert done["originals"]["known"] > 0 and done["left"]["originals"] == 0
    assert old_rows(vaulted) == 0
    again = rekey(vaulted).json
    assert again["rows"] == 0 and again["originals"]["moved"] == 0


def test_while_an_instance_writes(vaulted):
    """Also one that is still on the old key."""
    configure(vaulted, rows=50)
    vaulted.queue.send_events(logins(1000))
    vaulted.run()
    rotate(vaulted)
    events = [login(i % 700, device_id=f"late-{i % 900}") for i in range(3000)]
    random.Random(1).shuffle(events)
    vaulted.queue.send_events(events)
    run = vaulted.start("run", "--until-empty", "-o", "json")
    wait_for(lambda: vaulted.count() > 1000, "rows under the new key")
    rekey(vaulted)
    ended = run.finish(90)
    assert ended.code == 0, ended
    assert vaulted.count() == 4000 and old_rows(vaulted) == 0
    assert vaulted.database.one(
        "SELECT count(*) FROM user_logins l WHERE NOT EXISTS (SELECT FROM pii.vault v"
        " WHERE v.token = l.masked_ip) OR NOT EXISTS (SELECT FROM pii.vault v"
        " WHERE v.token = l.masked_device_id)") == 0
    assert vaulted.database.one("SELECT count(DISTINCT masked_ip) FROM user_logins") == 250


def test_false_aliases_are_not_believed(vaulted):
    """Whoever writes rows may write aliases: all lead to one token that is there."""
    vaulted.queue.send_events(logins(20))
    vaulted.run()
    rotate(vaulted)
    values = len(Vault(vaulted.database, vaulted.opener).rows)
    vaulted.database.execute(
        "INSERT INTO pii.token_alias SELECT token, (SELECT min(token) FROM pii.vault), domain "
        "FROM pii.vault")
    done = rekey(vaulted).json
    assert done["originals"]["moved"] == done["originals"]["deleted"] == values
    ring = KeyRing(vaulted.keyring)
    originals = Vault(vaulted.database, vaulted.opener).originals
    assert len(originals) == values and old_rows(vaulted) == 0
    for _, _, ip, *_ in vaulted.rows():
        assert ring.token(originals[ip][1], "ip", "ip1") == ip


def test_what_does_not_open_is_left_and_said(vaulted):
    vaulted.queue.send_events(logins(20))
    vaulted.run()
    [(forged, other)] = vaulted.database.query(
        "SELECT min(masked_ip), max(masked_ip) FROM user_logins")
    vaulted.database.execute("UPDATE pii.vault SET sealed = (SELECT sealed FROM pii.vault WHERE"
                             f" token = '{other}') WHERE token = '{forged}'")
    rotate(vaulted)
    ended = rekey(vaulted, ok=False)
    assert ended.code == 1 and "1 do not open, or are not of their token" in ended.err, ended
    done = ended.json
    assert done["originals"]["damaged"] == 1 and done["left"]["originals"] == 1
    assert done["left"]["rows"] == {"masked_ip": 1, "masked_device_id": 0}
    assert vaulted.database.one(f"SELECT count(*) FROM user_logins WHERE masked_ip = '{forged}'") == 1
    assert vaulted.bauta("keys", "retire", "k1", ok=False).code == 2


def test_the_key_alone_opens_aes_siv(bare):
    bare.configure(COLUMNS.replace("mask: hmac-sha256", "mask: aes-siv")
                   .replace("canonical: ip}", "canonical: ip, on_invalid: raw}"))
    bare.prepare()
    bare.queue.send_events([*logins(100), login(7, ip="not an address")])
    bare.run()
    rotate(bare)
    done = bare.bauta("rekey", "--reason", WHY, "-o", "json").json
    assert done["rows"] == 101 and set(done["left"]["rows"].values()) == {0}
    ring = KeyRing(bare.keyring)
    assert {ring.opened(row[2], "ip", "ip1") for row in bare.rows()} - {None} == {
        f"198.51.100.{i + 1}" for i in range(100)}
    assert ring.opened(bare.database.one(
        "SELECT masked_ip FROM user_logins WHERE user_id = 'user-7' ORDER BY create_date, masked_ip"
        " LIMIT 1"), "ip", "raw1") or True
    assert {ring.opened(row[3], "device_id", "str1") for row in bare.rows()} == {
        login(i)["device_id"] for i in range(100)}


def test_partitions_and_rows_without_an_old_token(bare):
    configure(bare)
    bare.bauta("keys", "generate", "--no-passphrase")
    bare.database.execute(
        "CREATE TABLE user_logins(user_id varchar(128), device_type varchar(32), masked_ip text,"
        " masked_device_id varchar(256), locale varchar(32), app_version integer, create_date date)"
        " PARTITION BY RANGE (user_id);"
        "CREATE TABLE part_0 PARTITION OF user_logins FOR VALUES FROM (MINVALUE) TO ('8');"
        "CREATE TABLE part_1 PARTITION OF user_logins FOR VALUES FROM ('8') TO (MAXVALUE)")
    bare.bauta("init")
    bare.queue.send_events(logins(200))
    bare.run()
    bare.database.execute("INSERT INTO user_logins (user_id) VALUES ('nobody')")
    rotate(bare)
    assert rekey(bare).json["rows"] == 200
    assert old_rows(bare) == 0 and bare.count() == 201


def test_originals_get_a_new_recipient(vaulted):
    vaulted.queue.send_events(logins(60))
    vaulted.run()
    made = vaulted.bauta("keys", "add", "--recipient", "--no-passphrase", "-o", "json").json
    assert made["recipient"] == "v2"
    refused = rekey(vaulted, "--recipient", "v2", ok=False)
    assert refused.code == 2 and "still sealed for v1" in refused.err, refused
    configure(vaulted, more="vault: {recipient: v2}\n")
    early = vaulted.bauta("keys", "retire", "--recipient", "v1", ok=False)
    assert early.code == 2 and "originals that are sealed for v1" in early.err, early
    before = {row[0]: row[1:] for row in vaulted.database.query(
        "SELECT token, domain, kid, first_seen FROM pii.vault")}
    assert vaulted.bauta("rekey", "--recipient", "v2", "--dry-run", "-o", "json").json == {
        "recipient": "v2", "left": len(before)}
    wrong = rekey(vaulted, "--recipient", "v2", identity="identity-v2.json", ok=False)
    assert wrong.code == 1 and wrong.json["other_recipient"] == len(before), wrong
    done = rekey(vaulted, "--recipient", "v2").json
    assert (done["resealed"], done["left"]) == (len(before), 0)
    vault = Vault(vaulted.database, Identity(vaulted.home / "identity-v2.json"))
    assert {row[0]: row[1:] for row in vaulted.database.query(
        "SELECT token, domain, kid, first_seen FROM pii.vault")} == before
    assert len(set(vault.heads())) == len(before)
    ring = KeyRing(vaulted.keyring)
    for token, (canon, value) in vault.originals.items():
        assert ring.token(value, vault.rows[token][0], canon) == token
    vaulted.bauta("keys", "retire", "--recipient", "v1")
    vaulted.queue.send_events([login(9000, ip="192.0.2.9")])
    assert vaulted.run().json["events"]["inserted"] == 1
    assert vaulted.database.query("SELECT DISTINCT recipient FROM pii.vault") == [("v2",)]


def test_refusals(vaulted):
    assert "no key is ENABLED beside the primary k1" in rekey(vaulted, ok=False).err
    rotate(vaulted)
    for arguments, why in ((("--from", "k2"), "is no key whose tokens can be moved"),
                           (("--from", "k9"), "is no key whose tokens can be moved"),
                           (("--recipient", "v9"), 'no enabled recipient "v9"'),
                           (("--recipient", "q1"), 'no enabled recipient "q1"')):
        refused = rekey(vaulted, *arguments, ok=False)
        assert refused.code == 2 and why in refused.err, refused
    assert vaulted.bauta("rekey", "--reason", "short", ok=False).code == 2
    assert vaulted.bauta("rekey", "--reason", WHY, ok=False).code == 2, "no identity"
    assert vaulted.count("pii.audit") == 0


def test_who_may(bare, cluster):
    configure(bare)
    bare.bauta("keys", "generate", "--no-passphrase")
    bare.bauta("init", "--roles", "--create-table")
    bare.queue.send_events(logins(30))
    bare.run()
    rotate(bare)
    mover, other = user(bare.database, "pii_rekey"), user(bare.database, "pii_reveal", "bauta_ingest")
    reader = user(bare.database)
    bare.database.execute(f"GRANT USAGE ON SCHEMA pii TO {reader.user};"
                          f"GRANT SELECT ON pii.vault, pii.token_alias, pii.generation TO {reader.user};"
                          f"GRANT EXECUTE ON FUNCTION pii.log(text, text, text) TO {reader.user};"
                          f"GRANT SELECT, UPDATE ON user_logins TO {reader.user}")
    for who, why in ((other, "GRANT pii_rekey TO"), (reader, "GRANT pii_rekey TO"),
                     (mover, "GRANT SELECT")):
        configure(bare, url=who.url)
        refused = rekey(bare, ok=False)
        assert refused.code == 2 and why in refused.err, refused
    bare.database.execute(f"GRANT SELECT, UPDATE ON user_logins TO {mover.user}")
    assert rekey(bare).json["rows"] == 30
    assert mover.try_to("SELECT n FROM pii.generation") is None
    assert mover.try_to("UPDATE pii.vault SET token = 'x'") == "42501"
    assert mover.try_to("DELETE FROM pii.audit") == "42501"


def test_who_may_without_roles(vaulted):
    """What the hint says is enough."""
    vaulted.queue.send_events(logins(30))
    vaulted.run()
    rotate(vaulted)
    mover = user(vaulted.database)
    vaulted.database.execute(f"GRANT USAGE ON SCHEMA pii TO {mover.user};"
                             f"GRANT SELECT, DELETE ON pii.vault TO {mover.user};"
                             f"GRANT SELECT, UPDATE ON user_logins TO {mover.user}")
    configure(vaulted, url=mover.url)
    refused = rekey(vaulted, ok=False)
    assert refused.code == 2 and vaulted.count("pii.token_alias") == 0, refused
    assert "lacks EXECUTE ON FUNCTION pii.log" in refused.err, refused
    [grants] = re.findall(r"GRANT USAGE.*;", refused.err)
    assert f'GRANT INSERT, UPDATE (recipient, sealed) ON TABLE pii.vault TO "{mover.user}";' in grants
    vaulted.database.execute(grants)
    assert rekey(vaulted).json["rows"] == 30
    vaulted.bauta("keys", "add", "--recipient", "--no-passphrase")
    configure(vaulted, more="vault: {recipient: v2}\n", url=mover.url)
    assert rekey(vaulted, "--recipient", "v2").json["left"] == 0
