"""What to install where the server's packages are missing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping

from userstatus.commands.outcome import CommandFailed

OLDEST_PYTHON = (3, 11)


def with_server(command: Callable[[], int]) -> int:
    """Run a command that imports the server. Raises CommandFailed if that cannot be imported."""
    if sys.version_info < OLDEST_PYTHON:
        version = ".".join(map(str, OLDEST_PYTHON))
        raise CommandFailed(f"the server needs Python {version} or newer, this is {sys.version.split()[0]}")
    try:
        return command()
    except ModuleNotFoundError as error:
        raise CommandFailed(remedy(error, os.environ)) from error


def remedy(error: ModuleNotFoundError, environ: Mapping[str, str]) -> str:
    """How to install what is missing. Raises the error if that is none of the server's packages."""
    package = (error.name or "").partition(".")[0]
    if package in ("", "userstatus"):
        raise error
    if package in sys.stdlib_module_names:  # such as `resource`
        return f"the server needs {package}, which this system lacks: use Linux or macOS, on Windows WSL"
    extras = "server,postgres" if environ.get("DATABASE_URL", "").strip().startswith("postgres") else "server"
    return f'the server needs {package}, which is not installed: pip install "userstatus[{extras}]"'
