// What Colyseus' own SDK receives among the bots (see check.py).
//
// sdk.mjs PORT f32|quantized|views CLIENTS BOTS SIDE_M SECONDS: says `in`, waits until all bots are
// there and have walked for two seconds, and prints one line of JSON.
import { Client } from '@colyseus/sdk';

const [port, form, ...rest] = process.argv.slice(2);
const [many, bots, side, seconds] = rest.map(Number);
const PATCH = 15;
const CELL_M = 32;
const SLACK_M = 2; // they walk on until it is looked at anew
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const rooms = [];
const counted = { patches: 0, bytes: 0, moved: 0, came: 0, went: 0 };
let counting = false;

function hear(data) {
  const bytes = new Uint8Array(data);
  if (!counting || bytes[0] !== PATCH) return;
  counted.patches += 1;
  counted.bytes += bytes.length;
}

for (let i = 0; i < many; i++) {
  const room = await new Client(`ws://127.0.0.1:${port}`).joinOrCreate('world');
  room.connection.transport.ws.addEventListener('message', ({ data }) => hear(data));
  rooms.push(room);
}
console.log('in');

// Where views are made by who is near, clients stand somewhere: in the middle, and stay there.
const middle = side / 2 + 1;
const word = (n) => [0x800000 + n, 0x800000 + (n ^ 0x2aaaaa)];
if (form === 'views')
  setInterval(() => {
    for (const room of rooms) room.send('p', [...word(Date.now() & 0x7fffff), middle, middle]);
  }, 50);

// Both of the moment's words are there, and the second is the first one turned by a pattern.
const right = ({ x, y }) =>
  form === 'quantized'
    ? (Math.round(x) ^ 0x5555) === Math.round(y)
    : ((x - 0x800000) ^ 0x2aaaaa) === y - 0x800000;
const silent = ({ x, y }) => x === 0 && y === 0;
const near = ({ z, w }) => {
  const cell = Math.floor(middle / CELL_M);
  const [from, to] = [(cell - 1) * CELL_M - SLACK_M, (cell + 2) * CELL_M + SLACK_M];
  return [z, w].every((at) => at >= from && at <= to);
};

const players = () => [...(rooms[0].state.players?.values() ?? [])];
while (form !== 'views' && players().filter((one) => !silent(one)).length < bots) await wait(100);
await wait(form === 'views' ? 6000 : 2000);
let last = new Map();
rooms[0].onStateChange((state) => {
  const now = new Map();
  for (const [id, one] of state.players) {
    now.set(id, one.x);
    if (counting && last.has(id) && last.get(id) !== one.x) counted.moved += 1;
    if (counting && !last.has(id)) counted.came += 1;
  }
  for (const id of last.keys()) if (counting && !now.has(id)) counted.went += 1;
  last = now;
});
await wait(200);
counting = true;
const begun = performance.now();
await wait(seconds * 1000);
counting = false;
const took = (performance.now() - begun) / 1000;
const seen = players().filter((one) => !silent(one));
console.log(
  JSON.stringify({
    clients: many,
    seen: seen.length,
    right: seen.filter(right).length,
    near: form === 'views' ? seen.filter(near).length : seen.length,
    patches_per_s: counted.patches / took / many,
    bytes_per_patch: counted.bytes / counted.patches,
    moved_per_patch: (counted.moved / counted.patches) * many,
    came: counted.came,
    went: counted.went,
  }),
);
process.exit(0);
