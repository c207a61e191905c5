"""What the fuzzer sends over HTTP: requests, and the values and messages in them, odd or valid.

Everything is derived from the given `Random`, so the same seed makes the same bytes, except for session ids,
which the service assigns, and for the order of concurrent connections.
"""

from __future__ import annotations

import gzip
import json
import zlib
from random import Random
from urllib.parse import quote

FORGED = "2026-01-01 00:00:00,000 ERROR forged: a line of the attacker's own"
TEXTS = [
    "",
    "x",
    "Slewing telescope…",
    "*",
    "a,b,,c",
    "\0",
    "\ud83d",
    "e\u0301" * 20,
    "\u202e\u2028\ufeff",
    " \t\r\n",
    f"\r\n{FORGED}\r\n",
    f"%0d%0a{FORGED}",
    "<script>alert(1)</script>",
    "'; DROP TABLE messages; --",
    "../../etc/passwd",
    "1" * 300 + "x",
    "x" * 12_000,
    "NaN",
    "-1",
    "1e999",
    "0x10",
    "1_000",
    "٤٢",
    "2026-11-24T23:00:00Z",
    "9999-12-31T23:59:59.999999+00:00",
    "1604514063123",
    "99999999999999999999",
    "null",
    "[]",
]
RAW = [
    "NaN",
    "-Infinity",
    "1e400",
    "9" * 5000,
    "-0",
    "[" * 200,
    "{}",
    "[]",
    "tru",
    "'x'",
    "0" * 40,
    '"\\ud800"',
]
NUMBERS = [0, -1, 1, 10, 50, 2**31, 2**63, 2**64, 1e308, 0.1, 1604514063, 1604514063123, -1e15]
SITES = [
    "tst",
    "TST",
    "mrc1",
    "*",
    "a,b",
    "fuzz",
    "x" * 64,
    "x" * 65,
    "a b",
    "tst\n",
    "é",
    ",".join("abc" * 400),
]
BOMB = gzip.compress(bytes(8 * 1024**2))  # 8 KB that expand beyond the limit
RARE = "rare"  # a site with few messages, as reading a whole log repeatedly would test something else
LEVELS = ["info", "WARN", "fatal", "loud", "", "40", "info,error", "9999"]
FIELDS = ["site", "log_message", "log_level", "timestamp", "uuid"]
QUERY = [
    "site",
    "after_id",
    "after_time",
    "before_id",
    "log_level",
    "limit",
    "activity",
    "lastEventId",
    "cursor",
]
PATHS = [
    *["/newlog"] * 6,
    *["/recent-logs", "/sites", "/events", "/watch", "/healthz", "/", "/dev/newlog", "/logs/recent-logs"],
    *[
        "/ws",
        "/datastream",
        "/static/watch.css",
        "/static/../app.py",
        "/watch/tst",
        "/watch/%2e%2e",
        "/socket.io/",
    ],
    *[
        "//",
        "*",
        "http://x/newlog",
        "/newlog/",
        "/%",
        "/%00",
        "/\xff",
        "/%0d%0aforged",
        "",
        "/socket.io/%0aforged",
    ],
]
METHODS = [
    *["GET"] * 8,
    "POST",
    "HEAD",
    "OPTIONS",
    "PUT",
    "DELETE",
    "TRACE",
    "CONNECT",
    "get",
    "G\0T",
    "X" * 300,
]
FRAMING = 7  # the first of these headers delimit a request or affect the connection
HEADERS = [
    *["Transfer-Encoding", "Content-Length", "Connection", "Upgrade", "Expect", "Content-Encoding", "Ünï"],
    *["Accept", "Accept-Encoding", "Cookie", "Origin", "Host", "Last-Event-ID", "Content-Type", "Via"],
    *["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Range"],
    *[
        "If-None-Match",
        "If-Modified-Since",
        "Sec-WebSocket-Key",
        "Sec-WebSocket-Version",
        "Sec-WebSocket-Protocol",
    ],
    *["Access-Control-Request-Headers", "Trailer", "TE", "X_Odd"],
]
VALUES = [
    *[
        "*/*",
        "gzip",
        "deflate, br",
        "text/event-stream",
        "application/json",
        "multipart/form-data; boundary=x",
    ],
    *[
        "websocket",
        "Upgrade",
        "close",
        "keep-alive",
        "100-continue",
        "https://elsewhere.example",
        "null",
        "13",
        "0",
    ],
    *[
        "chunked",
        "identity",
        "chunked, chunked",
        "xchunked",
        "+0",
        "-1",
        "0x10",
        "1 1",
        "4, 4",
        "bytes=0-,5-1",
    ],
    *[
        "javascript:",
        "10.0.0.1, 127.0.0.1",
        "[::1",
        "dGhlIHNhbXBsZSBub25jZQ==",
        "a=b; c=d",
        '"',
        "\xff",
        "x" * 8000,
    ],
    *['W/"x", *', "Tue, 99 Nov 2026", "-", "\t", f"x\r\n {FORGED}", "9" * 5000],
]


def text(random: Random) -> str:
    found = random.choice(TEXTS)
    return found if random.random() < 0.8 else found[: random.randrange(40)] + chr(random.randrange(0xD7FF))


def value(random: Random, depth: int = 0) -> object:
    """Any JSON value."""
    kind = random.randrange(8 if depth < 3 else 5)
    if kind < 3:
        return text(random)
    if kind == 3:
        return random.choice(NUMBERS)
    if kind == 4:
        return random.choice([None, True, False])
    if kind == 5:
        return {text(random)[:20]: value(random, depth + 1) for _ in range(random.randrange(3))}
    return [value(random, depth + 1) for _ in range(random.randrange(4))]


