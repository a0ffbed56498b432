"""What a course is: skills, and scenes of steps. It is made here in Python, or read from text.

The names in quotes are those of the text form, where a list is written one table an item.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Final, Literal

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from worldloom.kits.academy.mastery.stopping import Rule
from worldloom.kits.academy.mastery.tracing import Skill

Kind = Literal[
    "look", "click", "choose", "order", "dialogue", "hazard", "dial", "practice", "assess",
    "demonstrate",
]  # fmt: skip
SCORED: Final = frozenset({"look", "click", "choose", "order", "dialogue", "hazard", "dial"})
"""Kinds whose first answer is a trial of the step's skill. What `assess` asks is kept out of it: it
shows whether mastery that was declared is true."""
SHOWN: Final = frozenset({"practice", "demonstrate"})
"""Kinds with nothing to get wrong: the learner says when they are done."""
DONE: Final = "done"
"""What is answered to those."""


class Option(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something to choose, or to put in order: then the options stand in the right order."""

    id: str
    text: str
    right: bool = False
    feedback: str = ""
    """What is said to who chose it; empty: what the step says."""
    thing: str = ""
    """The name of a thing in the world that can be pressed in its place."""


class Dial(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A number to set, between two ends, and from where to where it is right."""

    lowest: float
    highest: float
    least: float
    most: float
    step: float = 1.0
    unit: str = ""
    under: str = ""
    """What is said to who set too little, and too much; empty: what the step says."""
    over: str = ""


class Reply(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a learner can say in a dialogue."""

    text: str
    right: bool = True
    goto: str = ""
    """The line that follows; without one a right reply ends the dialogue, a wrong one stays."""
    feedback: str = ""


class Line(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the other side of a dialogue says, and what can be replied."""

    id: str
    says: str
    replies: tuple[Reply, ...] = field(default=(), name="reply")


class Step(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing to do."""

    id: str
    kind: Kind
    prompt: str
    skill: str = ""
    caption: str = ""
    """What is heard or happens, in words."""
    seated: str = ""
    """How to do it without walking and with one hand; needed where the world takes part."""
    right: str = ""
    """Feedback to a right answer, and to a wrong one."""
    wrong: str = ""
    seconds: float = 0.0
    """Time limit; 0: none."""
    drill: bool = False
    """Asked again until its skill is mastered, and left out once it is."""
    target: str = ""
    """The name of the thing to go up to and press."""
    decoys: tuple[str, ...] = ()
    """Names of things that are wrong to click."""
    recording: str = ""
    """What `demonstrate` replays."""
    options: tuple[Option, ...] = field(default=(), name="option")
    lines: tuple[Line, ...] = field(default=(), name="line")
    dial: Dial | None = None

    @property
    def things(self) -> dict[str, str]:
        """Name of each thing that can be pressed in this step → the answer that it is."""
        found = {name: name for name in (self.target, *self.decoys) if name}
        if self.dial is not None:
            return {}
        return {**found, **{one.thing: one.id for one in self.options if one.thing}}


class Scene(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of a course, at one place of the world."""

    id: str
    title: str
    text: str = ""
    place: tuple[float, float, float] | None = None
    """Where the learner is taken, in metres; none: they stay where they are."""
    steps: tuple[Step, ...] = field(default=(), name="step")
    picture: str = ""
    """A 360° picture that hangs all round its place, or a film: an asset's sha256."""
    film: str = ""
    turn: float | None = None
    """Where they look there, in radians: 0 to -Z, and counter-clockwise; none: as they did."""


class Taught(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A skill of a course, with the chances that tracing begins with."""

    id: str
    title: str
    prior: float = 0.25
    learn: float = 0.15
    guess: float = 0.2
    slip: float = 0.1

    @property
    def chances(self) -> Skill:
        """Its four chances."""
        return Skill(self.prior, self.learn, self.guess, self.slip)


class Course(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Ordered scenes, the skills they teach, and the rules for ending."""

    id: str
    title: str
    text: str = ""
    language: str = "en"
    pass_mark: float = 0.8
    """The share of assessments that must be right."""
    mastery: float = 0.95
    trials_max: int = 40
    """Trials of a skill after which a person goes on with the learner."""
    tries_max: int = 3
    """Wrong answers to one step after which it shows the answer and goes on."""
    skills: tuple[Taught, ...] = field(default=(), name="skill")
    scenes: tuple[Scene, ...] = field(default=(), name="scene")

    @property
    def rule(self) -> Rule:
        """When practice of a skill ends."""
        return Rule(self.mastery, self.trials_max)

    @property
    def version(self) -> str:
        """A hash of all that it says, less what goes without saying: another course has another.

        The chances of its skills are not in it: fitted anew, they end nobody's run.
        """
        taught = tuple(Taught(skill.id, skill.title) for skill in self.skills)
        return sha256(msgspec.json.encode(replace(self, skills=taught))).hexdigest()[:16]

    def steps(self) -> Iterator[Step]:
        """Yield all steps, in order."""
        for scene in self.scenes:
            yield from scene.steps

    def step(self, id: str) -> Step:
        """Return the step of an id; raises KeyError."""
        found = next((step for step in self.steps() if step.id == id), None)
        if found is None:
            raise KeyError(id)
        return found

    def scene_of(self, id: str) -> Scene:
        """Return the scene that a step stands in; raises KeyError."""
        for scene in self.scenes:
            if any(step.id == id for step in scene.steps):
                return scene
        raise KeyError(id)

    def skill(self, id: str) -> Taught:
        """Return the skill of an id; raises KeyError."""
        found = next((skill for skill in self.skills if skill.id == id), None)
        if found is None:
            raise KeyError(id)
        return found
