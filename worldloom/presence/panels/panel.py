"""A panel as an author declares it: widgets in rows, groups and tabs, for whom, and where."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, TypeAlias

from worldloom.kernel.assets import FILE
from worldloom.kernel.entity import Entity, Visitor
from worldloom.kernel.errors import Misused
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.step import check_position
from worldloom.kernel.world import World
from worldloom.presence.panels.base import Audience
from worldloom.presence.panels.book import EVERYONE, Put, book_of
from worldloom.presence.panels.controls import Controls
from worldloom.presence.panels.doors import add_doors, panels_of
from worldloom.presence.panels.kinds import KINDS
from worldloom.presence.panels.pictures import files_of, with_assets
from worldloom.presence.panels.readings import Readings
from worldloom.presence.panels.widget import Rule, Scope, Widget

Place: TypeAlias = Literal["page", "wall", "wrist"]
WALL: Final = (0.0, 1.5, -2.0)
ABOVE: Final = (0.0, 1.0, 0.0)
_BETWEEN: Final = re.compile(r"[\W_]+")


class Panel(Controls, Readings):
    """An interface declared in Python, shown on the flat page and in the headset alike.

    `at`: on the page, on a wall, on the visitor's wrist, or at an entity. `place` is metres: in
    the world for a wall, from its middle for an entity; `turn` radians, counter-clockwise from
    above, 0 faces +Z; `width` metres. `audience`: a role (and those above it), or one visitor.
    Those with a lower `order` stand before others, and of one order as they are declared.
    Attach it by `world.use(panel)`.
    """

    def __init__(
        self,
        title: str,
        *,
        at: Place | Entity = "page",
        for_: Audience = None,
        place: tuple[float, float, float] | None = None,
        turn: float = 0.0,
        width: float = 0.8,
        dir: Literal["ltr", "rtl", "auto"] = "auto",
        shown: bool = True,
        order: int = 0,
        id: str = "",
    ) -> None:
        if not isinstance(title, str) or not title:
            raise Misused("a panel has no title", 'Panel("Pump station")', code="bad_widget")
        self.title = title[: LIMITS.title_characters_max]
        self.id = id or slug(title) or "panel"
        self.entity = at.name if isinstance(at, Entity) else None
        self.at: Place | Literal["entity"] = "entity" if isinstance(at, Entity) else at
        if self.at not in ("page", "wall", "wrist", "entity"):
            raise Misused(
                f"a panel cannot be at {at!r}", 'at="page", "wall", "wrist", or an entity',
                code="bad_widget",
            )  # fmt: skip
        self.place = check_position(place or (ABOVE if self.entity else WALL), "place")
        self.turn = float(turn)
        self.width = float(width)
        self.dir = dir
        self.order = order
        self.widgets = {}
        self.root = Widget(self, KINDS["column"], "root", {}, rules=rules_of(for_))
        self.face = Widget(self, KINDS["column"], "", {"shown": shown, "title": self.title})
        self.files = {}
        self._open: list[Widget[Any]] = [self.root]

    # -- what holds widgets --------------------------------------------------------------------

    def row(self, *, for_: Audience = None) -> Widget[None]:
        """Put the widgets of the `with` block beside each other where there is room."""
        return self.add("row", "", {}, for_=for_)

    def group(
        self, label: str, *, closed: bool | None = None, for_: Audience = None
    ) -> Widget[None]:
        """Put the widgets of the `with` block together under a label; `closed`: it folds."""
        fold = None if closed is None else "closed" if closed else "open"
        return self.add("group", label, {"label": label, "fold": fold}, for_=for_)

    def tabs(self, label: str = "", *, for_: Audience = None) -> Widget[None]:
        """Show one `panel.tab` of the `with` block at a time; each visitor chooses."""
        return self.add("tabs", label, {"label": label or None}, for_=for_)

    def tab(self, label: str, *, for_: Audience = None) -> Widget[None]:
        """Make one tab, inside `with panel.tabs()`; raises Misused elsewhere."""
        if self._open[-1].kind.name != "tabs":
            raise Misused("a tab stands in tabs", "with panel.tabs():", code="bad_widget")
        return self.add("tab", label, {"label": label}, for_=for_)

    # -- who sees it ---------------------------------------------------------------------------

    def show(self, visitor: Visitor | None = None) -> None:
        """Show it to one visitor, or to everyone whom it is for."""
        self._set_shown(True, visitor)

    def hide(self, visitor: Visitor | None = None) -> None:
        """Take it away from one visitor, or from everyone."""
        self._set_shown(False, visitor)

    def rename(self, title: str) -> None:
        """Give it another title for everyone; its id stays. Raises Misused for an empty one."""
        title = title[: LIMITS.title_characters_max]
        if not title:
            raise Misused("a panel has no title", 'panel.rename("Pump station")', code="bad_widget")
        if self.world is None or self.world.is_loading:
            self.title = self.face.props["title"] = title
            return
        book, key = book_of(self.world), self.face.key
        if book.now.get(EVERYONE, key, "title", self.title) != title:
            self.world.step.affect(Put(book, EVERYONE, key, {"title": title}))

    def bring_up(self, visitor: Visitor) -> None:
        """Scroll to it where a visitor has it beside others; what has their focus keeps it.

        Not while they write in a field, nor does a sheet open for it that they have closed.
        """
        if self.world is None or self.world.is_loading:
            return  # nobody is here yet
        book, key = book_of(self.world), self.root.key
        times = book.now.get(visitor.account, key, "front", 0)
        self.world.step.affect(Put(book, visitor.account, key, {"front": times + 1}))

    def _set_shown(self, shown: bool, visitor: Visitor | None) -> None:
        if self.world is None or self.world.is_loading:
            self.face.props["shown"] = shown
            return
        account = EVERYONE if visitor is None else visitor.account
        self.world.step.affect(Put(book_of(self.world), account, self.face.key, {"shown": shown}))

    @property
    def is_for_people(self) -> bool:
        """Whether a part of it is for single people."""
        every = (self.root, *self.widgets.values())
        return any(isinstance(rule, Visitor) for widget in every for rule in widget.rules)

    # -- what the world and the widgets call ---------------------------------------------------

    def attach(self, world: World) -> None:
        """Belong to a world; called by `world.use`. Raises Misused for a second one."""
        world.check_loading("a panel")
        panels = panels_of(world)
        if self.world is not None:
            raise Misused(f"{self.title} belongs to {self.world.name}", code="bad_widget")
        if any(panel.id == self.id for panel in panels):
            raise Misused(
                f"there are two panels {self.id}", "give one another id=", code="duplicate_name"
            )
        if len(panels) >= LIMITS.panels_max:
            raise Misused(f"a world has at most {LIMITS.panels_max} panels", code="bad_widget")
        self.world = world
        add_doors(world)

    def asset_files(self) -> list[str]:
        """Return the names of the files beside the author's that it shows."""
        found = [name for widget in self.widgets.values() for name in files_of(widget.props)]
        return [name.removeprefix(FILE) for name in found]

    def resolve_assets(self, files: Mapping[str, str]) -> None:
        """Put the sha256 (hex) of each file in the place of its name, here and in later writes."""
        self.files = files
        for widget in self.widgets.values():
            widget.props.update(with_assets(widget.props, files))

    def open(self, widget: Widget[Any]) -> None:
        """Let what is added next stand in a widget; raises Misused where nothing can."""
        if not widget.kind.holds:
            raise Misused(f"nothing stands in a {widget.kind.name}", code="bad_widget")
        self._open.append(widget)

    def close(self, widget: Widget[Any]) -> None:
        """Let what is added next stand beside a widget again."""
        self._open.remove(widget)

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
        self.check_loading(f"panel.{kind}")
        parent = self._open[-1]
        if parent.kind.name == "tabs" and kind != "tab":
            raise Misused("in tabs stand tabs alone", "with panel.tab(…):", code="bad_widget")
        if len(self.widgets) >= LIMITS.panel_widgets_max:
            raise Misused(
                f"a panel has at most {LIMITS.panel_widgets_max} widgets", code="bad_widget"
            )
        if scope not in ("each", "all"):
            raise Misused(f"{scope!r} is no scope", 'scope="each" or "all"', code="bad_widget")
        if id and (id in self.widgets or id == "root"):
            raise Misused(f"there are two widgets {id}", "rename one", code="duplicate_name")
        whole = {"hidden": False, **props}
        if KINDS[kind].check or KINDS[kind].pressed:
            whole.setdefault("disabled", False)
        rules = (*parent.rules, *rules_of(for_))
        widget: Widget[Any] = Widget(
            self, KINDS[kind], id or self._unused(slug(name) or kind), {}, scope, rules
        )
        widget.ready = ready or {}
        widget.props = dict.fromkeys(whole)
        for prop, value in whole.items():  # the value comes last: what bounds it stands then
            widget.set(**{prop: value})
        parent.children.append(widget)
        self.widgets[widget.id] = widget
        return widget

    def _unused(self, name: str) -> str:
        count, candidate = 1, name
        while candidate in self.widgets or candidate == "root":
            count += 1
            candidate = f"{name}-{count}"
        return candidate


def slug(text: str) -> str:
    """Return a text as a short id in lower case, in whatever script it is written."""
    return _BETWEEN.sub("-", text.lower()).strip("-")[:48].strip("-")


def rules_of(audience: Audience) -> tuple[Rule, ...]:
    """Return who sees a thing that is for someone; raises Misused."""
    if audience is None:
        return ()
    if isinstance(audience, Visitor):
        return (audience,)
    if not isinstance(audience, str) or not audience:
        raise Misused(
            f"{audience!r} is no role", 'for_="member", a role of the world, or a Visitor',
            code="bad_widget",
        )  # fmt: skip
    return (str(audience),)
