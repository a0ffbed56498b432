import type { Node, Part, ViewContext } from '../context.ts';

interface TransformValue {
  position: readonly [number, number, number];
  rotation: readonly [number, number, number, number];
  scale: readonly [number, number, number];
}

const SETTLE_PER_SECOND = 14;

/**
 * Places the entity; later moves glide over about a fifth of a second, so pushed things do not
 * jump.
 */
export function transform(node: Node, value: TransformValue, view: ViewContext): Part {
  const { root } = node;
  const goal = root.clone(false);
  let moving = false;
  const aim = (next: TransformValue) => {
    goal.position.fromArray([...next.position]);
    goal.quaternion.fromArray([...next.rotation]).normalize();
    goal.scale.fromArray([...next.scale]);
  };
  const arrive = () => {
    root.position.copy(goal.position);
    moving = false;
    view.touchColliders();
    if (node.values.has('Billboard')) return; // it turns and sizes the entity itself
    root.quaternion.copy(goal.quaternion);
    root.scale.copy(goal.scale);
  };
  aim(value);
  arrive();
  return {
    update(next: TransformValue) {
      aim(next);
      moving = true;
      if (!node.carried && root.position.distanceTo(goal.position) > 6) arrive();
    },
    frame(dt) {
      if (!moving || node.carried) return;
      const t = 1 - Math.exp(-SETTLE_PER_SECOND * dt);
      root.position.lerp(goal.position, t);
      if (node.values.has('Billboard')) {
        if (root.position.distanceToSquared(goal.position) < 1e-6) arrive();
        return;
      }
      root.quaternion.slerp(goal.quaternion, t);
      root.scale.lerp(goal.scale, t);
      const left =
        root.position.distanceToSquared(goal.position) +
        root.scale.distanceToSquared(goal.scale) +
        root.quaternion.angleTo(goal.quaternion) ** 2;
      if (left < 1e-6) arrive();
    },
    dispose() {
      root.position.set(0, 0, 0);
      root.quaternion.identity();
      root.scale.set(1, 1, 1);
      view.touchColliders();
    },
  };
}
