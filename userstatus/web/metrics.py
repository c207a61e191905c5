"""GET /metrics: what Prometheus asks for."""

from __future__ import annotations

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST

from userstatus.instruments.metrics import Metrics
from userstatus.message import EVERY_SITE
from userstatus.web.doors import Doors


class MetricsPage:
    """The endpoint that shows the metrics of one service, to whoever may read every site."""

    def __init__(self, metrics: Metrics, doors: Doors):
        self.metrics = metrics
        self.doors = doors

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("metrics", __name__)
        blueprint.get("/metrics")(self.show)
        return blueprint

    def show(self) -> Response:
        self.doors.permit([EVERY_SITE])
        return Response(self.metrics.text(), content_type=CONTENT_TYPE_LATEST)
