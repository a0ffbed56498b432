"""Undo and redo: what an author wrote last, taken back whole, however long ago and over restarts.

What others wrote since stays and is listed. Facts stay facts: only the state changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from worldloom.kernel.agents import MARK, NAME_CHARACTERS_MAX, person_of
from worldloom.kernel.components import Transform
from worldloom.kernel.draft import Draft
from worldloom.kernel.entity import Visitor
from worldloom.kernel.errors import Conflict, NotFound, Refused
from worldloom.kernel.guards import Watch, guarded
from worldloom.kernel.hindsight import Hindsight, cells_of
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.mending import Return, bring_back, bury, check_room, set_cell, take_cell
from worldloom.kernel.records import Bound, Record, Undone, encode_payload
from worldloom.kernel.rights import Deed, Role, check, require_undo
from worldloom.kernel.schema import is_private, registry
from worldloom.kernel.state import EXISTENCE
from worldloom.kernel.step import Step
from worldloom.kernel.world import World

_AUTHOR_MAX: Final = LIMITS.name_characters_max + len(MARK) + NAME_CHARACTERS_MAX
Author = Annotated[str, Meta(min_length=1, max_length=_AUTHOR_MAX)]
GroupSeq = Annotated[int, Meta(ge=1, lt=2**53)]

THE_WORLDS: Final = frozenset(("world", "author"))
"""Who acts in reactions and timers, and when a file is declared: the owner's affair."""
_FOR_GOOD: Final = {
    "Declared": "change the author's file: what it declares anew wins",
    "Forked": "leave the fork",
    "Forgot": "nobody can",
}
_LISTED_MAX: Final = LIMITS.undo_listed_max
_PLACE: Final = Transform.__kind__.name
_read_bound = msgspec.msgpack.Decoder(Bound).decode


def undo(
    step: Step,
    world: World,
    visitor: Visitor,
    by: Author | None = None,
    group: GroupSeq | None = None,
) -> dict[str, Any]:
    """Take back what you did last here, or what an account did; or one group, by its first seq."""
    return _turn(step, world, visitor, _choose(step, world, visitor, by, group, False))


def redo(
    step: Step,
    world: World,
    visitor: Visitor,
    by: Author | None = None,
    group: GroupSeq | None = None,
) -> dict[str, Any]:
    """Do again what you undid last here, or what was undone of an account; or one group."""
    return _turn(step, world, visitor, _choose(step, world, visitor, by, group, True))


class _Choice(msgspec.Struct, frozen=True):
    """The group that is meant, and how to go past it where it cannot be turned."""

    author: str
    group: int
    older: int | None
    """Which one comes after it."""
    full: dict[str, int]
    """`oldest`: the oldest that is kept of a full trail, from which others may have fallen out."""
    again: bool

    def tell_on(self, error: Refused) -> None:
        """Let a refusal of this group say which one it is and what comes after it."""
        error.message = f"group {self.group}: {error.message}"
        error.data = {"group": self.group, **self.full}
        if self.older is None:
            return
        error.data = {**error.data, "older": self.older}
        wish = f'{{"group": {self.older}}}'
        on = (
            f"to do again what was undone before it: redo {wish}"
            if self.again
            else f"to undo what came before it: undo {wish}"
        )
        error.fix = "; ".join(filter(None, (error.fix, on)))


def _choose(
    step: Step, world: World, visitor: Visitor, by: str | None, group: int | None, again: bool
) -> _Choice:
    """Return whose group is meant and which one; raises NotFound, NotAllowed."""
    trails = world.ground.state.trails
    own = visitor.standing.actor
    asked = own if by is None else world.visitor(by).standing.actor or by
    author = asked if group is None else trails.author_of(group)
    what = asked if group is None else f"group {group}"
    if author is None or by is not None and author != asked:
        raise _nothing(what, again)
    people = step.desk.people
    rank = people.role(person_of(author), world.name, world.public)
    require_undo(visitor.standing, author, Role.OWNER if author in THE_WORLDS else rank)
    trail = trails.of.get(author)
    if trail is None:
        raise _nothing(what, again)
    # What somebody else undid of one's own is not one's own to do again without asking for it.
    mine = by is None and group is None
    undone = {one for one, who in trail.undone if not (again and mine) or who == own}
    ordered = [one for one, _ in trail.undone] if again else trail.groups
    found = [one for one in ordered if (one in undone) == again]
    full = {"oldest": trail.groups[0]} if trail.is_full else {}
    if group is None and found:
        group = found[-1]
    if group is None or group not in found:
        nothing = _nothing(what, again)
        nothing.data = full
        raise nothing
    if author != own or again and dict(trail.undone)[group] != own:
        # It is no agent's to decide what stands of another's doing, or against another's word.
        step.grave = True
    before = found[: found.index(group)]
    return _Choice(author, group, before[-1] if before else None, full, again)


