"""keys add, rotate, retire, destroy and export: on the file, and on what the database knows of it."""
import json
import os
import stat

import pytest

from e2e.reference import KeyRing
from support.site import COLUMNS, login, logins
from support.users import user
from support.vaulted import VAULT, configure, vaulted  # noqa: F401

SEALED = COLUMNS.replace("mask: hmac-sha256", "mask: aes-siv")
WHY = "ticket 4711: the yearly rotation"


def keys_of(site) -> list[tuple]:
    return site.database.query("SELECT kid, kcv, status FROM bauta.key ORDER BY kid")


def ring_of(site) -> dict:
    return json.loads(site.keyring.read_text())


def statuses(site) -> dict:
    return {key["kid"]: key["status"] for key in ring_of(site)["keys"]}


def test_the_life_of_a_key(vaulted):
    vaulted.queue.send_events(logins(20))
    vaulted.run()
    before = ring_of(vaulted)
    added = vaulted.bauta("keys", "add", "-o", "json").json
    after = ring_of(vaulted)
    assert added["kid"] == "k2" and added["status"] == "DISABLED"
    assert after["keys"][0] == before["keys"][0] and after["recipients"] == before["recipients"]
    assert after["primary"] == "k1" and KeyRing(vaulted.keyring, "k2").kcv == added["kcv"]
    assert stat.S_IMODE(os.stat(vaulted.keyring).st_mode) == 0o600
    assert not [f for f in vaulted.home.iterdir() if "tmp" in f.name]

    vaulted.queue.send_events([login(1)])
    assert vaulted.run().json["events"]["inserted"] == 1, "a spare key is no reason to stop"
    vaulted.bauta("init")
    assert keys_of(vaulted)[1] == ("k2", added["kcv"], "DISABLED")

    assert vaulted.bauta("keys", "rotate", "-o", "json").json == {
        "file": "keyring.json", "primary": "k2", "old": "k1", "broken_joins": 0}
    assert statuses(vaulted) == {"k1": "ENABLED", "k2": "ENABLED"}
    assert [row[2] for row in keys_of(vaulted)] == ["ENABLED", "ENABLED"]
    vaulted.queue.send_events([login(99)])
    vaulted.run()
    assert KeyRing(vaulted.keyring).token("198.51.100.100", "ip", "ip1") in {
        row[2] for row in vaulted.rows()}

    for verb in ("retire", "destroy"):
        refused = vaulted.bauta("keys", verb, "k1", ok=False)
        assert refused.code == 2 and statuses(vaulted)["k1"] == "ENABLED", refused
    refused = vaulted.bauta("keys", "retire", "k1", ok=False)
    assert "column masked_ip of table" in refused.err and "bauta rekey" in refused.err
    vaulted.database.execute("DELETE FROM user_logins WHERE masked_ip LIKE 'h1:k1:%'")
    assert "the vault still has tokens" in vaulted.bauta("keys", "retire", "k1", ok=False).err
    vaulted.bauta("keys", "retire", "k1", "--force")
    assert statuses(vaulted)["k1"] == "DISABLED" and keys_of(vaulted)[0][2] == "DISABLED"
    assert "the vault" in vaulted.bauta("keys", "destroy", "k1", "--yes", ok=False).err
    vaulted.database.execute("DELETE FROM pii.vault WHERE kid = 'k1'")
    refused = vaulted.bauta("keys", "destroy", "k1", ok=False)
    assert refused.code == 2 and "nobody can be asked" in refused.err, refused
    assert statuses(vaulted)["k1"] == "DISABLED" and keys_of(vaulted)[0][2] == "DISABLED"
    vaulted.bauta("keys", "destroy", "k1", "--yes")
    gone = ring_of(vaulted)["keys"][0]
    assert gone["status"] == "DESTROYED" and gone["material"] is None
    assert gone["kcv"] == before["keys"][0]["kcv"] and keys_of(vaulted)[0][2] == "DESTROYED"
    vaulted.queue.send_events([login(3)])
    assert vaulted.run().json["events"]["inserted"] == 1
    assert vaulted.bauta("keys", "add", "-o", "json").json["kid"] == "k3", "k1 never again"


