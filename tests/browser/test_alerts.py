"""Alerts: the bell, notifications, sounds, and what the page's title and icon say."""

from __future__ import annotations

import re
import sqlite3
import time
from contextlib import closing

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import PATIENCE, texts, watch
from tests.support.posters import post_many
from tests.support.service import Service, wait_until
from tests.support.walls import post_by_wrong_clock
from userstatus.message import LEVELS

# A page that can be looked away from, and that records how it alerts.
AWAY = """
Object.defineProperty(document, "hidden", { get: () => window.away ?? false });
window.look = away => { window.away = away; document.dispatchEvent(new Event("visibilitychange")); };
window.notified = [];
window.shown = [];
window.Notification = class extends Notification {
  constructor(title, options) {
    super(title, options);
    notified.push(title + " - " + options.body);
    shown.push(this);
  }
};
window.tones = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...when) { tones += 1; return start.apply(this, when); };
"""
BELL = re.compile("^Alert me about")


@pytest.fixture
def listening(notifiable: Page) -> Page:
    """A page that may show notifications."""
    notifiable.add_init_script(AWAY)
    return notifiable


def choose(page: Page, about: str, *, sound: bool = False) -> None:
    page.get_by_role("button", name=BELL).click()
    page.get_by_role("radio", name=about).check()
    if sound:
        page.get_by_role("checkbox", name="with a sound").check()
        wait_until(lambda: page.evaluate("tones") >= 1, "a tone, to hear that it works")
    page.keyboard.press("Escape")
    expect(page.get_by_role("radio", name=about)).to_be_hidden()


def test_a_viewer_who_looks_elsewhere_is_notified_from_the_chosen_level_on(
    listening: Page, service: Service
) -> None:
    page = listening
    watch(page, service, "alert")
    choose(page, "errors and worse", sound=True)
    page.evaluate("look(true)")
    for level in LEVELS:
        service.post(site="alert", log_message=f"Dome {level}", log_level=level)
    expect(page).to_have_title(re.compile(r"^\(5 ‼\) alert"))
    expect(texts(page)).to_have_count(5)
    wait_until(lambda: page.evaluate("notified.length >= 1 && tones >= 2"), "a notification and a tone")
    said = " ".join(page.evaluate("notified"))
    assert "alert: critical - Dome critical" in said
    assert "warning" not in said
    page.evaluate("look(false)")
    expect(page).to_have_title(re.compile("^alert"))
    count, heard = page.evaluate("[notified.length, tones]")
    wait_until(
        lambda: (
            service.post(site="alert", log_message="seen as it comes", log_level="critical").ok
            and page.evaluate("tones") > heard  # at most one per second during a storm
        ),
        "a tone",
    )
    assert page.evaluate("notified.length") == count


def test_what_comes_together_is_told_together_and_nothing_is_left_out(
    listening: Page, night: Service
) -> None:
    page = listening
    watch(page, night, "*")
    choose(page, "criticals")
    page.evaluate("look(true)")
    several = [
        {"site": f"h{n}", "log_message": f"\x1b[31mRain {n}\nreally", "log_level": "critical"}
        for n in range(4)
    ]
    requests.post(f"{night.url}/newlog", json=several, timeout=5).raise_for_status()
    wait_until(lambda: page.evaluate("notified.length") == 2, "two notifications")
    assert page.evaluate("notified") == ["h0: critical - Rain 0", "h3: critical - Rain 3\n2 more: h1, h2"]


def test_a_page_that_can_be_seen_beside_another_window_notifies(listening: Page, service: Service) -> None:
    page = listening
    page.add_init_script("document.hasFocus = () => window.focused ?? true")
    watch(page, service, "beside")
    choose(page, "criticals")
    service.post(site="beside", log_message="seen", log_level="critical")
    expect(texts(page)).to_have_text(["seen"])
    page.evaluate("focused = false")
    service.post(site="beside", log_message="beside it", log_level="critical")
    wait_until(lambda: page.evaluate("notified.length") >= 1, "a notification")
    assert page.evaluate("notified") == ["beside: critical - beside it"]


@pytest.mark.parametrize("query", ["?search=focus", "?levels=info", "?levels="])
def test_an_alert_does_not_depend_on_what_is_looked_at(listening: Page, service: Service, query: str) -> None:
    page = listening
    site = f"hid{len(query)}"
    watch(page, service, site, query)
    choose(page, "criticals", sound=True)
    page.evaluate("look(true)")
    service.post(site=site, log_message="Rain: closing", log_level="critical")
    expect(page).to_have_title(re.compile(rf"^\(1 ‼\) {site}"))
    wait_until(lambda: page.evaluate("tones") == 2, "a tone")
    assert page.evaluate("notified") == [f"{site}: critical - Rain: closing"]
    expect(texts(page)).to_have_count(0)


