"""The realm: worlds, people, commands and what follows from them; driven from outside.

It has no loop, clock or chance of its own, so that a server and a simulator can drive it alike:
`do`, `react`, `tick` and `answer` fill `outbox`; whoever commits reports by `committed`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct

from worldloom.kernel.agents import agent_name, of_device
from worldloom.kernel.approvals import APPROVED, ApprovalNeeded, Hold, decided_already, hold_id
from worldloom.kernel.approvals import State as HoldState
from worldloom.kernel.book import STREAM
from worldloom.kernel.components import Spawn, Transform
from worldloom.kernel.copies import copies_of
from worldloom.kernel.decider import Question
from worldloom.kernel.draft import check_name
from worldloom.kernel.entity import Visitor
from worldloom.kernel.errors import Invalid, OverLimit, key_reused
from worldloom.kernel.events import Entered, Left
from worldloom.kernel.forgetting import Oblivion
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import LiveWorld, Sealed, Snapshot, Stream
from worldloom.kernel.missing import no_action
from worldloom.kernel.people import LOCAL, check_account, check_holder
from worldloom.kernel.personal import Personal
from worldloom.kernel.ports import Clock, Entropy, Store
from worldloom.kernel.rights import (
    Deed,
    Role,
    Standing,
    Token,
    check,
    decide,
    deed_of,
    refusal_of,
)
from worldloom.kernel.safety import RATES, Ties
from worldloom.kernel.schema import Event
from worldloom.kernel.step import Meant, Move, Point, Step, Tell
from worldloom.kernel.tokens import NewToken, digest_of
from worldloom.kernel.touching import leave_all
from worldloom.kernel.world import World


class Caller(Struct, frozen=True):
    """Who asks: an account, and the visitor's body if it has one in the world."""

    account: str = ""
    name: str = ""
    visitor: str = ""
    role: Role | None = None
    position: Point | None = None
    standing: Standing | None = None
    """All that decides what they may do; None: `role` says it."""

    @property
    def who(self) -> Standing:
        """What decides what they may do."""
        return self.standing or Standing(self.role, self.account)


class Command(Struct, frozen=True):
    """One asking of an action, which may be refused."""

    world: str
    action: str
    args: Mapping[str, Any]
    caller: Caller
    cause: str = ""
    """`do:<visitor or account>:<seq that the world writes next>`; made from these when empty. In
    the log `:<action>` follows where it leads to one that says of itself that it takes long."""
    key: str | None = None
    """An Idempotency-Key: the same key gets the same answer for 24 h."""
    dry_run: bool = False
    approved: bool = False
    """Whether a person said yes to what an agent asked for."""
    meant: Meant | None = None
    """What that person was told that it comes to."""


class Decision(Struct, frozen=True):
    """What came of a command; it may be told once `seq` is durable."""

    group: Sealed | None
    """The group that waits to be kept, or None when nothing happened."""
    seq: int
    result: Any = None
    held: str = ""
    """The id under which it waits for a person, who may let it happen."""
    wrote: int = 0
    """The seq of the last record that this very command wrote in its world; 0: it wrote none."""
    long: str = ""
    """The action in it that says of itself that what it asks of the outside takes its time."""

    @property
    def tells(self) -> Sequence[Tell]:
        """Lines for single visitors; the group's own: show them once, when it is durable."""
        return () if self.group is None else self.group.tells

    @property
    def moves(self) -> Sequence[Move]:
        """New places of visitors; the group's own: apply them once, when it is durable."""
        return () if self.group is None else self.group.moves


