"""A world whose walls hold one of every kind of widget; each says what reached the server."""

import numpy as np

from worldloom import Color, Graph, Panel, Sky, Spawn, Transform, Visitor, World, box
from worldloom.presence.panels.kinds import Upload

CAPTIONS = "WEBVTT\n\n00:02.000 --> 00:03.800\nThe second half\n"

world = World("kinds", title="Every kind")
world.spawn("sky", Sky(hour=12))
world.spawn("ground", box(40, 0.2, 40), Color("#8fa37e"), at=(0, -0.1, 0))
world.spawn("start", Spawn(radius=0.1), Transform((0, 0, 3)))
crate = world.spawn("crate", box(0.4, 0.4, 0.4), Transform((-6, 0.2, -1), (0.0, 0.6, 0.0, 0.8)))

asks = world.use(Panel("Asks", at="wall", place=(-2, 1.5, -2)))
button = asks.button("Button")
toggle = asks.toggle("Toggle")
slider = asks.slider("Slider", 0, 100, 10)
number = asks.number("Number", 5)
choice = asks.choice("Choice", ["north", "south"])
field = asks.field("Field", placeholder="write here")
with asks.tabs("Tabs"):
    with asks.tab("First"):
        asks.text("The first tab.")
    with asks.tab("Second"):
        asks.text("The second tab.", id="behind")
with asks.group("Group", closed=True):
    asks.text("In the group.", id="folded")
with asks.row():
    upload = asks.upload("Upload", accept=["image/"])
    asks.form("tell", send="Tell")
said = asks.text("Nothing yet.", id="said")
asks.text("The valve is shut.", tone="bad", label="Mind", id="mind")

shows = world.use(Panel("Shows", at="wall", place=(0, 1.5, -2)))
shows.markdown("## Markdown\n\nSome **bold** text, and\n\n- 泵站\n- محطة")
shows.image(np.linspace(0, 1, 64 * 24).reshape(24, 64), "A ramp", height=90)
shows.video("film.webm", "Video", captions=CAPTIONS, loop=True)
shows.progress("Progress", 0.4)
shows.meter("Meter", 71, max=100, low=20, high=80, best=10, unit="%")
items = shows.list(["oil", "water"], label="List")
cards = shows.cards([{"title": "Gasket", "key": "gasket"}, {"title": "Bolt", "key": "bolt"}])
table = shows.table(["time", "event"], [["09:00", "start"], ["09:05", "stop"]], label="Table")

draws = world.use(Panel("Draws", at="wall", place=(2, 1.5, -2)))
t = np.linspace(0, 10, 101)
draws.chart("Chart", [t, np.sin(t), np.cos(t)], names=["one", "two"], zoom=True)
draws.histogram("Histogram", np.sin(t) * 10, bins=12, unit="mm")
draws.heat("Heat", np.outer(np.sin(t[:12]), np.cos(t[:20])), unit="V")
shifts = draws.timeline("Timeline", [(0, 8, "Ann", "north"), (2, 12, "Cat", "south")])
graph = draws.graph("Graph", ["pump", "tank"], [("pump", "tank")])

long = world.use(Panel("Long", at="wall", place=(4, 1.5, -2)))
long.table(["number", "name"], [[n, f"part {n * 79 % 500}"] for n in range(500)], label="Parts")
long.toggle("Sorted")

label = world.use(Panel("Label", at=crate, place=(0, 0.7, 0.3), width=0.5))
open_it = label.button("Open the crate")


@world.action
def tell(words: str = "all is well") -> None:
    """Tell something."""
    said.set(text=f"form {words}")


@button
def pressed() -> None:
    """Tell that it was pressed."""
    said.set(text="button")


@open_it
def opened() -> None:
    """Tell that the panel at the crate was pressed."""
    said.set(text="crate")


@toggle
def toggled(visitor: Visitor, value: bool) -> None:
    """Tell how it is switched."""
    said.set(text=f"toggle {value}")


@slider
def slid(visitor: Visitor, value: float) -> None:
    """Tell where it is, once it is far."""
    if value > 50:
        said.set(text="slider is far")


@number
def counted(visitor: Visitor, value: float) -> None:
    """Tell the number."""
    said.set(text=f"number {value:.0f}")


@choice
def chosen(visitor: Visitor, value: str) -> None:
    """Tell what is chosen."""
    said.set(text=f"choice {value}")


@field
def written(visitor: Visitor, value: str) -> None:
    """Tell what was written."""
    said.set(text=f"field {value}")


@upload
def kept(visitor: Visitor, file: Upload) -> None:
    """Tell what came."""
    said.set(text=f"upload {file.name}")


@items
def listed(visitor: Visitor, key: str) -> None:
    """Tell which item was pressed."""
    said.set(text=f"list {key}")


@cards
def taken(visitor: Visitor, key: str) -> None:
    """Tell which card was pressed."""
    said.set(text=f"cards {key}")


@table
def looked(visitor: Visitor, row: int) -> None:
    """Tell which row was pressed."""
    said.set(text=f"table {row}")


@shifts
def moved(visitor: Visitor, at: float) -> None:
    """Tell which stretch was pressed."""
    said.set(text=f"timeline {at:.0f}")


@graph
def drawn(visitor: Visitor, value: Graph) -> None:
    """Tell that a node was moved."""
    if value.nodes[0].x > 0.6:
        said.set(text="graph moved")