def message(random: Random, oddness: float = 0.3) -> dict[str, object]:
    """A message in which each field may be odd."""
    found: dict[str, object] = {"site": random.choice(SITES), "log_message": text(random)[:100]}
    if random.random() > oddness:
        found["site"] = "fuzz"
    for field in FIELDS:
        if random.random() < oddness / 2:
            found[field] = random.choice(LEVELS) if field == "log_level" else value(random)
    return found


def body(random: Random) -> bytes:
    """The body of a POST to /newlog."""
    kind = random.random()
    if kind < 0.55:
        content = json.dumps(message(random), ensure_ascii=random.random() < 0.5)
    elif kind < 0.7:
        content = json.dumps([message(random, 0.05) for _ in range(random.choice([0, 1, 2, 5, 30]))])
    elif kind < 0.85:
        raw, field = random.choice(RAW), random.choice(FIELDS)
        content = f'{{"site": "fuzz", "log_message": "x", "{field}": {raw}}}'
    else:
        content = json.dumps(value(random))
    data = content.encode(random.choice(["utf-8", "utf-8", "utf-8", "utf-16", "utf-32"]), "surrogatepass")
    return mutated(random, data) if random.random() < 0.15 else data


def mutated(random: Random, data: bytes) -> bytes:
    """The same data with a few bytes flipped, inserted, removed or doubled."""
    found = bytearray(data)
    for _ in range(random.choice([1, 1, 2, 5])):
        place = random.randrange(len(found) + 1)
        kind = random.randrange(4)
        if kind == 0:
            found[place:place] = random.choice(
                [b"\0", b"\r\n", b"\n", b" ", b"\xff", b'"', b":", b"\xed\xa0\x80", b"%"]
            )
        elif kind == 1:
            del found[place : place + random.choice([1, 1, 3, 20])]
        elif kind == 2 and place < len(found):
            found[place] = random.randrange(256)
        else:
            found[place:place] = found[place : place + random.choice([1, 8, 60])]
    return bytes(found)


def query(random: Random) -> str:
    """A query string; none that waits for long."""
    parts = [f"site={random.choice([RARE, RARE, RARE, quote(random.choice(SITES))])}"]
    if random.random() < 0.9:
        parts.append("limit=20")
    for _ in range(random.choice([0, 1, 1, 2, 4])):
        odd = random.choice([text(random), str(random.choice(NUMBERS)), random.choice(LEVELS)])
        parts.append(f"{random.choice(QUERY)}={quote(odd, errors='replace')[:1000]}")
    if random.random() < 0.1:
        parts.append("wait=" + random.choice(["0", "0.02", "x", "-1", "1" * 300 + "x", "NaN"]))
    if random.random() < 0.05:
        parts.append(random.choice(["&&&", "=", "site", "a=" * 500, "%", "\xff\xfe", "site=" + "a," * 2000]))
    return "&".join(parts)


def request(random: Random, framed_well: bool = False) -> bytes:
    """An HTTP request: valid, or odd in its request line, headers, framing or body.

    With `framed_well`, its end is unambiguous, and another one can follow it.
    """
    path = random.choice(PATHS)
    posts = "newlog" in path and random.random() < 0.9
    method = "POST" if posts else random.choice(METHODS)
    target = path if posts or random.random() < 0.2 else f"{path}?{query(random)}"
    version = (
        "HTTP/1.1"
        if framed_well
        else random.choice(
            ["HTTP/1.1"] * 12 + ["HTTP/1.0", "HTTP/2.0", "HTTP/1", "http/1.1", "HTTP/1.1 x", ""]
        )
    )
    lines = [f"{method} {target} {version}", "Host: localhost"]
    names = HEADERS[FRAMING:] if framed_well else HEADERS
    several = range(random.choice([0, 0, 0, 1, 1, 2, 4]))
    lines += [f"{random.choice(names)}: {random.choice(VALUES)}" for _ in several]
    content = body(random) if posts else random.choice([b"", b"", b"", b"", body(random)])
    if posts and random.random() < 0.05:
        zipped = gzip.compress(content, mtime=0)  # or the same seed would make other bytes a second later
        content = random.choice([zipped, zipped[:-5], zlib.compress(content), BOMB])
        lines.append(f"Content-Encoding: {random.choice(['gzip', 'gzip', 'deflate', 'br', 'gzip, gzip'])}")
    framing, content = (
        ([f"Content-Length: {len(content)}"], content) if framed_well else framed(random, content, posts)
    )
    head = "\r\n".join([*lines, *framing, "", ""]).encode("latin-1", "replace")
    if not framed_well and random.random() < 0.1:
        head = mutated(random, head)
    return head + content


def framed(random: Random, content: bytes, posts: bool) -> tuple[list[str], bytes]:
    """The header lines that delimit the body, usually correct ones, and the body as sent."""
    kind = random.random()
    if kind < 0.8:
        return ([f"Content-Length: {len(content)}"] if content or posts else []), content
    if kind < 0.9:
        cut = random.randrange(len(content) + 1)
        parts = [part for part in (content[:cut], content[cut:]) if part]
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
        return ["Transfer-Encoding: chunked"], chunks if random.random() < 0.7 else mutated(random, chunks)
    size = len(content)
    return random.choice(
        [
            [f"Content-Length: {size}", f"Content-Length: {size + 1}"],
            [f"Content-Length: {size + 5}"],
            [f"Content-Length: {max(0, size - 5)}"],
            [f"Content-Length : {size}"],
            [f"Content-Length: {size}", "Transfer-Encoding: chunked"],
            ["Transfer-Encoding: gzip, chunked"],
            ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
            [f"Content-Length: +{size}"],
            ["Content-Length: 99999999999999999999999"],
            ["Content-Length: x"],
            [],
        ]
    ), content
