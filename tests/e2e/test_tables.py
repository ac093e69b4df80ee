"""Every kind of column and table: good events, bad ones, and all of them a second time.

What a row must hold is said here, in PostgreSQL's own spelling, not computed by Bauta.
"""
import json
from dataclasses import dataclass, field

import pytest

from support import queues

COLUMNS = "  id: {from: /id, required: true}\n  v: {from: /v%s}\n"
BIG = 10 ** 400


@dataclass
class Kind:
    type: str
    good: dict  # JSON as it is written: v::text of its row, or ... for what is written
    bad: dict   # JSON as it is written: the reason
    before: str = ""
    option: str = ""
    shown: str = "v::text"
    refusals: dict = field(default_factory=dict)  # JSON: (sqlstate, constraint) of what the server refuses


KINDS = {
    "text": Kind("text", {'"x"': "x", '1.50': "1.50", '""': "", '"\\u00e4\\n"': "ä\n",
                          '"\\ud83d\\ude00"': "😀", 'null': None},
                 {'true': "wrong_type", '[]': "wrong_type", '"a\\u0000"': "has_nul",
                  '"\\ud800"': "bad_utf8"}),
    "varchar": Kind("varchar(4)", {'"äöüß"': "äöüß", '"ab  "': "ab  ", '12.5': "12.5"},
                    {'"abcde"': "too_long", '"ab   "': "too_long", '12345': "too_long"}),
    "char": Kind("char(4)", {'"ab"': "[ab  ]", '"abcd"': "[abcd]", '""': "[    ]"},
                 {'"abcde"': "too_long", '{}': "wrong_type"},
                 shown="'[' || rpad(v::text, 4) || ']'"),
    "smallint": Kind("smallint", {'32767': "32767", '"-32768"': "-32768", '1e2': "100", '7.0': "7"},
                     {'32768': "out_of_range", '1.5': "wrong_type", '"01"': "wrong_type",
                      '""': "wrong_type", 'true': "wrong_type"}),
    "integer": Kind("integer", {'2147483647': "2147483647", '-2147483648': "-2147483648"},
                    {'2147483648': "out_of_range", '1e99': "out_of_range", '"+1"': "wrong_type"}),
    "bigint": Kind("bigint", {'9223372036854775807': "9223372036854775807",
                              '"-9223372036854775808"': "-9223372036854775808"},
                   {'9223372036854775808': "out_of_range", '"x"': "wrong_type"}),
    "numeric(6,2)": Kind("numeric(6,2)", {'9999.99': "9999.99", '"-0.1"': "-0.10", '1.500': "1.50",
                                          '1e3': "1000.00", '0': "0.00"},
                         {'10000': "out_of_range", '1.005': "out_of_range", '"NaN"': "wrong_type",
                          '1e9': "out_of_range"}),
    "numeric": Kind("numeric", {'1.50': "1.50", '12345678901234567890.123456789': ...,
                                '-1e-20': "-0.00000000000000000001"},
                    {'1e1001': "out_of_range", '"1,5"': "wrong_type", '"Infinity"': "wrong_type"}),
    "real": Kind("real", {'1.5': "1.5", '0.1': "0.1", '"-2e3"': "-2000"},
                 {'1e39': "out_of_range", '1e-60': "out_of_range", '"NaN"': "wrong_type",
                  '"inf"': "wrong_type"}),
    "double": Kind("double precision", {'0.1': "0.1", '1e308': "1e+308", '-0.0': "-0"},
                   {'1e309': "out_of_range", str(BIG): "out_of_range", '"NaN"': "wrong_type",
                    '"-Infinity"': "wrong_type"}),
    "boolean": Kind("boolean", {'true': "true", '"false"': "false", 'null': None},
                    {'1': "wrong_type", '"t"': "wrong_type", '"TRUE"': "wrong_type"}),
    "date": Kind("date", {'"0001-01-01"': "0001-01-01", '"9999-12-31"': "9999-12-31",
                          '"2024-02-29"': "2024-02-29"},
                 {'"2023-02-29"': "bad_date", '"0000-01-01"': "bad_date", '"10000-01-01"': "bad_date",
                  '"infinity"': "bad_date", '"2024-02-29T00:00:00Z"': "bad_date", '""': "bad_date",
                  '20240229': "wrong_type"}),
    "timestamp": Kind("timestamp", {'"2026-11-21T07:00:00.123456Z"': "2026-11-21 07:00:00.123456",
                                    '"2026-11-21 07:00+01:30"': "2026-11-21 05:30:00",
                                    '"0001-01-01"': "0001-01-01 00:00:00"},
                      {'"infinity"': "bad_date", '"2026-11-21T25:00:00"': "bad_date",
                       '"now"': "bad_date", '1': "wrong_type"}),
    "timestamptz": Kind("timestamptz", {'"9999-12-31T23:59:59.999999Z"': "9999-12-31 23:59:59.999999",
                                        '"2026-11-21T07:00:00"': "2026-11-21 07:00:00",
                                        '"2026-11-21T07:00:00-08"': "2026-11-21 15:00:00"},
                        {'"-infinity"': "bad_date", '"epoch"': "bad_date",
                         '"2026-11-31T00:00:00Z"': "bad_date"},
                        shown="(v AT TIME ZONE 'UTC')::text"),
    "epoch-millis": Kind("timestamptz", {'0': "1970-01-01 00:00:00", '1700000000123.5':
                                         "2023-11-14 22:13:20.1235", '"-1"':
                                         "1969-12-31 23:59:59.999"},
                         {'1e30': "out_of_range", '"x"': "wrong_type"},
                         option=", as: epoch-millis", shown="(v AT TIME ZONE 'UTC')::text"),
    "uuid": Kind("uuid", {'"0F8FAD5B-D9CB-469F-A165-70867728950E"':
                          "0f8fad5b-d9cb-469f-a165-70867728950e"},
                 {'"0f8fad5bd9cb469fa16570867728950e"': "bad_uuid", '""': "bad_uuid",
                  '7': "wrong_type"}),
    "inet": Kind("inet", {'"192.0.2.7"': "192.0.2.7/32", '"192.0.2.7/24"': "192.0.2.7/24",
                          '"2001:DB8::1"': "2001:db8::1/128", '"::ffff:192.0.2.1"':
                          "::ffff:192.0.2.1/128"},
                 {'"192.0.2.256"': "invalid_value", '"192.0.2.7/33"': "invalid_value",
                  '"192.0.2"': "invalid_value", '"2001:db8::1%eth0"': "invalid_value"}),
    "cidr": Kind("cidr", {'"192.0.2.0/24"': ..., '"2001:db8::/32"': ..., '"192.0.2.7"': "192.0.2.7/32"},
                 {'"192.0.2.7/24"': "invalid_value", '"x"': "invalid_value"}),
    "json": Kind("json", {'{"a": [1.50,null]}': '{"a": [1.50,null]}', '"x"': '"x"', '7': "7",
                          '{"a":1,"a":2}': '{"a":1,"a":2}'},
                 {'"\\u0000"': "has_nul", '["\\udc00"]': "bad_utf8"}),
    "jsonb": Kind("jsonb", {'{"b":1, "a":{"c":[true]}}': '{"a": {"c": [true]}, "b": 1}',
                            '1.500': "1.500", '[]': "[]"},
                  {'{"a\\u0000":1}': "has_nul", '1e1001': "out_of_range"}),
    "text[]": Kind("text[]", {'["a","b c",null,1.50]': '{a,"b c",NULL,1.50}', '[]': "{}",
                              '["\\"{}"]': '{"\\"{}"}'},
                   {'"a"': "wrong_type", '[["a"]]': "wrong_type", '[{}]': "wrong_type",
                    '[true]': "wrong_type", '["\\u0000"]': "has_nul"}),
    "enum": Kind("mood", {'"sad"': "sad", '"very happy"': "very happy", 'null': None},
                 {'"glad"': "constraint", '""': "constraint", 'true': "wrong_type",
                  '"SAD"': "constraint"},
                 before="CREATE TYPE mood AS ENUM ('sad', 'very happy')",
                 refusals={'"glad"': ("22P02", None)}),
    "domain with a check": Kind("even", {'2': "2", '-4': "-4", 'null': None},
                                {'3': "constraint", '2.5': "wrong_type", '1e99': "out_of_range"},
                                before="CREATE DOMAIN even AS int CONSTRAINT is_even CHECK"
                                       " (value % 2 = 0)",
                                refusals={'3': ("23514", "is_even")}),
    "domain not null": Kind("named", {'"x"': "x"}, {'null': "required_null"},
                            before="CREATE DOMAIN named AS text NOT NULL"),
    "domain over a domain over varchar": Kind(
        "outer_d", {'"abc"': "abc"}, {'"abcd"': "too_long", '""': "constraint"},
        before="CREATE DOMAIN inner_d AS varchar(3); CREATE DOMAIN outer_d AS inner_d CHECK"
               " (value <> '')"),
    "domain over an enum": Kind("mood_d", {'"sad"': "sad"}, {'"glad"': "constraint"},
                                before="CREATE TYPE mood AS ENUM ('sad'); CREATE DOMAIN mood_d AS"
                                       " mood"),
}


