"""What software reads stands in the log of the world, once in a while and by how often."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.events import Looked
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.realm import Realm
from worldloom.kernel.rights import Standing
from worldloom.server.engine import now_us

log = logging.getLogger("worldloom.looks")
OTHERS = "others"
"""What is read by more ways than the log names."""
Key = tuple[str, str]
"""(world, whom its log names)."""


@dataclass(slots=True)
class Read:
    """What somebody has read of a world since its log told of them."""

    account: str
    since: int
    """When that began, in UTC microseconds."""
    counts: dict[str, int] = field(default_factory=dict)


class Looks:
    """Counts what agents read; each world's log tells once in `looks_noted_seconds` at most.

    Reading waits for none of it: an event for each look would cost more than the look.
    """

    def __init__(self, realm: Realm) -> None:
        self._realm = realm
        self._untold: dict[Key, Read] = {}
        """The oldest first."""

    def note(self, world: str, who: Standing, way: str) -> None:
        """Count that someone read a world, by a tool or an address; people are not counted."""
        if who.token is None or not who.token.agent:
            return
        key = (world, who.actor)
        read = self._untold.get(key)
        if read is None:
            while len(self._untold) >= LIMITS.agents_max:
                self._tell(next(iter(self._untold)), now_us())
            read = self._untold[key] = Read(who.account, now_us())
        counts = read.counts
        if way not in counts and len(counts) >= LIMITS.look_ways_max:
            way = OTHERS
        counts[way] = counts.get(way, 0) + 1

    def keep(self, now: int) -> None:
        """Let the log tell what was read long enough ago (now: UTC microseconds)."""
        due = now - round(LIMITS.looks_noted_seconds * 1e6)
        for key, read in tuple(self._untold.items()):
            if read.since > due:
                return
            self._tell(key, now)

    def keep_all(self) -> None:
        """Let the log tell all of it, because the server stops."""
        now = now_us()
        for key in tuple(self._untold):
            self._tell(key, now)

    def _tell(self, key: Key, now: int) -> None:
        world, actor = key
        read, realm = self._untold.pop(key), self._realm
        if realm.people.forgotten(read.account):
            return
        event = Looked(max(1, round((now - read.since) / 1e6)), tuple(read.counts.items()))
        try:
            realm.decide(world, f"look:{read.account}", lambda world: world.append(event), actor)
        except WorldloomError as error:
            log.warning("what %s read in %s is not in the log: %s", actor, world, error)
