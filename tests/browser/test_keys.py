"""Keys, and the menus: they are there at once, they are listed, and nothing that opens is off the screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import PATIENCE, watch
from tests.support.posters import post_many
from tests.support.service import Service


def test_keys_that_scroll_work_at_once_without_a_click(page: Page, service: Service) -> None:
    post_many(service, "scroll", 300)
    watch(page, service, "scroll")
    expect(page.get_by_text("line 299", exact=True)).to_be_in_viewport()
    place = "() => document.querySelector('user-status').shadowRoot.querySelector('.scroller').scrollTop"
    places = [page.evaluate(place)]
    for key in ("PageUp", "Shift+Space", "ArrowUp"):
        page.keyboard.press(key)
        places.append(page.evaluate(place))
    assert places == sorted(places, reverse=True)
    assert len(set(places)) == 4
    for key in ("PageDown", "Space", "ArrowDown"):
        before = page.evaluate(place)
        page.keyboard.press(key)
        assert page.evaluate(place) > before
    page.keyboard.press("End")
    expect(page.locator(".new")).to_be_hidden()
    page.keyboard.press("f")
    expect(page.locator(".new")).to_be_visible()


def test_a_button_that_has_the_focus_is_pressed_by_space(page: Page, service: Service) -> None:
    post_many(service, "space", 300)
    watch(page, service, "space")
    page.get_by_role("button", name="More").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="CSV")).to_be_visible()
    expect(page.locator(".new")).to_be_hidden()


@pytest.mark.parametrize(
    ("path", "keys"), [("/", ["/", "c", "f"]), ("/watch/tst", ["/", "g", "n", "Home", "Enter", "→"])]
)
def test_a_list_of_keys_is_shown_and_hidden_by_a_key(
    page: Page, service: Service, path: str, keys: list[str]
) -> None:
    service.post(site="tst", log_message="Dome open")
    page.goto(service.url + path)
    expect(page.locator('[data-state="caught up"]')).to_be_visible()
    dialog = page.get_by_role("dialog", name="Keys")
    for hide in ("?", "Escape"):
        page.keyboard.press("?")
        expect(dialog).to_be_visible()
        for key in keys:
            expect(dialog.locator("kbd").get_by_text(key, exact=True).first).to_be_visible()
        page.keyboard.press(hide)
        expect(dialog).to_be_hidden()
    page.keyboard.press("?")
    page.mouse.click(3, 300)  # beside it
    expect(dialog).to_be_hidden()


@pytest.mark.parametrize("width", [320, 720, 1280])
def test_a_menu_is_on_the_screen_and_closes_by_escape_and_by_a_click_elsewhere(
    browser: Browser, service: Service, width: int
) -> None:
    with browser.new_context(viewport={"width": width, "height": 450}) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        watch(page, service, "menu")
        for name in ("More", "Alert me"):
            button = page.get_by_role("button", name=name)
            panel = page.locator(".panel:popover-open")
            button.click()
            box = panel.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= 450
            expect(button).to_have_attribute("aria-expanded", "true")
            page.keyboard.press("Escape")
            expect(panel).to_have_count(0)
            expect(button).to_be_focused()
            button.click()
            page.locator("h1").click()
            expect(panel).to_have_count(0)
            expect(button).to_have_attribute("aria-expanded", "false")


@pytest.mark.parametrize("tabs", [0, 1, 2])
def test_the_focus_returns_to_the_button_of_a_menu_from_wherever_it_was(
    page: Page, service: Service, tabs: int
) -> None:
    watch(page, service, "escape")
    more = page.get_by_role("button", name="More")
    more.press("Enter")
    expect(page.locator("#more-panel")).to_be_visible()
    for _ in range(tabs):
        page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.locator("#more-panel")).to_be_hidden()
    expect(more).to_be_focused()
