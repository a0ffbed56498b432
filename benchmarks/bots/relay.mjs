// A relay of JSON: what one says goes to all others at once, as networked-aframe's server has it.
//
// relay.mjs PORT [CERT KEY]
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createCiphered } from 'node:https';
import { WebSocketServer } from 'ws';

const [port, cert, key] = [Number(process.argv[2]), ...process.argv.slice(3)];
const http = cert
  ? createCiphered({ cert: readFileSync(cert), key: readFileSync(key) })
  : createServer();
const server = new WebSocketServer({ server: http, perMessageDeflate: false });
server.on('connection', (one) => {
  one.on('message', (data) => {
    const text = JSON.parse(data.toString()) && data; // such servers look at what they relay
    for (const other of server.clients) {
      if (other !== one && other.readyState === 1) other.send(text, { binary: false });
    }
  });
});
http.listen(port, process.env.ROOM_HOST ?? '127.0.0.1', () => console.log('ready'));
