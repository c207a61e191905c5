"""The service, as app.py starts it, but it calls a channel that fails again within a second."""

from userstatus import eventloop

eventloop.patch()

from userstatus import server  # noqa: E402
from userstatus.duty import outbox  # noqa: E402

outbox.FIRST_RETRY_S, outbox.MAX_RETRY_S = 0.2, 1  # type: ignore[assignment]
server.main()
