"""The bodies of one world in arrays: where they are, which of them move, which have come to rest.

Poses are world poses. A row is `kept` where its entity's Transform says it is; what has come to
rest elsewhere is news, which whoever owns the log writes down.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldloom.kernel.limits import LIMITS
from worldloom.kernel.physical import Body, Joint
from worldloom.kernel.space import Pose, Quat, Vec, unit
from worldloom.presence.forms import Form
from worldloom.presence.rapier import Drive, Rapier

Indices = NDArray[np.intp]
Walks = Mapping[str, tuple[Vec, Vec]]
"""Visitor → where their feet were and are."""

ANCHOR_M: Final = 0.004
ANCHOR_DOT: Final = 0.99999
"""Cosine of half the turn that counts as motion: about half a degree."""
STILL_TICKS: Final = LIMITS.tick_hz // 2
"""What stays within its anchor for half a second is at rest."""
FALLS_M: Final = 0.01
"""How far what lay on something does not get in one tick; what nothing holds falls 16 mm."""
ABYSS_M: Final = -60.0
CARRY_M_PER_TICK: Final = LIMITS.body_m_per_s_max / LIMITS.tick_hz


class Bodies:
    """What physics moves and what hands carry, in arrays of `capacity` rows."""

    def __init__(self, engine: Rapier | None, capacity: int = LIMITS.bodies_max) -> None:
        self.engine = engine
        self.capacity = capacity
        self.rows: dict[int, int] = {}
        """Entity → row."""
        self.ids = np.zeros(capacity, np.int64)
        self.alive = np.zeros(capacity, bool)
        self.places = np.zeros((capacity, 3))
        self.turns = np.zeros((capacity, 4))
        self.kept_places = np.zeros((capacity, 3))
        self.kept_turns = np.zeros((capacity, 4))
        self.reach = np.zeros(capacity)
        self.still = np.ones(capacity, bool)
        """Rows that are at rest."""
        self.physical = np.zeros(capacity, bool)
        """Rows that the engine moves; the others only hands move."""
        self.carried: dict[int, Drive] = {}
        """Row → where a hand holds it."""
        self.movers: dict[int, str] = {}
        """Row → the visitor who moved it last."""
        self.unsettled: set[int] = set()
        """Rows that came to rest and may be elsewhere than kept."""
        self.replaced: set[int] = set()
        """Rows that were put elsewhere, until who wants to know has looked at them."""
        self._anchors = np.zeros((capacity, 3))
        self._anchor_turns = np.zeros((capacity, 4))
        self._anchored = np.zeros(capacity, np.int64)
        self._active: set[int] = set()
        self._settled: set[int] = set()
        """Rows that lay still when the world was closed and have not been stepped since."""
        self._free = deque(range(capacity))
        self._tick = 0
        self._stirred = False

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def full(self) -> bool:
        """Whether no further body fits."""
        return not self._free

    # -- what there is -------------------------------------------------------------------------

    def put(
        self,
        id: int,
        body: Body | None,
        forms: list[tuple[Form, Pose]],
        pose: Pose,
        settled: bool = False,
    ) -> None:
        """Let an entity's body be there as kept; without a Body only hands move it.

        `settled`: it lay there before, and lies on unless nothing holds it any more.
        """
        row = self.rows.get(id)
        if row is None:
            if not self._free:
                return
            row = self.rows[id] = self._free.popleft()
            self.ids[row], self.alive[row] = id, True
            self.still[row] = True
        self.physical[row] = body is not None and self.engine is not None
        self.reach[row] = max((at_reach(form, at) for form, at in forms), default=0.1)
        if self.engine is not None:
            self.engine.drop_body(id)
            self.engine.drop_fixed(id)
            if body is not None:
                self.engine.put_body(id, body, forms, pose)
            else:
                self._stand(id, forms, pose)
        self.keep(row, pose.position, pose.rotation)
        self.place(row, pose.position, pose.rotation)
        if settled and self.physical[row]:
            self._settled.add(row)

    def _stand(self, id: int, forms: list[tuple[Form, Pose]], pose: Pose) -> None:
        assert self.engine is not None
        parts = tuple(form._replace(at=at.under(form.at)) for form, at in forms)
        self.engine.put_fixed(id, Form("parts", parts=parts), pose)

    def drop(self, id: int) -> None:
        """Forget an entity's body."""
        row = self.rows.pop(id, None)
        if row is None:
            return
        if self.engine is not None:
            self.engine.untie(id)
            self.engine.drop_body(id)
            self.engine.drop_fixed(id)
            self.stir()
        self.alive[row] = self.physical[row] = False
        self.still[row] = True
        self.carried.pop(row, None)
        self.movers.pop(row, None)
        self.unsettled.discard(row)
        self._settled.discard(row)
        self._active.discard(row)
        self._free.append(row)

    def tie(self, id: int, joint: Joint | None, other: int | None, frame: Pose) -> None:
        """Join a body to another one or to a frame; None takes its joint away."""
        if self.engine is None or not self._moves(id):
            return
        self.stir()
        if joint is None or (other is not None and (other == id or not self._moves(other))):
            self.engine.untie(id)
        else:
            self.engine.tie(id, joint, other, frame)

    def _moves(self, id: int) -> bool:
        row = self.rows.get(id)
        return row is not None and bool(self.physical[row])

    def stir(self) -> None:
        """Hear that something came or went: what leans on it may fall."""
        self._stirred = True

    def keep(self, row: int, position: Vec, rotation: Quat) -> None:
        """Note where the log says that a body rests."""
        self.kept_places[row], self.kept_turns[row] = position, rotation

    def place(self, row: int, position: Vec, rotation: Quat) -> None:
        """Put a body somewhere, without motion; physics goes on from there."""
        self.places[row], self.turns[row] = position, rotation
        self._anchors[row], self._anchor_turns[row] = position, rotation
        self._anchored[row] = self._tick
        self.replaced.add(row)
        if self.physical[row] and self.engine is not None:
            self.engine.set_pose(int(self.ids[row]), position, rotation)
            self._active.add(row)

    def pose(self, row: int) -> Pose:
        """Return where a body is now."""
        x, y, z = self.places[row].tolist()
        i, j, k, w = self.turns[row].tolist()
        return Pose((x, y, z), unit((i, j, k, w)))

    # -- hands and pushes ----------------------------------------------------------------------

    def push(self, id: int, velocity: Vec, mover: str) -> None:
        """Let a body go at a velocity in metres per second, unless a hand holds it."""
        row = self.rows.get(id)
        if row is None or not self.physical[row] or row in self.carried:
            return
        assert self.engine is not None
        self.engine.set_speed(id, velocity)
        self._wake(row, mover)

    def carry(self, row: int, drive: Drive, mover: str) -> None:
        """Let a hand hold a body from now on, or hold it elsewhere."""
        if row not in self.carried and self.engine is not None:
            if self.physical[row]:
                self.engine.carry(int(self.ids[row]), True)
            else:
                self.engine.drop_fixed(int(self.ids[row]))
        self.carried[row] = drive
        self._wake(row, mover)

    def let_go(self, row: int, velocity: Vec) -> None:
        """Take a body out of a hand; without physics it rests where it is."""
        if self.carried.pop(row, None) is None:
            return
        if self.physical[row] and self.engine is not None:
            id = int(self.ids[row])
            self.engine.carry(id, False)
            self.engine.set_speed(id, velocity)
            self._active.add(row)
        else:
            self.still[row] = True
            self.unsettled.add(row)

    def _wake(self, row: int, mover: str) -> None:
        self.still[row] = False
        self._anchored[row] = self._tick
        self.movers[row] = mover
        self.unsettled.discard(row)
        self._active.add(row)

    # -- time ----------------------------------------------------------------------------------

    def step(self, walks: Walks, near: Mapping[str, Vec]) -> None:
        """Take one 50 ms step; `walks` are those of the visitors `near` who move (→ feet)."""
        self._tick += 1
        self._carry_by_hand()
        if self.engine is None:
            return
        for visitor in [one for one in self.engine.visitors if one not in near]:
            self.engine.drop_visitor(visitor)
        for visitor in near.keys() - self.engine.visitors:
            self.engine.put_visitor(visitor, near[visitor])
        if not (self._active or walks or self._stirred):
            return
        self._stirred = False
        drives = {
            int(self.ids[row]): drive for row, drive in self.carried.items() if self.physical[row]
        }
        self.engine.step(drives, walks)
        if self._settled:
            self._lie_on()
        awake = self.engine.awake()
        rows = {self.rows[id] for id in awake if id in self.rows}
        looked = sorted(rows | {row for row in self._active if self.physical[row]})
        self._read(looked, rows, walks)
        # What sleeps with its last bit of motion unseen is looked at once more.
        self._active = rows | {row for row in looked if not self.still[row]}
        self._mend()

    def _lie_on(self) -> None:
        """Let bodies that lay still before the world was closed sleep where they lay.

        Stepped anew they would creep: a solver forgets with the process what held a heap together.
        What falls has nothing under it any more, and falls.
        """
        assert self.engine is not None
        rows = np.array(sorted(self._settled & self._active), np.intp)
        self._settled.clear()
        places, _ = self.engine.read(self.ids[rows].tolist())
        held = rows[np.linalg.norm(places - self.kept_places[rows], axis=1) < FALLS_M]
        self.engine.sleep(self.ids[held].tolist())
        self._active.difference_update(held.tolist())

    def _carry_by_hand(self) -> None:
        """Move what physics does not: straight to the hand, as fast as a body may."""
        for row, drive in self.carried.items():
            if self.physical[row]:
                continue
            way = np.array(drive.position) - self.places[row]
            size = float(np.linalg.norm(way))
            share = min(1.0, CARRY_M_PER_TICK / size) if size > 0 else 1.0
            self.places[row] += way * share
            self.turns[row] = drive.rotation

    def _read(self, rows: list[int], awake: set[int], walks: Walks) -> None:
        """Take the poses of what moved, and find what came to rest."""
        assert self.engine is not None
        if not rows:
            return
        at = np.array(rows)
        self.places[at], self.turns[at] = self.engine.read(self.ids[at].tolist())
        away = np.abs(self.places[at] - self._anchors[at]).max(axis=1) > ANCHOR_M
        turned = np.abs(np.einsum("ij,ij->i", self.turns[at], self._anchor_turns[at])) < ANCHOR_DOT
        moving = away | turned
        moved = at[moving]
        self._anchors[moved], self._anchor_turns[moved] = self.places[moved], self.turns[moved]
        self._anchored[moved] = self._tick
        for row in moved[self.still[moved]].tolist():
            self._blame(row, walks)
        self.still[moved] = False
        for row in at[~moving & ~self.still[at]].tolist():
            long = self._tick - self._anchored[row] >= STILL_TICKS
            if row not in self.carried and (long or row not in awake):
                self._rest(row)

    def _rest(self, row: int) -> None:
        assert self.engine is not None
        self.still[row] = True
        self.unsettled.add(row)
        self.engine.halt(int(self.ids[row]))

    def _blame(self, row: int, walks: Walks) -> None:
        """Find out who set a resting body in motion: who walks into it, else nobody we know."""
        self.unsettled.discard(row)
        x, y, z = self.places[row].tolist()
        best, found = self.reach[row] + 0.6, ""
        for visitor, (_, feet) in walks.items():
            level = abs(feet[1] + 0.9 - y) < 1.5 + self.reach[row]
            away = np.hypot(feet[0] - x, feet[2] - z)
            if level and away < best:
                best, found = away, visitor
        self.movers[row] = found

    def _mend(self) -> None:
        """Bring back what fell out of the world, flew away or overflowed."""
        assert self.engine is not None
        lost = {self.rows[id] for id in self.engine.revive() if id in self.rows}
        at = np.array(sorted(self._active), np.intp)
        if len(at):
            places = self.places[at]
            far = (places[:, 1] < ABYSS_M) | (np.abs(places).max(axis=1) > LIMITS.extent_m_max)
            bad = ~np.isfinite(places).all(axis=1) | ~np.isfinite(self.turns[at]).all(axis=1)
            lost |= set(at[far | bad].tolist())
        for row in lost:
            self.place(row, _vec(self.kept_places[row]), _quat(self.kept_turns[row]))

    def news(self) -> list[int]:
        """Return the rows that came to rest elsewhere than kept; the others are forgotten."""
        rows = [row for row in sorted(self.unsettled) if self.still[row]]
        self.unsettled.clear()
        if not rows:
            return []
        at = np.array(rows)
        away = np.linalg.norm(self.places[at] - self.kept_places[at], axis=1) > LIMITS.rest_m
        dots = np.abs(np.einsum("ij,ij->i", self.turns[at], self.kept_turns[at]))
        turned = dots < np.cos(LIMITS.rest_radians / 2)
        found: list[int] = at[away | turned].tolist()
        return found

    def afloat(self) -> Indices:
        """Return the rows whose pose is not the one of the log, as far as anyone could see."""
        away = np.linalg.norm(self.places - self.kept_places, axis=1) > LIMITS.rest_m
        return np.flatnonzero(self.alive & (~self.still | away))


def at_reach(form: Form, at: Pose) -> float:
    """Return how far a form reaches from its body's origin, in metres."""
    return float(np.linalg.norm(at.position)) + form.reach


def _vec(values: NDArray[np.float64]) -> Vec:
    x, y, z = values.tolist()
    return x, y, z


def _quat(values: NDArray[np.float64]) -> Quat:
    x, y, z, w = values.tolist()
    return unit((x, y, z, w))
