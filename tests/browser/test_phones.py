"""The pages on the small screen of a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import PATIENCE, texts, watch
from tests.support.service import Service, wait_until
from userstatus.message import LEVELS


@pytest.mark.parametrize("path", ["/", "/watch/phone,tst"])
def test_a_phone_shows_all_of_it_without_scrolling_sideways(
    browser: Browser, service: Service, path: str
) -> None:
    for level in LEVELS:
        service.post(site="phone", log_message="A long word: " + "x" * 200, log_level=level)
    with browser.new_context(viewport={"width": 360, "height": 700}, has_touch=True) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(service.url + path)
        expect(page.locator('[data-state="caught up"]')).to_be_visible()
        expect(page.get_by_text("A long word").first).to_be_visible()
        parts = page.locator("body, header > *, main > *, #wall > *")
        assert max(parts.evaluate_all("each => each.map(({ scrollWidth }) => scrollWidth)")) <= 360
        if path != "/":
            page.locator(".text").last.tap()
            expect(page.get_by_role("button", name="copy").last).to_be_in_viewport()
            assert page.locator(".scroller").evaluate("each => each.scrollWidth") <= 360


def test_a_long_site_code_leaves_room_for_the_message_on_a_phone(browser: Browser, service: Service) -> None:
    site = "site-" + "0123456789" * 5
    service.post(site=site, log_message="Slewing telescope to M 13")
    with browser.new_context(viewport={"width": 360, "height": 700}) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        watch(page, service, f"{site},tst")
        expect(texts(page)).to_have_text(["Slewing telescope to M 13"])
        said = page.locator(".said").bounding_box()
        assert said is not None
        assert said["width"] > 100


def test_a_phone_shows_what_a_line_is_of_in_one_row_and_its_text_below(
    browser: Browser, service: Service
) -> None:
    code = "a-very-long-code-" + "x" * 47
    service.post(site=code, log_message="A text that is long enough to take more than one row of a phone")
    with browser.new_context(viewport={"width": 360, "height": 700}, has_touch=True) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        watch(page, service, f"{code},other")
        boxes = [
            page.locator(f".row {part}").bounding_box() for part in (".time", ".level", ".site", ".said")
        ]
        time, level, site, said = (box for box in boxes if box)
        assert time["y"] == pytest.approx(site["y"], abs=8)
        assert time["x"] < level["x"] < site["x"]
        assert site["x"] + site["width"] <= 360
        assert said["y"] >= time["y"] + time["height"] - 1
        assert said["width"] > 320


@pytest.mark.parametrize("width", [320, 360, 390, 412, 430, 500])
def test_most_of_a_phone_is_for_the_log(browser: Browser, service: Service, width: int) -> None:
    service.post(site="room", log_message="Dome open")
    with browser.new_context(viewport={"width": width, "height": 700}, has_touch=True) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        watch(page, service, "room,other")
        expect(page.locator("rect").first).to_be_attached()
        box = page.locator(".scroller").bounding_box()
        assert box is not None
        assert box["height"] >= 0.5 * 700
        heard = page.locator(".heard").bounding_box()
        assert heard is not None
        assert heard["height"] < 50, "it is not squeezed to a letter per line"


NO_OVERLAP = """all => all.map(each => each.getBoundingClientRect())
    .every(({ bottom }, place, boxes) => place + 1 === boxes.length || bottom <= boxes[place + 1].top + 1)"""


def test_what_can_be_done_with_a_line_is_below_its_text_and_large_enough_for_a_finger(
    browser: Browser, service: Service
) -> None:
    for number in range(40):
        service.post(site="finger", log_message=f"line {number}")
    with browser.new_context(
        viewport={"width": 360, "height": 700}, has_touch=True, is_mobile=True
    ) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        watch(page, service, "finger,tst", "?levels=info")
        for text in ("line 35", "line 39"):
            line = page.locator(".line").filter(has=page.get_by_text(text, exact=True))
            line.locator(".text").tap()
            expect(line.locator(".actions")).to_be_in_viewport(ratio=1)
            box, below = line.locator(".text").bounding_box(), line.locator(".actions").bounding_box()
            assert box is not None
            assert below is not None
            assert below["y"] >= box["y"] + box["height"] - 1
            sizes = line.locator(".actions > *").evaluate_all("all => all.map(each => each.offsetHeight)")
            assert min(sizes) >= 24
            expect(page.locator(".actions:visible")).to_have_count(1)
        page.get_by_text("line 35", exact=True).tap()
        wait_until(
            lambda: page.locator(".line").evaluate_all(NO_OVERLAP),
            "the lines below make room",
        )
