// A relay of JSON: what one says goes to all others at once, as networked-aframe's server has it.
import { WebSocketServer } from 'ws';

const server = new WebSocketServer({ port: Number(process.argv[2]), perMessageDeflate: false });
server.on('connection', (one) => {
  one.on('message', (data) => {
    const text = JSON.parse(data.toString()) && data; // such servers look at what they relay
    for (const other of server.clients) {
      if (other !== one && other.readyState === 1) other.send(text, { binary: false });
    }
  });
});
server.on('listening', () => console.log('ready'));
