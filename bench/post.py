"""Durable POSTs: on 32 connections back to back, and one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.load import back_to_back, median, milliseconds
from tests.support.filled import filled
from tests.support.service import running

SECONDS = 5


def rows(folder: Path) -> Iterator[tuple[str, float, str]]:
    """Name, value and unit of each figure."""
    with running(filled(folder / "post.db", 0), folder, LOG_LEVEL="warning") as service:
        took = back_to_back(service.port, 32, SECONDS)
        yield "POST/s, 32 connections", len(took) / SECONDS, "/s"
        yield "POST p50, 32 connections", median(took), "ms"
        yield "POST p99, 32 connections", milliseconds(took, 0.99), "ms"
        took = back_to_back(service.port, 1, SECONDS)
        yield "POST p50, one connection", median(took), "ms"
        yield "POST p99, one connection", milliseconds(took, 0.99), "ms"