def test_retire_looks_again_when_no_more_can_come(vaulted):
    """A row that an instance wrote under the old key after the first look."""
    vaulted.queue.send_events([login(1)])
    vaulted.run()
    vaulted.bauta("keys", "add")
    vaulted.bauta("keys", "rotate")
    old = KeyRing(vaulted.keyring, "k1").token("192.0.2.7", "ip", "ip1")
    vaulted.database.execute("DELETE FROM user_logins; DELETE FROM pii.vault")
    vaulted.database.execute(
        "CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" INSERT INTO user_logins (user_id, masked_ip) VALUES ('late', '{old}'); RETURN NULL; END $$;"
        "CREATE TRIGGER late AFTER UPDATE ON bauta.key FOR EACH ROW"
        " WHEN (NEW.status = 'DISABLED') EXECUTE FUNCTION late()")
    before, known = ring_of(vaulted), keys_of(vaulted)
    refused = vaulted.bauta("keys", "retire", "k1", ok=False)
    assert refused.code == 2 and "column masked_ip of table" in refused.err, refused
    assert vaulted.count() == 1 and ring_of(vaulted) == before and keys_of(vaulted) == known
    assert statuses(vaulted)["k1"] == known[0][2] == "ENABLED"


def test_rotate_refuses_where_joins_would_break(site):
    columns = COLUMNS.replace("mask: hmac-sha256, canonical: text}", "mask: aes-siv}")
    site.configure(columns)
    site.bauta("init", "--accept-new-tokens")
    assert "no newer key than the primary k1" in site.bauta("keys", "rotate", ok=False).err
    site.bauta("keys", "add")
    before, known = site.keyring.read_bytes(), keys_of(site)
    refused = site.bauta("keys", "rotate", ok=False)
    assert refused.code == 2 and "masked_ip: it has no vault: true" in refused.err, refused
    assert "masked_device_id" not in refused.err and "--accept-broken-joins" in refused.err
    assert site.keyring.read_bytes() == before and keys_of(site) == known
    site.bauta("keys", "rotate", "--accept-broken-joins")
    assert ring_of(site)["primary"] == "k2"
    site.bauta("keys", "add")
    refused = site.bauta("keys", "rotate", "--accept-broken-joins", ok=False)
    assert "k1 is still ENABLED beside the primary k2" in refused.err


def test_rotate_refuses_what_has_no_key_in_its_output(bare):
    bare.configure(SEALED.replace("mask: aes-siv, canonical: ip}", "mask: ipcrypt-deterministic}"))
    bare.prepare()
    bare.bauta("keys", "add")
    refused = bare.bauta("keys", "rotate", ok=False)
    assert refused.code == 2 and "fill a new column" in refused.err, refused
    bare.bauta("keys", "rotate", "--accept-broken-joins")
    bare.queue.send_events([login(1)])
    assert bare.run().json["events"]["inserted"] == 1, "the registry knows"


def test_rotate_leaves_the_ring_alone_when_the_database_is_away(vaulted):
    vaulted.bauta("keys", "add")
    before = vaulted.keyring.read_bytes()
    configure(vaulted, url="host=127.0.0.1 port=1 user=u dbname=d")
    ended = vaulted.bauta("keys", "rotate", ok=False)
    assert ended.code == 3 and vaulted.keyring.read_bytes() == before, ended


OTHER = COLUMNS.replace("masked_ip:  ", "address:    ")


def other_pipeline(site, table: str):
    """A second config on the same key ring, into a table of its own; puts the first back."""
    first = site.config.read_text()
    site.configure(OTHER, table=f"'{table}'")
    text = site.config.read_text().replace("pipeline: logins", "pipeline: others")
    site.config.write_text(text)
    site.database.execute(f"CREATE TABLE {table} (LIKE user_logins)")
    site.database.execute(f"ALTER TABLE {table} RENAME masked_ip TO address")
    site.bauta("init")
    site.queue.send_events([login(7)])
    site.run()
    site.config.write_text(first)


