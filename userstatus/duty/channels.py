"""Channels: whom alerts call, through Apprise (https://github.com/caronc/apprise).

Apprise runs in a process of its own for each call: what hangs can be killed, and neither its threads nor its
log, which has secrets in it, are those of the service.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess  # nosec B404 # runs this Python with a program of ours
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from userstatus.duty.call_text import CallText
from userstatus.duty.config import Alert
from userstatus.errors import StartError

log = logging.getLogger(__name__)

PROGRAM = Path(__file__).with_name("apprise_program.py")
MAX_SEND_S = 45
TYPES = {"warning": "warning", "error": "failure", "critical": "failure"}  # Apprise's; others are `info`
URLS = "https://github.com/caronc/apprise/wiki lists them"
TRY = "if `userstatus alerts test` fails as well, python -c 'import apprise' may say why"
MISSING = 'alerts need Apprise, which is not installed: pip install "userstatus[alerts]"'


class Channel(NamedTuple):
    """Whom an alert calls: one of its URLs. `place` is where it is in the configuration."""

    place: str
    url: str

    @property
    def key(self) -> str:
        """A name that says nothing of the URL's secrets, and remains when the configuration is rearranged."""
        return sha256(self.url.encode()).hexdigest()[:16]

    @property
    def scheme(self) -> str:
        return self.url.partition(":")[0]


class Outcome(NamedTuple):
    """What became of a call. `service` is Apprise's name for the service, `why` may say why it failed."""

    sent: bool
    service: str
    why: str = ""


def place_of(alert: int, channel: int) -> str:
    """Where a channel is in the configuration; people count from 1."""
    return f"alerts[{alert}].to[{channel}]"


def channels(alerts: Sequence[Alert]) -> list[list[Channel]]:
    """The channels of each alert. One that several have has the place where it is first."""
    found: dict[str, Channel] = {}
    return [
        [
            found.setdefault(url, Channel(place_of(number, place), url))
            for place, url in enumerate(alert.to, 1)
        ]
        for number, alert in enumerate(alerts, 1)
    ]


class Apprise:
    """Calls channels. Its methods wait, but block nobody else; `kill` ends all of them."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()

    def check(self, alerts: Sequence[Alert]) -> None:
        """See that Apprise is installed and understands every URL. Raises StartError, without secrets.

        That it does not answer, perhaps as the machine is busy, is no reason not to start, but logged.
        """
        every = [channel for each in channels(alerts) for channel in each]
        if not every:
            return
        if find_spec("apprise") is None:
            raise StartError(MISSING)
        answer = self._ask({"urls": [channel.url for channel in every]})
        if answer is None:
            log.warning("the URLs of alerts are not checked, as Apprise has not answered: %s", TRY)
            return
        for channel, service in zip(every, answer["services"], strict=True):
            if service is None:
                raise StartError(f"{channel.place} is no URL that Apprise understands: {URLS}")

    def send(self, channel: Channel, text: CallText) -> Outcome:
        """Call a channel, within `MAX_SEND_S` seconds."""
        kind = TYPES.get(text.level, "info")
        answer = self._ask({"url": channel.url, "title": text.title, "body": text.body, "type": kind})
        if answer is None:
            return Outcome(False, channel.scheme, "no answer")
        return Outcome(answer["sent"], answer["service"] or channel.scheme, answer["why"])

    def kill(self) -> None:
        """End what is running."""
        for process in self._running:
            process.kill()

    def _ask(self, question: Mapping[str, Any]) -> dict[str, Any] | None:
        """The program's answer to a question; None if it has crashed, or does not end in time."""
        environ = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        with suppress(OSError):
            return self._answer(question, environ)
        return None  # no process can be started

    def _answer(self, question: Mapping[str, Any], environ: dict[str, str]) -> dict[str, Any] | None:
        with subprocess.Popen(  # noqa: S603  # nosec B603 # nothing in it comes from a client
            [sys.executable, "-P", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environ,
            start_new_session=True,  # Ctrl-C is for the service
        ) as process:
            self._running.add(process)
            try:
                answer, _ = process.communicate(json.dumps(question).encode(), MAX_SEND_S)
            except subprocess.TimeoutExpired:
                process.kill()
                return None
            finally:
                self._running.discard(process)
        with suppress(ValueError):
            found: dict[str, Any] = json.loads(answer)
            return found
        return None
