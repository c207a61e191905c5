"""What people can do on the page of a site, in a real browser against the real service."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.support.browser import texts, watch
from tests.support.posters import post_many
from tests.support.service import Service


def test_a_reader_who_scrolled_up_stays_there_and_is_told_what_is_new(page: Page, service: Service) -> None:
    post_many(service, "up", 1500)
    watch(page, service, "up")
    expect(page.get_by_text("line 1499", exact=True)).to_be_in_viewport()
    assert page.locator(".line").count() < 100
    page.locator(".scroller").hover()
    page.mouse.wheel(0, -4000)
    expect(page.locator(".new")).to_have_text("newest ↓")
    seen = texts(page).all_inner_texts()
    for number in range(3):
        service.post(site="up", log_message=f"new {number}")
    expect(page.locator(".new")).to_have_text("3 new ↓")
    assert texts(page).all_inner_texts() == seen
    page.keyboard.press("End")
    expect(page.get_by_text("new 2", exact=True)).to_be_in_viewport()
    expect(page.locator(".new")).to_be_hidden()


def test_older_messages_are_loaded_when_the_viewer_scrolls_up(page: Page, service: Service) -> None:
    post_many(service, "older", 1500)
    watch(page, service, "older")
    page.locator(".scroller").evaluate("scroller => { scroller.scrollTop = 0; }")
    expect(page.locator(".line").first).to_have_attribute("aria-setsize", "1500")
    page.locator(".scroller").evaluate("scroller => { scroller.scrollTop = 0; }")
    expect(page.get_by_text("line 0", exact=True)).to_be_in_viewport()


def test_keys_do_what_the_page_says(page: Page, service: Service) -> None:
    post_many(service, "keys", 200)
    watch(page, service, "keys")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("ft/")
    expect(page.get_by_role("searchbox")).to_have_value("ft/")
    page.get_by_role("searchbox").fill("")
    page.keyboard.press("Escape")
    expect(page.get_by_role("region", name="Messages")).to_be_focused()
    page.locator(".levels label.debug").click()  # after that, keys have the same effect
    page.keyboard.press("f")
    expect(page.locator(".new")).to_be_visible()
    page.keyboard.press("f")
    expect(page.locator(".new")).to_be_hidden()


def test_a_screen_reader_is_told_what_arrives(page: Page, service: Service) -> None:
    watch(page, service, "hear")
    service.post(site="hear", log_message="Dome stuck", log_level="error")
    expect(page.locator('[aria-live="polite"]')).to_have_text("hear, error: Dome stuck")
    expect(page.get_by_role("listitem")).to_contain_text("Dome stuck")
    expect(page.get_by_role("heading", level=1)).to_have_text("hear")
