"""Recording of presence: a visible sign, everyone's own consent, and tracks sealed per person.

The sign is a component of one entity, so that it is state: everyone who comes sees it, the log
says who put it up, and undo takes it down. Tracks are events of the same log, so that they are
verified, exported, forked and forgotten as every other fact is.
"""

from __future__ import annotations

from typing import Final

from worldloom.kernel.columns import Column, pack, unpack
from worldloom.kernel.entity import Visitor
from worldloom.kernel.errors import Conflict
from worldloom.kernel.personal import Personal
from worldloom.kernel.schema import Component, Event, decode
from worldloom.kernel.state import State
from worldloom.kernel.world import World

SIGN: Final = "recording"
"""The name of the entity that says whether a world is recorded."""


class Recording(Component):
    """Whether the motion of those who consent is recorded, and since when (UTC microseconds)."""

    on: bool = False
    since: int = 0


class Consented(Event):
    """A visitor let their motion be recorded, or does so no longer; it lasts for this visit."""

    visitor: Visitor
    on: bool


class Tracked(Event, private=True):
    """One person's way through some seconds of a recording, sealed under that person's key.

    `recording` is the seq that put up the sign; times are UTC microseconds.
    """

    recording: int
    visitor: str
    account: str
    name: Personal[str]
    start: int
    end: int
    rows: int
    poses: Personal[bytes]


class Looked(Event, private=True):
    """What someone who is recorded looks like from a time on, sealed as their way is.

    `look` is a code of the wardrobe and the sha256 of a VRM, either may be empty.
    """

    recording: int
    visitor: str
    account: str
    since: int
    look: Personal[tuple[str, str]]


TRACKED: Final = Tracked.__kind__.name
LOOKED: Final = Looked.__kind__.name
CONSENTED: Final = Consented.__kind__.name
_RECORDING: Final = Recording.__kind__.name


def record(world: World, on: bool) -> dict[str, bool]:
    """Put up or take down the sign; only who consents is recorded, and everyone sees the sign."""
    if SIGN not in world:
        world.spawn(SIGN)
    sign, since = world[SIGN], world.now
    known = sign.get(Recording)
    if on != (known is not None and known.on):
        sign[Recording] = Recording(on, since if on else 0)
    return {"on": on}


def be_recorded(world: World, visitor: Visitor, on: bool) -> dict[str, bool]:
    """Let your own motion be recorded while the sign is up, during this visit; or no longer."""
    if not visitor.id:
        raise Conflict("only someone in the world can be recorded", "enter it", code="not_here")
    world.append(Consented(visitor, on))
    return {"on": on}


def running(state: State) -> tuple[int, int]:
    """Return (id, since when) of the recording that runs, or (0, 0)."""
    id = state.by_name.get(SIGN)
    cell = None if id is None else state.entities[id].cells.get(_RECORDING)
    if cell is None:
        return 0, 0
    sign = decode(Recording, cell.data, cell.version)
    # What put it up first, so that an undo of its end goes on with the same recording.
    return (cell.origin, sign.since) if sign.on else (0, 0)


def pack_poses(times_us: Column, poses: Column) -> bytes:
    """Return a track as bytes: int64 times (n,) and whole numbers (n, k).

    The first four are steps of x, y, z and yaw in the motion's quantum. After them comes the
    animation, and of who wears a headset head and hands: flags, places, turns.
    """
    return pack([times_us, *poses.T])


def unpack_poses(data: bytes) -> tuple[Column, list[Column]]:
    """Return times and columns of whole numbers; raises Invalid."""
    times, *columns = unpack(data)
    return times, columns
