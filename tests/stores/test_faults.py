"""Promised: kills, torn writes, full and failing disks lose nothing acknowledged, never half."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.stores.faulty_disk import FaultyDisk
from tests.stores.logs import Writer
from worldloom.kernel.errors import Unavailable, WorldloomError
from worldloom.kernel.records import read
from worldloom.kernel.state import whole_groups
from worldloom.stores.sqlite import SqliteStore
from worldloom.stores.verify import verify

ROOT = Path(__file__).parents[2]

WRITE_ON = """
import sys
from tests.stores.logs import Writer
from worldloom.stores.sqlite import SqliteStore
store = SqliteStore(sys.argv[1])
writer = Writer(store.open_stream("plaza"))
while True:
    groups = [writer.group("a", "b" * 200), writer.group("c")]
    assert store.commit(groups) == [None, None]
    print(writer.seq, flush=True)
    store.maintain()
"""

UNTIL_FULL = """
import resource, signal, sys
from worldloom.kernel.errors import Unavailable
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from tests.stores.logs import Writer
from worldloom.stores.sqlite import SqliteStore
store = SqliteStore(sys.argv[1])
writer = Writer(store.open_stream("plaza"))
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
kept, code = 0, ""
for _ in range(1_000):
    try:
        store.commit([writer.group("a" * 500, "b" * 500)])
    except Unavailable as error:
        code = error.code
        break
    kept = writer.seq
print(kept, code)
again = Writer(store.open_stream("plaza"))
print(again.seq)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
again = Writer(store.open_stream("plaza"))
print(store.commit([again.group("after", "space", "returned")]), again.seq)
store.close()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "realm.loom"


@pytest.fixture
def disk(request: pytest.FixtureRequest) -> Iterator[FaultyDisk]:
    made = FaultyDisk(f"faulty-{request.node.name}")
    yield made
    made.unregister()


def whole(path: Path) -> int:
    """Return the number of records, having checked that the file verifies."""
    report = verify(str(path))
    assert report.ok, report.lines()
    return report.streams[0].seq if report.streams else 0


