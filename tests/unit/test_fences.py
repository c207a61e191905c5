"""What only some modules may touch: private attributes of libraries, and what makes them differ from others.

Import contracts are in pyproject.toml. They see imports alone; an attribute gets everywhere.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.service import PROJECT

PACKAGE = PROJECT / "userstatus"
SOCKETIO = "live/socketio.py"
EVENTLET = ("eventloop.py", "web/http_server.py", "web/request_body.py")

OWNERS: dict[str, tuple[str, ...]] = {
    # Engine.IO and Socket.IO
    "async_mode": (SOCKETIO,),
    "eio": (SOCKETIO,),
    "_async": (SOCKETIO,),
    "_sendlock": (SOCKETIO,),
    "_websocket_handler": (SOCKETIO,),
    "_handle_eio_connect": (SOCKETIO,),
    "_handle_eio_message": (SOCKETIO,),
    "_handle_eio_disconnect": (SOCKETIO,),
    "basic_enter_room": (SOCKETIO,),
    "basic_leave_room": (SOCKETIO,),
    "get_participants": (SOCKETIO,),
    # eventlet
    "fd": EVENTLET,
    "balance": EVENTLET,
    "_trampoline": EVENTLET,
    "_recv_loop": EVENTLET,
    "Queue": EVENTLET,
    "conn_state": EVENTLET,
    "posthooks": EVENTLET,
    # what would tell one database from the other outside its own module
    "is_sqlite": (),
    "get_backend_name": ("store/stages.py", "store/database.py"),
    # parts of a service by name, instead of by a typed field
    "extensions": (),
}


def trespasses(source: str, module: str) -> Iterator[str]:
    """The attributes and keyword arguments in a module that only others may use."""
    for node in ast.walk(ast.parse(source)):
        names = []
        if isinstance(node, ast.Attribute):
            names.append(node.attr)
        elif isinstance(node, ast.keyword) and node.arg:
            names.append(node.arg)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names += [name for name in ("eventlet.input", "eventlet.posthooks") if node.value == name]
        for name in names:
            owners = EVENTLET if name.startswith("eventlet.") else OWNERS.get(name)
            if owners is not None and module not in owners:
                yield f"{module} uses {name}"


MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("module", MODULES)
def test_a_module_touches_only_what_is_its_own(module: str) -> None:
    assert list(trespasses((PACKAGE / module).read_text(), module)) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("connection.fd.send(data)", "fd"),
        ("websocket._sendlock", "_sendlock"),
        ("class Mine(eventlet.queue.Queue): pass", "Queue"),
        ("SocketIO(async_mode='eventlet')", "async_mode"),
        ("server.eio.sockets", "eio"),
        ("if database.is_sqlite: pass", "is_sqlite"),
        ("environ['eventlet.input']", "eventlet.input"),
    ],
)
def test_a_trespass_would_be_found(source: str, found: str) -> None:
    assert list(trespasses(source, "live/fanout.py")) == [f"live/fanout.py uses {found}"]


def sizes(path: Path) -> Iterator[tuple[str, int, int]]:
    """The name, length and greatest allowed length of a module and each of its functions, in lines."""
    source = path.read_text()
    name = path.relative_to(PACKAGE).as_posix()
    yield name, len(source.splitlines()), 350
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.end_lineno is not None:
            yield f"{name}: {node.name}", node.end_lineno - node.lineno + 1, 35


@pytest.mark.parametrize("module", MODULES)
def test_a_module_has_at_most_350_lines_and_a_function_35(module: str) -> None:
    assert [each for each in sizes(PACKAGE / module) if each[1] > each[2]] == []
