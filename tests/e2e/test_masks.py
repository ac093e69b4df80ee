"""The masks that have a key, against what Python makes of the same values."""
import json
import subprocess

import pytest

from e2e import reference
from support.process import environment
from support.site import logins

DETERMINISTIC, PFX = "ipcrypt-deterministic", "ipcrypt-pfx"
COLUMNS = """\
  user_id:   {from: /user_id, required: true}
  ip:        {from: /ip, mask: hmac-sha256, canonical: ip}
  ip_160:    {from: /ip, mask: hmac-sha256, canonical: ip, bits: 160}
  ip_256:    {from: /ip, mask: hmac-sha256, canonical: ip, bits: 256}
  ip_64:     {from: /ip, mask: hmac-sha256, canonical: ip, bits: 64, allow_collisions: true}
  net:       {from: /ip, mask: hmac-sha256, canonical: ip-prefix/24/64}
  sealed:    {from: /ip, mask: aes-siv, canonical: ip}
  near:      {from: /ip, mask: ipcrypt-pfx}
  near_text: {from: /ip, mask: ipcrypt-pfx, domain: other}
  far:       {from: /ip, mask: ipcrypt-deterministic, canonical: ip}
  device:    {from: /device_id, mask: aes-siv}
  digits:    {from: /device_id, mask: hmac-sha256, canonical: digits}
  lower:     {from: /device_id, mask: hmac-sha256, canonical: lower}
  raw:       {from: /device_id, mask: aes-siv, canonical: raw}
"""
TABLE = """\
CREATE TABLE masks (user_id text, ip varchar(256), ip_160 varchar(48), ip_256 varchar(68),
  ip_64 text, net varchar(256), sealed varchar(68), near inet, near_text varchar(39), far inet,
  device varchar(256), digits text, lower text, raw text)"""
NAMES = [line.split(":")[0].strip() for line in COLUMNS.splitlines()]

# The same value may come in several spellings.
IPS = ["192.0.2.1", " 192.0.2.1 ", "::ffff:192.0.2.1", "192.0.2.200", "198.51.100.7", "0.0.0.0",
       "255.255.255.255", "2001:db8::1", "2001:DB8:0:0:0:0:0:1", "2001:db8:1:2:3:4:5:6", "::",
       "::1", "::c000:201", "64:ff9b::c000:201", None, ""]
DEVICES = ["593-47-5928", " 593-47-5928\t", "A-1", "a-1", "x" * 126 + "7", "caf\u00e9 1", None]


def events() -> list[dict]:
    return [{"user_id": f"u-{i}-{j}", "ip": ip, "device_id": device}
            for i, ip in enumerate(IPS) for j, device in enumerate(DEVICES)]


def expected(event: dict, ring: reference.KeyRing) -> tuple:
    ip, device = event["ip"], event["device_id"]
    return (event["user_id"], ring.token(ip, "ip", "ip1"), ring.token(ip, "ip", "ip1", 160),
            ring.token(ip, "ip", "ip1", 256), ring.token(ip, "ip", "ip1", 64),
            ring.token(ip, "ip", "ip-prefix1:24,64"), ring.sealed(ip, "ip", "ip1"),
            ring.ipcrypt(ip, "ip", PFX), ring.ipcrypt(ip, "other", PFX),
            ring.ipcrypt(ip, "ip", DETERMINISTIC),
            ring.sealed(device, "device_id", "str1"), ring.token(device, "device_id", "digits1"),
            ring.token(device, "device_id", "lower1"), ring.sealed(device, "device_id", "raw1"))


@pytest.fixture
def masks(bare):
    """A site with a table of masks, and nothing in its queue."""
    bare.database.psql(TABLE)
    bare.configure(columns=COLUMNS, table="masks")
    bare.bauta("keys", "generate", "--no-passphrase")
    bare.bauta("init")
    return bare


def rows(site) -> list[tuple]:
    # host() leaves the /32 away that psycopg would have of an inet.
    columns = ", ".join(f"host({name})" if name in ("near", "far") else name for name in NAMES)
    return sorted(site.database.query(f"SELECT {columns} FROM masks"), key=repr)


