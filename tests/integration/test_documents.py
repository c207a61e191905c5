"""The documents are accurate: their programs are run verbatim, except for the address."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from operator import itemgetter
from pathlib import Path
from urllib.parse import unquote

import pytest
import requests
from playwright.sync_api import Page

from tests.support.documents import DOCUMENTS, RUNNABLE, Example, code, examples, examples_in, run
from tests.support.service import PROJECT, Service, needs, running, wait_until
from tests.support.settings import setting_names
from tests.support.telescopes import program
from userstatus.settings import Settings

CLIENTS = PROJECT / "tests" / "clients"
EXAMPLES = [each for each in examples() if each.language in RUNNABLE]
PAGES = [each for each in EXAMPLES if each.language == "html"]
WATCHING = [each for each in EXAMPLES if each.document == "live.md" and each not in PAGES]
TELESCOPE = [each for each in EXAMPLES if "userstatus" in each.text and each.language == "python"]
POSTING = [each for each in EXAMPLES if each.language == "python" and each not in (*WATCHING, *TELESCOPE)]
REQUESTS = [each for each in EXAMPLES if each.text.startswith("curl") and each not in WATCHING]
OTHERS = [each for each in EXAMPLES if each not in (*PAGES, *WATCHING, *TELESCOPE, *POSTING, *REQUESTS)]
HTTP_API = (PROJECT / "docs" / "http-api.md").read_text()
MAKEFILE = (PROJECT / "Makefile").read_text()


def named(example: Example) -> str:
    return f"{example.document}-{example.heading}"


def here(text: str, service: Service) -> str:
    text = text.replace("localhost:8080", f"127.0.0.1:{service.port}")
    return text.replace("https://status.example.org", service.url)


def test_every_example_is_run() -> None:
    """In this module, except those in `test_backup`, `test_command_line` and `test_deploying`."""
    assert {(each.document, each.heading) for each in OTHERS} == {
        ("command-line.md", "Recent"),
        ("command-line.md", "Replay"),
        ("command-line.md", "Send"),
        ("command-line.md", "Spool"),
        ("command-line.md", "Tail"),
        ("deploying.md", "Several processes"),
        ("operating.md", "Keys"),
        ("operating.md", "Upgrade"),
        ("operating.md", "SQLite"),
        ("operating.md", "Postgres"),
        ("photon-ranch.md", "The page"),
    }


@pytest.mark.parametrize("example", WATCHING, ids=named)
def test_a_program_shows_a_message_that_is_posted(
    service: Service, example: Example, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if example.language == "js":
        needs("node")
    command = {
        "python": [sys.executable, "-c"],
        "js": ["node", "--input-type=module", "-e"],
        "sh": ["sh", "-c"],
    }
    text = f"Hello {request.node.name}"
    with subprocess.Popen(
        [*command[example.language], here(example.text, service)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=CLIENTS if example.language == "js" else tmp_path,
        start_new_session=True,
    ) as program:
        assert program.stdout is not None
        lines: list[str] = []
        reading = threading.Thread(target=lines.extend, args=(program.stdout,), daemon=True)
        reading.start()
        try:
            wait_until(
                # It does not see messages posted before it has connected.
                lambda: service.post(site="tst", log_message=text).ok and any(text in line for line in lines),
                f"it shows the message: {lines}",
            )
        finally:
            os.killpg(program.pid, signal.SIGKILL)  # the shell has child processes
            reading.join()


@pytest.mark.parametrize("example", PAGES, ids=named)
def test_a_page_shows_a_message_that_is_posted(service: Service, example: Example, page: Page) -> None:
    needs("node")
    bundle = CLIENTS / "node_modules" / "socket.io-client" / "dist" / "socket.io.min.js"
    page.route("https://cdn.socket.io/**", lambda route: route.fulfill(path=bundle))
    page.set_content(here(example.text, service))
    text = f"Hello {named(example)}"
    wait_until(
        lambda: service.post(site="tst", log_message=text).ok and page.get_by_text(text).count(),
        "it shows the message",
    )
    if page.locator("#post").count():
        page.click("#post")
        page.get_by_text("from a page").wait_for()


@pytest.mark.parametrize(
    ("heading", "prod", "dev"),
    [
        ("The element in your own page", "/static/", "/dev/static/"),
        ("A page with Socket.IO", "auth:", 'path: "/dev/socket.io", auth:'),
    ],
)
def test_a_page_shows_the_dev_stage_alone_as_documented(
    service: Service, heading: str, prod: str, dev: str, page: Page
) -> None:
    needs("node")
    bundle = CLIENTS / "node_modules" / "socket.io-client" / "dist" / "socket.io.min.js"
    page.route("https://cdn.socket.io/**", lambda route: route.fulfill(path=bundle))
    (example,) = examples_in("live.md", heading, "html")
    page.set_content(here(example, service).replace(prod, dev))

    def is_shown(text: str) -> bool:
        message = {"site": "tst", "log_message": text}
        assert requests.post(f"{service.url}/dev/newlog", json=message, timeout=5).ok
        return page.get_by_text(text).count() > 0

    wait_until(lambda: is_shown(f"dev for {heading}"), "it shows the message")
    service.post(site="tst", log_message="prod alone")
    wait_until(lambda: is_shown(f"later for {heading}"), "it shows a later message")
    assert page.get_by_text("prod alone").count() == 0


@pytest.mark.parametrize("example", POSTING, ids=named)
def test_a_program_posts_a_message(service: Service, example: Example) -> None:
    printed = subprocess.run(
        [sys.executable, "-c", here(example.text, service)],
        capture_output=True,
        text=True,
        timeout=10,
        check=True,
    )
    assert "'warnings': []" in printed.stdout
    assert "sent with Python" in service.recent(site="tst")[-1]["message"]


LOGGED = {
    ("README.md", "Post a message"): ["warning Rain, closing the dome"],
    ("photon-ranch.md", "The observatory"): ["info Opening the enclosure", "warning Clouds, waiting"],
    ("telescope.md", "The handler"): [
        "info Slewing telescope to M31",
        "warning Rain, closing the dome",
        "info Waiting for better weather",
    ],
    ("telescope.md", "With dictConfig"): ["info camera: Exposure 17 complete"],
    ("telescope.md", "Without logging"): ["info Dome open", "warning Rain, closing the dome"],
}


@pytest.mark.parametrize("example", TELESCOPE, ids=named)
def test_what_a_telescopes_program_logs_arrives(service: Service, example: Example, tmp_path: Path) -> None:
    before = service.recent(site="tst")
    said = program(here(example.text, service), XDG_DATA_HOME=str(tmp_path))
    arrived = service.recent(site="tst", after_id=before[-1]["id"] if before else 0)
    assert said == ""
    assert [
        f"{each['log_level']} {each['message']}" for each in sorted(arrived, key=itemgetter("id"))
    ] == LOGGED[example.document, example.heading]


@pytest.mark.parametrize("example", REQUESTS, ids=named)
def test_a_curl_command_gets_what_it_asks_for(service: Service, example: Example) -> None:
    for line in here(example.text, service).splitlines():
        done = subprocess.run(
            [*shlex.split(line), "--fail", "--silent"], capture_output=True, text=True, timeout=10, check=True
        )
        if "newlog" in line:
            assert '"warnings":[]' in done.stdout
            sent = re.search('"log_message": "(.*?)"', line)
            assert sent is not None
            assert service.recent(site="tst")[-1]["message"] == sent[1]
        else:
            assert done.stdout[0] in "[{"


def test_the_photon_ranch_pages_second_socket_delivers_missed_and_live_messages(
    tmp_path: Path, page: Page
) -> None:
    (program,) = examples_in("photon-ranch.md", "The page", "js")
    program = program.replace("console.log(message)", "(window.shown ??= []).push(message.message)")

    def shown() -> list[str]:
        texts: list[str] = page.evaluate("window.shown ?? []")
        return texts

    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service:
        page.evaluate(program.replace("wss://status.example.org", f"ws://127.0.0.1:{service.port}"))
        wait_until(
            lambda: service.post(site="mrc1", log_message="there?").ok and shown(),
            "its socket is open",
        )
        for text in ("one", "two"):
            service.kill()
            service.start()
            service.post(site="mrc1-wema", log_message=text)
            service.post(site="elsewhere", log_message="not for it")
            wait_until(lambda text=text: text in shown(), text)  # type: ignore[misc]
        assert [text for text in shown() if text != "there?"] == ["one", "two"]


@pytest.mark.parametrize("base", ["", "/logs", "/dev"])
def test_every_path_in_the_http_api_is_served(service: Service, base: str) -> None:
    for method, path in sorted(set(re.findall(r"\b(GET|POST) (/[\w./-]*)", HTTP_API))):
        # A request without its parameters or body is rejected, but not with 404.
        with requests.request(method, f"{service.url}{base}{path}", timeout=10, stream=True) as response:
            assert response.status_code in (200, 400, 426), f"{method} {base}{path}"


def test_every_path_that_is_served_is_in_the_http_api(service: Service) -> None:
    error = requests.get(f"{service.url}/nothing", timeout=10).json()["error"]
    served = re.findall("/[a-z-]*", error.partition("see ")[2])
    assert len(served) > 5
    assert [path for path in served if f"GET {path}" not in HTTP_API and f"POST {path}" not in HTTP_API] == []


def test_the_table_of_settings_has_every_setting_with_its_default() -> None:
    rows = re.findall(
        r"^\| `([A-Z_]+)` \| (?:`(.+?)`|none) \|",
        (PROJECT / "docs" / "operating.md").read_text(),
        re.MULTILINE,
    )
    assert Settings.from_environ(dict(rows)) == Settings.from_environ({})
    assert sorted(name for name, _ in rows) == sorted(setting_names())


def anchors(path: Path) -> set[str]:
    """The fragments of a document's headings, as generated where it is displayed."""
    text = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    links = re.findall(r'\]\(([^)\s]+)\)|src="([^"]+)"', document.read_text())
    for link in {one or other for one, other in links}:
        if "://" in link:
            continue
        name, _, fragment = unquote(link).partition("#")
        path = document.parent / name if name else document
        assert path.exists(), link
        assert not fragment or fragment in anchors(path), link


def test_every_target_of_make_that_is_named_exists() -> None:
    named = {target for path in DOCUMENTS for target in re.findall(r"\bmake ([a-z]+)", code(path))}
    assert "proofs" in named
    assert named - set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE)) - {"python"} == set()


def test_every_subcommand_that_is_named_exists(tmp_path: Path) -> None:
    everything = "\n".join(code(path) for path in DOCUMENTS)
    named = set(re.findall(r"(?:^|bin/|=\S+ )userstatus ([a-z-]+)", everything, re.MULTILINE))
    assert {"serve", "migrate", "--version"} <= named
    usage = run("userstatus --help", tmp_path)
    assert [word for word in named if word not in usage] == []


def test_pre_commit_runs_what_make_test_runs_before_the_tests() -> None:
    recipe = re.search(r"^test: .*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    assert recipe is not None
    commands = [line.strip().replace("$(BIN)", ".venv/bin") for line in recipe[1].splitlines()]
    first = commands[: next(place for place, line in enumerate(commands) if "pytest" in line)]
    hooks = re.findall("entry: (.+)", (PROJECT / ".pre-commit-config.yaml").read_text())
    assert hooks == first
