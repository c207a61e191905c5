"""What the environment of a process says: settings, logging and the configuration file."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from userstatus.duty.config import Config
from userstatus.duty.config_file import ConfigFile
from userstatus.errors import StartError
from userstatus.instruments import log_lines
from userstatus.settings import Settings, config_path, log_format


def read_settings() -> Settings:
    """Read the settings from the environment and set up logging accordingly. Raises StartError."""
    log_lines.set_up(log_format(os.environ))  # first, so that what is wrong with the others is told in it
    settings = Settings.from_environ(os.environ)
    logging.getLogger().setLevel(settings.log_level.upper())
    if settings.log_level != "debug":
        for chatty in ("alembic", "apscheduler"):
            logging.getLogger(chatty).setLevel(logging.WARNING)
    return settings


def read_config(file: Path | None) -> Config:
    """What a configuration file says, by default that of the server. Raises StartError."""
    found = ConfigFile(file or config_path(os.environ), os.environ)
    config = found.read()
    if found.path is None:
        raise StartError("there is no userstatus.toml here: give --config FILE, or set CONFIG")
    return config


def fail(error: StartError) -> int:
    """Say on standard error what is wrong; returns 1, the exit status."""
    sys.stderr.write(f"userstatus: {error}\n")
    return 1
