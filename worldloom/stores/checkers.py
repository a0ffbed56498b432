"""Several processes that check pieces of a realm file side by side; this one takes its share.

Python holds one lock a process: hashing many short records in threads would be no faster than in
one. A helper that cannot start or dies costs time only: what it had is walked here.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from typing import IO, Final

import apsw
import msgspec

from worldloom.stores import walking
from worldloom.stores.segments import Progress, Segment, Walked, walk_apart

HELPER: Final = "from worldloom.stores.checkers import serve; serve()"
"""What a helper runs; its tasks come by its standard input."""

_read_segment = msgspec.msgpack.Decoder(tuple[str, Segment]).decode
_read_answer = msgspec.msgpack.Decoder(int | Walked).decode


def walk_all(
    connection: apsw.Connection,
    path: str,
    segments: Sequence[Segment],
    helpers: int,
    progress: Progress,
) -> list[Walked]:
    """Walk all segments, here and in so many helpers, and return what was found in each."""
    found: list[Walked | None] = [None] * len(segments)
    waiting = deque(range(len(segments)))
    threads = [
        threading.Thread(target=_lead, args=(path, segments, waiting, found, progress), daemon=True)
        for _ in range(min(helpers, len(segments) - 1))
    ]
    for thread in threads:
        thread.start()
    while waiting:
        place = _next(waiting)
        if place is not None:
            found[place] = walk_apart(connection, segments[place], progress)
    for thread in threads:
        thread.join()
    return [
        walked or walk_apart(connection, segment, progress)
        for walked, segment in zip(found, segments, strict=True)
    ]


def _next(waiting: deque[int]) -> int | None:
    try:
        return waiting.popleft()
    except IndexError:  # another one was quicker
        return None


def _lead(
    path: str,
    segments: Sequence[Segment],
    waiting: deque[int],
    found: list[Walked | None],
    progress: Progress,
) -> None:
    """Give one helper segment after segment until none is left."""
    helper = subprocess.Popen(
        [sys.executable, "-c", HELPER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert helper.stdin is not None and helper.stdout is not None, "both are pipes"
    try:
        # It has to start first: a long segment is not promised to one that never comes up.
        while _receive(helper.stdout) is not None and (place := _next(waiting)) is not None:
            _send(helper.stdin, (path, segments[place]))
            while isinstance(answer := _receive(helper.stdout), int):
                progress(answer)
            found[place] = answer
    except (OSError, msgspec.DecodeError):
        return
    finally:
        helper.kill()
        helper.communicate()


def serve() -> None:
    """Check what comes by the standard input: what a helper does all its life."""
    gc.disable()
    tasks, answers = sys.stdin.buffer, sys.stdout.buffer
    _send(answers, 0)
    while (data := _frame(tasks)) is not None:
        path, segment = _read_segment(data)
        with walking.reading(path) as connection:
            walked = walk_apart(connection, segment, lambda count: _send(answers, count))
        _send(answers, walked)
        _send(answers, 0)


def _send(pipe: IO[bytes], message: object) -> None:
    data = msgspec.msgpack.encode(message)
    pipe.write(len(data).to_bytes(4, "big") + data)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> int | Walked | None:
    data = _frame(pipe)
    return None if data is None else _read_answer(data)


def _frame(pipe: IO[bytes]) -> bytes | None:
    """Return one message, or None where the pipe ends."""
    size = pipe.read(4)
    if len(size) < 4:
        return None
    data = pipe.read(int.from_bytes(size, "big"))
    return data if len(data) == int.from_bytes(size, "big") else None
