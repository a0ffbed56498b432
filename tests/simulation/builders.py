"""Builders in a history: they make, change and take away things, and undo it, also each other's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.simulation.meaning import Meaning, Spot, standing
from tests.simulation.people import GUESTS
from worldloom.kernel.errors import Refused, WorldloomError
from worldloom.kernel.people import LOCAL
from worldloom.kernel.realm import Caller, Command
from worldloom.kernel.rights import Role
from worldloom.kernel.schema import is_private
from worldloom.server.cli.taking_back import Taking

if TYPE_CHECKING:
    from tests.simulation.driver import Simulation

THINGS = ("kite", "drum", "vase", "lamp")
WHOLE = (*THINGS, "shelf", "sign")
AUTHORS = (LOCAL, *GUESTS)
REFUSALS = ("not_undoable", "name_taken", "parent_gone", "nothing_to_undo")
OWNER = Caller(LOCAL, LOCAL, "", Role.OWNER)


class Builders:
    """Everyone who builds, in the first world and in its forks."""

    def __init__(self, simulation: Simulation) -> None:
        self.sim = simulation

    def wish(self, account: str, world: str) -> tuple[str, dict[str, Any]]:
        """Draw an action and its arguments."""
        dice = self.sim.dice
        action = dice.choices(
            ("spawn", "set", "remove", "despawn", "undo", "redo", "restore", "record"),
            (5, 5, 2, 2, 5, 3, 2, 2),
        )[0]
        if action == "spawn":
            parent = dice.choice((None, None, *WHOLE))
            args: dict[str, Any] = {"name": dice.choice(THINGS), "components": {}}
            if dice.random() < 0.7:
                args["components"] = {"Color": {"value": self._colour()}}
            return action, args if parent is None else {**args, "parent": parent}
        if action == "set":
            fields = {"component": "Color", "fields": {"value": self._colour()}}
            if dice.random() < 0.3:
                fields = {"component": "Text", "fields": {"value": str(dice.randrange(1000))}}
            return action, {"entity": dice.choice(WHOLE), **fields}
        if action == "remove":
            component = dice.choice(("Color", "Text"))
            return action, {"entity": dice.choice(WHOLE), "component": component}
        if action == "record":
            return action, {"on": dice.random() < 0.8}
        if action == "restore":
            args = {"seq": dice.randint(0, self.sim.realm.world(world).seq)}
            return action, args if dice.random() < 0.4 else {**args, "entity": dice.choice(WHOLE)}
        if action == "despawn":
            return action, {"entity": dice.choice(WHOLE)}
        roll = dice.random()
        if roll < 0.2:
            return action, {"by": dice.choice(AUTHORS)}
        trail = self.sim.realm.world(world).state.trails.of.get(account)
        if roll < 0.4 and trail is not None:
            return action, {"group": dice.choice(trail.groups)}
        return action, {}

    def _colour(self) -> str:
        return f"#{self.sim.dice.randrange(1 << 24):06x}"

    def act(self) -> None:
        """Let someone ask for something, in any world."""
        sim = self.sim
        world = sim.dice.choice(["sim", *sim.worlds()])
        account = sim.dice.choice(AUTHORS)
        try:
            role = sim.realm.role(account, world)
            action, args = self.wish(account, world)
            sim.realm.do(Command(world, action, args, Caller(account, account, "", role)))
        except WorldloomError:
            pass  # not there, not a right of theirs, nothing to undo, a full disk

    def grant(self) -> None:
        """Let the owner give a role to someone, in any world."""
        sim = self.sim
        world = sim.dice.choice(["sim", *sim.worlds()])
        role = sim.dice.choice(("builder", "builder", "builder", "visitor", "owner"))
        args = {"account": sim.dice.choice(GUESTS), "role": role}
        try:
            sim.realm.do(Command(world, "grant", args, OWNER))
        except WorldloomError:
            pass

    # What must hold

    def undo_everything(self, world: str) -> None:
        """Let the owner undo all that someone did; what nobody else touched is as if it never was.

        The answer to each undo lists what changed, and what stays because others wrote it since.
        """
        sim = self.sim
        account = sim.dice.choice(AUTHORS)
        state = sim.realm.world(world).state
        meaning = Meaning(sim.log(world))
        meaning.check(state)

        def undo(wish: Mapping[str, Any]) -> Mapping[str, Any]:
            before = standing(state)
            try:
                decision = sim.realm.do(Command(world, "undo", wish, OWNER))
            except Refused as refused:
                assert refused.code in REFUSALS, refused.code
                raise
            assert decision.group is not None
            for record in decision.group.records[world]:
                meaning.take(record)
            meaning.check(state)
            result: Mapping[str, Any] = decision.result
            check_answer(result, meaning, result["group"], before, standing(state))
            return result

        trail = state.trails.of.get(account)
        wanted = set() if trail is None else {*trail.groups} - state.undone
        if wanted:
            taking = Taking(undo, account)
            taking.run()
            assert taking.stopped is None
            told = [*taking.undone, *taking.stays]
            assert sorted(told) == sorted(wanted), "undoing all leaves a group out"
        sim.commit(whole=True)


def check_answer(
    answer: Any,
    meaning: Meaning,
    group: int,
    before: dict[Spot, bytes],
    after: dict[Spot, bytes],
) -> None:
    """An undo restores what it lists and nothing of others, and names who wrote what stays."""
    turned = {spot for spot in before.keys() | after.keys() if before.get(spot) != after.get(spot)}
    moved = {id for id, component in turned if not component}
    shown = {spot for spot in turned if not spot[1] or spot[0] not in moved}
    listed = {spot_of(row) for row in answer["restored"]}
    kept = {spot_of(row): row["by"] for row in answer["kept"]}
    assert not answer["more"]
    shown = {spot for spot in shown if not is_private(spot[1])}
    # What two wrote alike is restored from the one by the other, and looks the same.
    assert shown <= listed <= shown | meaning.spots[group], "undo lists other things"
    for spot in turned:
        id, component = spot
        if component and id not in moved:
            assert spot in meaning.spots[group], "undo changed what its group never wrote"
    for spot in meaning.spots[group] - turned - listed:
        if spot in after and spot[1] and not is_private(spot[1]):
            assert kept.get(spot) == meaning.author(spot), "undo is silent on what stays"


def spot_of(row: dict[str, str]) -> Spot:
    """Return the cell that an entry of undo's answer names."""
    return int(row["entity"][1:]), row["component"]
