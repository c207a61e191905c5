"""Make the README's pictures of the pages, of a made-up night: `make screenshots`."""

from __future__ import annotations

import math
import random
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

import requests
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.browser import DESKTOP, launched, page_elsewhere
from tests.support.command import Shell
from tests.support.service import PROJECT, Service, running, wait_until

IMAGES = PROJECT / "docs" / "images"
WIDE = {"width": 1200, "height": 720}
ZOOMED = {"width": 720, "height": 450}  # as 1440 by 900 is at 200 %
COMPACT = {"width": 1440, "height": 900}
LARGE = {"width": 3840, "height": 2160}
PHONE = {"width": 390, "height": 760}
ELEMENT = {"width": 1000, "height": 620}
HOURS = 20

TEXTS = {
    "debug": ("Autofocus sample 4 of 9: fwhm 2.31″", "Dome azimuth 183.2°"),
    "info": (
        "Slewing telescope to M 13…",
        "Exposing 60 s, filter rp",
        "Exposing 120 s, filter gp",
        "Guiding: rms 0.41″",
        "Focus done\n  fwhm 2.1″\n  position 4711",
        "Dome open",
        "Camera at −20.0 °C",
    ),
    "warning": ("Clouds: sky is 3.1 °C warmer than clear", "Guide star lost, searching", "Humidity 84 %"),
    "error": ("Filter wheel did not answer within 5 s", "Image is not solved: too few stars"),
    "critical": ("Rain: closing",),
}
RAISED = ("Filter wheel did not answer within 5 s", "Rain: closing")  # sent as info, as most texts really are
CONFIG = """
[sites.aro1]
name = "Apache Ridge"
[sites.eco1]
name = "Cerro Alto"
[sites.mrc1]
name = "McDonald 1"
[sites.mrc2]
name = "McDonald 2"
[sites.saf]
name = "San Fermín"
silent_after = "25m"
[sites.tbo2]
name = "Table Mountain 2"
[[levels]]
match = "^Filter wheel did not answer"
level = "error"
[[levels]]
match = "^Rain"
level = "critical"
"""
SILENT_S = 2400  # for which the site that falls silent has said nothing
CALM = (2, 30, 0, 0, 0)
# How many messages each site sends, and how they are spread over the levels, before and in the last hour.
SITES = {
    "aro1": (420, (2, 30, 1, 0, 0), CALM),
    "eco1": (300, (2, 30, 2, 0.4, 0), CALM),
    "mrc1": (700, (4, 30, 3, 0.5, 0), (4, 30, 2, 1.5, 0)),
    "mrc2": (650, (4, 30, 1, 0, 0), CALM),
    "saf": (260, (1, 30, 1, 0, 0), CALM),
    "tbo2": (90, (0, 30, 8, 0, 0), (0, 6, 3, 0, 0)),
}


def night(service: Service) -> None:
    """Fill the service's database with a night that ends now."""
    chance, now = random.Random(7), time.time()
    messages = []
    for site, (count, before, lately) in SITES.items():
        for number in range(count):
            share = 1 - (number + chance.random()) / count
            age = HOURS * 3600 * share * (1 + 0.1 * math.sin(25 * share + len(site) + count))
            age += SILENT_S if site == "saf" else 0
            level = chance.choices(list(TEXTS), lately if age < 4200 else before)[0]
            text = chance.choice(TEXTS[level])
            level = "info" if text in RAISED else level
            messages.append({"site": site, "log_message": text, "log_level": level, "timestamp": now - age})
    messages.sort(key=lambda message: float(str(message["timestamp"])))
    for start in range(0, len(messages), 1000):
        posted = requests.post(f"{service.url}/newlog", json=messages[start : start + 1000], timeout=30)
        posted.raise_for_status()
    spread(service)
    for text in ("Rain: closing", "Dome closed", "Telescope parked"):
        service.post(site="eco1", log_message=text)
    wait_until(lambda: "notice" in service.recent(site="saf")[-1], "a site is silent")
    shell = Shell(service.log.parent, service.url, DATABASE_URL=service.environ["DATABASE_URL"])
    shell.run("mute", "tbo2", "--for", "2h", "--why", "The dome motor is being replaced")
    wait_until(lambda: "notice" in service.recent(site="tbo2")[-1], "a site is muted")


def spread(service: Service) -> None:
    """Have the messages received when they say they were sent, so that the bars show a night."""
    service.stop()
    with closing(sqlite3.connect(service.environ["DATABASE_URL"].removeprefix("sqlite:///"))) as connection:
        connection.execute("UPDATE messages SET received_at = timestamp")
        connection.commit()
    service.start()


