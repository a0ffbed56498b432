"""A world whose panels hold one of every widget, for the tests of what people see of them."""

import asyncio

import numpy as np

from worldloom import (
    Color,
    Event,
    Graph,
    Panel,
    Refused,
    Request,
    Sky,
    Spawn,
    Transform,
    Visitor,
    World,
    box,
    progress,
)
from worldloom.presence.panels.kinds import Upload

world = World("panels", title="Panels")
world.spawn("sky", Sky(hour=15))
world.spawn("ground", box(40, 0.2, 40), Color("#8fa37e"), at=(0, -0.1, 0))
world.spawn("start", Spawn(radius=0.1), Transform((0, 0, 4)))
lamp = world.spawn("lamp", box(0.4, 0.4, 0.4), Color("#444444"), at=(0, 1, 0))

panel = world.use(Panel("Pump station"))
panel.markdown(
    "**Pump 7** feeds the *north* tank. See [the manual](/).\n\n"
    "- 泵站 七号 / ポンプ\n- محطة الضخ\n- `p7`"
)
with panel.tabs("Parts"):
    with panel.tab("Control"):
        on = panel.toggle("Running", True, scope="all")
        speed = panel.slider("Speed", 0, 3000, 1200, step=10, unit="rpm")
        limit = panel.number("Alarm at", 80, min=0, max=120, unit="°C")
        mode = panel.choice("Mode", ["auto", "manual", "eco"], scope="all")
        town = panel.choice("Town", [f"Town {n}" for n in range(1, 31)])
        note = panel.field("Note", placeholder="what did you see?")
        long = panel.field("Report", lines=3)
        fill = panel.progress("Tank", 0.4)
        load = panel.meter("Load", 71, max=100, low=20, high=80, best=10, unit="%")
        start = panel.button("Prime the pump")
    with panel.tab("Data"):
        log = panel.table(
            ["time", "event", "°C"],
            [
                [
                    f"{9 + i // 60:02d}:{i % 60:02d}",
                    ["start", "stop", "valve 阀门"][i % 3],
                    50 + i * 7 % 40,
                ]
                for i in range(24)
            ],
            label="Log",
        )
        big = panel.table(
            {"number": range(10_000), "name": [f"part {n * 7919 % 10_000}" for n in range(10_000)]},
            label="Parts",
        )
    with panel.tab("Things"):
        tasks = panel.list(
            ["Check the valve", {"title": "Oil it", "text": "Every week", "key": "oil"}]
        )
        stock = panel.cards(
            [
                {"title": "Gasket", "text": "12 left", "label": "Take one", "key": "gasket"},
                {"title": "Bolt", "text": "400 left", "label": "Take one", "key": "bolt"},
            ]
        )
        photo = panel.upload("Photo", accept=["image/"])
        picture = panel.image(
            np.linspace(0, 1, 64 * 48).reshape(48, 64),
            "A ramp from black to white",
        )
said = panel.text("Ready.", live=True)
with panel.group("Paint the lamp", closed=False):
    panel.form("paint")

secret = world.use(Panel("Owner's desk", for_="owner"))
secret.text("Only for owners.")


@world.action
def paint(colour: str = "#ff8800", bright: bool = False) -> None:
    """Paint the lamp."""
    lamp[Color] = Color(colour, glow=1.0 if bright else 0.0)


@start
def prime(visitor: Visitor) -> None:
    """Tell who primed it, unless it would be too fast."""
    if speed.of(visitor) > 2900:
        raise Refused("the pump would break", "go slower")
    said.set(text=f"{visitor.name} primed it at {speed.of(visitor):.0f} rpm")
    lamp[Color] = Color("#00ff00")


@mode
def choose(visitor: Visitor, value: str) -> None:
    """Tell the mode."""
    if value == "eco":
        raise Refused("eco is for winter")
    said.set(text=f"mode {value}")


@stock
def take(visitor: Visitor, key: str) -> None:
    """Tell what was taken."""
    said.set(text=f"took {key}")


