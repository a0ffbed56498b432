"""What the two halves of a panel, controls and readings, build on, and how panels are found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from worldloom.kernel.entity import Visitor
from worldloom.kernel.world import World
from worldloom.presence.panels.widget import Scope, Widget

Audience: TypeAlias = str | Visitor | None


class Base:
    """Something that widgets are added to."""

    id: str
    world: World | None = None
    """The world that it is attached to."""
    widgets: dict[str, Widget[Any]]
    files: Mapping[str, str]
    """A file beside the author's → its sha256, once the loader has kept it."""
    root: Widget[None]
    order: int
    """Its place among the panels of its world: a lower one stands first."""
    face: Widget[None]
    """Stands for the panel itself in the book."""

    def add(
        self,
        kind: str,
        name: str,
        props: dict[str, Any],
        *,
        id: str = "",
        scope: Scope = "all",
        for_: Audience = None,
        ready: Mapping[str, Callable[[Any], Any]] | None = None,
    ) -> Widget[Any]:
        """Add a widget of a kind; its id is made from its name. Raises Misused."""
        raise NotImplementedError

    def check_loading(self, verb: str) -> None:
        """Raise Misused once the world runs: its panels are declared while the file is loaded."""
        if self.world is not None:
            self.world.check_loading(verb)

    def open(self, widget: Widget[Any]) -> None:
        """Let what is added next stand in a widget; raises Misused where nothing can."""
        raise NotImplementedError

    def close(self, widget: Widget[Any]) -> None:
        """Let what is added next stand beside a widget again."""
        raise NotImplementedError