def _nothing(what: str, again: bool) -> NotFound:
    if again:
        return NotFound(
            f"nothing of {what} can be done again", "undo something first", code="nothing_to_redo"
        )
    return NotFound(
        f"nothing of {what} can be undone",
        f"the newest {LIMITS.undo_groups_max} groups of an author that changed something can be",
        code="nothing_to_undo",
    )


def _turn(step: Step, world: World, visitor: Visitor, chosen: _Choice) -> dict[str, Any]:
    """Turn a group's mark and write what stands then; return what that was, and what stayed."""
    draft, past = world.ground, step.desk.past(world.name)
    try:
        records = past.group(chosen.group)
        _check_undoable(records)
        cells = cells_of(records)
        _check_guards(draft, visitor, cells)
        draft.refold = True
        undone = Undone(chosen.group, not chosen.again, chosen.author)
        draft.add("Undone", 1, encode_payload(undone))
        sight = Hindsight(draft, past, chosen.group)
        turn = _Turn(draft, sight, cells, chosen.again)
        turn.write()
        # Where things come back to counts as well.
        _check_guards(draft, visitor, cells)
        check_room(draft)
    except Refused as error:
        # Asked again, the same group would be refused again: who asks must be able to go past it.
        chosen.tell_on(error)
        raise
    return {
        "group": chosen.group,
        "restored": turn.restored[:_LISTED_MAX],
        "kept": turn.kept[:_LISTED_MAX],
        "more": max(0, len(turn.restored) - _LISTED_MAX) + max(0, len(turn.kept) - _LISTED_MAX),
    }


def _check_undoable(records: Sequence[Record]) -> None:
    """Raise Conflict for a group that reached beyond the world, naming what makes up for it."""
    for record in records:
        what, fix = record.kind, _FOR_GOOD.get(record.kind, "")
        if record.kind == "Bound":
            bound = _read_bound(record.payload)
            what, fix = bound.what, bound.fix
        elif not fix:
            # Groups from before there was a mark for it.
            known = registry.get(record.kind)
            if known is None or not known.__kind__.binds:
                continue
            fix = known.__kind__.undo
        raise Conflict(
            f"it reached beyond the state of this world: {what}",
            fix or "nothing takes it back",
            code="not_undoable",
        )


def _check_guards(draft: Draft, visitor: Visitor, cells: Mapping[int, Mapping[str, bool]]) -> None:
    """Raise NotAllowed where a guard keeps somebody from changing what a group changed."""
    if guarded(draft.state):
        watch = Watch(draft)
        here = [id for id in cells if draft.look(id) is not None]
        along = (one for id in here if _PLACE in cells[id] for one in watch.below(id))
        words = tuple(watch.thing("undo", id) for id in {*here, *along})
        check(visitor.standing, Deed("undo", guards=words))