def test_a_key_stays_while_another_pipelines_table_has_its_tokens(site):
    site.database.execute('CREATE SCHEMA "Far"')
    other_pipeline(site, '"Far".others')
    site.bauta("keys", "add")
    site.bauta("keys", "rotate", "--accept-broken-joins")
    for verb in ("retire", "destroy"):
        if verb == "destroy":
            site.bauta("keys", "retire", "k1", "--force")
        refused = site.bauta("keys", verb, "k1", "--yes", ok=False)
        assert refused.code == 2 and 'column address of table "Far"."others"' in refused.err, refused
        assert "pipeline others" in refused.err and "bauta rekey" in refused.err, refused
    site.database.execute('ALTER TABLE "Far".others DROP address')
    refused = site.bauta("keys", "destroy", "k1", "--yes", ok=False)
    assert "column masked_device_id of table" in refused.err, "what is left of the columns"
    site.database.execute('DROP TABLE "Far".others')
    site.bauta("keys", "destroy", "k1", "--yes")


def test_a_table_that_cannot_be_read_keeps_the_key(site):
    site.bauta("init", "--roles")
    other_pipeline(site, "others")
    site.bauta("keys", "add")
    site.bauta("keys", "rotate", "--accept-broken-joins")
    owner = user(site.database, "bauta_owner", "pii_owner")
    site.database.execute(f"GRANT SELECT, INSERT ON user_logins TO {owner.user}")
    site.configure(url=owner.url)
    refused = site.bauta("keys", "retire", "k1", ok=False)
    assert refused.code == 2 and f'GRANT SELECT ON "public"."others" TO "{owner.user}"' in refused.err, refused
    site.database.execute(f"GRANT SELECT ON others TO {owner.user}; TRUNCATE others")
    site.bauta("keys", "retire", "k1")


@pytest.mark.parametrize("trap", [
    "ALTER TABLE others ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON others USING (trap())",
    "ALTER TABLE others DROP address; CREATE TYPE own AS (a int); ALTER TABLE others ADD address own;"
    "ALTER TABLE others DROP masked_device_id; INSERT INTO others(address) VALUES (ROW(1));"
    "CREATE FUNCTION as_text(own) RETURNS text LANGUAGE sql AS $$SELECT trap()::text$$;"
    "CREATE CAST (own AS text) WITH FUNCTION as_text(own)"], ids=["policy", "cast"])
def test_nothing_of_a_tables_owner_runs_with_the_rights_of_who_looks(site, trap):
    site.bauta("init", "--roles")
    other_pipeline(site, "others")
    site.bauta("keys", "add")
    site.bauta("keys", "rotate", "--accept-broken-joins")
    owner = user(site.database, "bauta_owner", "pii_owner")
    site.database.execute(
        f"GRANT SELECT, INSERT ON user_logins TO {owner.user}; CREATE SEQUENCE sprung;"
        "GRANT USAGE ON SEQUENCE sprung TO PUBLIC;"
        "CREATE FUNCTION trap() RETURNS boolean LANGUAGE sql AS $$SELECT nextval('sprung') > 0$$")
    site.database.execute(trap)
    site.database.execute(f"GRANT SELECT ON others TO {owner.user}")
    site.configure(url=owner.url)
    ended = site.bauta("keys", "retire", "k1", ok=False)
    if "POLICY" in trap:
        assert ended.code == 2 and "others has row security" in ended.err, ended
    else:
        assert ended.code == 0, "what is no text has no tokens"
    assert site.database.query("SELECT is_called FROM sprung") == [(False,)], ended


