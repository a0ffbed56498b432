// Colyseus at its best: no compression, 20 patches a second, one room (see benchmarks/room.py).
//
// colyseus.mjs PORT f32|quantized|views SIDE_M
import { createServer } from 'node:http';
import { Server, Room } from '@colyseus/core';
import * as schema from '@colyseus/schema';
import { WebSocketTransport } from '@colyseus/ws-transport';

const [port, form, side] = [Number(process.argv[2]), process.argv[3], Number(process.argv[4])];
const CELL_M = 32;
schema.Encoder.BUFFER_SIZE = (form === 'views' ? 1024 : 512) * 1024;
const { t } = schema;
const number = () =>
  form === 'quantized' ? t.quantized({ min: 0, max: 65535, bits: 16 }) : t.float32();
const Player = schema.schema({ x: number(), y: number(), z: number(), w: number() }, 'Player');
const players = t.map(Player);
const State = schema.schema({ players: form === 'views' ? players.view() : players }, 'State');

class World extends Room {
  maxClients = 60000;
  patchRate = 50;
  seatReservationTime = 120;
  cells = new Map();

  onCreate() {
    this.state = new State();
    this.onMessage('p', (client, [x, y, z, w]) => {
      const one = this.state.players.get(client.sessionId);
      if (one) [one.x, one.y, one.z, one.w] = [x, y, z, w];
    });
    if (form === 'views') this.clock.setInterval(() => this.look(), 250);
  }

  onJoin(client) {
    const one = new Player();
    [one.x, one.y, one.z, one.w] = [0, 0, 0, 0];
    this.state.players.set(client.sessionId, one);
    if (form === 'views') {
      client.view = new schema.StateView();
      client.seen = new Set();
    }
  }

  onLeave(client) {
    this.state.players.delete(client.sessionId);
  }

  // Who is near whom: told by the order of joining (a grid), and looked at anew only when somebody
  // came, which is generous: nobody's neighbours change while they walk.
  look() {
    if (this.looked === this.clients.length) return;
    this.looked = this.clients.length;
    const edge = Math.ceil(Math.sqrt(this.clients.length));
    const cell = (i) => [i % edge, Math.floor(i / edge)].map(
      (at) => Math.floor((((at + 0.5) * side) / edge) / CELL_M));
    const places = this.clients.map((_, i) => cell(i));
    const cells = new Map();
    places.forEach(([x, z], i) => {
      const key = x * 1000 + z;
      if (!cells.has(key)) cells.set(key, []);
      cells.get(key).push(this.state.players.get(this.clients[i].sessionId));
    });
    this.clients.forEach((client, i) => {
      const [x, z] = places[i];
      const near = new Set();
      for (const a of [-1, 0, 1])
        for (const b of [-1, 0, 1])
          for (const one of cells.get((x + a) * 1000 + z + b) ?? []) if (one) near.add(one);
      for (const one of near) if (!client.seen.has(one)) client.view.add(one);
      for (const one of client.seen) if (!near.has(one)) client.view.remove(one);
      client.seen = near;
    });
  }
}

const http = createServer();
const server = new Server({
  greet: false,
  transport: new WebSocketTransport({ server: http, perMessageDeflate: false }),
});
server.define('world', World);
await server.listen(port);
console.log('ready');