class Realm(Oblivion):
    """One server's worlds and people over one store."""

    def __init__(self, store: Store, clock: Clock, entropy: Entropy) -> None:
        """Load the people; raises Unavailable when the store cannot be read."""
        super().__init__(store, clock, entropy)
        self.ties = Ties(self.people)
        """Who wants nothing to do with whom."""

    # -- people --------------------------------------------------------------------------------

    def grant(self, account: str, world: str, role: Role) -> Sealed | None:
        """Give an account a role in a world (`*`: in all), outside of any command."""
        check_account(account)
        return self.administer(lambda step: self.people.grant(step, account, world, role))

    def make_token(
        self,
        account: str,
        new: Role | NewToken,
        by: str = LOCAL,
        raises: bool = True,
        replaces: bool = False,
        secret: str = "",
    ) -> tuple[str, Sealed | None]:
        """Return a new secret that stands for an account, which is made when absent.

        With `raises` the account gets the token's role, in the token's worlds or in all; with
        `replaces` the account's tokens of the same machine end. `secret`: one that is made
        already. Raises Invalid, OverLimit.
        """
        check_holder(account)
        new = NewToken(new) if isinstance(new, Role) else new
        new.check(self._clock())
        secret = secret or f"wl_{self.entropy(24).hex()}"
        if new.agent and not new.acts_as and self.people.stays(account):
            # It is a person's own account: what software does by it is not the person's doing.
            label = agent_name(new.label, digest_of(secret))
            name = of_device(new.device) if new.device else label
            new = msgspec.structs.replace(new, acts_as=name)

        def issue(step: Step) -> None:
            if raises:
                self.people.raise_for(step, account, new)
            self.people.issue(step, account, new, secret, replaces)

        return secret, self.administer(issue, by)

    def revoke_token(self, id: str, by: str = LOCAL) -> Sealed | None:
        """Let a token be good for nothing from now on; raises NotFound."""
        return self.administer(lambda step: self.people.revoke(step, id), by)

    def token_of(self, secret: str) -> Token | None:
        """Return the token of a secret: whom it stands for, and what it allows at most."""
        return self.people.token_of(secret)

    def administer(self, run: Callable[[Step], None], by: str = LOCAL) -> Sealed | None:
        """Change the people, outside of any command; raises what `run` does, Unavailable."""
        if self._people.lost:
            self._revive(self._people)
        self._check_room()
        now = self._clock()
        step = Step(self, now, by, f"do:{by}:{self._people.seq + 1}")
        run(step)
        return self._seal(step, self._people)

    # -- visitors ------------------------------------------------------------------------------

    def enter(
        self, world: str, account: str, name: str, role: Role | Standing | None = None
    ) -> Decision:
        """Let someone in; the result names the visitor and where they stand.

        `role` replaces the account's own, as for a token. Raises NotAllowed, OverLimit.
        """
        live = self.world(world)
        self._check_room()
        who, now = self.who(account, world, role), self._clock()
        check(who, deed_of("enter", world), now)
        self.people.check_ban(account, world, now)
        check_name(name)
        if self.free_places(world) < 1 and who.role is not Role.OWNER:
            raise OverLimit(f"{world} is full", "try again later", retry_after_seconds=5)

        def admit(step: Step) -> dict[str, Any]:
            id = f"v{step.draft(world, live.state).next_seq}"
            position, yaw = _spawn_place(live.world, step)
            visitor = Visitor(live.world, id, account, name, who.role, position, who)
            live.visitors[id] = visitor
            live.world.append(Entered(visitor, account, Personal(name, of=account)))
            return {
                "visitor": id, "account": account, "name": name, "role": str(who.role),
                "position": list(position), "yaw": yaw,
            }  # fmt: skip

        result, sealed = self._decide(live, who.actor, f"enter:{account}", admit)
        return Decision(sealed, live.seq, result)

    @property
    def people_seq(self) -> int:
        """The newest seq of the people: as long as it stands, nobody's rights have changed."""
        return self._people.seq

    def free_places(self, world: str) -> int:
        """Return how many more may come into a world; below zero where owners came as well."""
        room = self.people.rules(world).capacity or LIMITS.visitors_per_world_max
        live = self.world(world)
        copies = copies_of(live.world)
        if copies is not None:
            room = min(room, copies.places * copies.most)
        return room - len(live.visitors)

    def leave(self, world: str, visitor: str) -> Decision | None:
        """Let someone go; None when they were gone."""
        live = self.world(world)
        gone = live.visitors.pop(visitor, None)
        if gone is None:
            return None

        def go(_: Step) -> None:
            leave_all(live.world, gone)
            live.world.append(Left(gone))

        _, sealed = self._decide(live, gone.standing.actor, f"leave:{visitor}", go)
        return Decision(sealed, live.seq)

    def note(self, world: str, cause: str, events: Sequence[Event]) -> Sealed | None:
        """Append facts that nobody asked for, in one group; raises Unavailable."""

        def append(open: World) -> None:
            for event in events:
                open.append(event)

        return self.decide(world, cause, append)

    def decide(
        self, world: str, cause: str, run: Callable[[World], None], actor: str = "world"
    ) -> Sealed | None:
        """Decide what nobody asked for, as the world or for an account; raises Unavailable."""
        live = self.world(world)
        self._check_room()
        return self._decide(live, actor, cause, lambda _: run(live.world))[1]

    # -- commands ------------------------------------------------------------------------------

    def do(self, command: Command, now: int | None = None) -> Decision:
        """Decide a command; raises Refused, Misused or Unavailable, and then nothing happened.

        `now` is what the method of that name said, for those who decide many at one moment.
        """
        live = self.world(command.world)
        self._check_room()
        caller = command.caller
        who = caller.who
        action = self.action_of(live.world, command.action)
        if now is None or now < live.state.time:  # the world was opened since, and is ahead of it
            now = self._clock()
        if action is None:
            # Who may not be there is not told what there is.
            check(who, Deed(command.action, world=command.world), now)
            raise no_action(command.action, command.world)
        deed = self._first_deed(live.world, action)
        lacks = decide(who, deed, now)
        if lacks is not None and lacks.kind != "budget":
            raise refusal_of(who, deed, lacks)
        self.people.check_ban(caller.account, command.world, now)
        question = None
        if command.key is not None and not command.dry_run:
            question = self._question(command, command.key)
            known = self._known_answer(question) or self._known_hold(live, caller, question)
            if known is not None:
                return known
        if lacks is not None:
            # Not before: it may have been spent by this very command, which is asked for again.
            raise refusal_of(who, deed, lacks)
        if action.name in RATES and caller.account != LOCAL:
            live.rates.check(caller.account, action.name, now)
        visitor = Visitor(
            live.world, caller.visitor, caller.account, caller.name, who.role, caller.position, who
        )  # fmt: skip
        cause = command.cause or f"do:{caller.visitor or caller.account}:{live.state.seq + 1}"
        approved = command.approved or command.dry_run
        step = Step(self, now, who.actor, cause, approved=approved, meant=command.meant)
        try:
            result = self._run(live, step, self._act, live.world, visitor, action, command.args)
            sealed = None if command.dry_run else self._seal(step, live, result, (), question)
        except ApprovalNeeded as needed:
            if command.approved:
                raise  # It comes to something else by now than what the person read.
            return self._hold(live, command, needed, question)
        seq = live.state.seq
        if sealed is None:
            decision = Decision(None, seq, result)
        else:
            token = who.token
            if token is not None:  # of what is approved, only what agents ask for was held
                approving = command.approved
                sealed.asker = msgspec.structs.replace(token, agent=True) if approving else token
            decision = Decision(sealed, seq, result, "", sealed.wrote, sealed.long)
        if question is not None:
            self._answers[question.key] = (question.digest, decision)
        return decision

    def _hold(
        self, live: LiveWorld, command: Command, needed: ApprovalNeeded, question: Question | None
    ) -> Decision:
        """Let a deed wait for a person; the same wish waits once."""
        who = command.caller.who
        if who.token is None:
            raise needed
        account, now = command.caller.account, self._clock()
        args = msgspec.json.encode(command.args, order="sorted").decode()
        id = hold_id(question) if question else self.entropy(8).hex()
        does, digest = needed.meant, question.digest.hex() if question else ""
        does_args = msgspec.json.encode(does.args, order="sorted").decode()
        new = Hold(
            id, command.world, command.action, who.token.id, now, args, does=does.action,
            does_args="" if does_args == args else does_args, cost=does.cost, digest=digest,
        )  # fmt: skip
        known, sealed = self.people.asked_before(account, new, now), self.newest(STREAM)
        if known is None:
            sealed = self.administer(
                lambda step: self.people.keep_hold(step, account, new), account
            )
        return self._held(live, known or new, sealed)

    def _known_hold(self, live: LiveWorld, caller: Caller, question: Question) -> Decision | None:
        """Return what came of a key that waits, or waited, for a person.

        Raises Conflict for other arguments.
        """
        if caller.who.token is None:
            return None  # Who waits for nobody has asked nobody.
        hold = self.people.asked_with(caller.account, question)
        if hold is None:
            return None
        if hold.state == "done":
            return Decision(None, hold.seq, self.came_of(caller.account, hold))
        return self._held(live, hold, self.newest(STREAM))

    def _held(self, live: LiveWorld, hold: Hold, sealed: Sealed | None) -> Decision:
        """Return what an agent is told of a deed that waits, or waited."""
        told = {"id": hold.id, "state": hold.state_at(self._clock()), "asked": hold.asked}
        return Decision(sealed, live.state.seq, {"approval": told}, hold.id)

    def approved(self, id: str) -> Command:
        """Return the command of a deed that a person says yes to; raises NotFound, Conflict.

        It is decided like any other, with what its agent may do by now.
        """
        account, hold = self.people.hold(id)
        if not hold.open(self._clock()):
            raise decided_already(hold)
        token = Token(hold.token, account, Role.VISITOR)
        who = self.standing(account, hold.world, token)
        name = self.people.about(account).name or account
        caller = Caller(account, name, "", who.role, None, who)
        return Command(
            hold.world, hold.action, hold.arguments, caller,
            key=hold.key, approved=True, meant=hold.meant,
        )  # fmt: skip

    def settle(
        self, id: str, state: HoldState, by: str, seq: int = 0, code: str = ""
    ) -> Sealed | None:
        """Keep how a person decided; raises NotFound, Conflict."""
        return self.administer(
            lambda step: self.people.settle_hold(step, id, state, by, seq, code), by
        )

    def came_of(self, account: str, hold: Hold) -> Any:
        """Return what an approved deed returned, as long as its answer is kept."""
        asker = self.standing(account, hold.world, Token(hold.token, account, Role.VISITOR))
        stored = self.store.answer(f"{hold.world}/{asker.actor}/{hold.key}", self._clock())
        return None if stored is None else msgspec.msgpack.decode(stored)[2]

    def _question(self, command: Command, key: str) -> Question:
        """Return what a command's key stands for: asker, world, action and arguments."""
        if not 0 < len(key) <= LIMITS.idempotency_key_characters_max:
            most = LIMITS.idempotency_key_characters_max
            raise Invalid(
                f"an Idempotency-Key has 1 to {most} characters",
                "use a new UUID for each command", field="Idempotency-Key",
            )  # fmt: skip
        if key.startswith(APPROVED) and not command.approved:
            raise Invalid(
                f"an Idempotency-Key does not begin with {APPROVED}",
                "use a new UUID for each command", field="Idempotency-Key",
            )  # fmt: skip
        try:
            asked = msgspec.json.encode((command.action, command.args), order="sorted")
        except (TypeError, ValueError) as error:
            raise Invalid(
                f"the arguments are no JSON: {error}",
                "send numbers, texts, lists and objects",
                field="arguments",
            ) from error
        expires = self._clock() + LIMITS.idempotency_hours * 3_600_000_000
        # By actor: a person and their agents know nothing of each other's keys, whatever they say.
        mark = "\n" if "/" in key else "/"
        whole = f"{command.world}/{command.caller.who.actor}{mark}{key}"
        return Question(whole, sha256(asked).digest(), expires)

    def _known_answer(self, question: Question) -> Decision | None:
        """Return the answer that a key got before; raises Conflict for other arguments."""
        decision: Decision
        waiting = self._answers.get(question.key)
        if waiting is not None:
            digest, decision = waiting
        else:
            stored = self.store.answer(question.key, self._clock())
            if stored is None:
                return None
            # What was kept before `wrote` and `long` were, says nothing of them.
            digest, seq, result, *more = msgspec.msgpack.decode(stored)
            decision = Decision(None, seq, result, "", *more)
        if digest != question.digest:
            raise key_reused()
        return decision

    def close(self) -> list[Snapshot]:
        """Return the snapshots and leave the cursors of a clean stop; the outbox must be empty."""
        assert not self._pending, "commit the outbox before closing"
        streams: list[Stream] = [self._people, *self._awake()]
        for live in self._awake():
            self._keep_cursors(live, live.follow.flush(live.stream))
        return [stream.snapshot() for stream in streams if stream.seq > stream.snapshot_seq]


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
