"""A graph editor: what people draw together on a panel stands in the world and is kept.

Run it with `loom dev examples/20_graph.py`. Each change is an event, so the plan comes back after a
restart and can be undone.
"""

from worldloom import (
    Color,
    Component,
    Entered,
    Graph,
    Node,
    Panel,
    Text,
    Transform,
    Visitor,
    World,
    box,
    sphere,
)

world = World("plan", title="A plan")
world.spawn("table", box(4, 0.1, 4), Color("#efe6d2"), at=(0, 0.7, -3))


class Station(Component):
    """A node of the plan: its id, and the ids of those it leads to."""

    id: str
    to: tuple[str, ...] = ()


panel = world.use(Panel("The plan"))
panel.markdown("Drag, add and connect. The *table* shows what you draw.")
plan = panel.graph("Plan", ["well", "mill", "town"], [("well", "mill"), ("mill", "town")])
said = panel.text("")


@plan
def draw(visitor: Visitor, graph: Graph) -> None:
    """Let the table show the graph: a ball for each node, with its name."""
    known = {thing[Station].id: thing for thing in world.find(Station)}
    for gone in known.keys() - {node.id for node in graph.nodes}:
        world.despawn(known[gone])
    for node in graph.nodes:
        station = Station(node.id, graph.neighbours(node.id))
        place = (node.x * 4 - 2, 0.9, node.y * 4 - 5)
        if node.id not in known:
            parts = sphere(0.12), Color("#3a6ea5"), Text(node.label, size=0.16), station
            world.spawn(f"station {node.id}", *parts, at=place)
            continue
        thing = known[node.id]
        if thing[Station] != station:
            thing[Station] = station
        if thing[Text].value != node.label:
            thing.update(Text, value=node.label)
        move(thing.name, place)
    said.set(text=f"{visitor.name} drew {len(graph.nodes)} stations, {len(graph.edges)} ways")


def move(name: str, place: tuple[float, float, float]) -> None:
    """Put a ball elsewhere, if it is elsewhere."""
    if world[name][Transform].position != place:
        world[name].update(Transform, position=place)


@world.on(Entered)
def remember(entered: Entered) -> None:
    """Show the plan as the log has it to who comes after a restart."""
    things = list(world.find(Station))
    if not things:
        return
    nodes, edges = [], []
    for thing in things:
        station, (x, _, z) = thing[Station], thing[Transform].position
        nodes.append(Node(station.id, thing[Text].value, (x + 2) / 4, (z + 5) / 4))
        edges += [(station.id, other) for other in station.to]
    plan.set(value=Graph(tuple(nodes), tuple(edges)))
