"""Measure, and write docs/performance.md anew: `make performance`, or `python -m docs.performance`.

The figures go into performance.json first, and from there into the page and its plots. With `--render`,
nothing is measured; with `--quick`, little of everything: that shows that it works, and no more.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

DOCUMENT = Path(__file__).with_name("performance.md")
FIGURES = Path(__file__).with_name("performance.json")
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
WARNING = (
    "> **These figures mean nothing**: they are of `--quick`, which only shows that the command works.\n\n"
)

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
        "each",
        "memory of a Socket.IO viewer",
        "KB",
        "What a connection needs are objects of Python, from Engine.IO and Socket.IO as well.",
    ),
)


PLOTS = {
    "compared": "Bars: each figure of the table above, beside the best of the three",
    "viewers": "Curves: the time from a POST to each viewer, by the number of viewers, for each server",
    "memory": "Bars: the memory that a waiting viewer takes, for each kind of viewer and each server",
    "sites": "Bars: the processor time of a message in the four cases of the table",
    "stored": "Curves: the times of the table, from no message to a million",
}
TEXT = """\
# Performance

<!-- Written by `python -m docs.performance` from performance.json: change it there. -->

How fast the service is beside two others that do the same, and how it grows with viewers, sites and
messages. `make performance` measures all of this anew, in about a quarter of an hour, and writes this page.

{warning}All servers promise the same: a POST is answered once its message is on disk (SQLite in WAL mode with
`synchronous=FULL`). The [other two](../bench/README.md#peers) are what one would write first: Node with
express, socket.io and better-sqlite3, and Flask-SocketIO on eventlet. They do nothing else: no reading,
resuming, limits, keys or retention. Clients and server share one machine and its cores; all servers get the
same requests from the same clients.

## Side by side

Medians of {rounds} rounds, each server in turn. The last columns say how many times as good userstatus is;
below 1, the other one is better.

{comparison}
{picture_compared}
{circumstances}
## Where it does not lead

{behind}
Besides, one process uses one core. [Several processes](deploying.md#several-processes) on Postgres use
more, and that section says what one Postgres carries.

## More viewers

All watch one site over Socket.IO. The first columns are the time from a POST to each of them, of 20
messages, each after the last has reached all; then as many are posted at once as make 200,000 deliveries,
but at most 200.

{crowds}
{picture_viewers}
## Viewers that wait, and their return

What the service takes while viewers of one site wait, on whichever protocol, and at any time until all are
back: it is killed (`kill -9`) and restarted, they all connect at once, and each receives the 20 messages
that it has missed. The time counts from when the service answers again.

{memory}
{picture_memory}
## More sites

A message costs its own viewers, however many there are of other sites: the service's processor time for
one, the POST included, and the time from the POST to its viewers. Medians of {messages} messages.

{sites}
{picture_sites}
## More messages

From an empty log to one with a million messages: POSTs on 32 connections and on one, the newest 500 messages
of a site, what the wall shows, and the start.

{stored}
{picture_stored}"""


def number(value: float) -> str:
    """With three digits that count, or all of them before the point."""
    decimals = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{decimals}f}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose first column is text and whose others are figures."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def picture(name: str, alt: str) -> str:
    """A plot, in the reader's colours."""
    file = f"images/performance-{name}"
    return (
        f'<picture>\n  <source media="(prefers-color-scheme: dark)" srcset="{file}-dark.svg">\n'
        f'  <img src="{file}-light.svg" alt="{alt}">\n</picture>\n'
    )


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


def stored(figures: Figures) -> str:
    rows = [
        [
            f"{each['stored']:,} stored",
            *(number(each[field]) for field in ("posts", "one_ms", "recent_ms", "sites_ms", "start_s")),
        ]
        for each in figures["stored"]
    ]
    return table(["", "POSTs/s", "one POST, ms", "`/recent-logs`, ms", "`/sites`, ms", "start, s"], rows)


def document(figures: Figures) -> str:
    """The page that shows these figures."""
    extent = figures["extent"]
    return TEXT.format(
        warning=WARNING if figures["quick"] else "",
        rounds=extent["rounds"],
        messages=extent["messages"],
        comparison=comparison(figures),
        circumstances=circumstances(figures),
        behind=behind(figures),
        crowds=crowds(figures),
        memory=memory(figures),
        sites=sites(figures),
        stored=stored(figures),
        **{f"picture_{name}": picture(name, alt) for name, alt in PLOTS.items()},
    )


def main(arguments: Sequence[str]) -> None:
    if "--render" not in arguments:
        from bench import figures as bench

        found = bench.measured(bench.QUICK if "--quick" in arguments else bench.FULL)
        FIGURES.write_text(json.dumps(found, indent=1) + "\n")
    found = json.loads(FIGURES.read_text())
    DOCUMENT.write_text(document(found))
    from docs import performance_plots  # only here, as no other command needs the library

    performance_plots.draw(found)


if __name__ == "__main__":
    main(sys.argv[1:])
