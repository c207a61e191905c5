"""What a running service holds and writes: descriptors, memory, log."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import requests

from tests.support.service import Service, wait_until
from tests.support.viewers import watching

_senders = itertools.count(1)
SLACK = 8  # descriptors that the connection pool or another request may take


def descriptors(service: Service) -> int:
    return psutil.Process(service.pid).num_fds()


def holds(service: Service, connection: socket.socket) -> bool:
    """Whether the service still has its end of a connection."""
    here = connection.getsockname()
    return any(each.raddr == here for each in psutil.Process(service.pid).net_connections("tcp"))


@contextmanager
def forgotten(service: Service) -> Iterator[None]:
    """Check that nothing that happens in the block stays open in the service."""
    with watching(service.url, "?site=warm-up"):
        pass
    before = descriptors(service)
    yield
    wait_until(lambda: descriptors(service) <= before + SLACK, f"back to {before} descriptors")


def said(service: Service) -> int:
    """The size of the service's log in bytes."""
    return service.log.stat().st_size


def written(service: Service, since: int) -> str:
    """What the service has written to its log after byte `since`, up to a request made here."""
    sender = f"2001:db8::{next(_senders):x}"
    requests.post(f"{service.url}/newlog", "{", headers={"X-Forwarded-For": sender}, timeout=10)
    wait_until(lambda: f"from {sender}:" in service.log.read_text(errors="replace"), "it is logged")
    return service.log.read_bytes()[since:].decode()


@contextmanager
def without_traceback(service: Service) -> Iterator[None]:
    before = said(service)
    yield
    assert "Traceback" not in written(service, before)


def memory(service: Service) -> int:
    """The memory of the service in bytes."""
    assert service.process is not None
    return int(psutil.Process(service.process.pid).memory_info().rss)
