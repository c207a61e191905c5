"""Measure, and write docs/performance.md anew: `make performance`, or `python -m docs.performance`.

The figures go into performance.json first, and from there into the page and its plots. With `--render`,
nothing is measured; with `--quick`, little of everything: that shows that it works, and no more.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from docs import performance_tables as tables
from docs.performance_tables import Figures

DOCUMENT = Path(__file__).with_name("performance.md")
FIGURES = Path(__file__).with_name("performance.json")
WARNING = (
    "> **These figures mean nothing**: they are of `--quick`, which only shows that the command works.\n\n"
)
PLOTS = {
    "compared": "Bars: each figure of the table above, beside the best of the three",
    "viewers": "Curves: the time from a POST to each viewer, by the number of viewers, for each server",
    "memory": "Bars: the memory that a waiting viewer takes, for each kind of viewer and each server",
    "sites": "Bars: the processor time of a message in the four cases of the table",
    "rates": "Curves: the median and the 99th percentile of a POST, by POSTs a second, for each server",
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
## More messages a second

The median and the 99th percentile of a POST, in milliseconds, at a steady rate. It counts from when each
was due, so a stall is not hidden. Where a server did not keep up, the table says how many it answered.

{rates}
{picture_rates}
## More messages stored

From an empty log to one with a million messages: POSTs on 32 connections and on one, the newest 500 messages
of a site, what the wall shows, and the start.

{stored}
{picture_stored}"""


def picture(name: str, alt: str) -> str:
    """A plot, in the reader's colours."""
    file = f"images/performance-{name}"
    return (
        f'<picture>\n  <source media="(prefers-color-scheme: dark)" srcset="{file}-dark.svg">\n'
        f'  <img src="{file}-light.svg" alt="{alt}">\n</picture>\n'
    )


def document(figures: Figures) -> str:
    """The page that shows these figures."""
    extent = figures["extent"]
    return TEXT.format(
        warning=WARNING if figures["quick"] else "",
        rounds=extent["rounds"],
        messages=extent["messages"],
        comparison=tables.comparison(figures),
        circumstances=tables.circumstances(figures),
        behind=tables.behind(figures),
        crowds=tables.crowds(figures),
        memory=tables.memory(figures),
        sites=tables.sites(figures),
        rates=tables.rates(figures),
        stored=tables.stored(figures),
        **{f"picture_{name}": picture(name, alt) for name, alt in PLOTS.items()},
    )


def main(arguments: Sequence[str]) -> None:
    # Only here, as the tests of the page do without them.
    from bench import figures as bench
    from docs import performance_plots

    if "--render" not in arguments:
        found = bench.measured(bench.QUICK if "--quick" in arguments else bench.FULL)
        FIGURES.write_text(json.dumps(found, indent=1) + "\n")
    found = json.loads(FIGURES.read_text())
    DOCUMENT.write_text(document(found))
    performance_plots.draw(found)


if __name__ == "__main__":
    main(sys.argv[1:])
