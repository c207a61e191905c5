"""What a producer may send, and what becomes of it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.strategies import anything, near_misses
from userstatus.live.encodings import dump
from userstatus.message import LEVELS, NUMERIC, InvalidMessage, NewMessage, read_messages

NOW = 1_700_000_000.75


def read(**fields: Any) -> tuple[NewMessage, list[str]]:
    posted = read_messages(json.dumps({"site": "tst", "log_message": "x", **fields}).encode(), NOW)
    return posted.messages[0], posted.warnings


def rejection(body: bytes) -> InvalidMessage:
    with pytest.raises(InvalidMessage) as caught:
        read_messages(body, NOW)
    return caught.value


def test_the_documented_message_is_taken_as_it_is() -> None:
    message, warnings = read(log_message="Slewing…", log_level="warning", timestamp=1604514063.9)
    assert message == NewMessage("tst", "Slewing…", "warning", 1604514063, None)
    assert warnings == []


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("INFO", "info"),
        ("WARN", "warning"),
        ("Err", "error"),
        ("FATAL", "critical"),
        ("notice", "info"),
        (" debug ", "debug"),
        (10, "debug"),
        (30, "warning"),
        (50.0, "critical"),
        ("40", "error"),
        (None, "info"),
    ],
)
def test_a_level_in_any_dialect_becomes_one_of_the_five_words(given: object, stored: str) -> None:
    message, warnings = read(log_level=given)
    assert (message.log_level, warnings) == (stored, [])


@pytest.mark.parametrize("given", ["loud", "", 7, 60, True, [], {}, 1e999, "٤٠"])
def test_a_level_nobody_knows_is_stored_as_info_with_a_warning(given: object) -> None:
    message, warnings = read(log_level=given)
    assert message.log_level == "info"
    assert "log_level" in warnings[0]


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (1604514063, 1604514063),
        (1604514063.99, 1604514063),
        ("1604514063.5", 1604514063),
        ("2020-11-04T18:21:03Z", 1604514063),
        ("2020-11-04T19:21:03.5+01:00", 1604514063),
        ("2020-11-04 18:21:03", 1604514063),
        (0, 0),
        (None, 1_700_000_000),
    ],
)
def test_a_time_in_any_notation_becomes_a_whole_second(given: object, stored: int) -> None:
    message, warnings = read(timestamp=given)
    assert (message.timestamp, warnings) == (stored, [])


@pytest.mark.parametrize("given", [1604514063123, 1604514063123456, "1604514063123", 1604514063123456789])
def test_milliseconds_are_recognised_and_converted_with_a_warning(given: object) -> None:
    message, warnings = read(timestamp=given)
    assert message.timestamp == 1604514063
    assert "seconds" in warnings[0]


@pytest.mark.parametrize(
    "given",
    [float("nan"), float("inf"), 1e300, 10**400, "noon", "", True, [], {}, "0001-01-01T00:00:00+14:00x"],
)
def test_an_unreadable_time_is_the_servers_time_with_a_warning(given: object) -> None:
    message, warnings = read(timestamp=given)
    assert message.timestamp == 1_700_000_000
    assert "timestamp" in warnings[0]


@pytest.mark.parametrize(
    ("text", "numeric"),
    [
        *((text, True) for text in ("7", "-7", "+7.", "7.5", ".5", "-.5e3", "7.E-3", "007", "1e5")),
        *((text, False) for text in ("", ".", "-", "7..", "1.2.3", "e5", "1e", "1e5.", "1_0", "٤", "7\n")),
    ],
)
def test_which_texts_are_numbers(text: str, numeric: bool) -> None:
    assert bool(NUMERIC.fullmatch(text)) is numeric


@given(st.text("0123456789.eE+-_ x\n٤", max_size=12))
def test_a_number_is_what_it_was_before_the_pattern_was_made_linear(text: str) -> None:
    quadratic = r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?"
    assert bool(NUMERIC.fullmatch(text)) == bool(re.fullmatch(quadratic, text))


def test_an_integer_of_too_many_digits_does_not_lose_the_message() -> None:
    body = b'{"site": "tst", "log_message": "x", "timestamp": ' + b"9" * 5000 + b"}"
    assert read_messages(body, NOW).messages[0].timestamp == 1_700_000_000


@pytest.mark.parametrize(
    ("given", "stored"),
    [(5, "5"), (1.5, "1.5"), (["a", 1], '["a", 1]'), ({"ü": None}, '{"ü": null}'), (False, "false")],
)
def test_a_message_that_is_not_text_is_written_as_json(given: object, stored: str) -> None:
    assert read(log_message=given)[0].message == stored


def test_a_message_of_several_lines_stays_as_it_was_written() -> None:
    assert read(log_message="\nfirst\n\tsecond ")[0].message == "\nfirst\n\tsecond "


def test_a_long_message_is_cut_and_marked() -> None:
    message, warnings = read(log_message="x" * 12_345)
    assert len(message.message) == 10_000
    assert message.message.endswith("x… [cut: 12345 characters]")
    assert "12345" in warnings[0]


def test_what_no_database_stores_becomes_the_replacement_character() -> None:
    assert read(log_message="a\0b\ud83dc😀")[0].message == "a\ufffdb\ufffdc😀"


def test_a_body_in_latin_1_is_read_with_a_warning() -> None:
    posted = read_messages('{"site": "tst", "log_message": "12 °C"}'.encode("latin-1"), NOW)
    assert posted.messages[0].message == "12 °C"
    assert "Latin-1" in posted.warnings[0]


def test_a_byte_order_mark_and_utf_16_are_understood() -> None:
    text = '{"site": "tst", "log_message": "12 °C"}'
    for encoding in ("utf-8-sig", "utf-16"):
        assert read_messages(text.encode(encoding), NOW).messages[0].message == "12 °C"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", None),
        (b"   ", None),
        (b"{", None),
        (b"null", None),
        (b'"text"', None),
        (b"[" * 100_000, None),
        (b"{}", "site"),
        (b'{"site": null, "log_message": "x"}', "site"),
        (b'{"site": "", "log_message": "x"}', "site"),
        (b'{"site": "a b", "log_message": "x"}', "site"),
        (b'{"site": "tst\\n", "log_message": "x"}', "site"),
        (b'{"site": "%s", "log_message": "x"}' % (b"a" * 65), "site"),
        (b'{"site": 5, "log_message": "x"}', "site"),
        (b'{"site": "tst"}', "log_message"),
        (b'{"site": "tst", "log_message": null}', "log_message"),
        (b'{"site": "tst", "log_message": ""}', "log_message"),
    ],
)
def test_what_cannot_be_shown_to_anyone_is_rejected_with_field_and_remedy(
    body: bytes, field: str | None
) -> None:
    rejected = rejection(body)
    assert rejected.field == field
    assert ": send " in rejected.error


def test_site_codes_are_folded_to_lower_case() -> None:
    assert read(site="DPO")[0].site == "dpo"


@pytest.mark.parametrize("given", ["a" * 65, 5, [], "\0", "\ud83d"])
def test_an_impossible_uuid_is_rejected(given: object) -> None:
    body = json.dumps({"site": "tst", "log_message": "x", "uuid": given}).encode()
    assert rejection(body).field == "uuid"


def test_more_than_a_thousand_messages_at_once_are_rejected() -> None:
    one = {"site": "tst", "log_message": "x"}
    assert len(read_messages(json.dumps([one] * 1000).encode(), NOW).messages) == 1000
    assert "at most 1000" in rejection(json.dumps([one] * 1001).encode()).error
    assert read_messages(b"[]", NOW).accepted([]) == {"ids": [], "warnings": []}


def test_warnings_about_an_array_say_which_message_they_mean() -> None:
    body = json.dumps([{"site": "a", "log_message": "x"}, {"site": "a", "log_message": "x", "log_level": 7}])
    (warning,) = read_messages(body.encode(), NOW).warnings
    assert warning.startswith("message 1: log_level is 7")


@given(st.binary() | anything.map(json.dumps).map(str.encode) | near_misses.map(json.dumps).map(str.encode))
@example(b'{"site": "tst", "log_message": "x", "timestamp": NaN}')
@example(b"\xff\xfe\x00")
def test_every_body_is_either_taken_and_storable_or_rejected(body: bytes) -> None:
    try:
        posted = read_messages(body, NOW)
    except InvalidMessage as rejected:
        assert rejected.error  # noqa: PT017, either outcome is fine
        dump([rejected.error, rejected.field]).encode()
    else:
        for message in posted.messages:
            assert message.log_level in LEVELS
            assert abs(message.timestamp) < 2**63
            assert 0 < len(message.message) <= 10_000
            assert "\0" not in message.message
            message.message.encode()
        dump(posted.accepted([1] * len(posted.messages))).encode()


@pytest.mark.parametrize(("value", "seconds"), [(600, 600), ("600", 600), (0.5, 1), (None, None)])
def test_a_producer_may_promise_another_message(value: object, seconds: int | None) -> None:
    message, warnings = read(next_within=value)
    assert (message.next_within, warnings) == (seconds, [])


@pytest.mark.parametrize("value", [0, -1, 1e9, "soon", True, [1]])
def test_a_promise_that_cannot_be_read_is_left_out_with_a_warning(value: object) -> None:
    message, (warning,) = read(next_within=value)
    assert message.next_within is None
    assert warning.startswith("next_within is ")


def test_a_producer_cannot_name_a_message_as_the_service_does() -> None:
    body = b'{"site": "tst", "log_message": "x", "uuid": "userstatus:silence-1"}'
    invalid = rejection(body)
    assert invalid.field == "uuid"
    assert "does not begin with" in invalid.error
