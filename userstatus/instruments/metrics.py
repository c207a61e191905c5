"""Metrics for Prometheus: what the parts of a service have counted, read when somebody asks.

Every reason is there from the start, at 0: Prometheus's `increase()` would miss the first count of one that
appears with it.

The official client's own counters take a lock for each step, which would cost microseconds for every POST.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partialmethod

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from userstatus import __version__, eventloop
from userstatus.access.keyring import Keyring
from userstatus.duty.alerting import Alerting
from userstatus.duty.switchboard import OUTCOMES
from userstatus.instruments.counts import OTHER, Histogram, Tally
from userstatus.live import channels
from userstatus.live.channels import Channel, StreamChannel, WaitingChannel
from userstatus.live.delivery import Delivery
from userstatus.live.socketio import Rooms
from userstatus.message import EVERY_SITE
from userstatus.store.log import Log

Family = CounterMetricFamily | GaugeMetricFamily
REASONS = {  # for rejections, by status
    "400": "invalid",
    "401": "unauthorized",
    "403": "forbidden",
    "404": "not_found",
    "405": "method",
    "408": "timeout",
    "413": "too_large",
    "414": "too_large",
    "415": "encoding",
    "421": "host",
    "426": "not_a_websocket",
    "429": "limit",
    "431": "too_large",
    "500": "failed",
    "503": "unavailable",
}


class Metrics(Collector):
    """The metrics of one stage, in a registry of its own."""

    def __init__(
        self,
        stage: str,
        log: Log,
        delivery: Delivery,
        rooms: Rooms,
        keyring: Keyring,
        loop_lag: Histogram,
    ):
        self.stage = stage
        self.log = log
        self.delivery = delivery
        self.rooms = rooms
        self.keyring = keyring
        self.loop_lag = loop_lag
        self.latency = Histogram()
        self.rejected = Tally()
        self.alerting: Alerting | None = None
        self.registry = CollectorRegistry(auto_describe=False)
        self.registry.register(self)

    def watch(self, latency: Histogram, rejected: Tally, alerting: Alerting) -> None:
        """Show what others count: how long POSTs take, requests rejected by status, and what alerts do."""
        self.latency, self.rejected, self.alerting = latency, rejected, alerting

    def text(self) -> bytes:
        """All metrics in Prometheus's text format."""
        return generate_latest(self.registry)

    def describe(self) -> list[Metric]:
        """Nothing: the registry would otherwise collect everything once to know the names."""
        return []

    def collect(self) -> Iterator[Metric]:
        yield from self._store()
        yield from self._live()
        yield self._gauge("build", "Always 1; the version is a label.", "version", {__version__: 1})
        yield self._histogram("post_seconds", "Time that a POST of messages takes.", self.latency)
        yield self._histogram("event_loop_lag_seconds", "By how much the event loop is late.", self.loop_lag)
        rejected = Counter(dict.fromkeys([*REASONS.values(), OTHER], 0))
        for status, count in (*self.rejected.items(), *self.delivery.fanout.rejected.items()):
            rejected[REASONS.get(status, OTHER)] += count
        what = "Requests that were rejected, and what viewers asked for in vain."
        yield self._counter("rejected", what, "reason", rejected)
        if self.alerting is not None:
            yield from self._alerts(self.alerting)

    def _alerts(self, alerting: Alerting) -> Iterator[Metric]:
        alerts = {outcome: alerting.outcomes[outcome] for outcome in OUTCOMES}
        what = (
            "Calls that this process has made over a channel, and messages that nobody was left to be told."
        )
        yield self._counter("alerts", what, "outcome", alerts)
        gauges = {
            "alerts_age_seconds": ("Since this process last looked what to alert about.", alerting.age),
            "alerts_failing": ("Channels of alerts that keep failing.", alerting.failing),
        }
        for name, (what, number) in gauges.items():
            yield self._gauge(name, what, None, {} if number is None else {"": number})

    def _store(self) -> Iterator[Metric]:
        journal = self.log.journal
        messages = CounterMetricFamily(
            "userstatus_messages", "Messages stored by this process.", labels=["stage", "site", "level"]
        )
        for (site, level), count in list(journal.stored.by_site.items()):
            messages.add_metric([self.stage, site, level], count)
        yield messages
        yield self._histogram("commit_messages", "Messages stored in one transaction.", journal.groups)
        purged = {"": self.log.retention.purged}
        yield self._family(
            CounterMetricFamily,
            "purged_messages",
            "Expired messages that this process deleted.",
            None,
            purged,
        )
        errors = {
            "append": journal.errors,
            "read": journal.reader.errors,
            "follow": self.delivery.follower.errors,
            "purge": self.log.retention.errors,
            "health": self.log.health.errors,
            "keys": self.keyring.errors,
        }
        yield self._counter("database_errors", "Failures of the database.", "operation", errors)
        pool = self.log.database.pool()
        yield self._family(
            GaugeMetricFamily,
            "database_connections",
            "Connections to the database for appends, reads and other work (Postgres only).",
            "state",
            pool,
        )

    def _live(self) -> Iterator[Metric]:
        fanout = self.delivery.fanout
        yield self._viewers()
        what = "From the receipt of a message until it was handed to the sockets of all its viewers."
        yield self._histogram("delivery_lag_seconds", what, fanout.lag)
        disconnects = Counter(dict.fromkeys(channels.REASONS, 0))
        disconnects.update(fanout.disconnects)
        disconnects.update(self.rooms.disconnects)
        yield self._counter("disconnects", "Viewers that are gone.", "reason", disconnects)
        looked_at = self.delivery.follower.looked_at
        age = {} if looked_at is None else {"": time.monotonic() - looked_at}
        yield self._family(
            GaugeMetricFamily,
            "follower_age_seconds",
            "Since the end of the log was last looked at.",
            None,
            age,
        )

    def _viewers(self) -> Metric:
        """The viewers of each site. A site has a name here once it has posted."""
        count: Counter[tuple[str, str]] = Counter()
        known, fanout = self.log.journal.stored.named, self.delivery.fanout
        time_slice = eventloop.TimeSlice()
        for sid, channel in fanout.viewers():
            for site in fanout.sites_of(sid):
                name = site if site == EVERY_SITE or site in known else OTHER
                count[name, kind_of(channel)] += 1
            time_slice.maybe_yield()
        what = "Viewers that are connected; one of several sites counts for each."
        viewers = GaugeMetricFamily("userstatus_viewers", what, labels=["stage", "site", "kind"])
        for (site, kind), number in count.items():
            viewers.add_metric([self.stage, site, kind], number)
        return viewers

    def _family(
        self, family: type[Family], name: str, what: str, label: str | None, values: Mapping[str, float]
    ) -> Metric:
        """A counter or gauge with a number for each value of a label, or one number if it has none."""
        labels = ["stage"] if label is None else ["stage", label]
        found = family(f"userstatus_{name}", what, labels=labels)
        for value, number in values.items():
            found.add_metric([self.stage, value][: len(labels)], number)
        return found

    _counter = partialmethod(_family, CounterMetricFamily)
    _gauge = partialmethod(_family, GaugeMetricFamily)

    def _histogram(self, name: str, what: str, values: Histogram) -> Metric:
        histogram = HistogramMetricFamily(f"userstatus_{name}", what, labels=["stage"])
        histogram.add_metric([self.stage], list(values.cumulative()), values.sum)
        return histogram


def kind_of(channel: Channel) -> str:
    """The name of the protocol that a viewer speaks."""
    if isinstance(channel, StreamChannel):
        return channel.kind
    return "poll" if isinstance(channel, WaitingChannel) else "socketio"
