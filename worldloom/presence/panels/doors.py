"""The two actions by which every door presses a widget and gives it its final value."""

from __future__ import annotations

from typing import Annotated, Any, Final

from msgspec import Meta

from worldloom.kernel.entity import Visitor
from worldloom.kernel.errors import Conflict, NotFound
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.rights import Standing
from worldloom.kernel.world import World
from worldloom.presence.panels.base import Base
from worldloom.presence.panels.book import Book, Put, book_of
from worldloom.presence.panels.widget import Widget

Name = Annotated[str, Meta(max_length=LIMITS.name_characters_max)]
SET: Final = "set_widget"
"""The name of the action that gives a value."""


def add_doors(world: World) -> None:
    """Give a world that has panels the actions that they need."""
    if SET not in world.actions:
        world.action(press_widget)
        world.action(set_widget)


def press_widget(
    world: World, visitor: Visitor, panel: Name, widget: Name, item: str | int | None = None
) -> Any:
    """Press a button of a panel, or an item of its list, cards, table or timeline."""
    found = find_widget(world, book_of(world), visitor.standing, panel, widget)
    if not found.kind.pressed:
        raise Conflict(f"a {found.kind.name} cannot be pressed", "press a button", code="bad_press")
    check_usable(found, visitor)
    world.step.deepen()
    return found.follow(visitor, item)


def set_widget(world: World, visitor: Visitor, panel: Name, widget: Name, value: Any) -> Any:
    """Give a widget of a panel a value: what its control would, when the hand lets go."""
    found = find_widget(world, book_of(world), visitor.standing, panel, widget)
    check_usable(found, visitor)
    book, account = book_of(world), found.account_of(visitor)
    taken = found.take(value, account, book)
    # What a hand gave on the live socket is in the book already.
    if taken != found.read("value", visitor):
        world.step.affect(Put(book, account, found.key, {"value": taken}))
    world.step.deepen()
    return found.follow(visitor, taken)


def check_usable(widget: Widget[Any], visitor: Visitor) -> None:
    """Raise Conflict for a widget that is switched off."""
    off = "disabled" in widget.props and widget.read("disabled", visitor)
    if off or widget.read("hidden", visitor):
        raise Conflict(f"{widget.id} is switched off just now", "try later", code="bad_press")


def panels_of(world: World) -> list[Base]:
    """Return the panels of a world, in the order in which they were attached."""
    return [used for used in world.used if isinstance(used, Base)]


def is_shown(panel: Base, book: Book, who: Standing) -> bool:
    """Tell whether someone sees a panel just now."""
    shown = book.shown.get(who.account, panel.face.key, "shown", panel.face.props["shown"])
    return bool(shown) and panel.root.is_seen_by(who)


def find_widget(world: World, book: Book, who: Standing, panel: str, widget: str) -> Widget[Any]:
    """Return a widget that someone sees; raises NotFound for all others alike."""
    for one in panels_of(world):
        known = one.widgets.get(widget) if one.id == panel else None
        if known and is_shown(one, book, who) and known.is_seen_by(who):
            return known
    raise NotFound(
        f"there is no widget {widget[:80]} in a panel {panel[:80]} here",
        "the panels that you see have it",
        code="no_such_widget",
    )
