"""What a person sees: problems at their place, privileges by name, signals, slips of the keys."""
import json
import os
import pathlib
import pty
import re
import select
import signal

import pytest

from support import process
from support.site import COLUMNS, logins

PLACE = re.compile(r"^(\S+):(\d+):(\d+): error\[(E\d+)\] ([\w.]+): ", re.M)


def placed(ended) -> tuple:
    """Code, line and path of the one problem on stderr."""
    found = PLACE.findall(ended.err)
    assert len(found) == 1, ended
    file, line, column, code, path = found[0]
    assert file == "bauta.yaml" and int(column) > 0
    return code, int(line), path


def by_check(site) -> list[tuple]:
    """The same of what `check` finds, but for the test server's fsync."""
    problems = site.bauta("check", "-o", "json", ok=False).json
    return [(p["code"], p["line"], p["path"]) for p in problems
            if p["severity"] == "error" and p["code"] != "E066"]


def other_keys(site):
    for name in ("keyring.json", "identity-v1.json", "identity-q1.json"):
        (site.home / name).unlink()
    site.bauta("keys", "generate", "--no-passphrase")


def one_key_for_both(site):
    """The vault's recipient opens the quarantine too."""
    ring = json.loads(site.keyring.read_text())
    vault, quarantine = ring["recipients"]
    quarantine["pk"] = vault["pk"]
    site.keyring.write_text(json.dumps(ring))


WRONG = {
    "table": (lambda s: s.configure(table="no_such_table"), "E062", "target.postgres.table"),
    "column": (lambda s: s.database.execute("ALTER TABLE user_logins DROP COLUMN locale"),
               "E063", "columns.locale"),
    "queue": (lambda s: s.configure(queue="no-such-queue"), "E050", "source.sqs.queue"),
    "password": (lambda s: s.configure(url=s.database.cluster.tcp_url(s.database.name, "wrong")),
                 "E060", "target.postgres.url"),
    "ring missing": (lambda s: s.keyring.unlink(), "E040", "keys.file"),
    "recipient": (lambda s: s.configure(recipient="q9"), "E042", "quarantine.recipient"),
    "ring": (other_keys, "E065", "keys.file"),
    "ring that others may read": (lambda s: s.keyring.chmod(0o640), "E040", "keys.file"),
    "one key for both purposes": (one_key_for_both, "E040", "keys.file"),
    "canonical": (lambda s: s.configure(columns=COLUMNS.replace("canonical: ip", "canonical: text")),
                  "E065", "columns.masked_ip.canonical"),
    "domain": (lambda s: s.configure(columns=COLUMNS.replace("canonical: ip",
                                                             "canonical: ip, domain: other")),
               "E065", "columns.masked_ip.domain"),
    "bits": (lambda s: s.configure(columns=COLUMNS.replace("canonical: ip", "canonical: ip, bits: 160")),
             "E065", "columns.masked_ip.bits"),
    "mask": (lambda s: s.configure(columns=COLUMNS.replace("hmac-sha256, canonical: ip",
                                                           "aes-siv, canonical: ip")),
             "E065", "columns.masked_ip.mask"),
    "retention": (lambda s: s.config.write_text(s.config.read_text().replace(
        "columns:\n", "  exactly_once: {retention: 20d}\ncolumns:\n")),
        "E065", "target.exactly_once.retention"),
}


@pytest.mark.parametrize("what", WRONG)
def test_run_and_check_blame_the_same_setting(site, what):
    damage, code, path = WRONG[what]
    damage(site)
    problem = placed(site.run(ok=False))
    assert (problem[0], problem[2]) == (code, path)
    assert problem in by_check(site)


