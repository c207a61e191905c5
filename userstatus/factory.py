"""The service put together: wiring only, nothing is started here."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from userstatus import cors, realtime
from userstatus.api import api
from userstatus.database import Database
from userstatus.fanout import Fanout
from userstatus.follower import Follower
from userstatus.journal import Journal
from userstatus.retention import Retention
from userstatus.settings import Settings

STAGES = (None, "/logs", "/dev")  # the predecessor's base paths beside our own


def create_app(settings: Settings) -> Flask:
    """The Flask application, with its parts in `app.extensions`: database, journal, follower, retention."""
    app = Flask(__name__, static_folder=None)
    app.url_map.strict_slashes = False
    database = Database(settings.database_url)
    journal = Journal(database, settings.message_ttl)
    app.extensions |= {
        "database": database,
        "journal": journal,
        "follower": Follower(journal, realtime.deliver),
        "retention": Retention(database, settings.message_ttl, settings.purge_interval),
    }
    for stage in STAGES:
        app.register_blueprint(api, url_prefix=stage, name=f"api{stage or ''}".replace("/", "-"))
    cors.install(app, settings.cors_origins)
    fanout = Fanout(settings.viewer_buffer)
    realtime.socketio.init_app(
        app, client_manager=fanout, cors_allowed_origins=cors.allows(settings.cors_origins)
    )
    app.wsgi_app = BehindRouter(fanout.noting_upgrades(app.wsgi_app))  # type: ignore[method-assign]
    return app


class BehindRouter:
    """Takes the client's address and scheme from X-Forwarded-* where a router put them.

    A platform's router, or one on this machine, connects from a private address; anybody else's headers
    are their own invention and are left alone.
    """

    def __init__(self, application: Any):
        self.direct = application
        self.routed = ProxyFix(application, x_for=1, x_proto=1)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if "HTTP_X_FORWARDED_FOR" in environ and ip_address(environ["REMOTE_ADDR"]).is_private:
            return self.routed(environ, start_response)
        return self.direct(environ, start_response)
