"""Bodies with other encodings and content types than plain JSON."""

from __future__ import annotations

import gzip
import re
import zlib

import pytest
import requests

from tests.support.raw_http import MESSAGE
from tests.support.service import Service


def kind(value: object) -> str:
    """An id for a test parameter, as compressed bytes would make a bad one."""
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else "body"


def compressed(service: Service, body: bytes, encoding: str) -> requests.Response:
    return requests.post(
        f"{service.url}/newlog", body, headers={"Content-Encoding": encoding, "Origin": "x"}, timeout=5
    )


def raw_deflate(body: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(body) + compressor.flush()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(MESSAGE)),
        ("X-GZIP", gzip.compress(MESSAGE)),
        ("deflate", zlib.compress(MESSAGE)),
        ("deflate", raw_deflate(MESSAGE)),
        ("identity", MESSAGE),
    ],
    ids=kind,
)
def test_a_compressed_message_is_accepted(service: Service, encoding: str, body: bytes) -> None:
    assert compressed(service, body, encoding).status_code == 200


@pytest.mark.parametrize(
    ("encoding", "body", "code"),
    [
        ("br", MESSAGE, 415),
        ("gzip, gzip", gzip.compress(gzip.compress(MESSAGE)), 415),
        ("gzip", gzip.compress(b" " * 300_000), 413),
        ("gzip", gzip.compress(b" " * 200_000_000, 1)[:200_000], 413),
        ("gzip", gzip.compress(MESSAGE)[:-9], 400),
        ("gzip", gzip.compress(MESSAGE) * 2, 400),
        ("gzip", MESSAGE, 400),
        ("deflate", MESSAGE, 400),
        ("gzip", b"", 400),
    ],
    ids=kind,
)
def test_an_invalid_compressed_body_is_rejected(
    service: Service, encoding: str, body: bytes, code: int
) -> None:
    response = compressed(service, body, encoding)
    assert response.status_code == code, response.text
    if code == 415:
        assert encoding in response.json()["error"]
        assert response.headers["Accept-Encoding"] == "gzip, deflate"


def test_a_client_that_sends_a_form_is_told_what_to_send(service: Service) -> None:
    for response in (
        requests.post(f"{service.url}/newlog", {"site": "tst", "log_message": "x"}, timeout=5),
        requests.post(f"{service.url}/newlog", files={"site": "tst"}, timeout=5),
    ):
        assert response.status_code == 400
        assert re.fullmatch(r"the body is a form \(.*\): send JSON, like .*", response.json()["error"])


def test_json_is_accepted_whatever_content_type_curl_sends(service: Service) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    for body, code in ((MESSAGE, 200), (b'{"site": "tst"}', 400)):
        response = requests.post(f"{service.url}/newlog", body, headers=headers, timeout=5)
        assert (response.status_code, response.json().get("field")) == (
            code,
            None if code == 200 else "log_message",
        )