def test_init_and_quarantine_blame_a_setting_too(site):
    other_keys(site)
    for arguments in (["init"], ["quarantine", "replay", "--reason", "x", "--identity", "i.json"]):
        ended = site.bauta(*arguments, ok=False)
        assert ended.code == 2
        assert placed(ended)[0::2] == ("E065", "keys.file")
    site.configure(url=f"host=127.0.0.1 port={process.free_port()} user=postgres")
    ended = site.bauta("quarantine", "list", ok=False)
    assert ended.code == 3
    assert placed(ended)[0::2] == ("E061", "target.postgres.url")
    assert "--wait" not in ended.err, "quarantine list has no such flag"
    assert "--wait" in site.run(ok=False).err


def test_a_setting_of_a_flag_is_named_once(site):
    ended = site.run("--set", "source.sqs.queue=no-such-queue", ok=False)
    assert "\n--set source.sqs.queue: error[E050] queue " in "\n" + ended.err, ended
    assert ended.err.count("source.sqs.queue: ") == 1


# Privileges


@pytest.fixture
def ingest(site):
    """A role of its own, and a config that connects as it."""
    role = f"ingest_{os.getpid()}_{site.database.name.split('-')[-1]}"
    site.database.execute(f"CREATE ROLE {role} LOGIN")
    site.configure(url=site.database.url.replace("user=postgres", f"user={role}"))
    yield role
    site.database.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


def grants(hint: str) -> list[str]:
    return re.findall(r"GRANT [^;]*;", hint)


def test_missing_privileges_come_with_the_grants_that_help(site, ingest):
    site.queue.send_events(logins(20) + [{"foo": "bar"}])
    seen = []
    for _ in range(5):
        ended = site.run(ok=False)
        if ended.code == 0:
            break
        assert ended.code == 2 and placed(ended)[0] == "E067", ended
        assert f"user {ingest} lacks " in ended.err
        told = [p["hint"] for p in site.bauta("check", "-o", "json", ok=False).json
                if p["code"] == "E067"]
        seen += grants(ended.err)
        assert grants(ended.err) == grants(told[0]) or grants(ended.err) == grants(told[-1])
        for statement in grants(ended.err):
            site.database.execute(statement)
    assert ended.code == 0, ended
    assert any('INSERT ON public.user_logins' in s for s in seen), seen
    assert any("USAGE ON SCHEMA bauta" in s for s in seen), seen
    assert site.count() == 20 and site.count("bauta.quarantine") == 1


def test_the_printed_grants_are_enough(site, ingest):
    script = site.bauta("init", "--print-sql").out
    lines = [line.removeprefix("--").strip() for line in script.splitlines()
             if line.startswith("--   GRANT ")]
    assert len(lines) > 3
    for line in lines:
        site.database.execute(line.replace("TO ingest;", f"TO {ingest};"))
    site.queue.send_events(logins(20) + [{"foo": "bar"}])
    assert site.run().json["events"]["inserted"] == 20
    with site.database.connect() as connection:
        cursor = connection.cursor()
        cursor.execute(f"SET ROLE {ingest}")
        cursor.execute("SELECT bauta.expire(1), bauta.expire_rest()")


def test_only_the_owner_changes_the_schema(site, ingest):
    site.configure(url=site.database.url.replace("user=postgres", f"user={ingest}"),
                   table="user_logins", more="workers: 1\n")
    ended = site.bauta("init", ok=False)
    assert ended.code == 2
    assert "as its owner, postgres" in ended.err, ended


# init


def test_create_table_makes_user_logins_only(bare):
    bare.bauta("keys", "generate", "--no-passphrase")
    bare.configure(table="visits")
    ended = bare.bauta("init", "--create-table", ok=False)
    assert ended.code == 2
    assert placed(ended)[0::2] == ("E062", "target.postgres.table")
    assert "user_logins only" in ended.err
    assert not bare.database.has("bauta.meta") and not bare.database.has("user_logins")

    bare.database.execute("CREATE TABLE visits (user_id text)")
    bare.bauta("init", "--create-table")
    assert not bare.database.has("user_logins")