@pytest.fixture
def place(bare):
    bare.bauta("keys", "generate", "--no-passphrase")
    bare.queue = queues.Queue(bare.endpoint, f"{bare.queue.name}-short", VisibilityTimeout=600)
    return bare


def run_twice(site, proxy, bodies: list[str]) -> tuple[list[str], dict]:
    """Runs, loses all deletions, and runs again over what comes back; ids and the summary."""
    ids = site.queue.send(bodies)
    real = site.endpoint
    proxy.lose_deletes = True
    text = site.config.read_text()
    site.config.write_text(text.replace(real, proxy.endpoint))
    first = site.bauta("run", "--max-messages", len(bodies), "-o", "json").json
    proxy.deliver_again(site.queue)
    site.config.write_text(text)
    again = site.run().json
    assert again["messages"]["redelivered"] == len(bodies), again
    assert again["events"]["seen"] == 0
    assert site.count("bauta.ledger") == len(bodies)
    assert site.queue.counts() == (0, 0)
    return ids, first


@pytest.mark.parametrize("name", KINDS)
def test_every_type(place, proxy, name):
    kind = KINDS[name]
    place.database.execute(f"{kind.before}; CREATE TABLE t (id int PRIMARY KEY, v {kind.type})")
    place.configure(COLUMNS % kind.option, table="t", stop_above="100%")
    place.bauta("init")
    written = [*kind.good, *kind.bad]
    bodies = [f'{{"id": {i}, "v": {v}}}' for i, v in enumerate(written)]
    ids, summary = run_twice(place, proxy, bodies)

    wanted = {i: json.loads(v) if isinstance(json.loads(v), str) and kind.good[v] is ... else
              v if kind.good[v] is ... else kind.good[v] for i, v in enumerate(kind.good)}
    assert dict(place.database.query(f"SELECT id, {kind.shown} FROM t")) == wanted
    assert dict(place.database.query("SELECT message_id_text, reason FROM bauta.quarantine")) == {
        ids[len(kind.good) + i]: reason for i, reason in enumerate(kind.bad.values())}
    assert summary["events"]["inserted"] == len(kind.good)
    for body, (state, constraint) in kind.refusals.items():
        assert place.database.query(
            "SELECT sqlstate, constraint_name FROM bauta.quarantine WHERE message_id_text = %s",
            ids[written.index(body)]) == [(state, constraint)]


