"""Where the configuration is: the file that CONFIG names, or `userstatus.toml` in the current folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from userstatus.durations import duration_in_words
from userstatus.duty.config import NOTHING, Config, read_config
from userstatus.errors import StartError
from userstatus.message import NewMessage
from userstatus.notice import CONFIGURATION, OWN_SITE, UUID_PREFIX, Notice
from userstatus.settings import message_ttl

DEFAULT = Path("userstatus.toml")
REFUSED = "The configuration could not be read again and stays as it was: the server's own log says why"


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
        if self.path is None:
            return NOTHING
        config = read_config(self.path, self.environ)
        self._check_ttl(config)
        return config

    def _check_ttl(self, config: Config) -> None:
        """See that messages live until their site is silent, as a restart forgets it otherwise."""
        ttl = message_ttl(self.environ)
        for code, site in config.sites.items():
            if site.silent_after is not None and site.silent_after > ttl:
                problem = f"is {duration_in_words(site.silent_after)}, expected at most MESSAGE_TTL"
                raise StartError(
                    f"{self.path}: sites.{code}.silent_after {problem}, {duration_in_words(ttl)}"
                )


def refusal(now: float) -> NewMessage:
    """The notice that a file is wrong; how might show what viewers must not see. `now` is in unix seconds."""
    uuid = f"{UUID_PREFIX}{CONFIGURATION}:{uuid4()}"
    return NewMessage(OWN_SITE, REFUSED, "warning", int(now), uuid, notice=Notice(CONFIGURATION))
