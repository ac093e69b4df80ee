"""`bauta explain`: who can undo what the config does, from the config alone."""
import re
import time

import pytest

from support import process

EXAMPLE = {"masked_ip": {"token_key", "vault_identity"},
           "masked_device_id": {"token_key", "vault_identity"}, "user_id": {"nothing"}}


@pytest.fixture
def home(tmp_path):
    (tmp_path / "bauta.yaml").write_text(process.bauta("config", "example").out)
    return tmp_path


def test_tells_each_column_and_its_ways_back_with_nothing_but_the_config(home):
    start = time.monotonic()
    record = process.bauta("explain", "-o", "json", cwd=home).json
    assert time.monotonic() - start < 5, "it measures for well under a second"
    assert record["data"] == "pseudonymised"
    columns = {column["column"]: column for column in record["columns"]}
    assert list(columns) == ["user_id", "device_type", "masked_ip", "masked_device_id", "locale",
                             "app_version", "create_date"]
    for name, needs in EXAMPLE.items():
        assert {way["needs"] for way in columns[name]["ways_back"]} == needs
    sweep = columns["masked_ip"]["ways_back"][0]
    assert sweep["candidates"] == 2**32
    assert sweep["seconds"] == pytest.approx(2**32 / record["rates"]["tokens_per_second"], rel=.01)
    assert record["retention"] == {"rows_days": None, "vault": "while a row has its token",
                                   "quarantine_days": 30, "ledger_days": 35}
    for mine in ("controller", "purposes", "data_subjects", "transfers"):
        assert record[mine] is None, "the controller's to say"


def test_for_people_it_says_how_long_and_never_anonymous(home):
    said = process.bauta("explain", cwd=home).out
    assert "pseudonymised personal data" in said and "never anonymous" in " ".join(said.split())
    assert "tries all IPv4 addresses: " in said and " min" in said
    assert "quasi-identifier" in said


def test_how_long_originals_are_kept(home):
    said = " ".join(process.bauta("explain", cwd=home).out.split())
    assert "originals in the vault: as long as a row has their token" in said
    assert "`bauta expire` takes the others away" in said
    config = home / "bauta.yaml"
    config.write_text(re.sub(r", *vault: true|^vault: .*$", "", config.read_text(), flags=re.M))
    ended = process.bauta("explain", "-o", "json", cwd=home)
    assert ended.json["retention"]["vault"] is None, ended
    assert "originals in the vault" not in process.bauta("explain", cwd=home).out


def test_a_plain_hash_needs_nothing(home):
    config = home / "bauta.yaml"
    config.write_text(re.sub(
        "(masked_ip: .*)mask: .*}",
        r"\1mask: legacy-sha256, suffix: pepper, i_understand_this_is_reversible: true}",
        config.read_text()))
    ended = process.bauta("explain", "-o", "json", cwd=home)
    [ip] = [c for c in ended.json["columns"] if c["column"] == "masked_ip"]
    assert {way["needs"] for way in ip["ways_back"]} == {"suffix"}
    assert "warning[W007]" in ended.err and "pepper" not in ended.all
    assert "pepper" not in process.bauta("config", "show", cwd=home).all


def test_a_config_that_is_wrong_is_told_as_everywhere(home):
    (home / "bauta.yaml").write_text("source: {sqs: {queue: q}}\n")
    ended = process.bauta("explain", cwd=home)
    assert ended.code == 2 and not ended.out and "E010" in ended.err
