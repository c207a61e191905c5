// What many would take instead: Node with express, socket.io and better-sqlite3. node.js PORT FILE
// As in the service, a POST is answered once its message is on disk.

import { createServer } from "node:http";
import Database from "better-sqlite3";
import express from "express";
import { Server } from "socket.io";

const [port, file] = process.argv.slice(2);

const database = new Database(file);
database.pragma("journal_mode = WAL");
database.pragma("synchronous = FULL");
database.exec(`
  CREATE TABLE messages (
    id INTEGER PRIMARY KEY, site TEXT NOT NULL, message TEXT NOT NULL, log_level TEXT NOT NULL,
    timestamp INTEGER NOT NULL, received_at REAL NOT NULL
  );
  CREATE INDEX site_time ON messages (site, timestamp);
`);
const insert = database.prepare(`
  INSERT INTO messages (site, message, log_level, timestamp, received_at)
  VALUES (@site, @message, @log_level, @timestamp, @received_at)
`);

const app = express();
const server = createServer(app);
const io = new Server(server, { cors: { origin: "*" } });

app.post("/newlog", express.text({ type: () => true }), (request, response) => {
  const { site, log_message, log_level = "info", timestamp } = JSON.parse(request.body);
  const message = {
    site,
    message: log_message,
    log_level: log_level.toLowerCase(),
    timestamp: Math.floor(timestamp),
  };
  const id = insert.run({ ...message, received_at: Date.now() / 1000 }).lastInsertRowid;
  io.to(site).emit("newlog", { id, ...message, timestamp: String(message.timestamp) });
  response.json({ id });
});

app.get("/healthz", (_request, response) => response.json({ status: "ok" }));

io.on("connection", (socket) => socket.join(socket.handshake.query.site));

server.listen(Number(port), "127.0.0.1");