def test_the_printed_sql_may_hold_the_table(bare, cluster):
    script = bare.bauta("init", "--print-sql", "--create-table").out
    bare.database.psql(script)
    assert bare.database.has("user_logins") and bare.database.has("bauta.meta")


def test_init_warns_where_the_table_is_missing(bare):
    bare.bauta("keys", "generate", "--no-passphrase")
    ended = bare.bauta("init")
    assert re.search(r"bauta\.yaml:\d+:\d+: warning\[W004\] target\.postgres\.table", ended.err)
    assert "created schema bauta" in ended.out
    assert "W004" not in bare.bauta("init", "--create-table").err


# keys


def test_keys_check_asks_the_database(site, tmp_path):
    assert "database was filled with these keys" in site.bauta("keys", "check").out
    assert site.bauta("keys", "check", "-o", "json").json["compared_with_database"] is True
    other_keys(site)
    ended = site.bauta("keys", "check", ok=False)
    assert ended.code == 2
    assert placed(ended)[0::2] == ("E065", "keys.file")
    assert "check value is" in ended.err

    site.configure(url=f"host=127.0.0.1 port={process.free_port()} user=postgres")
    ended = site.bauta("keys", "check")
    assert "not compared with a database: could not reach" in ended.out
    ended = process.bauta("keys", "check", "--file", site.keyring, cwd=tmp_path)
    assert ended.code == 0 and "not compared with a database" in ended.out


def test_a_file_of_the_wrong_role_is_named(site):
    show = ["quarantine", "show", "--id", "1", "--reason", "x", "--out", "new", "--identity"]
    ended = site.bauta(*show, "nope.json", ok=False)
    assert ended.code == 2
    assert "nope.json: no such file" in ended.err and "--identity" in ended.err
    assert "keys.file" not in ended.err
    ended = site.bauta(*show, "keyring.json", ok=False)
    assert "is a key ring, not an identity" in ended.err and "identity-q1.json" in ended.err
    ended = site.run("--set", "keys.file=identity-q1.json", ok=False)
    assert ended.code == 2 and "is an identity, not a key ring" in ended.err


def test_ctrl_c_at_the_passphrase_ends_with_130(bare):
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(bare.home)
        os.execve(process.BAUTA, ["bauta", "keys", "generate"], process.environment())
    said = b""
    try:
        while b": " not in said:
            assert select.select([terminal], [], [], 20)[0], said
            said += os.read(terminal, 1000)
        os.write(terminal, b"half a pass\x03")
        _, status = os.waitpid(pid, 0)
    finally:
        os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 130
    assert not bare.keyring.exists()


# Signals


def log_lines(run) -> list[dict]:
    return [json.loads(line) for line in run.err().splitlines() if line.startswith("{")]


def receiving(run) -> bool:
    """It waits for messages: the signal mask is set and threads of the pipeline are there."""
    return len(list(pathlib.Path(f"/proc/{run.process.pid}/task").iterdir())) > 4


def test_an_idle_run_says_what_a_stop_waits_for(site):
    run = site.start("run", "--idle", "60s")
    process.wait_for(lambda: receiving(run), "the run to receive")
    run.signal(signal.SIGTERM)
    process.wait_for(lambda: any(line["msg"].startswith("stopping: ") for line in log_lines(run)),
                     "word of the stop")
    ended = run.finish(30)
    assert ended.code == 0, ended
    assert "up to 1 s; again to quit at once" in ended.err


def test_a_hangup_does_not_end_a_run(site):
    run = site.start("run", "--idle", "60s")
    process.wait_for(lambda: receiving(run), "the run to receive")
    for _ in range(2):
        run.signal(signal.SIGHUP)
    process.wait_for(lambda: any("the key ring was read again" in line["msg"]
                                 for line in log_lines(run)), "word of the hangup")
    assert run.process.poll() is None
    run.signal(signal.SIGTERM)
    assert run.finish(30).code == 0