def test_gives_what_python_computes(masks):
    masks.queue.send_events(events())
    done = masks.run()
    ring = reference.KeyRing(masks.keyring)
    assert done.json["events"]["inserted"] == len(events())
    assert "raw_tokens" not in done.json
    assert rows(masks) == sorted((expected(event, ring) for event in events()), key=repr)


def test_who_has_the_key_gets_the_values_back(masks):
    masks.queue.send_events(events())
    masks.run()
    ring = reference.KeyRing(masks.keyring)
    sent = {event["user_id"]: event for event in events()}
    for row in rows(masks):
        row = dict(zip(NAMES, row))
        ip, device = sent[row["user_id"]]["ip"], sent[row["user_id"]]["device_id"]
        if ip and ip.strip():
            shown = str(reference.address(reference.canonical(ip, "ip1")))
            assert ring.opened(row["sealed"], "ip", "ip1") == shown
            assert ring.ipcrypt(row["near"], "ip", PFX, back=True) == shown
            assert ring.ipcrypt(row["far"], "ip", DETERMINISTIC, back=True) == shown
            assert ring.opened(row["sealed"], "other", "ip1") is None
        if device:
            assert ring.opened(row["device"], "device_id", "str1") == device.strip(" \t")
            assert ring.opened(row["raw"], "device_id", "raw1") == device
            assert ring.opened(row["raw"], "device_id", "str1") is None


def test_one_thread_and_sixteen_give_the_same(masks):
    stream = events() + [event | {"user_id": f"again-{i}"}
                         for i in range(20) for event in events()[i::7]]
    found = []
    for workers in (1, 16):
        masks.configure(columns=COLUMNS, table="masks", rows=25)
        masks.queue.send_events(stream)
        done = masks.run("--workers", workers)
        assert done.json["events"]["inserted"] == len(stream)
        found.append(rows(masks))
        masks.database.execute("TRUNCATE masks")
    assert found[0] == found[1]


def test_no_original_is_in_the_database_or_the_output(masks):
    masks.queue.send_events([{"user_id": "u", "ip": "203.0.113.77", "device_id": "555-55-5555"}])
    done = masks.run("--log-level", "debug")
    dump = masks.database.dump("--data-only", "--inserts")
    for text in (done.all, dump):
        assert "203.0.113.77" not in text and "555-55-5555" not in text


def test_a_month_is_a_domain_for_every_mask(masks):
    columns = ('  user_id: {from: /user_id}\n'
               '  sealed: {from: /ip, mask: aes-siv, canonical: ip, domain: "ip@{yyyy-mm}"}\n'
               '  near: {from: /ip, mask: ipcrypt-pfx, domain: "ip@{yyyy-mm}"}\n')
    masks.configure(columns=columns, table="masks")
    masks.bauta("init", "--accept-new-tokens")
    masks.queue.send_events([{"user_id": "u", "ip": "192.0.2.1"}])
    masks.run()
    ring = reference.KeyRing(masks.keyring)
    month = masks.database.one("SELECT to_char(to_timestamp(sent_ms / 1000.0) AT TIME ZONE 'UTC',"
                               " 'YYYY-MM') FROM bauta.ledger")
    assert masks.database.query("SELECT sealed, host(near) FROM masks") == [
        (ring.sealed("192.0.2.1", f"ip@{month}", "ip1"),
         ring.ipcrypt("192.0.2.1", f"ip@{month}", PFX))]


