"""Promised: over any network, through crashes and failed commits, nobody misses or repeats a record
and nothing that was answered is lost. One seed is one history; `SEED=7` replays it.
"""

import os
from random import Random

import pytest

from tests.sync.hall import Hall
from worldloom.kernel.live import load_state
from worldloom.sync.messages import Answer
from worldloom.testing.core import RobotCore
from worldloom.testing.network import Line, Weather

SEEDS = [int(os.environ["SEED"])] if "SEED" in os.environ else range(40)


class Story:
    """Four robots that walk, paint, speak and hide things while all goes wrong."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.hall = Hall(seed, Weather.drawn(self.chance))
        self.robots = [RobotCore(f"R{number}") for number in range(4)]
        self.lines: dict[int, Line] = {}
        self.asked: dict[int, set[int]] = {number: set() for number in range(4)}
        self.answered: dict[int, str] = {}
        """Seq of each answered painting → its colour."""
        self.hashes: dict[int, bytes] = {}
        """Seq → state hash, as any robot saw it at the end of a message."""

    def step(self) -> None:
        chance, hall = self.chance, self.hall
        for number, robot in enumerate(self.robots):
            line = self.lines.get(number)
            if line is None or not line.open:
                self.lines[number] = hall.connect(robot, f"guest:{number}")
            elif robot.inside:
                self.act(number, robot)
        hall.network.step()
        if chance.random() < 0.5:
            dice = chance.random()
            hall.commit(fail=lambda sealed: dice < 0.03)
        if chance.random() < 0.7:
            hall.tick()
        if chance.random() < 0.01:
            hall.crash()
        self.note()

    def act(self, number: int, robot: RobotCore) -> None:
        dice = self.chance.random()
        x, _, z = robot.position
        if dice < 0.3:
            robot.pose(x + self.chance.uniform(-0.3, 0.3), 0, z)
        elif dice < 0.45:
            colour = f"#{self.chance.randrange(1 << 24):06x}"
            self.asked[number].add(robot.do("paint", {"colour": colour}))
        elif dice < 0.55:
            robot.do("hide", {"value": self.chance.randrange(5)})
        elif dice < 0.6:
            robot.do("say", {"text": "hello"})

    def note(self) -> None:
        for number, robot in enumerate(self.robots):
            for id in self.asked[number] & robot.outcomes.keys():
                self.asked[number].discard(id)
                outcome = robot.outcomes.pop(id)
                if isinstance(outcome, Answer):
                    self.answered[outcome.seq] = outcome.result
            if robot.inside:
                seen = robot.copy.state_hash()
                assert self.hashes.setdefault(robot.seq, seen) == seen

    def finish(self) -> None:
        self.hall.network.weather = Weather()
        for _ in range(30):
            for number, robot in enumerate(self.robots):
                if not self.lines[number].open:
                    self.lines[number] = self.hall.connect(robot, f"guest:{number}")
            self.hall.settle()
            self.note()


@pytest.mark.parametrize("seed", SEEDS)
def test_every_copy_equals_the_log_and_every_answer_is_in_it(seed: int) -> None:
    story = Story(seed)
    for _ in range(250):
        story.step()
    story.finish()
    live = story.hall.realm.world("hall")
    assert live.seq == live.durable_seq
    for robot in story.robots:
        assert robot.inside and not robot.history_lost
        assert (robot.seq, robot.copy.head) == (live.seq, live.head)
        assert robot.copy.state_hash() == live.state.state_hash()
        assert len(robot.visitors) == 4
    for seq, seen in story.hashes.items():
        assert load_state(story.hall.store, live.stream, seq).state_hash() == seen
    for seq, colour in story.answered.items():
        state = load_state(story.hall.store, live.stream, seq)
        lamp = state.entities[state.by_name["lamp"]]
        assert colour.encode() in lamp.cells["Color"].data
