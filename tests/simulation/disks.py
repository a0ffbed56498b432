"""The disks of the simulator: one in memory, and a real store over a disk that loses power."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import apsw

from worldloom.kernel.errors import Unavailable, WorldloomError
from worldloom.kernel.ports import Group, StreamHead
from worldloom.kernel.projection import Projection
from worldloom.stores.memory import MemoryStore
from worldloom.stores.sqlite import SqliteStore

SECTOR = 512
"""Bytes that a disk writes whole or not at all."""
WRITES_MAX = 12
"""A power cut comes within so many writes of one step, or it does not come."""
ROOM_MAX = 20_000
"""A full disk still takes up to so many bytes in its step."""


class MemoryDisk(MemoryStore):
    """Keeps what it took over every crash; now and then it is full."""

    died = False

    def __init__(self, dice: random.Random) -> None:
        super().__init__()
        self.dice = dice
        self.full = False
        self.secrets: dict[int, bytes] = {}
        """Every key that ever was, by its id."""

    def weather(self, full: bool, power: bool) -> None:
        """Let the disk be full for a while, or not; a write in memory has no middle."""
        self.full = full

    def restart(self, beside: bool, power: bool = False) -> MemoryDisk:
        """Return what the next process finds."""
        self.full = False
        return self

    def end(self) -> None:
        """Leave nothing open."""

    def commit(self, groups: Sequence[Group]) -> list[WorldloomError | None]:
        """Keep groups, or refuse them all as a full disk does."""
        if self.full:
            return [disk_full() for _ in groups]
        return super().commit(groups)

    def fork_stream(self, name: str, parent: int, seq: int) -> StreamHead:
        """Make a fork; raises Unavailable on a full disk."""
        self._need_room()
        return super().fork_stream(name, parent, seq)

    def drop_fork(self, name: str) -> None:
        """Remove a fork; raises Unavailable on a full disk."""
        self._need_room()
        super().drop_fork(name)

    def save_snapshot(
        self, stream: int, seq: int, state_hash: bytes, head: bytes, body: bytes
    ) -> None:
        """Keep a snapshot; raises Unavailable on a full disk."""
        self._need_room()
        super().save_snapshot(stream, seq, state_hash, head, body)

    def project(self, stream: int, world: str, *projections: Projection[Any]) -> None:
        """Keep tables; raises Unavailable on a full disk."""
        self._need_room()
        super().project(stream, world, *projections)

    def set_meta(self, key: str, value: bytes | None) -> None:
        """Set a setting; raises Unavailable on a full disk."""
        self._need_room()
        super().set_meta(key, value)

    def hold_key(self, key: int, secret: bytes) -> None:
        """Know a new key, and remember it for the search for traces."""
        self.secrets[key] = secret
        super().hold_key(key, secret)

    def _need_room(self) -> None:
        if self.full:
            raise disk_full()

    def contents(self) -> Iterator[bytes]:
        """Yield all that is kept, as bytes to search in."""
        for stream in self._streams.values():
            for _, body, _ in stream.records:
                yield body
            for _, _, body in stream.snapshots.values():
                yield body
            for table in stream.tables.values():
                yield repr(table.select({}, (), 10_000)).encode()
        yield from (body for _, body in self._answers.values())
        yield repr((self._answers.keys(), self._cursors, self._meta)).encode()
        yield from self._secrets.values()


def disk_full() -> Unavailable:
    """Make the error of a full disk."""
    return Unavailable("the disk is full", code="disk_full")


class FragileStore(SqliteStore):
    """The real store over a disk that can lose power at any write."""

    def __init__(self, sectors: Sectors) -> None:
        self.sectors = sectors
        sectors.stores.append(self)
        super().__init__(sectors.path, vfs=sectors.name)

    @classmethod
    def first(cls, dice: random.Random, folder: Path) -> FragileStore:
        """Return the store of a new realm in an empty folder."""
        return cls(Sectors(dice, folder, 0, {}))

    @property
    def died(self) -> bool:
        """Whether the power was cut."""
        return self.sectors.died

    @property
    def secrets(self) -> dict[int, bytes]:
        """Every key that ever was, by its id."""
        return self.sectors.secrets

    def commit(self, groups: Sequence[Group]) -> list[WorldloomError | None]:
        """Keep groups; a full disk or a power cut keeps none that it says it kept."""
        try:
            return super().commit(groups)
        except Unavailable as error:
            return [error for _ in groups]

    def weather(self, full: bool, power: bool) -> None:
        """Let the disk be nearly full for a while, or lose its power at one of the next writes."""
        self.sectors.weather(full, power)

    def restart(self, beside: bool, power: bool = False) -> FragileStore:
        """Return the store that the next process opens on what the disk holds.

        `beside`: this process is only asleep. Otherwise it is gone, and the machine may have lost
        its power with it; `power`: it may do so again while the next process opens the file.
        """
        sectors = self.sectors
        sectors.weather(False, False)
        if beside and not sectors.died:
            return FragileStore(sectors)
        if not sectors.died:
            sectors.cut_power(lose=sectors.dice.random() < 0.5)
        while True:
            sectors = sectors.replaced()
            sectors.weather(False, power)
            try:
                return FragileStore(sectors)
            except Unavailable:
                if not sectors.died:
                    raise
                power = False

    def end(self) -> None:
        """Close what is left of this process and of those before it."""
        self.sectors.end()

    def hold_key(self, key: int, secret: bytes) -> None:
        """Know a new key, and remember it for the search for traces."""
        self.secrets[key] = secret
        super().hold_key(key, secret)

    def contents(self) -> Iterator[bytes]:
        """End the store as a clean stop does and yield the one file that it leaves."""
        for elder in self.sectors.stores[:-1]:
            with contextlib.suppress(apsw.Error):
                elder.close()
        self.file.checkpoint()
        self.close()
        assert not os.path.exists(f"{self.path}-wal"), "a clean stop leaves one file"
        yield Path(self.path).read_bytes()


class Sectors(apsw.VFS):
    """A disk that knows which writes are not synced yet, during one life of the machine."""

    def __init__(
        self, dice: random.Random, folder: Path, life: int, secrets: dict[int, bytes]
    ) -> None:
        self.name = f"fragile-{os.getpid()}-{id(self)}"
        self.dice = dice
        self.folder = folder
        self.life = life
        self.secrets = secrets
        self.path = str(folder / f"life-{life}.loom")
        self.image = folder / "image"
        self.stores: list[FragileStore] = []
        self.died = False
        self.room: int | None = None
        self.writes_left: int | None = None
        self.files: dict[str, SectorFile] = {}
        self.unsynced: list[tuple[str, int, bytes]] = []
        """(file, offset, what stood there before), oldest first."""
        super().__init__(self.name, "")

    def weather(self, full: bool, power: bool) -> None:
        """Be nearly full for a while, or lose power at one of the next writes."""
        self.room = self.dice.randint(0, ROOM_MAX) if full else None
        self.writes_left = self.dice.randint(0, WRITES_MAX) if power else None

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:
        return SectorFile(self, name, flags)

    def cut_power(self, lose: bool) -> None:
        """Leave an image of the disk: every sector that was not synced is old or new."""
        self.died = True
        for suffix in ("", "-wal"):
            source = f"{self.path}{suffix}"
            data = bytearray(Path(source).read_bytes()) if source in self.files else bytearray()
            for file, offset, before in reversed(self.unsynced if lose else []):
                if file == source:
                    self._forget_some(data, offset, before)
            Path(f"{self.image}{suffix}").write_bytes(data)

    def _forget_some(self, data: bytearray, offset: int, before: bytes) -> None:
        """Put back what stood in some sectors of one write."""
        if self.dice.random() < 0.5:
            return
        torn = self.dice.random() < 0.5
        if len(data) < offset + len(before):
            data.extend(bytes(offset + len(before) - len(data)))
        for start in range(0, len(before), SECTOR):
            if not torn or self.dice.random() < 0.5:
                piece = before[start : start + SECTOR]
                data[offset + start : offset + start + len(piece)] = piece

    def replaced(self) -> Sectors:
        """Return the disk of the machine's next life, with the image that this one left."""
        new = Sectors(self.dice, self.folder, self.life + 1, self.secrets)
        for suffix in ("", "-wal"):
            shutil.copyfile(f"{self.image}{suffix}", f"{new.path}{suffix}")
        self.end()
        for left in self.folder.glob(f"life-{self.life}.loom*"):
            left.unlink()
        return new

    def end(self) -> None:
        """Close all that have the file open."""
        for store in reversed(self.stores):
            with contextlib.suppress(apsw.Error, AttributeError):
                # One whose opening failed has nothing to close.
                store.close()
        self.stores.clear()
        self.unregister()


