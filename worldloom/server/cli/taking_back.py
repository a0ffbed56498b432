"""All that one account did, taken back group by group; what cannot be is named and left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.server.cli.door import Door

ASKED_MAX = 10 * LIMITS.undo_groups_max
"""An account that acts on while its deeds are taken back is not followed for ever."""
CHANGES = frozenset(("Spawned", "Changed", "Removed", "Despawned", "Bound"))
"""What a group holds that undo is about."""

Undo = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Undoes what a wish names (`by`, `group`); returns undo's result, raises its refusals."""


def take_all_back(door: Door, world: str, by: str | None, token: str) -> dict[str, Any]:
    """Undo all groups of an account that can be undone, the newest first.

    Returns `undone` (groups), `kept` (what others changed since), `stays` (groups that could not
    be undone, each with why) and `stopped`: why it ended early, or None.
    """
    taking = Taking(lambda wish: door.do(world, "undo", wish, token)["result"], by)
    taking.run()
    stays = [{"group": group, "why": why} for group, why in taking.stays.items()]
    stopped = None if taking.stopped is None else str(taking.stopped)
    if taking.oldest is not None:
        try:
            stays += _fallen(door, world, {*taking.undone, *taking.stays}, taking.oldest)
        except WorldloomError as error:
            stopped = stopped or str(error)
    return {"undone": taking.undone, "kept": taking.kept, "stays": stays, "stopped": stopped}


class Taking:
    """Undo after undo; a group that is refused stays, and the one before it is next."""

    def __init__(self, undo: Undo, by: str | None) -> None:
        self._undo = undo
        self._whose: dict[str, Any] = {} if by is None else {"by": by}
        self._left = ASKED_MAX
        self._for_good: set[int] = set()
        self.undone: list[int] = []
        self.kept: list[dict[str, Any]] = []
        self.stays: dict[int, str] = {}
        self.stopped: WorldloomError | None = None
        self.oldest: int | None = None
        """The oldest group that is kept of an account of which older ones may have fallen out."""

    def run(self) -> None:
        """Undo what can be; raises the first refusal where nothing at all came of it."""
        try:
            self._go_back()
            # What stood in a group's way may have gone with an older one.
            while sum(self._ask(group) for group in self._waiting()):
                pass
        except WorldloomError as error:
            if not (self.undone or self.stays):
                raise
            if error.code != "nothing_to_undo":
                self.stopped = error

    def _waiting(self) -> list[int]:
        return [group for group in self.stays if group not in self._for_good]

    def _go_back(self) -> None:
        """Ask for the newest, and from each that stays for the one before it."""
        group: int | None = None
        while True:
            if self._ask(group):
                # The newest that stays knows what comes after it by now.
                group = next(reversed(self.stays), None)
            elif self._older is None:
                return
            else:
                group = self._older

    def _ask(self, group: int | None) -> bool:
        """Undo one group and return True, or note why it stays and return False."""
        self._left -= 1
        if self._left < 0:
            raise WorldloomError(
                f"{ASKED_MAX} undos were not all of it", "ask again", code="over_limit"
            )
        wish = self._whose if group is None else {**self._whose, "group": group}
        self._older: int | None = None
        try:
            result = self._undo(wish)
        except WorldloomError as error:
            self.oldest = error.data.get("oldest", self.oldest)
            if error.code == "nothing_to_undo" and group is not None:
                # Somebody else undid it meanwhile.
                self.stays.pop(group, None)
                return True
            if "group" not in error.data:
                raise
            group = error.data["group"]
            self.stays[group] = f"{error.message}: {error.fix}"
            self._older = error.data.get("older")
            if error.code == "not_undoable":
                self._for_good.add(group)
            return False
        self.stays.pop(result["group"], None)
        self.undone.append(result["group"])
        self.kept += result["kept"]
        return True


def _fallen(door: Door, world: str, known: set[int], oldest: int) -> list[dict[str, Any]]:
    """Return the account's groups before the oldest that undo still knows, newest first."""
    actors: dict[int, str] = {}
    undone: set[int] = set()
    by_undo: set[int] = set()
    for record in door.log(world, 0):
        kind = record.get("kind")
        if kind == "Undone":
            by_undo.add(record["group"])
            turn = undone.add if record["data"]["undone"] else undone.discard
            turn(record["data"]["group"])
        elif kind in CHANGES and record["group"] not in by_undo:
            actors[record["group"]] = record["actor"]
    whose = {actors[group] for group in known if group in actors}
    why = f"is older than the newest {LIMITS.undo_groups_max} that can be undone"
    return [
        {"group": group, "why": f"group {group} {why}: restore by hand what it changed"}
        for group in sorted(actors, reverse=True)
        if group < oldest and actors[group] in whose and group not in undone
    ]
