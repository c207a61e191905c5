"""GET /metrics: what Prometheus asks for."""

from __future__ import annotations

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST

from userstatus.instruments.metrics import Metrics


class MetricsPage:
    """The endpoint that shows the metrics of one service."""

    def __init__(self, metrics: Metrics):
        self.metrics = metrics

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("metrics", __name__)
        blueprint.get("/metrics")(self.show)
        return blueprint

    def show(self) -> Response:
        return Response(self.metrics.text(), content_type=CONTENT_TYPE_LATEST)
