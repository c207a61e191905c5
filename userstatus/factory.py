"""The service put together: wiring only, nothing is started here."""

from __future__ import annotations

from flask import Flask
from socketio import WSGIApp

from userstatus import cors, realtime
from userstatus.api import Shortcut, api
from userstatus.database import Database
from userstatus.fanout import Fanout
from userstatus.follower import Follower
from userstatus.gate import Gate
from userstatus.health import Health
from userstatus.journal import Journal
from userstatus.lanes import RESTARTED
from userstatus.overview import Overview
from userstatus.pages import pages
from userstatus.retention import Retention
from userstatus.settings import Settings
from userstatus.shedding import Shedding
from userstatus.wire import Stored

STAGES = (None, "/logs", "/dev")  # the predecessor's base paths beside our own


def create_app(settings: Settings) -> Flask:
    """The Flask application; `app.extensions` has every part by its name, like `journal`."""
    app = Flask(__name__, static_folder=None)
    app.url_map.strict_slashes = False
    database = Database(settings.database_url)
    journal = Journal(database, settings.message_ttl)
    fanout = Fanout(settings.viewer_buffer)
    overview = Overview(journal.reader)

    def deliver(message: Stored) -> None:
        fanout.deliver(message)
        overview.add(message)

    follower = Follower(journal.reader, journal.bell, deliver)
    follower.reload = overview.load
    follower.disconnect = lambda: fanout.disconnect_all(RESTARTED, "the log was replaced: resume")

    app.extensions |= {
        "database": database,
        "journal": journal,
        "health": Health(journal),
        "fanout": fanout,
        "shedding": Shedding(fanout),
        "follower": follower,
        "overview": overview,
        "retention": Retention(database, settings.message_ttl, settings.purge_interval),
    }
    for stage in STAGES:
        app.register_blueprint(api, url_prefix=stage, name=f"api{stage or ''}".replace("/", "-"))
    app.register_blueprint(pages)
    cors.install(app, settings.cors_origins)
    _install_middleware(app, settings)
    return app


def _install_middleware(app: Flask, settings: Settings) -> None:
    """Put Socket.IO, the short way for a POST, and what every request passes around the application."""
    parts = app.extensions
    realtime.socketio.init_app(
        app,
        client_manager=parts["fanout"],
        cors_allowed_origins=cors.allows(settings.cors_origins),
        # Nothing here knows a viewer by a cookie, but a load balancer may; not for every origin there is.
        cors_credentials="*" not in settings.cors_origins,
    )
    # In place of Flask-SocketIO's own middleware, which leaves every viewer's connection with two environs.
    live = WSGIApp(realtime.socketio.server, app.wsgi_app)
    paths = {f"{stage or ''}/newlog" for stage in STAGES}
    shortcut = Shortcut(live, parts["journal"], parts["cors_headers"], parts["origins"], paths)
    parts["gate"] = gate = Gate(shortcut, app)
    app.wsgi_app = gate  # type: ignore[method-assign]
