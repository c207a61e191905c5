"""How the wall fills a screen: in tiles, in the compact form, on a wall of its own, and with nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import PATIENCE, wait_for
from tests.support.service import Service
from tests.support.walls import open_wall, sites

WITHIN = """
() => [...document.querySelectorAll(".tile")].every(each => each.getBoundingClientRect().bottom <= 900)
"""


def post_from(service: Service, count: int) -> None:
    levels = ("info", "warning", "error", "critical")
    messages = [
        {"site": f"site{number}", "log_message": "Exposing 60 s, filter rp, of NGC 7331", "log_level": level}
        for number in range(count)
        for level in (levels[number % 4], "info")
    ]
    requests.post(f"{service.url}/newlog", json=messages, timeout=30).raise_for_status()


def test_a_hundred_sites_fit_on_a_screen_in_the_compact_form(browser: Browser, night: Service) -> None:
    post_from(night, 100)
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        open_wall(page, night)
        expect(sites(page)).to_have_count(100)
        page.keyboard.press("c")
        expect(page.get_by_role("button", name="Compact")).to_have_attribute("aria-pressed", "true")
        wait_for(page, WITHIN)
        size = "[document.documentElement.scrollHeight, document.documentElement.scrollWidth]"
        assert page.evaluate(size) == [900, 1440]
        for level in ("worst", "last"):
            assert page.locator(f".tile.critical .{level}").first.evaluate("each => each.clientHeight > 8")
        for part in (".head a", ".ago", ".said", ".pin"):
            expect(page.locator(f".tile {part}").last).to_be_visible()
        targets = page.locator(".pin").evaluate_all(
            "each => each.map(one => one.getBoundingClientRect().height)"
        )
        assert min(targets) >= 24
        page.reload()
        expect(page.get_by_role("button", name="Compact")).to_have_attribute("aria-pressed", "true")
        page.get_by_role("button", name="Compact").click()
        expect(page.locator(".bars").first).to_be_visible()


@contextmanager
def wall_on_a_4k_screen(browser: Browser, service: Service, count: int) -> Iterator[Page]:
    """The wall of so many sites, in full screen."""
    post_from(service, count)
    with browser.new_context(viewport={"width": 3840, "height": 2160}) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        open_wall(page, service)
        expect(sites(page)).to_have_count(count)
        page.keyboard.press("f")
        wait_for(page, "document.fullscreenElement !== null")
        yield page


def test_six_sites_fill_a_4k_screen_readably(browser: Browser, night: Service) -> None:
    with wall_on_a_4k_screen(browser, night, 6) as page:
        wait_for(page, "parseFloat(getComputedStyle(document.querySelector('.said')).fontSize) > 55")
        expect(page.locator("header")).to_be_hidden()
        boxes = [tile.bounding_box() for tile in page.locator(".tile").all()]
        assert all(box and box["y"] + box["height"] <= 2160 for box in boxes)
        assert sum(box["width"] * box["height"] for box in boxes if box) > 0.8 * 3840 * 2160
        assert page.evaluate("document.documentElement.scrollHeight") == 2160
        page.get_by_role("button", name="Full screen").click()
        wait_for(page, "document.fullscreenElement === null")
        expect(page.locator("header")).to_be_visible()


def test_a_hundred_sites_fill_a_4k_screen_readably(browser: Browser, night: Service) -> None:
    with wall_on_a_4k_screen(browser, night, 100) as page:
        wait_for(page, "parseFloat(getComputedStyle(document.querySelector('.said')).fontSize) > 15")
        wait_for(page, WITHIN.replace("900", "2160"))


def test_the_full_screen_still_says_that_it_is_dev(page: Page, night: Service) -> None:
    page.goto(f"{night.url}/dev/")
    page.keyboard.press("f")
    wait_for(page, "document.fullscreenElement !== null")
    expect(page.get_by_text("dev: test messages only")).to_be_visible()
    expect(page.locator("nav")).to_be_hidden()


@pytest.mark.parametrize("prefix", ["", "/dev"])
def test_an_empty_wall_shows_the_command_that_fills_it(browser: Browser, night: Service, prefix: str) -> None:
    with browser.new_context(permissions=["clipboard-read", "clipboard-write"]) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{night.url}{prefix}/")
        expect(page.get_by_text("No site has posted in the last 7 days. Try:")).to_be_visible()
        command = page.locator("#empty code").inner_text()
        page.get_by_role("button", name="Copy").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == command
        found = re.fullmatch(r"curl (\S+) -d '(.+)'", command)
        assert found is not None
        assert found[1] == f"{night.url}{prefix}/newlog"
        requests.post(found[1], data=found[2], timeout=5).raise_for_status()
        expect(page.locator(".tile h2 a")).to_have_text(["tst"])
        expect(page.locator("#empty")).to_be_hidden()


def test_a_wall_that_has_not_read_anything_does_not_say_that_nobody_has_posted(
    page: Page, night: Service
) -> None:
    night.post(site="tst", log_message="Dome open")
    page.route("**/sites*", lambda route: route.abort())
    page.clock.install()
    page.goto(night.url)
    page.clock.fast_forward(13_000)
    expect(page.locator(".connection-band")).to_have_text(re.compile("^Not connected since"))
    expect(page.locator("#empty")).to_be_hidden()


def test_ugly_texts_stay_within_their_tile(page: Page, night: Service) -> None:
    code = "site-with-a-long-code-" + "0123456789" * 4
    night.post(site=code, log_message="x" * 10_000, log_level="critical")
    night.post(site=code, log_message="\u202egnihtyreve snrut")
    open_wall(page, night)
    expect(page.locator(".last")).to_be_visible()
    width = "each => [each.scrollWidth - each.clientWidth, each.scrollHeight - each.clientHeight]"
    assert page.locator(".tile").evaluate(width) == [0, 0]
    expect(page.get_by_role("button", name=f"Pin {code}")).to_be_in_viewport()
    assert page.locator(".last .text").evaluate("each => getComputedStyle(each).unicodeBidi") == "isolate"
