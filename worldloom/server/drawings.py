"""Drawings of a world by the server itself: for an agent, and before a page made a picture."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Sequence
from typing import Final

from msgspec.structs import replace

from worldloom.kernel.cells import EntityState
from worldloom.kernel.errors import NotFound
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import LiveWorld
from worldloom.kernel.ports import Store
from worldloom.kernel.showing import SHOWN, Shown
from worldloom.studio.drawing import Camera, Picture, Solid, draw, lens_of
from worldloom.studio.drawn import Bounds, bounds_of_glb
from worldloom.studio.drawn_meshes import Sources, things_of
from worldloom.studio.glb_mesh import Corners, corners_of

BOUNDS_KEPT: Final = 512
_bounds: dict[str, tuple[Bounds, ...]] = {}
"""Of models by sha256, whose bytes never change."""
_corners: dict[str, Corners | None] = {}
"""The triangles of models by sha256, the one that was needed last at the end."""


def drawing_of(
    store: Store,
    entities: dict[int, EntityState],
    near: Sequence[int],
    standing: Sequence[Solid],
    camera: Camera,
    size: tuple[int, int],
    seconds: float,
) -> tuple[Picture, int]:
    """Return a picture of some entities, the first ones first, and how much is left out of it.

    `size` is (width, height) in pixels; what is not reached within `seconds` is left out.
    """
    until = time.monotonic() + seconds

    def enough() -> bool:
        return time.monotonic() > until

    sources = Sources(
        lambda asset: _corners_of(store, asset, enough),
        lambda asset: _bytes_of(store, asset, LIMITS.picture_file_bytes_max),
        lens_of(camera, size[1]),
    )
    things, left_out = things_of(entities, near, lambda asset: _bounds_of(store, asset), sources)
    drawn = draw([*standing, *things], camera, *size, enough)
    return drawn, left_out + drawn.left_out


def shown_of(live: LiveWorld) -> dict[int, EntityState]:
    """Return the entities as everyone sees them: with what is shown and not kept."""
    entities = dict(live.state.entities)  # they are replaced, never changed
    shown = live.presence.get(SHOWN)
    for (id, component), data in shown.now.items() if isinstance(shown, Shown) else ():
        entity = entities.get(id)
        cell = None if entity is None else entity.cells.get(component)
        if entity is not None and cell is not None:
            entities[id] = entity.with_cell(component, replace(cell, data=data))
    return entities


def _corners_of(store: Store, asset: str, enough: Callable[[], bool]) -> Corners | None:
    """Return a model's triangles, decoded once; None for what is none or too large."""
    if asset in _corners:
        _corners[asset] = found = _corners.pop(asset)
        return found
    data = _bytes_of(store, asset, LIMITS.picture_file_bytes_max)
    found = corners_of(data, LIMITS.picture_model_triangles_max, enough) if data else None
    if not enough():  # else it may not be whole
        while len(_corners) >= LIMITS.picture_models_max:
            del _corners[next(iter(_corners))]
        _corners[asset] = found
    return found


def _bytes_of(store: Store, asset: str, most: int) -> bytes:
    """Return an asset, or nothing where there is none or it is larger."""
    known = store.asset(asset)
    if known is None or known[1] > most:
        return b""
    try:
        return b"".join(store.read_asset(asset))
    except NotFound:
        return b""


def _bounds_of(store: Store, asset: str) -> tuple[Bounds, ...]:
    """Return the bounds of a model's parts, none for what is none or does not say."""
    if asset not in _bounds:
        while len(_bounds) >= BOUNDS_KEPT:
            del _bounds[next(iter(_bounds))]
        _bounds[asset] = bounds_of_glb(_head_of(store, asset))
    return _bounds[asset]


def _head_of(store: Store, asset: str) -> bytes:
    try:
        start = b"".join(store.read_asset(asset, 0, 20))
        size = struct.unpack_from("<I", start, 12)[0] if len(start) == 20 else 0
        return b"".join(store.read_asset(asset, 0, 20 + min(size, LIMITS.glb_json_bytes_max)))
    except NotFound:
        return b""
