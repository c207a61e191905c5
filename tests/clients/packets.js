// What comes over a connection, before Socket.IO's client has made anything of it.

const KINDS = ["open", "close", "ping", "pong", "message", "upgrade", "noop"]; // a packet begins with the index of its kind

// Calls `tell` with the text of each packet that a socket receives, except those that open a connection.
export function onPacket(socket, tell) {
  socket.io.on("open", () => {
    const { engine } = socket.io;
    engine.on("packet", ({ type, data = "" }) => {
      // The last long poll of a session is answered by nothing, which this client takes for a packet.
      if (type === "error" && engine.transport.name === "polling") return;
      tell(`${KINDS.indexOf(type)}${data}`);
    });
  });
}
