"""What goes wrong at the start: each with place, reason and help, the right code, no PII."""
import os
import re
import shutil
import subprocess

import pytest

from support import process
from support.postgres import unprivileged
from support.site import COLUMNS, login, logins

CRASHED = ("terminate called", "what():", "Traceback", "Sanitizer", "core dumped", "std::", "0x7f")
SECRETS = ("198.51.100.", "user-1", "correct horse", "wrong horse")


def check_refusal(ended, code: int, *needles: str) -> None:
    """One clear refusal: the code, on stderr, naming what is wrong and what helps."""
    assert ended.code == code, ended
    assert ended.err.strip(), "said nothing"
    for word in CRASHED + SECRETS:
        assert word not in ended.all, f"{word!r} in {ended}"
    for needle in needles:
        assert re.search(needle, ended.err, re.I), f"no {needle!r} in {ended}"


@pytest.fixture
def waiting(site):
    """A site with messages in its queue, none of which may be lost."""
    site.queue.send_events(logins(10))
    yield site
    visible, in_flight = site.queue.counts()
    assert (visible, in_flight) == (10, 0), "a run that could not start took messages"


def test_missing_table(waiting):
    waiting.configure(table="no_such_table")
    check_refusal(waiting.run(ok=False), 2, "no_such_table", "init --create-table|create table")


def test_missing_column_prints_the_cure(waiting):
    waiting.database.execute("ALTER TABLE user_logins DROP COLUMN locale")
    check_refusal(waiting.run(ok=False), 2, "locale", "ALTER TABLE")


def test_wrong_password(waiting):
    url = waiting.database.cluster.tcp_url(waiting.database.name, "wrong horse")
    waiting.configure(url=url)
    check_refusal(waiting.run(ok=False), 2, "password")


def test_right_password(site):
    site.configure(url=site.database.cluster.tcp_url(site.database.name))
    assert site.run().json["stopped"] == "empty"


def test_missing_database(waiting):
    waiting.configure(url=waiting.database.url.replace(waiting.database.name, "no_such_db"))
    check_refusal(waiting.run(ok=False), 2, "no_such_db|database")


def test_missing_queue(waiting):
    waiting.configure(queue="no-such-queue")
    check_refusal(waiting.run(ok=False), 2, "no-such-queue", "us-east-1",
                  re.escape(waiting.endpoint), "queue create|create")


def test_unreachable_database(waiting):
    waiting.configure(url=f"host=127.0.0.1 port={process.free_port()} user=postgres")
    check_refusal(waiting.run(ok=False), 3, "127.0.0.1|PostgreSQL|database")


def test_unreachable_queue(waiting):
    endpoint = f"http://127.0.0.1:{process.free_port()}"
    waiting.configure(endpoint=endpoint)
    check_refusal(waiting.run(ok=False), 3, re.escape(endpoint.removeprefix("http://")))


def test_wait_gives_them_time(waiting):
    waiting.configure(endpoint=f"http://127.0.0.1:{process.free_port()}")
    run = waiting.start("run", "--until-empty", "--wait", "3s")
    ended = run.finish(30)
    check_refusal(ended, 3)


def test_schema_missing(bare):
    bare.bauta("keys", "generate", "--no-passphrase")
    bare.database.execute("CREATE TABLE user_logins (user_id text, device_type text, masked_ip text,"
                          " masked_device_id text, locale text, app_version int, create_date date)")
    check_refusal(bare.run(ok=False), 2, "bauta init")


def test_another_key_under_the_same_name(waiting):
    for name in ("keyring.json", "identity-v1.json", "identity-q1.json"):
        (waiting.home / name).unlink()
    waiting.bauta("keys", "generate", "--no-passphrase")
    check_refusal(waiting.run(ok=False), 2, "k1", "key")
    check_refusal(waiting.run("--accept-new-tokens", ok=False), 2, "k1")


@pytest.mark.parametrize("change", [
    ("mask: hmac-sha256, canonical: ip", "mask: hmac-sha256, canonical: ip, domain: other"),
    ("canonical: ip", "canonical: text"),
    ("mask: hmac-sha256, canonical: ip", "mask: hmac-sha256, canonical: ip, bits: 160"),
], ids=["domain", "canonical", "bits"])
def test_changed_tokens_are_refused(waiting, change):
    waiting.configure(columns=COLUMNS.replace(*change))
    check_refusal(waiting.run(ok=False), 2, "masked_ip", "--accept-new-tokens|bauta init")


def test_key_ring_that_others_may_read(waiting):
    waiting.keyring.chmod(0o644)
    check_refusal(waiting.run(ok=False), 2, "keyring.json", "0600|chmod")


def test_missing_key_ring(waiting):
    waiting.keyring.rename(waiting.home / "elsewhere.json")
    check_refusal(waiting.run(ok=False), 2, "keyring.json", "bauta keys generate")


def test_no_recipient_for_the_quarantine(waiting):
    waiting.configure(recipient=None)
    check_refusal(waiting.run(ok=False), 2, "recipient", "bauta keys generate")


def test_unknown_recipient(waiting):
    waiting.configure(recipient="q9")
    check_refusal(waiting.run(ok=False), 2, "q9", "recipient")


FIVE = """\
pipeline: logins
source: {sqs: {queue: login-queue}}
sorce: {}
target:
  postgres: {url: "postgresql:///postgres", table: user_logins, batch: {rows: many}}
columns:
  user_id: {from: user_id, required: true}
  masked_ip: {from: /ip, msak: hmac-sha256}
  locale: {from: /locale}
  locale: {from: /country}
keys: {file: keyring.json}
quarantine: {recipient: q1}
"""


