"""Samples the motion of those who consent while the sign is up, and hands it to the log.

Without anyone who consents a tick pays for one look at an empty map. What is lost with the
process is the open chunk: some seconds of motion, never a fact.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from worldloom.kernel.avatar import Avatar
from worldloom.kernel.errors import Unavailable, WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import Sealed
from worldloom.kernel.personal import Personal
from worldloom.kernel.realm import Realm
from worldloom.kernel.recording import (
    CONSENTED,
    Consented,
    Looked,
    Tracked,
    pack_poses,
    running,
)
from worldloom.kernel.schema import Event, decode
from worldloom.sync import wire
from worldloom.sync.motion import Motion
from worldloom.sync.session import Session

log = logging.getLogger("worldloom.recorder")

CELL_STEPS: Final = 65536
POSED: Final = 5
"""Columns of a track before head and hands: x, y, z, yaw and animation."""
NOBODY: Final = np.zeros((0, 1), np.int64)
"""Heads and hands where nobody wears a headset."""
CHUNK_US: Final = round(LIMITS.recording_chunk_seconds * 1e6)
LENGTH_US: Final = round(LIMITS.recording_hours_max * 3600 * 1e6)


class Person(msgspec.Struct, eq=False):
    """Someone who is being recorded, with the samples of the open chunk."""

    visitor: str
    account: str
    name: str
    times: list[int] = []
    poses: list[list[int]] = []
    """Steps of x, y, z and yaw, as motion frames have them, counted from the origin; the animation;
    and in a headset head and hands, as `limbs.columns_of` tells them without the slot."""
    avatar: Callable[[], Avatar] = Avatar
    """Tells what they look like now."""
    told: tuple[int, Avatar] | None = None
    """In which recording it was kept, and what."""


class Recorder:
    """The recording of one world's motion."""

    def __init__(
        self,
        realm: Realm,
        world: str,
        motion: Motion,
        worn: Callable[[], NDArray[np.int64]] = lambda: NOBODY,
    ) -> None:
        """`worn` tells heads and hands: a visitor's row, then whole numbers (n, k)."""
        self._realm = realm
        self._world = world
        self._motion = motion
        self._worn = worn
        self.people: dict[int, Person] = {}
        """Row → who consents; empty nearly always."""
        self._recording = 0
        self._chunk_us = 0

    def hear(self, kept: Iterable[Sealed], sessions: Mapping[str, Session]) -> None:
        """Learn from durable records who consents, or does so no longer."""
        records = (record for sealed in kept for record in sealed.records[self._world])
        for record in records:
            if record.kind != CONSENTED:
                continue
            event = decode(Consented, record.payload, record.version)
            session = sessions.get(event.visitor.id)
            if session is None or session.slot is None:
                continue
            row = session.slot.index
            if not event.on:
                self.drop(row, record.time)
            elif row not in self.people:
                if not self.people:
                    self._recording = 0  # nobody looked at the sign for a while
                account = session.identity.account
                person = Person(session.visitor, account, session.name)
                person.avatar = partial(_avatar_of, session)
                self.people[row] = person

    def drop(self, row: int, now_us: int) -> None:
        """Record someone no longer, who leaves or consents no more; what was sampled is kept."""
        person = self.people.pop(row, None)
        if person is not None and person.times:
            self._sample({row: person}, now_us, closing=True)
            self._keep([person])

    def forget(self, accounts: Collection[str]) -> None:
        """Let go of people who are forgotten, and of what the open chunk has of them."""
        for row in [row for row, person in self.people.items() if person.account in accounts]:
            del self.people[row]

    def tick(self, now_us: int) -> bool:
        """Take a sample where one is due; returns whether a chunk now waits for the disk."""
        try:
            recording, since = running(self._realm.world(self._world).state)
        except Unavailable:
            return False  # it is being loaded again, and is recorded once it is there
        if now_us - since > LENGTH_US:
            recording = 0
        kept = False
        if recording != self._recording or now_us - self._chunk_us >= CHUNK_US:
            if self._recording:
                self._sample(self.people, now_us, closing=True)
                kept = self._keep(self.people.values())
            self._recording, self._chunk_us = recording, now_us
        if recording:
            self._sample(self.people, now_us)
        return kept

    def _sample(self, people: Mapping[int, Person], now_us: int, closing: bool = False) -> None:
        """Note how everyone stands who moved since; first and last of a chunk in any case."""
        bodies = self._motion.bodies[np.fromiter(people, np.intp, len(people))]
        steps = np.empty((len(people), POSED), np.int64)
        steps[:, 0] = bodies["cell_x"].astype(np.int64) * CELL_STEPS + bodies["x"]
        steps[:, 1] = bodies["y"]
        steps[:, 2] = bodies["cell_z"].astype(np.int64) * CELL_STEPS + bodies["z"]
        steps[:, 3] = bodies["yaw"]
        steps[:, 4] = bodies["flags"] & 0xF
        worn = {row: held for row, *held in self._worn().tolist()}
        for (row, person), pose in zip(people.items(), steps.tolist(), strict=True):
            times, poses = person.times, person.poses
            pose += worn.get(row, ())
            if times and (now_us <= times[-1] or (poses[-1] == pose and not closing)):
                continue
            times.append(now_us)
            poses.append(pose)

    def _keep(self, people: Iterable[Person]) -> bool:
        """Hand the samples to the log, in one group; tells whether it took them."""
        found = [(person, person.times, person.poses) for person in people if person.times]
        for person, _, _ in found:
            person.times, person.poses = [], []
        recording = self._recording
        assert found and recording, "nobody is sampled without a sign, nor kept without a sample"
        events: list[Event] = [*self._looks(recording, found)]
        events += [self._event(recording, *one) for one in found]
        try:
            self._realm.note(self._world, f"record:{recording}", events)
        except WorldloomError as error:
            # Motion is presence: a busy disk must not pile it up.
            log.error("some seconds of motion in %s were not recorded: %s", self._world, error)
            return False
        return True

    def _looks(
        self, recording: int, found: Iterable[tuple[Person, list[int], Any]]
    ) -> list[Looked]:
        """Return what people look like, where that is news in this recording."""
        news = []
        for person, times, _ in found:
            avatar = person.avatar()
            if person.told != (recording, avatar) and (avatar != Avatar() or person.told):
                person.told = (recording, avatar)
                news.append(looked(recording, person.visitor, person.account, times[0], avatar))
        return news

    def _event(self, recording: int, person: Person, times: list[int], poses: Any) -> Tracked:
        data = packed(times, poses)
        whose = person.account
        return Tracked(
            recording,
            person.visitor,
            whose,
            Personal(person.name, of=whose),
            times[0],
            times[-1],
            len(times),
            Personal(data, of=whose),
        )


def _avatar_of(session: Session) -> Avatar:
    return session.avatar


def looked(recording: int, visitor: str, account: str, since: int, avatar: Avatar) -> Looked:
    """Return the fact that someone who is recorded looks so from a time on (UTC microseconds)."""
    look = Personal((avatar.code, avatar.vrm), of=account)
    return Looked(recording, visitor, account, since, look)


def packed(times: list[int], poses: list[list[int]]) -> bytes:
    """Return a track as bytes; where no headset was worn, the flags say that there is no head."""
    width = max(map(len, poses))
    whole = [pose + [0] * (width - len(pose)) for pose in poses]
    return pack_poses(np.array(times, np.int64), np.array(whole, np.int64))


def metres(columns: list[Any]) -> tuple[Any, Any, Any, Any]:
    """Return x, y, z in metres and heading in radians from a track's first columns."""
    x, y, z, yaw = columns[:4]
    return (
        x / wire.STEPS_PER_M,
        y / wire.HEIGHT_STEPS_PER_M + wire.HEIGHT_MIN_M,
        z / wire.STEPS_PER_M,
        yaw / wire.YAW_STEPS,
    )
