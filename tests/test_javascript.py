"""The scripts and styles of the pages are as well kept as the Python: formatted, linted, strictly typed."""

from __future__ import annotations

import subprocess

import pytest

from tests.support.service import PROJECT, needs


@pytest.mark.parametrize(
    "tool",
    [("biome", "ci", "--error-on-warnings", "--colors=off"), ("tsc", "--project", ".", "--pretty", "false")],
)
def test_a_tool_finds_nothing_to_say(tool: tuple[str, ...]) -> None:
    needs("node")
    program, *arguments = tool
    found = subprocess.run(
        [PROJECT / "tests/clients/node_modules/.bin" / program, *arguments],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert found.returncode == 0, found.stdout + found.stderr
