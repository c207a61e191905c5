"""Level rules: which rule counts, and that no text or expression holds anybody up."""

from __future__ import annotations

import tomllib
from types import SimpleNamespace

import pytest

from userstatus import eventloop
from userstatus.duty import level_rules as module
from userstatus.duty.config import parse_config
from userstatus.duty.level_rules import LevelRules
from userstatus.message import NewMessage
from userstatus.notice import SILENCE, Notice

RULES = """
[[levels]]
match = "too close to the sun|weather report.*close"
level = "critical"
[[levels]]
sites = ["mrc1"]
match = "(?i)guid(er|ing) lost"
level = "warning"
[[levels]]
match = "lost"
level = "error"
"""


def rules(text: str = RULES) -> LevelRules:
    return LevelRules(parse_config(tomllib.loads(text), "userstatus.toml", {}).levels)


def one(pattern: str) -> LevelRules:
    return rules(f"[[levels]]\nmatch = '''{pattern}'''\nlevel = 'critical'")


def message(text: str, level: str = "info", site: str = "tst", notice: Notice | None = None) -> NewMessage:
    return NewMessage(site, text, level, 1_700_000_000, notice=notice)


def levels(found: LevelRules, *messages: NewMessage) -> list[tuple[str, str | None]]:
    return [(each.log_level, each.original_level) for each in found.apply(list(messages))]


@pytest.fixture(params=["all at once", "one by one"])
def matching(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways in which expressions are matched."""
    if request.param == "one by one":
        monkeypatch.setattr(module, "SET_BYTES", 1)


@pytest.mark.usefixtures("matching")
def test_a_text_that_matches_has_the_level_of_the_rule_and_keeps_its_own() -> None:
    assert levels(rules(), message("pointing too close to the sun: parking")) == [("critical", "info")]
    assert levels(rules(), message("parking")) == [("info", None)]


@pytest.mark.usefixtures("matching")
def test_the_first_rule_that_matches_counts_and_may_lower_the_level() -> None:
    both = message("Guider lost", "critical", "mrc1")
    assert levels(rules(), both, both._replace(site="mrc2")) == [
        ("warning", "critical"),
        ("error", "critical"),
    ]


def test_a_level_that_a_rule_confirms_is_the_producers_own() -> None:
    assert levels(rules(), message("lost", "error")) == [("error", None)]


def test_no_rule_is_for_what_the_service_says_itself() -> None:
    said = message("contact lost", "warning", notice=Notice(SILENCE, since=1.0))
    assert levels(rules(), said) == [("warning", None)]


def test_without_a_rule_for_a_site_its_texts_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    found = rules("[[levels]]\nsites = ['mrc1']\nmatch = 'x'\nlevel = 'error'")
    monkeypatch.setattr(found, "_set", None)
    monkeypatch.setattr(found, "_rules", None)
    assert found.first("tst", "x") is None


@pytest.mark.usefixtures("matching")
@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("^parked$", "parked", True),
        ("^parked$", "\nparked", False),
        ("(?m)^parked$", "\nparked\n", True),
        ("a.b", "a\nb", False),
        ("(?s)a.b", "a\nb", True),
        ("a.b", "a🔭b", True),
        (r"\bsun\b", "the sun.", True),
        (r"\bsun\b", "sunk", False),
        ("sun", "sunk", True),
        ("^.$", "é", True),
        (r"\w", "é", False),
        (r"\pL", "é", True),
        ("SUN", "sun", False),
        ("(?i)SUN", "sun", True),
        (r"[α-ω]\d°", "α3°", True),
    ],
)
def test_expressions_mean_what_the_document_says(pattern: str, text: str, matches: bool) -> None:
    assert (one(pattern).first("tst", text) is not None) is matches


@pytest.mark.parametrize(("limit", "value"), [("SET_BYTES", 64 * 1024), ("MAX_SET_INSTRUCTIONS", 1000)])
def test_expressions_that_need_too_much_memory_or_time_together_are_matched_one_by_one(
    limit: str, value: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, limit, value)
    expressions = [f"(a|b|c.*d)*a[a-z]{{{number}}}x" for number in range(100, 120)]
    found = rules("".join(f"[[levels]]\nmatch = '{each}'\nlevel = 'error'\n" for each in expressions))
    assert found._set is None
    first = found.first("tst", "a" * 111 + "x")
    assert first is not None
    assert first.pattern.pattern == expressions[0]


def test_others_run_between_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    time_slice = SimpleNamespace(maybe_yield=lambda: asked.append(1))
    monkeypatch.setattr(eventloop, "TimeSlice", lambda: time_slice)
    rules().apply([message("short")] * 3)
    assert len(asked) == 3


@pytest.mark.parametrize(("chars", "order"), [(10, ["posted", "other"]), (10_000, ["other", "posted"])])
def test_others_run_while_a_long_text_is_matched(
    chars: int, order: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_INLINE_WORK", 20_000)
    found = rules()
    done: list[str] = []

    def post() -> None:
        assert levels(found, message("lost".rjust(chars))) == [("error", "info")]
        done.append("posted")

    greenlets = [eventloop.spawn(post), eventloop.spawn(done.append, "other")]
    for each in greenlets:
        each.wait()
    assert done == order
