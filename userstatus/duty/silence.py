"""Silence: which sites should have spoken, and what the service says about it.

Nothing here reads a log, writes to it or looks at a clock, so a rehearsal can use it as well as the service.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from heapq import heappop, heappush
from itertools import islice
from math import inf
from types import MappingProxyType
from typing import NamedTuple

from userstatus.durations import duration_in_short
from userstatus.duty.config import Config
from userstatus.message import Message, NewMessage
from userstatus.notice import DOWN, OWN_SITE, RECOVERY, SILENCE, UUID_PREFIX, Notice

MAX_DUE = 500  # notices of each kind at a time, so that others get a turn
MAX_SITES = 100_000  # watched; beyond that, the sites that were silent for longest are forgotten
MAX_DOWNS = 1000  # periods in which the service was down that are remembered
SPOOL_S = 60  # after which a client tries again at the latest, once the service is back
NEVER_HEARD = 0  # stands for the id of the last message of a site of which there is none
MINUTE_S = 60


class DueNotice(NamedTuple):
    """A notice to write. If `last_id` is set, it holds only if the site's last message is still that one."""

    message: NewMessage
    last_id: int | None = None


class Silence(NamedTuple):
    """A silence that has been told: the id of its notice, and since when nothing was heard.

    `heard_at` is by the clock of `SilenceWatch`, `since` when the last message was received.
    """

    id: int
    heard_at: float
    since: float


class Last(NamedTuple):
    """What counts of the last message of a site."""

    id: int
    received_at: float
    next_within: int | None


class Site:
    """What is known of a site that is expected to speak, or that is silent."""

    __slots__ = ("awaited", "back", "code", "heard_at", "last", "queued", "recovery", "silence", "start")

    def __init__(self, code: str) -> None:
        self.code = code
        self.last: Last | None = None
        self.awaited = False  # though no message of it is known
        self.heard_at = 0.0  # when the last message was heard, or when waiting for the first one began
        self.start = 0.0  # the same, plus the time in which the service was down since then
        self.back = 0.0  # when the service was back from that; later, if it was down again soon
        self.silence: Silence | None = None
        self.recovery: NewMessage | None = None  # the notice that is still to be written
        self.queued: float | None = None  # the earliest time in the queue


