"""The house: every room imports from the floors below its own, never from its own floor or above."""

from __future__ import annotations

import ast
import re

import pytest

import userstatus
from tests.support.service import PROJECT

FLOORS = {
    room: int(floor)
    for floor, rooms in re.findall(r"^floor (\d)  (\w+(?:, \w+)*)  ", str(userstatus.__doc__), re.MULTILINE)
    for room in rooms.split(", ")
}
ROOMS = sorted((PROJECT / "userstatus").glob("*.py"))


def rooms_used(source: str) -> set[str]:
    """The modules of ours that a module imports, anywhere in it."""
    used = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "userstatus":
            used |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("userstatus."):
            used.add(str(node.module).split(".")[1])
        elif isinstance(node, ast.Import):
            used |= {name.name.split(".")[1] for name in node.names if name.name.startswith("userstatus.")}
    return used


@pytest.mark.parametrize("room", [path.stem for path in ROOMS if path.stem != "__init__"])
def test_a_room_imports_only_from_floors_below_its_own(room: str) -> None:
    source = (PROJECT / "userstatus" / f"{room}.py").read_text()
    assert {used for used in rooms_used(source) if FLOORS[used] >= FLOORS[room]} == set()


def test_only_two_rooms_know_eventlet() -> None:
    """The event loop, and the server of HTTP that stands on it."""
    knowing = [path.stem for path in ROOMS if re.search(r"(import|from) eventlet", path.read_text())]
    assert knowing == ["green", "http"]
