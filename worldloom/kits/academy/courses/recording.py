"""An instructor does it once: what is recorded becomes what a figure shows learners.

Between a start and its end a recording is presence alone, so a server that stops meanwhile has
recorded nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Final

from msgspec import Meta, Struct, field

from worldloom import Click, Conflict, Event, NotFound, Transform, Visitor, World
from worldloom.kernel.space import upright
from worldloom.kits.academy.classroom.marking import stand_of
from worldloom.kits.academy.courses import ghost
from worldloom.kits.academy.courses.demonstrating import (
    Demonstration,
    Point,
    Pose,
    Poses,
    Sample,
    Way,
    is_still,
    moment_of,
    reaching,
    sampled,
    way_of,
)
from worldloom.kits.academy.courses.limits import COURSE_LIMITS as LIMITS
from worldloom.kits.academy.courses.run import SECOND_US
from worldloom.kits.academy.instructors import Instructors

Name = Annotated[str, Meta(max_length=80)]
EVERY_SECONDS: Final = 0.2
UNDERWAY: Final = "academy.demonstrating"
"""Where presence has what is being recorded."""
AGAIN: Final = "academy.shown-again"
"""Where presence has which figures walk before whoever recorded them, and since when."""
WALKING: Final = "academy.walking"
"""Where presence has which figures walk now."""
FULL: Final = (
    f"{LIMITS.samples_max * EVERY_SECONDS:.0f} seconds are recorded: there is room for no more. "
    "End it; what you do now is not kept."
)


class Demonstrated(Event, name="academy.Demonstrated", private=True):
    """A demonstration was recorded anew."""

    name: str
    seconds: float
    samples: int


class Recording(Struct):
    """What is being recorded: which demonstration, by whom, since when, and what so far."""

    name: str
    account: str
    start: int = 0
    """When the first sample was taken, in UTC microseconds."""
    path: list[Sample] = field(default_factory=list)
    poses: list[Pose] = field(default_factory=list)
    presses: list[tuple[float, Point]] = field(default_factory=list)
    """When something was pressed, in seconds from the start, and where it is."""

    @property
    def seconds(self) -> float:
        """How much there is so far."""
        return self.path[-1][0] if self.path else 0.0

    @property
    def is_full(self) -> bool:
        """Whether there is room for no more."""
        return len(self.path) >= LIMITS.samples_max


def underway(world: World) -> Recording | None:
    """Return what is being recorded; a recording ends when who records leaves the world."""
    now: Recording | None = world.presence.get(UNDERWAY)
    if now is not None and _present(world, now.account) is None:
        del world.presence[UNDERWAY]
        return None
    return now


def begin(world: World, visitor: Visitor, name: str) -> None:
    """Begin to record a demonstration; raises Conflict for who cannot, or not now."""
    now = underway(world)
    if now is not None:
        who = _present(world, now.account)
        raise Conflict(f"{who.name if who else 'someone'} is recording {now.name!r}",
                       "wait until they are done")  # fmt: skip
    if name in world and Demonstration not in world[name]:
        raise Conflict(f"{name!r} is another thing of this world", "name the figure otherwise")
    if _present(world, visitor.account) is None:
        raise Conflict("you are not in the world", "enter it, and walk")
    world.presence[UNDERWAY] = Recording(name, visitor.account)


def end(world: World) -> float:
    """End what is being recorded: learners see it from now on; return its length in seconds.

    A figure that is not there yet is made. Raises Conflict where nothing was shown.
    """
    now: Recording = world.presence.pop(UNDERWAY)
    shown = reaching(Way(tuple(now.path), tuple(now.poses)), now.presses)
    if is_still(shown) and not now.presses:
        raise Conflict("nothing was walked", "begin again, and walk it")
    if now.name in world:
        made = world[now.name]
        first = moment_of(shown, 0.0)
        made[Demonstration], made[Poses] = Demonstration(shown.path), Poses(shown.poses)
        made[Transform] = Transform(first.place, upright(first.heading))
    else:
        ghost.figure(world, now.name, shown)
    world.append(Demonstrated(now.name, now.seconds, len(now.path)))
    world.presence.setdefault(AGAIN, {})[now.name] = world.now
    return now.seconds


def discard(world: World, visitor: Visitor) -> None:
    """Let go of what someone records; raises Conflict where they record nothing."""
    now = underway(world)
    if now is None or now.account != visitor.account:
        raise Conflict("you are recording nothing", "begin a recording first")
    del world.presence[UNDERWAY]


def just_recorded(world: World) -> dict[str, int]:
    """Return which figures walk once for their instructor, and since when (microseconds UTC)."""
    walking: dict[str, int] = world.presence.get(AGAIN, {})
    for name, since in list(walking.items()):
        way = way_of(world[name]) if name in world else None
        if way is None or world.now - since > way.seconds * SECOND_US:
            del walking[name]
    return dict(walking)


def walk(world: World, asked: Mapping[str, int]) -> None:
    """Show these figures as far as they have come since moments in UTC microseconds.

    Those that nobody watches any more stand where their way begins.
    """
    before: Collection[str] = world.presence.get(WALKING, ())
    world.presence[WALKING] = tuple(asked)
    shown = world.presence.setdefault(ghost.SHOWN, {})
    for name in dict.fromkeys((*before, *asked)):
        if name in world:
            ghost.show(world[name], asked.get(name, world.now), world.now, shown)


def _present(world: World, account: str) -> Visitor | None:
    return next((one for one in world.visitors if one.account == account), None)


def add_recording(
    world: World, names: Callable[[], Collection[str]], instructors: Instructors
) -> None:
    """Give a world the samples, and the action by which an instructor records.

    `names`: the demonstrations that courses show, as they are taught and edited now.
    """

    @world.action(role=instructors.needs)
    def record_demonstration(visitor: Visitor, demonstration: Name) -> str:
        """Begin to record where you walk; asked again, it ends and is what learners see."""
        instructors.check(visitor)
        known = names()
        if demonstration not in known:
            raise NotFound(f"no course shows {demonstration!r}",
                           f"there are {', '.join(known) or 'none'}")  # fmt: skip
        now = underway(world)
        if now is None or (now.account, now.name) != (visitor.account, demonstration):
            begin(world, visitor, demonstration)
            return "Walk it now, and ask for the same when you are done."
        return f"{end(world):.0f} seconds are what learners see from now on."

    @world.every(EVERY_SECONDS)
    def sample_the_way() -> None:
        """Note where who records is now and how they stand, as long as the limit allows."""
        now = underway(world)
        here = None if now is None or now.is_full else _present(world, now.account)
        stance = here.stance if here is not None else None
        if now is None or here is None or stance is None:
            return
        now.start = now.start or world.now
        sample, pose = sampled((world.now - now.start) / SECOND_US, stance)
        now.path.append(sample)
        now.poses.append(pose)
        if now.is_full:
            here.tell(FULL)

    @world.on(Click)
    def note_what_is_pressed(click: Click) -> None:
        """Note where a thing is that who records presses: the figure reaches for it."""
        now = underway(world)
        known = now is not None and now.start and click.visitor.account == now.account
        if now is not None and known and len(now.presses) < LIMITS.samples_max:
            seconds = (world.now - now.start) / SECOND_US
            now.presses.append((seconds, stand_of(click.entity)))
