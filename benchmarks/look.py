"""How long does an agent wait for a look? A world of 1,000 entities, beside a bare HTTP answer.

Run with `python benchmarks/look.py [--json] [--calls 2000] [--things 1000] [--rounds 3]`. Each
round asks `GET /healthz` and then `look` over MCP on one kept connection, in a world that stands
still and in one where something changes before each look; trust the ratios.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from worldloom.server.cli.door import running_server
from worldloom.testing.fixtures import Server

WORLD = '''"""A field of things."""

from worldloom import Color, Use, World, sphere

world = World("field")
for n in range({things}):
    parts = (sphere(radius=0.2), Color("#ff8800"), Use("push_it", f"Thing {{n}}"))
    world.spawn(f"thing {{n}}", *parts, at=(n % 40, 1, n // 40))


@world.action
def push_it() -> None:
    """Do nothing."""
'''
LOOK = {"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "look", "arguments": {}}}  # fmt: skip


class Line:
    """One kept connection to the server."""

    def __init__(self, server: Server) -> None:
        parts = urlsplit(server.url)
        found = running_server(server.realm)
        assert found is not None
        self._line = http.client.HTTPConnection(parts.hostname or "", parts.port or 80)
        self._headers = {"Authorization": f"Bearer {found['secret']}"}

    def ask(self, method: str, path: str, body: Any = None) -> bytes:
        """Return an answer's body."""
        data = None if body is None else json.dumps(body).encode()
        self._line.request(method, path, data, self._headers)
        answer = self._line.getresponse()
        found = answer.read()
        assert answer.status == 200, found
        return found

    def health(self) -> None:
        """Ask for the least that the server answers."""
        self.ask("GET", "/healthz")

    def look(self) -> None:
        """Look around as an agent does."""
        self.ask("POST", "/mcp/field", LOOK)

    def change(self, number: int) -> None:
        """Let something in the world be another than before."""
        fields = {"value": f"#{number % 0xFFFFFF:06x}"}
        wish = {"entity": "thing 7", "component": "Color", "fields": fields}
        self.ask("POST", "/api/worlds/field/actions/set", wish)


def measure(line: Line, calls: int) -> dict[str, float]:
    """Return the percentiles of one round, in milliseconds."""
    found: dict[str, float] = {}
    for name in ("bare", "look", "look_after_change"):
        taken = []
        for number in range(calls if name != "look_after_change" else calls // 4):
            if name == "look_after_change":
                line.change(number)
            began = time.perf_counter()
            line.health() if name == "bare" else line.look()
            taken.append((time.perf_counter() - began) * 1e3)
        taken.sort()
        found[f"{name}_p50_ms"] = taken[len(taken) // 2]
        found[f"{name}_p99_ms"] = taken[len(taken) * 99 // 100]
    return found


def run(calls: int, things: int, rounds: int) -> dict[str, object]:
    """Return the medians of some rounds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "field.py"
        path.write_text(WORLD.format(things=things))
        server = Server(Path(folder) / "realm.loom", str(path))
        server.start()
        try:
            line = Line(server)
            measure(line, 50)
            found = [measure(line, calls) for _ in range(rounds)]
        finally:
            server.stop()
    told: dict[str, object] = {"benchmark": "look", "things": things, "calls": calls}
    for name in found[0]:
        told[name] = round(statistics.median(one[name] for one in found), 3)
    return told


def main() -> None:
    """Print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--calls", type=int, default=2_000)
    parser.add_argument("--things", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    found = run(asked.calls, asked.things, asked.rounds)
    if asked.json:
        print(json.dumps(found))
        return
    for name in ("bare", "look", "look_after_change"):
        p50, p99 = found[f"{name}_p50_ms"], found[f"{name}_p99_ms"]
        print(f"{name.replace('_', ' '):18} p50 {p50:.2f} ms, p99 {p99:.2f} ms")


if __name__ == "__main__":
    main()
