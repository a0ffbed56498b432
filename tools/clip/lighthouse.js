/* An evening at a lighthouse: c is a canvas's context, t seconds, w and h pixels. */
(c, t, w, h) => {
  const u = w / 640;
  const sky = c.createLinearGradient(0, 0, 0, h * 0.66);
  sky.addColorStop(0, '#27305c');
  sky.addColorStop(0.55, '#a2617f');
  sky.addColorStop(1, '#f6b26b');
  c.fillStyle = sky;
  c.fillRect(0, 0, w, h);
  c.fillStyle = '#ffe3ab';
  c.beginPath();
  c.arc(w * 0.3, h * 0.6, 30 * u, 0, 7);
  c.fill();

  c.fillStyle = 'rgba(255,226,206,.30)';
  for (let i = 0; i < 5; i++) {
    const x = (((i * 163 + t * 9) % 760) - 60) * u;
    for (let k = 0; k < 4; k++) {
      c.beginPath();
      const y = (46 + i * 19 + Math.sin(k * 2) * 4) * u;
      c.ellipse(x + k * 22 * u, y, 26 * u, 8 * u, 0, 0, 7);
      c.fill();
    }
  }

  for (let row = 0; row < 7; row++) {
    const y = h * (0.64 + row * 0.055);
    const deep = row / 7;
    c.fillStyle = `rgb(${60 - deep * 34},${66 - deep * 30},${112 - deep * 44})`;
    c.beginPath();
    c.moveTo(0, h);
    for (let x = 0; x <= 640; x += 8) {
      const swell = Math.sin(x * 0.02 + t * (0.7 + row * 0.13) + row);
      c.lineTo(x * u, y + swell * (2 + row * 1.3) * u);
    }
    c.lineTo(w, h);
    c.fill();
    c.fillStyle = `rgba(255,206,140,${0.2 - row * 0.022})`;
    for (let k = 0; k < 5; k++) {
      const away = Math.sin(t * 1.3 + k * 2.4 + row) * (24 + row * 6) - 9;
      c.fillRect(w * 0.3 + away * u, y + 5 * u, 22 * u, 1.6 * u);
    }
  }

  const x = w * 0.76;
  const foot = h * 0.72;
  const top = h * 0.27;
  const beam = Math.cos((t * Math.PI) / 4);
  const shine = c.createRadialGradient(x, top, 4 * u, x, top, 330 * u);
  shine.addColorStop(0, `rgba(255,244,200,${0.75 * Math.abs(beam) + 0.15})`);
  shine.addColorStop(1, 'rgba(255,244,200,0)');
  c.fillStyle = shine;
  c.beginPath();
  c.moveTo(x, top);
  c.lineTo(x - beam * 420 * u, top - 46 * u);
  c.lineTo(x - beam * 420 * u, top + 70 * u);
  c.fill();

  c.fillStyle = '#1e2138';
  c.beginPath();
  c.moveTo(w * 0.58, h);
  c.quadraticCurveTo(w * 0.66, foot - 8 * u, x, foot);
  c.quadraticCurveTo(w * 0.9, foot + 4 * u, w, h * 0.8);
  c.lineTo(w, h);
  c.fill();
  const half = (share) => (13 + share * 8) * u;
  const at = (share) => top + 14 * u + (foot - top - 10 * u) * share;
  for (let k = 0; k < 5; k++) {
    const [a, b] = [k / 5, (k + 1) / 5];
    c.fillStyle = k % 2 ? '#b6452f' : '#f2e6d4';
    c.beginPath();
    c.moveTo(x - half(a), at(a));
    c.lineTo(x + half(a), at(a));
    c.lineTo(x + half(b), at(b));
    c.lineTo(x - half(b), at(b));
    c.fill();
  }
  c.fillStyle = '#ffefb8';
  c.fillRect(x - 8 * u, top - 8 * u, 16 * u, 22 * u);
  c.fillStyle = '#2a2438';
  c.fillRect(x - 17 * u, top + 12 * u, 34 * u, 5 * u);
  c.beginPath();
  c.moveTo(x - 12 * u, top - 8 * u);
  c.lineTo(x, top - 22 * u);
  c.lineTo(x + 12 * u, top - 8 * u);
  c.fill();

  c.strokeStyle = '#241f36';
  c.lineWidth = 1.8 * u;
  for (let k = 0; k < 3; k++) {
    const bx = (((t * 26 + k * 70) % 720) - 40) * u;
    const by = (96 + k * 17 + Math.sin(t + k) * 6) * u;
    const wing = by - Math.sin(t * 7 + k * 2) * 5 * u;
    c.beginPath();
    c.moveTo(bx - 9 * u, wing);
    c.quadraticCurveTo(bx - 3 * u, by - 2 * u, bx, by);
    c.quadraticCurveTo(bx + 3 * u, by - 2 * u, bx + 9 * u, wing);
    c.stroke();
  }
}
/* heard */
(t) => {
  const tune = [0, 4, 7, 11, 7, 4, 2, 7];
  const at = Math.floor(t / 1.5);
  const gone = t / 1.5 - at;
  const turn = 2 * Math.PI * 196 * 2 ** (tune[at % 8] / 12) * t;
  const fade = Math.exp(-gone * 3.2) * Math.min(1, gone * 60);
  const bell = Math.sin(turn) + 0.4 * Math.sin(2 * turn) * Math.exp(-gone * 4);
  const swell = 0.5 + 0.5 * Math.sin((2 * Math.PI * t) / 6);
  return bell * fade * 0.16 + (Math.random() - 0.5) * 0.05 * swell;
}
