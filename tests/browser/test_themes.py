"""The colours of the pages: preferred, chosen, red, forced, dimmed; and that all can be seen and hit."""

from __future__ import annotations

import base64
import itertools
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import PATIENCE, watch
from tests.support.service import Service
from userstatus.message import LEVELS

DARK, LIGHT = "rgb(20, 24, 31)", "rgb(255, 255, 255)"
GROUND = "getComputedStyle(document.body).backgroundColor"
BODY = "each => getComputedStyle(each).backgroundColor"

COUNT = """
async png => {
  const bytes = Uint8Array.from(atob(png), character => character.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const drawing = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
  drawing.drawImage(bitmap, 0, 0);
  const { data } = drawing.getImageData(0, 0, bitmap.width, bitmap.height);
  let [red, others, brightest] = [0, 0, 0];
  for (let place = 0; place < data.length; place += 4) {
    if (data[place] > 100) red += 1;
    if (data[place + 1] > 8 || data[place + 2] > 8) others += 1;
    brightest = Math.max(brightest, data[place], data[place + 1], data[place + 2]);
  }
  return [red, others, brightest];
}
"""

SMALL = """
() => {
  const parts = root => [...root.querySelectorAll("*")].flatMap(each =>
    each.shadowRoot ? [each, ...parts(each.shadowRoot)] : [each]);
  return parts(document).flatMap(each => {
    const isBox = each.matches("input[type=checkbox], input[type=radio]");
    if (!each.matches("button, a, select, summary, input") || each.matches(".text a")) return [];
    if (!each.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return [];
    const { width, height } = ((isBox && each.closest("label")) || each).getBoundingClientRect();
    return width < 23.9 || height < 23.9 ? [each.outerHTML.slice(0, 90) + ` ${width}×${height}`] : [];
  });
}
"""


def post_levels(service: Service, site: str) -> None:
    for level in LEVELS:
        service.post(site=site, log_message=f"Dome of {site}: {level}", log_level=level)


def pixels(browser: Browser, page: Page) -> tuple[int, int, int]:
    """How many pixels of a page are red, how many have green or blue in them, and the brightest channel."""
    counting = browser.new_page()
    red, others, brightest = counting.evaluate(COUNT, base64.b64encode(page.screenshot()).decode())
    counting.close()
    return red, others, brightest


@pytest.mark.parametrize(("preferred", "ground"), [("dark", DARK), ("light", LIGHT)])
def test_the_pages_are_as_the_browser_prefers_until_somebody_chooses(
    browser: Browser, service: Service, preferred: Literal["dark", "light"], ground: str
) -> None:
    with browser.new_context(color_scheme=preferred) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        watch(page, service, "auto")
        expect(page.get_by_role("radio", name="auto")).to_be_checked()
        element = page.locator("user-status")
        assert [page.evaluate(GROUND), element.evaluate(BODY)] == [ground, ground]
        other, name = (LIGHT, "light") if ground == DARK else (DARK, "dark")
        page.get_by_role("radio", name=name).check()
        assert [page.evaluate(GROUND), element.evaluate(BODY)] == [other, other]
        page.goto(service.url)
        expect(page.get_by_role("radio", name=name)).to_be_checked()
        assert page.evaluate(GROUND) == other


def test_what_is_printed_is_light(page: Page, service: Service) -> None:
    watch(page, service, "paper")
    page.get_by_role("radio", name="dark").check()
    page.emulate_media(media="print")
    assert page.evaluate(GROUND) == LIGHT


@pytest.mark.parametrize("path", ["/", "/watch/dim"])
def test_the_brightness_is_chosen_remembered_and_full_at_first(
    page: Page, browser: Browser, service: Service, path: str
) -> None:
    service.post(site="dim", log_message="Dome open")
    page.goto(service.url + path)
    page.get_by_role("radio", name="light").check()
    assert pixels(browser, page)[2] == 255
    dimmer = page.get_by_role("slider", name="Brightness")
    dimmer.focus()
    page.keyboard.press("Home")
    expect(dimmer).to_have_value("20")
    assert pixels(browser, page)[2] <= 60
    page.goto(service.url)
    expect(page.get_by_role("slider", name="Brightness")).to_have_value("20")
    assert pixels(browser, page)[2] <= 60


@pytest.mark.parametrize(("path", "site"), [("/", "red1"), ("/watch/red2", "red2")])
def test_the_red_pages_have_no_pixel_of_another_colour(
    page: Page, browser: Browser, service: Service, path: str, site: str
) -> None:
    post_levels(service, site)
    page.goto(service.url + path)
    page.get_by_role("radio", name="red").check()
    expect(page.get_by_text(f"Dome of {site}: critical", exact=True).first).to_be_visible()
    if path != "/":
        page.get_by_role("searchbox").fill("dome")
        expect(page.locator("mark")).to_have_count(5)
        page.get_by_role("button", name="More").click()
    page.mouse.move(400, 400)
    red, others, _ = pixels(browser, page)
    assert red > 500
    assert others == 0
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "red")


