"""SECURITY.md tells the truth: who may do what by default, and after each setting."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import requests

from tests.support.databases import at
from tests.support.documents import DOCUMENTS, code
from tests.support.service import PROJECT, Service, running, wait_until
from tests.support.settings import setting_names
from userstatus.access.secret import fingerprint, new_secret
from userstatus.settings import Settings
from userstatus.store.keys import Key, Keys

OTHERS = {  # for the compose file, for make, for a telescope, and named in a configuration
    *("POSTGRES_PASSWORD", "PYTHON", "WHAT", "COUNT", "SEED", "KINDS", "VIEWERS", "ONCALL_URL"),
    *("USERSTATUS_URL", "USERSTATUS_SITE", "USERSTATUS_KEY"),
}
MRC1, OTHER = '{"site": "mrc1", "log_message": "x"}', '{"site": "tst", "log_message": "x"}'
NOBODY = "nobody"
KEYS = {  # by name: the site and what it may
    "post mrc1": ("mrc1", "post"),
    "post tst": ("tst", "post"),
    "read mrc1": ("mrc1", "read"),
    "read tst": ("tst", "read"),
    "read *": ("*", "read"),
}
# What the cells of the table mean: who may, by the name of their key; in each column that such a cell is in.
MEANINGS = {
    ("a key to post for it", 0): {"post mrc1"},
    ("a key to post for it", 1): {"post tst"},
    ("a key to read it", 2): {"read mrc1", "read *"},
    ("a key to read `*`", 3): {"read *"},
    ("any key to read", 4): {"read mrc1", "read tst", "read *"},
}
WAYS = (
    ("newlog", "logs/newlog", "dev/newlog"),
    ("newlog", "logs/newlog", "dev/newlog"),
    ("recent-logs?site=mrc1", "activity?site=mrc1", "watch/mrc1", "dev/recent-logs?site=mrc1"),
    ("metrics", "dev/metrics"),
    ("docs", "openapi.json", "asyncapi.json", "dev/docs"),
)


def rows(heading: str) -> list[list[str]]:
    """The cells of the table whose head begins with this cell."""
    text = (PROJECT / "SECURITY.md").read_text()
    table = re.search(rf"^\| ?{heading} \|.*\n\| --- .*\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert table is not None
    return [[cell.strip() for cell in line.strip("|\n").split(" | ")] for line in table[1].splitlines()]


def add_keys(url: str, names: list[str]) -> dict[str, str]:
    """Add these keys to a database; returns their secrets."""
    secrets = {name: new_secret() for name in names}
    with closing(at(url)) as database:
        database.prepare()
        for name, secret in secrets.items():
            site, may = KEYS[name]
            Keys(database).add(
                Key(name, fingerprint(secret), frozenset([site]), frozenset([may]), time.time())
            )
    return secrets


def who_may(service: Service, secrets: dict[str, str], column: int, path: str) -> set[str]:
    """The keys, by name, and nobody's, with which a request is answered with success."""
    found = set()
    for name, secret in {NOBODY: "", **secrets}.items():
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        body = (MRC1, OTHER)[column] if column < 2 else None
        method = "GET" if body is None else "POST"
        status = requests.request(
            method, f"{service.url}/{path}", data=body, headers=headers, timeout=10
        ).status_code
        assert status == 200 or status == (403 if secret else 401), (path, name, status)
        if status == 200:
            found.add(name)
    return found


@pytest.mark.parametrize("row", rows(""), ids=lambda row: row[0])
def test_the_table_says_who_may_do_what(row: list[str], tmp_path: Path) -> None:
    setting, *cells = row
    environ = dict(re.findall(r"([A-Z_]+)=(\w+)", setting))
    names = ["read mrc1", "read tst", "read *"]
    if "a key to post for it" in cells:
        names += ["post mrc1", "post tst"][: cells.count("a key to post for it")]
    url = f"sqlite:///{tmp_path}/x.db"
    secrets = add_keys(url, names)
    with running(url, tmp_path, **environ) as service:
        for column, (cell, paths) in enumerate(zip(cells, WAYS, strict=True)):
            everybody = {NOBODY, *secrets}
            expected = everybody if cell == "everybody" else MEANINGS[cell, column]
            for path in paths:
                assert who_may(service, secrets, column, path) == expected, (path, cell)


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, str]]:
    """A service with all the examples of the table of settings, but for HOST, and a key that may read."""
    examples = dict(re.findall("`([A-Z_]+)=([^`]+)`", " ".join(effect for *_, effect in rows("setting"))))
    assert {"HOST"} | set(examples) == {
        name for names, *_ in rows("setting") for name in re.findall("[A-Z_]+", names)
    }
    folder = tmp_path_factory.mktemp("closed")
    url = f"sqlite:///{folder}/x.db"
    examples |= {"ALLOWED_HOSTS": examples["ALLOWED_HOSTS"].replace("localhost", "127.0.0.1")}
    (secret,) = add_keys(url, ["read *"]).values()
    del examples["HOST"]
    with running(url, folder, **examples) as service:
        yield service, secret


