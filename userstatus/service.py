"""The service of one stage: one object that holds every part. It builds all parts and starts none."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response

from userstatus.access.access import Access
from userstatus.access.keyring import Keyring
from userstatus.description import asyncapi, openapi
from userstatus.duty.alerting import Alerting
from userstatus.duty.config import NOTHING, Config
from userstatus.duty.duty import Duty
from userstatus.duty.silence_notices import SilenceNotices
from userstatus.errors import Rejection
from userstatus.instruments.loop_lag import LoopLag
from userstatus.instruments.metrics import Metrics
from userstatus.live import socketio
from userstatus.live.delivery import Delivery
from userstatus.live.seats import Seats
from userstatus.settings import CLOSED, PROD, Settings
from userstatus.store.keys import Keys
from userstatus.store.log import Log
from userstatus.web import rejections
from userstatus.web.api import Api
from userstatus.web.cors import Origins
from userstatus.web.descriptions import Descriptions
from userstatus.web.doors import Doors
from userstatus.web.fast_path import FastPath
from userstatus.web.health import HealthPages
from userstatus.web.http_server import NOSNIFF
from userstatus.web.ingest import Ingest
from userstatus.web.limits import Limits
from userstatus.web.metrics import MetricsPage
from userstatus.web.middleware import Middleware
from userstatus.web.pages import Pages
from userstatus.web.proxies import Proxies
from userstatus.web.sign_in import SignIn
from userstatus.web.socketio_events import SocketIOEvents


class Service:
    """A log, its viewers, and the WSGI application that serves them, `wsgi`.

    Several services can live in one process; they share nothing. Raises StartError if a setting is invalid.
    """

    def __init__(self, settings: Settings, stage: str, config: Config = NOTHING):
        self.stage = stage
        self.duty = Duty(config)
        self.log = Log(settings, stage)
        self.seats = Seats(settings.address_viewers, settings.max_viewers)
        self.rooms = socketio.Rooms(settings.viewer_buffer, self.seats, upgrade_headers=[NOSNIFF])
        self.delivery = Delivery(self.log, self.rooms)
        self.silence_notices = SilenceNotices(config, self.log, self.delivery, awaits_all=stage == PROD)
        self.delivery.listeners.append(self.silence_notices.hear)
        self.delivery.loaders.append(self.silence_notices.load)
        self.duty.listeners.append(self.silence_notices.configure)
        self.alerting = Alerting(config, self.log, self.delivery.follower, settings.public_url)
        self.duty.listeners.append(self.alerting.configure)
        self.keyring = Keyring(Keys(self.log.keys_database))
        self.access = Access(
            self.keyring, settings.posting == CLOSED, settings.reading == CLOSED, settings.wrong_keys
        )
        self.keyring.listeners.append(lambda: self.delivery.fanout.end_revoked(self.keyring.holds))
        limits = Limits(settings.address_limit, settings.site_limit)
        self.ingest = Ingest(self.log.journal, self.access, limits, self.duty)
        self.origins = Origins(settings.cors_origins)
        self.doors = Doors(self.access)
        self.loop_lag = LoopLag()
        self.metrics = Metrics(stage, self.log, self.delivery, self.rooms, self.keyring, self.loop_lag)
        self.health = HealthPages(self.log.health, self.delivery.follower)
        self.pages = Pages(stage, settings.message_ttl, self.doors, self.duty)
        self.descriptions = Descriptions(openapi.document(), asyncapi.document(), self.pages)
        self.app = self._create_app()
        self.socketio = SocketIOEvents(self.app, self.rooms, self.delivery, self.origins, self.doors)
        fast_path = FastPath(self.app.wsgi_app, self.ingest, self.origins)
        self.wsgi = Middleware(fast_path, Proxies(settings.trusted_proxies), settings.proxy_hops)
        self.metrics.watch(fast_path.latency, self.wsgi.rejected, self.alerting)

    def _create_app(self) -> Flask:
        app = Flask(__name__, static_folder=None)
        app.url_map.strict_slashes = False
        app.register_blueprint(
            Api(self.log, self.delivery, self.duty, self.ingest, self.origins, self.doors).blueprint()
        )
        app.register_blueprint(self.health.blueprint())
        app.register_blueprint(MetricsPage(self.metrics, self.doors).blueprint())
        app.register_blueprint(self.pages.blueprint())
        app.register_blueprint(SignIn(self.access, self.pages).blueprint())
        app.register_blueprint(self.descriptions.blueprint())
        rejections.install(app, self.pages.rejected)
        self.origins.install(app)
        self.doors.install(app)
        return app

    def reject(self, rejection: Rejection, environ: dict[str, Any]) -> Response:
        """The response to a request that is for no stage, as this one would respond itself."""
        self.wsgi.rejected[str(rejection.status)] += 1
        with self.app.request_context(environ):
            return self.app.process_response(rejections.response(rejection, self.pages.rejected))
