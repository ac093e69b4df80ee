"""`unknown_fields: column:...`: what no column reads, and nothing of what a mask is for."""
import json

import pytest

from support.site import COLUMNS, login

NESTED = (COLUMNS.replace("/user_id", "/user/id").replace("/ip,", "/user/ip,")
          .replace("from: /device_id", "domain: device_id, from: /devices/0/id"))
READ = ("user_id", "device_type", "ip", "device_id", "locale", "app_version", "create_date")
EXTRA = [
    {}, {"country": "DE"}, {"a": None, "b": [1, {"c": "\u00e4\n"}], "\u00fc ber": 1.5},
    {"nested": {"deep": [[[{"x": []}]]]}, "empty": {}, "list": []}, {"n": 12345678901234567890},
]


def rest_of(event: dict) -> dict | None:
    """Of a flat event."""
    return {k: v for k, v in event.items() if k not in READ} or None


@pytest.fixture(params=["jsonb", "json", "text"])
def extra(site, request):
    site.database.execute(f"ALTER TABLE user_logins ADD extra {request.param}")
    site.configure(more="unknown_fields: column:extra\n", stop_above="100%")
    return site


def extras(site) -> dict:
    return {user: None if rest is None else json.loads(rest) for user, rest in
            site.database.query("SELECT user_id, extra::text FROM user_logins")}


def test_the_rest_is_what_python_says(extra):
    events = [login(i, **more) for i, more in enumerate(EXTRA)]
    bodies = [json.dumps(event) for event in events]
    bad = {"ambiguous_key": bodies[0][:-1] + ', "x": 1, "x": 2}',
           "has_nul": json.dumps(login(90, x="\0")),
           "bad_utf8": bodies[0][:-1] + ', "x": "\\ud800"}',
           "out_of_range": bodies[0][:-1] + ', "x": 1e1001}'}
    extra.queue.send([*bodies, *bad.values()])
    summary = extra.run().json
    assert summary["quarantine_reasons"] == {reason: 1 for reason in bad}
    assert extras(extra) == {e["user_id"]: rest_of(e) for e in events}
    assert {e["column"] for e in extra.bauta("quarantine", "list", "-o", "json").lines} == {"extra"}

    # A replay after the config was mended gives the same rows, with their rest.
    extra.configure(more="unknown_fields: ignore\n", stop_above="100%")
    answer = extra.bauta("quarantine", "replay", "--identity", extra.identity, "--reason",
                         "ticket 4711", "-o", "json").json
    assert answer["replayed"] == len(bad)


def test_nothing_of_a_mask_is_in_the_rest(site):
    site.database.execute("ALTER TABLE user_logins ADD extra jsonb")
    site.configure(NESTED, more="unknown_fields: column:extra\n", stop_above="100%")
    secret = [f"198.51.100.{i}" for i in range(1, 9)]

    def event(i: int, **user) -> dict:
        return {"user": {"id": f"user-{i}", "ip": secret[0], "plan": "gold"} | user,
                "devices": [{"id": secret[1], "os": "x"}, {"id": secret[2]}, secret[3]],
                "app_version": "1.2.3", "more": {"x": i}}
    body = json.dumps(event(1))
    bodies = [body, body.replace('"ip"', r'"\u0069p"').replace("user-1", "user-2"),
              body.replace('"id"', r'"\u0069d"').replace("user-1", "user-3")]
    refused = [json.dumps(event(4) | {"user": secret[4]}),
               json.dumps(event(5, ip=[secret[5]])),
               body.replace('"ip":', f'"ip": "{secret[6]}", "ip":'),
               json.dumps(event(6) | {"devices": {"0": {"id": secret[1]}, "x": {"id": secret[7]}}})]
    site.queue.send(bodies + refused)
    summary = site.run().json
    assert summary["events"]["inserted"] == 4, summary
    for user, rest in extras(site).items():
        assert rest == {"user": {"plan": "gold"}, "more": {"x": 6 if user == "user-6" else 1}}
    dump = site.database.dump()
    for value in secret:
        assert value not in dump
        assert value.encode().hex() not in dump


def test_a_rest_that_a_mask_needs_not_is_optional(site):
    """Masked, not required, and something else in its place: no token, and still not in clear."""
    site.database.execute("ALTER TABLE user_logins ADD extra jsonb")
    site.configure(NESTED.replace("required: true, ", "").replace(", required: true", ""),
                   more="unknown_fields: column:extra\n", stop_above="100%")
    site.queue.send_events([{"user": "198.51.100.77", "a": 1},
                            {"user": ["198.51.100.77"], "devices": "198.51.100.77"},
                            {"user": {"name": "n", "ip": None}, "devices": [[["198.51.100.77"]]]}])
    assert site.run().json["events"]["inserted"] == 3
    assert sorted(map(str, site.database.query("SELECT extra FROM user_logins"))) == sorted([
        "({'a': 1},)", "(None,)", "({'user': {'name': 'n'}},)"])
    assert "198.51.100.77" not in site.database.dump()


def test_a_column_that_must_not_be_null(site):
    site.database.execute("ALTER TABLE user_logins ADD extra jsonb NOT NULL")
    site.configure(more="unknown_fields: column:extra\n")
    site.queue.send_events([login(1)])
    site.run()
    assert site.database.one("SELECT extra FROM user_logins") == {}


@pytest.mark.parametrize("setup, name, says", [
    ("SELECT 1", "extra", "ALTER TABLE \"public\".\"user_logins\" ADD COLUMN \"extra\" jsonb;"),
    ("ALTER TABLE user_logins ADD extra int", "extra", "must be jsonb, json or text, not integer"),
    ("SELECT 1", "locale", "column locale is mapped under columns too"),
])
def test_a_column_that_cannot_take_it(site, setup, name, says):
    site.database.execute(setup)
    site.configure(more=f"unknown_fields: column:{name}\n")
    ended = site.run(ok=False)
    assert ended.code == 2 and says in ended.err, ended
    assert "bauta.yaml:18:17: error[E063] unknown_fields" in ended.err, ended


def test_a_constant_column(site):
    site.configure(COLUMNS.replace("{from: /locale}", "{default: web}"))
    site.queue.send_events([login(1, locale="DE")])
    site.run()
    assert site.database.one("SELECT locale FROM user_logins") == "web"
