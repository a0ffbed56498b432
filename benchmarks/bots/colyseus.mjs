// Colyseus at its best: no compression, 20 patches a second, one room (see benchmarks/room.py).
//
// colyseus.mjs PORT f32|quantized|views [CERT KEY]
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createCiphered } from 'node:https';
import { Server, Room } from '@colyseus/core';
import * as schema from '@colyseus/schema';
import { WebSocketTransport } from '@colyseus/ws-transport';

const [port, form, cert, key] = [Number(process.argv[2]), ...process.argv.slice(3)];
const CELL_M = 32;
const LOOKS_MS = 250; // how often it is looked at who came near whom
schema.Encoder.BUFFER_SIZE = (form === 'views' ? 1024 : 512) * 1024;
const { t } = schema;
const number = () =>
  form === 'quantized' ? t.quantized({ min: 0, max: 65535, bits: 16 }) : t.float32();
const Player = schema.schema({ x: number(), y: number(), z: number(), w: number() }, 'Player');
const players = t.map(Player);
const State = schema.schema({ players: form === 'views' ? players.view() : players }, 'State');

// Who is in the cells beside each other sees each other. A cell is a number of its own.
class Near {
  cells = new Map();

  *around(cell) {
    for (const a of [-1, 0, 1])
      for (const b of [-1, 0, 1]) yield* this.cells.get(cell + a * 1000 + b) ?? [];
  }

  // Only those who crossed a border cost anything, and only what changes is added or removed.
  move(client, to) {
    const from = client.cell;
    const [before, now] = [from, to].map((cell) => new Set(cell === null ? [] : this.around(cell)));
    for (const some of [before, now]) some.delete(client);
    for (const other of before) if (!now.has(other)) see(client, other, 'remove');
    for (const other of now) if (!before.has(other)) see(client, other, 'add');
    if (from !== null) this.cells.get(from).delete(client);
    if (to === null) return;
    if (!this.cells.has(to)) this.cells.set(to, new Set());
    this.cells.get(to).add(client);
    client.cell = to;
  }
}

function see(one, other, how) {
  one.view[how](other.one);
  other.view[how](one.one);
}

class World extends Room {
  maxClients = 60000;
  patchRate = 50;
  seatReservationTime = 120;
  near = new Near();

  onCreate() {
    this.state = new State();
    this.onMessage('p', (client, [x, y, z, w]) => {
      const one = this.state.players.get(client.sessionId);
      if (one) [one.x, one.y, one.z, one.w] = [x, y, z, w];
    });
    if (form === 'views') this.clock.setInterval(() => this.look(), LOOKS_MS);
  }

  onJoin(client) {
    const one = new Player();
    [one.x, one.y, one.z, one.w] = [0, 0, 0, 0];
    this.state.players.set(client.sessionId, one);
    if (form !== 'views') return;
    client.view = new schema.StateView();
    client.view.add(one);
    [client.one, client.cell] = [one, null];
  }

  onLeave(client) {
    if (form === 'views') this.near.move(client, null);
    this.state.players.delete(client.sessionId);
  }

  // Bots say where they are as z and w: x and y carry the moment.
  look() {
    for (const client of this.clients) {
      const { x, z, w } = client.one;
      const cell = Math.floor(w / CELL_M) * 1000 + Math.floor(z / CELL_M);
      if (x && cell !== client.cell) this.near.move(client, cell);
    }
  }
}

const http = cert
  ? createCiphered({ cert: readFileSync(cert), key: readFileSync(key) })
  : createServer();
const server = new Server({
  greet: false,
  transport: new WebSocketTransport({ server: http, perMessageDeflate: false }),
});
server.define('world', World);
await server.listen(port, process.env.ROOM_HOST ?? '127.0.0.1');
console.log('ready');