def test_what_a_mask_cannot_take(masks):
    columns = ("  user_id: {from: /user_id}\n"
               "  sealed: {from: /a, mask: aes-siv, canonical: ip, on_invalid: raw, domain: ip}\n"
               "  net: {from: /a, mask: hmac-sha256, canonical: ip-prefix/24/64, on_invalid: raw,"
               " domain: ip}\n"
               "  near: {from: /b, mask: ipcrypt-pfx, on_invalid: null}\n"
               "  far: {from: /c, mask: ipcrypt-deterministic}\n"
               "  device: {from: /d, mask: aes-siv}\n")
    masks.configure(columns=columns, table="masks", stop_above="100%")
    masks.bauta("init", "--accept-new-tokens")
    masks.queue.send_events([
        {"user_id": "raw", "a": "unknown", "b": "unknown"},
        {"user_id": "good", "a": "192.0.2.1", "b": "192.0.2.1"},
        {"user_id": "bad", "c": "192.0.2.1:80"},
        {"user_id": "long", "d": "x" * 128},
        {"user_id": "too long for raw", "a": "x" * 16},
        {"user_id": "nul", "a": "x\0"},
        {"user_id": "number", "b": 1}])
    done = masks.run()
    assert done.json["quarantine_reasons"] == {
        "invalid_value": 2, "too_long": 2, "wrong_type": 1}
    assert done.json["raw_tokens"] == 2
    ring = reference.KeyRing(masks.keyring)
    assert masks.database.query("SELECT user_id, sealed, net, near FROM masks ORDER BY 1") == [
        ("good", ring.sealed("192.0.2.1", "ip", "ip1"),
         ring.token("192.0.2.1", "ip", "ip-prefix1:24,64"),
         ring.ipcrypt("192.0.2.1", "b", PFX)),
        ("raw", ring.sealed("unknown", "ip", "raw1"), ring.token("unknown", "ip", "raw1"), None)]


def test_the_registry_says_how_each_column_was_made(masks):
    registered = dict((name, rest) for name, *rest in masks.database.query(
        "SELECT column_name, mask, domain, canonical, bits FROM bauta.masked_column"))
    assert registered["ip_64"] == ["hmac-sha256", "ip", "ip1", 64]
    assert registered["net"] == ["hmac-sha256", "ip", "ip-prefix1:24,64", 128]
    assert registered["sealed"] == ["aes-siv", "ip", "ip1", 0]
    assert registered["device"] == ["aes-siv", "device_id", "str1", 0]
    assert registered["near"] == [PFX, "ip", "ip1 under k1", 0]
    assert registered["far"] == [DETERMINISTIC, "ip", "ip1 under k1", 0]


