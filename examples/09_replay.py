"""A replay from a new angle: the way of a thing through its world's past, drawn from above.

Push the ball about in the plaza, then run
`python examples/09_replay.py http://localhost:7400/w/plaza ball above.svg`, or with `side` at the
end to stand beside it. No camera ran: every moment is the log's own state at a seq.
"""

import json
import sys
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

Point = tuple[float, float, float]
ANGLES: dict[str, Callable[[Point], tuple[float, float]]] = {
    "above": lambda at: (at[0], at[2]),
    "side": lambda at: (-at[2], -at[1]),
    "front": lambda at: (at[0], -at[1]),
}
"""How a place in metres falls on the paper: right and down."""


def ask(url: str, path: str) -> Any:
    """Ask the server that a world's page comes from."""
    parts = urlsplit(url)
    world = parts.path.rsplit("/", 1)[-1]
    with urlopen(f"{parts.scheme}://{parts.netloc}/api/worlds/{world}/{path}") as answer:
        return json.load(answer)


def moments(url: str) -> Iterator[tuple[int, int]]:
    """Yield (seq, time) of the last record of every group in which something stood elsewhere."""
    after, found = 0, None
    while page := ask(url, f"events?after={after}&limit=1000")["records"]:
        for record in page:
            if found and record.get("group") != found[0]:
                yield found[1:]
                found = None
            moved = record.get("kind") == "Spawned" or (
                record.get("kind") == "Changed" and record["data"]["component"] == "Transform"
            )
            if moved or (found and record.get("group") == found[0]):
                found = record["group"], record["seq"], record["time"]
        after = page[-1]["seq"]
    if found:
        yield found[1:]


def place(entities: dict[str, Any], entity: dict[str, Any]) -> Point:
    """Return where a thing stands, parents included; they are taken as not turned."""
    x = y = z = 0.0
    while entity:
        dx, dy, dz = entity["components"].get("Transform", {}).get("position", (0, 0, 0))
        x, y, z = x + dx, y + dy, z + dz
        entity = entities.get(entity["parent"], {})
    return x, y, z


def track(url: str, name: str) -> list[tuple[int, int, Point]]:
    """Return (seq, time, place) of a thing at each moment that it stood somewhere else."""
    found: list[tuple[int, int, Point]] = []
    for seq, time in moments(url):
        entities = ask(url, f"state?seq={seq}")["entities"]
        thing = next((one for one in entities.values() if one["name"] == name), None)
        if thing and (not found or found[-1][2] != place(entities, thing)):
            found.append((seq, time, place(entities, thing)))
    return found


def draw(way: list[tuple[int, int, Point]], angle: str) -> str:
    """Return the way as SVG, 100 pixels a metre, each stop with its seq and second."""
    spots = [ANGLES[angle](at) for _, _, at in way]
    left, top = min(x for x, _ in spots) - 1, min(y for _, y in spots) - 1
    width, height = max(x for x, _ in spots) + 1 - left, max(y for _, y in spots) + 1 - top
    line = " ".join(f"{x:.3f},{y:.3f}" for x, y in spots)
    stops = "".join(
        f'<circle cx="{x:.3f}" cy="{y:.3f}" r="0.06"/>'
        f'<text x="{x + 0.1:.3f}" y="{y - 0.1:.3f}">{seq}: {(time - way[0][1]) / 1e6:.0f} s</text>'
        for (seq, time, _), (x, y) in zip(way, spots, strict=True)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * 100:.0f}" '
        f'height="{height * 100:.0f}" viewBox="{left:.3f} {top:.3f} {width:.3f} {height:.3f}" '
        f'font-size="0.15" fill="#24506b"><title>{escape(angle)}</title>'
        f'<polyline points="{line}" fill="none" stroke="#c9a227" stroke-width="0.04"/>'
        f"{stops}</svg>\n"
    )


def main(url: str, name: str, target: str, angle: str = "above") -> int:
    """Write the picture and print the way."""
    way = track(url, name)
    if not way:
        print(f"nothing was ever called {name} there")
        return 1
    for seq, _, (x, y, z) in way:
        print(f"{seq:>8}  {x:8.2f} {y:8.2f} {z:8.2f}")
    Path(target).write_text(draw(way, angle))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:5]))
