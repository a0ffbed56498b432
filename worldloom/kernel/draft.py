"""The events of one group of one world while they are decided, and the state as they leave it.

A handler's writes lie in an overlay that its reads look up first; to roll back is to forget it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import msgspec

from worldloom.kernel.cells import Cell, EntityState
from worldloom.kernel.errors import Conflict, Invalid, NotFound, OverLimit
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.records import Bound, CellData, Removed, StateEvent, encode_payload
from worldloom.kernel.schema import Event, Value, encode
from worldloom.kernel.state import EXISTENCE, State

Key = int | str
"""An entity by its id's number or by its unique name."""
_ID = re.compile(r"e([1-9][0-9]{0,15})").fullmatch
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]").search
_RECORDS_MAX: Final = LIMITS.group_records_max
_BYTES_MAX: Final = LIMITS.group_bytes_max
_NOBODY: Final = 0
"""No entity's id: seqs begin with 1."""


class Draft(msgspec.Struct, eq=False):
    """A group in the making: reads see its own writes over a state that does not change."""

    state: State
    actor: str = ""
    events: list[tuple[str, int, bytes]] = []
    """(kind, version, payload) in order."""
    changed: dict[int, EntityState | None] = {}
    names: dict[str, int | None] = {}
    removed: tuple[tuple[int, str, int], ...] = ()
    """(entity, component, seq) of what was taken off."""
    size: int = 0
    """Payload bytes."""
    refold: bool = False
    """Whether the state must fold each record, as when something was despawned or came back."""
    bound: bool = False

    @property
    def next_seq(self) -> int:
        """The seq that the next event will have."""
        return self.state.seq + len(self.events) + 1

    def need(self, id: int) -> EntityState:
        """Return an entity; raises NotFound when it is gone."""
        entity = self.look(id)
        if entity is None:
            raise no_entity(f"e{id}")
        return entity

    def look(self, key: Key) -> EntityState | None:
        """Return the living entity of this id or name, or None."""
        state, changed = self.state, self.changed
        if isinstance(key, str):
            names = self.names if key in self.names else state.by_name
            key = names.get(key) or _NOBODY
        return changed[key] if key in changed else state.entities.get(key)

    def find(self, key: Key) -> int | None:
        """Return the id of the living entity of this id or name, or None."""
        entity = self.look(key)
        return None if entity is None else entity.id

    def resolve(self, spelled: object) -> int:
        """Return the id of an entity spelled as "e12", as 12 or by name; raises NotFound."""
        key = parse_key(spelled)
        id = self.find(key)
        if id is None:
            raise no_entity(spelled)
        return id

    def children(self, id: int) -> list[int]:
        """Return the ids of the entities right under this one, in order of birth."""
        found = {child for child in self.state.children(id) if child not in self.changed}
        for child, entity in self.changed.items():
            if entity is not None and entity.parent == id:
                found.add(child)
        return sorted(found)

    def having(self, component: str) -> list[int]:
        """Return the ids of the entities with this component, in order of birth."""
        found = self.state.having.get(component, set()) - self.changed.keys()
        for id, entity in self.changed.items():
            if entity is not None and component in entity.cells:
                found.add(id)
        return sorted(found)

    def spawn(self, name: str, values: Iterable[Value], parent: int | None = None) -> int:
        """Add an entity; return its id. Raises Conflict name_taken, Invalid, OverLimit."""
        return self.bear(name, *_encode_all(values), parent)

    def bear(
        self, name: str, public: list[CellData], private: list[CellData], parent: int | None
    ) -> int:
        """Add an entity by the bytes of its components; return its id."""
        check_name(name)
        if self.find(name) is not None:
            raise name_taken(name)
        if len(self.state.entities) + len(self.changed) >= LIMITS.entities_max:
            raise OverLimit(f"a world holds {LIMITS.entities_max} entities", "despawn some first")
        if parent is not None:
            self._check_depth(parent)
        seq = self.next_seq
        cells = {kind: Cell(version, data, seq, seq, self.actor) for kind, version, data in public}
        self.add("Spawned", 1, encode_payload((seq, name, parent, public)))
        self.changed[seq] = EntityState(seq, name, parent, cells)
        self.names[name] = seq
        # A record that clients see must not hold what they may not see.
        for component, version, data in private:
            self.write(seq, component, version, data)
        return seq

    def put(self, entity: EntityState, value: Value) -> None:
        """Set a component; equal bytes are no event."""
        kind = value.__kind__
        self._write(entity, kind.name, kind.version, encode(value))

    def write(self, id: int, component: str, version: int, data: bytes) -> None:
        """Set a component to canonical bytes; equal bytes are no event."""
        self._write(self.need(id), component, version, data)

    def _write(self, entity: EntityState, component: str, version: int, data: bytes) -> None:
        id = entity.id
        old = entity.cells.get(component)
        if old is not None:
            if old.data == data and old.version == version:
                return
            previous = old.seq
        else:
            if len(entity.cells) >= LIMITS.entity_components_max:
                raise OverLimit(
                    f"an entity holds {LIMITS.entity_components_max} components",
                    "spread them over several entities",
                )
            previous = self._taken_at(id, component)
        self.add("Changed", 1, encode_payload((id, component, version, data, previous, 0)))
        seq = self.state.seq + len(self.events)
        self.changed[id] = entity.with_cell(component, Cell(version, data, seq, seq, self.actor))

    def _taken_at(self, id: int, component: str) -> int:
        """Return the seq of the record that took a component off; 0 when none did."""
        for entity, name, seq in reversed(self.removed):
            if (entity, name) == (id, component):
                return seq
        return self.state.removed.get(id, {}).get(component, 0)

    def take(self, id: int, component: str) -> None:
        """Take a component off; raises NotFound when it is not there."""
        entity = self.need(id)
        old = entity.cells.get(component)
        if old is None:
            raise no_component(entity, component)
        self._state_event(Removed(id, component, old.seq, 0))
        self.removed += ((id, component, self.next_seq - 1),)
        self.changed[id] = entity.without(component)

    def despawn(self, id: int) -> None:
        """Remove an entity, its children first."""
        entity = self.need(id)
        for child in self.children(id):
            self.despawn(child)
        previous = self.state.removed.get(id, {}).get(EXISTENCE)
        self.add("Despawned", 1, encode_payload((id, previous) if previous else (id,)))
        self.changed[id] = None
        self.names[entity.name] = None
        self.refold = True

    def bind(self, what: str, fix: str) -> None:
        """Note that the group reaches beyond the world's state, so that undo leaves it alone."""
        if not self.bound:
            self.bound = True
            self._state_event(Bound(what, fix))

    def append(self, event: Event) -> None:
        """Add a fact that changes no state."""
        kind = event.__kind__
        self.add(kind.name, kind.version, encode(event))

    def add(self, kind: str, version: int, payload: bytes) -> None:
        """Add an event by its bytes; raises OverLimit when the group grows too large."""
        events = self.events
        self.size = size = self.size + len(payload)
        if size > _BYTES_MAX or len(events) >= _RECORDS_MAX:
            raise OverLimit(
                f"one group holds {LIMITS.group_records_max} records and "
                f"{LIMITS.group_bytes_max} bytes",
                "do it in several steps",
                too_large=True,
            )
        events.append((kind, version, payload))

    def _state_event(self, event: StateEvent) -> None:
        self.add(type(event).__name__, 1, encode_payload(event))

    def _check_depth(self, parent: int | None) -> None:
        depth = 0
        while parent is not None:
            parent, depth = self.need(parent).parent, depth + 1
        if depth > LIMITS.entity_depth_max:
            raise OverLimit(
                f"entities nest {LIMITS.entity_depth_max} deep", "use a parent further up"
            )


