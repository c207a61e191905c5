"""Reading over HTTP: keys, and errors that say what to do."""

from __future__ import annotations

import pytest

from tests.support.canned import Canned, Request, answering
from tests.support.service import free_port
from userstatus.commands.http_reader import RequestFailed, Server
from userstatus.commands.outcome import CommandFailed


def page_of(response: Canned, key: str | None = None) -> object:
    with answering(lambda _: response) as url:
        return Server(url, key).page("/recent-logs", {"site": "tst"}).content


def test_the_key_goes_into_a_header() -> None:
    asked: list[Request] = []

    def respond(request: Request) -> Canned:
        asked.append(request)
        return Canned(body=b"[]")

    with answering(respond) as url:
        Server(url, "us_secret").page("/recent-logs", {"site": "a,b"})
        Server(url).page("/recent-logs", {"site": "*"})
    assert asked[0].headers["authorization"] == "Bearer us_secret"
    assert [each.path for each in asked] == ["/recent-logs?site=a%2Cb", "/recent-logs?site=%2A"]
    assert "authorization" not in asked[1].headers


@pytest.mark.parametrize(
    ("response", "told", "is_busy"),
    [
        (Canned(503, b'{"error": "no database"}', (("Retry-After", "5"),)), "503 no database", True),
        (Canned(401, b'{"error": "a key is needed: x"}'), "401 a key is needed: give it with --key", False),
        (Canned(502, b"<html>"), "502 Bad Gateway", True),
        (Canned(301, b"", (("Location", "https://b/x?site=1"),)), "301 it is at https://b/x now", False),
        (Canned(200, b"<html>"), "is not userstatus: check the URL", False),
        (Canned(200, b"[]", (("Content-Length", "9"),)), "stopped answering", False),
    ],
)
def test_what_goes_wrong_is_told_with_the_remedy(response: Canned, told: str, is_busy: bool) -> None:
    with pytest.raises(RequestFailed) as failed:
        page_of(response, "us_secret")
    assert told in str(failed.value)
    assert failed.value.is_busy is is_busy
    assert failed.value.retry_after == (5 if response.headers == (("Retry-After", "5"),) else None)


def test_a_server_that_is_not_there_is_named() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(RequestFailed, match=f"cannot reach {url}: .*refused") as failed:
        Server(url).page("/", {})
    assert failed.value.status is None


@pytest.mark.parametrize(
    ("url", "key", "told"),
    [
        (None, None, "the server's URL is missing: give --url, or set USERSTATUS_URL"),
        ("status.example.org", None, "give one like https://status.example.org"),
        ("file:///etc/passwd", None, "give one like https"),
        ("http://x", "us_\n", "the key has characters that no key has"),
    ],
)
def test_arguments_that_make_no_sense_are_told(url: str | None, key: str | None, told: str) -> None:
    with pytest.raises(CommandFailed, match=told) as failed:
        Server.of(url, key)
    assert failed.value.status == 2


def test_a_key_may_be_in_the_url() -> None:
    assert Server.of("https://x:us_secret@h/dev/", None) == Server("https://h/dev", "us_secret")


def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def respond(request: Request) -> Canned:
        asked.append(request.path)
        return Canned(body=b"[]")

    with answering(respond) as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.setenv("no_proxy", "")
        Server("http://status.example.org").page("/sites", {"site": "tst"})
    assert asked == ["http://status.example.org/sites?site=tst"]
