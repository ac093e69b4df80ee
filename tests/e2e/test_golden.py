"""`bauta test`: golden cases, as somebody's CI would run them."""
import json
import re
import subprocess

import pytest

from support import process
from support.site import login

EXAMPLE = process.ROOT / "examples/logins"
TABLE = ("table: {user_id: varchar(128), device_type: varchar(32), masked_ip: varchar(256),"
         " masked_device_id: varchar(256), locale: varchar(32), app_version: integer,"
         " create_date: date}\n")


@pytest.fixture
def golden(tmp_path):
    """Runs cases against the example's config, without queue, keys or database."""
    def run(text: str, *arguments, config: str | None = None):
        (tmp_path / "cases.yaml").write_text(text)
        if config:
            (tmp_path / "bauta.yaml").write_text(config)
        named = "bauta.yaml" if config else EXAMPLE / "bauta.yaml"
        return process.bauta("test", "-c", named, "cases.yaml", *arguments, cwd=tmp_path)
    return run


def cases(*lines: str) -> str:
    return TABLE + "cases:\n" + "".join(f"  - {line}\n" for line in lines)


def test_the_example_holds():
    ended = process.bauta("test", "-c", "examples/logins/bauta.yaml",
                          "examples/logins/cases.yaml", cwd=process.ROOT)
    assert ended.code == 0 and ended.out == "4 passed, 0 failed\n" and not ended.err, ended


LOGIN = '{user_id: u, ip: 192.0.2.1, device_id: d, app_version: "2.3.0"}'
ROW = ('user_id: u, device_type: null, masked_ip: "*", masked_device_id: {token_of: d},'
       " locale: null, app_version: 2003000, create_date: 2026-01-01")


@pytest.mark.parametrize("was, becomes, column", [
    ("user_id: u", "user_id: v", "user_id"),
    ("device_type: null", "device_type: x", "device_type"),
    ("device_type: null", 'device_type: "*"', "device_type"),
    ('masked_ip: "*"', "masked_ip: null", "masked_ip"),
    ('masked_ip: "*"', "masked_ip: {token_of: 192.0.2.2}", "masked_ip"),
    ('masked_ip: "*"', "masked_ip: 192.0.2.1", "masked_ip"),
    ("token_of: d", "token_of: e", "masked_device_id"),
    ("2003000", "2003001", "app_version"),
    ("2003000", "2.3.0", "app_version"),
    ("2026-01-01", "2026-01-02", "create_date"),
    ("locale: null, ", "", "locale"),
])
def test_a_row_that_differs_is_told(golden, was, becomes, column):
    assert golden(cases(f"{{body: {LOGIN}, row: {{{ROW}}}}}")).code == 0
    ended = golden(cases(f"{{name: it, body: {LOGIN}, row: {{{ROW.replace(was, becomes)}}}}}"))
    assert ended.code == 1, ended
    assert ended.out.startswith(f"cases.yaml:3:5: failed: it\n  {column}: expected "), ended
    assert ended.out.endswith("0 passed, 1 failed\n") and ended.out.count("expected") == 1


@pytest.mark.parametrize("case, said", [
    ("{body: x, row: {}}", ["expected a row", "got reason: not_json"]),
    (f"{{body: {LOGIN}, reason: not_json}}", ["expected reason: not_json", 'got row: {user_id: "u"']),
    ("{body: {ip: 192.0.2.1}, reason: required_null}", ["got reason: required_missing, column: user_id"]),
    ("{body: {ip: 192.0.2.1}, reason: required_missing, column: masked_ip}", ["column: user_id"]),
    (f"{{body: {LOGIN}}}", ["name a row or a reason", 'got row: {user_id: "u"']),
])
def test_another_fate_is_told(golden, case, said):
    ended = golden(cases(case))
    assert ended.code == 1, ended
    for words in said:
        assert words in ended.out, ended


def test_what_comes_out_can_be_pasted(golden):
    shown = golden(cases(f"{{body: {LOGIN}}}")).out
    row = re.search(r"got (row: \{.*\})", shown)[1]
    assert "h1:test:" in row
    assert golden(cases(f"{{body: {LOGIN}, {row}}}")).code == 0


def test_a_changed_mask_fails_the_tokens_that_were_pasted(golden):
    shown = golden(cases(f"{{body: {LOGIN}}}")).out
    row = re.search(r"got (row: \{.*\})", shown)[1]
    config = (EXAMPLE / "bauta.yaml").read_text()
    for was, becomes in (("canonical: ip", "canonical: text"),
                         ("canonical: ip", "canonical: ip, domain: other"),
                         ("canonical: ip", "canonical: ip, bits: 160")):
        ended = golden(cases(f"{{body: {LOGIN}, {row}}}"), config=config.replace(was, becomes))
        assert ended.code == 1 and "masked_ip: expected" in ended.out, ended
        assert ended.out.count("expected") == 1


