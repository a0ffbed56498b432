import { recallKiosk, rememberKiosk, rememberSelf } from '../net/memory.ts';
import { signOut } from '../net/people.ts';
import { askShared, KioskBar } from '../ui/kiosk/bar.ts';
import { words } from '../ui/kiosk/strings.ts';
import { attempt, type Here } from './here.ts';

const SECONDS = 180;
const SECONDS_MIN = 5;
const SECONDS_MAX = 3600;
const WARNED_S = 10;
const LOOK_MS = 500;
const STILL = 1e-4; // what a camera moves by itself
const WORN_STILL = 0.01; // what the tracking of a headset moves that lies on a table
const ACTS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

/** Lets a device be shared: whoever comes next is a fresh guest. Asked once on each device. */
export function startKiosk(here: Here): void {
  const asked = new URLSearchParams(location.search).get('kiosk');
  if (asked === 'off') {
    if (recallKiosk()) here.hud.toasts.note(words.ended);
    rememberKiosk(null);
    return;
  }
  const kept = recallKiosk();
  if (kept) {
    watch(here, kept.start, kept.seconds);
    return;
  }
  const wish = Number(asked) || SECONDS;
  const seconds = Math.min(SECONDS_MAX, Math.max(SECONDS_MIN, Math.round(wish)));
  askShared(seconds, () => {
    const start = location.pathname;
    rememberKiosk({ start, seconds });
    watch(here, start, seconds);
  });
}

function watch(here: Here, start: string, seconds: number): void {
  let last = performance.now();
  let used = false;
  let leaving = false;
  const seen = new Float64Array(16);
  const act = () => {
    last = performance.now();
    used = true;
  };
  for (const name of ACTS) addEventListener(name, act, { passive: true, capture: true });

  /** Whether whoever wears or steers it has moved: since the last look, or this far by and by. */
  const moved = () => {
    const { elements } = here.stage.camera.matrixWorld;
    const still = here.worn ? WORN_STILL : STILL;
    const far = elements.some((part, at) => Math.abs(part - seen[at]!) > still);
    if (far || !here.worn) seen.set(elements);
    return far;
  };
  const next = async () => {
    if (leaving) return;
    leaving = true;
    const out = await attempt(here, () => signOut(false).then(() => true));
    leaving = false;
    if (out === null) return; // it is tried again at the next look
    rememberSelf({ name: '', avatar: '', vrm: '', state: 'random' });
    sessionStorage.clear();
    location.replace(start);
  };
  here.nextPerson = () => void next();
  const bar = new KioskBar(here.nextPerson);
  here.hud.inside.append(bar.root);
  moved();
  setInterval(() => {
    if (moved() && used) last = performance.now();
    const left = seconds - (performance.now() - last) / 1000;
    bar.show(used && left <= Math.min(WARNED_S, seconds / 2) ? Math.max(0, Math.ceil(left)) : null);
    if (used && left <= 0) void next();
  }, LOOK_MS);
}