def _encode_all(values: Iterable[Value]) -> tuple[list[CellData], list[CellData]]:
    """Return the public and the private cells of a new entity."""
    public: list[CellData] = []
    private: list[CellData] = []
    seen: set[str] = set()
    for value in values:
        kind = value.__kind__
        if kind.name in seen:
            fix = "an entity has at most one of each"
            raise Invalid(f"{kind.name} is given twice", fix, field="components")
        seen.add(kind.name)
        (private if kind.private else public).append((kind.name, kind.version, encode(value)))
    if len(seen) > LIMITS.entity_components_max:
        raise OverLimit(
            f"an entity holds {LIMITS.entity_components_max} components",
            "spread them over several entities",
        )
    return public, private


def parse_key(spelled: object) -> Key:
    """Return the key of an entity spelled as "e12", as 12 or by name."""
    if isinstance(spelled, str):
        found = _ID(spelled)
        return int(found[1]) if found else spelled
    if isinstance(spelled, int) and not isinstance(spelled, bool):
        return spelled
    raise Invalid(
        f"an entity is named by its id or its name, not by a {type(spelled).__name__}",
        'write "e12" or "lantern"',
        field="entity",
    )


def check_name(name: str) -> None:
    """Refuse names that are empty, too long, unprintable or look like an id."""
    if (
        not isinstance(name, str)
        or not name.strip()
        or len(name) > LIMITS.name_characters_max
        or _CONTROL(name)
        or _ID(name)
    ):
        raise Invalid(
            f"{str(name)[:100]!r} is no name",
            f"use 1 to {LIMITS.name_characters_max} printable characters, not the form of an id",
            field="name",
        )


def name_taken(name: str) -> Conflict:
    """Make the error for a name that a living entity has."""
    return Conflict(f"there is a {name} already", "choose another name", code="name_taken")


def no_entity(spelled: object) -> NotFound:
    """Make the error for an entity that is not, or no longer, there."""
    return NotFound(
        f"there is no entity {str(spelled)[:100]}",
        "`loom at WORLD` and GET /api/worlds/WORLD/state list them",
    )


def no_component(entity: EntityState, component: str) -> NotFound:
    """Make the error for a component that an entity does not have."""
    has = ", ".join(entity.cells) or "no component"
    return NotFound(f"{entity.name} has no {component}", f"it has {has}")
