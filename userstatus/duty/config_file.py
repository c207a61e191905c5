"""Where the configuration is: the file that CONFIG names, or `userstatus.toml` in the current folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from userstatus.duty.config import NOTHING, Config, read_config

DEFAULT = Path("userstatus.toml")


class ConfigFile:
    """The configuration file, which may be read again while the service runs.

    `path` is where it is, None as long as there is none. A file that was there once may not be missing later.
    """

    def __init__(self, path: Path | None, environ: Mapping[str, str]):
        self.path = path
        self.environ = environ

    def read(self) -> Config:
        """The configuration, which is empty without a file. Raises StartError."""
        if self.path is None and DEFAULT.is_file():
            self.path = DEFAULT
        return NOTHING if self.path is None else read_config(self.path, self.environ)