def picture(page: Page, name: str) -> None:
    page.screenshot(path=IMAGES / f"{name}.png")


def open_page(browser: Browser, url: str, size: dict[str, int], theme: str) -> Page:
    page = browser.new_page(viewport=size, reduced_motion="reduce")  # type: ignore[arg-type]
    page.goto(url)
    page.get_by_role("radio", name=theme).check()
    expect(page.locator('[data-state="caught up"]')).to_be_visible()
    expect(page.locator("rect").first).to_be_attached()
    return page


def many_sites(service: Service, count: int) -> None:
    """Have as many sites talk as an observatory's network may have; some of them fell silent hours ago."""
    chance, now = random.Random(11), time.time()
    messages = []
    for number in range(count):
        level = chance.choices(list(TEXTS), (0, 60, 8, 3, 1))[0]
        age = chance.choice((30, 120, 300, 900, 4 * 3600 if number % 7 == 0 else 600))
        message = {"site": f"site{number:03}", "log_message": chance.choice(TEXTS[level]), "log_level": level}
        messages.append({**message, "timestamp": now - age})
    messages.sort(key=lambda message: float(str(message["timestamp"])))
    requests.post(f"{service.url}/newlog", json=messages, timeout=30).raise_for_status()
    spread(service)


def other_walls(browser: Browser, service: Service) -> None:
    """The wall of a hundred sites."""
    many_sites(service, 100 - len(SITES))
    page = open_page(browser, service.url, COMPACT, "dark")
    page.get_by_role("button", name="Compact").click()
    expect(page.locator(".tile")).to_have_count(100)
    picture(page, "wall-100")


def wall_on_a_large_screen(browser: Browser, service: Service) -> None:
    page = open_page(browser, service.url, LARGE, "dark")
    page.keyboard.press("f")
    expect(page.locator("header")).to_be_hidden()
    page.wait_for_timeout(500)  # for the sizes to settle
    page.screenshot(path=IMAGES / "wall-4k.png", scale="css")


def element_pictures(browser: Browser, service: Service) -> None:
    """The element in a page of somebody else's, by itself and in its compact form."""
    html = f"""<!doctype html><title>An observatory</title>
        <style>body {{ margin: 1.5rem; font-family: serif; }}</style>
        <script type="module" src="{service.url}/static/user-status.js"></script>
        <h1>Our observatory</h1>"""
    default = '<user-status site="mrc1" theme="light"></user-status>'
    compact = "".join(
        f'<p>The telescope {site}</p><user-status site="{site}" theme="light" compact></user-status>'
        for site in ("mrc1", "tbo2", "saf")
    )
    for name, elements in (("element", default), ("element-compact", compact)):
        with page_elsewhere(html + elements) as url:
            page = browser.new_page(viewport=ELEMENT, reduced_motion="reduce")  # type: ignore[arg-type]
            page.goto(url)
            expect(page.locator('[data-state="caught up"]').last).to_be_visible()
            if name == "element-compact":
                page.get_by_role("button", name="Messages of saf").click()
            expect(page.locator(".text").last).to_be_visible()
            picture(page, name)


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/night.db"
        config = Path(folder) / "userstatus.toml"
        config.write_text(CONFIG)
        with (
            running(database, Path(folder), CONFIG=str(config)) as service,
            sync_playwright() as playwright,
            launched(playwright, DESKTOP) as browser,
        ):
            page = browser.new_page(viewport=WIDE, color_scheme="dark")  # type: ignore[arg-type]
            page.goto(service.url)
            expect(page.get_by_text("Try:")).to_be_visible()
            picture(page, "wall-empty")
            night(service)
            picture(open_page(browser, service.url, WIDE, "dark"), "wall")
            wall_on_a_large_screen(browser, service)
            watch = f"{service.url}/watch/mrc1,mrc2"
            picture(open_page(browser, watch, WIDE, "dark"), "watch")
            picture(open_page(browser, watch, WIDE, "light"), "watch-light")
            picture(open_page(browser, f"{watch}?search=guid", WIDE, "red"), "watch-red")
            picture(open_page(browser, watch, ZOOMED, "dark"), "watch-zoomed")
            picture(open_page(browser, f"{service.url}/watch/eco1", PHONE, "light"), "watch-phone")
            page = open_page(browser, f"{watch}?levels=warning,error,critical", WIDE, "dark")
            page.evaluate("dispatchEvent(new Event('beforeprint'))")
            page.emulate_media(media="print")
            picture(page, "watch-print")
            element_pictures(browser, service)
            other_walls(browser, service)


if __name__ == "__main__":
    main()
