"""Realm files that were harmed by chance or made by somebody hostile, and all that opens them."""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import apsw

from tests.fuzz.judging import Bug
from worldloom.kernel.components import Color, Shape
from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.people import LOCAL
from worldloom.kernel.realm import Caller, Command, Realm
from worldloom.kernel.records import describe, hidden
from worldloom.kernel.rights import Role
from worldloom.kernel.world import World
from worldloom.server.api import read_page
from worldloom.server.carrying import bring
from worldloom.server.states import describe_state
from worldloom.stores.sqlite import SqliteStore
from worldloom.stores.transfer import export_world
from worldloom.stores.verify import verify

BOMB = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n)"
TABLES = ("stream", "record", "batch", "snapshot", "answer", "cursor", "meta", "asset",
          "asset_chunk")  # fmt: skip
VALUES = ("NULL", "-1", "0", "1", "9223372036854775807", "-9223372036854775808", "1e308", "'text'",
          "x'00ff'", "zeroblob(100)", "zeroblob(3000000)", "''", "'../../etc/passwd'", "'people'",
          "'text/html'", "'a' || char(10) || 'b'", "x'c1'", "x'93010203'")  # fmt: skip
COLUMNS = {
    "stream": ("id", "name", "seq", "head", "frontier", "parent", "fork"),
    "record": ("id", "body", "hash"),
    "batch": ("pos", "ranges"),
    "snapshot": ("id", "state_hash", "head", "body"),
    "cursor": ("name", "stream", "value"),
    "meta": ("key", "value"),
    "asset": ("id", "sha256", "media", "size"),
    "asset_chunk": ("id", "data"),
}


class Clock:
    """Microseconds that go on by one."""

    def __init__(self) -> None:
        self.now = 1_700_000_000_000_000

    def __call__(self) -> int:
        self.now += 1
        return self.now


def open_realm(path: Path) -> tuple[Realm, SqliteStore]:
    store = SqliteStore(str(path))
    try:
        return Realm(store, Clock(), secrets.token_bytes), store
    except BaseException:
        store.close()
        raise


def keep(realm: Realm, store: SqliteStore) -> None:
    while realm.outbox:
        sealed = realm.outbox.pop(0)
        (error,) = store.commit([sealed.group])
        realm.committed(sealed, error)


def make(path: Path) -> None:
    """Make a whole realm with one world, people, an asset, a snapshot and an answer."""
    realm, store = open_realm(path)
    world = World("garden", "A garden")
    world.spawn("rose", Shape("sphere", (0.2, 0.2, 0.2)), Color("#ff0000"), at=(0, 1, 0))
    realm.open(world)
    keep(realm, store)
    asset = store.put_asset(b"OggS" + bytes(300_000), "audio/ogg")
    caller = Caller("ada", "Ada", "", Role.OWNER)
    for number in range(12):
        args = {"name": f"thing {number}", "components": {"Text": {"value": asset}}}
        realm.do(Command("garden", "spawn", args, caller, key=f"key {number}"))
        keep(realm, store)
    realm.grant("ada", "garden", Role.OWNER)
    realm.make_token("ada", Role.BUILDER)
    keep(realm, store)
    for snapshot in realm.close():
        snapshot.save(store)
    keep(realm, store)
    store.close()