@pytest.mark.parametrize("type", [
    "bytea", "int[]", "varchar(9)[]", "jsonb[]", "int4range", "point", "interval", "time", "xml",
    "tsvector", "money", "bit(3)", "mood[]"])
def test_what_is_not_taken_is_said_before_the_first_message(place, type):
    place.database.execute("CREATE TYPE mood AS ENUM ('sad');"
                           f"CREATE TABLE t (id int PRIMARY KEY, v {type})")
    place.configure(COLUMNS % "", table="t")
    place.bauta("init")
    place.queue.send(['{"id": 1, "v": "x"}'])
    ended = place.run(ok=False)
    assert ended.code == 2 and "cannot be mapped" in ended.err and "columns.v" in ended.err, ended
    assert place.queue.counts() == (1, 0)
    # Left out of the mapping it does no harm.
    place.configure("  id: {from: /id}\n", table="t")
    assert place.run().json["events"]["inserted"] == 1


NAMES = [
    ('"User Logins"', '"Masked IP"'), ('public."a.b"', '"c.d"'), ('"My Schema"."Täble ""x"""', '"Ümläut"'),
    ("elsewhere.logins", "select"), ('"Elsewhere"."User"', '"a""b"'), ("\"it's\"", "\"wh'at\""),
    ('"back\\slash"', '"b\\\\c"'),
]