def test_a_table_that_the_search_path_hides_keeps_the_key(site):
    site.database.execute("CREATE SCHEMA hidden")
    url, here = site.database.url, site.config.read_text()
    site.database.execute("CREATE TABLE hidden.user_logins (LIKE user_logins)")
    site.configure(url=f"{url} options='-csearch_path=hidden'")
    site.config.write_text(site.config.read_text().replace("pipeline: logins", "pipeline: hidden"))
    site.bauta("init")
    site.queue.send_events([login(7)])
    site.run()
    site.config.write_text(here)
    site.bauta("keys", "add")
    site.bauta("keys", "rotate", "--accept-broken-joins")
    refused = site.bauta("keys", "retire", "k1", ok=False)
    assert refused.code == 2 and '"hidden"."user_logins"' in refused.err, refused


def test_event_keys_hold_the_old_key(bare):
    bare.configure(VAULT, "vault: {recipient: v1}\n")
    text = bare.config.read_text()
    bare.config.write_text(text.replace("columns:\n", "  exactly_once: {key: \"field:/id\"}\ncolumns:\n", 1))
    bare.prepare()
    bare.bauta("keys", "add")
    bare.bauta("keys", "rotate")
    refused = bare.bauta("keys", "retire", "k1", ok=False)
    assert refused.code == 2 and "hashes under key k1" in refused.err, refused
    bare.bauta("keys", "retire", "k1", "--force")


def test_a_new_recipient_and_its_identity(vaulted):
    made = vaulted.bauta("keys", "add", "--recipient", "--no-passphrase", "-o", "json").json
    assert made == {"file": "keyring.json", "recipient": "v2", "purpose": "vault",
                    "identity": "identity-v2.json"}
    identity = vaulted.home / "identity-v2.json"
    assert stat.S_IMODE(identity.stat().st_mode) == 0o600
    before = vaulted.keyring.read_bytes()
    assert "v2 already" in vaulted.bauta("keys", "add", "--recipient", "v2", "--no-passphrase",
                                         ok=False).err
    (vaulted.home / "identity-v3.json").write_text("{}")
    assert vaulted.bauta("keys", "add", "--recipient", "--no-passphrase", ok=False).code == 2
    assert vaulted.keyring.read_bytes() == before, "no recipient without its identity"
    vaulted.bauta("keys", "add", "--recipient", "--purpose", "quarantine", "--no-passphrase")
    refused = vaulted.bauta("keys", "retire", "--recipient", "q1", ok=False)
    assert refused.code == 2 and "still sealed for q1" in refused.err, refused
    vaulted.bauta("keys", "retire", "--recipient", "q1", "--file", vaulted.keyring)
    assert [(r["id"], r["purpose"], r["status"]) for r in ring_of(vaulted)["recipients"]] == [
        ("v1", "vault", "ENABLED"), ("q1", "quarantine", "DISABLED"),
        ("v2", "vault", "ENABLED"), ("q2", "quarantine", "ENABLED")]
    refused = vaulted.bauta("run", "--until-empty", ok=False)
    assert refused.code == 2 and "q1" in refused.err, "the config still names it"


def test_export_is_audited_and_private(vaulted):
    out = vaulted.home / "exported.json"
    vaulted.bauta("keys", "export", "--column", "masked_ip", "--out", out, "--reason", WHY)
    [line] = [json.loads(line) for line in out.read_text().splitlines()]
    assert bytes.fromhex(line["key"]) == KeyRing(vaulted.keyring).sub_key("h1", "ip", "ip1", 32)
    assert (line["kid"], line["domain"], line["canonical"]) == ("k1", "ip", "ip1")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    [(action, reason)] = vaulted.database.query("SELECT action, reason FROM pii.audit")
    assert action == "keys.export" and reason == f"{WHY} [masked_ip]"
    for arguments in (("--column", "masked_ip", "--out", out, "--reason", WHY),
                      ("--column", "locale", "--out", "new.json", "--reason", WHY),
                      ("--column", "masked_ip", "--out", "new.json", "--reason", "short"),
                      ("--column", "masked_ip", "--reason", WHY)):
        assert vaulted.bauta("keys", "export", *arguments, ok=False).code == 2
    assert vaulted.count("pii.audit") == 1 and not (vaulted.home / "new.json").exists()