def test_only_its_own_names_are_answered_to_except_for_health(closed: tuple[Service, str]) -> None:
    service, _ = closed
    rebound = {"Host": "rebound.example"}
    found = [
        requests.get(f"{service.url}/{path}", headers=rebound, timeout=10).status_code
        for path in ("recent-logs?site=mrc1", "healthz", "readyz")
    ]
    assert found == [421, 200, 200]


@pytest.mark.parametrize(
    ("origin", "status"), [("https://www.example.org", 200), ("https://elsewhere.example", 403), (None, 200)]
)
def test_only_the_page_that_is_named_may_post(
    closed: tuple[Service, str], origin: str | None, status: int
) -> None:
    headers = {} if origin is None else {"Origin": origin}
    service, _ = closed
    assert requests.post(f"{service.url}/newlog", MRC1, headers=headers, timeout=10).status_code == status


def test_nobody_on_this_machine_chooses_an_address(closed: tuple[Service, str]) -> None:
    service, _ = closed
    forwarded = {"X-Forwarded-For": "6.6.6.6, 192.0.2.10"}
    assert requests.post(f"{service.url}/newlog", "{", headers=forwarded, timeout=10).status_code == 400
    wait_until(lambda: "from 127.0.0.1" in service.log.read_text(), "the service says who it was")
    assert "6.6.6.6" not in service.log.read_text()


def test_what_is_too_much_for_a_site_is_refused(closed: tuple[Service, str]) -> None:
    service, _ = closed
    message = {"site": "busy", "log_message": "x"}
    found = [
        requests.post(f"{service.url}/newlog", json=[message] * count, timeout=10) for count in (301, 300, 1)
    ]
    assert [each.status_code for each in found] == [413, 200, 429]
    assert int(found[-1].headers["Retry-After"]) <= 60


def test_whoever_tries_keys_has_to_wait_but_not_with_a_right_one(closed: tuple[Service, str]) -> None:
    service, right = closed

    def status(secret: str) -> int:
        headers = {"Authorization": f"Bearer {secret}"}
        return requests.get(f"{service.url}/sites", headers=headers, timeout=10).status_code

    assert [status(new_secret()) for _ in range(11)] == [401] * 10 + [429]
    assert status(right) == 200


def test_there_is_an_end_to_the_viewers_of_an_address(closed: tuple[Service, str]) -> None:
    service, _ = closed
    with ExitStack() as stack:
        found = [
            stack.enter_context(requests.get(f"{service.url}/events?site=mrc1", stream=True, timeout=10))
            for _ in range(51)
        ]
        assert [each.status_code for each in found] == [200] * 50 + [503]


def test_the_dev_stage_is_off(closed: tuple[Service, str]) -> None:
    service, _ = closed
    assert requests.get(f"{service.url}/dev/recent-logs?site=mrc1", timeout=10).status_code == 404


def test_every_setting_that_the_documents_show_is_one_and_has_a_value_that_is_taken() -> None:
    names = set(setting_names())
    shown = {
        (name, value)
        for document in DOCUMENTS
        for name, value in re.findall(r"(?<![\w-])([A-Z][A-Z_]+)=([^\s`\"]+)", code(document))
    }
    assert {name for name, _ in shown} >= {"POSTING", "ALLOWED_HOSTS", "TRUSTED_PROXIES", "PROXY_HOPS"}
    assert {name for name, _ in shown} <= names | OTHERS
    for name, value in shown:
        if name in names:
            Settings.from_environ({name: value})


def test_the_table_of_settings_tells_their_defaults() -> None:
    default = Settings.from_environ({})
    said = {name: cells for names, *cells in rows("setting") for name in re.findall("[A-Z_]+", names)}
    assert set(said) <= set(setting_names())
    assert f"`HOST={default.host}`" in said["HOST"][0]
    for name, limit in (
        ("ADDRESS_LIMIT", default.address_limit),
        ("SITE_LIMIT", default.site_limit),
        ("WRONG_KEYS", default.wrong_keys),
    ):
        assert limit is not None
        assert f"{limit.count:,}" in said[name][0]
        assert limit.seconds == 60
    for name, number in (("ADDRESS_VIEWERS", default.address_viewers), ("MAX_VIEWERS", default.max_viewers)):
        assert f"{number:,}" in said[name][0]
