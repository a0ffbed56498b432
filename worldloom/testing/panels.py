"""A client's own copy of the panels that it is shown, and the numbers of what its hands did."""

from typing import Any

from worldloom.sync.messages import PanelGone, PanelPatch, PanelTree, PanelValue

News = PanelTree | PanelPatch | PanelGone


class ShownPanel:
    """One panel as the messages build it: its title and its widgets' props, by id."""

    def __init__(self, tree: PanelTree) -> None:
        self.title = tree.title
        self.at = tree.at
        self.entity = tree.entity
        self.rank = tree.rank
        self.widgets: dict[str, dict[str, Any]] = {}
        """Widget's id → its props, `k` its kind among them."""
        self._add(tree.root)

    def _add(self, node: dict[str, Any]) -> None:
        self.widgets[node["id"]] = {name: value for name, value in node.items() if name != "c"}
        for child in node.get("c", ()):
            self._add(child)

    def change(self, patch: PanelPatch) -> None:
        """Take in what changed; more data are put to those that are there."""
        for id, props in patch.set.items():
            widget = self.widgets.setdefault(id, {})
            more = props.get("append")
            widget.update({name: value for name, value in props.items() if name != "append"})
            if more is not None:
                widget.setdefault("appended", []).append(more)


class ShownPanels:
    """All panels that a robot is shown."""

    def __init__(self) -> None:
        self.panels: dict[str, ShownPanel] = {}
        self.patches = 0
        """How many patches came."""
        self._counts: dict[tuple[str, str], int] = {}

    def clear(self) -> None:
        """Forget everything: a new connection is told it anew."""
        self.panels.clear()
        self._counts.clear()

    def take(self, news: News) -> None:
        """Take in a message."""
        if isinstance(news, PanelTree):
            self.panels[news.panel] = ShownPanel(news)
        elif isinstance(news, PanelGone):
            self.panels.pop(news.panel, None)
        elif news.panel in self.panels:
            self.patches += 1
            self.panels[news.panel].change(news)

    def value(self, panel: str, widget: str, value: Any, done: bool) -> PanelValue:
        """Return the message of a hand on a widget, numbered."""
        count = self._counts[panel, widget] = self._counts.get((panel, widget), 0) + 1
        return PanelValue(panel, widget, value, count, done)
