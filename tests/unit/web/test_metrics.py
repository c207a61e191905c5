"""GET /metrics has the type that Prometheus expects."""

from __future__ import annotations

from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST

from tests.support.environs import client_of
from userstatus.service import Service
from userstatus.settings import Settings


def test_metrics_have_their_type_and_the_stage_of_the_service(tmp_path: Path) -> None:
    service = Service(Settings.from_environ({"DATABASE_URL": f"sqlite:///{tmp_path}/x.db"}), "dev")
    response = client_of(service.app).get("/metrics")
    assert response.headers["Content-Type"] == CONTENT_TYPE_LATEST
    assert 'userstatus_build{stage="dev"' in response.text


def test_metrics_are_closed_where_reading_needs_a_key(tmp_path: Path) -> None:
    environ = {"DATABASE_URL": f"sqlite:///{tmp_path}/x.db", "READING": "keys"}
    service = Service(Settings.from_environ(environ), "prod")
    assert client_of(service.app).get("/metrics").status_code == 401
