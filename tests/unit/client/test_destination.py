"""Where messages go: how a URL may be given, and what answers mean. Servers are in the integration tests."""

from __future__ import annotations

import email.message
import io
import json
import time
import urllib.error
from email.utils import formatdate

import pytest

from tests.support.telescopes import answering, silent
from userstatus.client import destination
from userstatus.client.destination import (
    MAX_PAUSE_S,
    Destination,
    Later,
    Refused,
    Stored,
    _answer,
    _rejected,
    _seconds,
    base_url,
)

URL = "https://status.example.org"


@pytest.mark.parametrize(
    ("given", "base", "key"),
    [
        (URL, URL, None),
        (f" {URL}/ ", URL, None),
        (f"{URL}/newlog", URL, None),
        (f"{URL}/logs/newlog/", f"{URL}/logs", None),
        (f"{URL}/dev", f"{URL}/dev", None),
        ("http://localhost:8080", "http://localhost:8080", None),
        ("http://[::1]:8080/logs", "http://[::1]:8080/logs", None),
        ("https://x:us_a%2Bb@status.example.org/logs", f"{URL}/logs", "us_a+b"),
        (f"{URL}?site=tst#top", URL, None),
    ],
)
def test_the_base_of_a_url_is_found_however_it_is_given(given: str, base: str, key: str | None) -> None:
    assert base_url(given) == (base, key)


@pytest.mark.parametrize(
    "given", ["status.example.org", "ftp://host", "http://", "http://h:port", "//h", "x"]
)
def test_what_is_no_url_is_rejected_with_the_remedy(given: str) -> None:
    with pytest.raises(ValueError, match="give one like https://"):
        base_url(given)


def test_a_rejected_url_is_shown_without_its_key() -> None:
    with pytest.raises(ValueError, match="//…@host") as caught:
        base_url("ftp://x:us_secret@host")
    assert "us_secret" not in str(caught.value)


def test_the_environment_gives_what_is_not_given() -> None:
    environ = {"USERSTATUS_URL": f" {URL}/logs ", "USERSTATUS_SITE": "MRC1", "USERSTATUS_KEY": "us_a\n"}
    assert Destination.of(None, None, None, environ) == (f"{URL}/logs", "mrc1", "us_a")
    assert Destination.of("http://h", "tst", "us_b", environ) == ("http://h", "tst", "us_b")
    assert Destination.of("http://x:us_c@h", "tst", None, environ).key == "us_c"


@pytest.mark.parametrize(
    ("url", "site", "key", "names"),
    [
        (None, "tst", None, "USERSTATUS_URL"),
        (URL, None, None, "USERSTATUS_SITE"),
        (URL, "a site", None, "site is 'a site': send 1 to 64"),
        (URL, "tst", "us_a\nX: y", "the key has a space"),
        (URL, "tst", "us_ä", "the key has a space"),
    ],
)
def test_what_is_missing_or_invalid_is_named(
    url: str | None, site: str | None, key: str | None, names: str
) -> None:
    with pytest.raises(ValueError, match=names) as caught:
        Destination.of(url, site, key, {})
    assert "us_" not in str(caught.value)


def test_its_representation_does_not_show_the_key() -> None:
    assert repr(Destination(URL, "tst", "us_secret")) == f"Destination('{URL}', 'tst')"


def test_each_site_of_each_server_has_a_file_of_its_own() -> None:
    names = {
        Destination(url, site).file_name
        for url in (URL, f"{URL}/dev", f"{URL}:8443", "http://[::1]:80/logs")
        for site in ("mrc1", "mrc2")
    }
    assert len(names) == 8
    assert Destination(f"{URL}/dev", "mrc1").file_name == "mrc1@status.example.org_dev.spool"


@pytest.mark.parametrize(
    ("content", "sent", "stored"),
    [
        (b'{"id": 17, "warnings": []}', 1, True),
        (b'{"ids": [17, 18], "warnings": []}', 2, True),
        (b'{"ids": [17], "warnings": []}', 2, False),
        (b'{"id": 17}', 2, False),
        (b"[17]", 1, False),
        (b"null", 1, False),
        (b"<html>", 1, False),
        (b"", 1, False),
        (b"[" * 100_000, 1, False),
    ],
)
def test_only_the_services_own_answer_means_that_all_is_stored(
    content: bytes, sent: int, stored: bool
) -> None:
    assert isinstance(_answer(content, sent, URL), Stored if stored else Later)


def rejected(status: int, content: object, **headers: str) -> Stored | Refused | Later:
    message = email.message.Message()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    found: Stored | Refused | Later = _rejected(
        urllib.error.HTTPError(URL, status, "reason", message, io.BytesIO(body))
    )
    return found


@pytest.mark.parametrize("status", [400, 413, 422])
def test_what_the_service_says_of_a_messages_content_is_final(status: int) -> None:
    assert rejected(status, {"error": "log_message is missing", "field": "log_message"}) == Refused(
        f"{status} log_message is missing"
    )


def test_what_is_too_large_for_a_proxy_is_so_every_time() -> None:
    assert rejected(413, b"<h1>Too large</h1>") == Refused("413 reason")


@pytest.mark.parametrize("status", [401, 403, 404, 405, 421, 429, 500, 502, 503])
def test_everything_else_may_pass(status: int) -> None:
    assert rejected(status, {"error": "not now"}) == Later(f"{status} not now", None)


def test_a_400_that_names_no_field_may_be_that_of_another_service() -> None:
    assert rejected(400, {"error": "invalid_grant"}) == Later("400 invalid_grant", None)


@pytest.mark.parametrize("content", [b"<h1>Bad request</h1>", b"[1]", b'{"detail": 1}', b"\xff", b""])
def test_a_400_of_something_else_is_not_about_the_message(content: bytes) -> None:
    assert rejected(400, content) == Later("400 reason", None)


def test_a_redirect_is_told_and_not_followed() -> None:
    found = rejected(302, b"", Location="https://login.example.org/")
    assert found == Later("302 it is at https://login.example.org/ now: change the URL", None)


def test_a_server_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(destination, "TIMEOUT_S", 0.05)
    with silent() as url:
        assert Destination(url, "tst").post(["{}"]) == Later(f"cannot reach {url}: timed out")


def test_only_the_environment_is_asked_for_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system settings of macOS, which urllib asks too, must not be read in a process that was forked."""
    monkeypatch.setattr("urllib.request.getproxies", lambda: pytest.fail("the system settings are read"))
    monkeypatch.setenv("NO_PROXY", "")
    with answering(200, b'{"id": 1}') as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert Destination("http://status.example.org", "tst").post(["{}"]) == Stored()
        assert [line for _, line, _ in proxy.requests] == ["POST http://status.example.org/newlog"]


def test_a_long_reason_is_cut() -> None:
    assert len(rejected(500, {"error": "x" * 10_000}).reason) == 300  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0.0),
        (" 17 ", 17.0),
        ("-5", 0.0),
        ("9" * 400, MAX_PAUSE_S),
        ("9" * 10_000, None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 2099 07:28:00 GMT", MAX_PAUSE_S),
        ("soon", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_at_most_an_hour(
    header: str | None, seconds: float | None
) -> None:
    assert _seconds(header) == seconds


def test_a_date_in_retry_after_is_counted_from_now() -> None:
    found = _seconds(formatdate(time.time() + 100, usegmt=True))
    assert found is not None
    assert 90 < found <= 100
