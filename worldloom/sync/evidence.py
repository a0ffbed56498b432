"""The last minute of what everyone did, kept in memory alone: what a report takes with it.

Where they stood and looked, what their figure was seen to do, and head and hands of who wears a
headset: a hand in somebody's face is seen by nothing else.
Nothing of it is written anywhere until somebody reports somebody; then the ways of the two and of
who stood near them go into the log, sealed per person, for the moderators to see again.
"""

import math
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from worldloom.kernel.agents import person_of
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import Sealed
from worldloom.kernel.personal import Personal
from worldloom.kernel.recording import Tracked
from worldloom.kernel.records import Record
from worldloom.kernel.safety import REPORTED, Reported
from worldloom.kernel.schema import Event, decode
from worldloom.sync.channel import Channel
from worldloom.sync.recorder import CELL_STEPS, POSED, looked, packed
from worldloom.sync.session import Session

if TYPE_CHECKING:
    from worldloom.sync.hub import Hub

EVERY_TICKS: Final = 4
"""Five samples a second show who did what to whom."""
SEEN_M: Final = 30.0
"""How far away somebody is who may have seen it, or have had a part in it."""


class Parted(Struct, frozen=True):
    """Somebody who left: when (UTC microseconds), and where they stood last (metres)."""

    at_us: int
    session: Session
    place: tuple[float, float, float]


class Sample(Struct, frozen=True):
    """Everybody at one time (UTC microseconds)."""

    at_us: int
    bodies: NDArray[np.void]
    worn: NDArray[np.int64]
    """Heads and hands of who wears a headset: a visitor's row, then whole numbers (n, k)."""


class Evidence(Channel):
    """A ring of samples of one world's motion, and who has left since the oldest of them."""

    def __init__(self, hub: "Hub") -> None:
        super().__init__(hub)
        samples = LIMITS.evidence_seconds * LIMITS.tick_hz // EVERY_TICKS
        self._ring: deque[Sample] = deque(maxlen=samples)
        self._gone: deque[Parted] = deque(maxlen=LIMITS.visitors_per_world_max)

    def tick(self, now_us: int) -> None:
        """Note where everybody is, a few times a second."""
        if self.hub.tick_count % EVERY_TICKS == 0:
            motion = self.hub.motion
            self._ring.append(Sample(now_us, motion.bodies[motion.alive], self.hub.worn()))
            while self._gone and self._gone[0].at_us < self._ring[0].at_us:
                self._gone.popleft()

    def left(self, session: Session) -> None:
        """Remember who left for as long as their motion is: hanging up is no way out of it."""
        self._gone.append(Parted(self.hub.now_us(), session, self.hub.position(session)))

    def heard(self, kept: Sequence[Sealed]) -> None:
        """Keep with every report what went before it, in a group that follows it."""
        forgotten = {name for sealed in kept for name in sealed.group.forgets}
        if forgotten:
            staying = [one for one in self._gone if one.session.identity.account not in forgotten]
            self._gone = deque(staying, self._gone.maxlen)
        for sealed in kept:
            for record in sealed.records[self.hub.name]:
                if record.kind == REPORTED:
                    self._keep(record)

    def _keep(self, record: Record) -> None:
        reported = decode(Reported, record.payload, record.version)
        people = self._perceived_by(person_of(record.actor), reported.account)
        room = LIMITS.evidence_limbs_bytes_max
        tracks = []
        for session in people:  # the two first, so that it is not their hands that find no room
            track, size = self._track(record.seq, session, room)
            tracks.append(track)
            room -= size
        events: list[Event] = [track for track in tracks if track is not None]
        if events:
            looks = {track.visitor: track.start for track in tracks if track is not None}
            for session in people:
                if session.visitor in looks:
                    account, since = session.identity.account, looks[session.visitor]
                    look = looked(record.seq, session.visitor, account, since, session.avatar)
                    events.append(look)
            self.hub.note(f"evidence:{record.seq}", events)

    def _perceived_by(self, reporter: str, reported: str) -> list[Session]:
        """Return who is in the evidence: the two, and whom the reporter could see."""
        places = {one.session: one.place for one in self._gone}
        places.update((session, self.hub.position(session)) for session in self.hub.inside())
        own = [session for session in places if session.identity.account == reporter]
        them = [session for session in places if session.identity.account == reported]
        seers = own or them
        apart = self.hub.selector.ties.apart(reporter)
        near = [
            other
            for other, place in places.items()
            if other not in own
            and other not in them
            and other.identity.account not in apart
            and any(
                seer.copy == other.copy and math.dist(places[seer], place) < SEEN_M
                for seer in seers
            )
        ]
        return (own + them + near)[: LIMITS.visible_visitors_max]

    def _track(self, report: int, session: Session, room: int) -> tuple[Tracked | None, int]:
        """Return somebody's way, and its bytes; with head and hands where these leave room."""
        assert session.slot is not None, "who is or was inside has a slot"
        row, own = session.slot.index, session.slot.generation
        times: list[int] = []
        poses: list[list[int]] = []
        for sample in self._ring:
            body = sample.bodies[sample.bodies["slot"] == row]
            # A row's owner before them is somebody else.
            if not len(body) or (int(body["flags"][0]) >> 4 & 0xF) != own:
                continue
            one = body[0]
            times.append(sample.at_us)
            held = sample.worn[sample.worn[:, 0] == row]
            poses.append(
                [
                    int(one["cell_x"]) * CELL_STEPS + int(one["x"]),
                    int(one["y"]),
                    int(one["cell_z"]) * CELL_STEPS + int(one["z"]),
                    int(one["yaw"]),
                    int(one["flags"]) & 0xF,
                    *(held[0, 1:].tolist() if len(held) else ()),
                ]
            )
        if not times:
            return None, 0
        whose = session.identity.account
        data = packed(times, poses)
        if len(data) > room:
            data = packed(times, [pose[:POSED] for pose in poses])
        track = Tracked(
            report, session.visitor, whose, Personal(session.name, of=whose),
            times[0], times[-1], len(times), Personal(data, of=whose),
        )  # fmt: skip
        return track, len(data)
