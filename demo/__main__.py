"""Serve a made-up night: an hour of it within half a minute, then as it would happen, until Ctrl-C."""

from __future__ import annotations

import heapq
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from demo.night import night
from userstatus import Poster

PROJECT = Path(__file__).parent.parent
SITES = ("aro1", "eco1", "mrc1", "mrc2", "saf", "tbo2")
PORT = 8080
FAST_S, LIVE_S = 3600.0, 30.0  # how much of the night is played first, and how long that takes
START_S = 30.0  # within which the service has to answer


def main() -> int:
    os.environ.pop("USERSTATUS_KEY", None)  # it is for another service, as are proxies
    os.environ["no_proxy"] = "localhost"
    for ends in (signal.SIGTERM, signal.SIGHUP):  # as Ctrl-C does
        signal.signal(ends, signal.default_int_handler)
    with (
        tempfile.TemporaryDirectory(prefix="userstatus-demo-") as folder,
        suppress(KeyboardInterrupt),
        served(Path(folder)) as url,
    ):
        sys.stdout.write(
            f"A made-up night at six sites:\n\n    {url}\n\n"
            "An hour of it comes within half a minute, the rest as it would happen. Stop with Ctrl-C.\n"
        )
        sys.stdout.flush()
        play(url, Path(folder))
    sys.stdout.write("\nThe demo has ended and left nothing behind.\n")
    return 0


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Run the service with a database that is gone afterwards; yields its URL. Raises RuntimeError."""
    url = f"http://localhost:{(port := free_port())}"
    environ = {"PATH": os.environ["PATH"], "PORT": str(port), "DATABASE_URL": f"sqlite:///{folder}/demo.db"}
    with (folder / "log").open("w") as log:
        # In a session of its own, as Ctrl-C is for this program, which then stops it.
        service = subprocess.Popen(
            [sys.executable, PROJECT / "app.py"], env=environ, stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_for(f"{url}/readyz", service, folder / "log")
        yield url
    finally:
        service.terminate()
        service.wait()


def free_port() -> int:
    """The usual port, or any other one if that is taken."""
    for port in (PORT, 0):
        with socket.socket() as found, suppress(OSError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(("127.0.0.1", port))
            bound: int = found.getsockname()[1]
            return bound
    raise RuntimeError("there is no free port")


def wait_for(url: str, service: subprocess.Popen[bytes], log: Path) -> None:
    began = time.monotonic()
    while time.monotonic() - began < START_S and service.poll() is None:
        with suppress(OSError), urllib.request.urlopen(url, timeout=5):  # noqa: S310, it is this machine's
            return
        time.sleep(0.1)
    raise RuntimeError(f"the service did not start:\n{log.read_text()}")


def play(url: str, folder: Path) -> None:
    """Post the nights of all sites, without end."""
    posters = {site: Poster(url, site, spool=folder) for site in SITES}
    nights = {site: night(site) for site in SITES}
    began = time.monotonic()
    due = [(at * 40.0, site) for at, site in enumerate(SITES)]  # seconds into the night
    heapq.heapify(due)
    try:
        while True:
            at, site = heapq.heappop(due)
            time.sleep(max(0.0, began + played(at) - time.monotonic()))
            line = next(nights[site])
            posters[site].send(line.text, line.level)
            heapq.heappush(due, (at + line.seconds, site))
    finally:
        for poster in posters.values():
            poster.close(1)


def played(at: float) -> float:
    """When a time of the night comes, both in seconds."""
    return at / FAST_S * LIVE_S if at < FAST_S else at - FAST_S + LIVE_S


if __name__ == "__main__":
    sys.exit(main())
