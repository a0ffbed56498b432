import type { ComponentView } from '../context.ts';
import { color } from './color.ts';
import { light } from './light.ts';
import { model } from './model.ts';
import { portal } from './portal.ts';
import { push } from './push.ts';
import { shape } from './shape.ts';
import { sky } from './sky.ts';
import { text } from './text.ts';
import { transform } from './transform.ts';
import { use } from './use.ts';

/** Component name → its view, of those that the first picture needs; others join when they come. */
export const componentViews: Record<string, ComponentView> = {
  Transform: transform,
  Color: color,
  Shape: shape,
  Model: model,
  Text: text,
  Light: light,
  Sky: sky,
  Portal: portal,
  Push: push,
  Use: use,
};

const STANDARD = /^[A-Z][A-Za-z]*$/; // a kit's component has a dot: the world keeps it, unseen
const RETRY_MS = 3000;
const asked = new Map<string, Promise<void>>();

/**
 * Fetches the view of a component from its own file, `later/NAME.ts`, into the table. A component
 * without a file is kept by the world and not drawn.
 */
export function fetchView(component: string): Promise<void> | null {
  if (!STANDARD.test(component)) return null;
  let fetching = asked.get(component);
  if (!fetching) asked.set(component, (fetching = fetchFile(component)));
  return fetching;
}

async function fetchFile(component: string): Promise<void> {
  const file = component.replace(/\B[A-Z]/g, '-$&').toLowerCase();
  try {
    const { make } = (await import(`./later/${file}.ts`)) as { make: ComponentView };
    componentViews[component] = make;
  } catch (error) {
    if (/^Unknown variable|Cannot find module/.test(String((error as Error).message))) return;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS)); // the line was gone for a moment
    await fetchFile(component);
  }
}
