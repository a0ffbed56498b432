import * as THREE from './three.ts';

/**
 * The interface's own font when it has loaded, the system's otherwise; nothing from another host.
 */
const FAMILY =
  '"Worldloom", "Inter", system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif';

export interface LabelStyle {
  /** Pixels of one em in the picture; the crispness. */
  em: number;
  color: string;
  weight?: number;
  /** Widest line in em; longer text wraps. */
  width?: number;
  align?: 'center' | 'left';
  /** A rounded plate behind the text. */
  plate?: { color: string; radius: number; padX: number; padY: number };
  /** A dark edge, for text without a plate: what is behind it may be as light as its letters. */
  halo?: boolean;
  spacing?: number;
}

export interface Label {
  texture: THREE.CanvasTexture;
  /** Size in em. */
  width: number;
  height: number;
}

const LINE = 1.28;

/** Draws text into a texture; the caller disposes it. */
export function drawLabel(text: string, style: LabelStyle): Label {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d')!;
  const { em } = style;
  const font = `${style.weight ?? 500} ${em}px ${FAMILY}`;
  const prepare = () => {
    context.font = font;
    context.letterSpacing = `${(style.spacing ?? 0) * em}px`;
    context.textBaseline = 'middle';
  };
  prepare();
  const lines = wrap(context, text, (style.width ?? 40) * em);
  const padX = (style.plate?.padX ?? 0.22) * em;
  const padY = (style.plate?.padY ?? 0.14) * em;
  const inner = Math.max(...lines.map((line) => context.measureText(line).width), em * 0.3);
  const width = Math.min(4096, Math.ceil(inner + 2 * padX));
  canvas.height = Math.min(4096, Math.ceil(lines.length * LINE * em + 2 * padY));
  const paint = () => {
    canvas.width = width; // empties it, and forgets its state
    prepare();
    if (style.plate) {
      context.fillStyle = style.plate.color;
      context.beginPath();
      context.roundRect(0, 0, canvas.width, canvas.height, style.plate.radius * em);
      context.fill();
    }
    context.strokeStyle = '#0c101ccc';
    context.lineWidth = em * 0.15;
    context.lineJoin = 'round';
    context.fillStyle = style.color;
    lines.forEach((line, i) => {
      const free = Math.max(0, width - 2 * padX - context.measureText(line).width);
      const x = padX + (style.align === 'left' ? 0 : free / 2);
      const at = [line, x, padY + (i + 0.53) * LINE * em, width - padX] as const;
      if (style.halo) context.strokeText(...at);
      context.fillText(...at);
    });
  };
  paint();
  const texture = new THREE.CanvasTexture(canvas);
  texture.colorSpace = THREE.SRGBColorSpace;
  texture.anisotropy = 8;
  texture.premultiplyAlpha = true;
  whenFontCame(font, () => {
    paint();
    texture.needsUpdate = true;
  });
  return { texture, width: canvas.width / em, height: canvas.height / em };
}

/** What is written before the font has come is written again in it. */
function whenFontCame(font: string, again: () => void): void {
  if (document.fonts.check(font)) return;
  document.fonts.load(font).then(again, () => undefined); // the system's font does
}

function wrap(context: CanvasRenderingContext2D, text: string, width: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of pieces(paragraph)) {
      if (line && context.measureText(line + word).width > width) {
        lines.push(line.trimEnd());
        line = word.trimStart();
      } else {
        line += word;
      }
    }
    lines.push(line.trimEnd());
  }
  return lines;
}

/** Places where a line may break: after spaces, and between ideographs. */
function pieces(text: string): string[] {
  return (
    text.match(/[\u3000-\u9fff\uf900-\ufaff]|[^\s\u3000-\u9fff\uf900-\ufaff]+\s*|\s+/g) ?? ['']
  );
}

/**
 * A material for label textures: not lit, not tone mapped, so letters keep their colour by night.
 */
export function labelMaterial(texture: THREE.Texture, overlay: boolean): THREE.MeshBasicMaterial {
  const material = new THREE.MeshBasicMaterial({
    map: texture,
    transparent: true,
    premultipliedAlpha: true,
    toneMapped: false,
    depthWrite: false,
    depthTest: !overlay,
    side: THREE.DoubleSide,
    forceSinglePass: true, // it is flat: one draw shows either side
  });
  material.onBeforeCompile = (shader) => {
    shader.fragmentShader = shader.fragmentShader.replace('#include <map_fragment>', sharper);
  };
  material.customProgramCacheKey = () => 'wl-label';
  return material;
}

/** Half a mip level finer than asked: small letters stay letters. */
const sharper = 'vec4 sampledDiffuseColor=texture2D(map,vMapUv,-.4);diffuseColor*=sampledDiffuseColor;';
