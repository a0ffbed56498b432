"""The realm: worlds, people, commands and what follows from them; driven from outside.

It has no loop, clock or chance of its own, so that a server and a simulator can drive it alike:
`do`, `react`, `tick` and `answer` fill `outbox`; whoever commits reports by `committed`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, Final

import msgspec
from msgspec import Struct

from worldloom.kernel.builtin import BUILT_IN
from worldloom.kernel.components import Spawn, Transform
from worldloom.kernel.decider import Question, no_action
from worldloom.kernel.declared import check_upgrades, declare, read_declaration
from worldloom.kernel.draft import check_name
from worldloom.kernel.entity import Visitor
from worldloom.kernel.errors import (
    Conflict,
    Invalid,
    Misused,
    NotFound,
    OverLimit,
    WorldloomError,
)
from worldloom.kernel.events import Entered, Left
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import LiveWorld, Sealed, Snapshot, Stream, load_state
from worldloom.kernel.people import LOCAL, Bearer
from worldloom.kernel.ports import Clock, Entropy, Store
from worldloom.kernel.reactor import Reactor
from worldloom.kernel.rights import Role, require
from worldloom.kernel.state import State
from worldloom.kernel.step import Move, Point, Step, Tell
from worldloom.kernel.world import RESERVED, World

AUTHOR: Final = "author"
"""Who acts when the file's declaration is logged."""


class Caller(Struct, frozen=True):
    """Who asks: an account, and the visitor's body if it has one in the world."""

    account: str = ""
    name: str = ""
    visitor: str = ""
    role: Role | None = None
    position: Point | None = None


class Command(Struct, frozen=True):
    """One asking of an action, which may be refused."""

    world: str
    action: str
    args: Mapping[str, Any]
    caller: Caller
    cause: str = ""
    """`do:<visitor or account>:<n>`; made from the caller when empty."""
    key: str | None = None
    """An Idempotency-Key: the same key gets the same answer for 24 h."""
    dry_run: bool = False


class Decision(Struct, frozen=True):
    """What came of a command; it may be told once `seq` is durable."""

    group: Sealed | None
    """The group that waits to be kept, or None when nothing happened."""
    seq: int
    result: Any = None
    tells: tuple[Tell, ...] = ()
    moves: tuple[Move, ...] = ()
    """New places of visitors. Both are the group's own: apply them once, when it is durable."""


class _Meta(Struct, frozen=True):
    """What the realm keeps of a world beside its log."""

    title: str
    public: bool


