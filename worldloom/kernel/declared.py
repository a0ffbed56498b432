"""What an author's file declares: compared with the last declaration, never with the state.

A changed declaration wins as the newest intent; an unchanged one never touches what visitors did.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from worldloom.kernel.cells import EntityState
from worldloom.kernel.components import Transform
from worldloom.kernel.draft import Draft
from worldloom.kernel.records import CellData, Declared, DeclaredEntity, encode_payload
from worldloom.kernel.schema import (
    Kind,
    decode,
    encode,
    is_private,
    no_upgrade,
    registry,
)  # fmt: skip
from worldloom.kernel.space import multiply, turn

Triple = tuple[float, float, float]


def read_declaration(scene: Draft, source: str, last: Declared, used: set[str]) -> Declared:
    """Return what a loaded file declares; `used`: the components that the world's state holds."""
    entities = tuple(
        DeclaredEntity(entity.name, _parent_name(scene, entity), _cells(entity))
        for _, entity in sorted(scene.changed.items())
        if entity is not None
    )
    names = {cell[0] for entity in entities for cell in entity.components}
    names |= {name for name, _, _ in last.components} | used
    known = {name: entry for entry in last.components for name in entry[:1]}
    for name in names:
        kind = _kind_of(name)
        if kind is not None:
            known[name] = (name, kind.version, kind.fingerprint)
    digest = sha256(source.encode()).hexdigest() if source else ""
    return Declared(entities, digest, tuple(known[name] for name in sorted(known)))


def check_upgrades(last: Declared) -> None:
    """Raise Misused when the fields of a component changed and nothing lifts the old ones."""
    for name, version, fingerprint in last.components:
        kind = _kind_of(name)
        if kind is None or version > kind.version:
            continue
        if version == kind.version and not _reads(kind.fingerprint, fingerprint):
            raise no_upgrade(name, version)
        for old in range(version, kind.version):
            if old not in kind.upgrades:
                raise no_upgrade(name, old)


def _kind_of(name: str) -> Kind | None:
    """Return an author's component; the kernel's own change with the kernel."""
    cls = registry.get(name)
    if cls is None or cls.__module__.startswith("worldloom.kernel"):
        return None
    return cls.__kind__


def _reads(new: str, old: str) -> bool:
    """Tell whether a class reads the bytes of its earlier form: it only gained defaults."""
    fields, known = _fields(new), _fields(old)
    kept = all(name in fields and fields[name][0] == known[name][0] for name in known)
    return kept and all(fields[name][1] for name in fields.keys() - known.keys())


def _fields(fingerprint: str) -> dict[str, tuple[str, bool]]:
    """Split a fingerprint into field → (type, has a default), minding nested structs."""
    found: dict[str, tuple[str, bool]] = {}
    depth, start = 0, 0
    for place, letter in enumerate(fingerprint + ";"):
        depth += (letter in "[{") - (letter in "]}")
        if letter == ";" and depth == 0:
            name, _, kind = fingerprint[start:place].partition(":")
            if name:
                found[name] = (kind.removesuffix("="), kind.endswith("="))
            start = place + 1
    return found


def declare(draft: Draft, last: Declared, new: Declared) -> None:
    """Log the difference between two declarations, and the new one; nothing when they are equal."""
    if last == new:
        return
    draft.add("Declared", 1, encode_payload(new))
    before = {entity.name: entity for entity in last.entities}
    after = {entity.name: entity for entity in new.entities}
    moved = {
        name for name in before.keys() & after.keys() if before[name].parent != after[name].parent
    }
    stays_away = {name for name in before.keys() & after.keys() if draft.find(name) is None}
    for name in reversed(before):
        if name not in after or name in moved:
            _take_away(draft, name)
    for name, entity in after.items():
        if name in stays_away:
            continue
        id = draft.find(name)
        if id is None:
            parent = None if entity.parent is None else draft.find(entity.parent)
            public = [cell for cell in entity.components if not is_private(cell[0])]
            private = [cell for cell in entity.components if is_private(cell[0])]
            draft.bear(name, public, private, parent)
        else:
            # A visitor's thing of this name becomes the declared one.
            _change(draft, id, before[name].components if name in before else (), entity.components)


def _change(draft: Draft, id: int, last: tuple[CellData, ...], new: tuple[CellData, ...]) -> None:
    """Log what changed between the declared components of one living entity."""
    before = {cell[0]: cell for cell in last}
    for cell in new:
        if before.pop(cell[0], None) != cell:
            draft.write(id, *cell)
    for name in before:
        if name in draft.need(id).cells:
            draft.take(id, name)


def _take_away(draft: Draft, name: str) -> None:
    """Despawn what the file no longer declares; what visitors put under it stays in its place."""
    id = draft.find(name)
    if id is None:
        return
    entity = draft.need(id)
    # What the file declared under it went before, children first.
    for child in draft.children(id):
        _lift(draft, child, entity)
    draft.despawn(id)


def _lift(draft: Draft, id: int, parent: EntityState) -> None:
    """Give an entity and all under it to its grandparent, as new entities of the same names."""
    kept = _copy(draft, id)
    draft.despawn(id)
    cells = [cell for cell in kept[1] if cell[0] != "Transform"]
    place = compose(_place(parent.cells), _place(kept[0].cells))
    cells.append(("Transform", Transform.__kind__.version, encode(place)))
    _bear_again(draft, (kept[0], cells, kept[2]), parent.parent)


def _copy(draft: Draft, id: int) -> Any:
    entity = draft.need(id)
    return entity, list(_cells(entity)), [_copy(draft, child) for child in draft.children(id)]


def _bear_again(draft: Draft, kept: Any, parent: int | None) -> None:
    entity, cells, children = kept
    public = [cell for cell in cells if not is_private(cell[0])]
    id = draft.bear(entity.name, public, [cell for cell in cells if is_private(cell[0])], parent)
    for child in children:
        _bear_again(draft, child, id)


def _parent_name(scene: Draft, entity: EntityState) -> str | None:
    return None if entity.parent is None else scene.need(entity.parent).name


def _cells(entity: EntityState) -> tuple[CellData, ...]:
    return tuple((name, cell.version, cell.data) for name, cell in entity.cells.items())


def _place(cells: dict[str, Any]) -> Transform:
    cell = cells.get("Transform")
    return Transform() if cell is None else decode(Transform, cell.data, cell.version)


def compose(parent: Transform, child: Transform) -> Transform:
    """Return the place of a child in its grandparent's frame; shear is left out, as in glTF."""
    x, y, z = turn(parent.rotation, scaled(parent.scale, child.position))
    px, py, pz = parent.position
    return Transform(
        (px + x, py + y, pz + z),
        multiply(parent.rotation, child.rotation),
        scaled(parent.scale, child.scale),
    )


def scaled(one: Triple, other: Triple) -> Triple:
    """Multiply two triples axis by axis."""
    return one[0] * other[0], one[1] * other[1], one[2] * other[2]
