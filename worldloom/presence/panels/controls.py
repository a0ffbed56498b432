"""The widgets that people change and press: buttons, switches, numbers, choices, texts, forms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from worldloom.kernel.errors import Misused
from worldloom.kernel.limits import LIMITS
from worldloom.presence.panels.base import Audience, Base
from worldloom.presence.panels.graphs import Graph, checked, graph_of
from worldloom.presence.panels.kinds import Upload
from worldloom.presence.panels.widget import Scope, Widget

ActionName = str | Callable[..., Any]
Options = Sequence[str] | Mapping[str, str]


class Controls(Base):
    """What a panel can be asked for that takes something from people."""

    def button(
        self,
        label: str,
        action: ActionName | None = None,
        *,
        main: bool = True,
        id: str = "",
        for_: Audience = None,
        **arguments: Any,
    ) -> Widget[None]:
        """Add a button; its decorator takes what it does, or it does `action`, with arguments."""
        props = {
            "label": label, "main": main,
            "action": None if action is None else name_of(action),
            "arguments": arguments or None,
        }  # fmt: skip
        return self.add("button", label, props, id=id, for_=for_, ready={"arguments": _arguments})

    def toggle(
        self,
        label: str,
        value: bool = False,
        *,
        id: str = "",
        scope: Scope = "each",
        for_: Audience = None,
    ) -> Widget[bool]:
        """Add a switch."""
        props = {"label": label, "value": value}
        return self.add("toggle", label, props, id=id, scope=scope, for_=for_)

    def slider(
        self,
        label: str,
        min: float,
        max: float,
        value: float | None = None,
        *,
        step: float = 0,
        unit: str = "",
        id: str = "",
        scope: Scope = "each",
        for_: Audience = None,
    ) -> Widget[float]:
        """Add a slider from `min` to `max`; step 0: any number."""
        if not min < max:
            raise Misused(f"{label} goes from {min} to {max}", "min < max", code="bad_widget")
        start = min if value is None else value
        props = {
            "label": label, "min": min, "max": max, "step": step, "unit": unit or None,
            "value": start,
        }  # fmt: skip
        return self.add("slider", label, props, id=id, scope=scope, for_=for_)

    def number(
        self,
        label: str,
        value: float = 0,
        *,
        min: float | None = None,
        max: float | None = None,
        step: float = 0,
        unit: str = "",
        id: str = "",
        scope: Scope = "each",
        for_: Audience = None,
    ) -> Widget[float]:
        """Add a field for a number; step 0: any number."""
        props = {
            "label": label, "min": min, "max": max, "step": step, "unit": unit or None,
            "value": value,
        }  # fmt: skip
        return self.add("number", label, props, id=id, scope=scope, for_=for_)

    def choice(
        self,
        label: str,
        options: Options,
        value: str | None = None,
        *,
        id: str = "",
        scope: Scope = "each",
        for_: Audience = None,
    ) -> Widget[str]:
        """Add a choice of one among texts, or among the keys of a mapping to what is shown."""
        pairs = options_of(options)
        if not pairs:
            raise Misused(f"{label} offers nothing to choose", code="bad_widget")
        props = {
            "label": label,
            "options": options,
            "value": pairs[0][0] if value is None else value,
        }
        ready = {"options": options_of}
        return self.add("choice", label, props, id=id, scope=scope, for_=for_, ready=ready)

    def field(
        self,
        label: str,
        value: str = "",
        *,
        placeholder: str = "",
        lines: int = 1,
        most: int = 1000,
        id: str = "",
        scope: Scope = "each",
        for_: Audience = None,
    ) -> Widget[str]:
        """Add a field for text of at most `most` characters; over one line it is an area."""
        most = min(most, LIMITS.panel_text_characters_max)
        props = {
            "label": label, "lines": lines, "most": most, "placeholder": placeholder or None,
            "value": value,
        }  # fmt: skip
        return self.add("field", label, props, id=id, scope=scope, for_=for_)

    def form(
        self,
        action: ActionName,
        label: str = "",
        *,
        send: str = "",
        id: str = "",
        for_: Audience = None,
        **arguments: Any,
    ) -> Widget[None]:
        """Add a form that asks for an action's arguments, but for those given here, and does it."""
        name = name_of(action)
        props = {
            "label": label or name.replace("_", " ").capitalize(), "action": name,
            "send": send or None, "arguments": arguments or None,
        }  # fmt: skip
        return self.add(
            "form", label or name, props, id=id, for_=for_, ready={"arguments": _arguments}
        )

    def graph(
        self,
        label: str,
        nodes: Iterable[Any] = (),
        edges: Iterable[Sequence[str]] = (),
        *,
        editable: bool = True,
        id: str = "",
        scope: Scope = "all",
        for_: Audience = None,
    ) -> Widget[Graph]:
        """Add a graph of nodes (`Node`, or ids) and edges (pairs of ids) that people may edit."""
        props = {"label": label, "editable": editable, "value": graph_of(nodes, edges)}
        ready = {"value": checked}
        return self.add("graph", label, props, id=id, scope=scope, for_=for_, ready=ready)

    def upload(
        self,
        label: str,
        *,
        accept: Sequence[str] = (),
        to: str = "",
        id: str = "",
        scope: Scope = "each",
        for_: Audience = None,
    ) -> Widget[Upload | None]:
        """Add a way to give a file, kept as an asset; `accept`: media types such as `image/`.

        With `to`, an address of the world such as `packages/new`, a door of it (`world.door`) takes
        the file instead, and the widget shows what it answers as `told`.
        """
        props = {"label": label, "accept": accept, "to": to, "value": None}
        return self.add(
            "upload", label, props, id=id, scope=scope, for_=for_,
            ready={"accept": lambda given: tuple(str(one) for one in given)},
        )  # fmt: skip


def options_of(options: Options) -> tuple[tuple[str, str], ...]:
    """Return (value, label) of each option; raises Misused."""
    pairs = options.items() if isinstance(options, Mapping) else ((one, one) for one in options)
    found = tuple((str(value), str(label)) for value, label in pairs)
    if len({value for value, _ in found}) != len(found) or len(found) > LIMITS.panel_items_max:
        raise Misused("two options are the same, or too many", code="bad_widget")
    return found


def name_of(action: ActionName) -> str:
    """Return an action's name."""
    return action if isinstance(action, str) else action.__name__.rstrip("_")


def _arguments(given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return dict(given) if given else None
