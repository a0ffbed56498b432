import type { ComponentView } from '../context';
import { annotation } from './annotation';
import { color } from './color';
import { light } from './light';
import { model } from './model';
import { portal } from './portal';
import { push } from './push';
import { shape } from './shape';
import { sky } from './sky';
import { sound } from './sound';
import { text } from './text';
import { transform } from './transform';
import { use } from './use';

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
