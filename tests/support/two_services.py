"""Two services in one process, each with its own database and port: two_services.py URL PORT URL PORT."""

from userstatus import eventloop

eventloop.patch()

import os  # noqa: E402
import queue  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402

from userstatus import server  # noqa: E402
from userstatus.instruments.counts import Tally  # noqa: E402
from userstatus.service import Service  # noqa: E402
from userstatus.settings import PROD, Settings  # noqa: E402
from userstatus.web import http_server  # noqa: E402
from userstatus.web.hosts import Hosts  # noqa: E402
from userstatus.web.listener import listen  # noqa: E402
from userstatus.web.router import Router  # noqa: E402


def serve(database_url: str, port: str) -> None:
    """Start a service, and serve it in its own greenlet."""
    environ = {**os.environ, "DATABASE_URL": database_url, "PORT": port, "STAGES": PROD}
    settings = Settings.from_environ(environ)
    service = Service(settings, PROD)
    service.log.database.prepare()
    server.start(service)
    router = Router({PROD: service.wsgi}, Hosts(("*",)), service.reject)
    listener = listen(settings.host, settings.port)
    headers, rejected = service.origins.headers, Tally()
    eventloop.spawn(http_server.serve, listener, router, queue.Queue(), lambda: None, headers, rejected)


serve(*sys.argv[1:3])
serve(*sys.argv[3:5])
time.sleep(3600)
