"""What the panels of one world hold now: presence, never logged, and gone with the process.

Every prop stands twice: as the steps that were decided have left it, and as it may be shown, that
is when all that those steps wrote is durable. When the disk refuses a group, all that stood on it
falls, so what is shown is then the truth again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from worldloom.kernel.limits import LIMITS
from worldloom.kernel.world import World
from worldloom.presence.panels.kinds import Join

NAME: Final = "panels"
EVERYONE: Final = ""
"""In an account's place: what all see."""
Key = tuple[str, str]
"""A panel's id and a widget's; the panel itself is its widget ``""``."""


class News(NamedTuple):
    """What changed for an account, or for everyone."""

    account: str
    key: Key
    props: Mapping[str, Any]
    append: Any = None
    """More data for those that are there."""


class Cells:
    """Props that differ from what the author's file declares."""

    def __init__(self) -> None:
        self.shared: dict[Key, dict[str, Any]] = {}
        self.own: dict[str, dict[Key, dict[str, Any]]] = {}
        """Account → what it alone has; who wrote last comes last."""

    def get(self, account: str, key: Key, name: str, declared: Any) -> Any:
        """Return a prop as an account sees it."""
        own = self.own.get(account, {}).get(key, {})
        return own[name] if name in own else self.shared.get(key, {}).get(name, declared)

    def merged(self, account: str, key: Key, declared: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return all props of a widget as an account sees them."""
        return {**declared, **self.shared.get(key, {}), **self.own.get(account, {}).get(key, {})}

    def put(self, account: str, key: Key, props: Mapping[str, Any]) -> None:
        """Set props for an account, or for everyone, whatever anyone had."""
        if account == EVERYONE:
            self.shared.setdefault(key, {}).update(props)
            for cells in self.own.values():
                for name in props.keys() & cells.get(key, {}).keys():
                    del cells[key][name]
            return
        cells = self.own.pop(account, {})
        cells.setdefault(key, {}).update(props)
        self.own[account] = cells
        while len(self.own) > LIMITS.panel_people_max:
            del self.own[next(iter(self.own))]

    def drop(self, keys: Iterable[tuple[Key, str]]) -> None:
        """Forget what some props are: what is declared counts again."""
        every = [self.shared, *self.own.values()]
        for key, name in keys:
            for cells in every:
                cells.get(key, {}).pop(name, None)

    def copy(self) -> Cells:
        """Return the same cells, free to be changed."""
        other = Cells()
        other.shared = {key: dict(props) for key, props in self.shared.items()}
        other.own = {
            account: {key: dict(props) for key, props in cells.items()}
            for account, cells in self.own.items()
        }
        return other


class Book:
    """The panels of one world, whoever is there to see them."""

    def __init__(self) -> None:
        self.now = Cells()
        """What handlers read."""
        self.shown = Cells()
        """What people see."""
        self.tell: Callable[[News], None] = lambda news: None
        """Told of all that people are to see."""

    def enter(self, account: str, key: Key, value: Any) -> None:
        """Take a value that someone's hand gave; it depends on nothing."""
        for cells in (self.now, self.shown):
            cells.put(account, key, {"value": value})

    def forget(self, people: Iterable[str]) -> None:
        """Forget what people entered."""
        for account in people:
            self.now.own.pop(account, None)
            self.shown.own.pop(account, None)

    def fall(self) -> None:
        """Take back all that was decided and not kept."""
        self.now = self.shown.copy()


class Put(NamedTuple):
    """The effect of a step that sets props of a widget."""

    book: Book
    account: str
    key: Key
    props: dict[str, Any]

    def sets(self, book: Book, account: str, key: Key, name: str) -> bool:
        """Tell whether it sets a prop as an account sees it."""
        same = self.book is book and self.key == key and name in self.props
        return same and self.account in (account, EVERYONE)

    def fold(self) -> None:
        """Let the next step read it."""
        self.book.now.put(self.account, self.key, self.props)

    def settle(self, kept: bool) -> None:
        """Show it, or take it back."""
        if not kept:
            self.book.fall()
            return
        self.book.shown.put(self.account, self.key, self.props)
        self.book.tell(News(self.account, self.key, self.props))


class Append(NamedTuple):
    """The effect of a step that puts more data to those of a widget."""

    book: Book
    key: Key
    more: Any
    join: Join
    declared: Mapping[str, Any]

    def fold(self) -> None:
        """Let the next step read it."""
        self._add(self.book.now)

    def settle(self, kept: bool) -> None:
        """Show it, or take it back."""
        if not kept:
            self.book.fall()
            return
        self._add(self.book.shown)
        self.book.tell(News(EVERYONE, self.key, {}, self.more))

    def _add(self, cells: Cells) -> None:
        old = cells.get(EVERYONE, self.key, "data", self.declared["data"])
        cells.put(EVERYONE, self.key, {"data": self.join(old, self.more, self.declared)})


def book_of(world: World) -> Book:
    """Return the book of a world, or of the fork that a step of its code decides on."""
    book = world.presence.get(NAME)
    if not isinstance(book, Book):
        book = world.presence[NAME] = Book()
    return book
