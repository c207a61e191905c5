// node viewer.js URL SITE [TRANSPORT]
// Socket.IO's own client as a page would use it: it hands in its cursor by itself whenever it reconnects.
// Prints one line of JSON for each message, and for each time it has caught up.
import { io } from "socket.io-client";

const [url, site, transport] = process.argv.slice(2);
let cursor = null;
const socket = io(url, {
  auth: (answer) => answer({ site, after_id: cursor }),
  reconnectionDelay: 100,
  reconnectionDelayMax: 300,
  ...(transport && { transports: [transport] }),
});
socket.on("subscribed", (state) => {
  cursor ??= state.cursor;
  console.log(JSON.stringify({ subscribed: state }));
});
socket.on("newlog", (message) => {
  cursor = message.cursor;
  console.log(JSON.stringify(message));
});