@pytest.mark.parametrize("table, column", NAMES)
def test_names_that_need_quotes(place, proxy, table, column):
    plain = column.strip('"').replace('""', '"')
    sql = column if column.startswith('"') else f'"{column}"'
    for schema in ('"My Schema"', "elsewhere", '"Elsewhere"'):
        place.database.execute(f"CREATE SCHEMA {schema}")
    place.database.execute(f"CREATE TABLE {table} (id int PRIMARY KEY, {sql} text, more jsonb,"
                           f" CHECK ({sql} <> 'no'))")
    quote = json.dumps
    place.configure(f"  id: {{from: /id}}\n  {quote(plain)}: {{from: /v, mask: hmac-sha256}}\n",
                    table=quote(table), stop_above="100%", more="unknown_fields: column:more\n")
    place.bauta("init")
    _, summary = run_twice(place, proxy, ['{"id": 1, "v": "x", "w": 1}', '{"id": 2, "v": 3}',
                                          '{"id": 1, "v": "twin"}'])
    assert summary["quarantine_reasons"] == {"wrong_type": 1, "constraint": 1}
    row, = place.database.query(f"SELECT id, {sql}, more FROM {table}")
    assert row[0] == 1 and row[1].startswith("h1:k1:") and row[2] == {"w": 1}
    assert place.database.query("SELECT column_name FROM bauta.masked_column") == [(plain,)]


PARTITIONED = {
    "range": ("RANGE (id)", ["FOR VALUES FROM (0) TO (10)", "FOR VALUES FROM (10) TO (20)"]),
    "list": ("LIST (id)", ["FOR VALUES IN (0, 1, 2, 3, 4, 5)", "FOR VALUES IN (6, 7, 8, 9, 10, 11)"]),
    "hash": ("HASH (id)", ["FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
                           "FOR VALUES WITH (MODULUS 2, REMAINDER 1)"]),
    "default": ("RANGE (id)", ["FOR VALUES FROM (0) TO (6)", "DEFAULT"]),
}


def partitioned(site, how: str, parts: list[str]) -> None:
    if site.database.version() < 11 and ("HASH" in how or "DEFAULT" in parts):
        pytest.skip("PostgreSQL 10 has no such partitions")
    site.database.execute(f"CREATE TABLE t (id int, v int CHECK (v <> 3)) PARTITION BY {how}")
    for i, part in enumerate(parts):
        site.database.execute(f"CREATE TABLE t{i} PARTITION OF t {part}")
    site.configure(COLUMNS % "", table="t", stop_above="100%")
    site.bauta("init")


