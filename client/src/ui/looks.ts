import { avatarColors } from '../view/looks.ts';
import { el } from './dom.ts';

const css = (code: string, part: number) => `#${avatarColors(code)[part]!.getHexString()}`;

/** The main colours of an avatar, for a dot beside a name. */
export function lookDot(look: string): HTMLElement {
  const dot = el('span', { class: 'look-dot' });
  const halves = `linear-gradient(${css(look, 1)} 38%, ${css(look, 2)} 38%)`;
  dot.style.background = `${halves} ${css(look, 2)}`; // a headset paints no gradient
  return dot;
}

/** A small standing figure in the colours of an avatar. */
export function portrait(look: string): SVGSVGElement {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', '0 0 48 60');
  svg.setAttribute('aria-hidden', 'true');
  const [skin, hair, top, bottom, shoes, accent] = [0, 1, 2, 3, 4, 5].map((part) =>
    css(look, part),
  );
  const shapes: [string, string][] = [
    [bottom!, 'M18 38h12l-1 16h-4l-1-11-1 11h-4z'],
    [shoes!, 'M18.500 53h5v3.500h-6zM24.500 53h5l1 3.500h-6z'],
    [skin!, 'M11.500 36a2 2 0 1 0 4 0zM32.500 36a2 2 0 1 0 4 0z'],
    [
      top!,
      'M17 23.500h14c3 0 4 2 4.500 4.500l1.500 8-4 .800-1.700-6.500V40H16.700v-9.700L15 36.800 11 36l1.500-8c.500-2.500 1.500-4.500 4.500-4.500z',
    ],
    [accent!, 'M16.700 34.500h14.600v2.400H16.700zM20 22h8v2.500h-8z'],
    [skin!, 'M24 6.500a7.500 7.800 0 1 1 0 15.700 7.500 7.800 0 1 1 0-15.700z'],
    [
      hair!,
      'M24 4c6 0 9 4 8.600 9.500-2-.500-3.200-2-4-4-2.500 2-7 2.700-10 2.500-.800.500-1.300 2-1.700 3.500C14.500 9 18 4 24 4z',
    ],
  ];
  for (const [fill, d] of shapes) {
    const path = document.createElementNS(space, 'path');
    path.setAttribute('d', d);
    path.setAttribute('fill', fill);
    svg.append(path);
  }
  return svg;
}
