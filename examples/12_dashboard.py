"""A dashboard: a pandas frame as charts, a table and a few readings, live for everyone.

Run it with `loom dev examples/12_dashboard.py`; it needs `pip install pandas`.
"""

import pandas as pd

from worldloom import Panel, Visitor, World

HOURS = pd.date_range("2026-03-01", periods=48, freq="h")
frame = pd.DataFrame(
    {
        "hall": [19 + 0.05 * n + (n % 24) / 6 for n in range(48)],
        "roof": [6 + 9 * ((n % 24) / 24) ** 2 - 0.04 * n for n in range(48)],
        "people": [(n * 37) % 60 for n in range(48)],
    },
    index=HOURS,
)

world = World("dashboard", title="A dashboard")
panel = world.use(Panel("The house"))
panel.markdown("Two days of **the house**, and now.")
with panel.tabs():
    with panel.tab("Now"):
        warm = panel.meter("Hall", 21, min=10, max=30, low=18, high=24, best=21, unit="°C")
        live = panel.chart("Last minutes", [[0.0], [21.0]], names=["hall"], unit="°C", window=120)
        goal = panel.slider("Wanted", 15, 25, 21, step=0.5, unit="°C", scope="all")
        door = panel.toggle("Door open", scope="all")
        airing = panel.button("Open the windows")
    with panel.tab("Two days"):
        panel.chart("Temperatures", frame[["hall", "roof"]], unit="°C")
        panel.histogram("People in an hour", frame["people"], bins=12)
        panel.table(frame.reset_index(names="time").round(1), label="All hours")
said = panel.text("All is well.", live=True)


@world.every(seconds=0.5)
def measure() -> None:
    """Let the hall come nearer to what is wanted, and show it."""
    wanted = goal.value - 4 * door.value
    degrees = warm.value + (wanted - warm.value) * 0.05 + world.random.uniform(-0.1, 0.1)
    warm.set(value=degrees)
    live.append(degrees)


@airing
def air(visitor: Visitor) -> None:
    """Cool the hall at once."""
    warm.set(value=warm.value - 3)
    said.set(text=f"{visitor.name} opened the windows")