def start(code: str, path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, str(path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_killed_at_random_moments_no_acknowledged_group_is_lost_or_halved(path: Path) -> None:
    choose = random.Random(7)
    for _ in range(8):
        with start(WRITE_ON, path) as child:
            assert child.stdout is not None
            acknowledged = int(child.stdout.readline())
            time.sleep(choose.random() * 0.1)
            child.send_signal(signal.SIGKILL)
            told = child.stdout.read().split()
            acknowledged = int(told[-1]) if told else acknowledged
        count = whole(path)
        assert count >= acknowledged
        store = SqliteStore(str(path))
        groups = list(whole_groups(read(store.records(1, 0, count))))
        assert sum(map(len, groups)) == count
        store.close()


def make_log(folder: Path, commits: int = 40) -> list[tuple[int, int]]:
    """Make a file whose write-ahead log holds all commits; return its length after each seq."""
    store = SqliteStore(str(folder / "live.loom"))
    writer = Writer(store.open_stream("plaza"))
    store.file.checkpoint()
    steps = []
    for _ in range(commits):
        store.commit([writer.group("a", "b", "c")])
        steps.append((os.path.getsize(folder / "live.loom-wal"), writer.seq))
    for suffix in ("", "-wal"):
        shutil.copy(folder / f"live.loom{suffix}", folder / f"kept.loom{suffix}")
    store.close()
    return steps


def lay_out(folder: Path, log: bytes) -> Path:
    """Lay the kept file and a changed write-ahead log side by side."""
    path = folder / "cut.loom"
    path.with_name("cut.loom-shm").unlink(missing_ok=True)
    shutil.copy(folder / "kept.loom", path)
    path.with_name("cut.loom-wal").write_bytes(log)
    return path


@pytest.fixture(scope="module")
def log_folder(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[int, int]]]:
    folder = tmp_path_factory.mktemp("log")
    return folder, make_log(folder)


@given(cut=st.floats(0, 1), garbage=st.binary(max_size=300))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_log_cut_anywhere_keeps_every_whole_commit_before_the_cut(
    log_folder: tuple[Path, list[tuple[int, int]]], cut: float, garbage: bytes
) -> None:
    folder, steps = log_folder
    log = (folder / "kept.loom-wal").read_bytes()
    length = int(cut * len(log))
    path = lay_out(folder, log[:length] + garbage)
    count = whole(path)
    # The file on the disk may be longer than the commits in it: earlier lengths say what is safe.
    assert count >= max((seq for size, seq in steps if size <= length), default=0)
    assert count % 3 == 0
    store = SqliteStore(str(path))
    assert store.commit([Writer(store.open_stream("plaza")).group("goes on")]) == [None]
    store.close()
    assert whole(path) == count + 1


@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_flipped_bit_in_the_log_ends_it_at_a_whole_group(
    log_folder: tuple[Path, list[tuple[int, int]]], place: float, bit: int
) -> None:
    folder, _ = log_folder
    log = bytearray((folder / "kept.loom-wal").read_bytes())
    log[int(place * len(log))] ^= 1 << bit
    path = lay_out(folder, bytes(log))
    assert whole(path) % 3 == 0


def test_a_file_size_limit_has_a_defined_end_and_a_way_on(path: Path) -> None:
    with start(UNTIL_FULL, path) as child:
        out, err = child.communicate(timeout=60)
    lines = out.splitlines()
    assert err == ""
    kept, code = lines[0].split()
    assert code in ("disk_full", "store_failed")
    assert int(lines[1]) == int(kept) > 0
    assert lines[2] == f"[None] {int(kept) + 3}"
    assert whole(path) == int(kept) + 3
    assert os.listdir(path.parent) == ["realm.loom"]


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Mount a disk of 2 MB, or skip where that is not allowed."""
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount here")
    if done.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_refuses_keeps_and_goes_on_when_space_returns(tmp_path: Path) -> None:
    with small_disk(tmp_path):
        ballast = tmp_path / "ballast"
        ballast.write_bytes(bytes(1_000_000))
        path = tmp_path / "realm.loom"
        store = SqliteStore(str(path))
        writer = Writer(store.open_stream("plaza"))
        kept = 0
        with pytest.raises(Unavailable) as caught:
            while True:
                store.commit([writer.group("a" * 700, "b" * 700)])
                kept = writer.seq
        assert caught.value.code == "disk_full"
        with pytest.raises(Unavailable):
            store.put_asset(bytes(1_500_000), "x/y")
        assert sum(1 for _ in store.records(1, 0, 10_000)) == kept > 0
        ballast.unlink()
        store.reopen()
        again = Writer(store.open_stream("plaza"))
        assert again.seq == kept
        assert store.commit([again.group("again")]) == [None]
        store.close()
        assert whole(path) == kept + 1


@given(left=st.integers(0, 60_000), torn=st.booleans())
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_write_torn_at_any_byte_keeps_all_or_nothing(
    tmp_path_factory: pytest.TempPathFactory, disk: FaultyDisk, left: int, torn: bool
) -> None:
    path = tmp_path_factory.mktemp("torn") / "realm.loom"
    disk.bytes_left, disk.torn = None, torn
    store = SqliteStore(str(path), vfs=disk.name)
    writer = Writer(store.open_stream("plaza"))
    kept = 0
    disk.bytes_left = left
    with contextlib.suppress(WorldloomError):
        for _ in range(20):
            store.commit([writer.group("a" * 300, "b", "c")])
            kept = writer.seq
            store.maintain()
    disk.bytes_left = None
    again = Writer(store.open_stream("plaza"))
    assert again.seq == kept
    assert store.commit([again.group("d")]) == [None]
    store.close()
    assert whole(path) == kept + 1


def test_a_failed_sync_is_never_retried_on_the_same_connection(
    path: Path, disk: FaultyDisk
) -> None:
    store = SqliteStore(str(path), vfs=disk.name)
    writer = Writer(store.open_stream("plaza"))
    store.commit([writer.group("a")])
    before = store.file._connection
    disk.sync_fails = True
    for _ in range(2):
        with pytest.raises(Unavailable) as caught:
            store.commit([writer.group("b")])
        assert caught.value.code == "store_failed"
        assert store.file._connection is None
    with pytest.raises(Unavailable):
        store.reopen()
    disk.sync_fails = False
    store.reopen()
    assert store.file._connection not in (None, before)
    again = Writer(store.open_stream("plaza"))
    assert again.seq in (1, 2)
    assert store.commit([again.group("c")]) == [None]
    store.close()
    assert whole(path) == again.seq


def test_a_disk_that_fails_at_the_stop_does_not_keep_it_from_ending(
    path: Path, disk: FaultyDisk
) -> None:
    store = SqliteStore(str(path), vfs=disk.name)
    store.commit([Writer(store.open_stream("plaza")).group("a")])
    disk.sync_fails = True
    store.close()
    disk.sync_fails = False
    assert whole(path) == 1
    store = SqliteStore(str(path))
    store.close()
    assert os.listdir(path.parent) == ["realm.loom"]
