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
from userstatus.notice import MUTE, UNMUTE
from userstatus.store.log import Log
from userstatus.store.overview import Overview
from userstatus.store.reader import Query

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
    if not _is_known(log, site):
        raise StartError(f"there is no message of {site} in {log.database}: nobody is called about it anyway")
    if not why.strip():
        raise StartError("--why is empty: say to others why nobody is called")
    if seconds > log.expiry.ttl:
        ttl = duration_in_words(int(log.expiry.ttl))
        raise StartError(f"--for is {duration_in_words(seconds)}, expected at most MESSAGE_TTL, {ttl}")
    notice = mutes.mute(site, seconds, level, shortened(why), time.time())
    log.journal.append([notice])
    sys.stderr.write(f"{site}: {notice.message}\n")


def unmute(log: Log, site: str) -> None:
    """Write into the log that a site is not muted any more. Raises StartError and Unavailable."""
    if not _is_muted(log, site):
        raise StartError(f"{site} is not muted in {log.database}")
    notice = mutes.unmute(site, time.time())
    log.journal.append([notice])
    sys.stderr.write(f"{site}: {notice.message}\n")


def _is_known(log: Log, site: str) -> bool:
    query = Query([site], after_time=None, after_id=0, before_id=None, levels=set(), limit=1)
    return bool(log.reader.recent(query)[0])


def _is_muted(log: Log, site: str) -> bool:
    until = 0.0
    for message in Overview(log.reader, log.reader.end().id).notices():
        if message.site == site and message.notice is not None and message.notice.kind in (MUTE, UNMUTE):
            until = message.notice.until or 0.0 if message.notice.kind == MUTE else 0.0
    return until > time.time()
