"""How people choose what is shown: only a level or a site, and what is around a hit."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_finding import found, post_hits, search, top
from tests.support.browser import LIVE, PATIENCE, elsewhere, texts, watch
from tests.support.posters import post_many
from tests.support.service import Service


def test_a_hit_is_shown_in_context_in_its_place_and_back_leads_to_the_search(
    page: Page, service: Service
) -> None:
    post_hits(service, "context", 900, 5)
    watch(page, service, "context", "?levels=info")
    search(page, "dome")
    expect(found(page)).to_have_text("180 match")
    page.keyboard.press("Enter")
    page.keyboard.press("n")
    for _ in range(3):
        page.keyboard.press("Shift+N")
    line = page.locator(".line").filter(has=page.locator(".text", has_text=re.compile("^line 735 dome$")))
    hits_url = page.url
    for back in (page.go_back, page.get_by_role("button", name="back to the search").click):
        line.scroll_into_view_if_needed()
        before = top(line)
        line.hover()
        line.get_by_role("button", name="show in context").click()
        expect(page.get_by_text("line 736 mount", exact=True)).to_be_in_viewport()
        assert abs(top(line) - before) < 2
        assert "search" not in page.url
        expect(page.get_by_role("searchbox")).to_have_value("")
        expect(line).to_have_class(re.compile("current"))
        expect(page.get_by_role("button", name="show in context")).to_have_count(0)
        back()
        expect(page.get_by_text("line 736 mount", exact=True)).to_have_count(0)
        expect(page.get_by_role("searchbox")).to_have_value("dome")
        expect(page.get_by_role("button", name="back to the search")).to_be_hidden()
        assert page.url == hits_url
        assert abs(top(line) - before) < 2


def test_an_element_in_another_page_leads_to_the_context_and_back_without_its_url(
    page: Page, service: Service
) -> None:
    for text in ("Slewing", "Dome open", "Parked"):
        service.post(site="tst", log_message=text)
    with elsewhere() as origin:
        page.goto(f"{origin}/browser/pages/embedded.html?service={service.url}")
        expect(page.locator(LIVE)).to_be_visible()
        url = page.url
        search(page, "dome o")
        expect(texts(page)).to_have_text(["Dome open"])
        page.locator(".line").hover()
        page.get_by_role("button", name="show in context").click()
        expect(page.get_by_text("Parked")).to_be_visible()
        page.get_by_role("button", name="back to the search").click()
        expect(texts(page)).to_have_text(["Dome open"])
        assert page.url == url


def test_a_click_on_a_site_shows_only_this_one_and_a_second_click_all(page: Page, service: Service) -> None:
    for number, site in enumerate(("one1", "two2", "one1")):
        service.post(site=site, log_message=f"line {number}")
    watch(page, service, "one1,two2")
    page.locator(".line .site").first.click()
    expect(texts(page)).to_have_text(["line 0", "line 2"])
    assert "only=one1" in page.url
    service.post(site="two2", log_message="not this")
    service.post(site="one1", log_message="but this")
    expect(texts(page)).to_have_text(["line 0", "line 2", "but this"])
    page.reload()
    expect(texts(page)).to_have_text(["line 0", "line 2", "but this"])
    page.locator(".line .site").last.click()
    expect(texts(page)).to_have_count(5)
    assert "only" not in page.url
    page.locator(".line", has_text="line 1").hover()
    page.locator(".line", has_text="line 1").get_by_role("button", name="only this site").press("Enter")
    expect(texts(page)).to_have_text(["line 1", "not this"])
    page.get_by_role("button", name="Only two2 is shown: show all sites").press("Enter")
    expect(texts(page)).to_have_count(5)


def test_a_finger_on_a_site_presses_nothing_that_was_not_visible(browser: Browser, service: Service) -> None:
    for number in range(3):
        for site in ("tap1", "tap2"):
            service.post(site=site, log_message=f"line {number}")
    with browser.new_context(
        viewport={"width": 360, "height": 700}, has_touch=True, is_mobile=True
    ) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        watch(page, service, "tap1,tap2")
        search(page, "line")
        page.locator(".line .site", has_text="tap1").nth(1).tap()
        expect(page.locator(".line .site")).to_have_text(["tap1"] * 3)
        expect(page.get_by_role("button", name="copied")).to_have_count(0)
        page.locator(".line .text").nth(1).tap()
        box = page.get_by_role("button", name="show in context").bounding_box()
        assert box is not None
        assert box["height"] >= 24
        page.get_by_role("button", name="show in context").tap()
        expect(texts(page)).to_have_count(6)


def test_a_click_on_a_level_shows_only_this_one_and_a_second_click_all(page: Page, service: Service) -> None:
    for level in ("info", "error", "warning", "info"):
        service.post(site="level", log_message=f"an {level}", log_level=level)
    watch(page, service, "level")
    page.locator(".line .level").nth(1).click()
    expect(texts(page)).to_have_text(["an error"])
    expect(page.locator(".levels :checked")).to_have_count(1)
    assert "levels=error" in page.url
    page.locator(".line .level").click()
    expect(texts(page)).to_have_count(4)
    expect(page.locator(".levels :checked")).to_have_count(5)


def test_only_one_level_can_be_chosen_in_the_bar_by_pointer_and_by_keys(page: Page, service: Service) -> None:
    for level in ("info", "error", "warning"):
        service.post(site="bar", log_message=f"an {level}", log_level=level)
    watch(page, service, "bar")
    page.locator(".levels label.warning").hover()
    page.get_by_role("button", name="only warning").click()
    expect(texts(page)).to_have_text(["an warning"])
    page.get_by_role("button", name="all levels").press("Enter")
    expect(texts(page)).to_have_count(3)
    page.get_by_role("checkbox", name="error").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="only error")).to_be_focused()
    page.keyboard.press("Space")
    expect(texts(page)).to_have_text(["an error"])


@pytest.mark.parametrize("key", ["e", "Shift+E"])
def test_an_error_is_found_however_far_back_it_is(page: Page, service: Service, key: str) -> None:
    site = f"far-{key[0].lower()}"
    service.post(site=site, log_message="Dome stuck", log_level="error")
    post_many(service, site, 7000)
    watch(page, service, site)
    page.keyboard.press(key)
    expect(page.locator(".current .text")).to_have_text("Dome stuck")
    expect(page.locator(".current")).to_be_in_viewport()
