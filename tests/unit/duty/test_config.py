"""The configuration file: what it may say, and what is said of a mistake in it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from userstatus.duty.config import Alert, Config, Site, parse_config, read_config
from userstatus.errors import StartError

WHOLE = """
[sites.MRC1]
name = "McDonald 1"
silent_after = "25m"
timezone = "America/Chicago"

[[levels]]
sites = ["mrc1", "MRC2"]
match = "too close to the sun"
level = "CRITICAL"

[[alerts]]
to = ["${ONCALL}"]
level = "error"
silence = true
again_after = "1h"
"""


def parse(text: str, **environ: str) -> Config:
    return parse_config(tomllib.loads(text), "userstatus.toml", environ)


def problem(text: str, **environ: str) -> str:
    with pytest.raises(StartError) as caught:
        parse(text, **environ)
    return str(caught.value)


def test_everything_that_it_may_say_is_read() -> None:
    config = parse(WHOLE, ONCALL="json://duty.example")
    assert config.site("mrc1") == Site("McDonald 1", 1500, ZoneInfo("America/Chicago"))
    (rule,) = config.levels
    assert rule.sites == {"mrc1", "mrc2"}
    assert rule.level == "critical"
    assert rule.pattern.search("pointing too close to the sun: parking")
    assert config.alerts == (Alert(("json://duty.example",), "error", silence=True, again_after=3600),)


def test_nothing_in_it_is_needed() -> None:
    assert parse("") == Config()
    assert Config().site("tst") == Site()


def test_an_alert_is_about_every_site_unless_it_names_some() -> None:
    every, some = parse("""
        [[alerts]]
        to = "json://a"
        level = "error"
        [[alerts]]
        to = "json://a"
        sites = ["MRC1"]
        silence = true
    """).alerts
    assert (every.covers("tst"), some.covers("tst"), some.covers("mrc1")) == (True, False, True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("site = 1", "userstatus.toml: site is unknown, expected one of sites, levels, alerts"),
        ("sites = 1", "userstatus.toml: sites is 1, expected a table: [sites]"),
        ("levels = [1]", "userstatus.toml: levels is a JSON list, expected tables: [[levels]]"),
        ("[sites.'a b']", "userstatus.toml: sites.a b: expected a site code: send 1 to 64"),
        ("[sites.tst]\nname = 1", "userstatus.toml: sites.tst.name is 1, expected text of at most 100"),
        ('[sites.tst]\nname = "a\\u0007"', "sites.tst.name is"),
        ("[sites.tst]\nsilent_after = '25'", "sites.tst.silent_after is '25', expected a duration like"),
        ("[sites.tst]\ntimezone = 'Mars'", "sites.tst.timezone is 'Mars', expected a time zone like"),
        ("[[levels]]\nlevel = 'error'", "levels[1].match is missing, expected a regular expression"),
        ("[[levels]]\nmatch = '(a'\nlevel = 'error'", "levels[1].match is '(a', expected a regular "),
        ("[[levels]]\nmatch = 'a'\nlevel = 'bad'", "levels[1].level is 'bad', expected one of debug"),
        ("[[levels]]\nmach = 'a'", "levels[1].mach is unknown, expected one of sites, match, level"),
        ("[[levels]]\nmatch='a'\nlevel='info'\nsites=['a b']", "levels[1].sites has 'a b': send 1 "),
        ("[[alerts]]\nlevel = 'error'", "alerts[1]: to is missing, expected a list of Apprise URLs"),
        ("[[alerts]]\nto = 'json://a'", "alerts[1]: expected a level, silence = true, or both"),
        ("[[alerts]]\nto = ['${NOBODY}']", "alerts[1].to names the variable NOBODY, which is not set"),
        ("[[alerts]]\nto = [1]", "alerts[1].to is 1, expected a list of texts"),
        ("[[alerts]]\nto='json://a'\nsilence=1", "alerts[1].silence is 1, expected true or false"),
    ],
)
def test_a_mistake_is_told_in_one_line_with_its_key_and_what_is_expected(text: str, expected: str) -> None:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        pytest.fail("not even TOML")
    found = problem(text)
    assert expected in found
    assert found.startswith("userstatus.toml: ")
    assert "\n" not in found


def test_what_is_wrong_with_an_expression_is_told() -> None:
    assert problem("[[levels]]\nmatch = '(a'\nlevel = 'error'").endswith("(missing ): (a)")


def test_a_file_that_is_not_there_or_not_toml_is_told(tmp_path: Path) -> None:
    file = tmp_path / "userstatus.toml"
    with pytest.raises(StartError, match=r"cannot read CONFIG .*: No such file"):
        read_config(file, {})
    file.write_text("[sites\n")
    with pytest.raises(StartError, match="is not TOML: "):
        read_config(file, {})
    file.write_bytes(b"\xff")
    with pytest.raises(StartError, match="is not TOML: "):
        read_config(file, {})
    file.write_text("[sites.tst]\nname = 'Test'\n")
    assert read_config(file, {}).site("tst").name == "Test"
