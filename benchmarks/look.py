"""How long does an agent wait for a look? A world of 1,000 entities, beside a bare HTTP answer.

Run with `python benchmarks/look.py [--json] [--calls 2000] [--things 1000] [--rounds 3]`. Each
round asks `GET /healthz` and then `look` over MCP on one kept connection, with an agent's own
token, in a world that stands still and in one where its owner changes something before each look;
trust the ratios. A look above what we aim at ends it with 1.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import sys
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
AIM_MS = {"p50": 5.0, "p99": 25.0}
OFTEN = {"mcp_calls_per_second_max": 100_000, "mcp_calls_burst_max": 100_000}
"""No agent may look this often; each look is as long as for one that does so now and then."""
KINDS = ("bare", "look", "look_after_change")


class Line:
    """One kept connection to the server, of someone with a token."""

    def __init__(self, server: Server, secret: str) -> None:
        parts = urlsplit(server.url)
        self._line = http.client.HTTPConnection(parts.hostname or "", parts.port or 80)
        self._headers = {"Authorization": f"Bearer {secret}"}

    def ask(self, method: str, path: str, body: Any = None) -> bytes:
        """Return an answer's body."""
        data = None if body is None else json.dumps(body).encode()
        self._line.request(method, path, data, self._headers)
        answer = self._line.getresponse()
        found = answer.read()
        assert answer.status in (200, 201), found
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


def enter(server: Server) -> tuple[Line, Line]:
    """Return an owner's line and the line of an agent that may look and no more."""
    found = running_server(server.realm)
    assert found is not None
    owner = Line(server, found["secret"])
    wish = {"account": "bench", "role": "visitor", "scopes": ["look"], "agent": True}
    return owner, Line(server, json.loads(owner.ask("POST", "/api/auth/tokens", wish))["token"])


def measure(owner: Line, agent: Line, calls: int) -> dict[str, float]:
    """Return the percentiles of one round, in milliseconds."""
    found: dict[str, float] = {}
    for name in KINDS:
        taken = []
        for number in range(calls if name != "look_after_change" else calls // 4):
            if name == "look_after_change":
                owner.change(number)
            began = time.perf_counter()
            agent.health() if name == "bare" else agent.look()
            taken.append((time.perf_counter() - began) * 1e3)
        taken.sort()
        found[f"{name}_p50_ms"] = taken[len(taken) // 2]
        found[f"{name}_p99_ms"] = taken[len(taken) * 99 // 100]
    return found


def run(calls: int, things: int, rounds: int) -> dict[str, Any]:
    """Return the medians of some rounds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "field.py"
        path.write_text(WORLD.format(things=things))
        server = Server(Path(folder) / "realm.loom", str(path), limits=OFTEN)
        server.start()
        try:
            owner, agent = enter(server)
            measure(owner, agent, 50)
            found = [measure(owner, agent, calls) for _ in range(rounds)]
        finally:
            server.stop()
    told: dict[str, Any] = {"benchmark": "look", "things": things, "calls": calls, "by": "an agent"}
    for name in found[0]:
        told[name] = round(statistics.median(one[name] for one in found), 3)
    told["look_of_bare"] = round(told["look_p50_ms"] / told["bare_p50_ms"], 1)
    return told


def above_aim(found: dict[str, Any]) -> list[str]:
    """Return what took longer than we aim at."""
    return [
        f"{kind}_{part} {found[f'{kind}_{part}_ms']} ms > {most} ms"
        for kind in KINDS[1:]
        for part, most in AIM_MS.items()
        if found[f"{kind}_{part}_ms"] > most
    ]


def main() -> None:
    """Print one line, or a table; ends with 1 where a look took longer than we aim at."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--calls", type=int, default=2_000)
    parser.add_argument("--things", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    found = run(asked.calls, asked.things, asked.rounds)
    if asked.json:
        print(json.dumps(found))
    else:
        for name in KINDS:
            p50, p99 = found[f"{name}_p50_ms"], found[f"{name}_p99_ms"]
            print(f"{name.replace('_', ' '):18} p50 {p50:.2f} ms, p99 {p99:.2f} ms")
        print(f"a look takes {found['look_of_bare']} times a bare answer")
    if slow := above_aim(found):
        sys.exit("; ".join(slow))


if __name__ == "__main__":
    main()
