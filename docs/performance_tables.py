"""The tables of docs/performance.md, and what the plots share with them."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

OURS = "userstatus"
NAMES = {OURS: "userstatus", "node": "Node", "plain": "plain Flask-SocketIO"}
CIRCUMSTANCES = {
    "processor": "processor",
    "memory": "memory",
    "kernel": "kernel",
    "disk": "disk",
    "python": "userstatus",
    "node": "Node",
    "plain": "plain Flask-SocketIO",
    "commit": "commit",
    "date": "date",
    "minutes": "took, in minutes",
    "load before": "load before it began",
}

Figures = dict[str, Any]


class Figure(NamedTuple):
    """A row of the comparison; `why` says what stands in the way where it is behind."""

    field: str
    name: str
    unit: str
    why: str
    more_is_better: bool = False

    def ratio(self, ours: float, theirs: float) -> float:
        """How many times as good ours is as theirs."""
        return ours / theirs if self.more_is_better else theirs / ours


COMPARED = (
    Figure(
        "posts",
        "durable POSTs on 32 connections",
        "/s",
        "All that wait share one flush of the disk, so what is left is the work in Python for each of them.",
        more_is_better=True,
    ),
    Figure(
        "one_ms",
        "one POST after the other, median",
        "ms",
        "Nobody shares the flush of the disk, and each POST is checked (keys, limits, repeats, rules) and "
        "counted, in Python, which a handler that only inserts does not do.",
    ),
    Figure(
        "one_cpu",
        "processor time of one POST after the other",
        "ms",
        "The same work, without the flush of the disk.",
    ),
    Figure(
        "p50",
        "from a POST to 1,000 viewers, median",
        "ms",
        "The message is encoded once and written to each connection by itself, one system call each.",
    ),
    Figure(
        "p99",
        "from a POST to 1,000 viewers, 99th percentile",
        "ms",
        "The last viewers wait until the message has been written to all others.",
    ),
    Figure(
        "deliveries",
        "deliveries to 1,000 viewers, saturated",
        "/s",
        "One system call for each delivery is most of the work.",
        more_is_better=True,
    ),
    Figure(
        "delivery_cpu",
        "processor time of a delivery, saturated",
        "µs",
        "It has its share of the POST in it, and the bookkeeping by which a viewer can resume.",
    ),
    Figure(
        "each",
        "memory of a Socket.IO viewer",
        "KB",
        "What a connection needs are objects of Python, from Engine.IO and Socket.IO as well.",
    ),
)


def number(value: float) -> str:
    """With three digits that count, or all of them before the point."""
    decimals = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{decimals}f}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose first column is text and whose others are figures."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def medians(figures: Figures) -> dict[str, dict[str, float]]:
    """By server and field, over the rounds."""
    return {
        server: {field: statistics.median(each[field] for each in rounds) for field in rounds[0]}
        for server, rounds in figures["compare"].items()
    }


def by_viewers(figures: Figures) -> dict[str, dict[int, dict[str, float]]]:
    """By server and number of viewers; the rounds of the comparison had 1,000."""
    found = {}
    for server, middle in medians(figures).items():
        crowds = {int(viewers): each for viewers, each in figures["crowds"][server].items()}
        found[server] = dict(sorted({**crowds, 1_000: middle}.items()))
    return found


def comparison(figures: Figures) -> str:
    found = medians(figures)
    peers = [server for server in found if server != OURS]
    rows = []
    for figure in COMPARED:
        values = {server: fields[figure.field] for server, fields in found.items()}
        rows.append(
            [
                figure.name,
                *(f"{number(value)} {figure.unit}" for value in values.values()),
                *(f"{figure.ratio(values[OURS], values[peer]):.2f} ×" for peer in peers),
            ]
        )
    return table(
        ["", *(NAMES[server] for server in found), *(f"beside {NAMES[peer]}" for peer in peers)], rows
    )


def behind(figures: Figures) -> str:
    """Where others do better, and why."""
    found, lines = medians(figures), []
    for figure in COMPARED:
        values = {server: fields[figure.field] for server, fields in found.items()}
        ahead = [NAMES[each] for each in values if figure.ratio(values[OURS], values[each]) < 1]
        if ahead:
            name = figure.name[0].upper() + figure.name[1:]
            lines.append(f"- **{name}**: {' and '.join(ahead)} did better. {figure.why}\n")
    return "".join(lines) or "In this run, nowhere among the figures above.\n"


def circumstances(figures: Figures) -> str:
    known = figures["circumstances"]
    rows = [[name, known[key]] for key, name in CIRCUMSTANCES.items() if key in known]
    return "| measured on | |\n| --- | --- |\n" + "".join(f"| {name} | {what} |\n" for name, what in rows)


def crowds(figures: Figures) -> str:
    rows = [
        [
            f"{viewers:,} viewers, {NAMES[server]}",
            *(number(each[field]) for field in ("p50", "p99", "deliveries", "each")),
        ]
        for server, found in by_viewers(figures).items()
        for viewers, each in found.items()
    ]
    return table(
        ["", "median, ms", "99th percentile, ms", "deliveries/s, saturated", "memory each, KB"], rows
    )


def memory(figures: Figures) -> str:
    rows = [
        [
            f"{each['viewers']:,} viewers, {each['kind']}",
            *(number(each[field]) for field in ("each", "waiting", "most", "back", "back_cpu")),
        ]
        for each in figures["memory"]
    ]
    return table(
        ["", "each, KB", "process, MiB", "at most, MiB", "all are back, s", "processor time, s"], rows
    )


def sites(figures: Figures) -> str:
    rows = [
        [each["name"], *(number(each[field]) for field in ("cpu", "p50", "p99"))] for each in figures["sites"]
    ]
    return table(["", "processor time, ms", "median, ms", "99th percentile, ms"], rows)


def rates(figures: Figures) -> str:
    found = {server: {each["a_second"]: each for each in all_} for server, all_ in figures["rates"].items()}
    every = sorted({rate for each in found.values() for rate in each})
    rows = [[f"{rate:,} a second", *(_rate(each.get(rate)) for each in found.values())] for rate in every]
    return table(["", *(NAMES[server] for server in found)], rows)


def _rate(found: dict[str, Any] | None) -> str:
    if found is None:
        return ""
    if not found["kept_up"]:
        return f"{number(found['answered'])} answered"
    return f"{number(found['p50'])}, {number(found['p99'])}"


def stored(figures: Figures) -> str:
    rows = [
        [
            f"{each['stored']:,} stored",
            *(number(each[field]) for field in ("posts", "one_ms", "recent_ms", "sites_ms", "start_s")),
        ]
        for each in figures["stored"]
    ]
    return table(["", "POSTs/s", "one POST, ms", "`/recent-logs`, ms", "`/sites`, ms", "start, s"], rows)
