"""The leak guard: personal data in columns that pass in clear."""
import json
import os
import pathlib

import pytest

from support.site import COLUMNS, logins

DATA = pathlib.Path(__file__).parents[1] / "data/logins.json"
MAIL, ADDRESS = "somebody@example.com", "198.51.100.77"


def test_warns_once_of_the_column_and_never_of_the_value(site):
    site.queue.send_events(logins(20) + logins(5, locale=MAIL) + logins(1, device_type=ADDRESS))
    done = site.run()
    assert done.json["leaks"] == {"locale": 5, "device_type": 1}
    assert done.json["events"]["inserted"] == 26
    lines = [json.loads(line) for line in done.err.splitlines() if "leak guard" in line]
    assert sorted((line["column"], line["looks_like"]) for line in lines) == [
        ("device_type", "an IP address"), ("locale", "an e-mail address")]
    assert MAIL not in done.all and ADDRESS not in done.all


def test_quarantines_where_it_is_told_to(site):
    site.configure(more="on_leak: quarantine\n")
    site.queue.send_events(logins(20) + logins(3, locale=MAIL, stop=1))
    done = site.run()
    assert done.json["quarantine_reasons"] == {"leak": 3} and "leaks" not in done.json
    assert site.count() == 20
    assert {(e["reason"], e["column"]) for e in site.bauta("quarantine", "list", "-o", "json").lines
            } == {("leak", "locale")}
    assert MAIL not in done.all

    replay = ("quarantine", "replay", "--identity", site.identity, "--reason", "looked into it",
              "-o", "json")
    assert site.bauta(*replay, ok=False).json["still_failing"] == {"leak": 3}
    site.configure(COLUMNS.replace("/locale}", "/locale, on_leak: ignore}"),
                   more="on_leak: quarantine\n")
    assert site.bauta(*replay).json["replayed"] == 3


def test_what_another_column_masks(site):
    """Of every worker's events the first are all looked at."""
    site.queue.send_events([login | {"user_id": login["device_id"]} for login in logins(4)])
    assert site.run().json["leaks"] == {"user_id": 4}


@pytest.mark.parametrize("file", [DATA, os.environ.get("BAUTA_TAKE_HOME", DATA)], ids=["own", "given"])
def test_no_false_alarm_over_logins(site, file):
    site.configure(more="on_leak: quarantine\n")
    site.load(pathlib.Path(file))
    done = site.run()
    assert done.json["events"]["inserted"] > 50 and "leak" not in done.json["quarantine_reasons"]


def test_a_masked_column_has_no_leak(bare):
    bare.configure(COLUMNS.replace("canonical: ip}", "canonical: ip, on_leak: ignore}"))
    ended = bare.bauta("check", "--offline", ok=False)
    assert ended.code == 2 and "error[E035] columns.masked_ip.on_leak" in ended.err, ended
