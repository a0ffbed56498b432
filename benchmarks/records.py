"""How fast are learning records kept and found? Beside plain SQLite insert and select.

Run with `python benchmarks/records.py [--json] [--statements 1000000] [--sent 20000]
[--seconds 60]`. Programs send batches of 100 over HTTP to a real server that answers when they are
durable; SQLite gets the same JSON with three indexes, 100 a transaction. Then pages of 10 by agent,
verb and time are asked for among all statements, and with `--seconds` programs send among all for
so long while such pages are asked for twice a second. The file of so many statements is made once
and kept in the temporary folder.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import math
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import apsw

from tests.server.asking import Site
from worldloom import Personal, World
from worldloom.kernel.realm import Realm
from worldloom.kits.academy import Academy
from worldloom.kits.academy.demo import make_world
from worldloom.kits.academy.events import StatementKept
from worldloom.kits.academy.xapi.keeping import person_of
from worldloom.kits.academy.xapi.values import spelled
from worldloom.stores.sqlite import SqliteStore
from worldloom.testing.fixtures import Server

FORM = 3
BATCH, SENDERS = 100, 4
AGENTS, VERBS, ACTIVITIES = 1_000, 20, 200
FILL_GROUPS = 50
"""Batches in a commit where the file of all statements is made."""
BEGIN_US = 1_750_000_000_000_000
STEP_US = 1_000_000
ASKED, WARM = 300, 30
PREPARED_PER_S = 6_000
"""Statements a second that are made before they are sent for some time."""
WINDOW_S = 5
ASKS_EVERY_S = 0.5
KEEPER = """
CREATE TABLE IF NOT EXISTS statement(
    id TEXT PRIMARY KEY, agent TEXT, verb TEXT, stored TEXT, body TEXT);
