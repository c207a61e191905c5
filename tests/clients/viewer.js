// node viewer.js URL SITE [TRANSPORT]
// Socket.IO's own client as a page would use it: it hands in its last id by itself whenever it reconnects.
// Prints one line of JSON for each message, and for each time it has caught up.
import { io } from "socket.io-client";

const [url, site, transport] = process.argv.slice(2);
let lastId = null;
const socket = io(url, {
  auth: (answer) => answer({ site, after_id: lastId }),
  reconnectionDelay: 100,
  reconnectionDelayMax: 300,
  ...(transport && { transports: [transport] }),
});
socket.on("subscribed", (state) => {
  lastId ??= state.last_id;
  console.log(JSON.stringify({ subscribed: state }));
});
socket.on("newlog", (message) => {
  lastId = message.id;
  console.log(JSON.stringify(message));
});
