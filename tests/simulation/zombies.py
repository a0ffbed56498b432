"""A process that was thought dead and goes on writing beside its successor, until it is fenced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.builders import OWNER
from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.realm import Command, Realm

if TYPE_CHECKING:
    from tests.simulation.driver import Simulation


class Zombie:
    """The realm of a process before, with all that it had under way."""

    def __init__(self, simulation: Simulation, realm: Realm) -> None:
        self.sim = simulation
        self.realm = realm

    def stagger(self) -> bool:
        """Do something and write it; tell whether it goes on, which the first refusal ends."""
        sim = self.sim
        deed = sim.dice.choice((self._move, self._move, self._note, self._forget, self._fork))
        try:
            deed()
        except WorldloomError:
            return True
        batch, self.realm.outbox[:] = [*self.realm.outbox], []
        verdicts = self.realm.store.commit([sealed.group for sealed in batch])
        if sim.disk.died:
            return False
        sim.settle(self.realm, batch, verdicts)
        return not any(verdicts)

    def _world(self) -> str:
        return self.sim.dice.choice(("sim", *self.realm.worlds()))

    def _move(self) -> None:
        args = {"ticket": self.sim.next_ticket(), "count": self.sim.dice.randint(-6, 6)}
        self.realm.do(Command(self._world(), "move", args, OWNER))

    def _note(self) -> None:
        self.realm.do(self.sim.people.note(self._world()))

    def _forget(self) -> None:
        self.sim.people.forget(self.realm)

    def _fork(self) -> None:
        self.sim.branches.fork(self.realm)
