"""Fields that name files: found by their type, filled with the sha256 of what was kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta
from msgspec import inspect as shapes

from worldloom.kernel import arrays
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.schema import Component, registry

if TYPE_CHECKING:
    from worldloom.kernel.world import World

C = TypeVar("C", bound=Component)

FILE: Final = "file:"
"""Marks an asset that lies beside the author's file, until the loader has kept it."""
ARRAY: Final = "application/x-npy"
_PATTERN: Final = r"^$(?!\n)|^[0-9a-f]{64}$(?!\n)|^file:"
AssetName = Annotated[str, Meta(pattern=_PATTERN)]
"""The sha256 (hex) of an asset, or nothing; of a declared scene also `file:` and its name."""


@lru_cache(maxsize=1024)
def asset_fields(kind: type[Component]) -> tuple[str, ...]:
    """Return the names of a component's fields of type AssetName."""
    info = shapes.type_info(kind)
    assert isinstance(info, shapes.StructType)
    return tuple(
        field.name
        for field in info.fields
        if isinstance(field.type, shapes.StrType) and field.type.pattern == _PATTERN
    )


def kinds_with_assets() -> list[type[Component]]:
    """Return every known component that names an asset, in order of definition."""
    return [
        kind for kind in tuple(registry.values())
        if issubclass(kind, Component) and asset_fields(kind)
    ]  # fmt: skip


def files_of(value: Component) -> Iterator[str]:
    """Yield the files beside the author's that a component still names."""
    for field in asset_fields(type(value)):
        name: str = getattr(value, field)
        if name.startswith(FILE):
            yield name.removeprefix(FILE)


def with_assets(value: C, kept: Mapping[str, str]) -> C:
    """Return the value with the sha256 in place of each file's name that is known."""
    found = {
        field: kept[getattr(value, field)]
        for field in asset_fields(type(value))
        if getattr(value, field) in kept
    }
    return msgspec.structs.replace(value, **found) if found else value


def array_of(value: Component) -> bytes:
    """Return the array that a component brings itself, checked; raises Invalid."""
    data = getattr(value, "data", b"")
    if not isinstance(data, bytes) or not data or "asset" not in asset_fields(type(value)):
        return b""
    arrays.read(data)
    return data


def with_array(value: C) -> tuple[C, bytes]:
    """Check an array that a component brings; return it naming its file, and the file's bytes.

    An array that is small enough stays where it is, and no bytes are returned. Raises Invalid.
    """
    data = array_of(value)
    if len(data) <= LIMITS.array_inline_bytes_max:
        return value, b""
    return msgspec.structs.replace(value, data=b"", asset=sha256(data).hexdigest()), data


def keep_array(world: World, value: C) -> C:
    """Return a component whose array, where it is large, is kept as the file that it names."""
    value, data = with_array(value)
    if data and world.is_loading:
        world.blobs[sha256(data).hexdigest()] = (ARRAY, data)
    elif data:
        # Named by its own hash: kept for nothing at worst, should the step come to nothing.
        world.step.desk.store.put_asset(data, ARRAY)
    return value


def named_files(find: Callable[[type[Component]], Iterator[Any]]) -> list[str]:
    """Return the names of the files that entities show or play; `find` yields those with a kind."""
    named = {
        name
        for kind in kinds_with_assets()
        for entity in find(kind)
        for name in files_of(entity[kind])
    }
    return sorted(named)
