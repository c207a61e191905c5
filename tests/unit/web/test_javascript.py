"""The scripts and styles of the pages: formatted, linted, strictly typed, and their units tested."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.service import PROJECT, needs

TOOLS = PROJECT / "tests/clients/node_modules/.bin"
TESTS = Path(__file__).parent / "static"
(STATIC,) = (PROJECT / "userstatus").glob("**/static")
MODULES = {path.relative_to(STATIC).as_posix(): path for path in sorted(STATIC.rglob("*.js"))}
DATA_MODULES = [name for name in MODULES if name.startswith("data/")]
FOLDERS = ("data/", "view/", "pages/")  # each may import from those before it
DOM = re.compile(
    r"\b(document|window|location|navigator|localStorage|HTML\w*Element|\w*[eE]lement|requestAnimationFrame)\b"
)


def run(*command: str | Path) -> None:
    needs("node")
    found = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=200)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize(
    "tool",
    [("biome", "ci", "--error-on-warnings", "--colors=off"), ("tsc", "--project", ".", "--pretty", "false")],
)
def test_a_tool_finds_nothing_to_say(tool: tuple[str, ...]) -> None:
    program, *arguments = tool
    run(TOOLS / program, *arguments)


def test_the_unit_tests_pass_in_node() -> None:
    """In one process, as `node --test` would start one for each file."""
    imports = [f"import {json.dumps(path.as_uri())};" for path in sorted(TESTS.rglob("*.test.js"))]
    run("node", "--input-type=module", "--eval", "\n".join(imports))


def test_every_data_module_has_unit_tests() -> None:
    tested = {path.relative_to(TESTS).as_posix() for path in TESTS.rglob("*.test.js")}
    assert {name.replace(".js", ".test.js") for name in DATA_MODULES} - tested == set()


def code_of(name: str) -> str:
    """A module without its comments."""
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", MODULES[name].read_text(), flags=re.DOTALL)


def folders_used(name: str) -> set[str]:
    """The folders whose modules this one imports, be it only their types."""
    paths = re.findall(r"""(?:from |import |import\()"(\.[^"]+)""", MODULES[name].read_text())
    used = [(MODULES[name].parent / path).resolve() for path in paths]
    assert all(path.is_file() for path in used)
    return {f"{path.relative_to(STATIC.resolve()).parent.as_posix()}/" for path in used}


@pytest.mark.parametrize("name", [name for name in MODULES if "/" in name])
def test_the_view_imports_the_data_and_never_the_reverse(name: str) -> None:
    own = FOLDERS.index(f"{name.partition('/')[0]}/")
    assert folders_used(name) <= set(FOLDERS[: own + 1])


@pytest.mark.parametrize("name", DATA_MODULES)
def test_data_modules_do_not_use_the_dom(name: str) -> None:
    assert DOM.findall(code_of(name)) == []


@pytest.mark.parametrize("name", MODULES)
def test_private_members_are_private_to_the_language(name: str) -> None:
    assert re.findall(r"\._\w+", code_of(name)) == []


@pytest.mark.parametrize("name", MODULES)
def test_no_module_is_longer_than_350_lines(name: str) -> None:
    assert len(MODULES[name].read_text().splitlines()) <= 350
