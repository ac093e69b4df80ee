"""Says whether what was sent is what arrived: Python and SQL, nothing of Bauta's.

Every event has a user_id of its own, `user-<number>`, so a row can be traced to its message.
"""
import json
from dataclasses import dataclass

from support.site import login

def _text(i: int, **changes) -> str:
    return json.dumps(login(i, **changes))


# What can be wrong with a body, and the reason that it must be refused for.
BAD = {
    "not_json": lambda i: _text(i)[:-1],
    "not_object": lambda i: f"[{_text(i)}]",
    "too_deep": lambda i: _text(i)[:-1] + ', "deep": ' + "[" * 2000 + "]" * 2000 + "}",
    "has_nul": lambda i: _text(i, device_type="an\0droid"),
    "ambiguous_key": lambda i: _text(i)[:-1] + ', "ip": "192.0.2.1"}',
    "required_missing": lambda i: _text(i, device_id=...),
    "required_null": lambda i: _text(i, ip=None),
    "required_empty": lambda i: _text(i, ip=" "),
    "wrong_type": lambda i: _text(i, ip=42),
    "too_long": lambda i: _text(i, locale="x" * 33),
    "bad_date": lambda i: _text(i, create_date="2026-02-30"),
    "bad_version": lambda i: _text(i, app_version="1.2.3-beta"),
    "invalid_value": lambda i: _text(i, ip="256.1.1.1"),
    "constraint": lambda i: _text(i, locale="XX"),
    "row_suppressed": lambda i: _text(i, locale="YY"),
}

# What makes the server refuse the last two.
STRICT = """
ALTER TABLE user_logins ADD CONSTRAINT known_locale CHECK (locale <> 'XX');
CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN IF NEW.locale = 'YY' THEN RETURN NULL; END IF; RETURN NEW; END$$;
CREATE TRIGGER swallow BEFORE INSERT ON user_logins FOR EACH ROW EXECUTE PROCEDURE swallow()"""


@dataclass
class Sent:
    number: int
    body: str
    reason: str | None  # None: a good one
    message_id: str = ""
    again: bool = False  # The same event as one before, by its producer's key.


def make(count: int) -> list[Sent]:
    """1 % of each kind of bad message, the rest good."""
    kinds = list(BAD)
    made = []
    for i in range(count):
        kind = kinds[i % 100] if i % 100 < len(kinds) else None
        made.append(Sent(i, BAD[kind](i) if kind else _text(i), kind))
    return made


def problems(database, sent: list[Sent]) -> list[str]:
    """What is not as it must be; empty when all is well."""
    found = []

    def expect(what, actual, wanted):
        if actual != wanted:
            found.append(f"{what}: {str(actual)[:300]}, wanted {str(wanted)[:300]}")

    good = {s.number for s in sent if not s.reason}
    again = [s for s in sent if s.again]
    bad = {s.message_id: s.reason for s in sent if s.reason}
    ids = [i for (i,) in database.query("SELECT message_id::text FROM bauta.ledger")]
    expect("ids in the ledger more than once", len(ids) - len(set(ids)), 0)
    expect("ids sent but not in the ledger", {s.message_id for s in sent} - set(ids), set())
    expect("ids in the ledger but not sent", set(ids) - {s.message_id for s in sent}, set())

    rows = database.query("SELECT user_id, count(*) FROM user_logins GROUP BY 1")
    expect("rows more than once", [user for user, n in rows if n > 1][:10], [])
    numbers = {int(user.removeprefix("user-")) for user, _ in rows}
    expect("good events without a row", sorted(good - numbers)[:10], [])
    expect("rows of refused events", sorted(numbers - good)[:10], [])

    refused = database.query("SELECT message_id_text, reason FROM bauta.quarantine")
    expect("quarantine entries", len(refused), len(bad))
    expect("reasons", {i: r for i, r in refused if bad.get(i) != r}, {})
    expect("ledger against batch lines",
           database.one("SELECT coalesce(sum(messages), 0) FROM bauta.batch"), len(ids))
    expect("rows against batch lines",
           database.one("SELECT coalesce(sum(inserted), 0) FROM bauta.batch"), len(good))
    expect("refusals against batch lines",
           database.one("SELECT coalesce(sum(quarantined), 0) FROM bauta.batch"), len(bad))
    expect("duplicates against batch lines",
           database.one("SELECT coalesce(sum(duplicate), 0) FROM bauta.batch"), len(again))
    expect("batch lines that do not add up", database.one(
        "SELECT count(*) FROM bauta.batch WHERE events <> inserted + duplicate + quarantined"), 0)
    return found
