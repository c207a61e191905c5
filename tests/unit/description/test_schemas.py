"""The schemas: they take what the service makes, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from userstatus.description.schemas import COMMON, OF_HTTP, OF_VIEWERS
from userstatus.live.encodings import end_shape, http_shape, live_shape
from userstatus.message import LEVEL_OF, LEVELS, MAX_ID, Message

SCHEMAS = COMMON | OF_HTTP | OF_VIEWERS
MESSAGE = Message(17, "tst", "Rain", "warning", 1604514063, 1604514063.52)


def takes(name: str, content: Any) -> bool:
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": SCHEMAS}}
    return Draft202012Validator(schema).is_valid(content)


def test_a_message_is_of_the_shape_of_its_interface_and_of_no_other() -> None:
    assert takes("Message", http_shape(MESSAGE))
    assert takes("LiveMessage", live_shape(MESSAGE))
    assert not takes("Message", live_shape(MESSAGE))
    assert not takes("LiveMessage", http_shape(MESSAGE))


@pytest.mark.parametrize(
    "change", [{"more": 1}, {"log_level": "warn"}, {"site": "TST"}, {"id": MAX_ID + 1}, {"message": ""}]
)
def test_a_message_with_anything_unexpected_is_not_one(change: dict[str, Any]) -> None:
    assert not takes("Message", {**http_shape(MESSAGE), **change})


def test_the_end_of_the_log_has_an_id_and_a_cursor() -> None:
    assert takes("EndOfLog", end_shape(MESSAGE.cursor))
    assert not takes("EndOfLog", {"last_id": 17})


def test_levels_are_those_of_a_message() -> None:
    assert SCHEMAS["Level"]["enum"] == list(LEVELS)
    assert SCHEMAS["NewMessage"]["properties"]["log_level"]["anyOf"][0]["enum"] == sorted(LEVEL_OF)


@pytest.mark.parametrize("missing", ["site", "log_message"])
def test_a_new_message_needs_a_site_and_a_text(missing: str) -> None:
    message = {"site": "tst", "log_message": "x"}
    assert takes("NewMessage", message)
    del message[missing]
    assert not takes("NewMessage", message)
