"""Stored messages: what posting, reading and starting cost once there are many."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import requests

from bench.load import back_to_back, median
from bench.service import fresh

STORED = (0, 10_000, 100_000, 1_000_000)
SECONDS = 3
READS = 30


class Stored(NamedTuple):
    """With so many messages in the log."""

    stored: int
    start_s: float  # until the service answers
    posts: float  # a second, on 32 connections
    one_ms: float  # the median of a POST on one connection
    recent_ms: float  # the median of reading the newest 500 messages of a site
    sites_ms: float  # the median of reading what the wall shows


def measured(folder: Path, stored: int, seconds: float = SECONDS) -> Stored:
    """Start a service with so many messages, and again after `kill -9`."""
    with fresh(folder, stored) as service:
        service.kill()
        began = time.perf_counter()
        service.start()
        start = time.perf_counter() - began
        recent = reading(f"{service.url}/recent-logs?site=tst&limit=500")
        sites = reading(f"{service.url}/sites")
        many = len(back_to_back(service.port, 32, seconds)) / seconds
        one = median(back_to_back(service.port, 1, seconds / 2))
    return Stored(stored, start, many, one, recent, sites)


def reading(url: str) -> float:
    """The median time of a GET, in milliseconds."""
    took = []
    with requests.Session() as session:
        for _ in range(READS):
            began = time.perf_counter()
            session.get(url, timeout=30).raise_for_status()
            took.append(time.perf_counter() - began)
    return median(took)


def rows(folder: Path) -> Iterator[tuple[str, float, str]]:
    """Name, value and unit of each figure."""
    for stored in STORED:
        found = measured(folder, stored)
        yield f"start, {stored:,} stored", found.start_s, "s"
        yield f"POST/s, 32 connections, {stored:,} stored", found.posts, "/s"
        yield f"POST p50, one connection, {stored:,} stored", found.one_ms, "ms"
        yield f"/recent-logs of 500 p50, {stored:,} stored", found.recent_ms, "ms"
        yield f"/sites p50, {stored:,} stored", found.sites_ms, "ms"
