"""How people find a line on the page of a site: by search, and from hit to hit and from error to error."""

from __future__ import annotations

import re

import requests
from playwright.sync_api import Locator, Page, Route, expect

from tests.support.browser import texts, watch
from tests.support.posters import post_many
from tests.support.service import Service

LEVELS_AND_SEARCH = "No messages match your search and levels."
IN_VIEW = """
line => {
  const { top, bottom } = line.getBoundingClientRect();
  const { top: above, bottom: below } = line.closest(".scroller").getBoundingClientRect();
  return [top - above, below - bottom];
}
"""


def search(page: Page, words: str) -> None:
    page.get_by_role("searchbox").fill(words)


def found(page: Page) -> Locator:
    return page.locator(".found")


def top(line: Locator) -> float:
    """How far below the upper edge of the page a line begins."""
    box = line.bounding_box()
    assert box is not None
    return box["y"]


def post_hits(service: Service, site: str, count: int, every: int) -> None:
    """Post lines of which every so many is a hit; the first one is."""
    messages = [
        {"site": site, "log_message": f"line {number} {'dome' if number % every == 0 else 'mount'}"}
        for number in range(count)
    ]
    for start in range(0, count, 1000):
        assert requests.post(f"{service.url}/newlog", json=messages[start : start + 1000], timeout=10).ok


class Gate:
    """Holds a page's requests for older messages back, until it is opened."""

    def __init__(self, page: Page):
        self.held: list[Route] = []
        self.is_open = False
        page.route(re.compile("before_id"), self._hold)

    def _hold(self, route: Route) -> None:
        if self.is_open:
            route.continue_()
        else:
            self.held.append(route)

    def let_one_through(self) -> None:
        self.held.pop(0).continue_()

    def open(self) -> None:
        self.is_open = True
        for route in self.held:
            route.continue_()


def test_a_search_loads_as_many_older_messages_as_it_needs(page: Page, service: Service) -> None:
    service.post(site="back", log_message="Rain: closing")
    post_many(service, "back", 1500)
    watch(page, service, "back", "?search=rain")
    expect(texts(page)).to_have_text(["Rain: closing"])


def test_a_view_is_in_the_url_and_comes_back_from_it(page: Page, service: Service) -> None:
    service.post(site="view", log_message="Dome open (1)")
    service.post(site="view", log_message="DOME stuck (2)", log_level="error")
    service.post(site="view", log_message="Slewing", log_level="error")
    watch(page, service, "view")
    page.locator(".levels label.info").click()
    search(page, "dome")
    expect(texts(page)).to_have_text(["DOME stuck (2)"])
    expect(page.locator("mark")).to_have_text(["DOME"])
    url = page.url
    page.goto("about:blank")
    page.goto(url)
    expect(texts(page)).to_have_text(["DOME stuck (2)"])
    expect(page.locator(".levels label.info input")).not_to_be_checked()
    search(page, "(2)")
    expect(page.locator("mark")).to_have_text(["(2)"])


def test_where_nothing_matches_one_button_shows_all(page: Page, service: Service) -> None:
    service.post(site="none", log_message="Dome open")
    service.post(site="none", log_message="Dome stuck", log_level="error")
    watch(page, service, "none", "?levels=error")
    search(page, "nothing like it")
    expect(page.get_by_text(LEVELS_AND_SEARCH)).to_be_visible()
    page.get_by_role("button", name="Show all", exact=True).click()
    expect(texts(page)).to_have_text(["Dome open", "Dome stuck"])
    expect(page.get_by_role("searchbox")).to_have_value("")
    expect(page.locator(".levels :checked")).to_have_count(5)
    assert "?" not in page.url


def test_the_first_escape_shows_everything_again_and_the_second_leaves_the_box(
    page: Page, service: Service
) -> None:
    service.post(site="esc", log_message="Dome open")
    watch(page, service, "esc")
    page.keyboard.press("/")
    page.keyboard.type("focus")
    expect(page.get_by_text(LEVELS_AND_SEARCH)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.get_by_role("searchbox")).to_have_value("")
    service.post(site="esc", log_message="Dome on fire", log_level="critical")
    expect(texts(page)).to_have_text(["Dome open", "Dome on fire"])
    assert "search" not in page.url
    page.keyboard.press("Escape")
    expect(page.get_by_role("searchbox")).not_to_be_focused()


