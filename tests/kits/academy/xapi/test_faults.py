"""Killed with -9 or given another clock, the record store has kept all that it acknowledged."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.host import SECOND, Host
from tests.kits.academy.xapi.lrs import SCHOOL, Program
from tests.kits.academy.xapi.statements import ANN, FAILED, plain
from worldloom import Personal
from worldloom.kernel.records import read
from worldloom.kernel.world import World
from worldloom.kits.academy import Academy
from worldloom.kits.academy.events import StatementKept
from worldloom.kits.academy.xapi.facets import ALL
from worldloom.kits.academy.xapi.tables import STATEMENTS
from worldloom.stores.verify import verify
from worldloom.testing.fixtures import Server

ROUNDS = 3


@pytest.mark.slow
def test_no_acknowledged_statement_is_lost_by_kills(tmp_path: Path) -> None:
    (tmp_path / "school.py").write_text(SCHOOL)
    server = Server(tmp_path / "realm.loom", str(tmp_path / "school.py")).start()
    known: list[str] = []
    try:
        for _ in range(ROUNDS):
            known += write_until_killed(server)
            server.again()
        lms = Program(server, "reader")
        agent = json.dumps(ANN)
        found = lms.ids(agent=agent, ascending="true", limit=500)
        assert len(set(found)) == len(found)
        missing = set(known) - set(found)
        assert not missing, f"{len(missing)} of {len(known)} acknowledged statements are lost"
        again = plain(id=known[0], actor=ANN)
        assert lms.put(again).status == 204
        assert lms.put({**again, "verb": {"id": FAILED}}).code == "statement_conflict"
        assert lms.one(again["id"]).json["verb"] == again["verb"]
        assert lms.ids(agent=agent, ascending="true", limit=500) == found
    finally:
        server.stop()
    report = verify(str(tmp_path / "realm.loom"))
    assert report.ok, report.lines()


def write_until_killed(server: Server) -> list[str]:
    """Let four programs write at once until the server is killed; return what was acknowledged."""
    known: list[str] = []
    enough = threading.Event()

    def write(program: Program) -> None:
        for number in count():
            batch: list[dict[str, Any]] = [plain(actor=ANN) for _ in range(1 + number % 7)]
            try:
                if program.post(batch).status != 200:
                    return
            except (OSError, ValueError, http.client.HTTPException):
                return
            known.extend(one["id"] for one in batch)
            if len(known) > 150:
                enough.set()

    programs = [Program(server, f"writer{n}") for n in range(4)]
    writers = [threading.Thread(target=write, args=(one,)) for one in programs]
    for writer in writers:
        writer.start()
    assert enough.wait(60)
    server.kill()
    for writer in writers:
        writer.join()
    return known


def test_statements_stay_in_order_when_the_clock_jumps_back() -> None:
    host = Host()
    world = World("school")
    world.use(Academy())
    host.open(world)
    jumps: list[Callable[[int], int]] = [lambda t: t + SECOND, lambda t: t - 86_400 * SECOND,
                                         lambda t: t + 7, lambda t: t - 1]  # fmt: skip
    for jump in jumps:
        told = plain()
        kept = StatementKept(told["id"], Personal(json.dumps(told), of="ann"))
        host.realm.note("school", "test", [kept])
        host.flush()
        host.now = jump(host.now)
    live = host.realm.world("school")
    rows = host.store.select(live.stream, STATEMENTS, {"facet": ALL}, (), 99).rows
    times = [one.time for one in read(host.store.records(live.stream, 0, live.seq))]
    assert len(rows) == len(jumps)
    assert times == sorted(times), "time never runs backwards in a log"
