"""The plots of docs/performance.md, for light and for dark pages. Needs the dependency group `docs`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from docs.performance_tables import COMPARED, NAMES, OURS, Figures, by_viewers, medians, number

IMAGES = Path(__file__).with_name("images")
INK = {"light": "#1f2328", "dark": "#d1d7e0"}  # of text and lines; the background is the page's
FAINT = {"light": "#d1d9e0", "dark": "#3d444d"}
# Colours that people with any kind of colour vision tell apart, in both.
COLOURS = {OURS: "#2f81f7", "node": "#d97706", "plain": "#8b949e"}
WIDTH = 9.0  # inches, of which GitHub shows 72 pixels each

Plot = Callable[[Figures], Figure]


def draw(figures: Figures) -> None:
    """Write all plots into docs/images."""
    for theme, ink in INK.items():
        style = {
            "axes.edgecolor": FAINT[theme],
            "axes.grid.axis": "y",
            "axes.labelcolor": ink,
            "axes.spines.right": False,
            "axes.spines.top": False,
            "font.size": 9,
            "grid.color": FAINT[theme],
            "legend.frameon": False,
            "svg.fonttype": "none",  # text stays text
            "svg.hashsalt": "userstatus",  # the same figures make the same file
            "text.color": ink,
            "xtick.color": ink,
            "ytick.color": ink,
            "xtick.labelcolor": ink,
            "ytick.labelcolor": ink,
        }
        with mpl.rc_context(style):
            for name, plot in PLOTS.items():
                plot(figures).savefig(
                    IMAGES / f"performance-{name}-{theme}.svg", transparent=True, metadata={"Date": None}
                )


def bars(axes: Any, title: str, values: dict[str, float], colours: list[str]) -> None:
    """Horizontal bars from top to bottom, each with its value."""
    drawn = axes.barh(list(values), list(values.values()), color=colours, height=0.6)
    axes.bar_label(drawn, labels=[number(value) for value in values.values()], padding=4)
    axes.set_title(title, loc="left", x=-0.25, fontsize=9)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.25 * max(values.values()))
    axes.xaxis.set_visible(False)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(left=False)


def compared(figures: Figures) -> Figure:
    found = medians(figures)
    figure = Figure(figsize=(WIDTH, 4.8), layout="constrained")
    for axes, each in zip(figure.subplots(4, 2).flat, COMPARED, strict=True):
        better = " (more is better)" if each.more_is_better else ""
        values = {NAMES[server]: fields[each.field] for server, fields in found.items()}
        bars(axes, f"{each.name}, {each.unit}{better}", values, [COLOURS[server] for server in found])
    return figure


def viewers(figures: Figures) -> Figure:
    figure = Figure(figsize=(WIDTH, 3.2), layout="constrained")
    times, rates = figure.subplots(1, 2)
    for server, crowds in by_viewers(figures).items():
        counts, colour = list(crowds), COLOURS[server]
        times.plot(counts, [each["p50"] for each in crowds.values()], "o-", color=colour, label=NAMES[server])
        times.plot(counts, [each["p99"] for each in crowds.values()], "o:", color=colour, markersize=3)
        rates.plot(counts, [each["deliveries"] for each in crowds.values()], "o-", color=colour)
    times.set_title("from a POST to the viewers, ms (dotted: 99th percentile)", loc="left", fontsize=9)
    rates.set_title("deliveries a second, saturated", loc="left", fontsize=9)
    times.set_yscale("log")
    figure.legend(loc="outside lower center", ncols=len(NAMES))
    rates.set_ylim(bottom=0)
    for axes in (times, rates):
        axes.set_xscale("log")
        axes.set_xticks(sorted({count for crowds in by_viewers(figures).values() for count in crowds}))
        axes.xaxis.minorticks_off()
        axes.set_xlabel("viewers")
        axes.grid()
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.yaxis.set_major_formatter("{x:,.0f}")
    return figure


def memory(figures: Figures) -> Figure:
    found = {f"{each['kind']}, {each['viewers']:,}": each for each in figures["memory"]}
    crowds = by_viewers(figures)
    peers = {
        f"{NAMES[server]}, Socket.IO, {max(crowds[server]):,}": crowds[server][max(crowds[server])]["each"]
        for server in crowds
        if server != OURS
    }
    figure = Figure(figsize=(WIDTH, 2.4), layout="constrained")
    each, back = figure.subplots(1, 2)
    colours = [COLOURS[OURS]] * len(found)
    of_each = {**{name: fields["each"] for name, fields in found.items()}, **peers}
    of_peers = [COLOURS[server] for server in crowds if server != OURS]
    bars(each, "memory of a waiting viewer, KB", of_each, [*colours, *of_peers])
    bars(
        back,
        "all are back after a restart, s",
        {name: fields["back"] for name, fields in found.items()},
        colours,
    )
    return figure


def sites(figures: Figures) -> Figure:
    cases = {each["name"]: each for each in figures["sites"]}
    figure = Figure(figsize=(WIDTH, 1.5), layout="constrained")
    bars(
        figure.subplots(),
        "processor time of a message, ms",
        {name: each["cpu"] for name, each in cases.items()},
        [COLOURS[OURS]] * len(cases),
    )
    return figure


def rates(figures: Figures) -> Figure:
    figure = Figure(figsize=(WIDTH, 2.8), layout="constrained")
    axes = figure.subplots()
    for server, found in figures["rates"].items():
        kept_up = [each for each in found if each["kept_up"]]
        at, colour = [each["a_second"] for each in kept_up], COLOURS[server]
        axes.plot(at, [each["p50"] for each in kept_up], "o-", color=colour, label=NAMES[server])
        axes.plot(at, [each["p99"] for each in kept_up], "o:", color=colour, markersize=3)
    axes.set_title(
        "a POST, ms (dotted: 99th percentile), as long as the server keeps up", loc="left", fontsize=9
    )
    axes.set_xlabel("POSTs a second")
    axes.set_xscale("log")
    axes.set_xticks(sorted({each["a_second"] for found in figures["rates"].values() for each in found}))
    axes.xaxis.minorticks_off()
    axes.set_yscale("log")
    axes.grid()
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.yaxis.set_major_formatter("{x:,g}")
    figure.legend(loc="outside lower center", ncols=len(NAMES))
    return figure


def stored(figures: Figures) -> Figure:
    cases = {f"{each['stored']:,}": each for each in figures["stored"]}
    figure = Figure(figsize=(WIDTH, 2.4), layout="constrained")
    rates, times = figure.subplots(1, 2)
    rates.plot(list(cases), [each["posts"] for each in cases.values()], "o-", color=COLOURS[OURS])
    rates.set_title("durable POSTs a second, 32 connections", loc="left", fontsize=9)
    for field, name, line in (
        ("one_ms", "a POST", "o-"),
        ("recent_ms", "/recent-logs", "o--"),
        ("sites_ms", "/sites", "o:"),
    ):
        times.plot(
            list(cases), [each[field] for each in cases.values()], line, color=COLOURS[OURS], label=name
        )
    times.set_title("a request, median, ms", loc="left", fontsize=9)
    times.legend()
    for axes in (rates, times):
        axes.set_ylim(bottom=0)
        axes.set_xlabel("messages stored")
        axes.grid()
        axes.yaxis.set_major_formatter("{x:,.0f}")
    return figure


PLOTS: dict[str, Plot] = {
    "compared": compared,
    "viewers": viewers,
    "memory": memory,
    "sites": sites,
    "rates": rates,
    "stored": stored,
}
