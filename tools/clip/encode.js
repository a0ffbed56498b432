/* Draws and encodes a film in the page; `paint` and `heard` stand in front of it. */
async ({ width, height, rate, seconds, bits }) => {
  const chunks = [];
  const keep = (track) => (chunk, more) => {
    const bytes = new Uint8Array(chunk.byteLength);
    chunk.copyTo(bytes);
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    chunks.push([track, chunk.timestamp / 1000, chunk.type === 'key', btoa(text)]);
    const told = more?.decoderConfig?.description;
    if (told && track === 2) head = btoa(String.fromCharCode(...new Uint8Array(told)));
  };
  let head = '';
  const fail = (error) => { throw error; };
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  const video = new VideoEncoder({output: keep(1), error: fail});
  video.configure({codec: 'vp09.00.10.08', width, height, bitrate: bits, framerate: rate,
    latencyMode: 'quality'});
  for (let n = 0; n < seconds * rate; n++) {
    paint(context, n / rate, width, height);
    const frame = new VideoFrame(canvas, {timestamp: n * 1e6 / rate, duration: 1e6 / rate});
    video.encode(frame, {keyFrame: n % (2 * rate) === 0});
    frame.close();
    while (video.encodeQueueSize > 8) await new Promise((done) => setTimeout(done, 5));
  }
  await video.flush();
  if (heard) {
    const audio = new AudioEncoder({output: keep(2), error: fail});
    audio.configure({codec: 'opus', sampleRate: 48000, numberOfChannels: 1, bitrate: 28000});
    const step = 4800;
    for (let at = 0; at < seconds * 48000; at += step) {
      const data = Float32Array.from({length: step}, (_, i) => heard((at + i) / 48000));
      const piece = new AudioData({format: 'f32', sampleRate: 48000, numberOfFrames: step,
        numberOfChannels: 1, timestamp: at / 48000 * 1e6, data});
      audio.encode(piece);
      piece.close();
    }
    await audio.flush();
  }
  return {chunks, head};
}