class Realm(Reactor):
    """One server's worlds and people over one store."""

    def __init__(self, store: Store, clock: Clock, entropy: Entropy) -> None:
        """Load the people; raises Unavailable when the store cannot be read."""
        super().__init__(store, clock, entropy)
        self._names = {head.name for head in store.streams()}
        self._answers: dict[str, tuple[bytes, Decision]] = {}
        self._commands = 0

    # -- worlds --------------------------------------------------------------------------------

    def open(self, world: World) -> LiveWorld:
        """Open a world, or swap the code of an open one, and log what its file newly declares.

        Raises Misused, changing nothing, when its components changed without an upgrade.
        """
        clash = BUILT_IN.keys() & world.actions.keys()
        if clash:
            raise Misused(
                f"{sorted(clash)[0]} is an action of every world",
                "choose another name",
                code="duplicate_name",
            )
        live = self._worlds.get(world.name) or LiveWorld(world, self.store)
        fresh = live.lost
        if fresh:
            self._load(live)
        last = live.state.declared
        check_upgrades(last)
        used = {name for name, ids in live.state.having.items() if ids}
        new = read_declaration(world.declared(), world.source, last, used)
        before, known = live.world, self._worlds.get(world.name)
        live.world, self._worlds[world.name] = world, live
        live.bind()
        try:
            self._decide(live, AUTHOR, "declare", lambda _: declare(world.ground, last, new))
        except WorldloomError:
            self._put_back(live, before, known)
            raise
        live.declaration = new
        self._names.add(world.name)
        self._keep_meta(world)
        if fresh or live.bare:
            live.bare = False
            self._load_followups(live)
        else:
            live.follow.rebind(world, self._now(live))
        return live

    def _put_back(self, live: LiveWorld, before: World, known: LiveWorld | None) -> None:
        """Let an open world go on under its old code, or forget one that did not open."""
        if known is None:
            del self._worlds[live.name]
            return
        live.world = before
        live.bind()

    def _keep_meta(self, world: World) -> None:
        meta = msgspec.msgpack.encode(_Meta(world.title, world.public))
        if self.store.meta(f"world:{world.name}") != meta:
            self.store.set_meta(f"world:{world.name}", meta)

    def open_name(self, name: str) -> LiveWorld:
        """Open a world of the store without its author's code; raises NotFound."""
        live = self._worlds.get(name)
        if live is not None:
            return live
        if name not in self._names or name in RESERVED:
            raise NotFound(f"there is no world {name[:100]}", "GET /api/worlds lists them")
        kept = self.store.meta(f"world:{name}")
        meta = msgspec.msgpack.decode(kept, type=_Meta) if kept else _Meta(name, True)
        live = LiveWorld(World(name, meta.title, meta.public), self.store)
        live.bare = True
        self._load(live)
        live.bind()
        self._load_followups(live)
        self._worlds[name] = live
        return live

    def create(self, name: str, title: str = "", public: bool = True) -> LiveWorld:
        """Make an empty world; raises Conflict name_taken, Invalid."""
        if name in self._names:
            raise Conflict(
                f"there is a world {name} already", "choose another name", code="name_taken"
            )
        try:
            world = World(name, title, public)
        except Misused as error:
            raise Invalid(error.message, error.fix, field="name") from error
        return self.open(world)

    def world(self, name: str) -> LiveWorld:
        """Return an open world, opening it from the store at need; raises NotFound."""
        live = self._worlds.get(name) or self.open_name(name)
        if live.lost:
            self._revive(live)
        return live

    def learn(self, name: str) -> None:
        """Take note of a world that was copied into the store, as by an import."""
        self._names.add(name)

    def worlds(self) -> list[str]:
        """Return the names of all worlds of the realm, in order of the alphabet."""
        return sorted(self._names - RESERVED)

    def at(self, name: str, seq: int | None = None) -> State:
        """Return the durable state at a seq, rounded down to a whole group; raises NotFound."""
        live = self.world(name)
        until = live.durable_seq if seq is None else seq
        if not 0 <= until <= live.durable_seq:
            raise NotFound(
                f"{name} has no seq {until}", f"its newest is {live.durable_seq}", code="not_found"
            )
        return load_state(self.store, live.stream, until)

    # -- people --------------------------------------------------------------------------------

    def role(self, account: str, world: str) -> Role | None:
        """Return the role of an account in a world, None for no right to be there."""
        return self.people.role(account, world, self.world(world).world.public)

    def grant(self, account: str, world: str, role: Role) -> Sealed | None:
        """Give an account a role in a world (`*`: in all), outside of any command."""
        check_name(account)
        return self._administer(lambda step: self.people.grant(step, account, world, role))

    def make_token(self, account: str, role: Role) -> tuple[str, Sealed | None]:
        """Return a new secret that stands for an account, which is made when absent."""
        check_name(account)
        secret = f"wl_{self.entropy(24).hex()}"
        return secret, self._administer(lambda step: self.people.issue(step, account, role, secret))

    def account_of_token(self, secret: str) -> Bearer | None:
        """Return the account that a token stands for, and the role that it allows at most."""
        return self.people.bearer(secret)

    def _administer(self, run: Callable[[Step], None]) -> Sealed | None:
        if self._people.lost:
            self._revive(self._people)
        self._check_room()
        now = self._now(self._people)
        step = Step(self, now, LOCAL, f"do:{LOCAL}:0")
        run(step)
        return self._seal(step, self._people)

    # -- visitors ------------------------------------------------------------------------------

    def enter(self, world: str, account: str, name: str, role: Role | None = None) -> Decision:
        """Let someone in; the result names the visitor and where they stand.

        `role` replaces the account's own, as for a token. Raises NotAllowed, OverLimit.
        """
        live = self.world(world)
        self._check_room()
        role = role or self.role(account, world)
        require(role, Role.VISITOR, f"entering {world}", account)
        self.people.check_ban(account, world, self._now(live))
        check_name(name)
        if len(live.visitors) >= LIMITS.visitors_per_world_max:
            raise OverLimit(f"{world} is full", "try again later", retry_after_seconds=5)

        def admit(step: Step) -> dict[str, Any]:
            id = f"v{step.draft(world, live.state).next_seq}"
            position, yaw = _spawn_place(live.world, step)
            visitor = Visitor(live.world, id, account, name, role, position)
            live.visitors[id] = visitor
            live.world.append(Entered(visitor, account, name))
            return {
                "visitor": id, "account": account, "name": name, "role": str(role),
                "position": list(position), "yaw": yaw,
            }  # fmt: skip

        result, sealed = self._decide(live, account, f"enter:{account}", admit)
        return _decision(sealed, live, result)

    def leave(self, world: str, visitor: str) -> Decision | None:
        """Let someone go; None when they were gone."""
        live = self.world(world)
        gone = live.visitors.pop(visitor, None)
        if gone is None:
            return None
        _, sealed = self._decide(
            live, gone.account, f"leave:{visitor}", lambda _: live.world.append(Left(gone))
        )
        return _decision(sealed, live, None)

    # -- commands ------------------------------------------------------------------------------

    def do(self, command: Command) -> Decision:
        """Decide a command; raises Refused, Misused or Unavailable, and then nothing happened."""
        live = self.world(command.world)
        self._check_room()
        caller = command.caller
        action = live.world.actions.get(command.action) or BUILT_IN.get(command.action)
        if action is None:
            raise no_action(command.action, command.world)
        require(caller.role, action.role, action.name, caller.account)
        self.people.check_ban(caller.account, command.world, self._now(live))
        question = None
        if command.key is not None and not command.dry_run:
            question = self._question(command, command.key)
            known = self._known_answer(question)
            if known is not None:
                return known
        visitor = Visitor(
            live.world, caller.visitor, caller.account, caller.name, caller.role, caller.position
        )
        self._commands += 1
        result, sealed = self._decide(
            live,
            caller.account,
            command.cause or f"do:{caller.visitor or caller.account}:{self._commands}",
            lambda step: action.run(step, live.world, visitor, command.args),
            question=question,
            dry_run=command.dry_run,
        )
        decision = _decision(sealed, live, result)
        if question is not None:
            self._answers[question.key] = (question.digest, decision)
        return decision

    def _question(self, command: Command, key: str) -> Question:
        """Return what a command's key stands for: asker, world, action and arguments."""
        if not 0 < len(key) <= LIMITS.idempotency_key_characters_max:
            most = LIMITS.idempotency_key_characters_max
            raise Invalid(f"an Idempotency-Key has 1 to {most} characters", field="Idempotency-Key")
        try:
            asked = msgspec.json.encode((command.action, command.args), order="sorted")
        except (TypeError, ValueError) as error:
            raise Invalid(f"the arguments are no JSON: {error}", field="arguments") from error
        expires = self._clock() + LIMITS.idempotency_hours * 3_600_000_000
        whole = f"{command.world}/{command.caller.account}/{key}"
        return Question(whole, sha256(asked).digest(), expires)

    def _known_answer(self, question: Question) -> Decision | None:
        """Return the answer that a key got before; raises Conflict for other arguments."""
        waiting = self._answers.get(question.key)
        if waiting is not None:
            digest, decision = waiting
        else:
            stored = self.store.answer(question.key, self._clock())
            if stored is None:
                return None
            digest, seq, result = msgspec.msgpack.decode(stored)
            decision = Decision(None, seq, result)
        if digest != question.digest:
            raise Conflict(
                "this Idempotency-Key was used for another command",
                "use a new key for a new command",
                code="key_reused",
            )
        return decision

    def _settle(self, sealed: Sealed, error: WorldloomError | None) -> None:
        super()._settle(sealed, error)
        if sealed.group.answer is not None:
            self._answers.pop(sealed.group.answer[0], None)

    def close(self) -> list[Snapshot]:
        """Return the snapshots and leave the cursors of a clean stop; the outbox must be empty."""
        assert not self._pending, "commit the outbox before closing"
        streams: list[Stream] = [self._people, *self._awake()]
        for live in self._awake():
            self._keep_cursors(live, live.follow.flush(live.stream))
        return [stream.snapshot() for stream in streams if stream.seq > stream.snapshot_seq]


def _decision(sealed: Sealed | None, live: LiveWorld, result: Any) -> Decision:
    if sealed is None:
        return Decision(None, live.seq, result)
    return Decision(sealed, live.seq, result, tuple(sealed.tells), tuple(sealed.moves))


def _spawn_place(world: World, step: Step) -> tuple[Point, float]:
    """Return where a visitor appears and looks: near a Spawn, chosen by chance."""
    places = list(world.find(Spawn))
    if not places:
        return (0.0, 0.0, 0.0), 0.0
    place = step.chance.choice(places)
    at = place.get(Transform) or Transform()
    angle = step.chance.uniform(0, math.tau)
    # The root makes every spot of the disc equally likely.
    distance = place[Spawn].radius * math.sqrt(step.chance.random())
    x, y, z = at.position
    _, turn, _, w = at.rotation
    yaw = 2 * math.atan2(turn, w)
    return (x + distance * math.cos(angle), y, z + distance * math.sin(angle)), yaw
