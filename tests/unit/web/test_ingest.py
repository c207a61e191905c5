"""The way in for a message: read, store, answer."""

from __future__ import annotations

import io
import json
from typing import Any, cast

import pytest

from userstatus.api import Shortcut, post
from userstatus.errors import Refusal


class Journal:
    def __init__(self) -> None:
        self.messages: list[Any] = []

    def append(self, messages: list[Any]) -> list[int]:
        first = len(self.messages) + 1
        self.messages += messages
        return list(range(first, len(self.messages) + 1))


def environ(content: Any, path: str = "/newlog", method: str = "POST") -> dict[str, Any]:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "REMOTE_ADDR": "192.0.2.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "userstatus.hang_up": lambda: None,
    }


def test_a_message_is_stored_and_answered_with_its_id() -> None:
    journal = Journal()
    assert post(cast(Any, journal), environ({"site": "TST", "log_message": "x"})) == {"id": 1, "warnings": []}
    assert [(each.site, each.message) for each in journal.messages] == [("tst", "x")]


def test_an_array_is_answered_with_ids_and_what_was_corrected() -> None:
    journal = Journal()
    messages = [{"site": "a", "log_message": "x"}, {"site": "b", "log_message": "x", "log_level": "loud"}]
    answer = post(cast(Any, journal), environ(messages))
    assert answer["ids"] == [1, 2]
    assert answer["warnings"][0].startswith("message 1: log_level")


def test_of_an_array_with_one_bad_message_nothing_is_stored() -> None:
    journal = Journal()
    with pytest.raises(Refusal, match="message 1: log_message is missing"):
        post(cast(Any, journal), environ([{"site": "a", "log_message": "x"}, {"site": "a"}]))
    assert journal.messages == []


def test_a_form_is_told_what_to_send() -> None:
    asked = environ(b"site=tst") | {"CONTENT_TYPE": "application/x-www-form-urlencoded"}
    with pytest.raises(Refusal, match="the body is a form"):
        post(cast(Any, Journal()), asked)


class Everything:
    """The application behind the fast path, and what came there; and what was answered before it."""

    def __init__(self) -> None:
        self.came: list[dict[str, Any]] = []
        self.started: list[Any] = []
        self.journal = Journal()
        self.path = Shortcut(
            self.application,
            cast(Any, self.journal),
            lambda _: [("X-Cors", "1")],
            lambda _: None,
            {"/newlog"},
        )

    def application(self, environ: dict[str, Any], _start: Any) -> list[bytes]:
        self.came.append(environ)
        return [b"slowly"]

    def ask(self, environ: dict[str, Any]) -> list[bytes]:
        return cast(list[bytes], self.path(environ, lambda *answer: self.started.append(answer)))


def test_the_fast_path_answers_a_post_by_itself() -> None:
    service = Everything()
    assert service.ask(environ({"site": "tst", "log_message": "x"})) == [b'{"id":1,"warnings":[]}']
    ((status, headers),) = service.started
    assert (status, service.came) == ("200 OK", [])
    assert headers == [("Content-Type", "application/json"), ("Content-Length", "22"), ("X-Cors", "1")]


@pytest.mark.parametrize(
    "asked",
    [
        environ({"site": "tst", "log_message": "x"}, method="OPTIONS"),
        environ({"site": "tst", "log_message": "x"}, path="/other"),
    ],
)
def test_everything_else_goes_its_way(asked: dict[str, Any]) -> None:
    service = Everything()
    assert service.ask(asked) == [b"slowly"]
    assert (service.came, service.journal.messages) == ([asked], [])
