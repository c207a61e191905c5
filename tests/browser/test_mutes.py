"""Muted sites: how the wall, pages and elements say so, and that they do not ring."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.test_alerts import AWAY, choose
from tests.browser.test_element import with_elements
from tests.support.browser import LIVE, page_elsewhere, texts, watch
from tests.support.command import Shell
from tests.support.service import Service, wait_until
from tests.support.walls import open_wall, tile

WHY = "The dome is being painted. " * 40


def userstatus(service: Service, *arguments: str) -> None:
    """Run a command beside the service."""
    url = service.environ["DATABASE_URL"]
    done = Shell(service.log.parent, service.url, DATABASE_URL=url).run(*arguments)
    assert done.returncode == 0, done.stderr


def mute(
    service: Service, site: str, why: str = "painting", how_long: str = "2h", level: str = "error"
) -> None:
    userstatus(service, "mute", site, "--for", how_long, "--why", why, "--level", level)


def test_a_muted_site_says_until_when_and_why_until_somebody_ends_that(page: Page, night: Service) -> None:
    night.post(site="tst", log_message="Dome stuck", log_level="error")
    open_wall(page, night)
    mute(night, "tst", WHY)
    mark = tile(page, "tst").locator(".mute-mark")
    expect(mark).to_have_text(re.compile(r"^muted until .*\d\d:\d\d UTC, error and less: The dome is being"))
    expect(page.locator("#summary")).to_have_text("1 error · 1 muted")
    page.get_by_role("searchbox").fill("painted")
    expect(tile(page, "tst")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.reload()
    expect(mark).to_be_visible()
    userstatus(night, "unmute", "tst")
    expect(mark).to_be_hidden()
    expect(page.locator("#summary")).to_have_text("1 error")


def test_the_page_of_a_site_and_an_element_say_in_their_headings_that_it_is_muted(
    page: Page, night: Service
) -> None:
    night.post(site="tst", log_message="x")
    mute(night, "tst", level="critical")
    watch(page, night, "tst")
    muted = re.compile(r"muted until .*\d\d:\d\d UTC: painting")
    expect(page.get_by_role("heading", level=1)).to_have_text(muted)
    expect(page.locator(".row.notice.mute .text")).to_have_text(re.compile("^Muted for 2 hours, until "))
    html = with_elements(
        night, *(f'<user-status site="tst" {form}></user-status>' for form in ("", "compact"))
    )
    with page_elsewhere(html) as url:
        page.goto(url)
        expect(page.locator(LIVE)).to_have_count(2)
        expect(page.locator(".sites .mute-mark")).to_have_text(muted)
        expect(page.locator(".compact .mute-mark")).to_contain_text("muted until")
        userstatus(night, "unmute", "tst")
        for place in (".sites", ".compact"):
            expect(page.locator(f"{place} .mute-mark")).to_be_hidden()


def test_a_mute_ends_when_its_time_is_over_and_is_told_in_the_viewers_time_zone(
    page: Page, night: Service
) -> None:
    night.post(site="tst", log_message="x")
    mute(night, "tst", how_long="5m")
    page.add_init_script("localStorage.setItem('userstatus.zone', 'local')")
    page.clock.install()
    watch(page, night, "tst")
    zone = page.evaluate("new Date().toLocaleTimeString('en-GB', { timeZoneName: 'short' }).split(' ').pop()")
    mark = page.locator("h1 .mute-mark")
    expect(mark).to_have_text(re.compile(rf"muted until .*\d\d:\d\d {re.escape(zone)}"))
    page.clock.fast_forward(301_000)
    expect(mark).to_be_hidden()


def test_what_is_muted_does_not_ring_but_anything_worse_does(notifiable: Page, night: Service) -> None:
    page = notifiable
    page.context.grant_permissions(["notifications"])
    page.add_init_script(AWAY)
    night.post(site="tst", log_message="x")
    mute(night, "tst")
    watch(page, night, "tst")
    choose(page, "warnings and worse", sound=True)
    page.evaluate("look(true)")
    before = page.evaluate("tones")
    night.post(site="tst", log_message="Dome stuck", log_level="error")
    expect(texts(page).last).to_have_text("Dome stuck")
    assert page.evaluate("[tones, notified.length]") == [before, 0]
    night.post(site="tst", log_message="Fire", log_level="critical")
    wait_until(lambda: page.evaluate("notified.length") == 1, "a notification")
    assert page.evaluate("[tones, notified[0]]") == [before + 1, "tst: critical - Fire"]
    userstatus(night, "unmute", "tst")
    expect(page.locator(".row.notice.unmute")).to_be_visible()
    night.post(site="tst", log_message="Dome stuck again", log_level="error")
    wait_until(lambda: page.evaluate("notified.length") == 2, "another notification")


def test_a_long_reason_is_no_wider_than_a_phone(page: Page, night: Service) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    night.post(site="tst", log_message="exposing")
    mute(night, "tst", WHY)
    watch(page, night, "tst")
    for place in ("h1 .mute-mark", ".row.notice"):
        box = page.locator(place).bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 360
