"""The pale blue figure that shows a demonstration: it walks, turns, nods and reaches."""

from __future__ import annotations

import math
from typing import Final

from worldloom import Annotation, Color, Entity, Shape, Transform, World
from worldloom.kernel.space import Quat, add, length, subtract, turn, unit, upright
from worldloom.kits.academy.courses.demonstrating import (
    Demonstration,
    Moment,
    Point,
    Poses,
    Way,
    moment_of,
    way_of,
)
from worldloom.kits.academy.courses.run import SECOND_US

HEAD_M: Final = 1.6
"""How high the middle of its head is, and whose head is there stands as it does."""
STATURE: Final = (0.35, 1.35)
"""How far it ducks and grows for who is lower or taller."""
ARM_M: Final = 0.31
"""How long an upper arm is, and a forearm."""
BROW: Final = (0.0, 0.03, -0.11)
"""Where the brow is from the middle of the head: it shows where it faces."""
SIDES: Final = {"left": -1, "right": 1}
ELBOW: Final = (0.35, -1.0, 0.45)
"""Whither the right elbow gives way: outward, down and back."""
BONES: Final = {
    "body": (0.36, 0.68, 0.26),
    **{f"{side} leg": (0.15, 0.86, 0.16) for side in SIDES},
    **{f"{side} arm": (0.11, ARM_M + 0.06, 0.12) for side in SIDES},
    **{f"{side} forearm": (0.095, ARM_M + 0.06, 0.1) for side in SIDES},
}  # fmt: skip
"""Part → its size: each is a capsule between two joints."""
BALLS: Final = {
    "head": Shape("sphere", (0.23, 0.27, 0.24), solid=False),
    "brow": Shape("box", (0.15, 0.05, 0.05), solid=False),
    **{f"{side} hand": Shape("sphere", (0.1, 0.12, 0.1), solid=False) for side in SIDES},
}  # fmt: skip
COLOR: Final = Color("#9fd3ff", opacity=0.55, glow=0.25)
TOLD: Final = "At a step that is shown, this figure does what is to be done."
"""What there is to read about it."""
STANDS: Final = Moment((0.0, 0.0, 0.0), 0.0)
SHOWN: Final = "academy.ghosts"
"""Where presence has how each part of a figure was shown last."""


def figure(world: World, name: str, shown: Way) -> Entity:
    """Put the figure of a demonstration into a world, where its way begins.

    Its many parts are one thing to press, to read and to listen to: they have one name.
    """
    now = moment_of(shown, 0.0) if shown.path else STANDS
    called = Annotation(f"Demonstration: {name}", TOLD)
    made = world.spawn(
        name, Demonstration(shown.path), called, Transform(now.place, upright(now.heading))
    )
    if shown.poses:
        made[Poses] = Poses(shown.poses)
    for part, place in posture(now).items():
        shape = BALLS.get(part) or Shape("capsule", BONES[part], solid=False)
        world.spawn(f"{name} {part}", shape, COLOR, place, parent=made)
    return made


def show(entity: Entity, asked: int, now: int, shown: dict[str, Transform]) -> None:
    """Show a figure as far as it has come since it was asked for; nothing of it is kept.

    `asked` and `now` in microseconds. `shown`: how its parts were shown last, which it changes.
    """
    way = way_of(entity)
    if way is None or not way.path:
        return
    moment = moment_of(way, max(0, now - asked) / SECOND_US)
    entity.show(Transform(moment.place, upright(moment.heading)))
    parts = posture(moment)
    for child in entity.children:
        place = parts.get(child.name.removeprefix(f"{entity.name} "))
        if place is not None and shown.get(child.name) != place:
            shown[child.name] = place
            child.show(place)


def posture(now: Moment) -> dict[str, Transform]:
    """Return where each part of the figure is, from its feet: -Z is ahead.

    Head and hands are where they were recorded; without, it stands upright and its arms swing.
    """
    head = now.head or (0.0, HEAD_M, 0.0)
    tall = min(max(head[1] / HEAD_M, STATURE[0]), STATURE[1])
    nod = (math.sin(now.pitch / 2), 0.0, 0.0, math.cos(now.pitch / 2))
    neck, hip = add(head, (0.0, -0.13 * tall, 0.0)), (0.0, 0.79 * tall, 0.0)
    found = {
        "head": Transform(head, nod),
        "brow": Transform(add(head, turn(nod, BROW)), nod),
        "body": between("body", hip, neck),
    }
    for side, out in SIDES.items():
        joint, high = (0.1 * out, 0.86 * tall, 0.0), 0.86 * tall
        ahead = -out * now.swing
        found[f"{side} leg"] = between(f"{side} leg", joint, _hung(joint, high, ahead))
        shoulder = add(head, (0.25 * out, -0.22 * tall, 0.0))
        reached = now.left if side == "left" else now.right
        hand = reached or _hung(shoulder, 2 * ARM_M, -ahead)
        elbow = elbow_of(shoulder, hand, out)
        found[f"{side} arm"] = between(f"{side} arm", shoulder, elbow)
        found[f"{side} forearm"] = between(f"{side} forearm", elbow, hand)
        found[f"{side} hand"] = Transform(hand)
    return found


def between(part: str, joint: Point, end: Point) -> Transform:
    """Return where a part is that goes from a joint to another, long enough for that."""
    way = subtract(joint, end)
    long = length(way)
    x, y, z = (one + other for one, other in zip(joint, end, strict=True))
    # Bones overlap a little at the elbow, as the ends of a capsule are round.
    bone = BONES[part][1] - (0.06 if part.endswith("arm") else 0.0)
    return Transform((x / 2, y / 2, z / 2), _from_up(way), (1.0, max(long / bone, 0.05), 1.0))


def elbow_of(shoulder: Point, hand: Point, out: int) -> Point:
    """Return where the elbow is: an arm that does not reach is straight, and longer than it is."""
    way = subtract(hand, shoulder)
    far = length(way)
    half = add(shoulder, _times(way, 0.5))
    if far >= 2 * ARM_M or far < 1e-6:
        return half
    aside = (ELBOW[0] * out, ELBOW[1], ELBOW[2])
    along = sum(a * b for a, b in zip(aside, way, strict=True)) / (far * far)
    bent = subtract(aside, _times(way, along))
    wide = length(bent)
    if wide < 1e-6:
        return half
    return add(half, _times(bent, math.sqrt(ARM_M**2 - far * far / 4) / wide))


def _hung(joint: Point, long: float, ahead: float) -> Point:
    """Return where a limb ends that swings from a joint, so far ahead in radians."""
    return add(joint, (0.0, -math.cos(ahead) * long, -math.sin(ahead) * long))


def _from_up(way: Point) -> Quat:
    """Return the turn that brings +Y to a direction."""
    long = length(way)
    if long < 1e-9 or way[1] <= -long * (1 - 1e-9):
        return (1.0, 0.0, 0.0, 0.0) if long > 1e-9 else (0.0, 0.0, 0.0, 1.0)
    x, y, z = (part / long for part in way)
    return unit((z, 0.0, -x, 1.0 + y))


def _times(way: Point, factor: float) -> Point:
    return (way[0] * factor, way[1] * factor, way[2] * factor)