@pytest.mark.parametrize("name", PARTITIONED)
def test_partitioned_targets(place, proxy, name):
    partitioned(place, *PARTITIONED[name])
    bodies = [json.dumps({"id": i, "v": i}) for i in range(12)]
    ids, _ = run_twice(place, proxy, [*bodies, '{"id": "x"}'])
    assert [i for (i,) in place.database.query("SELECT id FROM t ORDER BY 1")] == [
        i for i in range(12) if i != 3]
    assert place.count("t1") not in (0, 11), "rows went to both"
    assert dict(place.database.query("SELECT message_id_text, reason FROM bauta.quarantine")) == {
        ids[3]: "constraint", ids[12]: "wrong_type"}


def test_a_missing_partition_quarantines_nothing(place):
    partitioned(place, *PARTITIONED["range"])
    place.queue.send([json.dumps({"id": i, "v": 1}) for i in (1, 2, 99)])
    ended = place.run(ok=False)
    assert ended.code in (1, 2) and "partition" in ended.err, ended
    assert place.count("bauta.quarantine") == 0 and place.count("t") == 0
    place.database.execute("CREATE TABLE t9 PARTITION OF t FOR VALUES FROM (90) TO (100)")
    place.queue.wait_visible(3)
    place.run()
    assert place.count("t") == 3 and place.count("bauta.quarantine") == 0


def test_what_the_mapping_leaves_out_gets_its_default(place, proxy):
    random = "gen_random_uuid()" if place.database.version() >= 13 else "md5(random()::text)::uuid"
    generated = place.database.version() >= 12
    place.database.execute(
        "CREATE TABLE t (id int PRIMARY KEY, v text, n serial, b bigint GENERATED ALWAYS AS IDENTITY,"
        " c int GENERATED BY DEFAULT AS IDENTITY, at timestamptz NOT NULL DEFAULT now(),"
        f" u uuid NOT NULL DEFAULT {random}, k text DEFAULT 'k', z int[]"
        + (", g text GENERATED ALWAYS AS (upper(v)) STORED" if generated else "") + ")")
    place.configure(COLUMNS % "", table="t", stop_above="100%")
    place.bauta("init")
    run_twice(place, proxy, ['{"id": 1, "v": "a"}', '{"id": 2, "v": "b"}', '{"id": 2, "v": "c"}'])
    rows = place.database.query("SELECT id, k, n > 0, b > 0, c > 0, at > now() - interval '1 hour',"
                                f" u IS NOT NULL, {'g' if generated else 'upper(v)'} FROM t ORDER BY 1")
    assert rows == [(1, "k", True, True, True, True, True, "A"), (2, "k", True, True, True, True, True, "B")]
    assert place.database.one("SELECT count(DISTINCT (n, b, c, u)) FROM t") == 2


@pytest.mark.parametrize("definition, says", [
    ("int GENERATED ALWAYS AS IDENTITY", "GENERATED ALWAYS AS IDENTITY"),
    ("text GENERATED ALWAYS AS (id::text) STORED", "the database fills this column by itself"),
])
def test_columns_of_the_database_are_refused(place, definition, says):
    if "STORED" in definition and place.database.version() < 12:
        pytest.skip("PostgreSQL 12 brought generated columns")
    place.database.execute(f"CREATE TABLE t (id int, v {definition})")
    place.configure(COLUMNS % "", table="t")
    place.bauta("init")
    place.queue.send(['{"id": 1, "v": 1}'])
    ended = place.run(ok=False)
    assert ended.code == 2 and says in ended.err, ended
    assert place.queue.counts() == (1, 0)


def test_an_identity_by_default_may_be_mapped(place, proxy):
    place.database.execute("CREATE TABLE t (id int, v int GENERATED BY DEFAULT AS IDENTITY)")
    place.configure(COLUMNS % ", required: true", table="t", stop_above="100%")
    place.bauta("init")
    run_twice(place, proxy, ['{"id": 1, "v": 42}', '{"id": 2}'])
    assert place.database.query("SELECT id, v FROM t") == [(1, 42)]
