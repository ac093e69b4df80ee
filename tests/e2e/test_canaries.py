"""Ten thousand events whose originals are canaries, through every command and a bad day; afterwards
none is found outside the vault and the quarantine, which are sealed, and the two files that somebody
asked for."""
import base64
import ipaddress
import json
import pathlib
import random
import subprocess
import threading

import pytest

from conftest import fresh
from e2e.outages import SLOW
from support import process
from support.postgres import Cluster
from support.process import Finished, wait_for
from support.queues import Embedded, Proxy
from support.site import Site
from support.vaulted import VAULT

TOTAL = 10_000
WHY = ("--reason", "a look for canaries")
NETWORK, DEVICE = "2001:db8:cafe:", "canary-device-"
# As they are written, as bytes of a file, and as PostgreSQL dumps bytea.
TRACES = [form for text in (NETWORK, DEVICE) for form in (text.encode(), text.encode().hex().encode())]
TRACES += [ipaddress.ip_address(NETWORK + ":").packed[:6].hex().encode(),
           ipaddress.ip_address(NETWORK + ":").packed[:6], b"2001:0db8:cafe", b"2001:DB8:CAFE"]
TRACES += [base64.b64encode(text.encode())[:len(text) // 3 * 4] for text in (NETWORK, DEVICE)]

# The server refuses some rows, and says of them all that it can.
REFUSALS = """
ALTER TABLE user_logins ADD CONSTRAINT old_enough CHECK (app_version > 1000);
CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN IF NEW.user_id LIKE 'person-%7' AND NEW.locale = 'XX' THEN
  RAISE 'no: %', NEW USING DETAIL = NEW::text, HINT = NEW.masked_ip; END IF; RETURN NEW; END$$;
CREATE TRIGGER shout BEFORE INSERT ON user_logins FOR EACH ROW EXECUTE PROCEDURE shout()"""


def event(i: int) -> dict:
    return {"user_id": f"person-{i}", "app_version": f"{1 + i % 8}.{i % 10}", "device_type": "ios",
            "ip": f"{NETWORK}:{i:x}", "locale": "DE", "device_id": f"{DEVICE}{i}"}


def body(i: int, dice: random.Random) -> str:
    """One in twenty is bad, each in its way."""
    good = event(i)
    text = json.dumps(good)
    bad = (lambda: text[:-9],                                      # Cut short.
           lambda: text.replace('"locale"', '"ip": "203.0.113.9", "locale"'),  # A key twice.
           lambda: json.dumps(good | {"ip": good["ip"] + " and more"}),
           lambda: json.dumps(good | {"ip": {"v6": good["ip"]}}),
           lambda: json.dumps(good | {"device_id": [good["device_id"]]}),
           lambda: json.dumps(good | {"app_version": good["device_id"]}),
           lambda: json.dumps(good | {"device_type": good["device_id"] * 9}),
           lambda: json.dumps(good | {"app_version": "0.0.1"}),     # The constraint.
           lambda: json.dumps(good | {"user_id": f"person-{i}7", "locale": "XX"}),  # The trigger.
           lambda: json.dumps({k: v for k, v in good.items() if k != "user_id"}))
    return dice.choice(bad)() if dice.random() < 0.05 else text


class Watch:
    """What others may see of the processes while they run: /proc/PID/cmdline and environ."""

    def __init__(self):
        self.seen: set[bytes] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self):
        while not self._stop.wait(0.05):
            for entry in pathlib.Path("/proc").iterdir():
                if not entry.name.isdigit():
                    continue
                try:
                    command = (entry / "cmdline").read_bytes()
                    if b"bauta" in command or b"postgres" in command:
                        self.seen |= {command, (entry / "environ").read_bytes()}
                except OSError:
                    pass

    def end(self) -> bytes:
        self._stop.set()
        self._thread.join()
        return b"\n".join(self.seen)


class Said:
    """All that commands print, which is looked at in the end."""

    def __init__(self, site):
        self.site, self.parts = site, []

    def __call__(self, *arguments, given: str = "", codes=(0,)) -> Finished:
        done = subprocess.run([process.BAUTA, *map(str, arguments)], cwd=self.site.home, input=given,
                              env=process.environment(), capture_output=True, text=True, timeout=120)
        ended = Finished(arguments, done.returncode, done.stdout, done.stderr)
        assert ended.code in codes, ended
        self.keep(ended)
        return ended

    def keep(self, ended: Finished) -> None:
        self.parts.append((" ".join(map(str, ended.arguments[:2])), ended.all.encode()))


def configure(site, recipient: str, **changes) -> None:
    site.configure(VAULT, f"vault: {{recipient: {recipient}}}\nsubject: user_id\n", rows=100, **changes)


def clean(where: str, text: bytes) -> None:
    for trace in TRACES:
        at = text.find(trace)
        assert at < 0, f"{where}: ...{text[max(0, at - 60):at + 40]!r}"


def a_bad_day(site, said: Said, cluster, proxy, bodies: list[str]) -> None:
    """Kills, a crash of the server, calls that are cut, in the middle of the work."""
    site.database.execute(SLOW)
    troubles = ("kill", "crash", "cut", "terminate")
    for i, trouble in enumerate(troubles):
        site.queue.send(bodies[i::len(troubles)])
        run = site.start("run", "-v", "--log-level", "debug", "--log-format", "json")
        before = site.count("bauta.ledger")
        wait_for(lambda: site.count("bauta.ledger") > before + 300 or run.process.poll() is not None,
                 "some work", 60)
        assert run.process.poll() is None, run.finish()
        if trouble == "crash":
            cluster.crash()
            wait_for(lambda: "waiting" in run.err() or "PostgreSQL" in run.err(), "it to notice")
            cluster.start()
        elif trouble == "cut":
            proxy.fault = "cut"
            wait_for(lambda: "waiting for SQS" in run.err(), "it to notice", 30)
            proxy.fault = None
        elif trouble == "terminate":
            site.database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                  " WHERE application_name LIKE 'bauta%'")
        if trouble == "kill":
            run.kill()
        else:
            run.signal(15)
        said.keep(run.finish())
    site.database.execute("DROP FUNCTION slow CASCADE")


