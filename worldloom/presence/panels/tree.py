"""What is sent of a panel: its tree as some people see it, and what of it changed since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from worldloom.kernel.rights import Standing
from worldloom.kernel.world import World
from worldloom.presence.panels.book import Cells, Key, News
from worldloom.presence.panels.data import wire_form
from worldloom.presence.panels.doors import panels_of
from worldloom.presence.panels.panel import Panel
from worldloom.presence.panels.widget import Widget
from worldloom.sync.messages import PanelPatch, PanelTree

Changes = dict[Key, dict[str, Any]]
"""Widget → its changed props, with `append`, `n` and `error` beside them."""


def tree_of(panel: Panel, world: World, cells: Cells, who: Standing) -> PanelTree:
    """Return a panel as all people of a role see it, without what is one person's own."""
    root = _node(panel.root, cells, who)
    assert root is not None, "who may not see a panel is not sent it"
    entity = world.ground.find(panel.entity) if panel.entity else None
    # What waits to be shown pushes nothing down that is read already.
    inorder = sorted(panels_of(world), key=lambda one: (not one.face.props["shown"], one.order))
    rank = [one.id for one in inorder].index(panel.id)
    return PanelTree(
        panel.id, title_of(panel, cells), panel.at, entity, panel.place, panel.turn,
        panel.width, panel.dir, rank, root,
    )  # fmt: skip


def title_of(panel: Panel, cells: Cells) -> str:
    """Return what a panel is called by now."""
    return str(cells.shared.get(panel.face.key, {}).get("title", panel.title))


def _node(widget: Widget[Any], cells: Cells, who: Standing) -> dict[str, Any] | None:
    if not widget.is_seen_by(who):
        return None
    props = {**widget.props, **cells.shared.get(widget.key, {})}
    node = {"k": widget.kind.name, "id": widget.id, **props_of(props)}
    nodes = (_node(child, cells, who) for child in widget.children)
    children = [child for child in nodes if child is not None]
    if children:
        node["c"] = children
    return node


def props_of(props: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a widget's props a new node must say: no switch that is off, and no None."""
    return {
        name: wire_form(value)
        for name, value in props.items()
        if value is not None and (value is not False or name == "value")
    }


def own_changes(panel: Panel, cells: Cells, who: Standing) -> Changes:
    """Return what one person alone has in a panel."""
    own = cells.own.get(who.account, {})
    found: Changes = {}
    for widget in (panel.root, *panel.widgets.values()):
        props = own.get(widget.key)
        if props and widget.is_seen_by(who):
            found[widget.key] = dict(props)
    return found


def merge(changes: Changes, news: News, widget: Widget[Any]) -> None:
    """Join what happened later to what has not been told yet: later wins, more data are added."""
    known = changes.setdefault(news.key, {})
    known.update(news.props)
    if "data" in news.props:
        known.pop("append", None)
    if news.append is not None:
        assert widget.kind.join is not None
        old = known.get("append")
        known["append"] = (
            news.append if old is None else widget.kind.join(old, news.append, {"window": None})
        )


def patches_of(changes: Changes) -> list[PanelPatch]:
    """Return changes as one message for each panel."""
    panels: dict[str, dict[str, dict[str, Any]]] = {}
    for (panel, widget), props in changes.items():
        panels.setdefault(panel, {})[widget] = {
            name: wire_form(value) for name, value in props.items()
        }
    return [PanelPatch(panel, props) for panel, props in panels.items()]
