"""What the page's URL says, and what goes by it: days, levels and the period that is offered to be saved."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import watch
from tests.support.posters import post_many
from tests.support.service import Service
from tests.support.walls import HOUR, post_earlier


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("at=yesterday", "The URL has at=yesterday: write a time like 2026-11-23T02:13Z."),
        ("id=first", "The URL has id=first: write the number of a message."),
        (
            "levels=errors",
            "The URL has the level errors: write debug, info, warning, error, critical, with commas.",
        ),
    ],
)
def test_what_is_not_understood_in_a_url_is_told(
    page: Page, service: Service, query: str, words: str
) -> None:
    watch(page, service, "urls", f"?{query}")
    expect(page.get_by_role("alert")).to_contain_text(words)


def test_the_url_no_longer_names_a_time_once_the_viewer_is_back_at_the_newest_line(
    page: Page, service: Service
) -> None:
    post_many(service, "back", 300)
    watch(page, service, "back", "?at=2020-01-01T00:00Z")
    expect(page.get_by_text("line 0", exact=True)).to_be_in_viewport()
    assert "at=2020-01-01" in page.url
    page.keyboard.press("End")
    expect(page.get_by_text("line 299", exact=True)).to_be_in_viewport()
    expect(page).to_have_url(f"{service.url}/watch/back")


def test_where_an_older_day_is_looked_at_that_is_what_is_offered_to_be_saved(
    page: Page, night: Service
) -> None:
    post_earlier(night, [("tst", f"line {n}", "debug", (60 - n) * HOUR) for n in range(60)])
    watch(page, night, "tst")
    period = page.locator('select[aria-label="Period"]')
    expect(period).to_have_value("24")
    page.set_viewport_size({"width": 1000, "height": 420})
    page.keyboard.press("Home")
    expect(page.get_by_text("line 0", exact=True)).to_be_in_viewport()
    expect(period).to_have_value("shown")
    page.keyboard.press("End")
    expect(period).to_have_value("24")


def test_the_days_follow_the_levels_that_are_shown(page: Page, night: Service) -> None:
    post_earlier(night, [("tst", "Rain", "critical", 30 * HOUR), ("tst", "fine", "debug", 60)])
    days = page.get_by_role("group", name="Days")
    for query, words in (("", "worst: critical"), ("?levels=debug", "no messages")):
        watch(page, night, "tst", query)
        expect(days.get_by_role("button").nth(-2)).to_have_accessible_name(re.compile(words))
    watch(page, night, "tst", "?search=rain")
    expect(days.get_by_role("button").nth(-2)).to_have_accessible_name(
        re.compile("^24 hours from [^,]*(, [^,]*)?$")
    )
    expect(days.get_by_role("button").nth(-2)).not_to_have_accessible_name(re.compile("worst|no messages"))