class Originals:
    """A whole realm and a world's export of it, made once and copied for every case."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.realm = folder / "whole.loom"
        self.export = folder / "export.loom"
        make(self.realm)
        export_world(str(self.realm), "garden", str(self.export))

    def case(self, seed: int) -> None:
        """Harm one copy and open it in every way; raises Bug."""
        chance = random.Random(seed)
        harmed = self.folder / f"{seed}.loom"
        shutil.copyfile(chance.choice((self.realm, self.export)), harmed)
        try:
            story = harm(harmed, chance)
            try:
                check(harmed, self.folder / f"{seed}-own.loom")
            except WorldloomError as error:
                raise Bug(f"{story}: {error!r} is not for who opens a file") from error
            except Exception as error:
                raise Bug(f"{story}: {error!r}") from error
        finally:
            for left in self.folder.glob(f"{seed}*"):
                left.unlink()


def harm(path: Path, chance: random.Random) -> str:
    """Change a realm file by chance; return how."""
    ways = (flip, cut, blank, statements, statements, statements)
    way = chance.choice(ways)
    return f"{way.__name__} {way(path, chance)}"


def flip(path: Path, chance: random.Random) -> str:
    data = bytearray(path.read_bytes())
    places = [chance.randrange(len(data)) for _ in range(chance.choice((1, 1, 3, 30)))]
    if chance.random() < 0.3:
        places = [place % 4096 for place in places]
    for place in places:
        data[place] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    return str(places)


def cut(path: Path, chance: random.Random) -> str:
    size = chance.randrange(path.stat().st_size)
    os.truncate(path, size)
    return f"at {size}"


def blank(path: Path, chance: random.Random) -> str:
    data = bytearray(path.read_bytes())
    page = chance.randrange(len(data) // 8192) * 8192
    data[page : page + 8192] = chance.choice((bytes(8192), os.urandom(8192)))
    path.write_bytes(data)
    return f"page {page // 8192}"


def statements(path: Path, chance: random.Random) -> str:
    """Let somebody who knows the format write into it."""
    connection = apsw.Connection(str(path))
    done = []
    with contextlib.closing(connection):
        for _ in range(chance.choice((1, 1, 2, 4))):
            statement = hostile(chance)
            with contextlib.suppress(apsw.Error):
                connection.execute(statement).fetchall()
                done.append(statement)
    return "; ".join(done)


def hostile(chance: random.Random) -> str:
    table = chance.choice(tuple(COLUMNS))
    column, value = chance.choice(COLUMNS[table]), chance.choice(VALUES)
    where = chance.choice(("", " WHERE rowid=(SELECT max(rowid) FROM " + table + ")"))
    drop = f"ALTER TABLE {table} RENAME TO old_{table}"
    names = ", ".join(COLUMNS[table])
    return chance.choice((
        f"UPDATE OR IGNORE {table} SET {column}={value}{where}",
        f"UPDATE OR IGNORE {table} SET {column}={value}{where}",
        f"UPDATE OR IGNORE {table} SET {column}={column}+1{where}",
        f"DELETE FROM {table}{where}",
        f"DROP TABLE {table}",
        f"{drop}; CREATE VIEW {table}({names}) AS SELECT {names} FROM old_{table}",
        f"{drop}; CREATE VIEW {table}({names}) AS {BOMB} SELECT "
        + ", ".join("i" for _ in COLUMNS[table]) + " FROM n",
        f"{drop}; CREATE TABLE {table}({names})",
        f"{drop}; CREATE TABLE {table}(x, y)",
        f"CREATE TRIGGER t_{table} AFTER INSERT ON {table} BEGIN DELETE FROM record; END",
        f"CREATE TRIGGER t_{table} BEFORE UPDATE ON {table} BEGIN SELECT RAISE(IGNORE); END",
        f"CREATE TRIGGER t_{table} AFTER DELETE ON {table} BEGIN INSERT INTO meta VALUES('a', 1); "
        "END",
        f"ALTER TABLE {table} ADD COLUMN more AS ({value}) STORED",
        f"CREATE INDEX i_{table} ON {table}({column})",
        f"CREATE UNIQUE INDEX u_{table} ON {table}(1)",
        "CREATE VIRTUAL TABLE f USING fts5(x)",
        f"PRAGMA user_version={chance.choice((0, 1, 2, 3, 99, -1))}",
        f"PRAGMA application_id={chance.choice((0, 1, -1))}",
        "PRAGMA auto_vacuum=1; VACUUM",
        f"INSERT OR REPLACE INTO meta VALUES('world:garden', {value})",
        f"INSERT OR REPLACE INTO meta VALUES('cookie_key', {value})",
        f"INSERT INTO stream SELECT id+1, {value}, seq, head, frontier, 0, 0 FROM stream LIMIT 1",
        "UPDATE stream SET parent=id, fork=seq",
        "UPDATE stream SET parent=1, fork=5 WHERE id=2",
        "UPDATE snapshot SET body=zeroblob(30000000)",
        f"PRAGMA writable_schema=1; UPDATE sqlite_schema SET sql={value} WHERE name='{table}'",
    ))  # fmt: skip


def check(harmed: Path, own: Path) -> None:
    """Verify, import, read and write a harmed file: each works, or says what is wrong."""
    with told():
        report = verify(str(harmed))
        assert report.lines()
    check_import(harmed, own)
    with told():
        read_all(harmed)


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Take an error in the one form for an answer."""
    try:
        yield
    except WorldloomError as error:
        if not (error.message and error.code):
            raise Bug(f"an error without words: {error!r}") from error


def check_import(harmed: Path, own: Path) -> None:
    """Import it into a realm of one's own, which stays whole and can be used, whatever comes."""
    realm, store = open_realm(own)
    realm.open(World("mine"))
    keep(realm, store)
    before = {head.name: (head.seq, head.head) for head in store.streams()}
    moved = None
    with told():
        moved = bring(harmed, store)
    after = {head.name: (head.seq, head.head) for head in store.streams()}
    came = after.keys() - before.keys()
    if came != ({moved["world"]} if moved else set()):
        raise Bug(f"an import brought {came}, and said {moved}")
    if any(after[name] != before[name] for name in before):
        raise Bug("an import changed another world")
    if moved:
        realm.learn(moved["world"])
        live = realm.world(moved["world"])
        keep(realm, store)
        if live.state.state_hash().hex() != moved["state_hash"]:
            raise Bug("an imported world is another than was said")
    realm.do(Command("mine", "spawn", {"name": "later"}, Caller(LOCAL, LOCAL, "", Role.OWNER)))
    keep(realm, store)
    store.close()
    if not (report := verify(str(own))).ok:
        raise Bug(f"an import left damage: {report.lines()}")


def read_all(path: Path) -> None:
    """Open a file as a server does; read every world in every way, and write into each."""
    realm, store = open_realm(path)
    try:
        for name in realm.worlds():
            with told():
                live = realm.world(name)
                describe_state(live.state)
                for record in read_page(store, live.stream, 0, live.durable_seq):
                    if not hidden(record):
                        describe(record)
                realm.tree(name).root()
                realm.do(Command(name, "spawn", {"name": f"new {time.time_ns()}"}, ME))
                keep(realm, store)
                for _, sha, _, size in assets_of(store):
                    b"".join(store.read_asset(sha, 0, min(size, 1_000_000)))
    finally:
        store.close()


ME = Caller(LOCAL, LOCAL, "", Role.OWNER)


def assets_of(store: SqliteStore) -> list[tuple[int, str, str, int]]:
    from worldloom.stores import walking

    with store.file.reading() as reader:
        return walking.asset_rows(reader)
