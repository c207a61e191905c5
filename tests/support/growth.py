"""How a cost grows with the length of the input, judged by growth, never by absolute time.

Input four times as long takes four times as long if the cost is linear, and sixteen times if it is quadratic.
Only CPU time counts, so a busy machine does not matter, and costs that are negligible at full length are not
judged at all.
"""

from __future__ import annotations

from collections.abc import Callable

LINEAR = 10  # times as long for input four times as long; quadratic is 16
RESOLUTION = 0.0005  # seconds below which measurements are unreliable
TRIES = 5  # the shortest counts
ALPHABETS = {
    "digits": "1",
    "dots": ".",
    "spaces": " ",
    "exponents": "e",
    "decimals": "1.",
    "powers": "1e",
    "brackets": "[",
    "braces": '{"a":',
    "commas": ",",
    "sites": "a,",
    "semicolons": ";",
    "parameters": "a=;",
    "backslashes": "\\",
    "quotes": '"',
    "hyphens": "-",
    "percents": "%",
    "colons": "2020-01-01T00:00:00.",
    "lines": "\n",
    "combining": "e\u0301",
    "surrogates": "\ud83d",
    "nul": "\0",
}


def text(label: str, length: int) -> str:
    """A repetitive text that almost matches its format: only its end does not."""
    piece = ALPHABETS[label]
    return f"1{piece * (length // len(piece))}x"


def growth(cost: Callable[[int], float], lengths: list[int], floor: float) -> float:
    """The steepest growth of the cost (seconds) from one length to the next, which is four times as long.

    Ignored if even the longer one costs less than `floor`. Stops at the first growth that is too steep, so
    that quadratic cost does not take minutes to detect.
    """
    steepest = 0.0
    shorter = lengths[0]
    for longer in lengths[1:]:
        dear = cost(longer)
        if dear > floor:
            cheap = max(RESOLUTION, min(cost(shorter) for _ in range(TRIES)))
            for _ in range(TRIES if dear < 1 else 1):
                if dear < LINEAR * cheap:
                    break
                dear = min(dear, cost(longer))
            steepest = max(steepest, dear / cheap)
            if steepest >= LINEAR:
                break
        shorter = longer
    return steepest
