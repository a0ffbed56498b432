import { openDialog } from '../../ui/dom.ts';
import { SketchBar } from '../../ui/sketch-bar.ts';
import { say } from '../../ui/strings.ts';
import type { Sketch } from '../../world/components.generated.ts';

const STEPS = 60; // of a key, over the face's longer side
const STEP_MIN_M = 0.01;

type Point = readonly [right: number, up: number];

/**
 * Draws on a face by words: the same pen as in 3D, which buttons and arrow keys move and which says
 * where it is. `keep` is asked for each stroke.
 */
export function openDrawing(
  title: string,
  face: Sketch,
  keep: (points: readonly Point[]) => unknown,
): void {
  const step = Math.max(STEP_MIN_M, face.width / STEPS, face.height / STEPS);
  let at: Point = [0, 0];
  let points: Point[] = [];
  const tell = () => bar.tell(at, points.length);
  const done = () => {
    if (points.length > 1) keep(points);
    points = [];
    tell();
  };
  const bar = new SketchBar({
    move: (right, up) => {
      at = [inside(at[0] + right * step, face.width), inside(at[1] + up * step, face.height)];
      tell();
    },
    point: () => {
      const [right, up] = points.at(-1) ?? [Infinity, Infinity];
      if ((right !== at[0] || up !== at[1]) && points.length < face.most) points.push(at);
      tell();
    },
    keep: done,
    done: () => dialog.close(),
  });
  const dialog = openDialog(title, say.close, bar.root);
  dialog.addEventListener('close', done);
  bar.show(title);
  tell();
}

/** The nearest place of a face that is so wide, in whole millimetres from its middle. */
function inside(metres: number, wide: number): number {
  const rim = wide / 2;
  return Math.round(Math.max(-rim, Math.min(rim, metres)) * 1000) / 1000;
}