CHANGES = {
    "mask": ("sealed", "mask", "mask: aes-siv, canonical: ip}", "mask: hmac-sha256, canonical: ip}"),
    "domain of aes-siv": ("device", "domain", "{from: /device_id, mask: aes-siv}",
                          "{from: /device_id, mask: aes-siv, domain: x}"),
    "form of aes-siv": ("device", "canonical", "{from: /device_id, mask: aes-siv}",
                        "{from: /device_id, mask: aes-siv, canonical: lower}"),
    "bits": ("ip_160", "bits", "bits: 160", "bits: 152"),
    "prefix": ("net", "canonical", "ip-prefix/24/64", "ip-prefix/24/56"),
    "domain of ipcrypt": ("near_text", "domain", "domain: other", "domain: another"),
    "mask among ipcrypt": ("near_text", "mask", "mask: ipcrypt-pfx, domain: other",
                           "mask: ipcrypt-deterministic, domain: other"),
    "no mask": ("lower", None, "mask: hmac-sha256, canonical: lower", "required: false"),
    "month": ("near_text", "domain", "domain: other", 'domain: "other@{yyyy-mm}"'),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_mask_is_refused_until_it_is_meant(masks, change):
    column, option, old, new = CHANGES[change]
    assert COLUMNS.count(old) == 1 or change == "mask"
    masks.configure(columns=COLUMNS.replace(old, new), table="masks")
    masks.queue.send_events(events()[:1])
    place = f"columns.{column}" + (f".{option}" if option else "")
    refused = [masks.run(ok=False), masks.bauta("init", ok=False), masks.bauta("check", ok=False)]
    assert [done.code for done in refused] == [2, 2, 2]
    assert all(f"error[E065] {place}" in done.err + done.out for done in refused)
    assert masks.count("masks") == 0 and masks.queue.counts() == (1, 0), "nothing was taken"
    assert masks.run("--accept-new-tokens").json["events"]["inserted"] == 1
    assert masks.run(ok=False).code == 2, "a run records nothing"
    masks.bauta("init", "--accept-new-tokens")
    masks.run()


@pytest.mark.parametrize("command", [["run", "--until-empty"], ["init"]])
def test_another_key_under_a_known_name_is_never_let_through(masks, command):
    for file in masks.home.glob("*.json"):
        file.unlink()
    masks.bauta("keys", "generate", "--no-passphrase")
    for more in ([], ["--accept-new-tokens"]):
        refused = masks.bauta(*command, *more, ok=False)
        assert refused.code == 2 and "error[E065] keys.file" in refused.err
        assert "check value" in refused.err


def test_under_a_new_key_tokens_say_so_and_addresses_refuse(masks):
    """A token names its key; an address cannot, so two keys in one column would be mixed up."""
    masks.rotate()
    masks.queue.send_events(events()[:1])
    refused = masks.bauta("init", ok=False)
    assert refused.code == 2 and "error[E065] keys.file" in refused.err and "under k2" in refused.err
    without = "".join(line for line in COLUMNS.splitlines(True) if "ipcrypt" not in line)
    masks.configure(columns=without, table="masks")
    masks.bauta("init", "--accept-new-tokens")
    masks.run()
    ring = reference.KeyRing(masks.keyring, "k2")
    assert masks.database.query("SELECT sealed, net, near FROM masks") == [
        (ring.sealed("192.0.2.1", "ip", "ip1"),
         ring.token("192.0.2.1", "ip", "ip-prefix1:24,64"), None)]


@pytest.mark.parametrize("column, sql, told", [
    ("{from: /ip, mask: ipcrypt-pfx}", "integer", "must be text, varchar, inet or cidr, not integer"),
    ("{from: /ip, mask: ipcrypt-pfx}", "varchar(15)", "up to 39 characters"),
    ("{from: /ip, mask: aes-siv, canonical: ip}", "varchar(58)", "at least 68 characters"),
    ("{from: /ip, mask: aes-siv, canonical: ip}", "inet", "must be text or varchar, not inet"),
    ("{from: /ip, mask: hmac-sha256, bits: 256}", "varchar(64)", "up to 68 characters"),
])
def test_check_says_where_a_mask_does_not_fit(masks, column, sql, told):
    masks.database.psql(f"CREATE TABLE narrow (c {sql})")
    masks.configure(columns=f"  c: {column}\n", table="narrow", more="")
    done = masks.bauta("check", "-o", "json", ok=False)
    assert done.code == 2
    assert [told in problem["message"] for problem in done.json
            if (problem["code"], problem["path"]) == ("E063", "columns.c")] == [True]


# A function of OpenSSL that does its work and then changes a byte of the answer.
BROKEN = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
int %(name)s(%(parameters)s) {
  int (*real)(%(parameters)s) = dlsym(RTLD_NEXT, "%(name)s");
  int result = real(%(arguments)s);
  if (%(when)s) out[0] ^= 1;
  return result;
}
"""
BREAKS = {
    "SHA-256": ("SHA256_Transform", "unsigned* out, const unsigned char* block", "out, block", "1"),
    # Only for the block that RFC 4231's key "Jefe" becomes.
    "HMAC-SHA-256": ("SHA256_Transform", "unsigned* out, const unsigned char* block", "out, block",
                     "block[0] == ('J' ^ 0x36)"),
    "AES": ("EVP_CipherUpdate",
            "void* c, unsigned char* out, int* size, const unsigned char* in, int length",
            "c, out, size, in, length", "out"),
    "AES-SIV": ("EVP_CIPHER_CTX_ctrl", "void* c, int call, int size, unsigned char* out",
                "c, call, size, out", "call == 0x10"),  # The one that hands out the SIV.
}


@pytest.mark.parametrize("primitive", BREAKS)
def test_a_library_that_answers_wrongly_is_found_before_the_first_message(masks, primitive, tmp_path):
    source, library = tmp_path / "broken.c", tmp_path / "broken.so"
    names = ("name", "parameters", "arguments", "when")
    source.write_text(BROKEN % dict(zip(names, BREAKS[primitive])))
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    masks.queue.send_events(logins(3))
    env = environment(LD_PRELOAD=str(library))
    for command in (["run", "--until-empty"], ["check"], ["init"]):
        done = masks.bauta(*command, ok=False, env=env)
        assert done.code == 2, done
        assert "E045" in done.all and f"the self-test of {primitive} failed" in done.all
    assert masks.count("masks") == 0 and masks.queue.counts() == (3, 0), "nothing was taken"
    assert json.loads(masks.keyring.read_text())["keys"]
