"""The hall put together as parts for the three quality tiers."""

from __future__ import annotations

import math

import numpy as np

from worldloom.kits.plaza.scene.hall import body, rooms
from worldloom.kits.plaza.scene.hall.brackets import bracket_set, corner_arms, plain_set
from worldloom.kits.plaza.scene.hall.roof import Roof
from worldloom.kits.plaza.scene.hall.yingzao import TERRACE, Plan
from worldloom.kits.plaza.scene.layout import HALL_RADIUS
from worldloom.kits.plaza.scene.parts import Part
from worldloom.studio.geometry.light import Lamp
from worldloom.studio.geometry.mesh import Mesh, merge
from worldloom.studio.geometry.solids import plain_box
from worldloom.studio.geometry.sweeps import extrude
from worldloom.studio.gltf import Instances, standing

LIFT = 0.05


def placed(shape: Mesh, plan: Plan) -> Mesh:
    """Return a part of the hall, in fen about its middle, where it stands."""
    return shape.scaled(plan.unit).moved(0, LIFT, -HALL_RADIUS)


def bracket_places(plan: Plan) -> list[tuple[float, float, float, float]]:
    """Return (x, y, z, turn) in fen of every set: two between columns in the middle bay."""
    spots = []
    for s in (-1, 1):
        turn = 0.0 if s > 0 else math.pi
        xs = [float(x) for x in plan.xs[1:-1]]
        for i, bay in enumerate(plan.bays):
            between = 2 if i == len(plan.bays) // 2 else 1
            xs += [float(plan.xs[i]) + bay * j / (between + 1) for j in range(1, between + 1)]
        xs += [-plan.half_x, plan.half_x]
        spots += [
            (x, plan.plate + plan.rise_at(x, plan.half_z), s * plan.half_z, turn)
            for x in sorted(xs)
        ]
        zs = [float(z) for z in plan.zs[1:-1]]
        zs += [float(plan.zs[i]) + bay / 2 for i, bay in enumerate(plan.depth)]
        zs += [-plan.half_z, plan.half_z]
        high = plan.plate + plan.corner_rise
        spots += [(s * plan.half_x, high, z, s * math.pi / 2) for z in sorted(zs)]
    return spots


def _bracket_instances(plan: Plan) -> Instances:
    spots = np.array(bracket_places(plan))
    places = spots[:, :3] * plan.unit + [0, LIFT, -HALL_RADIUS]
    return standing(places, spots[:, 3], np.full(len(spots), plan.unit))


def lamps() -> list[Lamp]:
    """Return the lamps baked at the hall: three before it, and its four lanterns inside."""
    warm = (0.66, 0.44, 0.22)
    outside = [Lamp((x, 2.6, -31.3), warm, 3.4) for x in (-4.0, 0.0, 4.0)]
    inside = [Lamp((x, 4.3, -36.4), (0.50, 0.35, 0.20), 3.0) for x in (-4.2, -1.4, 1.4, 4.2)]
    return outside + inside


def _white(strength: float) -> tuple[float, float, float]:
    return strength, strength, strength


def openings() -> list[Lamp]:
    """Return the daylight that comes in through doors and paper, and by the lanterns' own light."""
    door = [Lamp((0.0, y, -33.8), _white(0.9), 5.0) for y in (1.9, 3.4)]
    panes = [Lamp((x, 3.4, -33.9), _white(0.55), 3.8) for x in (-4.7, -2.6, 2.6, 4.7)]
    hung = [Lamp((x, 4.1, -36.4), _white(0.34), 3.2) for x in (-4.2, -1.4, 1.4, 4.2)]
    # What the floor throws back on the far wall.
    bounce = [Lamp((x, 1.9, -38.4), _white(0.5), 4.0) for x in (-4.4, 0.0, 4.4)]
    return door + panes + hung + bounce


