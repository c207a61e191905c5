"""The credentials that the fuzzer sends: keys in every place where one can be, odd or right."""

from __future__ import annotations

import base64
import json
from random import Random
from urllib.parse import quote

from tests.fuzz import inputs

ODD = [
    *[
        "",
        "us_",
        "us_" + "x" * 32,
        "US_" + "x" * 32,
        "us_" + "x" * 9000,
        "us_\0",
        "us_é",
        "us_%00",
        "us_\ud800",
    ],
    *["us_" + "=" * 40, "us_*", "us_a,us_b", "us_' OR 1=1 --", " us_x ", "us_\t", "null", "admin", "x:y:z"],
]
SCHEMES = [
    *["Bearer"] * 4,
    "bearer",
    "BEARER",
    "Bearer\t",
    "Token",
    "",
    "Digest",
    "Negotiate",
    "Bearer Bearer",
]
COOKIE = "userstatus_key"
RIGHT = 0.5  # the share of credentials with which everything is allowed


def secret(random: Random, keys: list[str]) -> str:
    """The secret of a key: one of `keys`, which the service knows, or an odd one."""
    if keys and random.random() < 0.6:
        found = random.choice(keys)
        return found if random.random() < 0.9 else found[: random.randrange(len(found))] + "x"
    return random.choice(ODD) if random.random() < 0.8 else "us_" + inputs.text(random)[:300]


def header(random: Random, keys: list[str]) -> bytes:
    """A header line, or several, with credentials; its end of line included.

    Often it is the first of `keys`, so that not everything ends at the door.
    """
    if keys and random.random() < RIGHT:
        return f"Authorization: Bearer {keys[0]}\r\n".encode()
    kind, value = random.random(), one_line(secret(random, keys))
    if kind < 0.5:
        line = b"Authorization: %b %b" % (random.choice(SCHEMES).encode(), value)
    elif kind < 0.8:
        pair = random.choice([b"x:", b":", b"", b"a:b:", b"\xff:"]) + value
        coded = base64.b64encode(pair)
        coded = inputs.mutated(random, coded) if random.random() < 0.2 else coded
        line = b"Authorization: Basic " + b"".join(coded.split())
    else:
        before = random.choice([b"", b"a=b; ", b";;; ", b'x="', b"=; " * 200])
        line = b"Cookie: %b%b=%b" % (before, COOKIE.encode(), value)
    return line + b"\r\n" + (line + b"\r\n" if random.random() < 0.03 else b"")


def one_line(text: str) -> bytes:
    """Text as a header can carry it, so that the request after it stays whole."""
    return text.encode("utf-8", "surrogatepass").replace(b"\r", b"").replace(b"\n", b"").replace(b"\0", b"")


def in_query(random: Random, keys: list[str]) -> bytes:
    """A parameter for interfaces to which browsers cannot send a header."""
    value = quote(secret(random, keys).encode("utf-8", "surrogatepass"))
    return b"key=" + value.encode() + (b"&key=us_x" if random.random() < 0.1 else b"")


def connecting(random: Random, keys: list[str]) -> bytes:
    """A Socket.IO CONNECT packet with `auth`, in which the key or anything else may be odd."""
    kind = random.random()
    if keys and random.random() < RIGHT:
        return b"40" + json.dumps({"key": keys[0], "site": inputs.RARE}).encode()
    if kind < 0.15:
        return b"40" + json.dumps(inputs.value(random)).encode()
    auth: dict[str, object] = {
        "site": random.choice([inputs.RARE, inputs.RARE, "fuzz", inputs.value(random)])
    }
    auth["key"] = secret(random, keys) if kind < 0.9 else inputs.value(random)
    if random.random() < 0.3:
        auth["after_id"] = random.choice([None, 0, 1, "1-2", inputs.value(random)])
    return b"40" + json.dumps(auth).encode()


def with_header(request: bytes, line: bytes) -> bytes:
    """The request with a header line more, after that of the host."""
    return request.replace(b"Host: localhost\r\n", b"Host: localhost\r\n" + line, 1)