class SectorFile(apsw.VFSFile):
    """One file of that disk."""

    def __init__(self, disk: Sectors, name: Any, flags: list[int]) -> None:
        self.disk = disk
        self.path = str(name.filename()) if isinstance(name, apsw.URIFilename) else str(name)
        disk.files[self.path] = self
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        disk = self.disk
        if disk.died:
            raise apsw.IOError("the power is cut")
        if disk.room is not None:
            disk.room -= len(data)
            if disk.room < 0:
                raise apsw.FullError("database or disk is full")
        size = self.xFileSize()
        there = max(0, min(len(data), size - offset))
        before = self.xRead(there, offset) if there else b""
        # What lies beyond the old end reads as zeros until it is synced.
        disk.unsynced.append((self.path, offset, before.ljust(len(data), b"\0")))
        super().xWrite(data, offset)
        if disk.writes_left is not None:
            disk.writes_left -= 1
            if disk.writes_left < 0:
                disk.cut_power(lose=True)
                raise apsw.IOError("the power is cut")

    def xTruncate(self, size: int) -> None:
        disk = self.disk
        if disk.died:
            raise apsw.IOError("the power is cut")
        # What is cut off may be there again until it is synced.
        cut = self.xFileSize() - size
        if cut > 0:
            disk.unsynced.append((self.path, size, self.xRead(cut, size)))
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:
        disk = self.disk
        if disk.died:
            raise apsw.IOError("the power is cut")
        disk.unsynced = [entry for entry in disk.unsynced if entry[0] != self.path]
