"""What undo needs to know of the past: who wrote which groups last, and where the gone lie.

It folds from the log as the state does, and is bounded as `limits.py` says: what falls out of it
can no longer be undone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from worldloom.kernel.limits import LIMITS

_GROUPS_MAX: Final = LIMITS.undo_groups_max
_AUTHORS_MAX: Final = LIMITS.undo_authors_max


class Trail(Struct, array_like=True):
    """One author's newest groups."""

    groups: list[int] = []
    """The seq of each one's first record, newest last."""
    undone: list[tuple[int, str]] = []
    """Those of them that are undone, in the order in which that happened, and by whom."""

    @property
    def is_full(self) -> bool:
        """Tell whether older groups may have fallen out."""
        return len(self.groups) >= _GROUPS_MAX

    def has(self, group: int) -> bool:
        """Tell whether a group is among them."""
        place = bisect_left(self.groups, group)
        return place < len(self.groups) and self.groups[place] == group

    def forget(self, group: int) -> None:
        """Let a group no longer be among the undone."""
        for place, (undone, _) in enumerate(self.undone):
            if undone == group:
                del self.undone[place]
                return


class Grave(Struct, frozen=True, array_like=True):
    """A despawned entity: where undo finds what it was."""

    group: int
    """The group that took it away, or whose undoing did; the grave stays as long as its trail."""
    last: int
    """The seq of the record that took it away."""
    cells: dict[str, int]
    """Component → seq of the last record about it."""


class Trails:
    """The trails of a world's authors and the graves that they lead to."""

    def __init__(self) -> None:
        self.of: dict[str, Trail] = {}
        """Author → trail."""
        self.graves: dict[int, Grave] = {}
        """Entity → grave."""
        self._dug: dict[int, list[int]] = {}

    def note(self, author: str, group: int) -> None:
        """Take note that an author wrote a group that undo is about."""
        trail = self.of.get(author)
        if trail is None:
            trail = self._begin(author)
        groups = trail.groups
        if groups and groups[-1] == group:
            return
        groups.append(group)
        if len(groups) > _GROUPS_MAX:
            self._drop(trail, 1)

    def note_all(self, groups: Mapping[str, list[int]]) -> None:
        """Take note of many groups of each author, as `note` does one after another."""
        if len(self.of.keys() | groups.keys()) > _AUTHORS_MAX:
            for group, author in sorted((one, who) for who, ones in groups.items() for one in ones):
                self.note(author, group)
            return
        for author, newest in groups.items():
            trail = self.of.get(author) or self._begin(author)
            trail.groups += newest
            self._drop(trail, len(trail.groups) - _GROUPS_MAX)

    def mark(self, author: str, group: int, undone: bool, who: str) -> None:
        """Take note that someone undid a group, or that it no longer counts as undone."""
        trail = self.of.get(author)
        if trail is None or not trail.has(group):
            return
        trail.forget(group)
        if undone:
            trail.undone.append((group, who))

    def author_of(self, group: int) -> str | None:
        """Return whose group it is; None when it lies too far back."""
        return next((author for author, trail in self.of.items() if trail.has(group)), None)

    def bury(self, id: int, grave: Grave) -> None:
        """Take in a despawned entity."""
        self.graves[id] = grave
        self._dug.setdefault(grave.group, []).append(id)

    def rise(self, id: int) -> dict[str, int]:
        """Let an entity out of its grave; return component → seq of the last record about it."""
        grave = self.graves.pop(id, None)
        return {} if grave is None else grave.cells

    def _begin(self, author: str) -> Trail:
        if len(self.of) >= _AUTHORS_MAX:
            oldest = min(self.of, key=lambda name: self.of[name].groups[-1])
            trail = self.of.pop(oldest)
            self._drop(trail, len(trail.groups))
        trail = self.of[author] = Trail()
        return trail

    def _drop(self, trail: Trail, count: int) -> None:
        """Forget an author's oldest groups, and what only they could bring back."""
        if count <= 0:
            return
        groups = trail.groups
        dropped = groups[:count] if trail.undone or self._dug else ()
        del groups[:count]
        for group in dropped:
            trail.forget(group)
            for id in self._dug.pop(group, ()):
                grave = self.graves.get(id)
                if grave is not None and grave.group == group:
                    del self.graves[id]

    def freeze(self) -> tuple[list[tuple[str, Trail]], list[tuple[int, Grave]]]:
        """Return trails and graves as they stand; later changes do not show in them."""
        trails = [
            (author, Trail([*trail.groups], [*trail.undone])) for author, trail in self.of.items()
        ]
        return trails, [*self.graves.items()]

    @classmethod
    def thaw(
        cls, trails: Iterable[tuple[str, Trail]], graves: Iterable[tuple[int, Grave]]
    ) -> Trails:
        """Return what `freeze` returned as it was."""
        found = cls()
        found.of.update(trails)
        for id, grave in graves:
            found.bury(id, grave)
        return found
