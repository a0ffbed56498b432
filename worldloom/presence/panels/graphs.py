"""Graphs of nodes and edges that people edit together: each change is one small deed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from worldloom.kernel.errors import Invalid, Misused
from worldloom.kernel.limits import LIMITS

Id = Annotated[str, Meta(min_length=1, max_length=64)]
Label = Annotated[str, Meta(max_length=200)]
Share = Annotated[float, Meta(ge=0, le=1)]


class Node(msgspec.Struct, frozen=True):
    """A node: its id, what is written on it, and where it lies (0 to 1 across and down)."""

    id: Id
    label: Label = ""
    x: Share = 0.5
    y: Share = 0.5


class Graph(msgspec.Struct, frozen=True):
    """Nodes, and edges from one node to another as pairs of ids."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[tuple[Id, Id], ...] = ()

    def __contains__(self, id: object) -> bool:
        return any(node.id == id for node in self.nodes)

    def neighbours(self, id: str) -> tuple[str, ...]:
        """Return the ids of the nodes that an edge leads to from here."""
        return tuple(target for source, target in self.edges if source == id)


class Deed(msgspec.Struct, frozen=True):
    """What someone does to a graph; `node` is whom it is about, `to` an edge's other end."""

    do: Literal["move", "add", "rename", "remove", "link", "unlink"]
    node: Id
    to: Id = "-"
    label: Label = ""
    x: Share = 0.5
    y: Share = 0.5


def graph_of(nodes: Iterable[Any], edges: Iterable[Sequence[str]]) -> Graph:
    """Return a graph of nodes, or of ids that are laid out on a ring; raises Misused."""
    given = list(nodes)
    found = [_node(node, at, len(given)) for at, node in enumerate(given)]
    graph = Graph(tuple(found), tuple((str(edge[0]), str(edge[1])) for edge in edges))
    return checked(graph)


def checked(graph: Graph) -> Graph:
    """Return a graph if it is whole: unique ids, edges between nodes, not too many; Misused."""
    ids = [node.id for node in graph.nodes]
    lost = [end for edge in graph.edges for end in edge if end not in ids]
    if len(set(ids)) != len(ids) or lost:
        what = f"an edge leads to {lost[0]}" if lost else "two nodes have one id"
        raise Misused(f"the graph is not whole: {what}", "mend its ids", code="bad_data")
    if len(ids) > LIMITS.panel_nodes_max or len(graph.edges) > LIMITS.panel_edges_max:
        raise Misused("the graph is too large", "the limits are in the docs", code="bad_data")
    return graph


def _node(given: Any, at: int, count: int) -> Node:
    if isinstance(given, Node):
        return given
    turn = 2 * math.pi * at / max(1, count) - math.pi / 2
    name = str(given)
    return Node(name, name, 0.5 + 0.36 * math.cos(turn), 0.5 + 0.36 * math.sin(turn))


def done(graph: Graph, given: Any) -> Graph:
    """Return the graph after a deed; raises Invalid, which leaves it as it was."""
    try:
        deed = msgspec.convert(given, Deed)
    except msgspec.ValidationError as error:
        raise _refused(f"this is no deed of a graph: {error}") from error
    if (deed.do == "add") == (deed.node in graph):
        there = "is there already" if deed.do == "add" else "is not there"
        raise _refused(f"the node {deed.node} {there}")
    return _DEEDS[deed.do](graph, deed)


def whole(given: Any) -> Graph:
    """Return a graph that came as plain data; raises Invalid."""
    try:
        return checked(msgspec.convert(given, Graph))
    except (msgspec.ValidationError, Misused) as error:
        raise _refused(f"this is no graph: {error}") from error


def _move(graph: Graph, deed: Deed) -> Graph:
    return _changed(graph, deed.node, x=deed.x, y=deed.y)


def _rename(graph: Graph, deed: Deed) -> Graph:
    return _changed(graph, deed.node, label=deed.label)


def _changed(graph: Graph, id: str, **fields: Any) -> Graph:
    nodes = [
        msgspec.structs.replace(node, **fields) if node.id == id else node for node in graph.nodes
    ]
    return Graph(tuple(nodes), graph.edges)


def _add(graph: Graph, deed: Deed) -> Graph:
    if len(graph.nodes) >= LIMITS.panel_nodes_max:
        raise _refused(f"a graph has at most {LIMITS.panel_nodes_max} nodes")
    node = Node(deed.node, deed.label or deed.node, deed.x, deed.y)
    return Graph((*graph.nodes, node), graph.edges)


def _remove(graph: Graph, deed: Deed) -> Graph:
    nodes = tuple(node for node in graph.nodes if node.id != deed.node)
    return Graph(nodes, tuple(edge for edge in graph.edges if deed.node not in edge))


def _link(graph: Graph, deed: Deed) -> Graph:
    if deed.to not in graph or deed.to == deed.node:
        raise _refused(f"there is no other node {deed.to}")
    edge = (deed.node, deed.to)
    if edge in graph.edges:
        return graph
    if len(graph.edges) >= LIMITS.panel_edges_max:
        raise _refused(f"a graph has at most {LIMITS.panel_edges_max} edges")
    return Graph(graph.nodes, (*graph.edges, edge))


def _unlink(graph: Graph, deed: Deed) -> Graph:
    edge = (deed.node, deed.to)
    return Graph(graph.nodes, tuple(one for one in graph.edges if one != edge))


def _refused(why: str) -> Invalid:
    return Invalid(why, "see the panel as it is now", code="bad_value")


_DEEDS: Final = {
    "move": _move, "add": _add, "rename": _rename,
    "remove": _remove, "link": _link, "unlink": _unlink,
}  # fmt: skip
