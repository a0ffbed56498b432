"""Who waits for a world's log to grow, and how many of them each account may have."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from worldloom.kernel.errors import OverLimit
from worldloom.kernel.limits import LIMITS


class News:
    """The followers of all worlds of one server, by whatever door they came."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._following: Counter[str] = Counter()

    @contextmanager
    def of(self, world: str) -> Iterator[asyncio.Event]:
        """Lend an event that is set whenever a world's log grows, or who may read it changes."""
        news = asyncio.Event()
        self._waiting.setdefault(world, set()).add(news)
        try:
            yield news
        finally:
            waiting = self._waiting[world]
            waiting.discard(news)
            if not waiting:
                del self._waiting[world]

    @contextmanager
    def followed(self, world: str, account: str) -> Iterator[asyncio.Event]:
        """Lend the same, and count it for an account as long as it lasts."""
        self._following[account] += 1
        try:
            with self.of(world) as news:
                yield news
        finally:
            self._following[account] -= 1
            self._following += Counter()  # drops who has none

    def check_may_follow(self, account: str) -> None:
        """Raise OverLimit where one more is too much: one account leaves room for the others."""
        if (
            self._following.total() >= LIMITS.followers_max
            or self._following[account] >= LIMITS.account_followers_max
        ):
            raise OverLimit("too many follow what happens", "try again", retry_after_seconds=5)

    def tell(self, worlds: Iterable[str]) -> None:
        """Wake who waits for news of some worlds."""
        for world in worlds:
            for news in self._waiting.get(world, ()):
                news.set()

    def tell_all(self) -> None:
        """Wake everyone."""
        self.tell(self._waiting)
