"""Where the secret of a key may be in a request, and where it is not looked for."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from tests.support.doors import SECRET
from tests.support.environs import environ
from userstatus.access.credentials import is_own_page, of_reader, presented

COOKIE: dict[str, Any] = {"HTTP_COOKIE": f"a=b; userstatus_key={SECRET}", "HTTP_HOST": "a.example"}


def basic(text: str) -> str:
    return f"Basic {b64encode(text.encode()).decode()}"


@pytest.mark.parametrize(
    "header",
    [
        f"Bearer {SECRET}",
        f"bearer  {SECRET} ",
        basic(f"mrc1:{SECRET}"),
        basic(f":{SECRET}"),
        basic(f"a:b:{SECRET}"),
    ],
)
def test_a_secret_comes_as_a_bearer_or_as_the_password_of_any_user(header: str) -> None:
    assert presented(environ(HTTP_AUTHORIZATION=header)) == SECRET


@pytest.mark.parametrize(
    "header",
    ["Bearer eyJhbGciOi", f"Token {SECRET}", SECRET, "Basic %%%", "Basic", basic("mrc1:password"), ""],
)
def test_what_is_meant_for_somebody_else_is_no_secret(header: str) -> None:
    assert presented(environ(HTTP_AUTHORIZATION=header)) is None


@pytest.mark.parametrize("path", ["/events", "/ws", "/datastream", "/socket.io/"])
def test_a_parameter_is_looked_at_where_browsers_cannot_send_a_header(path: str) -> None:
    assert presented(environ(path, QUERY_STRING=f"site=tst&key={SECRET}")) == SECRET
    assert presented(environ(path, QUERY_STRING="site=tst&key=")) is None


def test_a_header_for_a_proxy_hides_no_parameter() -> None:
    for_proxy = basic("observer:password")
    given = environ("/events", QUERY_STRING=f"key={SECRET}", HTTP_AUTHORIZATION=for_proxy)
    assert presented(given) == SECRET


@pytest.mark.parametrize("path", ["/recent-logs", "/newlog", "/", "/sites"])
def test_elsewhere_a_parameter_is_not_looked_at_as_addresses_are_passed_on(path: str) -> None:
    assert of_reader(environ(path, QUERY_STRING=f"key={SECRET}")) is None


def test_a_cookie_is_for_reading_alone() -> None:
    assert of_reader(environ(**COOKIE)) == SECRET
    assert presented(environ(**COOKIE)) is None


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({}, True),
        ({"HTTP_ORIGIN": "http://a.example"}, True),
        ({"HTTP_ORIGIN": "https://a.example"}, False),
        ({"HTTP_ORIGIN": "http://b.a.example"}, False),
        ({"HTTP_ORIGIN": "null"}, False),
        ({"HTTP_SEC_FETCH_SITE": "same-origin"}, True),
        ({"HTTP_SEC_FETCH_SITE": "same-site"}, False),
        ({"HTTP_SEC_FETCH_SITE": "cross-site"}, False),
    ],
)
def test_a_cookie_does_not_count_for_pages_of_others(headers: dict[str, Any], own: bool) -> None:
    assert is_own_page(environ(**COOKIE, **headers)) is own
    assert of_reader(environ(**COOKIE, **headers)) == (SECRET if own else None)


@pytest.mark.parametrize(
    "cookie", ['userstatus_key="', "userstatus_key", "userstatus_key=\x00;=", "xuserstatus_key=us_a"]
)
def test_an_invalid_cookie_is_none(cookie: str) -> None:
    assert of_reader(environ(HTTP_COOKIE=cookie, HTTP_HOST="a.example")) is None


def test_a_cookie_is_found_among_others() -> None:
    header = f"a=1;userstatus_key={SECRET} ; b=2"
    assert of_reader(environ(HTTP_COOKIE=header, HTTP_HOST="a.example")) == SECRET


def test_a_long_secret_is_cut() -> None:
    assert len(presented(environ(HTTP_AUTHORIZATION=f"Bearer us_{'x' * 8000}")) or "") == 256
