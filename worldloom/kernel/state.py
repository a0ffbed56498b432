"""The state of a world and its fold: the only place where it changes.

The fold knows the kernel's own state events and keeps component bytes undecoded, so that a
replay needs no kit, no old code and no registered class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from worldloom.kernel.blocks import Block
from worldloom.kernel.cells import Cell, EntityState, Lineage
from worldloom.kernel.frozen import Frozen, private_leaf, public_leaf
from worldloom.kernel.hashing import MerkleMap, state_hash_of
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.records import (
    FIRST_HEAD,
    STATE_EVENTS,
    Body,
    Bound,
    Changed,
    Declared,
    Despawned,
    Forgot,
    Forked,
    Record,
    Removed,
    Spawned,
    Undone,
    WentLive,
    damaged,
    read_changes,
)
from worldloom.kernel.schema import PRIVATE_MARK
from worldloom.kernel.trails import Grave, Trail, Trails


class _Body(Struct, array_like=True):
    """A snapshot's bytes."""

    form: Literal[2]
    blocks: list[Block]
    removed: list[tuple[int, dict[str, int]]]
    declared: Declared
    undone: list[int]
    lineage: Lineage | None
    forgot: list[str]
    time: int
    trails: list[tuple[str, Trail]]
    graves: list[tuple[int, Grave]]


EXISTENCE: Final = ""
"""Stands for an entity's being there among the names of its components."""
_NOBODY: Final[frozenset[int]] = frozenset()
_NO_CELLS: Final[Mapping[str, Cell]] = {}
_read_snapshot = msgspec.msgpack.Decoder(_Body).decode


