"""Where a user's programs keep their data, on each operating system."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def spool_folder() -> Path:
    """The folder of the spools. Raises RuntimeError if this user has no home."""
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        base = Path(local) if local else Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:  # https://specifications.freedesktop.org/basedir-spec/latest/
        data = os.environ.get("XDG_DATA_HOME", "")
        base = Path(data) if Path(data).is_absolute() else Path.home() / ".local" / "share"
    return base / "userstatus" / "spool"