def test_enter_leaves_the_box_and_keeps_the_search(page: Page, service: Service) -> None:
    for text in ("Dome open", "Slewing", "Dome shut"):
        service.post(site="enter", log_message=text)
    watch(page, service, "enter")
    page.keyboard.press("/")
    page.keyboard.type("dome")
    page.keyboard.press("Enter")
    expect(texts(page)).to_have_text(["Dome open", "Dome shut"])
    page.keyboard.press("n")
    expect(found(page)).to_have_text("1 of 2")


def test_a_leading_hyphen_excludes_and_site_codes_are_searched_too(page: Page, service: Service) -> None:
    for site, text in (("sea1", "Dome open"), ("sea2", "Slewing"), ("sea2", "Dome shut")):
        service.post(site=site, log_message=text)
    watch(page, service, "sea1,sea2")
    for words, shown in {
        "-dome": ["Slewing"],
        "SEA1": ["Dome open"],
        "-sea1": ["Slewing", "Dome shut"],
        "-/open|slew/": ["Dome shut"],
        "-": ["Dome open", "Slewing", "Dome shut"],
    }.items():
        search(page, words)
        expect(texts(page)).to_have_text(shown)
    search(page, "ea1")
    expect(page.locator(".site mark")).to_have_text(["ea1"])


def test_between_slashes_is_a_regular_expression_and_its_hits_are_marked(
    page: Page, service: Service
) -> None:
    for text in ("Focus 12.5 um", "Focus failed", "Slewing to 12"):
        service.post(site="regex", log_message=text)
    watch(page, service, "regex")
    search(page, r"/^focus.*\d\b/")
    expect(texts(page)).to_have_text(["Focus 12.5 um"])
    expect(page.locator("mark")).to_have_text(["Focus 12.5"])
    page.reload()
    expect(page.locator("mark")).to_have_text(["Focus 12.5"])


def test_a_bad_expression_is_told_at_the_box_and_the_last_good_search_stays(
    page: Page, service: Service
) -> None:
    for text in ("Dome open", "Slewing"):
        service.post(site="bad", log_message=text)
    watch(page, service, "bad")
    box = page.get_by_role("searchbox")
    search(page, "/dome/")
    expect(texts(page)).to_have_text(["Dome open"])
    search(page, "/dome(/")
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("status").filter(has_text="Not a regular")).to_have_text(
        "Not a regular expression: at character 6, this ( is not closed"
    )
    expect(box).to_have_accessible_description(re.compile("at character 6"))
    expect(texts(page)).to_have_text(["Dome open"])
    assert "search=%2Fdome%2F" in page.url
    search(page, "/slew(ing)?/")
    expect(texts(page)).to_have_text(["Slewing"])
    expect(box).to_have_attribute("aria-invalid", "false")
    expect(page.locator(".search-box .wrong")).to_be_hidden()


def test_a_bad_expression_in_a_link_shows_everything_and_is_told(page: Page, service: Service) -> None:
    service.post(site="badlink", log_message="Dome open")
    watch(page, service, "badlink", "?search=/a(/")
    expect(texts(page)).to_have_text(["Dome open"])
    expect(page.locator(".search-box .wrong")).to_contain_text("is not closed")


def test_an_expression_that_a_browser_needs_years_for_does_not_freeze_the_page(
    page: Page, service: Service
) -> None:
    for number in range(20):
        service.post(site="slow", log_message=f"{number} {'a' * 5000}!")
    watch(page, service, "slow")
    page.evaluate(
        """() => {
            window.longest = 0;
            let last = performance.now();
            const frame = now => {
              longest = Math.max(longest, now - last);
              last = now;
              requestAnimationFrame(frame);
            };
            requestAnimationFrame(frame);
        }"""
    )
    for words in (r"/(a+)+$/", r"/(a|a)*b/", r"/.*.*.*x/"):
        search(page, words)
        expect(page.get_by_text(LEVELS_AND_SEARCH)).to_be_visible()
        search(page, "")
        expect(texts(page).last).to_be_visible()
    assert page.evaluate("longest") < 2000  # milliseconds; it would be years