# Slips of the keys


@pytest.mark.parametrize("arguments, needles", [
    (["runn"], ['unknown command "runn"', 'did you mean "run"?', "bauta --help"]),
    (["keys", "lst"], ['unknown command "lst"', 'did you mean "list"?', "bauta keys --help"]),
    (["forget"], ['unknown command "forget"']),
    (["-o", "json", "chek"], ['did you mean "check"?']),
    (["run", "--no-such-flag"], ["--no-such-flag", "bauta run --help"]),
    (["run", "--workers", "many"], ["--workers", "bauta run --help"]),
    (["quarantine"], ["bauta quarantine --help"]),
    ([], ["bauta --help"]),
])
def test_usage_errors_name_what_is_wrong(arguments, needles):
    ended = process.bauta(*arguments)
    assert ended.code == 2, ended
    assert ended.err.startswith("bauta: error: "), ended
    for needle in needles:
        assert needle in ended.err, ended
    assert not ended.out


def test_version_by_flag_and_by_command():
    said = process.bauta("version")
    flag = process.bauta("--version")
    assert flag.code == 0 and flag.out == said.out and flag.out.startswith("bauta ")
    assert process.bauta("--version", "-o", "json").json == process.bauta(
        "version", "-o", "json").json


def test_an_empty_variable_names_no_config(tmp_path):
    for arguments in (["config", "show"], ["queue", "stats"]):
        ended = process.bauta(*arguments, cwd=tmp_path,
                              env=process.environment(BAUTA_CONFIG=""))
        assert ended.code == 2 and "cannot read it" not in ended.err, ended
    ended = process.bauta("keys", "generate", "--no-passphrase", cwd=tmp_path,
                          env=process.environment(BAUTA_CONFIG=""))
    assert ended.code == 0 and (tmp_path / "keyring.json").exists()


def test_help_names_the_defaults():
    said = process.bauta("run", "--help").out
    for words in ("100 messages", "2s", "default: never", "default: not at all"):
        assert words in " ".join(said.split()), said
    said = " ".join(process.bauta("quarantine", "discard", "--help").out.split())
    assert "kept in the audit of schema pii" in said


# explain


def test_explain_tells_meaning_cause_and_cure():
    said = process.bauta("explain", "E012")
    assert said.code == 0 and said.out.startswith("E012: ") and "Cure" in said.out
    assert process.bauta("explain", "Required-Missing", "-o", "json").json["code"] == "required_missing"
    assert process.bauta("explain", "e012", "-o", "json").json == {
        "code": "E012", "kind": "error", "meaning": "Unknown key. Nothing reads it.", "cause": None,
        "cure": "Take the suggestion, or one of the keys that the hint lists."}


@pytest.mark.parametrize("arguments, needles", [
    (["requird_missing"], ['no code "requird_missing"', 'did you mean "required_missing"?']),
    (["E999"], ['no code "E999"', "E012", "W003", "row_suppressed"]),
    ([], ["explain takes a config (-c FILE), or a code", "E012", "row_suppressed"]),
])
def test_explain_knows_its_codes(arguments, needles):
    ended = process.bauta("explain", *arguments)
    assert ended.code == 2 and not ended.out
    for needle in needles:
        assert needle in ended.err


def test_what_is_refused_names_explain_once(site):
    site.queue.send_events(logins(3) + [{"foo": 1}, {"foo": 2}])
    said = site.bauta("run", "--until-empty").out
    assert said.count("bauta explain CODE") == 1
    ended = site.bauta("quarantine", "list")
    assert "bauta explain" not in ended.out
    assert ended.err.count("`bauta explain required_missing`") == 1
    ended = site.bauta("config", "show", "--set", "workers=x", "--set", "nope=1", ok=False)
    assert ended.err.count("bauta explain E0") == 1
    assert "bauta explain" not in site.bauta("config", "show", "--set", "nope=1", "-q", ok=False).err
