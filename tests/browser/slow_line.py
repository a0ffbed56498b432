"""A line to a server that takes its time and can be cut, as a bad network does."""

from __future__ import annotations

import asyncio
import math
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

PIECE_BYTES = 16_384


class SlowLine:
    """Passes bytes on in both directions, in order, each after `delay_seconds`.

    No line carries more than `bytes_per_second`.
    """

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self.delay_seconds = 0.0
        self.bytes_per_second = math.inf
        self._writers: set[asyncio.StreamWriter] = set()
        self._refuses = False
        self._opened: queue.Queue[int] = queue.Queue()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def start(self) -> str:
        """Listen, and return the address at which the server is found now."""
        self._thread.start()
        return f"http://localhost:{self._opened.get(timeout=10)}"

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        async with await asyncio.start_server(self._pass, "127.0.0.1", 0) as server:
            self._opened.put(server.sockets[0].getsockname()[1])
            await self._over.wait()
            self._cut()
            await asyncio.sleep(0.1)  # what was cut hears of it

    def cut(self, stay: bool = False) -> None:
        """Cut every connection; with `stay` new ones are turned away, too."""
        self._refuses = stay
        self._loop.call_soon_threadsafe(self._cut)

    def mend(self) -> None:
        """Take connections again."""
        self._refuses = False

    def stop(self) -> None:
        """End everything."""
        self._refuses = True
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    def _cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuses:
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection(self._target.hostname, self._target.port)
        self._writers |= {writer, back}
        try:
            await asyncio.gather(self._carry(reader, back), self._carry(there, writer))
        except OSError:
            pass  # one end is gone
        finally:
            self._writers -= {writer, back}
            for one in (writer, back):
                one.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        deliver = self._loop.create_task(self._deliver(under_way, writer))
        try:
            while data := await reader.read(PIECE_BYTES):
                await asyncio.sleep(len(data) / self.bytes_per_second)
                under_way.put_nowait((self._loop.time() + self.delay_seconds, data))
        except OSError:
            pass
        under_way.put_nowait((self._loop.time() + self.delay_seconds, b""))
        await deliver

    async def _deliver(
        self, under_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
    ) -> None:
        try:
            while True:
                due, data = await under_way.get()
                await asyncio.sleep(max(0.0, due - self._loop.time()))
                if not data:
                    break
                writer.write(data)
        finally:
            if not writer.is_closing():
                writer.close()


@contextmanager
def slow_line(url: str) -> Iterator[tuple[SlowLine, str]]:
    """Give a line to a server and the address of its far end."""
    line = SlowLine(url)
    try:
        yield line, line.start()
    finally:
        line.stop()
