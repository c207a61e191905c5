"""What the service itself says of silence, in the log of a site and on the wall."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.support.browser import watch
from tests.support.service import Service, running
from tests.support.walls import HOUR, open_wall, post_earlier, tile


def test_a_silence_and_its_end_are_lines_of_their_own_and_not_said_by_the_site(
    page: Page, night: Service
) -> None:
    night.post(site="tst", log_message="exposing", next_within=1)
    watch(page, night, "tst")
    silence = page.locator(".row.notice.silence")
    expect(silence.locator(".text")).to_have_text(
        re.compile("^Silent for .*: the last message promised another")
    )
    expect(page.get_by_role("img", name="notice: silence")).to_be_visible()
    expect(page.locator(".last")).to_have_text(re.compile(r"^silent since \d\d:\d\d UTC"))
    night.post(site="tst", log_message="here I am")
    expect(page.locator(".row.notice.recovery .text")).to_have_text(re.compile("^Speaks again after "))
    expect(page.get_by_role("img", name="notice: end of a silence")).to_be_visible()
    expect(page.locator(".last")).to_have_text(re.compile("^last message .* ago"))
    expect(page.locator(".row:not(.notice) .text")).to_have_text(["exposing", "here I am"])


def test_a_tile_is_silent_when_the_service_says_so_and_shows_what_the_site_said(
    page: Page, night: Service
) -> None:
    open_wall(page, night)
    night.post(site="tst", log_message="Clouds", log_level="warning", next_within=1)
    found = tile(page, "tst")
    expect(found.locator(".state-of-site")).to_have_text("○ silent")
    expect(page.locator("#summary")).to_have_text("1 silent")
    expect(found.locator(".worst")).to_contain_text("Clouds")
    page.reload()
    expect(found.locator(".state-of-site")).to_have_text("○ silent")
    expect(found.locator(".worst")).to_contain_text("Clouds")
    night.post(site="tst", log_message="Clear", log_level="info")
    expect(page.locator("#summary")).to_have_text("1 warning")
    expect(found.locator(".last")).to_have_text("Clear")


def test_where_a_silence_is_configured_half_an_hour_is_none(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "userstatus.toml"
    file.write_text('[sites.slow]\nsilent_after = "3h"\n')
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, CONFIG=str(file)) as service:
        post_earlier(service, [(site, "Good night", "info", 2 * HOUR) for site in ("slow", "other")])
        open_wall(page, service)
        expect(page.locator("#summary")).to_have_text("1 silent · 1 fine")
        expect(tile(page, "slow").locator(".ago")).to_have_text("2 h ago")
