"""Health and readiness: what a watcher and a load balancer are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.environs import client_of
from userstatus import __version__
from userstatus.errors import Unavailable
from userstatus.service import Service
from userstatus.settings import Settings


@pytest.fixture
def service(tmp_path: Path) -> Service:
    environ = {"DATABASE_URL": f"sqlite:///{tmp_path}/x.db", "READING": "keys"}
    found = Service(Settings.from_environ(environ), "prod")
    found.log.database.prepare()
    return found


def test_the_health_names_the_version_and_how_fresh_the_follower_is(service: Service) -> None:
    client = client_of(service.app)
    told = json.loads(client.get("/healthz").data)
    assert told == {"status": "ok", "version": __version__, "database": "ok", "follower_age_s": None}
    service.delivery.follower.open()
    assert 0 <= json.loads(client.get("/healthz").data)["follower_age_s"] < 60


def test_a_service_that_cannot_store_is_not_healthy(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check() -> None:
        raise Unavailable("the disk is full")

    monkeypatch.setattr(service.log.health, "check", check)
    response = client_of(service.app).get("/healthz")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
    assert "the disk is full" not in response.text


def test_a_service_is_ready_only_while_it_says_so(service: Service) -> None:
    client = client_of(service.app)
    for ready, status in ((False, 503), (True, 200), (False, 503)):
        service.health.ready = ready
        response = client.get("/readyz")
        assert response.status_code == status
    assert response.headers["Retry-After"] == "2"