@log
def look(visitor: Visitor, row: int) -> None:
    """Tell which row was pressed."""
    said.set(text=f"row {row}")


@photo
def keep(visitor: Visitor, file: Upload) -> None:
    """Tell what came."""
    said.set(text=f"{file.name} came")


t = np.linspace(0, 10, 101)
lab = world.use(Panel("Lab", id="lab"))
with lab.tabs("Kinds"):
    with lab.tab("Lines"):
        heat = lab.chart("Temperature", [t, 60 + 8 * np.sin(t), 55 + 5 * np.cos(1.3 * t)],
                         names=["bearing", "motor"], unit="°C", window=200)  # fmt: skip
        lab.chart(
            "Shops",
            [["north", "south", "east"], [3, 5, 2], [4, 1, 6]],
            names=["2025", "2026"],
            kind="bar",
        )
        lab.chart("Cloud", {"a": np.sqrt(t), "b": t / 4}, x=t, kind="scatter")
        lab.histogram("Spread", np.sin(t) * 10, bins=12, unit="mm")
        lab.heat("Field", np.outer(np.sin(t[:24]), np.cos(t[:40])), unit="V")
    with lab.tab("Many"):
        lab.chart(
            "Long",
            [np.arange(20_000.0), np.cumsum(np.sin(np.arange(20_000.0) / 99))],
            names=["sum"],
        )
    with lab.tab("Plans"):
        plan = lab.graph("Route", ["start", "pump", "tank"], [("start", "pump"), ("pump", "tank")])
        shifts = lab.timeline(
            "Shifts",
            [(0, 8, "Ann", "north"), (8, 16, "Bob", "north"), (2, 12, "Cat", "south")],
            value=5,
        )
seen = lab.text("Nothing yet.")
grow = lab.button("Grow", main=False)


@grow
def more() -> None:
    """Add a point to the chart."""
    heat.append(11, 70, 40)


@plan
def changed(visitor: Visitor, graph: Graph) -> None:
    """Tell how large the graph is."""
    seen.set(text=f"{len(graph.nodes)} nodes, {len(graph.edges)} edges")


@shifts
def pick(visitor: Visitor, at: float) -> None:
    """Tell which stretch was pressed, or which moment was chosen."""
    seen.set(text=f"shift {at}")


class Prime(Request):
    """The pump shall be primed."""

    steps: int


class Primed(Event):
    """It is."""

    steps: int


@world.action(long=True)
def prime_pump(steps: int = 4) -> None:
    """Prime the pump; of more than four steps it does four, and no end."""
    world.append(Prime(steps))


@world.adapter(Prime)
async def open_valves(asked: Prime, key: str) -> Primed:
    """Open one valve after another, four at most."""
    for step in range(1, min(asked.steps, 4) + 1):
        progress(step, asked.steps, f"valve {step} is open")
    if asked.steps > 4:
        await asyncio.sleep(3600)
    return Primed(asked.steps)


board = world.use(Panel("Board", at="wall", place=(0, 1.6, 1), width=1.2))
board.markdown(
    "# On the wall\n\nA line of **bold** text that is long enough to be broken into two lines.\n\n"
    "- 泵站 七号 ポンプ\n- محطة الضخ"
)
shine = board.toggle("Lamp", scope="all")
level = board.slider("Level", 0, 100, 50)
board.number("Warn at", 80, unit="°C")
board.choice("Way", ["up", "down"])
board.field("Who", "Ada")
board.progress("Basin", 0.4)
board.chart("Heat", [[0, 1, 2, 3], [3, 1, 4, 2]], names=["y"])
board.table(["time", "event"], [["09:00", "start"], ["09:05", "stop"]], label="Log")
told = board.text("Nothing yet.")
ask = board.button("Ask")


@ask
def answer() -> None:
    """Tell that somebody asked."""
    told.set(text="asked")


@level
def levelled(visitor: Visitor, value: float) -> None:
    """Tell the level."""
    told.set(text=f"level {value:.0f}")
