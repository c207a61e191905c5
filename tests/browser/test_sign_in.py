"""A page that is closed is opened with a key, by people who sign in and by elements that have one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_accessible import THEMES, choose, violations
from tests.browser.test_element import with_elements
from tests.browser.test_themes import pixels
from tests.support.browser import LIVE, page_elsewhere, texts
from tests.support.keys import make_key, revoke_key
from tests.support.service import Service, needs, running


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Service]:
    """A service that shows messages only to those who have a key."""
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, READING="keys") as service:
        service.post(site="mrc1", log_message="Dome open")
        service.post(site="saf", log_message="Raining")
        yield service


def sign_in(page: Page, key: str) -> None:
    page.get_by_label("Key").fill(key)
    page.get_by_role("button", name="Sign in").click()


def test_whoever_signs_in_is_led_to_the_page_that_was_asked_for_and_sees_what_comes(
    page: Page, closed: Service
) -> None:
    key = make_key(closed, "operator", "*", "read")
    page.goto(f"{closed.url}/watch/mrc1?levels=info")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert "Dome open" not in page.content()
    sign_in(page, "us_wrong")
    expect(page.get_by_role("alert")).to_contain_text("not known")
    sign_in(page, key)
    expect(page).to_have_url(f"{closed.url}/watch/mrc1?levels=info")
    expect(texts(page)).to_have_text(["Dome open"])
    expect(page.locator(LIVE)).to_be_visible()
    closed.post(site="mrc1", log_message="Slewing")
    expect(texts(page)).to_have_text(["Dome open", "Slewing"])
    (cookie,) = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["value"]) == (True, "Lax", key)
    page.get_by_role("link", name="All sites").click()
    expect(page.locator(".tile")).to_have_count(2)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(closed.url)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_script_is_told_that_it_needs_a_key_and_no_dialog_of_the_browser_asks_for_one(
    page: Page, closed: Service
) -> None:
    page.goto(f"{closed.url}/sign-in")
    told = page.evaluate("""() => Promise.race([
        fetch("/recent-logs?site=mrc1").then((response) => response.status),
        new Promise((end) => setTimeout(end, 20_000, "it waits for a dialog")),
    ])""")
    assert told == 401


def test_a_key_for_one_site_leads_to_its_page_from_wherever(page: Page, closed: Service) -> None:
    key = make_key(closed, "mrc1", "mrc1", "read")
    page.goto(closed.url)
    sign_in(page, key)
    expect(page).to_have_url(re.compile("/watch/mrc1$"))
    expect(texts(page)).to_have_text(["Dome open"])
    page.goto(f"{closed.url}/watch/saf")
    expect(page.get_by_text("may not read for saf")).to_be_visible()
    expect(page.get_by_text("Raining")).to_have_count(0)


def test_a_page_whose_key_is_revoked_shows_nothing_more(page: Page, closed: Service) -> None:
    key = make_key(closed, "short", "mrc1", "read")
    page.goto(closed.url)
    sign_in(page, key)
    expect(page.locator(LIVE)).to_be_visible()
    revoke_key(closed, "short")
    expect(page.locator(".connection-band")).to_be_visible()
    closed.post(site="mrc1", log_message="secret")
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_in_red_nothing_of_it_has_another_colour(page: Page, browser: Browser, closed: Service) -> None:
    key = make_key(closed, "operator", "*", "read")
    page.add_init_script("localStorage.setItem('userstatus.theme', 'red')")
    page.goto(closed.url)
    sign_in(page, "us_wrong")
    expect(page.get_by_role("alert")).to_be_visible()
    assert pixels(browser, page)[1] == 0
    sign_in(page, key)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert pixels(browser, page)[1] == 0


@pytest.mark.parametrize("form", ["", "compact"])
def test_an_element_elsewhere_reads_with_its_key(page: Page, closed: Service, form: str) -> None:
    key = make_key(closed, "embedded", "mrc1", "read")
    html = with_elements(closed, f'<user-status site="mrc1" key="{key}" {form}></user-status>')
    with page_elsewhere(html) as url:
        page.goto(url)
        expect(texts(page)).to_have_text(["Dome open"])
        expect(page.locator(LIVE)).to_be_visible()
        closed.post(site="mrc1", log_message="Slewing")
        expect(texts(page)).to_have_text(["Dome open", "Slewing"])
        assert all(key not in (each.get_attribute("href") or "") for each in page.locator("a").all())


def test_an_element_without_a_key_says_what_it_needs(page: Page, closed: Service) -> None:
    with page_elsewhere(with_elements(closed, '<user-status site="mrc1"></user-status>')) as url:
        page.goto(url)
        expect(page.get_by_role("alert")).to_contain_text("a key is needed to read")
        expect(texts(page)).to_have_count(0)


def test_axe_finds_nothing_serious_where_a_key_is_entered(page: Page, closed: Service) -> None:
    needs("node")
    page.goto(closed.url)
    sign_in(page, "us_wrong")
    expect(page.get_by_role("alert")).to_be_visible()
    for theme in THEMES:
        choose(page, theme)
        assert violations(page, theme) == []
