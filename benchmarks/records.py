"""How fast are learning records kept and found? Beside plain SQLite insert and select.

Run with `python benchmarks/records.py [--json] [--statements 1000000] [--sent 20000]`. Programs
send batches of 100 over HTTP to a real server that answers when they are durable; SQLite gets the
same JSON with three indexes, 100 a transaction. Then pages of 10 by agent, verb and time are asked
for among all statements: the file of so many is made once and kept in the temporary folder.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import os
import random
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
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

FORM = 1
BATCH, SENDERS = 100, 4
AGENTS, VERBS, ACTIVITIES = 1_000, 20, 200
BEGIN_US = 1_750_000_000_000_000
STEP_US = 1_000_000
ASKED, WARM = 300, 30
KEEPER = """
CREATE TABLE statement(id TEXT PRIMARY KEY, agent TEXT, verb TEXT, stored TEXT, body TEXT);
CREATE INDEX by_agent ON statement(agent, verb, stored);
CREATE INDEX by_verb ON statement(verb, stored);
CREATE INDEX by_time ON statement(stored);
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


def keep_rate(server: Server, count: int) -> tuple[float, float]:
    """Return the statements a second that a server keeps for some programs at once, and its CPU.

    The CPU is microseconds a statement: what the rate would be on a core of its own.
    """
    headers, told = headers_of(server), list(statements(count, seed=int(time.time())))
    bodies = [json.dumps(told[at : at + BATCH]).encode() for at in range(0, count, BATCH)]
    lines = [Line(server, headers) for _ in range(SENDERS)]

    def send(number: int) -> None:
        for body in bodies[number::SENDERS]:
            lines[number].ask("POST", "statements", body)

    senders = [threading.Thread(target=send, args=(number,)) for number in range(SENDERS)]
    start, used = time.perf_counter(), cpu_seconds(server)
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    rate = count / (time.perf_counter() - start)
    return rate, (cpu_seconds(server) - used) / count * 1e6


def plain_rate(folder: Path, count: int) -> float:
    """Return the statements a second that SQLite keeps, synced, in transactions of a batch."""
    told = list(statements(count, seed=3))
    writer = plain_file(folder / "plain.db")
    start = time.perf_counter()
    for at in range(0, count, BATCH):
        insert(writer, told[at : at + BATCH], BEGIN_US + at)
    rate = count / (time.perf_counter() - start)
    writer.close()
    return rate


def plain_file(path: Path) -> apsw.Connection:
    """Return a fresh file with one table and its indexes."""
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
        for sealed in list(realm.outbox):
            realm.outbox.remove(sealed)
            realm.committed(sealed, store.commit([sealed.group])[0])
        store.maintain()
        insert(writer, batch, now)
    for snapshot in realm.close():
        snapshot.save(store)
    store.close()
    writer.close()


def waits(ask: Callable[[random.Random], None]) -> tuple[float, float]:
    """Return median and 95th percentile of what a question takes, in milliseconds."""
    choose, took = random.Random(11), []
    for number in range(ASKED + WARM):
        start = time.perf_counter()
        ask(choose)
        if number >= WARM:
            took.append((time.perf_counter() - start) * 1e3)
    return statistics.median(took), statistics.quantiles(took, n=20)[-1]


def measure(count: int, sent: int) -> dict[str, object]:
    """Run both sides and return what was found."""
    realm, plain = big_realm(count)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fresh = Server(folder / "fresh.loom", "academy", command="demo").start()
        try:
            rate, cpu = keep_rate(fresh, sent)
        finally:
            fresh.stop()
        beside = plain_rate(folder, sent)
        copy = folder / "realm.loom"
        shutil.copy(realm, copy)
        server = Server(copy, "academy", command="demo").start()
        line = Line(server, headers_of(server))
        reader = apsw.Connection(str(plain))
        span = count // BATCH * STEP_US

        def wish(choose: random.Random) -> tuple[dict[str, object], str, str]:
            until = spelled(BEGIN_US + choose.randrange(span // 10, span))
            number = choose.randrange(AGENTS)
            return agent(number), f"https://example.com/verbs/{choose.randrange(VERBS)}", until

        def ask(choose: random.Random) -> None:
            who, verb, until = wish(choose)
            query = urlencode({"agent": json.dumps(who), "verb": verb, "until": until, "limit": 10})
            line.ask("GET", f"statements?{query}")

        def select(choose: random.Random) -> None:
            who, verb, until = wish(choose)
            asked = ("SELECT body FROM statement WHERE agent=? AND verb=? AND stored<=?"
                     " ORDER BY stored DESC LIMIT 10")  # fmt: skip
            reader.execute(asked, (who["mbox"], verb, until)).fetchall()

        try:
            used = cpu_seconds(server)
            middle, late = waits(ask)
            asked_cpu = (cpu_seconds(server) - used) / (ASKED + WARM) * 1e3
            rate_late, _ = keep_rate(server, sent // 4)
        finally:
            server.stop()
        plain_middle, plain_late = waits(select)
        reader.close()
    return {
        "benchmark": "records", "statements": count, "sent": sent,
        "kept_per_s": round(rate), "cpu_us_a_statement": round(cpu),
        "kept_per_s_among_all": round(rate_late),
        "plain_insert_per_s": round(beside), "ratio_to_plain_insert": round(rate / beside, 3),
        "query_cpu_ms": round(asked_cpu, 2), "query_ms": round(middle, 2),
        "query_p95_ms": round(late, 2),
        "plain_select_ms": round(plain_middle, 3), "plain_select_p95_ms": round(plain_late, 3),
        "bytes_a_statement": round(realm.stat().st_size / count),
        "plain_bytes_a_statement": round(plain.stat().st_size / count),
    }  # fmt: skip


def main() -> None:
    """Print what was found, for people or as one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--statements", type=int, default=1_000_000)
    parser.add_argument("--sent", type=int, default=20_000)
    asked = parser.parse_args()
    found = measure(asked.statements, asked.sent)
    if asked.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main()
