"""Retention: what no row leads to leaves the vault; and the quarantine's bodies their time."""
from conftest import fresh
from e2e.test_erase import GRANT, HIS, REASON, SHARED, two_people
from support.own_cluster import cluster  # noqa: F401
from support.process import wait_for
from support.site import login
from support.users import user
from support.vault import Vault
from support.vaulted import MORE, VAULT, site  # noqa: F401


def expire(site, *arguments, ok: bool = True):
    return site.bauta("expire", "--reason", REASON, "-o", "json", *arguments, ok=ok)


def test_originals_go_after_their_last_row(site):
    two_people(site)
    assert expire(site).json["vault"] == {"looked_at": 4, "gone": 0}
    site.database.execute("DELETE FROM user_logins WHERE user_id = 'first'")
    said = expire(site, "--dry-run").json
    assert said["dry_run"] and said["vault"] == {"looked_at": 4, "gone": 2}
    assert site.count("pii.vault") == 4 and site.count("pii.audit") == 0
    assert expire(site).json["vault"]["gone"] == 2
    assert {value for _, value in Vault(site.database, site.opener).originals.values()} == {
        SHARED, "device-2"}
    assert site.database.query("SELECT action, token, reason FROM pii.audit") == [
        ("expire", None, REASON + " [2 originals]")]
    assert site.database.one("SELECT count(*) FROM pii.audit_verify()") == 0


def test_what_expired_is_sealed_again_by_a_running_instance(site):
    running = site.start("run", "--set", "target.postgres.batch.age=50ms")
    try:
        site.queue.send_events([login(1, ip=HIS)])
        wait_for(lambda: site.count() == 1, "the row")
        site.database.execute("DELETE FROM user_logins")
        assert expire(site).json["vault"]["gone"] == 2
        site.queue.send_events([login(1, ip=HIS)])
        wait_for(lambda: site.count() == 1, "the row")
    finally:
        running.signal(15)
        assert running.finish().code == 0
    assert ("ip1", HIS) in Vault(site.database, site.opener).originals.values()
    assert site.count("bauta.quarantine") == 0, "expired is not erased"


def test_stale_bodies_are_emptied(site):
    site.queue.send(["no json"])
    site.run("--set", "quarantine.stop_above=100%")
    assert expire(site).json["quarantine"] == {"emptied": 0}
    site.database.execute("UPDATE bauta.quarantine SET at = now() - interval '31d'")
    assert expire(site, "--dry-run").json["quarantine"] == {"emptied": 1}
    assert site.database.query("SELECT state FROM bauta.quarantine") == [("held",)]
    assert expire(site).json["quarantine"] == {"emptied": 1}
    assert site.database.query("SELECT state, sealed FROM bauta.quarantine") == [("expired", None)]


def test_a_vault_that_others_may_share(bare, cluster):
    apart = cluster.create(fresh("apart"))
    bare.configure(VAULT, f'vault: {{recipient: v1, url: "{apart.url}"}}\n')
    bare.prepare()
    two_people(bare)
    bare.database.execute("DELETE FROM user_logins WHERE user_id = 'first'")
    refused = expire(bare, ok=False)
    assert refused.code == 2 and "--only-ours" in refused.err
    assert apart.one("SELECT count(*) FROM pii.vault") == 4
    assert expire(bare, "--only-ours").json["vault"] == {"looked_at": 4, "gone": 2}
    assert apart.one("SELECT count(*) FROM pii.vault") == 2


def test_who_may_expire(bare):
    bare.configure(VAULT, MORE)
    bare.bauta("keys", "generate", "--no-passphrase")
    bare.bauta("init", "--roles", "--create-table")
    two_people(bare)
    bare.database.execute(GRANT)
    for role in ("bauta_ingest", "bauta_operator", "pii_reveal", "pii_auditor"):
        other = user(bare.database, role)
        assert other.try_to("SELECT pii.expire(ARRAY['h1'], 'a long reason')") == "42501"
        bare.configure(VAULT, MORE, url=other.url)
        refused = expire(bare, ok=False)
        assert refused.code == 2 and "pii_erase" in refused.err, refused
    bare.configure(VAULT, MORE, url=user(bare.database, "pii_erase").url)
    assert expire(bare).json["vault"]["looked_at"] == 4