def test_five_mistakes_are_told_at_once(bare):
    bare.config.write_text(FIVE)
    for command in ("check", "run"):
        ended = bare.bauta(command, ok=False)
        assert ended.code == 2, ended
        told = ended.all  # a check's findings are its data, a run's are its complaint
        for line in (3, 5, 7, 8, 10):
            assert re.search(rf"bauta\.yaml:{line}:\d+: error\[E\d+\]", told), f"line {line}: {ended}"
        assert 'did you mean "mask"?' in told and 'did you mean "source"?' in told
        assert not any(word in told for word in CRASHED)


def test_five_mistakes_as_json(bare):
    bare.config.write_text(FIVE)
    ended = bare.bauta("check", "-o", "json", ok=False)
    assert ended.code == 2, ended
    problems = [p for p in ended.json if p["severity"] == "error"]
    assert {3, 5, 7, 8, 10} <= {p["line"] for p in problems}
    for p in problems:
        assert {"code", "severity", "path", "file", "line", "column", "message", "hint"} <= p.keys()


def test_check_finds_nothing_wrong(site):
    ended = site.bauta("check", "-o", "json", ok=False)
    # The tests' server runs with fsync off, which check must call an error.
    assert ended.code == 2, ended
    problems = ended.json
    assert ["fsync" in p["message"] for p in problems if p["severity"] == "error"] == [True], ended
    assert site.bauta("check", "--offline", "-o", "json").json == []


def test_missing_config(tmp_path):
    ended = process.bauta("run", "-c", tmp_path / "none.yaml")
    check_refusal(ended, 2, "none.yaml", "config example")


def test_usage():
    for arguments in (["frobnicate"], ["run", "--no-such-flag"], []):
        ended = process.bauta(*arguments)
        assert ended.code == 2, ended
        assert not any(word in ended.all for word in CRASHED)


@pytest.fixture
def outsider():
    """Runs Bauta in a folder of its own, without root's powers."""
    user = unprivileged()
    home = process.folder("out")
    program = shutil.copy(process.BAUTA, home / "bauta") if user else process.BAUTA

    def run(*arguments, cwd, limits=()):
        command = ["prlimit", *limits, "--", str(program), *arguments]
        done = subprocess.run(command, cwd=cwd, env=process.environment(), user=user, timeout=60,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        return process.Finished(arguments, done.returncode, done.stdout, done.stderr)

    run.home, run.user = home, user
    yield run
    process.remove(home)


def test_keys_generate_in_a_folder_that_is_not_ours(outsider):
    locked = outsider.home / "locked"
    locked.mkdir(mode=0o555)
    ended = outsider("keys", "generate", "--no-passphrase", cwd=locked)
    check_refusal(ended, 2, "identity-v1.json", "permission denied", "--dir")
    assert not os.listdir(locked)


def test_a_key_ring_of_another_user(bare, outsider):
    if not outsider.user:
        pytest.skip("only root can make what this user may not open")
    bare.bauta("keys", "generate", "--no-passphrase")
    ended = outsider("keys", "check", "--file", str(bare.keyring), cwd=outsider.home)
    check_refusal(ended, 2, "keyring.json", "permission denied", "chown", "chmod 600")


def run_with_memlock(limit, site, outsider):
    home = shutil.copytree(site.home, outsider.home / "site")
    if outsider.user:
        for file in (home, *home.iterdir()):
            shutil.chown(file, outsider.user)
    return outsider("run", "--until-empty", cwd=home, limits=[f"--memlock={limit}"])


@pytest.mark.parametrize("limit", ["0:0", "8192:8192"], ids=["none", "too little"])
def test_require_mlock_where_memory_cannot_be_locked(waiting, outsider, limit):
    waiting.config.write_text(waiting.config.read_text().replace(
        "{file: keyring.json}", "{file: keyring.json, require_mlock: true}"))
    check_refusal(run_with_memlock(limit, waiting, outsider), 2, "require_mlock", "memory")


def test_where_memory_cannot_be_locked_one_warning_says_so(site, outsider):
    ended = run_with_memlock("0:0", site, outsider)
    assert ended.code == 0 and ended.err.count("could be swapped out") == 1, ended


def test_keys_generate_never_overwrites(bare):
    bare.bauta("keys", "generate", "--no-passphrase")
    before = bare.keyring.read_bytes()
    ended = bare.bauta("keys", "generate", "--no-passphrase", ok=False)
    check_refusal(ended, 2, "keyring.json", "exist")
    assert bare.keyring.read_bytes() == before
    for name in ("keyring.json", "identity-v1.json", "identity-q1.json"):
        assert (bare.home / name).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("rename", [{"ip": ..., "ip_address": "198.51.100.7"}], ids=["renamed"])
def test_a_renamed_field_stops_the_run(site, rename):
    """The brake: a mistake of the producer's must not empty the queue into the quarantine."""
    total = 3000
    site.queue.send_events([login(i, **rename) for i in range(total)])
    ended = site.run(ok=False)
    check_refusal(ended, 1, "required_missing", "masked_ip", "stop_above")
    summary = ended.json
    committed = site.count("bauta.ledger")
    assert summary["stopped"] == "error"
    assert summary["messages"]["committed"] == committed < total
    assert site.count() == 0
    assert site.queue.counts() == (total - committed, 0), "kept for the right configuration"
    assert summary["messages"]["received"] <= total, "what was released was received again"
    receives = [int(m["Attributes"]["ApproximateReceiveCount"]) for m in site.queue.drain()]
    assert max(receives) <= 2, "one by the run, one by this test"


def test_some_refusals_do_not_stop_the_run(site):
    events = [login(i) if i % 10 else login(i, ip=...) for i in range(2000)]
    site.queue.send_events(events)
    assert site.run().json["events"] == {
        "seen": 2000, "inserted": 1800, "duplicate": 0, "quarantined": 200}
