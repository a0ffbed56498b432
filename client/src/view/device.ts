import type { Tier } from './change.ts';

const REMEMBERED = 'worldloom.quality';

/** The graphics device's name from a context that is thrown away at once. */
export function deviceName(): string {
  const gl = document.createElement('canvas').getContext('webgl2');
  if (!gl) return 'software';
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const name = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return name;
}

/** The tier that held on this machine last time. */
export function recallTier(): Tier | null {
  try {
    const kept = localStorage.getItem(REMEMBERED);
    return kept === 'low' || kept === 'medium' || kept === 'high' ? kept : null;
  } catch {
    return null; // storage may be closed to us
  }
}

export function rememberTier(tier: Tier): void {
  try {
    localStorage.setItem(REMEMBERED, tier);
  } catch {
    // storage may be closed to us; the guess is made again next time
  }
}