def test_the_count_is_that_of_the_whole_log(page: Page, service: Service) -> None:
    post_hits(service, "count", 13_000, 100)
    watch(page, service, "count")
    search(page, "dome")
    expect(found(page)).to_have_text("130 match")
    service.post(site="count", log_message="another dome")
    expect(found(page)).to_have_text("131 match")
    search(page, "another")
    expect(found(page)).to_have_text("1 matches")
    search(page, "")
    expect(found(page)).to_be_hidden()


def test_the_count_is_that_of_the_whole_log_wherever_in_it_the_viewer_is(
    page: Page, service: Service
) -> None:
    post_hits(service, "middle", 13_000, 100)
    watch(page, service, "middle")
    page.keyboard.press("Home")
    expect(page.get_by_text("line 0 dome", exact=True)).to_be_in_viewport()
    search(page, "dome")
    expect(found(page)).to_have_text("130 match")
    expect(page.get_by_text("line 0 dome", exact=True)).to_be_in_viewport()


def test_a_count_that_is_not_complete_says_so_and_reading_stops_with_the_search(
    page: Page, service: Service
) -> None:
    post_hits(service, "sofar", 13_000, 100)
    watch(page, service, "sofar")
    gate = Gate(page)
    search(page, "dome")
    expect(found(page)).to_have_text("10 match so far")
    search(page, "")
    expect(found(page)).to_be_hidden()
    gate.let_one_through()
    expect(page.locator(".line").last).to_have_attribute("aria-setsize", "6000")
    search(page, "mount")
    expect(found(page)).to_have_text("5,940 match so far")
    gate.open()
    expect(found(page)).to_have_text("12,870 match")


def test_reading_the_rest_of_the_log_moves_nothing_that_is_read(page: Page, service: Service) -> None:
    post_hits(service, "steady", 13_000, 10)
    watch(page, service, "steady")
    gate = Gate(page)
    search(page, "dome")
    expect(found(page)).to_have_text("100 match so far")
    page.keyboard.press("Enter")
    for _ in range(40):
        page.keyboard.press("Shift+N")
    line = page.locator(".line.current")
    expect(line).to_be_visible()
    page.locator(".scroller").evaluate("scroller => { scroller.scrollTop += 7; }")
    expect(line).to_be_in_viewport()
    before = top(line)
    gate.open()
    expect(found(page)).to_have_text(re.compile(" of 1,300$|^1,300 match$"))
    assert abs(top(line) - before) < 1


def test_keys_and_buttons_lead_from_hit_to_hit_and_around(page: Page, service: Service) -> None:
    post_hits(service, "hits", 900, 3)
    watch(page, service, "hits")
    search(page, "dome")
    expect(found(page)).to_have_text("300 match")
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+N")
    expect(found(page)).to_have_text("300 of 300")
    expect(page.locator(".current .text")).to_have_text("line 897 dome")
    page.keyboard.press("n")
    expect(found(page)).to_have_text("1 of 300, from the first line again")
    current = page.locator(".current")
    expect(current.locator(".text")).to_have_text("line 0 dome")
    expect(current).to_be_in_viewport()
    expect(current).to_have_attribute("aria-current", "true")
    for _ in range(60):
        page.get_by_role("button", name="Next hit").click()
    expect(found(page)).to_have_text("61 of 300")
    expect(current.locator(".text")).to_have_text("line 180 dome")
    above, below = current.evaluate(IN_VIEW)
    assert above > 50, "what is before it is visible"
    assert below > 50, "what is after it is visible"
    page.get_by_role("button", name="Previous hit").click()
    expect(found(page)).to_have_text("60 of 300")
    outlines = page.locator("mark").evaluate_all(
        "all => all.map(each => getComputedStyle(each).outlineStyle)"
    )
    assert outlines.count("solid") == 1, "the hit that one is at is told from the others by a frame"
    page.keyboard.press("End")
    expect(found(page)).to_have_text("300 match")
    expect(current).to_have_count(0)


def test_without_a_search_the_keys_for_hits_say_so(page: Page, service: Service) -> None:
    service.post(site="nohits", log_message="Dome open")
    watch(page, service, "nohits")
    page.keyboard.press("n")
    expect(found(page)).to_have_text("nothing is searched for")
    expect(page.get_by_role("button", name="Next hit")).to_be_hidden()