def every_command(site, said: Said) -> None:
    """With `out`, to which somebody had a value written."""
    said("check", codes=(0, 2))  # It dislikes the trigger.
    said("check", "-o", "json", codes=(0, 2))
    said("status"), said("status", "-o", "json")
    said("explain"), said("explain", "-o", "json")
    said("keys", "list"), said("keys", "check")
    said("config", "show", "--origin")
    said("queue", "stats", site.queue.name)
    listed = said("quarantine", "list", "-o", "json", "--limit", 50).lines
    assert {line["reason"] for line in listed} >= {"not_json", "invalid_value", "wrong_type"}
    opened = ("--identity", "identity-q1.json", *WHY)
    said("quarantine", "show", "--id", listed[0]["id"], "--out", "out/event.json", *opened)
    said("quarantine", "replay", "--dry-run", *opened)
    site.database.execute("ALTER TABLE user_logins DROP CONSTRAINT old_enough;"
                          "ALTER TABLE user_logins ALTER app_version TYPE bigint")
    said("quarantine", "replay", "--reason-code", "constraint", *opened)
    said("quarantine", "replay", "--reason-code", "wrong_type", "-v", *opened, codes=(0, 1))
    said("quarantine", "discard", "--reason-code", "not_json", "--yes", *WHY)
    tokens = said("lookup", "--column", "masked_ip", *WHY, "-o", "json",
                  given=f"{NETWORK}:1\n{NETWORK}:2\n").all
    assert "h1:k1:" in tokens
    said("lookup", "--column", "masked_ip", *WHY, given=f"{NETWORK}:nonsense\n", codes=(1, 2))
    said("reveal", "--query", "SELECT masked_ip, masked_device_id FROM user_logins LIMIT 20",
         "--identity", "identity-v1.json", "--out", "out/values.txt", *WHY)
    said("reveal", "--identity", "identity-v1.json", *WHY, given=f"{DEVICE}1\n", codes=(2,))
    said("audit", "list"), said("audit", "verify"), said("audit", "verify", "-o", "prometheus")
    said("audit", "anchor")
    said("erase", "--column", "masked_ip", "--rows", "null", *WHY, "--dry-run",
         given=f"{NETWORK}:3\n")
    said("erase", "--column", "masked_ip", "--rows", "null", *WHY, "--yes", given=f"{NETWORK}:3\n")
    said("erase", "--rows", "delete", *WHY, "--yes", given="person-4\n")
    said("subject", "export", "--identity", "identity-v1.json", "--out", "out/export.json", *WHY,
         given="person-6\n")
    said("expire", *WHY)
    said("audit", "list", "-o", "json")