@pytest.mark.parametrize("kind, body, row", [
    ("timestamptz", '"2026-11-21T07:00:00.5+01:00"', "2026-11-21T06:00:00.500Z"),
    ("inet", "192.0.2.1", "192.0.2.1/32"),
    ("inet", "2001:DB8::1", "2001:db8::1"),
    ("numeric(10,2)", "1.5", "1.50"),
    ("real", "0.1", "0.1"),
    ("boolean", "true", "true"),
    ("uuid", "5FEA7756-0EA4-451A-A703-A558B933E274", "5fea7756-0ea4-451a-a703-a558b933e274"),
    ("jsonb", "{a: [1, x, null]}", '{"a": [1, "x", null]}'),
    ('"text[]"', "[a, null, 1.50]", '[a, null, "1.50"]'),
])
def test_types_are_compared_as_what_they_are(golden, kind, body, row):
    config = ("source: {sqs: {queue: q}}\ntarget: {postgres: {table: t}}\n"
              "columns: {v: {from: /v}}\n")
    text = f"table:\n  v: {kind}\ncases:\n  - {{body: {{v: {body}}}, row: {{v: {row}}}}}\n"
    assert golden(text, config=config).code == 0, golden(text, config=config)
    wrong = golden(text.replace(f"row: {{v: {row}}}", "row: {v: null}"), config=config)
    assert wrong.code == 1


REST = ("source: {sqs: {queue: q}}\ntarget: {postgres: {table: t}}\n"
        "columns: {c: {from: /c}}\nunknown_fields: column:rest\n")


def rest_case(kind: str, expected: str) -> str:
    return (f"table: {{c: text, rest: {kind}}}\ncases:\n"
            f'  - {{body: {{c: x, note: {{"n": 1.50, s: "1"}}}}, row: {{{expected}}}}}\n')


@pytest.mark.parametrize("kind", ["jsonb", "json", "text"])
def test_the_rest_is_a_column_like_every_other(golden, kind):
    right = """c: x, rest: '{"note": {"n": 1.50,  "s":"1"}}'"""
    for holds in (right, 'c: x, rest: {note: {"n": 1.50, s: "1"}}', 'c: x, rest: "*"'):
        assert golden(rest_case(kind, holds), config=REST).code == 0, holds
    for differs in ("c: x", "c: x, rest: null", 'c: x, rest: {note: {"n": 1.50}}',
                    "c: x, rest: {token_of: x}", "c: x, rest: note"):
        ended = golden(rest_case(kind, differs), config=REST)
        assert ended.code == 1 and "  rest: expected" in ended.out, ended
        assert 'got {"note":{"n":1.50,"s":"1"}}' in ended.out, ended
    shown = golden(rest_case(kind, "").replace(", row: {}", ""), config=REST).out
    pasted = re.search(r"got row: \{(.*)\}", shown)[1]
    assert golden(rest_case(kind, pasted), config=REST).code == 0, shown
    nothing = rest_case(kind, "c: x, rest: null").replace(', note: {"n": 1.50, s: "1"}', "")
    assert golden(nothing, config=REST).code == 0


