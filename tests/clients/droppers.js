// node droppers.js URL SITE COUNT
// COUNT viewers of a site with Socket.IO's own client; every few milliseconds one of them, by chance, loses
// its connection without a word. It says when that has happened a hundred times. A line with an id on
// standard input ends it: when all viewers have seen the message of that id, it prints what each of them
// received, and every packet that came to any of them, as
// {"drops": 123, "ids": [[1, 2, …], …], "packets": ["42…", …]}.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";
import { onPacket } from "./packets.js";

const [url, site, count] = process.argv.slice(2);
const packets = new Set();
let drops = 0;

const viewers = Array.from({ length: Number(count) }, () => {
  const ids = [];
  let cursor = 0;
  const socket = io(url, {
    auth: (answer) => answer({ site, after_id: cursor }),
    transports: ["websocket"],
    forceNew: true,
    reconnectionDelay: 10,
    reconnectionDelayMax: 50,
  });
  onPacket(socket, (packet) => packets.add(packet));
  socket.on("newlog", (message) => {
    cursor = message.cursor;
    ids.push(message.id);
  });
  return { socket, ids };
});

const dropping = setInterval(() => {
  const { socket } = viewers[Math.floor(Math.random() * viewers.length)];
  if (socket.connected) {
    if (++drops === 100) console.log("a hundred drops");
    socket.io.engine.transport.ws.terminate();
  }
}, 20);

createInterface({ input: process.stdin }).once("line", (line) => {
  clearInterval(dropping);
  const looking = setInterval(() => {
    if (viewers.every(({ ids }) => ids.at(-1) >= Number(line))) {
      clearInterval(looking);
      const seen = { drops, ids: viewers.map(({ ids }) => ids), packets: [...packets] };
      process.stdout.write(JSON.stringify(seen), () => process.exit(0));
    }
  }, 20);
});
