"""The commands about alerts: `userstatus alerts test`, `userstatus mute` and `userstatus unmute`."""

from __future__ import annotations

import sys
import time

from userstatus.durations import duration_in_words
from userstatus.duty import mutes
from userstatus.duty.call_text import CallText
from userstatus.duty.channels import Apprise, channels
from userstatus.duty.config import Config
from userstatus.duty.lines import shortened
from userstatus.errors import StartError
from userstatus.store.log import Log

TEST = CallText("Test of userstatus", "This is a test. Alerts of userstatus arrive here.", "info")


def test_alerts(config: Config, apprise: Apprise) -> bool:
    """Call every channel once and print what became of it, without secrets; returns whether all were called.

    Raises StartError.
    """
    apprise.check(config.alerts)
    if not config.alerts:
        raise StartError("there are no [[alerts]] in the configuration")
    done = True
    for channel in dict.fromkeys(channel for each in channels(config.alerts) for channel in each):
        outcome = apprise.send(channel, TEST)
        done = done and outcome.sent
        result = "ok" if outcome.sent else ": ".join(filter(None, ("failed", outcome.why)))
        sys.stdout.write(f"{channel.place} ({outcome.service}): {result}\n")
        sys.stdout.flush()
    return done


def mute(log: Log, site: str, seconds: int, level: str, why: str) -> None:
    """Write into the log that nobody is called about a site. Raises StartError and Unavailable."""
    if not why.strip():
        raise StartError("--why is empty: say to others why nobody is called")
    if seconds > log.expiry.ttl:
        ttl = duration_in_words(int(log.expiry.ttl))
        raise StartError(f"--for is {duration_in_words(seconds)}, expected at most MESSAGE_TTL, {ttl}")
    notice = mutes.mute(site, seconds, level, shortened(why), time.time())
    log.journal.append([notice])
    sys.stderr.write(f"{site}: {notice.message}\n")


def unmute(log: Log, site: str) -> None:
    """Write into the log that a site is not muted any more. Raises Unavailable."""
    notice = mutes.unmute(site, time.time())
    log.journal.append([notice])
    sys.stderr.write(f"{site}: {notice.message}\n")
