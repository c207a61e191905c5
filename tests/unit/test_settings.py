"""The environment is read once; a bad value stops the start with one clear line."""

from __future__ import annotations

import pytest

from userstatus.errors import StartError
from userstatus.settings import Settings


@pytest.mark.parametrize("text", ["https://status.example.org/", "HTTP://[::1]:8080/some/wall"])
def test_where_people_find_the_pages_is_a_url_without_a_slash_at_its_end(text: str) -> None:
    assert Settings.from_environ({"PUBLIC_URL": text}).public_url == text.rstrip("/")
    assert Settings.from_environ({}).public_url is None
    with pytest.raises(StartError, match=r"PUBLIC_URL is .*, expected the URL of the pages"):
        Settings.from_environ({"PUBLIC_URL": f"{text}?x=1"})


def test_nothing_has_to_be_set() -> None:
    settings = Settings.from_environ({"PORT": ""})
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.database_url == "sqlite:///userstatus.db"
    assert (settings.message_ttl, settings.purge_interval) == (7 * 86400, 600)
    assert (settings.cors_origins, settings.log_level) == (("*",), "info")


def test_both_stages_are_served_unless_dev_is_left_out() -> None:
    assert Settings.from_environ({}).stages == ("prod", "dev")
    assert Settings.from_environ({"STAGES": "dev, PROD"}).stages == ("prod", "dev")
    assert Settings.from_environ({"STAGES": "prod"}).stages == ("prod",)


def test_origins_are_a_list() -> None:
    settings = Settings.from_environ({"CORS_ORIGINS": "https://a.example/, http://localhost:3000"})
    assert settings.cors_origins == ("https://a.example", "http://localhost:3000")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "0"),
        ("PORT", "70000"),
        ("PORT", "²"),
        ("POSTING", "closed"),
        ("READING", "yes"),
        ("ALLOWED_HOSTS", "a b"),
        ("ALLOWED_HOSTS", "https://a.example"),
        ("ALLOWED_HOSTS", ","),
        ("TRUSTED_PROXIES", "nginx"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("PROXY_HOPS", "0"),
        ("PROXY_HOPS", "12"),
        ("ADDRESS_LIMIT", "60"),
        ("SITE_LIMIT", "0/minute"),
        ("WRONG_KEYS", "5/day"),
        ("ADDRESS_VIEWERS", "0"),
        ("MAX_VIEWERS", "many"),
        ("LOG_FORMAT", "xml"),
        ("STAGES", "dev"),
        ("STAGES", "prod,test"),
        ("STAGES", ","),
        ("MESSAGE_TTL", "7"),
        ("MESSAGE_TTL", "0s"),
        ("MESSAGE_TTL", "99999999d"),
        ("PURGE_INTERVAL", "often"),
        ("VIEWER_BUFFER", "1"),
        ("VIEWER_BUFFER", "1k"),
        ("CORS_ORIGINS", "www.example.org"),
        ("CORS_ORIGINS", "https://www.example.org/path"),
        ("CORS_ORIGINS", ","),
        ("CORS_ORIGINS", "https://a b"),
        ("CORS_ORIGINS", "http://["),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_a_bad_value_is_rejected_by_name_with_what_is_expected(name: str, value: str) -> None:
    with pytest.raises(StartError) as caught:
        Settings.from_environ({name: value})
    assert str(caught.value).startswith(f"{name} is {value!r}, expected ")