CREATE INDEX IF NOT EXISTS by_agent ON statement(agent, verb, stored);
CREATE INDEX IF NOT EXISTS by_verb ON statement(verb, stored);
CREATE INDEX IF NOT EXISTS by_time ON statement(stored);
"""


def agent(number: int) -> dict[str, object]:
    """Return one of the learners."""
    return {"objectType": "Agent", "name": f"Learner {number}",
            "mbox": f"mailto:learner{number}@example.com"}  # fmt: skip


def statements(count: int, seed: int = 7) -> Iterator[dict[str, object]]:
    """Yield statements as courses make them, about 600 bytes each."""
    choose = random.Random(seed)
    for _ in range(count):
        step = choose.randrange(ACTIVITIES)
        verb = f"https://example.com/verbs/{choose.randrange(VERBS)}"
        who, course = choose.randrange(AGENTS), step // 20
        # A learner takes a course under one registration.
        registration = str(UUID(int=who << 64 | course, version=4))
        yield {
            "id": str(UUID(int=choose.getrandbits(128), version=4)),
            "actor": agent(who),
            "verb": {"id": verb, "display": {"en": "did"}},
            "object": {"id": f"https://example.com/steps/{step}",
                       "definition": {"name": {"en": f"Step {step}"}}},
            "result": {"score": {"scaled": round(choose.random(), 3)}, "success": True,
                       "duration": f"PT{choose.randrange(60)}.5S"},
            "context": {"registration": registration, "contextActivities": {
                "parent": [{"id": f"https://example.com/courses/{course}"}]}},
        }  # fmt: skip


def headers_of(server: Server) -> dict[str, str]:
    """Return what a program with a token of its own sends."""
    made = Site(server).owner().post("/api/auth/tokens", {"account": "lms", "role": "records"}).json
    pair = base64.b64encode(f"{made['id']}:{made['token']}".encode()).decode()
    return {"Authorization": f"Basic {pair}", "X-Experience-API-Version": "1.0.3",
            "Content-Type": "application/json"}  # fmt: skip


class Line:
    """One kept connection to a record store."""

    def __init__(self, server: Server, headers: dict[str, str]) -> None:
        parts = urlsplit(server.url)
        self._line = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=60)
        self._headers = headers

    def ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """Return what is answered; anything but 200 ends the benchmark."""
        self._line.request(method, f"/xapi/{path}", body, self._headers)
        answer = self._line.getresponse()
        said = answer.read()
        assert answer.status == 200, said[:500]
        return said


def cpu_seconds(server: Server) -> float:
    """Return the CPU seconds that a server has used, where Linux tells them."""
    path = Path(f"/proc/{server.pid}/stat")
    if not path.exists():
        return 0.0
    told = path.read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


class Sent(NamedTuple):
    """What came of sending: statements a second, CPU microseconds a statement, worst 5 seconds."""

    per_s: float
    cpu_us: float
    worst_per_s: float


def keep_rate(server: Server, count: int, seconds: float = math.inf) -> Sent:
    """Send statements by some programs at once, until so many are kept or the time is over.

    The CPU is the server's: what the rate would be on a core of its own.
    """
    headers, told = headers_of(server), statements(count, seed=int(time.time()))
    bodies = [json.dumps(list(islice(told, BATCH))).encode() for _ in range(0, count, BATCH)]
    bodies.reverse()
    lines = [Line(server, headers) for _ in range(SENDERS)]
    ends: list[float] = []
    start, used = time.perf_counter(), cpu_seconds(server)

    def send(line: Line) -> None:
        while time.perf_counter() < start + seconds:
            try:
                body = bodies.pop()
            except IndexError:
                return
            line.ask("POST", "statements", body)
            ends.append(time.perf_counter() - start)

    together(partial(send, line) for line in lines)
    kept, took = len(ends) * BATCH, max(ends)
    windows = [
        sum(begin <= end < begin + WINDOW_S for end in ends) * BATCH / WINDOW_S
        for begin in range(int(took) - WINDOW_S + 1)
    ]
    cpu = (cpu_seconds(server) - used) / kept * 1e6
    return Sent(kept / took, cpu, min(windows, default=kept / took))


def together(works: Iterable[Callable[[], None]]) -> None:
    """Run functions in threads of their own until all have ended; raises what one of them did."""
    with ThreadPoolExecutor(SENDERS) as pool:
        for done in [pool.submit(work) for work in works]:
            done.result()


def plain_rate(writer: apsw.Connection, count: int, begin_us: int) -> float:
    """Return the statements a second that SQLite keeps, synced, in transactions of a batch."""
    told = list(statements(count, seed=3))
    start = time.perf_counter()
    for at in range(0, count, BATCH):
        insert(writer, told[at : at + BATCH], begin_us + at)
    return count / (time.perf_counter() - start)


def plain_file(path: Path) -> apsw.Connection:
    """Return a file with one table and its indexes, made when absent."""
    writer = apsw.Connection(str(path))
    writer.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;").fetchall()
    writer.execute(KEEPER).fetchall()
    return writer


def insert(writer: apsw.Connection, told: list[dict[str, object]], time_us: int) -> None:
    """Insert a batch in one transaction."""
    with writer:
        writer.executemany(
            "INSERT INTO statement VALUES(?,?,?,?,?)",
            [(one["id"], one["actor"]["mbox"], one["verb"]["id"],  # type: ignore[index]
              spelled(time_us + at), json.dumps(one)) for at, one in enumerate(told)],
        )  # fmt: skip


def big_realm(count: int) -> tuple[Path, Path]:
    """Return a realm and a plain file of so many statements, made where they are not there yet."""
    folder = Path(os.environ.get("WORLDLOOM_BENCH") or tempfile.gettempdir()) / "worldloom-bench"
    folder.mkdir(parents=True, exist_ok=True)
    realm, plain = (folder / f"{count}-statements-{FORM}.{end}" for end in ("loom", "db"))
    if not (realm.exists() and plain.exists()):
        fresh = realm.with_suffix(".new"), plain.with_suffix(".new-db")
        for path in fresh:
            path.unlink(missing_ok=True)
        fill(*fresh, count)
        for made, kept in zip(fresh, (realm, plain), strict=True):
            made.rename(kept)
    return realm, plain


def fill(realm_file: Path, plain_path: Path, count: int) -> None:
    """Write statements through a realm as its door does, and into a plain file."""
    now = BEGIN_US
    store = SqliteStore(str(realm_file))
    realm = Realm(store, lambda: now, os.urandom)
    realm.open(make_world())
    writer = plain_file(plain_path)
    home = Academy().home
    told = statements(count)
    for _ in range(0, count, BATCH):
        batch = list(islice(told, BATCH))
        events = [StatementKept(str(one["id"]), Personal(json.dumps(one), of=person_of(
            one["actor"], home)), "1.0.3", "lms") for one in batch]  # type: ignore[arg-type]  # fmt: skip

        def append(world: World, events: list[StatementKept] = events) -> None:
            for event in events:
                world.append(event)

        now += STEP_US
        realm.decide("academy", "door:xapi", append, "lms")
        if len(realm.outbox) >= FILL_GROUPS:
            keep(realm, store)
        insert(writer, batch, now)
    keep(realm, store)
    for snapshot in realm.close():
        snapshot.save(store)
    store.close()
    writer.close()


def keep(realm: Realm, store: SqliteStore) -> None:
    """Commit what a realm decided, at once."""
    waiting = list(realm.outbox)
    realm.outbox.clear()
    for sealed, error in zip(waiting, store.commit([one.group for one in waiting]), strict=True):
        realm.committed(sealed, error)
    store.maintain()


def waits(ask: Callable[[random.Random], None], often: int = ASKED) -> list[float]:
    """Return what a question took each time, in milliseconds."""
    choose, took = random.Random(11), []
    for number in range(often + WARM):
        start = time.perf_counter()
        ask(choose)
        if number >= WARM:
            took.append((time.perf_counter() - start) * 1e3)
    return took


def late(took: list[float]) -> float:
    """Return the 95th percentile."""
    return statistics.quantiles(took, n=20)[-1]


class Wishes:
    """Pages of 10 by agent, verb and time, chosen by chance."""

    def __init__(self, count: int) -> None:
        self._span = count // BATCH * STEP_US

    def wish(self, choose: random.Random) -> tuple[dict[str, object], str, str]:
        """Return agent, verb and until when."""
        until = spelled(BEGIN_US + choose.randrange(self._span // 10, self._span))
        number = choose.randrange(AGENTS)
        return agent(number), f"https://example.com/verbs/{choose.randrange(VERBS)}", until

    def ask(self, line: Line, choose: random.Random) -> None:
        """Ask a record store."""
        who, verb, until = self.wish(choose)
        query = urlencode({"agent": json.dumps(who), "verb": verb, "until": until, "limit": 10})
        line.ask("GET", f"statements?{query}")

    def select(self, reader: apsw.Connection, choose: random.Random) -> None:
        """Ask a plain file."""
        who, verb, until = self.wish(choose)
        asked = ("SELECT body FROM statement WHERE agent=? AND verb=? AND stored<=?"
                 " ORDER BY stored DESC LIMIT 10")  # fmt: skip
        reader.execute(asked, (who["mbox"], verb, until)).fetchall()


def sustain(server: Server, wishes: Wishes, seconds: float) -> dict[str, object]:
    """Send for some time while pages are asked for; return what was kept, and what they took."""
    line, choose, over, took = Line(server, headers_of(server)), random.Random(5), Event(), []

    def ask() -> None:
        while not over.wait(ASKS_EVERY_S):
            start = time.perf_counter()
            wishes.ask(line, choose)
            took.append((time.perf_counter() - start) * 1e3)

    asker = Thread(target=ask)
    asker.start()
    try:
        sent = keep_rate(server, int(seconds * PREPARED_PER_S), seconds)
    finally:
        over.set()
        asker.join()
    return {
        "seconds": seconds, "kept_per_s_sustained": round(sent.per_s),
        "kept_per_s_worst_5_s": round(sent.worst_per_s),
        "cpu_us_a_statement_sustained": round(sent.cpu_us),
        "query_meanwhile_ms": round(statistics.median(took), 2),
        "query_meanwhile_p95_ms": round(late(took), 2),
    }  # fmt: skip


def among_all(realm: Path, wishes: Wishes, sent: int, seconds: float) -> dict[str, object]:
    """Return how a server asks and keeps that has all statements."""
    server = Server(realm, "academy", command="demo").start()
    try:
        line = Line(server, headers_of(server))
        used = cpu_seconds(server)
        took = waits(partial(wishes.ask, line))
        asked_cpu = (cpu_seconds(server) - used) / (ASKED + WARM) * 1e3
        kept = keep_rate(server, sent)
        more = sustain(server, wishes, seconds) if seconds else {}
    finally:
        server.stop()
    return {
        "kept_per_s_among_all": round(kept.per_s), "cpu_us_a_statement_among_all":
        round(kept.cpu_us), **more, "query_cpu_ms": round(asked_cpu, 2),
        "query_ms": round(statistics.median(took), 2), "query_p95_ms": round(late(took), 2),
    }  # fmt: skip


def measure(count: int, sent: int, seconds: float) -> dict[str, object]:
    """Run both sides and return what was found."""
    realm, plain = big_realm(count)
    wishes = Wishes(count)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fresh = Server(folder / "fresh.loom", "academy", command="demo").start()
        try:
            kept = keep_rate(fresh, sent)
        finally:
            fresh.stop()
        writer = plain_file(folder / "plain.db")
        beside = plain_rate(writer, sent, BEGIN_US)
        writer.close()
        shutil.copy(realm, folder / "realm.loom")
        among = among_all(folder / "realm.loom", wishes, sent, seconds)
        (folder / "realm.loom").unlink()
        reader = apsw.Connection(str(plain))
        selected = waits(partial(wishes.select, reader))
        reader.close()
        shutil.copy(plain, folder / "all.db")
        writer = plain_file(folder / "all.db")
        beside_among = plain_rate(writer, sent, BEGIN_US + count // BATCH * STEP_US)
        writer.close()
    return {
        "benchmark": "records", "statements": count, "sent": sent,
        "kept_per_s": round(kept.per_s), "cpu_us_a_statement": round(kept.cpu_us),
        "plain_insert_per_s": round(beside), "ratio_to_plain_insert": round(kept.per_s / beside, 3),
        **among, "plain_insert_per_s_among_all": round(beside_among),
        "plain_select_ms": round(statistics.median(selected), 3),
        "plain_select_p95_ms": round(late(selected), 3),
        "bytes_a_statement": round(realm.stat().st_size / count),
        "plain_bytes_a_statement": round(plain.stat().st_size / count),
    }  # fmt: skip


def figures(found: Mapping[str, Any]) -> list[str]:
    """Return the rows of docs/operating/figures.md that a run comes to."""
    small, all_ms = found["kept_per_s"], (found["query_ms"], found["query_p95_ms"])
    kept, share = f"{small:,} a second", f"{found['ratio_to_plain_insert']:.2f}"
    asked = "{:.1f} ms, p95 {:.1f} ms".format(*all_ms)
    if "kept_per_s_sustained" in found:
        lasting, worst = found["kept_per_s_sustained"], found["kept_per_s_worst_5_s"]
        kept += (f"; among a million for {found['seconds']:g} seconds {lasting:,},"
                 f" in the worst five {worst:,}")  # fmt: skip
        share += f" and {lasting / found['plain_insert_per_s_among_all']:.2f}"
        asked += (f"; while those are kept {found['query_meanwhile_ms']:.1f} ms,"
                  f" p95 {found['query_meanwhile_p95_ms']:.1f} ms")  # fmt: skip
    else:
        kept += f", {found['kept_per_s_among_all']:,} among a million"
    return [
        f"| learning records kept by one process, batches of 100 over HTTP | {kept} |"
        f" {share} of plain SQLite inserts; our aim: 2,000 |",
        f"| a page of them by agent, verb and time among a million | {asked} |"
        f" a plain SELECT: {found['plain_select_ms']:.2f} ms; our aim: p95 50 ms |",
    ]


def main() -> None:
    """Print what was found, for people or as one JSON line; beside it the rows of the docs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--statements", type=int, default=1_000_000)
    parser.add_argument("--sent", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=0)
    asked = parser.parse_args()
    found = measure(asked.statements, asked.sent, asked.seconds)
    if asked.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name}: {value}")
    print(*figures(found), sep="\n", file=sys.stderr)


if __name__ == "__main__":
    main()
