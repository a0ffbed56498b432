"""Who is where, for an instructor: a row each, and more of the one that is chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from worldloom import Panel, Visitor, Widget, World
from worldloom.kits.academy.courses.views import KNOWN, Cohort

PRESS: Final = "Press a learner for more."
CHOSEN: Final = "academy.learner."
"""Where presence has whom each instructor reads more of."""
Table = Callable[[list[str], list[list[Any]], str, str], Widget[None]]
"""Adds a table to the group's panel: its head, rows, id and name."""


class Learners:
    """The part of the group's panel that tells of each learner."""

    def __init__(
        self, world: World, panel: Panel, id: str, shown: Callable[[], Cohort | None], table: Table
    ) -> None:
        """Add it to a panel; `id` is the course's, `shown` tells what was shown last."""
        self.world, self.key = world, f"{CHOSEN}{id}"
        self.table = table(list(KNOWN), [["–"] * len(KNOWN)], "learners", "who is where")
        self.more = panel.markdown(PRESS, id="learner")

        @self.table
        def choose(visitor: Visitor, row: int) -> None:
            found = shown()
            if found is not None and 0 <= row < len(found.accounts):
                self._chosen()[visitor.account] = found.accounts[row]
                self._tell(visitor, found)

    def show(self, found: Cohort) -> None:
        """Show a group as it is now."""
        rows = found.rows or (("–",) * len(KNOWN),)
        self.table.set(data=(list(KNOWN), [list(row) for row in rows]))
        for visitor in self.world.visitors:
            if visitor.account in self._chosen():
                self._tell(visitor, found)

    def _tell(self, visitor: Visitor, found: Cohort) -> None:
        more = dict(zip(found.accounts, found.details, strict=True))
        self.more.set(visitor, text=more.get(self._chosen()[visitor.account], PRESS))

    def _chosen(self) -> dict[str, str]:
        chosen: dict[str, str] = self.world.presence.setdefault(self.key, {})
        return chosen