class State:
    """Everything that a world's records say, up to `seq`, whose hash is `head`."""

    def __init__(self) -> None:
        self.seq = 0
        self.head = FIRST_HEAD
        self.time = 0
        self.entities: dict[int, EntityState] = {}
        self.by_name: dict[str, int] = {}
        self.having: dict[str, set[int]] = {}
        """Component name → ids of the entities that have it."""
        self.removed: dict[int, dict[str, int]] = {}
        """Entity → component → seq of the record that took it off, for undo's way back.

        Under `EXISTENCE`: the seq of the record by which the entity came back.
        """
        self.declared = Declared()
        self.undone: set[int] = set()
        """Groups that count as undone, each by the seq of its first record."""
        self.trails = Trails()
        self.lineage: Lineage | None = None
        self.forgot: set[str] = set()
        self.cells = 0
        self._children: dict[int, set[int]] = {}
        self._public = MerkleMap()
        self._private = MerkleMap()
        self._private_root = self._private.root()
        self._dirty: set[int] = set()
        self._dirty_private: set[int] = set()
        self._noted = 0
        """The group that is being folded, once its author's trail knows it."""
        self.alone = False
        """Nobody else holds an entity, so that one may be changed in its place."""
        self._digger = 0
        """The group that the graves dug in it belong to."""

    def fold(self, record: Record) -> None:
        """Take in the next record; raises Unavailable when it does not follow or is damaged."""
        seq = record.seq
        if seq != self.seq + 1:
            raise damaged(self.seq + 1, f"record {seq} came instead")
        known = _FOLDS.get(record.kind)
        if known is not None:
            read, take_in = known
            try:
                take_in(self, record, read(record.payload))
            except (msgspec.DecodeError, KeyError, UnicodeDecodeError) as error:
                raise damaged(seq, f"{record.kind} does not fit: {error}") from error
        self.seq = seq
        self.head = record.hash
        self.time = record.time

    def fold_all(self, pages: Iterable[tuple[list[Body], bytes]]) -> None:
        """Take in pages of whole groups, each with its last hash; facts that change nothing pass.

        Nobody may hold an entity of this state yet. Raises Unavailable as `fold` does; the state is
        not to be used then.
        """
        self.alone = True
        time, actor, cause = 0, "", ""
        for bodies, head in pages:
            if bodies[0].seq != self.seq + 1:
                raise damaged(self.seq + 1, f"record {bodies[0].seq} came instead")
            changes: list[Body] = []
            actors: list[str] = []
            for body in bodies:
                if body.offset == 0:
                    time, actor, cause = body.time, body.actor, body.cause
                if body.kind == "Changed":
                    changes.append(body)
                    actors.append(actor)
                elif body.kind in _FOLDS:
                    self._change_all(changes, actors)
                    changes, actors = [], []
                    self.seq = body.seq - 1
                    self.fold(body.record(time, actor, cause, head))
            self._change_all(changes, actors)
            self.seq, self.head, self.time = bodies[-1].seq, head, time
        self.alone = False

    def _change_all(self, bodies: Sequence[Body], actors: Sequence[str]) -> None:
        """Take in changes and who wrote each; no other state event lies between them."""
        entities, last = self.entities, self._noted
        noted: dict[str, list[int]] = {}
        events = read_changes(bodies)
        for event, body, actor in zip(events, bodies, actors, strict=True):
            seq = body.seq
            group = seq - body.offset
            if group != last:
                last = group
                noted.setdefault(actor, []).append(group)
            entity = entities.get(event.id)
            if entity is None:
                raise damaged(seq, f"Changed does not fit: {event.id}")
            cell = Cell(event.version, event.data, seq, event.origin or seq, actor)
            if event.component in entity.cells:
                entity.cells[event.component] = cell
            else:
                self._put(event.id, entity.with_cell(event.component, cell))
        if last != self._noted:
            self._noted = self._digger = last
        self._dirty.update([event.id for event in events if event.component[0] != PRIVATE_MARK])
        self._dirty_private.update(
            [event.id for event in events if event.component[0] == PRIVATE_MARK]
        )
        self.trails.note_all(noted)

    def adopt(
        self,
        records: Sequence[Record],
        changed: Mapping[int, EntityState | None],
        removed: Sequence[tuple[int, str, int]],
        marks: Sequence[Record],
    ) -> None:
        """Take in a group whose entities a draft has folded already, as they stand after it.

        `removed` holds (entity, component, seq) of what was taken off; `marks` the records about
        more than one entity.
        """
        last = records[-1]
        self.seq, self.head, self.time = last.seq, last.hash, last.time
        if changed:
            self.trails.note(last.actor, last.seq - last.offset)
        for record in marks:
            read, take_in = _FOLDS[record.kind]
            take_in(self, record, read(record.payload))
        for id, component, seq in removed:
            self.removed.setdefault(id, {})[component] = seq
        for id, entity in changed.items():
            self._put(id, entity)

    def children(self, id: int) -> list[int]:
        """Return the ids of the entities right under this one, in order of birth."""
        return sorted(self._children.get(id, _NOBODY))

    def public_root(self) -> bytes:
        """Return the root over what everyone may see."""
        for id in self._dirty:
            entity = self.entities.get(id)
            self._public.set(id, None if entity is None else public_leaf(entity))
        self._dirty.clear()
        return self._public.root()

    def private_root(self) -> bytes:
        """Return the root over the private components; free when none of them changed."""
        if self._dirty_private:
            for id in self._dirty_private:
                entity = self.entities.get(id)
                self._private.set(id, None if entity is None else private_leaf(entity))
            self._dirty_private.clear()
            self._private_root = self._private.root()
        return self._private_root

    def state_hash(self) -> bytes:
        """Return the hash of the whole state (32 bytes)."""
        return state_hash_of(self.public_root(), self.private_root())

    def _put(self, id: int, entity: EntityState | None) -> None:
        """Let an entity be this from now on, or be gone, in all the maps."""
        old = self.entities.get(id)
        before = _NO_CELLS if old is None else old.cells
        if entity is None:
            if old is not None:
                self._forget(old)
            after = _NO_CELLS
        else:
            self.entities[id] = entity
            after = entity.cells
            if old is None:
                self._dirty.add(id)
                self.by_name[entity.name] = id
                if entity.parent is not None:
                    self._children.setdefault(entity.parent, set()).add(id)
        gone = len(before)
        for component, cell in after.items():
            was = before.get(component)
            if was is None:
                self.having.setdefault(component, set()).add(id)
                self.cells += 1
            else:
                gone -= 1
                if was is cell:
                    continue
            (self._dirty_private if component[0] == PRIVATE_MARK else self._dirty).add(id)
        if gone:
            for component in before.keys() - after.keys():
                (self._dirty_private if component[0] == PRIVATE_MARK else self._dirty).add(id)
                self.having[component].discard(id)
                self.cells -= 1

    def _forget(self, entity: EntityState) -> None:
        """Take a despawned entity out of the maps."""
        del self.entities[entity.id]
        if self.by_name.get(entity.name) == entity.id:
            del self.by_name[entity.name]
        if entity.parent is not None:
            self._children.get(entity.parent, set()).discard(entity.id)
        self._children.pop(entity.id, None)
        self.removed.pop(entity.id, None)
        self._dirty.add(entity.id)

    def _note(self, record: Record) -> None:
        """Let the author's trail know of the group, unless undo or redo wrote it."""
        group = record.seq - record.offset
        if group != self._noted:
            self._noted = self._digger = group
            self.trails.note(record.actor, group)

    def _spawned(self, record: Record, event: Spawned) -> None:
        self._note(record)
        if event.id != record.seq:
            return self._returned(record, event)
        cells = {
            component: Cell(version, data, record.seq, record.seq, record.actor)
            for component, version, data in event.components
        }
        self._put(event.id, EntityState(event.id, event.name, event.parent, cells))

    def _returned(self, record: Record, event: Spawned) -> None:
        """Let a despawned entity be there again under its old id."""
        fits = event.id < record.seq and len(event.pointers) == len(event.components)
        if not fits or event.id in self.entities:
            raise damaged(record.seq, f"it makes the entity {event.id}")
        cells = {
            component: Cell(version, data, record.seq, origin or record.seq, record.actor)
            for (component, version, data), (_, origin) in zip(
                event.components, event.pointers, strict=False
            )
        }
        seqs = self.trails.rise(event.id)
        kept = {component: seq for component, seq in seqs.items() if component not in cells}
        self.removed[event.id] = {**kept, EXISTENCE: record.seq}
        self._put(event.id, EntityState(event.id, event.name, event.parent, cells))

    def _changed(self, record: Record, event: Changed) -> None:
        seq = record.seq
        if seq - record.offset != self._noted:
            self._note(record)
        cell = Cell(event.version, event.data, seq, event.origin or seq, record.actor)
        self._set(self.entities[event.id], event.component, cell)

    def _set(self, entity: EntityState, component: str, cell: Cell) -> None:
        """Let a component of an entity be this from now on."""
        if component not in entity.cells:
            self._put(entity.id, entity.with_cell(component, cell))
            return
        # What most records do: the maps stay as they are.
        if self.alone:
            entity.cells[component] = cell
        else:
            self.entities[entity.id] = entity.with_cell(component, cell)
        (self._dirty_private if component[0] == PRIVATE_MARK else self._dirty).add(entity.id)

    def _removed(self, record: Record, event: Removed) -> None:
        self._note(record)
        entity = self.entities[event.id]
        if event.component not in entity.cells:
            raise KeyError(event.component)
        self.removed.setdefault(event.id, {})[event.component] = record.seq
        self._put(event.id, entity.without(event.component))

    def _despawned(self, record: Record, event: Despawned) -> None:
        self._note(record)
        entity = self.entities[event.id]
        seqs = dict(self.removed.get(event.id, ()))
        seqs.update((component, cell.seq) for component, cell in entity.cells.items())
        seqs.pop(EXISTENCE, None)
        self.trails.bury(event.id, Grave(self._digger, record.seq, seqs))
        self._put(event.id, None)

    def _was_declared(self, record: Record, event: Declared) -> None:
        self.declared = event

    def _was_undone(self, record: Record, event: Undone) -> None:
        (self.undone.add if event.undone else self.undone.discard)(event.group)
        self.trails.mark(event.by, event.group, event.undone, record.actor)
        self._noted, self._digger = record.group, event.group

    def _was_bound(self, record: Record, event: Bound) -> None:
        self._note(record)

    def _was_forked(self, record: Record, event: Forked) -> None:
        before = self.lineage
        if before is not None and len(list(before.chain())) > LIMITS.fork_depth_max:
            before = None  # only a file from elsewhere goes deeper than a realm makes forks
        self.lineage = Lineage(event.parent, event.seq, record.actor, 0, before)

    def _went_live(self, record: Record, event: WentLive) -> None:
        if self.lineage is not None:
            self.lineage = msgspec.structs.replace(self.lineage, live=record.seq)

    def _was_forgotten(self, record: Record, event: Forgot) -> None:
        self.forgot.add(event.person)

    def freeze(self) -> Frozen:
        """Return a copy that later folds do not change; cheap, for a snapshot on another thread."""
        return Frozen(
            self.seq, self.head, list(self.entities.values()),
            [(id, {**seqs}) for id, seqs in self.removed.items()], self.declared,
            sorted(self.undone), self.lineage, sorted(self.forgot), self.time,
            *self.trails.freeze(),
        )  # fmt: skip

    def encode_snapshot(self) -> bytes:
        """Return the state as bytes; its seq and head stand beside them in the store."""
        return self.freeze().encode()

    @classmethod
    def decode_snapshot(cls, seq: int, head: bytes, data: bytes) -> State:
        """Return the state of a snapshot; raises msgspec.DecodeError for bytes that are none."""
        body = _read_snapshot(data)
        state = cls()
        state.seq, state.head, state.time = seq, head, body.time
        state.declared, state.lineage = body.declared, body.lineage
        state.removed = dict(body.removed)
        state.undone, state.forgot = set(body.undone), set(body.forgot)
        state.trails = Trails.thaw(body.trails, body.graves)
        state._put_all(body.blocks)
        return state

    def _put_all(self, blocks: Sequence[Block]) -> None:
        """Let the entities of these blocks be all that is there."""
        entities: list[EntityState] = []
        for block in blocks:
            some = list(block.entities())
            ids = [entity.id for entity in some]
            entities += some
            self.cells += len(block.components) * len(ids)
            for component in block.components:
                self.having.setdefault(component, set()).update(ids)
                if component.startswith(PRIVATE_MARK):
                    self._dirty_private.update(ids)
            for id, parent in zip(ids, block.parents, strict=True):
                if parent is not None:
                    self._children.setdefault(parent, set()).add(id)
        self.entities = {entity.id: entity for entity in entities}
        self.by_name = {entity.name: entity.id for entity in entities}
        self._dirty = set(self.entities)


_TAKE_IN: Final[dict[str, Callable[[State, Record, Any], None]]] = {
    "Spawned": State._spawned,
    "Changed": State._changed,
    "Removed": State._removed,
    "Despawned": State._despawned,
    "Declared": State._was_declared,
    "Undone": State._was_undone,
    "Bound": State._was_bound,
    "Forked": State._was_forked,
    "WentLive": State._went_live,
    "Forgot": State._was_forgotten,
}
_FOLDS: Final = {
    name: (msgspec.msgpack.Decoder(kind).decode, _TAKE_IN[name])
    for name, kind in STATE_EVENTS.items()
}


MARKS: Final = frozenset(("Declared", "Undone", "Bound", "Forked", "WentLive", "Forgot"))
"""State events about more than one entity."""


def whole_groups(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Yield the groups that are complete; a torn last one is left out."""
    group: list[Record] = []
    for record in records:
        group.append(record)
        if record.offset == record.size - 1:
            yield group
            group = []
