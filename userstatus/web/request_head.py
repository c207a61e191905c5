"""The head of an HTTP request: its request line and its headers, as defined by RFC 9112.

Ambiguous input is rejected, never guessed: if a proxy and this service disagree on where a request ends, the
rest of it becomes somebody else's next request.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from userstatus.errors import Rejection

MAX_LINE_BYTES = 8192  # of the request line, or of one header
MAX_HEAD_BYTES = 65536
MAX_HEADERS = 100
MAX_EMPTY_LINES = 8  # before the request line (RFC 9112, section 2.2)

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VERSION = re.compile(r"HTTP/([0-9])\.([0-9])")
ABSOLUTE = re.compile(r"https?://([^/?#]+)(.*)", re.IGNORECASE | re.DOTALL)
TARGET = re.compile(r"[\x21-\x7e\x80-\xff]+")
LENGTH = re.compile("[0-9]{1,15}")


class Head:
    """A request's head. If `read()` fails, what was read so far is available to the rejection.

    `target` is a path with its query, still quoted; `headers` have lowercase names, and repeated ones are
    joined with commas, as in WSGI. `version` is HTTP/1.0 or HTTP/1.1.
    """

    def __init__(self) -> None:
        self.method = ""
        self.target = ""
        self.version = "HTTP/1.1"
        self.headers: dict[str, str] = {}
        self.chunked = False
        self.content_length: int | None = None
        self.keep_alive = False
        self._size = 0
        self._absolute = False

    @property
    def has_body(self) -> bool:
        return self.chunked or bool(self.content_length)

    def read(self, readline: Callable[[int], bytes]) -> None:
        """Read the head line by line. Raises Rejection, and EOFError if the connection ends early."""
        self._read_first_line(readline)
        for _ in range(MAX_HEADERS + 1):
            line = self._line(readline, 431)
            if not line:
                break
            self._add(line)
        else:
            raise Rejection(f"the request has more than {MAX_HEADERS} headers: send fewer", status=431)
        self._find_body()
        options = {option.strip().lower() for option in self.headers.get("connection", "").split(",")}
        self.keep_alive = "close" not in options and (self.version == "HTTP/1.1" or "keep-alive" in options)

    def _line(self, readline: Callable[[int], bytes], too_long: int) -> str:
        line = readline(MAX_LINE_BYTES)
        self._size += len(line)
        if len(line) >= MAX_LINE_BYTES or self._size > MAX_HEAD_BYTES:
            what = "address" if too_long == 414 else "head"
            raise Rejection(f"the request's {what} is too long: send a shorter one", status=too_long)
        if not line.endswith(b"\n"):
            raise EOFError
        return line[:-1].removesuffix(b"\r").decode("latin-1")

    def _read_first_line(self, readline: Callable[[int], bytes]) -> None:
        for _ in range(MAX_EMPTY_LINES + 1):
            if line := self._line(readline, 414):
                break
        words = line.split(" ")
        version = VERSION.fullmatch(words[-1])
        if len(words) != 3 or version is None or not TOKEN.fullmatch(words[0]) or version[1] == "0":
            raise Rejection("this does not begin with the first line of a request: send one of HTTP/1.1")
        if version[1] != "1":
            raise Rejection(f"{words[2]} is not spoken here: use HTTP/1.1", status=505)
        self.method, target, _ = words
        self.version = "HTTP/1.0" if version[2] == "0" else "HTTP/1.1"
        self._read_target(target)

    def _read_target(self, target: str) -> None:
        absolute = ABSOLUTE.fullmatch(target)
        if absolute:  # its host overrides the Host header (RFC 9112, section 3.2.2)
            self._absolute = True
            self.headers["host"] = absolute[1]
            target = absolute[2] if absolute[2].startswith("/") else f"/{absolute[2]}"
        elif target == "*" and self.method == "OPTIONS":
            target = "/"  # what holds for the whole service holds for its root
        if not target.startswith("/") or not TARGET.fullmatch(target):
            raise Rejection(
                "the address is not that of anything here: send a path like /newlog, percent-encoded"
            )
        self.target = target

    def _add(self, line: str) -> None:
        name, colon, value = line.partition(":")
        if not colon or not TOKEN.fullmatch(name):
            number = len(self.headers) + 1  # what is in it may be a key
            raise Rejection(
                f"header {number} cannot be read: send a name, a colon without a space, and a value"
            )
        value = value.strip(" \t")
        if not value.isprintable() and ("\r" in value or "\0" in value):
            raise Rejection(f"the header {name[:40]} has a control character: send it without")
        name = name.lower()
        if name == "host" and "host" in self.headers:
            if not self._absolute:
                raise Rejection("Host comes twice: send it once")
            self._absolute = False
            return
        self.headers[name] = f"{self.headers[name]},{value}" if name in self.headers else value

    def _find_body(self) -> None:
        """Determine how the body is delimited (RFC 9112, section 6.3)."""
        encoding, length = self.headers.get("transfer-encoding"), self.headers.get("content-length")
        if encoding is not None:
            if encoding.lower() != "chunked" or self.version == "HTTP/1.0":
                raise Rejection(f"Transfer-Encoding is {encoding[:40]!r}: send chunked, once, by HTTP/1.1")
            if length is not None:
                raise Rejection(
                    "Transfer-Encoding and Content-Length contradict each other: send one of them"
                )
            self.chunked = True
        elif length is not None:
            if not LENGTH.fullmatch(length):
                raise Rejection(f"Content-Length is {length[:40]!r}: send it once, as digits")
            self.content_length = int(length)