class SilenceWatch:
    """Knows from the log's messages which sites should have spoken.

    Messages, notices among them, are heard in the order of their ids; some may be left out, but not the last
    one of a site, a notice, or the first message after a silence. What is to be written changes when it is
    heard, not when it is asked for. Times are in unix seconds by a clock that is never set; by default it is
    that of the log.
    """

    def __init__(self, config: Config):
        self.config = config
        self.down_until = 0.0  # when the service was last back, by the log's clock
        # Since when and until when it was down, by the clock of this watch.
        self._downs: deque[tuple[float, float]] = deque(maxlen=MAX_DOWNS)
        self._sites: OrderedDict[str, Site] = OrderedDict()  # the site that was heard of last comes last
        self._queue: list[tuple[float, str]] = []  # when a site may be due, a heap
        self._recovered: dict[str, Site] = {}

    def configure(
        self,
        config: Config,
        newest: Iterable[tuple[Message, float]],
        maybe_yield: Callable[[], None] = lambda: None,
    ) -> None:
        """Go by a configuration from now on.

        `newest` are the last messages of all sites, notices aside, and when they were heard. `maybe_yield` is
        called between sites; messages may be heard then, and notices asked for.
        """
        self.config = config
        for site in list(self._sites.values()):
            if self._allowed(site) is None and site.silence is None and site.recovery is None:
                self._sites.pop(site.code, None)
            else:
                self._queue_up(site)
            maybe_yield()
        for message, at in newest:
            if message.site not in self._sites:
                self.hear(message, at)
                self._make_up_for_downs(message.site)
            maybe_yield()

    def await_all(self, now: float, since: Mapping[str, float] = MappingProxyType({})) -> None:
        """Wait for the configured sites of which no message is known, too: from now on, if not already.

        `since` has those that an earlier process has waited for.
        """
        for code, configured in self.config.sites.items():
            if configured.silent_after is not None and code not in self._sites:
                site, began = self._add(code), min(now, since.get(code, now))
                site.awaited, site.heard_at, site.start = True, began, began
                self._make_up_for_downs(code)
                self._queue_up(site)

    def awaited(self) -> dict[str, float]:
        """Since when sites are waited for of which no message is known."""
        waiting = (site for code in self.config.sites if (site := self._sites.get(code)) is not None)
        return {
            site.code: site.heard_at
            for site in waiting
            if site.awaited and site.last is None and site.silence is None
        }

    @property
    def is_watching(self) -> bool:
        """Whether any site is expected to speak, or silent."""
        return bool(self._sites)

    def hear(self, message: Message, at: float | None = None) -> None:
        """Take note of a message, heard at the given time; by default, when it was received."""
        at = message.received_at if at is None else at
        if message.notice is not None:
            self._hear_notice(message, message.notice, at)
            return
        site = self._sites.get(message.site)
        if site is None:
            if message.next_within is None and self.config.site(message.site).silent_after is None:
                return
            site = self._add(message.site)
        else:
            self._sites.move_to_end(message.site)
        if site.silence is not None:
            site.recovery = _recovery(site.code, site.silence, at, message.received_at)
            self._recovered[site.code] = site
            site.silence = None
        site.last = Last(message.id, message.received_at, message.next_within)
        site.heard_at = site.start = at
        site.back = 0.0
        self._queue_up(site)

    def _hear_notice(self, message: Message, notice: Notice, at: float) -> None:
        if notice.kind == DOWN and message.site == OWN_SITE:
            since, until = notice.since or at, notice.until or at
            self.down_until = max(self.down_until, until)
            self._downs.append((at - (until - since), at))
            for site in self._sites.values():
                _make_up_for(site, self._due(site), *self._downs[-1])
        elif notice.kind == SILENCE:
            site = self._sites.get(message.site) or self._add(message.site)
            since = message.received_at if notice.since is None else notice.since
            # Of the last message, nothing is known if it has expired.
            heard_at = since if site.last is None and not site.awaited else site.heard_at
            site.silence = Silence(message.id, heard_at, since)
        elif notice.kind == RECOVERY and message.site in self._sites:
            site = self._sites[message.site]
            site.silence = site.recovery = None
            self._recovered.pop(site.code, None)
            self._queue_up(site)

    def _make_up_for_downs(self, code: str) -> None:
        if code in self._sites:
            site = self._sites[code]
            for since, until in self._downs:
                _make_up_for(site, self._due(site), since, until)

    def _add(self, code: str) -> Site:
        while len(self._sites) >= MAX_SITES:
            forgotten, _ = self._sites.popitem(last=False)
            self._recovered.pop(forgotten, None)
        site = self._sites[code] = Site(code)
        return site

    def _allowed(self, site: Site) -> int | None:
        """The number of seconds within which the site should speak again; the producer knows best."""
        if site.silence is not None or (site.last is None and not site.awaited):
            return None
        promised = site.last.next_within if site.last else None
        return self.config.site(site.code).silent_after if promised is None else promised

    def _due(self, site: Site) -> float | None:
        allowed = self._allowed(site)
        return None if allowed is None else max(site.start + allowed, site.back + min(allowed, SPOOL_S))

    def _queue_up(self, site: Site) -> None:
        """See that the site is looked at in time. An entry that turns out to be too early is put off then."""
        due = self._due(site)
        if due is not None and (site.queued is None or due < site.queued):
            site.queued = due
            heappush(self._queue, (due, site.code))

    @property
    def next_at(self) -> float:
        """The earliest time at which a silence may be due, if nothing else is heard until then."""
        return self._queue[0][0] if self._queue else inf

    def due(self, now: float) -> list[DueNotice]:
        """The notices to write: what is silent by now, and which silences are over; of very many, some."""
        recovered = islice(self._recovered.values(), MAX_DUE)
        found = [DueNotice(site.recovery) for site in recovered if site.recovery is not None]
        late = list(islice(self._late(now), MAX_DUE))
        for site in late:  # until its silence is heard of
            self._queue_up(site)
        return found + [self._silence(site, now) for site in late]

    def _late(self, now: float) -> Iterator[Site]:
        while self.next_at <= now:
            at, code = heappop(self._queue)
            site = self._sites.get(code)
            if site is None or site.queued != at:
                continue  # it is forgotten, or another entry is for it
            site.queued = None
            due = self._due(site)
            if due is not None and due <= now:
                yield site
            else:
                self._queue_up(site)

    def _silence(self, site: Site, now: float) -> DueNotice:
        allowed = duration_in_short(self._allowed(site) or 0)
        if site.last is None:
            # The log does not show when waiting began, but the clock of this watch goes by the log's.
            id, since = NEVER_HEARD, site.heard_at
            expected = f"the log has no message from it, expected one at least every {allowed}"
        else:
            id, since, promised = site.last
            if promised is None:
                expected = f"expected a message at least every {allowed}"
            else:
                expected = f"the last message promised another within {allowed}"
        text = f"Silent for {_rounded(now - site.heard_at)}: {expected}"
        until = since + (self._due(site) or now) - site.heard_at
        notice = Notice(SILENCE, since=since, until=until)
        return DueNotice(_said(site.code, text, "warning", now, f"{SILENCE}:{id}", notice), last_id=id)

    def down(self, since: float, until: float, now: float) -> list[NewMessage]:
        """What to write if the service was down for a while that ends now; nothing can be blamed on a site.

        `since` and `until` are by the log's clock, and `now` by that of the watch.
        """
        began = now - (until - since)
        sites = [OWN_SITE]
        for site in self._sites.values():
            due = self._due(site)
            if due is not None and began < due <= now and site.code != OWN_SITE:
                sites.append(site.code)
        text = f"The service was down for {_rounded(until - since)}: messages may be missing"
        notice, uuid = Notice(DOWN, since=since, until=until), f"{DOWN}:{int(since)}"
        return [_said(site, text, "warning", until, uuid, notice) for site in sites]


def _make_up_for(site: Site, due: float | None, since: float, until: float) -> None:
    """Give a site the time of a period in which nobody could be heard, unless it was late before."""
    if due is None or due > since:
        down = max(0.0, until - max(since, site.heard_at))
        site.start += down
        # Its client may try again for as long as was left when the service went down again; the whole time
        # anew would hide a silence for good if the service is never up for that long.
        site.back = site.back + down if since < site.back + SPOOL_S else until


def _recovery(site: str, silence: Silence, at: float, received_at: float) -> NewMessage:
    # By the log's clock, as a process that was suspended hears all at once; but that clock may be set back.
    lasted = max(received_at - silence.since, at - silence.heard_at)
    text = f"Speaks again after {_rounded(lasted)} of silence"
    notice = Notice(RECOVERY, since=silence.since, until=received_at)
    return _said(site, text, "info", at, f"{RECOVERY}:{silence.id}", notice)


def _said(site: str, text: str, level: str, now: float, uuid: str, notice: Notice) -> NewMessage:
    return NewMessage(site, text, level, int(now), f"{UUID_PREFIX}{uuid}", notice=notice)


def _rounded(seconds: float) -> str:
    """A duration that has been measured: in minutes, if there are several."""
    return duration_in_short(seconds - seconds % MINUTE_S if seconds >= 2 * MINUTE_S else seconds)
