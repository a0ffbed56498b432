"""One widget in an author's hands: what it shows, what it holds for whom, and what follows."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, Self, TypeAlias, TypeVar

import numpy as np

from worldloom.kernel.assets import FILE
from worldloom.kernel.entity import Visitor
from worldloom.kernel.errors import Misused, WorldloomError
from worldloom.kernel.handlers import check_handler
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.rights import Standing, has_role
from worldloom.presence.panels.book import EVERYONE, Append, Book, Put, book_of
from worldloom.presence.panels.kinds import Kind, checked
from worldloom.presence.panels.pictures import files_of, with_assets

if TYPE_CHECKING:
    from worldloom.presence.panels.base import Base

T = TypeVar("T")
H = TypeVar("H", bound=Callable[..., Any])
Scope: TypeAlias = Literal["each", "all"]
Rule: TypeAlias = str | Visitor
"""Who sees it: those of a role and above it, or one person."""
NOTHING: Final[Mapping[str, Any]] = {}
GIVEN_MAX = 2
"""A handler is given who did it, and the value or the item."""


class Widget(Generic[T]):
    """A part of a panel; as a decorator it takes a function that follows a press or a new value."""

    def __init__(
        self,
        panel: Base,
        kind: Kind,
        id: str,
        props: dict[str, Any],
        scope: Scope = "all",
        rules: tuple[Rule, ...] = (),
    ) -> None:
        self.panel = panel
        self.kind = kind
        self.id = id
        self.props = props
        """What the author's file declares."""
        self.scope = scope
        self.rules = rules
        """Everyone who sees it passes all of them."""
        self.children: list[Widget[Any]] = []
        self.ready: Mapping[str, Callable[[Any], Any]] = {}
        """Prop → what makes it fit for the wire from what an author gives."""
        self.handlers: list[tuple[Callable[..., Any], int]] = []

    # -- what authors call ---------------------------------------------------------------------

    def of(self, visitor: Visitor) -> T:
        """Return the value that a visitor sees and sets; for `scope="all"` that of everyone."""
        value: T = self.read("value", visitor)
        return value

    @property
    def value(self) -> T:
        """The value of everyone, or the one that is proposed to each."""
        value: T = self.read("value")
        return value

    def read(self, name: str, visitor: Visitor | None = None) -> Any:
        """Return a prop as a visitor sees it, or as everyone does; raises Misused."""
        self._check_known(name)
        declared = self.props[name]
        world, book = self.panel.world, self.book
        if world is None or book is None:
            return declared
        account = self.account_of(visitor) if name == "value" else account_of(visitor)
        for effect in reversed(world.effects):
            if isinstance(effect, Put) and effect.sets(book, account, self.key, name):
                return effect.props[name]
        return book.now.get(account, self.key, name, declared)

    def set(self, visitor: Visitor | None = None, /, **props: Any) -> None:
        """Change what is shown, to one visitor or to everyone; inside handlers, or while loading.

        Raises Misused for a prop that this kind of widget has not.
        """
        ready = {name: self._ready(name, value) for name, value in props.items() if name != "value"}
        if "value" in props:  # fit for the bounds and options that it comes with
            ready["value"] = self._ready("value", props["value"], visitor, ready)
        ready = with_assets(ready, self.panel.files)
        world, book = self.panel.world, self.book
        if world is None or book is None:
            if visitor is not None:
                raise Misused("nobody is here yet", "set it in a handler", code="too_early")
            self.props.update(ready)
            return
        if lost := files_of(ready):
            raise Misused(
                f"{lost[0].removeprefix(FILE)} was not kept when the file was loaded",
                "declare a widget that shows it, or give an asset's sha256",
                code="bad_data",
            )
        holds = "value" in ready and self.kind.check is not None
        account = self.account_of(visitor) if holds else account_of(visitor)
        world.step.affect(Put(book, account, self.key, ready))

    def append(self, *more: Any) -> None:
        """Put more data to those that are shown: points of a chart, rows of a table, items.

        Of a chart each argument is a column, one number or many, x first; where x only counts it
        may be left out. Of a table each is a row. Raises Misused.
        """
        join, world, book = self.kind.join, self.panel.world, self.book
        if join is None:
            raise Misused(f"nothing can be appended to a {self.kind.name}", code="bad_widget")
        fit = self.ready["append"](more)
        if world is None or book is None:
            self.props["data"] = join(self.props["data"], fit, self.props)
            return
        world.step.affect(Append(book, self.key, fit, join, self.props))

    def __call__(self, handler: H) -> H:
        """Let a function follow a press or a new value; it may take the visitor and the value."""
        self.panel.check_loading("a handler of a widget")
        if self.kind.check is None and not self.kind.pressed:
            raise Misused(
                f"nobody presses or changes a {self.kind.name}", "use a button", code="bad_widget"
            )
        self.handlers.append((handler, _count_given(handler)))
        if self.kind.name != "button" and self.kind.pressed:
            self.props["pressed"] = True
        return handler

    def __enter__(self) -> Self:
        self.panel.open(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.panel.close(self)

    def __repr__(self) -> str:
        return f"<{self.kind.name} {self.panel.id}/{self.id}>"

    # -- what the panel's other parts call -----------------------------------------------------

    @property
    def book(self) -> Book | None:
        """The book of its world once that runs; inside a step, of the fork that it decides on."""
        world = self.panel.world
        return None if world is None or world.is_loading else book_of(world)

    @property
    def key(self) -> tuple[str, str]:
        """Where its cells stand in the book."""
        return self.panel.id, self.id

    def account_of(self, visitor: Visitor | None) -> str:
        """Return whose cell a visitor's value is in."""
        return EVERYONE if self.scope == "all" else account_of(visitor)

    def is_seen_by(self, who: Standing) -> bool:
        """Tell whether someone sees it."""
        return all(
            rule.account == who.account if isinstance(rule, Visitor) else has_role(who, rule)
            for rule in self.rules
        )

    def take(
        self,
        given: Any,
        account: str = EVERYONE,
        book: Book | None = None,
        beside: Mapping[str, Any] = NOTHING,
    ) -> Any:
        """Return the value that it makes of what came from someone; raises Invalid.

        `beside` are props that change at the same time.
        """
        props = book.now.merged(account, self.key, self.props) if book else self.props
        return checked(self.kind, {**props, **beside}, props.get("value"), given)

    def follow(self, visitor: Visitor, given: Any) -> Any:
        """Run the handlers and return what the last one returned."""
        result = None
        for run, count in self.handlers:
            result = run(*(visitor, given)[:count])
        return result

    def _ready(
        self,
        name: str,
        value: Any,
        visitor: Visitor | None = None,
        beside: Mapping[str, Any] = NOTHING,
    ) -> Any:
        self._check_known(name)
        if isinstance(value, np.generic):
            value = value.item()
        if name == "value" and self.kind.check is not None and self.kind.name != "graph":
            return self._own_value(value, account_of(visitor), beside)
        if name in self.ready:
            return self.ready[name](value)
        if isinstance(value, str) and len(value) > LIMITS.panel_text_characters_max:
            return value[: LIMITS.panel_text_characters_max]
        if value is None or isinstance(value, (str, bool, int)):
            return value
        if isinstance(value, float) and math.isfinite(value):
            return value
        raise Misused(f"{name} cannot be a {type(value).__name__}", code="bad_widget")

    def _own_value(self, value: Any, account: str, beside: Mapping[str, Any]) -> Any:
        if value is None and self.kind.name == "upload":
            return None
        try:
            return self.take(value, account, self.book, beside)
        except WorldloomError as error:
            raise Misused(f"{self!r}: {error.message}", error.fix, code="bad_widget") from error

    def _check_known(self, name: str) -> None:
        if name not in self.props:
            raise Misused(
                f"a {self.kind.name} has no {name}",
                f"it has {', '.join(sorted(self.props))}",
                code="bad_widget",
            )


def account_of(visitor: Visitor | None) -> str:
    """Return in whose place a visitor's props stand."""
    return EVERYONE if visitor is None else visitor.account


def _count_given(handler: Callable[..., Any]) -> int:
    """Return how many of visitor and value a handler takes; raises Misused."""
    check_handler(handler)
    needed = [
        parameter
        for parameter in inspect.signature(handler).parameters.values()
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        and parameter.default is parameter.empty
    ]
    if len(needed) > GIVEN_MAX:
        raise Misused(
            f"{handler!r} takes more than a visitor and a value",
            "def prime(visitor: Visitor, value: float) -> None",
            code="not_a_handler",
        )
    return len(needed)
