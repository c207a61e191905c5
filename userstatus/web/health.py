"""GET /healthz and /readyz: for whoever watches the service, and for load balancers."""

from __future__ import annotations

import time

from flask import Blueprint, Response

from userstatus import __version__
from userstatus.errors import Rejection
from userstatus.live.encodings import dump
from userstatus.live.follower import Follower
from userstatus.store.health import Health

RETRY_S = 2


class HealthPages:
    """Whether one service works, and whether it wants requests.

    `ready` is set while it does: not before everything is started, and no more once it stops.
    """

    def __init__(self, health: Health, follower: Follower):
        self.health = health
        self.follower = follower
        self.ready = False

    def blueprint(self) -> Blueprint:
        blueprint = Blueprint("health", __name__)
        blueprint.get("/healthz")(self.healthz)
        blueprint.get("/readyz")(self.readyz)
        return blueprint

    def healthz(self) -> Response:
        """200 if messages can be read and stored; `follower_age_s` is since it last saw the log's end."""
        self.health.check()
        looked_at = self.follower.looked_at
        age = None if looked_at is None else round(time.monotonic() - looked_at, 3)
        return _json({"status": "ok", "version": __version__, "database": "ok", "follower_age_s": age})

    def readyz(self) -> Response:
        """200 if requests are wanted. The database is left out: no other process would have another one."""
        if not self.ready:
            raise Rejection("the service is starting or stopping: try again", status=503, retry_after=RETRY_S)
        return _json({"status": "ready"})


def _json(content: dict[str, object]) -> Response:
    return Response(dump(content), mimetype="application/json")
