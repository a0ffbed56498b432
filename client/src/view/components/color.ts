import type { Node, Part } from '../context.ts';

/**
 * Color draws nothing itself: Shape and Model read it from the entity, and hear when it changes.
 */
export function color(node: Node): Part {
  const tell = () => {
    for (const [name, part] of node.parts) if (name !== 'Color') part.sibling?.('Color');
  };
  tell();
  return { update: tell, dispose: tell };
}
