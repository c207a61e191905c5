"""What only some modules may touch, such as private attributes of libraries, and how long code may be.

Import contracts are in pyproject.toml. They see imports alone; an attribute gets everywhere.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.service import PROJECT

PACKAGE = PROJECT / "userstatus"
SOCKETIO = "live/socketio.py"
HTTP_SERVER = "web/http_server.py"
EVENTLET = ("eventloop.py", "sockets.py", HTTP_SERVER, "web/places.py", "web/request_body.py")

OWNERS: dict[str, tuple[str, ...]] = {
    # Engine.IO and Socket.IO
    "async_mode": (SOCKETIO,),
    "eio": (SOCKETIO,),
    "_async": (SOCKETIO,),
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
    # the key of a request's connection in a WSGI environ; others call connection_of()
    "userstatus.connection": ("connection.py",),
    "eventlet.input": EVENTLET,
    "eventlet.posthooks": EVENTLET,
    # the one way in for messages
    "journal.append": (
        "web/ingest.py",
        "duty/commands.py",
        "duty/shift.py",
        "duty/silence_notices.py",
        "server.py",
    ),
    "journal.append_unless_spoken": ("duty/silence_notices.py",),
}
# Their imports of this package are in the contracts of pyproject.toml.
STANDARD_LIBRARY_ONLY = (
    "__init__.py",
    "message.py",
    *(f"client/{p.name}" for p in PACKAGE.glob("client/*.py")),
)


def qualified(node: ast.Attribute) -> str:
    """An attribute with the name of what it belongs to: `journal.append` for `self.log.journal.append`."""
    of = node.value
    name = of.id if isinstance(of, ast.Name) else of.attr if isinstance(of, ast.Attribute) else ""
    return f"{name.lstrip('_')}.{node.attr}"


def violations(source: str, module: str) -> Iterator[str]:
    """The attributes, keyword arguments, keys and calls in a module that only others may use."""
    for node in ast.walk(ast.parse(source)):
        names = []
        if isinstance(node, ast.Attribute):
            names += [node.attr, qualified(node)]
        elif isinstance(node, ast.keyword) and node.arg:
            names.append(node.arg)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names += [node.value] if "." in node.value else []
        for name in names:
            owners = OWNERS.get(name)
            if owners is not None and module not in owners:
                yield f"{module} uses {name}"


def imports(source: str) -> Iterator[str]:
    """The top-level modules and packages that a module imports, with dots in front of relative ones."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "").partition(".")[0]


MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("module", MODULES)
def test_a_module_touches_only_what_is_its_own(module: str) -> None:
    assert list(violations((PACKAGE / module).read_text(), module)) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("connection.fd.send(data)", "fd"),
        ("class Mine(eventlet.queue.Queue): pass", "Queue"),
        ("SocketIO(async_mode='eventlet')", "async_mode"),
        ("server.eio.sockets", "eio"),
        ("if database.is_sqlite: pass", "is_sqlite"),
        ("environ['eventlet.input']", "eventlet.input"),
        ("environ['userstatus.connection']", "userstatus.connection"),
        ("self.log.journal.append(messages)", "journal.append"),
        ("self._journal.append(messages)", "journal.append"),
        ("journal.append(messages)", "journal.append"),
    ],
)
def test_a_violation_would_be_found(source: str, found: str) -> None:
    assert list(violations(source, "live/fanout.py")) == [f"live/fanout.py uses {found}"]


@pytest.mark.parametrize("module", STANDARD_LIBRARY_ONLY)
def test_a_telescope_and_what_a_message_is_need_the_standard_library_alone(module: str) -> None:
    assert set(imports((PACKAGE / module).read_text())) <= sys.stdlib_module_names | {"userstatus"}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import flask", "flask"),
        ("import json, userstatus.errors", "userstatus"),
        ("from sqlalchemy.engine import Engine", "sqlalchemy"),
        ("from . import errors", "."),
        ("def later():\n    from userstatus import errors", "userstatus"),
    ],
)
def test_an_import_of_anything_else_would_be_found(source: str, found: str) -> None:
    assert set(imports(source)) - sys.stdlib_module_names == {found}


def sizes(path: Path) -> Iterator[tuple[str, int, int]]:
    """The name, length and greatest allowed length of a module and each of its functions, in lines."""
    source = path.read_text()
    name = path.relative_to(PROJECT).as_posix()
    yield name, len(source.splitlines()), 350
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            yield f"{name}: {node.name}", node.end_lineno - node.lineno + 1, 35


@pytest.mark.parametrize("folder", ["userstatus", "tests", "bench"])
def test_a_module_has_at_most_350_lines_and_a_function_35(folder: str) -> None:
    modules = [path for path in (PROJECT / folder).rglob("*.py") if "node_modules" not in path.parts]
    assert modules
    assert [each for path in modules for each in sizes(path) if each[1] > each[2]] == []
