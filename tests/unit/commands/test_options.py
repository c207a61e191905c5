"""Arguments, and how they are read."""

from __future__ import annotations

import argparse

import pytest

from userstatus.commands import options


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ([], "*"),
        (["mrc1"], "mrc1"),
        (["MRC1,mrc2", "mrc1"], "mrc1,mrc2"),
        (["mrc1", "*"], "*"),
    ],
)
def test_sites_are_named_once_each(given: list[str], named: str) -> None:
    assert options.joined([options.sites(text) for text in given]) == named


@pytest.mark.parametrize("text", ["", "a b", "mrc1,", "x" * 65, "../x"])
def test_what_is_no_site_is_an_error(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is no site: send 1 to 64 letters"):
        options.sites(text)


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "fast", ""])
def test_what_is_no_speed_is_an_error(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is no speed"):
        options.speed(text)


def test_levels_may_be_written_as_programs_do() -> None:
    assert options.level("WARN") == "warning"
    with pytest.raises(argparse.ArgumentTypeError, match="'loud' is no level: give one of debug, info"):
        options.level("loud")


def test_a_duration_has_a_unit() -> None:
    assert options.seconds("2h") == 7200
    with pytest.raises(argparse.ArgumentTypeError, match="'2' is not a duration like 90s"):
        options.seconds("2")


def test_what_is_given_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USERSTATUS_URL", " http://b ")
    assert options.from_environment("http://a", "USERSTATUS_URL") == "http://a"
    assert options.from_environment(None, "USERSTATUS_URL") == "http://b"
    monkeypatch.setenv("USERSTATUS_URL", " ")
    assert options.from_environment(None, "USERSTATUS_URL") is None