def test_a_click_on_a_notification_leads_to_its_line_even_if_it_was_not_shown(
    listening: Page, service: Service
) -> None:
    page = listening
    watch(page, service, "lead", "?search=focus")
    choose(page, "criticals")
    page.evaluate("look(true)")
    service.post(site="lead", log_message="Rain: closing", log_level="critical")
    post_many(service, "lead", 300)
    wait_until(lambda: page.evaluate("shown.length") == 1, "a notification")
    page.evaluate("look(false)")
    page.evaluate("shown[0].dispatchEvent(new Event('click'))")
    expect(page.locator(".named .text")).to_have_text("Rain: closing")
    expect(page.locator(".named")).to_be_in_viewport()
    expect(page.get_by_role("searchbox")).to_have_value("")


def test_the_bell_says_that_an_alert_is_on_here_and_on_the_next_page(
    listening: Page, service: Service
) -> None:
    page = listening
    watch(page, service, "bell1")
    expect(page.get_by_role("button", name="Alert me about nothing", exact=True)).to_have_text(
        re.compile("^Alert me")
    )
    choose(page, "errors and worse", sound=True)
    on = page.get_by_role("button", name="Alert me about errors and worse with a sound", exact=True)
    expect(on.get_by_text("errors and worse")).to_be_in_viewport()
    for path in ("bell1", "bell2"):
        watch(page, service, path)
        expect(on).to_be_visible()
    page.evaluate("look(true)")
    service.post(site="bell2", log_message="Dome stuck", log_level="error")
    wait_until(lambda: page.evaluate("notified.length") == 1, "a notification")
    choose(page, "nothing")
    page.reload()
    expect(page.get_by_role("button", name="Alert me about nothing")).to_be_visible()


def test_a_browser_that_refuses_to_show_notifications_is_not_asked_twice(
    page: Page, service: Service
) -> None:
    page.context.grant_permissions(["notifications"])
    page.add_init_script(
        AWAY + "window.Notification = class { static permission = 'granted';"
        " static async requestPermission() {}"
        " constructor() { throw new TypeError('Illegal constructor'); } };"
    )
    watch(page, service, "refuse")
    choose(page, "criticals")
    page.evaluate("look(true)")
    service.post(site="refuse", log_message="Rain: closing", log_level="critical")
    expect(texts(page)).to_have_count(1)
    page.evaluate("look(false)")
    page.get_by_role("button", name=BELL).click()
    expect(page.get_by_text("This browser shows no notifications of a page")).to_be_visible()


def test_the_choices_of_an_alert_are_in_plain_words(page: Page, service: Service) -> None:
    watch(page, service, "words")
    page.get_by_role("button", name=BELL).click()
    group = page.get_by_role("group", name="Alert me about")
    expect(group.locator("label")).to_have_text(
        ["nothing", "everything", "info and worse", "warnings and worse", "errors and worse", "criticals"]
    )


def test_a_page_that_may_not_yet_sound_says_so_until_the_first_click(
    browser: Browser, service: Service
) -> None:
    """Browsers keep a page silent until its viewer has done something in it."""
    with browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.add_init_script(
            AWAY
            + """
            const real = AudioContext.prototype.resume;
            window.AudioContext = class extends AudioContext {
              get state() { return window.touched ? super.state : "suspended"; }
              resume() { return window.touched ? real.call(this) : new Promise(() => {}); }
            };
            for (const gesture of ["pointerdown", "keydown"])
              addEventListener(gesture, () => { window.touched = true; }, { capture: true });
            localStorage.setItem("userstatus.alert", "error");
            localStorage.setItem("userstatus.sound", "on");
            """
        )
        watch(page, service, "mute")
        waiting = page.get_by_text("click anywhere to hear alerts")
        expect(waiting).to_be_visible()
        service.post(site="mute", log_message="Dome stuck", log_level="error")
        expect(texts(page)).to_have_count(1)
        assert page.evaluate("tones") == 0
        page.locator(".scroller").click()
        expect(waiting).to_be_hidden()
        wait_until(lambda: page.evaluate("tones") == 1, "the alert that was missed is heard")


def test_the_time_zone_holds_on_the_next_page_and_is_not_in_its_url(
    browser: Browser, service: Service
) -> None:
    for site in ("zone1", "zone2"):
        service.post(site=site, log_message="Dome open", timestamp=1604514063)  # 18:21:03 UTC
    with browser.new_context(timezone_id="America/Los_Angeles") as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        watch(page, service, "zone1")
        page.keyboard.press("t")
        expect(page.locator(".time")).to_have_text("10:21:03")
        assert "time" not in page.url
        watch(page, service, "zone2")
        expect(page.locator(".time")).to_have_text("10:21:03")
        page.keyboard.press("t")
        expect(page.locator(".time")).to_have_text("18:21:03")
        watch(page, service, "zone1")
        expect(page.locator(".time")).to_have_text("18:21:03")
        watch(page, service, "zone1", "?time=local")  # a link from before
        expect(page.locator(".time")).to_have_text("10:21:03")
        page.keyboard.press("t")
        expect(page.locator(".time")).to_have_text("18:21:03")
        assert "time" not in page.url


