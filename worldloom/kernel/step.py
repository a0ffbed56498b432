"""One step of a world being decided: its drafts, its chance, and what leaves beside the log."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, Protocol, TypeVar

import msgspec

from worldloom.kernel.agents import person_of
from worldloom.kernel.chance import Chance
from worldloom.kernel.draft import Draft
from worldloom.kernel.errors import Invalid, Misused
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.personal import Personal
from worldloom.kernel.ports import Entropy, Store
from worldloom.kernel.records import encode_payload
from worldloom.kernel.schema import Event, Value, check_plain, invalid_field
from worldloom.kernel.sealing import NONCE_BYTES, Keys
from worldloom.kernel.state import State

if TYPE_CHECKING:
    from worldloom.kernel.actions import Action
    from worldloom.kernel.entity import Visitor
    from worldloom.kernel.handlers import Reaction
    from worldloom.kernel.past import Past
    from worldloom.kernel.people import People
    from worldloom.kernel.world import World

Point = tuple[float, float, float]
V = TypeVar("V", bound=Value)
NOBODY: Final = frozenset(("", "author", "world"))
"""Actors that are no people."""


class Tell(NamedTuple):
    """A line for one visitor of a world, shown once the group is durable and never kept."""

    world: str
    visitor: str
    text: str


class Move(NamedTuple):
    """A visitor's new place (feet, metres), applied by whoever holds presence."""

    world: str
    visitor: str
    position: Point
    copy: int = 0
    """In which copy of the world; 0: where they are."""
    heading: float | None = None
    """Where they look, in radians: 0 to -Z, counter-clockwise; None: as they did."""


class Meant(NamedTuple):
    """What a deed comes to in the end: by `use` it is another action than the one asked for."""

    action: str
    args: Mapping[str, Any]
    cost: int
    """What all of it declares to spend, in minor units."""


class Effect(Protocol):
    """What a step does to something live that is never logged, such as a panel."""

    def fold(self) -> None:
        """Take it in: the step is decided, and the next one reads what it did."""
        ...

    def settle(self, kept: bool) -> None:
        """Show it, as all that the step wrote is durable; or take it back."""
        ...


class Desk(Protocol):
    """Where steps are decided: what a step may need of its realm."""

    entropy: Entropy
    keys: Keys
    people: People
    store: Store

    def perform(
        self, step: Step, world: World, visitor: Visitor, name: str, args: Mapping[str, Any]
    ) -> Any:
        """Run another action inside a step, under the same visitor's rights."""
        ...

    def respond(self, world: str, reaction: Reaction, event: Event) -> None:
        """Run what an author does about an event that concerns it."""
        ...

    def action_of(self, world: World, name: str) -> Action | None:
        """Return an action of a world by its name."""
        ...

    def past(self, world: str) -> Past:
        """Return the old records of a world, for the few decisions that need them."""
        ...


