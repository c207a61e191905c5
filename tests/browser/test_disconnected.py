"""A lost connection is unmistakable, and leaves its trace in the log."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_themes import COUNT
from tests.support.browser import LIVE, elsewhere, texts, watch
from tests.support.service import Service, running
from userstatus.message import LEVELS

AT = r"\d\d:\d\d:\d\d UTC"
LOST = re.compile(f"^Connection lost at {AT}, retrying$")


def test_a_lost_connection_is_told_in_large_letters_by_the_title_and_the_icon(
    page: Page, night: Service
) -> None:
    watch(page, night, "tst")
    night.post(site="tst", log_message="Dome open")
    expect(texts(page)).to_have_text(["Dome open"])
    title = page.title()
    band = page.locator(".connection-band")
    expect(band).to_be_hidden()
    night.kill()
    expect(band).to_have_text(LOST)
    box = band.bounding_box()
    assert box is not None
    assert page.viewport_size is not None
    assert box["width"] == page.viewport_size["width"]
    assert float(band.locator("p").evaluate("each => parseFloat(getComputedStyle(each).fontSize)")) >= 40
    assert float(page.locator(".frame").evaluate("each => getComputedStyle(each).opacity")) < 1
    expect(page).to_have_title(f"✖ offline – {title}")
    expect(page.locator('link[rel="icon"]')).to_have_attribute("href", re.compile("icons/lost.svg$"))
    night.start()
    expect(band).to_have_text("Connected again")
    expect(page).to_have_title(title)
    expect(page.locator('link[rel="icon"]')).not_to_have_attribute("href", re.compile("lost"))
    expect(band).to_be_hidden()  # by itself
    assert float(page.locator(".frame").evaluate("each => getComputedStyle(each).opacity")) == 1


def test_the_log_says_where_the_connection_was_cut_and_where_it_came_back(page: Page, night: Service) -> None:
    watch(page, night, "tst")
    night.post(site="tst", log_message="before")
    expect(texts(page)).to_have_text(["before"])
    night.kill()
    dividers = page.locator(".divider")
    expect(dividers).to_have_text([re.compile(f"^connection lost at {AT}$")])
    expect(dividers).to_be_in_viewport()
    with running(night.environ["DATABASE_URL"], night.log.parent) as other:
        for text in ("missed 1", "missed 2"):
            other.post(site="tst", log_message=text)
    night.start()
    expect(texts(page)).to_have_text(["before", "missed 1", "missed 2"])
    again = re.compile(f"^connected again at {AT}, 2 messages came meanwhile$")
    expect(dividers.last).to_have_text(again)
    night.post(site="tst", log_message="after")
    expect(texts(page)).to_have_text(["before", "missed 1", "missed 2", "after"])
    lines = page.locator(".line")
    expect(lines.nth(1).locator(".divider")).to_have_text(re.compile(f"^connection lost at {AT}$"))
    expect(lines.nth(3).locator(".divider")).to_have_text(again)
    expect(dividers).to_have_count(2)


def test_a_cut_in_which_nothing_was_missed_says_so_in_a_filtered_view_too(page: Page, night: Service) -> None:
    watch(page, night, "tst", "?levels=error")
    night.post(site="tst", log_message="before", log_level="error")
    expect(texts(page)).to_have_text(["before"])
    night.kill()
    expect(page.locator(".divider")).to_be_visible()
    night.start()
    said = re.compile(f"^connection lost at {AT}, connected again at {AT}, nothing was missed$")
    expect(page.locator(".divider")).to_have_text(said)
    night.post(site="tst", log_message="not shown")
    night.post(site="tst", log_message="after", log_level="error")
    expect(texts(page)).to_have_text(["before", "after"])
    expect(page.locator(".line").last.locator(".divider")).to_have_text(said)
    page.locator(".levels label.info").click()
    expect(texts(page)).to_have_text(["before", "not shown", "after"])
    expect(page.locator(".line").nth(1).locator(".divider")).to_have_text(said)
    expect(page.locator(".divider")).to_have_count(1)


def test_a_divider_is_no_part_of_what_is_saved(page: Page, night: Service, tmp_path: Path) -> None:
    watch(page, night, "tst")
    night.kill()
    expect(page.locator(".divider")).to_be_visible()
    night.start()
    night.post(site="tst", log_message="after")
    expect(page.locator(".line .divider")).to_be_visible()
    page.get_by_text("More").click()
    for name in ("TXT", "JSON"):
        with page.expect_download() as download:
            page.get_by_role("button", name=name).click()
        download.value.save_as(tmp_path / name)
        saved = (tmp_path / name).read_text()
        assert "after" in saved
        assert "lost" not in saved


def test_a_page_that_is_still_connecting_has_lost_nothing(page: Page, night: Service) -> None:
    page.route_web_socket(re.compile("/ws"), lambda socket: socket.close())
    page.route("**/events*", lambda route: route.abort())
    page.goto(f"{night.url}/watch/tst")
    expect(page.locator(".state")).to_have_attribute("data-state", "reconnecting")
    expect(page.locator(".state")).to_have_text("connecting…")
    expect(page.locator(".connection-band")).to_be_hidden()


@pytest.mark.parametrize("path", ["/", "/watch/tst"])
def test_a_page_that_cannot_connect_for_ten_seconds_says_so_as_one_that_has_lost_its_connection(
    page: Page, night: Service, path: str
) -> None:
    night.post(site="tst", log_message="Dome open")
    page.route_web_socket(re.compile("/ws"), lambda socket: socket.close())
    page.route("**/events*", lambda route: route.abort())
    page.clock.install()
    page.goto(night.url + path)
    expect(page.get_by_text("Dome open")).to_be_visible()
    title = page.title()
    band = page.locator(".connection-band")
    expect(band).to_be_hidden()
    page.clock.fast_forward(13_000)
    expect(band).to_have_text(re.compile(f"^Not connected since {AT}, retrying$"))
    expect(page).to_have_title(f"✖ offline – {title}")
    expect(page.locator(".divider")).to_have_count(0)


def test_a_lost_connection_is_shown_in_nothing_but_red_on_a_red_page(
    page: Page, browser: Browser, night: Service
) -> None:
    for level in LEVELS:
        night.post(site="tst", log_message=f"Dome {level}", log_level=level)
    page.add_init_script("localStorage.setItem('userstatus.theme', 'red')")
    watch(page, night, "tst")
    expect(texts(page)).to_have_count(5)
    night.kill()
    expect(page.locator(".connection-band")).to_have_text(LOST)
    counting = browser.new_page()
    _, others, _ = counting.evaluate(COUNT, base64.b64encode(page.screenshot()).decode())
    counting.close()
    assert others == 0


def test_the_wall_says_in_large_letters_that_it_is_not_up_to_date(page: Page, night: Service) -> None:
    night.post(site="tst", log_message="Dome open")
    page.goto(night.url)
    expect(page.locator("#wall .tile")).to_have_count(1)
    expect(page.locator('#state[data-state="caught up"]')).to_be_visible()
    title = page.title()
    night.kill()
    expect(page.locator(".connection-band")).to_have_text(LOST)
    expect(page).to_have_title(f"✖ offline – {title}")
    assert float(page.locator("#wall").evaluate("each => getComputedStyle(each).opacity")) < 1
    night.start()
    expect(page.locator(".connection-band")).to_have_text("Connected again")
    expect(page).to_have_title(title)


def test_in_a_foreign_page_the_band_is_inside_the_element(page: Page, night: Service) -> None:
    with elsewhere() as origin:
        page.goto(f"{origin}/browser/pages/embedded.html?service={night.url}")
        expect(page.locator(LIVE)).to_be_visible()
        night.kill()
        band = page.locator("user-status .connection-band")
        expect(band).to_have_text(LOST)
        inner, outer = band.bounding_box(), page.locator("user-status").bounding_box()
        assert inner is not None
        assert outer is not None
        assert (inner["x"], inner["width"]) == (outer["x"], outer["width"])
        assert inner["y"] >= outer["y"]
        expect(page).to_have_title("An observatory")