def parts() -> list[Part]:
    """Return the hall's parts."""
    plan = Plan()
    roof = Roof(plan)
    wood, paper = rooms.doors(plan, fine=True)
    plain_wood, _ = rooms.doors(plan, fine=False)
    inside, glow = rooms.furnishing(plan)
    plain_inside, _ = rooms.furnishing(plan, fine=False)
    corners = [
        corner_arms(sx, sz).moved(sx * plan.half_x, plan.plate + plan.corner_rise, sz * plan.half_z)
        for sx in (-1, 1)
        for sz in (-1, 1)
    ]
    fine = merge([
        body.terrace(plan), body.frame(plan), body.walls(plan), body.ceiling_and_floor(plan),
        wood, inside, rooms.name_board(plan), *corners, roof.rafters(),
    ])  # fmt: skip
    low = merge([
        body.terrace(plan, False), body.frame(plan, False), body.walls(plan, False),
        body.ceiling_and_floor(plan, False), plain_wood, plain_inside,
        rooms.name_board(plan),
    ])  # fmt: skip
    cover = merge([roof.surfaces(78), roof.ridges(), roof.gables()])
    plain_cover = merge([roof.surfaces(39, fine=False), roof.plain_ridges()])

    def stone(name: str, shape: Mesh, tier: str, until: str = "", shadow: bool = True) -> Part:
        return Part(
            name, placed(shape, plan), "stone", tier, until, shadow,
            occlusion_reach=2.2, occlusion_floor=0.32, lamplit=True, daylit=True,
        )  # fmt: skip

    return [
        stone("hall", fine, "medium"),
        stone("hall-low", low, "low", "low"),
        stone("hall-roof", cover, "medium"),
        stone("hall-roof-low", plain_cover, "low", "low"),
        stone("hall-tiles", roof.tiles(), "medium", shadow=False),
        Part("hall-brackets", bracket_set(), "stone", "medium", instances=_bracket_instances(plan)),
        Part(
            "hall-brackets-low",
            plain_set(),
            "stone",
            until="low",
            instances=_bracket_instances(plan),
        ),
        Part("hall-glass", placed(merge([paper, glow]), plan), "glass", shadow=False),
    ]


def colliders() -> Mesh:
    """Return the few boxes one walks on and bumps into."""
    plan = Plan()
    count, _, tread = body.stairs(plan)
    x, z = plan.half_x + 114, plan.half_z + 114
    made = [plain_box(2 * x, TERRACE, 2 * z).moved(0, TERRACE / 2, 0)]
    run = tread * count
    ramp = extrude([(0, 0), (run, 0), (0, TERRACE)], body.STAIR_WIDTH, 0.5).turned_y(-math.pi / 2)
    made.append(ramp.moved(0, 0, plan.half_z + body.APRON - 2))
    for cx, cz in body.columns(plan):
        made.append(plain_box(38, plan.column, 38).moved(cx, TERRACE + plan.column / 2, cz))
    tall, mid = plan.column, TERRACE + plan.column / 2
    made.append(plain_box(2 * plan.half_x, tall, 10).moved(0, mid, -plan.half_z))
    rail = plan.half_x + 104
    start = body.STAIR_WIDTH / 2 + 10
    opening = plan.bays[1] / 2 - rooms.JAMB - (plan.bays[1] - 2 * rooms.JAMB) / 6
    for s in (-1, 1):
        made.append(plain_box(10, tall, 2 * plan.half_z).moved(s * plan.half_x, mid, 0))
        front = plan.half_x - opening
        made.append(plain_box(front, tall, 10).moved(s * (opening + front / 2), mid, plan.half_z))
        made.append(plain_box(8, 60, 2 * (z - 10)).moved(s * rail, TERRACE + 30, 0))
        made.append(
            plain_box(rail - start, 60, 8).moved(s * (start + rail) / 2, TERRACE + 30, z - 10)
        )
    made.append(plain_box(260, 150, 12).moved(0, TERRACE + 75, -plan.half_z + 96))
    made.append(plain_box(176, 56, 42).moved(0, TERRACE + 28, -plan.half_z + 148))
    return placed(merge(made), plan)
