// Scripts that the page's first font does not have: their fonts are ours, too, and come when a text
// in them is first seen. Of Chinese and Japanese only the pieces that are needed are fetched.

const HAN = /[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\u{20000}-\u{2ffff}]/u;
const ARABIC = /[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff]/u;
const LOADERS = [
  { script: HAN, load: () => import('@fontsource-variable/noto-sans-sc/index.css') },
  { script: ARABIC, load: () => import('@fontsource/noto-sans-arabic/arabic-400.css') },
  { script: ARABIC, load: () => import('@fontsource/noto-sans-arabic/arabic-600.css') },
];
const waiting = new Set(LOADERS);

/** Whether any of the fonts has not been fetched yet. */
export function awaitsScripts(): boolean {
  return waiting.size > 0;
}

/** Fetches the fonts for what is written somewhere. */
export function watchScripts(text: string | null): void {
  if (waiting.size === 0 || !text) return;
  for (const loader of waiting) {
    if (!loader.script.test(text)) continue;
    waiting.delete(loader);
    void loader.load().catch(() => undefined); // the system's fonts do
  }
}
