"""Flask-SocketIO on eventlet as one would first write it: `plain.py PORT FILE`.

As in the service, a POST is answered once its message is on disk; here each has a transaction of its own.
"""

import eventlet

eventlet.monkey_patch()

# ruff: noqa: E402, for libraries have to be patched before they are used
import json
import sys
import time
from typing import Any

import sqlalchemy as sa
from flask import Flask, request
from flask_socketio import SocketIO, join_room

PORT, FILE = int(sys.argv[1]), sys.argv[2]

app = Flask(__name__)
socketio = SocketIO(app, cors_allowed_origins="*", async_mode="eventlet")
engine = sa.create_engine(f"sqlite:///{FILE}")
metadata = sa.MetaData()
messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("site", sa.String, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("log_level", sa.String, nullable=False),
    sa.Column("timestamp", sa.Integer, nullable=False),
    sa.Column("received_at", sa.Float, nullable=False),
    sa.Index("site_time", "site", "timestamp"),
)


@sa.event.listens_for(engine, "connect")
def durable(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


@app.post("/newlog")
def newlog() -> dict[str, Any]:
    body = json.loads(request.get_data())
    message = {
        "site": body["site"],
        "message": body["log_message"],
        "log_level": body.get("log_level", "info").lower(),
        "timestamp": int(body["timestamp"]),
    }
    with engine.begin() as connection:
        result = connection.execute(messages.insert().values(**message, received_at=time.time()))
        found = result.inserted_primary_key
    assert found is not None
    live = {"id": found[0], **message, "timestamp": str(message["timestamp"])}
    socketio.emit("newlog", live, to=message["site"])
    return {"id": found[0]}


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "ok"}


@socketio.on("connect")
def connect(*_: object) -> None:
    join_room(request.args["site"])


if __name__ == "__main__":
    metadata.create_all(engine)
    socketio.run(app, host="127.0.0.1", port=PORT, max_size=50_000)  # connections; 1,024 if nothing is said
