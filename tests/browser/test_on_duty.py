"""What a page shows of a configuration: names of sites, and levels that a rule has changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_element import with_elements
from tests.support.browser import LIVE, page_elsewhere, texts, watch
from tests.support.service import Service, running
from tests.support.walls import open_wall, sites, tile

LONG = "The Very Long Name " * 5 + "North"
RIGHT_TO_LEFT = "مرصد الصحراء 7"
CONFIG = f"""
[sites.mrc1]
name = "McDonald 1"
[sites.long]
name = "{LONG}"
[sites.rtl]
name = "{RIGHT_TO_LEFT}"
[[levels]]
match = "too close to the sun"
level = "critical"
[[levels]]
match = "^retrying"
level = "debug"
"""


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose sites have names."""
    folder: Path = tmp_path_factory.mktemp("named")
    file = folder / "userstatus.toml"
    file.write_text(CONFIG)
    with running(f"sqlite:///{folder}/x.db", folder, CONFIG=str(file)) as service:
        for site in ("mrc1", "long", "rtl", "plain"):
            service.post(site=site, log_message=f"Dome of {site} open")
        yield service


def test_a_tile_has_the_name_of_its_site_and_the_filter_finds_it(page: Page, named: Service) -> None:
    open_wall(page, named)
    expect(tile(page, "mrc1").locator(".name")).to_have_text("McDonald 1")
    expect(tile(page, "plain").locator(".name")).to_have_text("")
    page.get_by_role("searchbox").fill("mcdonald")
    expect(sites(page)).to_have_text(["mrc1"])


def test_a_name_however_long_or_written_leaves_the_tile_as_it_is(page: Page, named: Service) -> None:
    open_wall(page, named)
    for site, name in (("long", LONG), ("rtl", RIGHT_TO_LEFT)):
        expect(tile(page, site).locator(".name")).to_have_attribute("title", name)
    heights = {box["height"] for each in page.locator(".tile").all() if (box := each.bounding_box())}
    assert len(heights) == 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_page_of_a_site_and_its_title_have_the_name(page: Page, named: Service) -> None:
    watch(page, named, "mrc1,plain")
    expect(page.get_by_role("heading", level=1)).to_have_text("mrc1 (McDonald 1), plain")
    expect(page).to_have_title("mrc1 (McDonald 1), plain · userstatus")


@pytest.mark.parametrize("form", ["", "compact"])
def test_an_element_has_the_name_in_its_heading(page: Page, named: Service, form: str) -> None:
    html = with_elements(named, f'<user-status site="mrc1" {form}></user-status>')
    with page_elsewhere(html) as url:
        page.goto(url)
        expect(page.locator(LIVE)).to_be_visible()
        expect(page.get_by_role("link", name="mrc1 (McDonald 1)")).to_be_visible()


def test_a_search_finds_a_site_by_its_name_and_marks_its_code(page: Page, named: Service) -> None:
    watch(page, named, "*", "?search=mcdonald")
    expect(texts(page)).to_have_text(["Dome of mrc1 open"])
    expect(page.locator(".site mark")).to_have_text("mrc1")
    expect(page.locator(".row .site")).to_have_attribute("title", re.compile(r"^mrc1 \(McDonald 1\)\."))


def test_a_level_that_a_rule_has_changed_is_marked_and_the_telescopes_own_is_told(
    page: Page, named: Service
) -> None:
    for text in ("as ever", "pointing too close to the sun: parking", "retrying"):
        named.post(site="rule", log_message=text)
    watch(page, named, "rule")
    expect(page.locator(".row .level")).to_have_text(["i", "‼↑", "·↓"])
    raised = page.get_by_role("img", name="critical: info by the telescope, raised to critical by a rule")
    expect(raised).to_have_attribute("title", re.compile("^info by the telescope, raised to critical"))
    expect(page.get_by_role("img", name="debug: info by the telescope, lowered to debug")).to_be_visible()
    page.locator(".scroller").focus()
    for _ in range(2):
        page.keyboard.press("ArrowUp")
    expect(page.locator(".line.critical")).to_be_focused()
    expect(page.get_by_text("raised from info by a rule", exact=True)).to_be_visible()
    expect(page.get_by_text("lowered from info by a rule", exact=True)).to_be_hidden()
