"""How a call is put into words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from userstatus.durations import duration_in_short
from userstatus.duty.config import Config
from userstatus.duty.lines import Line, Lines, worst

LATE_S = 3600  # from which on a call says that it is late


class CallText(NamedTuple):
    """What is sent: a title in one line, a text of several, and the worst level of what they tell."""

    title: str
    body: str
    level: str


def call_text(lines: Lines, config: Config, public_url: str | None, now: float) -> CallText:
    """The words for some lines, sent at a time (unix seconds).

    `public_url` is where people find the service's pages; without it, there are no links.
    """
    level = worst(lines.listed)
    first = next(line for line in lines.listed if line.level == level)
    title = f"{level.upper()} at {site_name(first.site, config)}"
    if len(lines) > 1:
        title += f" and {len(lines) - 1:,} more"
    blocks = ["\n".join(_block(line, config, public_url, now)) for line in lines.listed]
    if lines.more:
        blocks.append(f"and {lines.more:,} more")
    return CallText(title, "\n\n".join(blocks), level)


def site_name(code: str, config: Config) -> str:
    """How a site is called, such as `McDonald 1 (mrc1)`."""
    name = config.site(code).name
    return f"{name} ({code})" if name else code


def _block(line: Line, config: Config, public_url: str | None, now: float) -> Iterator[str]:
    yield f"{line.level.upper()} {site_name(line.site, config)}: {line.text}"
    details = [_time(line, config)]
    if line.times > 1:
        details.insert(0, f"×{line.times:,} in {duration_in_short(line.period)}")
    elif line.period:  # it was told before, and has come again
        details.insert(0, f"once more in {duration_in_short(line.period)}")
    if now - line.due > LATE_S:
        details.append(f"late by {duration_in_short(now - line.due)}")
    yield ", ".join(details)
    if public_url is not None:
        yield f"{public_url}/watch/{line.site}?id={line.id}"


def _time(line: Line, config: Config) -> str:
    """When the message was received, in the site's time zone and in UTC."""
    moment = datetime.fromtimestamp(line.received_at, UTC)
    local = moment.astimezone(config.site(line.site).timezone)
    utc = f"{moment:%Y-%m-%d %H:%M:%S} UTC"
    return utc if local.utcoffset() == moment.utcoffset() else f"{local:%Y-%m-%d %H:%M:%S %Z} ({utc})"
