import type { ComponentView } from '../context.ts';
import { annotation } from './annotation.ts';
import { color } from './color.ts';
import { light } from './light.ts';
import { model } from './model.ts';
import { portal } from './portal.ts';
import { push } from './push.ts';
import { shape } from './shape.ts';
import { sky } from './sky.ts';
import { sound } from './sound.ts';
import { text } from './text.ts';
import { transform } from './transform.ts';
import { use } from './use.ts';

/** Component name → its view. A component that is not here is kept by the world and not drawn. */
export const componentViews: Readonly<Record<string, ComponentView>> = {
  Transform: transform,
  Color: color,
  Shape: shape,
  Model: model,
  Text: text,
  Light: light,
  Sky: sky,
  Sound: sound,
  Portal: portal,
  Annotation: annotation,
  Push: push,
  Use: use,
};
