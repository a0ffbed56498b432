"""The yard's GLBs: every part with the light of sky and lamps baked into its corners."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from worldloom.kits.academy.scene import lockout, places, things, workshop, yard
from worldloom.kits.academy.scene.palette import tone
from worldloom.studio.geometry.light import Baker, Lamp
from worldloom.studio.geometry.mesh import Array, Mesh, merge
from worldloom.studio.geometry.solids import lathe, plain_box
from worldloom.studio.gltf import GlbWriter

ROUGH = {"land": 1.0, "hill": 1.0}


def standing() -> Mesh:
    """Return the things of the yard, each in its place."""
    return merge([
        things.tray().moved(*places.TRAY),
        things.bin_().moved(*places.BIN),
        things.fryer().moved(*places.FRYER),
        things.cabinet().turned_y(places.CABINET_TURN).moved(*places.CABINET),
        things.rack().turned_y(places.RACK_TURN).moved(*places.RACK),
        things.alarm().turned_y(places.ALARM_TURN).moved(*places.ALARM),
        things.whiteboard_stand().turned_y(places.WHITEBOARD_TURN).moved(*places.WHITEBOARD),
        lockout.press().turned_y(places.PRESS_TURN).moved(*places.PRESS),
        lockout.lock_board().turned_y(places.LOCK_BOARD_TURN).moved(*places.LOCK_BOARD),
        workshop.workshop().turned_y(places.WORKSHOP_TURN).moved(*places.WORKSHOP),
    ])  # fmt: skip


def colliders() -> Mesh:
    """Return what stops a visitor: few, plain solids."""
    x, _, z = places.FRYER
    # Behind what hangs on it, which is to be pressed.
    rack = (
        plain_box(3.9, 2.2, 0.1).moved(0, 0, -0.06).turned_y(places.RACK_TURN).moved(*places.RACK)
    )
    box_ = plain_box(1.0, 2.0, 0.6).turned_y(places.CABINET_TURN).moved(*places.CABINET)
    slate = plain_box(1.8, 2.0, 0.3).moved(0, 0, -0.13)
    slate = slate.turned_y(places.BOARD_TURN).moved(*places.BOARD)
    press = plain_box(1.3, 2.2, 0.62).moved(0, 1.1, 0)
    lock_board = plain_box(1.5, 2.0, 0.1).moved(0, 1.0, -0.06)
    bench = plain_box(2.6, 2.0, 0.5).moved(0, 1.0, -0.45)
    bench = merge([bench, plain_box(2.7, 0.9, 0.8).moved(0, 0.45, 0)])
    white = plain_box(2.5, 3.2, 0.12).moved(0, 0, -0.08)
    white = white.turned_y(places.WHITEBOARD_TURN).moved(*places.WHITEBOARD)
    trunks = [lathe([(0.3, -0.2), (0.22, 2.6)], 6, 0).moved(x, 0, z) for x, z, *_ in yard.TREES]
    return merge([
        lathe([(8.2, 0.0), (0, 0.0)], 48, 0),
        plain_box(11.6, 4.0, 4.0).moved(0, 2.0, places.HOUSE_Z - 1.8),
        lathe([(0.8, 0), (0.8, 0.4), (0, 0.4)], 16, 0).moved(*places.TRAY),
        lathe([(0.34, 0), (0.34, 0.8), (0, 0.8)], 12, 0).moved(*places.BIN),
        plain_box(1.9, 1.0, 0.8).moved(x, 0.5, z), rack.moved(0, 1.1, 0), box_.moved(0, 1.0, 0),
        slate.moved(0, 1.0, 0), press.turned_y(places.PRESS_TURN).moved(*places.PRESS),
        lock_board.turned_y(places.LOCK_BOARD_TURN).moved(*places.LOCK_BOARD),
        white, bench.turned_y(places.WORKSHOP_TURN).moved(*places.WORKSHOP),
        lathe([(0.16, 0), (0.16, 1.6)], 8, 0).moved(*places.ALARM), *trunks,
    ])  # fmt: skip


def lamps() -> list[Lamp]:
    """Return the porch lamps and the glow of the windows."""
    r, g, b = (float(part) for part in tone("lamplight"))
    porch = [Lamp((x, 2.6, places.HOUSE_Z + 1.1), (r * 0.5, g * 0.5, b * 0.5), 2.6)
             for x in (-2.3, 2.3)]  # fmt: skip
    x, y, z = places.WORK_LAMP
    sin, cos = math.sin(places.WORKSHOP_TURN), math.cos(places.WORKSHOP_TURN)
    at = (places.WORKSHOP[0] + x * cos + z * sin, y - 0.05,
          places.WORKSHOP[2] - x * sin + z * cos)  # fmt: skip
    return [*porch, Lamp(at, (r * 0.7, g * 0.7, b * 0.7), 2.2)]


def bake() -> dict[str, bytes]:
    """Return the GLB of the yard and of each thing in it that moves or is pressed, by name."""
    found = {"yard": _yard()}
    for name, band in places.BANDS.items():
        found[name.replace(" ", "-")] = _thing(name, things.extinguisher(band))
    found["board"] = _thing("board", things.board())
    for name, shape in (*lockout.moving().items(), *workshop.moving().items()):
        found[name] = _thing(name, shape)
    found["call-point"] = _thing("call point", things.button())
    return found


def _yard() -> bytes:
    trunks, crowns = yard.trees()
    shapes = {
        "things": standing(), "terrace": yard.terrace(), "house": yard.house(), "trunks": trunks,
        "crowns": crowns,
    }  # fmt: skip
    ground = yard.meadow()
    baker = Baker(merge([*shapes.values(), ground]))
    writer = GlbWriter("worldloom academy", True)
    for name, shape in shapes.items():
        _add(writer, baker, name, shape, "stone", 0.12, lit=name != "crowns")
    _add(writer, baker, "meadow", ground, "land", 0.4, solid=True)
    for name, shape, surface in (
        ("hills", yard.hills(), "hill"), ("glass", yard.glass(), "glass"),
        ("collider", colliders(), "collider"),
    ):  # fmt: skip
        material = _material(writer, name, surface, surface == "collider")
        writer.add(name, shape.cleaned(), material)
    return writer.finish()


def _add(
    writer: GlbWriter, baker: Baker, name: str, shape: Mesh, surface: str, floor: float,
    lit: bool = False, solid: bool = False,
) -> None:  # fmt: skip
    clean = shape.cleaned()
    open_sky = floor + (1 - floor) * baker.occlusion(clean, 40, 4.0) ** 1.1
    light: Array | None = baker.lamplight(clean, lamps()) if lit else None
    writer.add(name, clean, _material(writer, name, surface, solid), open_sky, light)


def _material(writer: GlbWriter, name: str, surface: str, solid: bool) -> int:
    about: dict[str, Any] = {
        "surface": surface, "tier": "low", "shadow": surface == "stone", "solid": solid
    }  # fmt: skip
    hidden = surface == "collider"
    more = {"alphaMode": "BLEND"} if hidden else {}
    color = (1.0, 1.0, 1.0, 0.0 if hidden else 1.0)
    rough = ROUGH.get(surface, 0.8)
    return writer.material(f"{surface}:{name}", rough, color, None, {"worldloom": about}, **more)


def _thing(name: str, shape: Mesh) -> bytes:
    """Return a GLB of a thing that the world moves or presses, with its own shade."""
    clean = shape.cleaned()
    open_sky = np.asarray(0.3 + 0.7 * Baker(clean).occlusion(clean, 48, 0.5, 0.004))
    writer = GlbWriter(f"worldloom academy {name}", True)
    writer.add(name, clean, _material(writer, name, "stone", True), open_sky)
    return writer.finish()