class _Turn:
    """The writes by which a world follows one group's turned mark."""

    def __init__(
        self, draft: Draft, sight: Hindsight, cells: dict[int, dict[str, bool]], again: bool
    ) -> None:
        self.draft = draft
        self.sight = sight
        self.cells = cells
        """Entity → component → whether the group left it there."""
        self.again = again
        self.restored: list[dict[str, str]] = []
        self.kept: list[dict[str, str]] = []

    def write(self) -> None:
        """Take away who goes, bring back who returns, then set what stands on the others."""
        draft, sight = self.draft, self.sight
        here = [id for id in self.cells if draft.look(id) is not None]
        away = [id for id in self.cells if draft.look(id) is None]
        for id in away:
            parent = sight.birth(id).parent
            if parent is not None:
                sight.gone.setdefault(parent, []).append(id)
        going = self._going(here)
        coming = [id for id in away if id in draft.state.trails.graves and sight.sign(id)]
        self._list_kept(here, away, going, coming)
        # A child is younger than its parent.
        for id in sorted(going, reverse=True):
            self._bury(id)
        for id in sorted(coming):
            self._bring_back(id)
        for id in here:
            if id not in going:
                self._set_cells(id)

    def _going(self, here: Sequence[int]) -> set[int]:
        """Return who is here and lives by nothing any more, with all under and above them."""
        going: set[int] = set()
        asked = list(here)
        while asked:
            id = asked.pop()
            if id in going or self.sight.sign(id) is not None:
                continue
            going.add(id)
            parent = self.draft.need(id).parent
            asked += (
                self.draft.children(id) if parent is None else [parent, *self.draft.children(id)]
            )
        return going

    def _list_kept(
        self, here: Sequence[int], away: Sequence[int], going: set[int], coming: Sequence[int]
    ) -> None:
        """List the entities whose being there or not is now somebody else's doing."""
        for id, cells in self.cells.items():
            there = id in coming or id in here and id not in going
            left = cells.get(EXISTENCE)
            wanted = left is self.again if left is not None else True
            if there and left is not None and not wanted:
                self._keep(id, EXISTENCE, self._author(self.sight.sign(id)))
            elif not there and wanted and id in away:
                last = self.sight.newest(id, EXISTENCE)
                self._keep(id, EXISTENCE, self._author(last) or self._maker(id))

    def _maker(self, id: int) -> str:
        record = self.sight.past.record(id)
        return self.sight.past.author(record.group)

    def _author(self, write: Any) -> str:
        return "" if write is None else self.sight.past.author(write.group)

    def _bury(self, id: int) -> None:
        last = self.sight.newest(id, EXISTENCE)
        previous = self.sight.written(id, EXISTENCE)
        bury(self.draft, id, previous, id if last is None else last.seq)
        self._restore(id, EXISTENCE)

    def _bring_back(self, id: int) -> None:
        """Let an entity be there again with what stands on it; raises Conflict."""
        draft, sight = self.draft, self.sight
        born = sight.birth(id)
        if born.parent is not None and draft.look(born.parent) is None:
            raise Conflict(
                f"{born.name} was under e{born.parent}, which is gone",
                f"bring e{born.parent} back first",
                code="parent_gone",
            )
        if draft.find(born.name) is not None:
            raise Conflict(
                f"{born.name} would come back, but e{draft.find(born.name)} has its name now",
                f"despawn e{draft.find(born.name)} first, or undo what made it",
                code="name_taken",
            )
        last = sight.newest(id, EXISTENCE)
        origin = id if last is None or last.value is None else last.seq
        cells = []
        for component in sorted(draft.state.trails.graves[id].cells):
            found = sight.newest(id, component)
            if found is not None and found.value is not None:
                pointer = sight.written(id, component), found.seq
                cells.append(((component, *found.value), pointer))
        previous = sight.written(id, EXISTENCE)
        bring_back(draft, Return(id, born.name, born.parent, cells, previous, origin))
        self._restore(id, EXISTENCE)

    def _set_cells(self, id: int) -> None:
        """Let each cell that the group wrote hold its newest write that is not undone."""
        draft, sight = self.draft, self.sight
        for component in self.cells[id]:
            if component == EXISTENCE:
                continue
            stands = draft.need(id).cells.get(component)
            found = sight.newest(id, component)
            if found is None or found.value is None:
                if stands is not None:
                    origin = id if found is None else found.seq
                    take_cell(draft, id, component, sight.written(id, component), origin)
                    self._restore(id, component)
                elif found is not None:
                    self._keep(id, component, self._author(found))
            elif stands is None or stands.origin != found.seq:
                cell = (component, *found.value)
                set_cell(draft, id, cell, sight.written(id, component), found.seq)
                self._restore(id, component)
            else:
                self._keep(id, component, self._author(found))

    def _restore(self, id: int, component: str) -> None:
        if not is_private(component):
            self.restored.append({"entity": f"e{id}", "component": component})

    def _keep(self, id: int, component: str, by: str) -> None:
        if not is_private(component):
            self.kept.append({"entity": f"e{id}", "component": component, "by": by})
