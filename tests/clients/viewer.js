// node viewer.js URL SITE [TRANSPORT]
// Socket.IO's own client as a page would use it: it hands in its cursor by itself whenever it reconnects.
// Prints a line of JSON for each packet, each message, and each time it has caught up:
// ["packet", "42…"], ["newlog", {…}] and ["subscribed", {…}].
import { io } from "socket.io-client";
import { onPacket } from "./packets.js";

const [url, site, transport] = process.argv.slice(2);
let cursor = null;
const socket = io(url, {
  auth: (answer) => answer({ site, after_id: cursor }),
  reconnectionDelay: 100,
  reconnectionDelayMax: 300,
  ...(transport && { transports: [transport] }),
});

function print(kind, content) {
  console.log(JSON.stringify([kind, content]));
}

onPacket(socket, (packet) => print("packet", packet));
socket.on("subscribed", (state) => {
  cursor ??= state.cursor;
  print("subscribed", state);
});
socket.on("newlog", (message) => {
  cursor = message.cursor;
  print("newlog", message);
});
