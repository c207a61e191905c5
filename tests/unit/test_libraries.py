"""What is taken for granted of the insides of libraries: the service does not start with others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import engineio
import eventlet
import eventlet.greenio
import pytest
from eventlet import wsgi

from userstatus import eventloop, server, sockets
from userstatus.errors import StartError
from userstatus.live import socketio
from userstatus.web import http_server, places

MODULES = (eventloop, sockets, socketio, http_server, places)
NEEDED = [
    pytest.param(owner, name, id=f"{owner.__name__}.{name}")
    for module in MODULES
    for owner, names in module.NEEDED.items()
    for name in names.split()
]


def broken() -> str:
    """Why the service does not start."""
    with pytest.raises(StartError) as caught:
        server.check_libraries()
    return str(caught.value)


def says_in_one_line(reason: str, *words: str) -> bool:
    return "\n" not in reason and all(word in reason for word in words) and "requirements.txt" in reason


def homes(owner: Any, name: str) -> Iterator[Any]:
    """Where an attribute of a class or a module is defined."""
    return (each for each in getattr(owner, "__mro__", [owner]) if name in vars(each))


def test_nothing_is_broken_as_installed() -> None:
    assert [list(module.broken_assumptions()) for module in MODULES] == [[], [], [], [], []]
    server.check_libraries()


@pytest.mark.parametrize(("owner", "name"), NEEDED)
def test_a_library_without_a_name_that_is_needed_fails_startup(
    owner: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in list(homes(owner, name)):
        monkeypatch.delattr(place, name)
    assert says_in_one_line(broken(), f"{owner.__name__} no longer has {name}")


def losing(monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> None:
    """Have a library's class keep something under another name."""
    create: Callable[..., None] = owner.__init__  # type: ignore[misc]

    def created(self: Any, *args: Any, **options: Any) -> None:
        create(self, *args, **options)
        vars(self)[f"other_{name}"] = vars(self).pop(name)

    monkeypatch.setattr(owner, "__init__", created)


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        pytest.param(owner, name, id=f"{owner.__name__}.{name}")
        for owner, names in socketio.STATE.items()
        for name in names.split()
    ],
)
def test_a_library_that_keeps_its_state_elsewhere_fails_startup(
    owner: type, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    losing(monkeypatch, owner, name)
    assert says_in_one_line(broken(), f"{owner.__name__} no longer has {name}")


def test_an_engineio_server_without_a_table_of_handlers_fails_startup(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    losing(monkeypatch, engineio.Server, "_async")
    assert says_in_one_line(broken(), "handler of WebSockets in _async")


def test_an_engineio_server_without_an_entry_for_websockets_fails_startup(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    create = engineio.Server.__init__

    def created(self: Any, *args: Any, **options: Any) -> None:
        create(self, *args, **options)
        self._async = {name: value for name, value in self._async.items() if name != "websocket"}

    monkeypatch.setattr(engineio.Server, "__init__", created)
    assert says_in_one_line(broken(), "handler of WebSockets in _async")


def test_a_green_socket_that_wraps_its_socket_under_another_name_fails_startup(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    losing(monkeypatch, eventlet.greenio.GreenSocket, "fd")
    assert says_in_one_line(broken(), "GreenSocket", "fd")


def test_a_pool_of_greenlets_that_keeps_its_semaphore_elsewhere_fails_startup(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    losing(monkeypatch, eventlet.GreenPool, "sem")
    assert says_in_one_line(broken(), "GreenPool", "sem")


@pytest.mark.parametrize("name", http_server.OPTIONS.split())
def test_a_wsgi_server_without_an_option_that_is_needed_fails_startup(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = ", ".join(f"{each}=None" for each in http_server.OPTIONS.split() if each != name)
    monkeypatch.setattr(wsgi, "server", eval(f"lambda sock, site, {others}: None"))  # noqa: S307
    assert says_in_one_line(broken(), f"eventlet.wsgi.server no longer has {name}")


@pytest.mark.parametrize("name", http_server.CONNECTION_STATE.split())
def test_a_connection_with_other_state_fails_startup(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    losing(monkeypatch, wsgi.HttpProtocol, name)
    assert says_in_one_line(broken(), f"HttpProtocol no longer has {name}")


@pytest.mark.parametrize("name", http_server.BODY_STATE.split())
def test_a_body_with_other_state_fails_startup(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    losing(monkeypatch, wsgi.Input, name)
    assert says_in_one_line(broken(), "eventlet.wsgi", name)


def test_a_body_that_is_made_otherwise_fails_startup(monkeypatch: pytest.MonkeyPatch) -> None:
    def created(_: Any) -> None:
        raise TypeError("made otherwise")

    monkeypatch.setattr(wsgi.Input, "__init__", created)
    assert says_in_one_line(broken(), "eventlet.wsgi", "TypeError")


class Unheeded:
    """In place of what the library looks at to see whether a connection was handed over."""

    already_handled = property(lambda _: False, lambda *_: None)


@pytest.mark.parametrize("part", ["already_handled", "eventlet.posthooks", "closing"])
def test_a_wsgi_server_that_hands_no_connection_over_fails_startup(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    respond = wsgi.HttpProtocol.handle_one_response

    def otherwise(self: Any) -> None:
        if part == "eventlet.posthooks":
            self.environ = {**self.environ, part: [], "its": self.environ[part]}
            hand_over = self.application
            self.application = lambda _, start: hand_over({part: self.environ["its"]}, start)
        respond(self)
        if part == "closing":
            self.close_connection = False

    monkeypatch.setattr(wsgi.HttpProtocol, "handle_one_response", otherwise)
    if part == "already_handled":
        monkeypatch.setattr(wsgi, "WSGI_LOCAL", Unheeded())
    assert says_in_one_line(broken(), "eventlet.wsgi no longer hands a connection over")