def test_in_red_levels_are_told_apart_by_their_brightness(page: Page, service: Service) -> None:
    post_levels(service, "steps")
    watch(page, service, "steps")
    page.get_by_role("radio", name="red").check()
    style = "each => [getComputedStyle(each).backgroundColor, getComputedStyle(each).color]"
    shown = {level: page.locator(f".line.{level} .text").evaluate(style) for level in LEVELS}
    assert shown["critical"] == ["rgb(255, 0, 0)", "rgb(4, 0, 0)"]
    assert shown["error"] == ["rgb(44, 0, 0)", "rgb(255, 0, 0)"]
    assert shown["info"][0] == "rgba(0, 0, 0, 0)"
    fill = "each => Number(getComputedStyle(each).fill.match(/\\d+/)[0])"
    reds = [page.locator(f"rect.{level}").evaluate(fill) for level in LEVELS]
    assert all(next_one - one >= 30 for one, next_one in itertools.pairwise(reds))


def test_with_forced_colours_what_is_chosen_can_be_seen(browser: Browser, service: Service) -> None:
    service.post(site="forced", log_message="Dome stuck", log_level="error")
    with browser.new_context(forced_colors="active") as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        watch(page, service, "forced")
        expect(page.locator("rect").first).to_be_attached()
        box = page.locator(".levels input").first
        ground = "each => getComputedStyle(each).backgroundColor"
        checked = box.evaluate(ground)
        page.locator(".levels label.debug").click()
        assert box.evaluate(ground) != checked
        page.get_by_role("searchbox").fill("dome")
        mark = page.locator("mark")
        assert mark.evaluate(ground) != page.locator("body").evaluate(ground)
        pressed = page.get_by_role("group", name="Days").get_by_role("button").last
        assert pressed.evaluate("each => getComputedStyle(each).outlineStyle") == "solid"


def test_with_forced_colours_levels_and_a_lost_connection_can_be_told(
    browser: Browser, night: Service
) -> None:
    post_levels(night, "forced")
    with browser.new_context(forced_colors="active") as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        watch(page, night, "forced")
        expect(page.locator("rect.critical").first).to_be_attached()
        look = "each => getComputedStyle(each).fill + getComputedStyle(each).stroke"
        assert len({page.locator(f"rect.{level}").first.evaluate(look) for level in LEVELS}) == len(LEVELS)
        night.kill()
        band = page.locator(".connection-band p")
        expect(band).to_be_visible()
        assert band.evaluate("each => getComputedStyle(each).borderTopWidth") == "4px"


@pytest.mark.parametrize("path", ["/", "/watch/touch,other"])
def test_whatever_can_be_touched_is_large_enough(browser: Browser, service: Service, path: str) -> None:
    service.post(site="touch", log_message="a\nb\nc\nd\ne\nf\ng")
    for _ in range(2):
        service.post(site="touch", log_message="Dome open https://a.example/x")
    viewport = {"width": 360, "height": 700}
    with browser.new_context(viewport=viewport, has_touch=True) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(service.url + path)
        expect(page.locator('[data-state="caught up"]')).to_be_visible()
        if path != "/":
            page.locator(".text").last.tap()
            expect(page.locator(".line").last.get_by_role("button", name="Copy line")).to_be_visible()
        assert page.evaluate(SMALL) == []
        page.get_by_role("button", name="Alert me").click()
        assert page.evaluate(SMALL) == []
        if path != "/":
            page.get_by_role("button", name="More").click()
            assert page.evaluate(SMALL) == []


def test_a_page_that_is_to_be_dark_is_dark_before_its_styles_are_there(page: Page, service: Service) -> None:
    page.emulate_media(color_scheme="light")
    page.add_init_script("localStorage.setItem('userstatus.theme', 'red')")
    scheme = page.locator('meta[name="color-scheme"]')
    watch(page, service, "flash")
    expect(scheme).to_have_attribute("content", "dark")
    assert page.evaluate(
        """() => document.querySelector("script").compareDocumentPosition(
          document.querySelector("link[rel=stylesheet]")) === Node.DOCUMENT_POSITION_FOLLOWING"""
    )
    page.get_by_role("radio", name="auto").check()
    expect(scheme).to_have_attribute("content", "light dark")


def test_colours_and_hits_in_a_critical_message_can_be_seen_in_red(page: Page, service: Service) -> None:
    service.post(site="inverse", log_message="Dome \x1b[31mjammed\x1b[0m today", log_level="critical")
    watch(page, service, "inverse", "?search=today")
    page.get_by_role("radio", name="red").check()
    style = "each => [getComputedStyle(each).backgroundColor, getComputedStyle(each).color]"
    assert page.locator(".text .ansi-red").evaluate(style)[1] == "rgb(4, 0, 0)"
    assert page.locator("mark").evaluate(style) == ["rgb(4, 0, 0)", "rgb(255, 0, 0)"]
    page.goto(service.url)
    assert page.locator(".worst.critical").last.evaluate(style) == ["rgb(255, 0, 0)", "rgb(4, 0, 0)"]


def test_a_long_site_is_not_cut_off_in_the_heading_of_a_phone(browser: Browser, service: Service) -> None:
    with browser.new_context(viewport={"width": 360, "height": 700}, has_touch=True) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        watch(page, service, "s" * 64)
        box = page.locator("h1").bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 360
        assert page.locator("h1").evaluate("each => each.scrollWidth <= each.clientWidth")
