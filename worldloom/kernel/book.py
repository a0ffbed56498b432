"""The people's stream as a book: an entity for each account, with private components on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from worldloom.kernel.cells import Cell
from worldloom.kernel.draft import Draft
from worldloom.kernel.personal import Opener
from worldloom.kernel.schema import Component, decode, restorer
from worldloom.kernel.state import State

if TYPE_CHECKING:
    from worldloom.kernel.step import Step

STREAM: Final = "people"
WORLDS: Final = "world:"
"""What the names of worlds begin with among those of accounts, none of which does."""
C = TypeVar("C", bound=Component)


class Book:
    """Reads and writes components by account; the state is the people stream's."""

    def __init__(self, state: State, opener: Opener) -> None:
        self.state = state
        self._restore = restorer(opener)
        self._decoded: dict[tuple[int, str], tuple[Cell, Any]] = {}
        """(entity, component) → its cell and what it holds: they are asked for at every command."""

    def rebase(self, state: State) -> None:
        """Read another state from now on."""
        self.state = state
        self._decoded.clear()

    def draft(self, step: Step) -> Draft:
        """Return the people's part of a step's group."""
        return step.draft(STREAM, self.state)

    def accounts(self) -> list[str]:
        """Return the accounts that have a record."""
        return sorted(name for name in self.state.by_name if not name.startswith(WORLDS))

    def now(self, account: str, kind: type[C]) -> C:
        """Return a component as it stands outside of any step, or its defaults."""
        found = self.kept(account, kind)
        return kind() if found is None else found

    def read(self, step: Step, account: str, kind: type[C]) -> C:
        """Return a component as a step sees it, or its defaults."""
        found = self.kept(account, kind, step)
        return kind() if found is None else found

    def kept(self, account: str, kind: type[C], step: Step | None = None) -> C | None:
        """Return a component as it stands, or as a step sees it; None where there is none."""
        if step is not None:
            entity = self.draft(step).look(account)
            found = None if entity is None else entity.cells.get(kind.__kind__.name)
            if found is None:
                return None
            return decode(kind, found.data, found.version, self._restore)
        id = self.state.by_name.get(account)
        cell = None if id is None else self.state.entities[id].cells.get(kind.__kind__.name)
        if id is None or cell is None:
            return None
        key = (id, kind.__kind__.name)
        known = self._decoded.get(key)
        if known is None or known[0] is not cell:
            value = decode(kind, cell.data, cell.version, self._restore)
            known = self._decoded[key] = cell, value
        result: C = known[1]
        return result

    def having(self, kind: type[Component]) -> list[str]:
        """Return the accounts with a component."""
        ids = self.state.having.get(kind.__kind__.name, ())
        return [self.state.entities[id].name for id in ids]

    def write(self, step: Step, account: str, value: Component) -> None:
        """Set a component of an account, sealed under that account's key where it is personal."""
        draft = self.draft(step)
        id = draft.find(account)
        if id is None:
            id = draft.spawn(account, ())
        if value.__kind__.personal:
            value = step.seal_in(STREAM, draft, value)
        draft.put(draft.need(id), value)

    def erase(self, step: Step, account: str, kept: frozenset[str]) -> None:
        """Take all components of an account away but some."""
        draft = self.draft(step)
        id = draft.find(account)
        if id is not None:
            for component in tuple(draft.need(id).cells):
                if component not in kept:
                    draft.take(id, component)
        self._decoded.clear()
