"""What the fuzzer sends over long-lived connections: WebSocket frames and Socket.IO packets."""

from __future__ import annotations

import json
import struct
from random import Random

from tests.fuzz import inputs


def frame(random: Random, payload: bytes, opcode: int = 1) -> bytes:
    """A client's WebSocket frame (RFC 6455, section 5.2), usually a valid one."""
    odd = random.random() < 0.12
    first = (random.choice([0, 0x80, 0xC0, 0xF0]) | random.randrange(16)) if odd else 0x80 | opcode
    size = len(payload) if not odd or random.random() < 0.7 else random.choice([0, 5, 70_000, 2**63])
    masked = 0x80 if not odd or random.random() < 0.8 else 0
    if size < 126:
        head = struct.pack("!BB", first, masked | size)
    elif size < 65536:
        head = struct.pack("!BBH", first, masked | 126, size)
    else:
        head = struct.pack("!BBQ", first, masked | 127, size)
    return head + (b"\0\0\0\0" if masked else b"") + payload  # a mask of zeros leaves it unchanged


def said(random: Random) -> bytes:
    """The content of a frame for /ws or /datastream."""
    kind = random.random()
    if kind < 0.1:
        return json.dumps(inputs.value(random)).encode()
    action = random.choice(
        ["newlog", "newlog", "updatesubscribersite", "caughtup", "odd", inputs.text(random)]
    )
    content = {"action": action, **inputs.message(random)}
    if random.random() < 0.3:
        content |= {"site": inputs.RARE, "after_id": inputs.value(random)}
    data = json.dumps(content).encode()
    return inputs.mutated(random, data) if kind < 0.25 else data


def frames(random: Random) -> list[bytes]:
    """A few frames for /ws: actions, fragments, control frames, and frames after a close."""
    kind = random.random()
    if kind < 0.6:
        return [frame(random, said(random))]
    if kind < 0.75:
        data = said(random)
        pieces = [data[start : start + 30] for start in range(0, min(len(data), 300), 30)]
        first, *rest = [b"\x80%b" % frame(random, piece)[1:] for piece in pieces] or [b""]
        return [b"\x01" + first[1:], *(b"\0" + piece[1:] for piece in rest), frame(random, b"", 0)]
    if kind < 0.9:
        return [
            frame(
                random, inputs.text(random).encode("utf-8", "surrogatepass")[:125], random.choice([2, 9, 10])
            )
        ]
    code = random.choice(
        [b"", b"\x03", b"\x03\xe8", b"\0\0", b"\x03\xe8\xff\xfe", b"\x03\xe8bye", b"\xff\xff"]
    )
    return [frame(random, code, 8), *([frame(random, said(random))] if random.random() < 0.5 else [])]


def series(random: Random, count: int) -> list[bytes]:
    """Frames for /ws that are well-formed, whatever is in them, so that every one is read."""
    return [well_formed(said(random)) for _ in range(count)]


def well_formed(payload: bytes) -> bytes:
    """A text frame, of at most 65,535 bytes, which is not UTF-8 only if the payload is not."""
    data = payload[:65535].decode("utf-8", "ignore").encode()
    size = struct.pack("!B", 0x80 | len(data)) if len(data) < 126 else struct.pack("!BH", 0xFE, len(data))
    return b"\x81" + size + b"\0\0\0\0" + data


def event(random: Random) -> bytes:
    """A well-formed packet with an event, whatever its arguments are, on a connection that stays open."""
    name = random.choice(["subscribe", "subscribe", "unsubscribe", "connect", "newlog", "odd"])
    content = inputs.message(random) if random.random() < 0.6 else inputs.value(random)
    arguments = [name, content][: random.choice([1, 2, 2, 2])]
    arguments += [inputs.value(random)] * (random.random() < 0.1)
    return f"42{random.choice(['', '7', '31'])}{json.dumps(arguments)}".encode()


def packet(random: Random) -> bytes:
    """An Engine.IO packet, usually with a Socket.IO packet in it."""
    kind = random.random()
    if kind < 0.15:
        return random.choice(
            [b"", b"2", b"3", b"2probe", b"5", b"6", b"7", b"9", b"x", b"b4AA", b"bxx", b"4", b"0"]
        )
    event = random.choice(
        ["subscribe", "unsubscribe", "connect", "disconnect", "newlog", "odd", inputs.text(random)[:20]]
    )
    content = inputs.message(random) if random.random() < 0.6 else inputs.value(random)
    if isinstance(content, dict) and random.random() < 0.3:
        content |= {"site": inputs.RARE, "after_id": inputs.value(random)}
    number = random.choice(["", "", "0", "17", "9" * 120])
    head = random.choice(
        ["2", "2", "2", "2", "0", "1", "3", "4", "51-", "5999999999-", "61-", "2/admin,", "0/admin,", "7"]
    )
    arguments = [event, content] if random.random() < 0.9 else [event, content, content]
    data = f"4{head}{number}{json.dumps(arguments if head[0] in '256' else content)}".encode()
    return inputs.mutated(random, data) if kind < 0.3 else data