class Step(msgspec.Struct, eq=False):
    """What one command, reaction, timer or answer decides; dropped whole when it raises."""

    __injected__: ClassVar[bool] = True

    desk: Desk
    now: int
    actor: str
    cause: str
    depth: int = 0
    drafts: dict[str, Draft] = {}
    """Stream name → its part of the group, the step's own world first."""
    tells: tuple[Tell, ...] = ()
    moves: tuple[Move, ...] = ()
    effects: tuple[Effect, ...] = ()
    """What it does to presence, in order."""
    discreet: bool = False
    """Whether a world that it writes nothing in keeps no word of what it writes elsewhere."""
    person: str = ""
    """Whose data are written where nobody else is named: who asked, at first or by another step."""
    sealed: dict[tuple[str, str], int] | None = None
    """(person, stream) → seq from which on this step seals that person's data there."""
    approved: bool = False
    """Whether a person said yes to it, or it is only tried."""
    meant: Meant | None = None
    """What the person said yes to."""
    grave: bool = False
    """Whether an agent needs a person's yes for what it did up to now, whatever its action says:
    it removes an entity, asks for something outside, or turns what another did."""
    cost: int = 0
    """What its actions declare to spend up to now, in minor units."""
    long: str = ""
    """The action of it that says of itself that what it asks of the outside takes its time."""
    _chance: Chance | None = None

    @property
    def chance(self) -> Chance:
        """Random numbers, seeded once for this step."""
        if self._chance is None:
            self._chance = Chance(self.desk.entropy(16))
        return self._chance

    def draft(self, stream: str, state: State) -> Draft:
        """Return this step's part in a stream, begun when it is first asked for."""
        draft = self.drafts.get(stream)
        if draft is None:
            draft = self.drafts[stream] = Draft(state, self.actor)
        return draft

    def seal(self, world: World, value: V) -> V:
        """Return a value whose personal fields are sealed under their people's keys."""
        return self.seal_in(world.name, world.ground, value)

    def seal_in(self, stream: str, draft: Draft, value: V) -> V:
        """Return a value as `seal` does, for a stream that may be no world's."""
        kind = value.__kind__
        boxes: dict[str, Any] = {}
        nonces = self.desk.keys.nonces(len(kind.personal))
        for at, (field, held) in enumerate(kind.personal.items()):
            given = getattr(value, field)
            if not isinstance(given, Personal):
                raise Misused(
                    f"{kind.name}.{field} is personal, and a {type(given).__name__} came",
                    f"give Personal({field}), or Personal({field}, of=visitor)",
                    code="bad_personal",
                )
            plain = given.unsealed
            if plain:
                data = _encode_personal(plain, held, f"{kind.name}.{field}")
                person = self._whose(given.of)
                if person:
                    nonce = nonces[at * NONCE_BYTES : (at + 1) * NONCE_BYTES]
                    boxes[field] = given.sealed(self.desk.keys.seal(person, data, nonce))
                    if self.sealed is None:
                        self.sealed = {}
                    self.sealed.setdefault((person, stream), draft.next_seq)
        return msgspec.structs.replace(value, **boxes) if boxes else value

    def _whose(self, of: object) -> str:
        """Return the account of a Personal's `of`; empty where it may be nobody's."""
        if of:
            named = of if isinstance(of, str) else getattr(of, "account", "")
            if named and named not in NOBODY:
                return str(named)
        person = self.person or ("" if self.actor in NOBODY else person_of(self.actor))
        if not person and of is None:
            raise Misused(
                "nobody asked for this step: it is not known whose the personal data are",
                "write Personal(value, of=account)",
                code="bad_personal",
            )
        return person

    def tell(self, world: World, visitor: str, text: str) -> None:
        """Show a line to one visitor once the group is durable."""
        if not isinstance(text, str):
            raise Misused(f"{text!r} is no text", "tell(str(…))", code="not_a_text")
        self.tells += (Tell(world.name, visitor, text[: LIMITS.text_characters_max]),)

    def move(
        self,
        world: World,
        visitor: str,
        position: Point,
        copy: int = 0,
        heading: float | None = None,
    ) -> None:
        """Put a visitor's feet somewhere once the group is durable; raises Invalid."""
        if heading is not None and not math.isfinite(heading):
            raise Invalid("a heading is a finite number of radians", field="heading")
        self.moves += (Move(world.name, visitor, check_position(position), copy, heading),)

    def affect(self, effect: Effect) -> None:
        """Do something to presence with this step: together with it, or not at all."""
        self.effects += (effect,)

    def deepen(self) -> None:
        """Count one more handler inside a handler; raises Misused when there is no end to it."""
        self.depth += 1
        if self.depth > LIMITS.reaction_depth_max:
            raise Misused(
                "handlers call one another without end",
                "do not append the event that a handler handles",
                code="endless_handlers",
            )


def _encode_personal(value: object, held: Any, path: str) -> bytes:
    """Return the bytes that are sealed; raises Invalid."""
    try:
        data = encode_payload(value)
        if held is not str or type(value) is not str:
            msgspec.msgpack.decode(data, type=held)
            check_plain(value, path)
        return data
    except (msgspec.ValidationError, TypeError, OverflowError, UnicodeEncodeError) as error:
        raise invalid_field(error, path) from error


def check_position(position: Any, field: str = "position") -> Point:
    """Return a position inside the extent as three floats; raises Invalid."""
    try:
        x, y, z = (float(axis) for axis in position)
    except (TypeError, ValueError) as error:
        raise Invalid(
            f"{field} is not three numbers", "[x, y, z] in metres", field=field
        ) from error
    most = LIMITS.extent_m_max
    # Written so that NaN fails too.
    if not all(-most <= axis <= most and math.isfinite(axis) for axis in (x, y, z)):
        raise Invalid(
            f"{field} lies outside the world", f"stay within {most:g} metres", field=field
        )
    return x, y, z