def test_the_icon_and_the_title_show_the_worst_of_what_was_not_seen(
    listening: Page, service: Service
) -> None:
    page = listening
    watch(page, service, "icon")
    icon = page.locator('link[rel="icon"]')
    plain = str(icon.get_attribute("href"))
    page.evaluate("look(true)")
    for number, (level, symbol) in enumerate(
        (("info", ""), ("warning", " ▲"), ("critical", " ‼"), ("error", " ‼"))
    ):
        service.post(site="icon", log_message="Dome", log_level=level)
        expect(page).to_have_title(re.compile(rf"^\({number + 1}{symbol}\) icon"))
        worst = {"": plain, " ▲": "icons/warning.svg", " ‼": "icons/critical.svg"}[symbol]
        expect(icon).to_have_attribute("href", re.compile(f"{worst}$"))
    answer = page.request.get(str(icon.get_attribute("href")))
    assert answer.headers["content-type"].startswith("image/svg+xml")
    page.evaluate("look(false)")
    expect(page).to_have_title(re.compile("^icon"))
    expect(icon).to_have_attribute("href", re.compile(f"{plain}$"))


def test_the_wall_alerts_of_every_site_and_leads_to_the_line(listening: Page, night: Service) -> None:
    page = listening
    for site in ("aro1", "mrc1"):
        night.post(site=site, log_message="Dome open")
    page.goto(night.url)
    expect(page.locator("#wall h2 a")).to_have_count(2)
    choose(page, "errors and worse", sound=True)
    page.evaluate("look(true)")
    night.post(site="mrc1", log_message="Dome stuck", log_level="error")
    expect(page).to_have_title(re.compile(r"^\(1 ✖\) All sites"))
    wait_until(lambda: page.evaluate("notified.length") == 1, "a notification")
    assert page.evaluate("notified") == ["mrc1: error - Dome stuck"]
    page.evaluate("look(false)")
    icon = page.locator('link[rel="icon"]')
    expect(page).to_have_title(re.compile("^✖ All sites"))  # seen, but not solved
    expect(icon).to_have_attribute("href", re.compile("icons/error.svg$"))
    night.post(site="aro1", log_message="Rain: closing", log_level="critical")
    expect(icon).to_have_attribute("href", re.compile("icons/critical.svg$"))
    page.evaluate("shown[0].dispatchEvent(new Event('click'))")
    expect(page.locator(".named .text")).to_have_text("Dome stuck")
    expect(page.get_by_role("button", name="Alert me about errors and worse with a sound")).to_be_visible()


def heard_ago(service: Service, **seconds: float) -> None:
    """Make the messages of sites look as if they had been received so many seconds ago."""
    service.stop()  # it remembers what it has counted
    path = service.environ["DATABASE_URL"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as connection:
        for site, age in seconds.items():
            connection.execute(
                "UPDATE messages SET received_at = ? WHERE site = ?", [time.time() - age, site]
            )
        connection.commit()
    service.start()


def test_the_page_of_a_site_says_that_it_is_silent(page: Page, night: Service) -> None:
    night.post(site="mrc1", log_message="Dome stuck", log_level="error")
    night.post(site="mrc1", log_message="Telescope parked", timestamp=time.time() + 1_814_400)
    heard_ago(night, mrc1=3 * 3600 + 60)
    watch(page, night, "mrc1")
    expect(page.locator(".unsolved")).to_have_text(re.compile(r"^✖ (\d{4}-\d\d-\d\d )?\d\d:\d\d Dome stuck$"))
    expect(page.locator(".last")).to_have_text(re.compile(r"^silent since \d\d:\d\d UTC \(3 h\)$"))
    night.post(site="mrc1", log_message="awake", timestamp=time.time() + 1_814_400)
    expect(page.locator(".last")).to_have_text(re.compile(r"^last message \d+ s ago$"))
    expect(page.locator(".unsolved")).to_be_hidden()


def test_the_page_of_several_sites_says_which_of_them_are_silent(page: Page, night: Service) -> None:
    for site in ("aro1", "mrc1", "saf"):
        night.post(site=site, log_message="Dome open")
    heard_ago(night, mrc1=3 * 3600, saf=7200)
    watch(page, night, "*")
    expect(page.locator(".last")).to_have_text(
        re.compile(r"^last message \d+ s ago · 2 of 3 silent: mrc1, saf$")
    )
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("– 2 of 3 silent$"))
    night.post(site="saf", log_message="awake")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("– 1 of 3 silent$"))


def test_the_page_of_a_site_whose_clock_is_wrong_says_by_how_much(page: Page, night: Service) -> None:
    post_by_wrong_clock(night, "behind", "Dome open", 1_814_430)
    watch(page, night, "behind")
    expect(page.get_by_text("clock 21 d behind")).to_be_visible()
