"""Restore: one thing, or a whole world, becomes again what it was at a seq.

It writes what differs, in one group like any other, so that nothing is lost and it can be undone.
What a group that reached beyond the world has written since stays, and is listed: a sale is not
unmade by looking back. Who may do what is no part of what a thing was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Final

from msgspec import Meta

from worldloom.kernel.cells import Cell, EntityState
from worldloom.kernel.components import Guard, Transform
from worldloom.kernel.draft import Draft, name_taken, no_entity, parse_key
from worldloom.kernel.entity import Visitor
from worldloom.kernel.errors import Conflict
from worldloom.kernel.guards import Watch, guarded
from worldloom.kernel.hindsight import Hindsight, cells_of
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.mending import Return, bring_back, check_room
from worldloom.kernel.records import Record, Seq
from worldloom.kernel.rights import Deed, Role, check, has_role
from worldloom.kernel.schema import is_private
from worldloom.kernel.state import EXISTENCE, State
from worldloom.kernel.step import Step
from worldloom.kernel.world import World

Thing = Annotated[str, Meta(min_length=1, max_length=LIMITS.name_characters_max)]
_GUARD: Final = Guard.__kind__.name
_LISTED_MAX: Final = LIMITS.undo_listed_max
_PLACE: Final = Transform.__kind__.name


def restore(
    step: Step, world: World, visitor: Visitor, seq: Seq, entity: Thing | None = None
) -> dict[str, Any]:
    """Make the world, or one entity with all under it, again what it was at a seq."""
    past = step.desk.past(world.name)
    then = past.state(seq)
    draft = world.ground
    secret = has_role(visitor.standing, str(Role.OWNER))
    asked = None if entity is None else _find(draft, then, entity)
    sight = Hindsight(draft, past)
    turn = _Turn(draft, sight, then, _bound(past.since(then.seq)), secret)
    guards = _Guards(draft, visitor)
    now = draft.state
    ids = set(now.entities) | set(then.entities) if asked is None else _under(asked, draft, then)
    going = [id for id in ids if draft.look(id) is not None and id not in then.entities]
    coming = [id for id in ids if draft.look(id) is None and id in then.entities]
    both = [id for id in ids if draft.look(id) is not None and id in then.entities]
    along = [one for id in both if turn.moves(id) for one in guards.under(id)]
    guards.ask([*(id for id in (*going, *both) if id in going or turn.differs(id)), *along])
    for id in sorted(going, reverse=True):  # a child is younger than its parent
        turn.bury(id)
    for id in sorted(coming):
        turn.bring_back(id)
    for id in sorted(both):
        turn.set_cells(id)
    guards.ask([*(id for id in (*coming, *both) if id in draft.changed), *along])
    check_room(draft)
    return {
        "seq": then.seq,
        "restored": turn.restored[:_LISTED_MAX],
        "kept": turn.kept[:_LISTED_MAX],
        "more": max(0, len(turn.restored) - _LISTED_MAX) + max(0, len(turn.kept) - _LISTED_MAX),
    }


def _find(draft: Draft, then: State, spelled: str) -> int:
    """Return the id of what is named, as it was then or as it is now; raises NotFound."""
    key = parse_key(spelled)
    if isinstance(key, str):
        found = then.by_name.get(key) or draft.find(key)
    else:
        found = key if key in then.entities or draft.look(key) is not None else None
    if found is None:
        raise no_entity(spelled)
    return found


def _under(root: int, draft: Draft, then: State) -> set[int]:
    """Return an entity with all that is or was under it."""
    found: set[int] = set()
    waiting = [root]
    while waiting:
        id = waiting.pop()
        if id not in found:
            found.add(id)
            waiting += [*draft.children(id), *then.children(id)]
    return found


def _bound(groups: Iterable[Sequence[Record]]) -> dict[tuple[int, str], str]:
    """Return (entity, component) → author of what groups wrote that reached beyond the world."""
    found: dict[tuple[int, str], str] = {}
    for group in groups:
        if any(record.kind == "Bound" for record in group):
            for id, cells in cells_of(group).items():
                found.update(((id, component), group[0].actor) for component in cells)
    return found


class _Guards:
    """Asks the guards of what is touched, as it stands before and after."""

    def __init__(self, draft: Draft, visitor: Visitor) -> None:
        self._draft = draft
        self._standing = visitor.standing

    def under(self, id: int) -> Iterator[int]:
        """Yield what goes where an entity goes, where there are guards to ask."""
        return Watch(self._draft).below(id) if guarded(self._draft.state) else iter(())

    def ask(self, ids: Iterable[int]) -> None:
        """Raise NotAllowed where a guard keeps somebody from changing one of these."""
        here = [id for id in ids if self._draft.look(id) is not None]
        # What comes back brings its own, perhaps the only one.
        if guarded(self._draft.state) or any(_GUARD in self._draft.need(id).cells for id in here):
            watch = Watch(self._draft)
            words = tuple(watch.thing("restore", id) for id in dict.fromkeys(here))
            if words:
                check(self._standing, Deed("restore", Role.BUILDER, guards=words))


class _Turn:
    """The writes by which a world becomes what it was."""

    def __init__(
        self,
        draft: Draft,
        sight: Hindsight,
        then: State,
        bound: dict[tuple[int, str], str],
        secret: bool,
    ) -> None:
        self.draft = draft
        self.sight = sight
        self.then = then
        self.bound = bound
        """(entity, component) → who wrote it last in a group that reached beyond the world."""
        self.secret = secret
        self.restored: list[dict[str, str]] = []
        self.kept: list[dict[str, str]] = []

    def differs(self, id: int) -> bool:
        """Tell whether anything of a living entity is to be written."""
        return bool(self._differences(id))

    def moves(self, id: int) -> bool:
        """Tell whether a living entity goes elsewhere, with all under it."""
        return any(component == _PLACE for component, _ in self._differences(id))

    def bury(self, id: int) -> None:
        """Take away what was not there then, unless something bound stays under it."""
        if self._holds(id, EXISTENCE) or self.draft.children(id):
            return
        self.draft.despawn(id)
        self.restored.append({"entity": f"e{id}", "component": EXISTENCE})

    def bring_back(self, id: int) -> None:
        """Let an entity be there again; raises Conflict where its name or its parent is gone."""
        draft, was = self.draft, self.then.entities[id]
        if self._holds(id, EXISTENCE):
            return
        if was.parent is not None and draft.look(was.parent) is None:
            if (was.parent, EXISTENCE) in self.bound:
                return
            raise Conflict(
                f"{was.name} was under e{was.parent}, which is gone",
                f"restore e{was.parent} first",
                code="parent_gone",
            )
        if draft.find(was.name) is not None:
            raise name_taken(was.name)
        grave = draft.state.trails.graves.get(id)
        seqs = {} if grave is None else grave.cells
        cells = [
            ((component, cell.version, cell.data), (seqs.get(component, 0), 0))
            for component, cell in sorted(was.cells.items())
        ]
        # What it had not then comes back, too, and is taken off: or it would stand in the log.
        more = []
        for component in sorted(seqs.keys() - was.cells.keys()):
            found = self.sight.newest(id, component)
            if found is not None and found.value is not None:
                more.append(((component, *found.value), (seqs[component], 0)))
        last = 0 if grave is None else grave.last
        bring_back(draft, Return(id, was.name, was.parent, cells + more, last, 0))
        for (component, _, _), _ in more:
            if component != _GUARD:
                draft.take(id, component)
        self.restored.append({"entity": f"e{id}", "component": EXISTENCE})

    def set_cells(self, id: int) -> None:
        """Write the components of a living entity that differ."""
        for component, cell in self._differences(id):
            if self._holds(id, component):
                continue
            if cell is None:
                self.draft.take(id, component)
            else:
                self.draft.write(id, component, cell.version, cell.data)
            if not is_private(component):
                self.restored.append({"entity": f"e{id}", "component": component})

    def _differences(self, id: int) -> list[tuple[str, Cell | None]]:
        now, was = self.draft.need(id), self.then.entities[id]
        return [
            (component, was.cells.get(component))
            for component in sorted(now.cells.keys() | was.cells.keys())
            if component != _GUARD
            and (self.secret or not is_private(component))
            and not _same(now, was, component)
        ]

    def _holds(self, id: int, component: str) -> bool:
        """Tell whether a cell must stay, and list it then."""
        by = self.bound.get((id, component))
        if by is None:
            return False
        if not is_private(component):
            self.kept.append({"entity": f"e{id}", "component": component, "by": by})
        return True


def _same(now: EntityState, was: EntityState, component: str) -> bool:
    one, other = now.cells.get(component), was.cells.get(component)
    if one is None or other is None:
        return one is other
    return one.data == other.data and one.version == other.version