def test_a_file_may_be_a_pipe(golden, tmp_path):
    assert golden(cases("{body: x, reason: not_json}")).code == 0
    ended = subprocess.run(
        ["bash", "-c", '"$0" test -c "$1" <(cat "$2")', process.BAUTA, EXAMPLE / "bauta.yaml",
         tmp_path / "cases.yaml"], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0 and ended.stdout == "1 passed, 0 failed\n", ended


def test_json_for_scripts(golden):
    ended = golden(cases("{name: it, body: x, row: {}}", "{body: x, reason: not_json}"), "-o", "json")
    assert ended.code == 1
    assert ended.json == {"passed": 1, "failed": 1, "failures": [
        {"file": "cases.yaml", "line": 3, "column": 5, "name": "it", "differences": [
            {"column": None, "expected": "a row", "actual": "reason: not_json"}]}]}


@pytest.mark.parametrize("text, needles", [
    ("table: [a]\ncases: []\n", ["cases.yaml:1:8: error[E014] table: must be a map"]),
    (cases("{body: x, row: {user_idd: 1}}"), ['cases.yaml:3:21: error[E012] row: unknown key "user_idd"',
                                              'did you mean "user_id"?']),
    (cases("{body: x, reason: nope}"), ["error[E015] reason", "row_suppressed"]),
    ("cases: [", ["cases.yaml:1:", "error[E002]"]),
    (TABLE.replace("locale: varchar(32), ", "") + "cases: []\n",
     ["error[E063] columns.locale", "no such column"]),
    (TABLE.replace("varchar(32)", "varhcar(32)", 1) + "cases: []\n",
     ["error[E063] columns.device_type", "varhcar(32) cannot be mapped"]),
])
def test_a_slip_in_the_file_has_its_place(golden, text, needles):
    ended = golden(text)
    assert ended.code == 2 and not ended.out, ended
    for needle in needles:
        assert needle in ended.err, ended
    assert "DATABASE_URL" not in ended.err


def test_what_only_a_run_needs_may_be_missing(golden):
    config = (EXAMPLE / "bauta.yaml").read_text().replace(
        "${DATABASE_URL:-postgresql:///postgres}", "${DATABASE_URL}").replace(
        "file: keyring.json", 'file: "${RING:?no}"')
    text = cases("{body: x, reason: not_json}")
    assert golden(text, config=config).code == 0
    ended = golden(text.replace(TABLE, ""), config=config)
    assert ended.code == 2 and "${DATABASE_URL} is not set" in ended.err
    config = config.replace("{from: /user_id,", '{from: "${NOPE}",')
    assert "columns.user_id.from" in golden(text, config=config).err


@pytest.mark.parametrize("mask, kind, value, holds", [
    ("truncate, v4: 24", "text", "192.0.2.77", "192.0.2.1"),
    ("keep_last, n: 2", "text", "abcdef", "xyz-ef"),
    ("redact", "text", "a", "b"),
])
def test_token_of_goes_for_every_mask(golden, mask, kind, value, holds):
    config = ("source: {sqs: {queue: q}}\ntarget: {postgres: {table: t}}\n"
              f"columns: {{v: {{from: /v, mask: {mask}}}}}\n")
    text = f"table: {{v: {kind}}}\ncases:\n  - {{body: {{v: {value}}}, row: {{v: {{token_of: %s}}}}}}\n"
    ended = golden(text % value, config=config)
    assert ended.code == 0, ended
    assert golden(text % "10.9.8.7", config=config).code == (0 if mask == "redact" else 1)


def test_usage(tmp_path):
    assert "docs/testing.md" in process.bauta("test").err
    ended = process.bauta("test", "-c", EXAMPLE / "bauta.yaml", "nope.yaml", cwd=tmp_path)
    assert ended.code == 2 and "nope.yaml: error[E001] cannot read it" in ended.err


def test_without_types_the_database_says_them(site):
    (site.home / "cases.yaml").write_text(
        "cases:\n  - {body: {user_id: u}, reason: required_missing, column: masked_ip}\n")
    assert site.bauta("test", "cases.yaml").out == "1 passed, 0 failed\n"
    printed = site.bauta("test", "--print-table").out
    assert printed in (EXAMPLE / "cases.yaml").read_text().replace(
        "table:  # the types, as `bauta test --print-table` prints them: no database is needed",
        "table:")
    site.database.execute("CREATE TYPE feeling AS ENUM ('good')")
    site.database.execute("ALTER TABLE user_logins ADD f feeling NOT NULL DEFAULT 'good',"
                          " ADD one char, ADD id bigserial, ADD n numeric(9,2) NOT NULL"
                          " DEFAULT 0, ADD tags text[], ADD mood money")
    printed = site.bauta("test", "--print-table").out
    for line in ("  id: bigint not null default", '  "n": numeric(9,2) not null default',
                 '  tags: "text[]"', "  mood: money",
                 "  f: enum not null default", "  one: char(1)"):
        assert line in printed.splitlines()
    (site.home / "cases.yaml").write_text(
        printed + "cases:\n  - {body: {user_id: u}, reason: required_missing, column: masked_ip}\n")
    site.database.execute("DROP TABLE user_logins")
    assert site.bauta("test", "cases.yaml").code == 0


def test_the_same_row_as_a_run(site):
    """All but the tokens, whose key is another."""
    site.queue.send_events([login(7)])
    site.run()
    user, device, ip, _, _, version, date = site.rows()[0]
    (site.home / "cases.yaml").write_text(
        TABLE + "cases:\n  - body: " + json.dumps(login(7)) + f"\n    sent_at: {date}\n")
    shown = site.bauta("test", "cases.yaml", ok=False)
    for words in (f'user_id: "{user}"', f'device_type: "{device}"', f"app_version: {version}",
                  f'create_date: "{date}"'):
        assert words in shown.out, shown
    assert ip not in shown.out


SEVERAL = """\
source: {sqs: {queue: q, unwrap: sns, events: /items}}
target: {postgres: {table: t}}
columns:
  id:     {from: /id, required: true}
  client: {from: "attribute:client", mask: hmac-sha256}
  sender: {from: "system:SenderId"}
keys: {file: keyring.json}
"""


def test_events_and_attributes(golden):
    def run(becomes: str):
        return golden("table: {id: integer, client: text, sender: text}\ncases:\n"
                      "  - body: {items: [{id: 1}, {}, 7]}\n"
                      "    attributes: {client: web}\n    system: {SenderId: AIDA}\n"
                      f"    events: [{becomes}]\n", config=SEVERAL)
    first = "{row: {id: 1, client: {token_of: web}, sender: AIDA}}"
    rest = ", {reason: required_missing, column: id}, {reason: not_object}"
    assert run(first + rest).code == 0
    ended = run(first.replace("AIDA", "x") + rest)
    assert ended.code == 1 and 'event 0, sender: ' in ended.out, ended
    ended = run(first)
    assert ended.code == 1 and "expected 1 event\n" in ended.out and (
        "{reason: required_missing, column: id}, {reason: not_object}]" in ended.out), ended
    ended = golden("table: {id: integer, client: text, sender: text}\ncases:\n"
                   "  - {body: {items: []}, reason: not_json}\n", config=SEVERAL)
    assert ended.code == 1 and "events: []" in ended.out, ended
