"""Forks in a history: made by anyone at any seq, lived in, and compared with their parents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tests.simulation.facts import Facts
from tests.simulation.people import GUESTS
from worldloom.kernel.errors import Unavailable, WorldloomError
from worldloom.kernel.followups import Pending
from worldloom.kernel.forking import NewFork
from worldloom.kernel.people import LOCAL
from worldloom.kernel.realm import Caller, Command, Decision, Realm
from worldloom.kernel.records import Record, describe
from worldloom.kernel.rights import Role

if TYPE_CHECKING:
    from tests.simulation.driver import Simulation

FORKS_MAX = 5
"""Forks of one history: enough for forks of forks."""


class Branches:
    """The forks of one history, and what was promised of them."""

    def __init__(self, simulation: Simulation) -> None:
        self.sim = simulation
        self.wished = 0
        self.made: dict[str, tuple[str, int]] = {}
        """Fork → (parent, seq) as it was acknowledged."""
        self.promised: dict[str, dict[int, int]] = {}
        """Fork → ticket → seq of what was acknowledged in it."""
        self._making: list[NewFork] = []
        self._asked: list[tuple[str, int, Decision]] = []

    def fork(self, by_realm: Realm | None = None) -> None:
        """Ask for a fork of some world at some seq; power may fail while its stream is made."""
        sim = self.sim
        realm = by_realm or sim.realm
        if self.wished >= FORKS_MAX:
            return
        self.wished += 1
        source = sim.dice.choice(["sim", *self.made])
        by = sim.dice.choice((LOCAL, *GUESTS))
        try:
            last = realm.world(source).durable_seq
            seq = sim.dice.choice((None, sim.dice.randint(0, last)))
            role = Role.OWNER if sim.happens(0.5) else None
            self._making.append(realm.fork(source, f"fork-{self.wished}", seq, by, role))
        except WorldloomError:
            pass  # not a right of `by`, a full disk, no power

    def ask(self) -> None:
        """Ask for something in a fork."""
        sim = self.sim
        known = sim.worlds()[1:]
        if not known:
            return
        name = sim.dice.choice(known)
        action = sim.dice.choice(("move", "pay", "write", "note"))
        if action == "note":
            command = sim.people.note(name)
        else:
            args = {"ticket": sim.next_ticket()}
            if action != "write":
                args["count"] = sim.dice.randint(-6, 6)
            command = Command(name, action, args, Caller(LOCAL, LOCAL, "", Role.OWNER))
        try:
            decision = sim.realm.do(command)
        except WorldloomError:
            return
        self._asked.append((name, command.args["ticket"], decision))

    def told(self) -> None:
        """Take note of what has become durable: from now on it is a promise."""
        for made in [made for made in self._making if made.group.settled]:
            self._making.remove(made)
            if not made.group.error:
                self.made[made.world] = made.parent, made.seq
        for asked in [asked for asked in self._asked if asked[2].group and asked[2].group.settled]:
            self._asked.remove(asked)
            name, ticket, decision = asked
            if decision.group is not None and not decision.group.error:
                self.promised.setdefault(name, {})[ticket] = decision.seq

    def died(self) -> None:
        """Forget what was under way when the process ended."""
        self._making.clear()
        self._asked.clear()

    def answer(self, pending: Pending) -> None:
        """Answer a request of a fork from its Sandbox."""
        assert pending.world != "sim", "the first world has no Sandbox"
        awaited = pending.adapter(pending.request, pending.key).__await__()
        try:
            awaited.send(None)
        except WorldloomError as error:
            self.sim.realm.answer(pending, error)
        if self.sim.happens(self.sim.faults.doubled):
            self.sim.realm.answer(pending, Unavailable("late"))

    def wake(self) -> None:
        """Open all forks, so that what waits in them goes on."""
        for name in self.sim.realm.worlds():
            self.sim.realm.world(name)

    # What must hold

    def check(self, logs: dict[str, list[Record]]) -> None:
        """Each fork is whole, goes on from its parent as that was, and is its own ever since."""
        assert self.made.keys() <= logs.keys(), "an acknowledged fork is gone"
        heads = {head.id: head for head in self.sim.disk.streams()}
        for head in heads.values():
            if head.name in logs and head.parent:
                parent, log = heads[head.parent], logs[head.name]
                shared = logs[parent.name][: head.fork]
                assert log[: head.fork] == shared, "shared records differ"
                first = log[head.fork]
                assert first.kind == "Forked", f"{head.name} begins with {first.kind}"
                assert describe(first) == {"parent": parent.name, "seq": head.fork}
                known = self.made.get(head.name, (parent.name, head.fork))
                assert known == (parent.name, head.fork), "another fork was told of"
                self.check_facts(head.name, log[head.fork :])

    def check_facts(self, name: str, own: list[Record]) -> None:
        """In a fork all is done once that was asked there, and nothing that was asked before."""
        facts = Facts(own)
        letters = [record.seq for record in own if record.kind == "sim.Letter"]
        failed = [msgspec.msgpack.decode(one.payload) for one in own if one.kind == "Failed"]
        assert all(one["code"] == "simulated" for one in failed), "a fork reached the outside"
        assert sorted(one["request"] for one in failed) == letters, f"requests went amiss in {name}"
        moved = facts.tickets("sim.Moved")
        assert facts.tickets("sim.Noticed") == moved, f"a reaction ran amiss in {name}"
        assert not facts.tickets("sim.Posted"), "the outside answered a fork"
        heard = {*facts.tickets("sim.Letter")} & {*self.sim.posted}
        assert not heard, "a fork was heard outside"
        for ticket, seq in self.promised.get(name, {}).items():
            assert facts.places.get(ticket) == seq, f"acknowledged ticket {ticket} is not at {seq}"
