"""The last minute of everyone's motion, kept in memory alone: what a report takes with it.

Nothing of it is written anywhere until somebody reports somebody; then the ways of the two and of
who stood near them go into the log, sealed per person, for the moderators to see again.
"""

import math
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from worldloom.kernel.agents import person_of
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import Sealed
from worldloom.kernel.personal import Personal
from worldloom.kernel.recording import Tracked, pack_poses
from worldloom.kernel.records import Record
from worldloom.kernel.safety import REPORTED, Reported
from worldloom.kernel.schema import Event, decode
from worldloom.sync.channel import Channel
from worldloom.sync.recorder import looked
from worldloom.sync.session import Session

if TYPE_CHECKING:
    from worldloom.sync.hub import Hub

EVERY_TICKS: Final = 4
"""Five samples a second show who did what to whom."""
CELL_STEPS: Final = 65536
SEEN_M: Final = 30.0
"""How far away somebody is who may have seen it, or have had a part in it."""


class Evidence(Channel):
    """A ring of samples of one world's motion."""

    def __init__(self, hub: "Hub") -> None:
        super().__init__(hub)
        samples = LIMITS.evidence_seconds * LIMITS.tick_hz // EVERY_TICKS
        self._ring: deque[tuple[int, NDArray[np.void]]] = deque(maxlen=samples)

    def tick(self, now_us: int) -> None:
        """Note where everybody is, a few times a second."""
        if self.hub.tick_count % EVERY_TICKS == 0:
            motion = self.hub.motion
            self._ring.append((now_us, motion.bodies[motion.alive]))

    def heard(self, kept: Sequence[Sealed]) -> None:
        """Keep with every report what went before it, in a group that follows it."""
        for sealed in kept:
            for record in sealed.records[self.hub.name]:
                if record.kind == REPORTED:
                    self._keep(record)

    def _keep(self, record: Record) -> None:
        reported = decode(Reported, record.payload, record.version)
        people = self._perceived_by(person_of(record.actor), reported.account)
        tracks = [self._track(record.seq, session) for session in people]
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
        inside = list(self.hub.inside())
        own = [session for session in inside if session.identity.account == reporter]
        them = [session for session in inside if session.identity.account == reported]
        seers = own or them
        near = [
            other
            for other in inside
            if other not in own
            and other not in them
            and any(
                math.dist(self.hub.position(seer), self.hub.position(other)) < SEEN_M
                and self.hub.selector.perceives(seer, other)
                for seer in seers
            )
        ]
        return (own + them + near)[: LIMITS.visible_visitors_max]

    def _track(self, report: int, session: Session) -> Tracked | None:
        assert session.slot is not None, "who is inside has a slot"
        row, own = session.slot.index, session.slot.generation
        times: list[int] = []
        poses: list[Any] = []
        for now_us, bodies in self._ring:
            body = bodies[bodies["slot"] == row]
            # A row's owner before them is somebody else.
            if len(body) and (int(body["flags"][0]) >> 4 & 0xF) == own:
                one = body[0]
                times.append(now_us)
                poses.append(
                    (
                        int(one["cell_x"]) * CELL_STEPS + int(one["x"]),
                        int(one["y"]),
                        int(one["cell_z"]) * CELL_STEPS + int(one["z"]),
                        int(one["yaw"]),
                    )
                )
        if not times:
            return None
        whose = session.identity.account
        data = pack_poses(np.array(times, np.int64), np.array(poses, np.int64))
        return Tracked(
            report, session.visitor, whose, Personal(session.name, of=whose),
            times[0], times[-1], len(times), Personal(data, of=whose),
        )  # fmt: skip
