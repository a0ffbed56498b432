import '../../ui/css/headset.css';
import { el } from '../../ui/dom.ts';
import { openSettings } from '../../ui/xr/settings.ts';
import { say } from '../../ui/xr/strings.ts';
import type { Clicks } from '../clicks.ts';
import type { Frames } from '../frame.ts';
import { attempt, type Here } from '../here.ts';

const MODES = ['immersive-vr', 'immersive-ar'] as const;
const NAMES = {
  'immersive-vr': [say.vr, say.enterVr],
  'immersive-ar': [say.ar, say.enterAr],
} as const;

/** Offers what headsets are there, and how one likes to wear them. */
export function offerHeadset(here: Here, frames: Frames, clicks: Clicks): void {
  const { topbar } = here.hud;
  const buttons = MODES.map((mode) => {
    const [text, label] = NAMES[mode];
    const open = () => void attempt(here, () => wear(here, frames, clicks, mode));
    const attrs = { type: 'button', class: 'people headset', hidden: true } as const;
    return el('button', { ...attrs, title: label, ariaLabel: label, onclick: open }, text);
  });
  topbar.tools.prepend(...buttons);
  topbar.offer(say.settings, () => openSettings((comfort) => here.worn?.choose(comfort)));
  const look = async () => {
    for (const [at, mode] of MODES.entries())
      buttons[at]!.hidden = !(await navigator.xr!.isSessionSupported(mode).catch(() => false));
  };
  navigator.xr!.addEventListener('devicechange', () => void look());
  void look();
}

async function wear(
  here: Here,
  frames: Frames,
  clicks: Clicks,
  mode: (typeof MODES)[number],
): Promise<void> {
  if (here.worn) return here.worn.leave();
  const { putOn } = await import('./worn.ts');
  await putOn(here, frames, clicks, mode);
}