def keys_over_time(site, said: Said) -> None:
    """A rotation, and another recipient for the vault."""
    identity = ("--identity", "identity-v1.json")
    [[old_token]] = site.database.query("SELECT max(masked_ip) FROM user_logins")
    said("keys", "export", "--column", "masked_ip", "--out", "out/masked_ip.key", *WHY)
    said("keys", "add"), said("keys", "rotate")
    site.queue.send([json.dumps(event(i)) for i in range(TOTAL - 50, TOTAL + 50)])
    said("run", "--until-empty", "-v", "--log-level", "debug")
    said("rekey", "--dry-run")
    said("rekey", *WHY, codes=(2,)), said("rekey", "--identity", "identity-q1.json", *WHY, codes=(2,))
    said("rekey", "-v", "--log-level", "debug", *identity, *WHY)
    said("reveal", old_token, *identity, "--out", "out/moved.txt", *WHY)
    assert NETWORK in (site.home / "out/moved.txt").read_text()
    said("keys", "retire", "k1", codes=(2,))  # Of what was erased.
    said("keys", "retire", "k1", "--force"), said("keys", "destroy", "k1", "--yes"), said("keys", "list")
    said("keys", "add", "--recipient", "--no-passphrase")
    configure(site, "v2")
    said("rekey", "--recipient", "v2", "-o", "json", "-v", *identity, *WHY)
    said("keys", "retire", "--recipient", "v1")
    said("init", "--print-view"), said("audit", "verify")


@pytest.mark.slow
def test_no_canary_is_found(tmp_path):
    cluster = Cluster(log_statement="all", log_min_duration_statement="0", log_error_verbosity="verbose")
    embedded = Embedded("--log-level", "debug")
    queue = embedded.queue(fresh("canary"), VisibilityTimeout=5)
    proxy = Proxy(queue.endpoint)
    site = Site(cluster.create("canary"), queue)
    watch = Watch()
    try:
        configure(site, "v1", endpoint=proxy.endpoint)
        site.prepare()
        site.database.execute(REFUSALS)
        (site.home / "out").mkdir(mode=0o700)
        dice = random.Random(4711)
        said = Said(site)
        a_bad_day(site, said, cluster, proxy, [body(i, dice) for i in range(TOTAL)])
        said("run", "--until-empty", "-v", "--log-level", "debug", "-o", "json")
        assert site.count("bauta.ledger") == TOTAL
        assert site.count() + site.count("bauta.quarantine") == TOTAL
        every_command(site, said)
        keys_over_time(site, said)

        assert NETWORK in (site.home / "out/values.txt").read_text(), "this is what leaks look like"
        for where, text in said.parts:
            clean(f"what {where} printed", text)
        clean("the environment or command line", watch.end())
        clean("the dump", site.database.dump("--inserts").encode())
        clean("the server's log", (cluster.home / "log").read_bytes())
        clean("the queue's log", pathlib.Path(embedded.log.name).read_bytes())
        for path in site.home.rglob("*"):
            assert not path.name.startswith("core"), path
            if path.is_file() and path.parent.name != "out":
                clean(str(path), path.read_bytes())
    finally:
        watch.end()
        proxy.stop()
        site.close()
        embedded.stop()
        cluster.stop()
