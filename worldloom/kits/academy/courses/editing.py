"""Pure edits of a course, and how a step reads in the fields of a form."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any, Final, get_args

from msgspec import Struct
from msgspec.structs import replace

from worldloom import Invalid
from worldloom.kits.academy.courses.course import (
    Course,
    Dial,
    Kind,
    Line,
    Option,
    Reply,
    Scene,
    Step,
    Taught,
)

KINDS: Final[dict[str, str]] = {
    "choose": "Choose: one of some answers", "click": "Press: a thing of the world",
    "look": "Go and see: a thing of the world", "order": "Order: answers one after another",
    "hazard": "Hazard: in time", "dial": "Dial: set a number", "dialogue": "Talk: replies",
    "assess": "Test: one of some answers, once", "practice": "Try as you like",
    "demonstrate": "Watch a figure",
}  # fmt: skip
"""Kind of step → what it is called in the editor."""
assert set(KINDS) == set(get_args(Kind))


ANSWERED: Final = frozenset({"answers", "seated", "drill"})
PRESSED: Final = frozenset({"target", "decoys", "seated", "drill"})
HAS: Final[dict[str, frozenset[str]]] = {
    "choose": ANSWERED, "order": ANSWERED, "dialogue": ANSWERED, "assess": frozenset({"answers"}),
    "hazard": ANSWERED | PRESSED | {"seconds"}, "click": PRESSED, "look": PRESSED - {"decoys"},
    "dial": frozenset({"dial", "target", "seated", "drill"}), "practice": frozenset({"seated"}),
    "demonstrate": frozenset({"target", "seated"}),
}  # fmt: skip
"""Kind of step → which of the fields that not all kinds have it has."""
MAY_HAVE: Final = sorted(frozenset().union(*HAS.values()))


class Fields(Struct, frozen=True):
    """A step as the texts of a form."""

    kind: str = "choose"
    prompt: str = ""
    skill: str = ""
    answers: str = ""
    """One a line, `*` before those that are right, and ` | ` before what is said to who chose it.
    Of a talk: what is said, and below it the replies, each begun by `>`."""
    target: str = ""
    decoys: str = ""
    """Names of things, one a line."""
    dial: str = ""
    """lowest, highest, least, most, unit; separated by commas."""
    caption: str = ""
    seated: str = ""
    right: str = ""
    wrong: str = ""
    seconds: float = 0.0
    drill: bool = False


def fields_of(step: Step) -> Fields:
    """Return a step as the texts of a form."""
    dial = ""
    if step.dial is not None:
        numbers = (step.dial.lowest, step.dial.highest, step.dial.least, step.dial.most)
        dial = ", ".join([*(f"{number:g}" for number in numbers), step.dial.unit]).rstrip(", ")
    answers = _talk_of(step.lines) if step.kind == "dialogue" else _answers_of(step.options)
    return Fields(
        step.kind, step.prompt, step.skill, answers, step.recording or step.target,
        "\n".join(step.decoys), dial, step.caption, step.seated, step.right, step.wrong,
        step.seconds, step.drill,
    )  # fmt: skip


def step_of(fields: Fields, before: Step) -> Step:
    """Return a step as a form says it; what the form does not show stays as it was before."""
    kind: Any = fields.kind
    shown = kind == "demonstrate"
    return replace(
        before, kind=kind, prompt=fields.prompt.strip(), skill=fields.skill.strip(),
        target="" if shown else fields.target.strip(),
        recording=fields.target.strip() if shown else "",
        decoys=tuple(_lines(fields.decoys)), caption=fields.caption.strip(),
        seated=fields.seated.strip(), right=fields.right.strip(), wrong=fields.wrong.strip(),
        seconds=float(fields.seconds), drill=fields.drill,
        options=() if kind == "dialogue" else _options(fields.answers, before.options),
        lines=_talk(fields.answers) if kind == "dialogue" else (),
        dial=_dial(fields.dial, before.dial) if kind == "dial" else None,
    )  # fmt: skip


# -- the course --------------------------------------------------------------------------------


def steps_of(course: Course) -> list[tuple[Scene, Step]]:
    """Return all steps in order, each with its scene."""
    return [(scene, step) for scene in course.scenes for step in scene.steps]


def put(course: Course, id: str, step: Step, skills: Iterable[str] = ()) -> Course:
    """Return the course with another step in the place of one; new skills are made for it."""
    known = {skill.id for skill in course.skills}
    more = tuple(Taught(_id(name, known), name) for name in skills if name)
    scenes = tuple(
        replace(scene, steps=tuple(step if one.id == id else one for one in scene.steps))
        for scene in course.scenes
    )
    return replace(course, scenes=scenes, skills=(*course.skills, *more))


def add(course: Course, after: str) -> tuple[Course, str]:
    """Return the course with a new step after one, or at its end; and the new step's id."""
    new = Step(_id("step", {step.id for _, step in steps_of(course)}), "choose", "What is asked?")
    found = False
    scenes = []
    for scene in course.scenes:
        at = next((at for at, one in enumerate(scene.steps) if one.id == after), None)
        if at is not None:
            found = True
            steps = (*scene.steps[: at + 1], new, *scene.steps[at + 1 :])
            scene = replace(scene, steps=steps)
        scenes.append(scene)
    if not found and scenes:
        scenes[-1] = replace(scenes[-1], steps=(*scenes[-1].steps, new))
    if not scenes:
        scenes = [Scene("scene-1", "The first scene", steps=(new,))]
    return replace(course, scenes=tuple(scenes)), new.id


def add_scene(course: Course, title: str) -> tuple[Course, str]:
    """Return the course with a scene at its end that has one new step; and that step's id."""
    step = Step(_id("step", {step.id for _, step in steps_of(course)}), "choose", "What is asked?")
    scene = Scene(_id(title, {one.id for one in course.scenes}), title.strip(), steps=(step,))
    return replace(course, scenes=(*course.scenes, scene)), step.id


def begin(id: str, title: str) -> Course:
    """Return a new course: one scene, and in it one step that is to be written."""
    return add(Course(id, title.strip()), "")[0]


def change_scene(course: Course, step: str, **changes: Any) -> Course:
    """Return the course with other fields of the scene that a step stands in."""
    return replace(course, scenes=tuple(
        replace(scene, **changes) if any(one.id == step for one in scene.steps) else scene
        for scene in course.scenes
    ))  # fmt: skip


def remove(course: Course, id: str) -> Course:
    """Return the course without a step, and without its scene where that is empty then."""
    scenes = (
        replace(scene, steps=tuple(one for one in scene.steps if one.id != id))
        for scene in course.scenes
    )
    return replace(course, scenes=tuple(scene for scene in scenes if scene.steps))


def move(course: Course, id: str, by: int) -> Course:
    """Return the course with a step one place on or back; over the edge it changes scenes."""
    scenes = [list(scene.steps) for scene in course.scenes]
    for at, steps in enumerate(scenes):
        here = next((here for here, one in enumerate(steps) if one.id == id), None)
        if here is None:
            continue
        step = steps.pop(here)
        if 0 <= here + by <= len(steps):
            steps.insert(here + by, step)
        elif 0 <= at + by < len(scenes):
            scenes[at + by].insert(len(scenes[at + by]) if by < 0 else 0, step)
        else:
            steps.insert(here, step)
        break
    whole = zip(course.scenes, scenes, strict=True)
    return replace(
        course,
        scenes=tuple(replace(scene, steps=tuple(steps)) for scene, steps in whole if steps),
    )


# -- texts -------------------------------------------------------------------------------------


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _id(name: str, taken: Iterable[str]) -> str:
    """Return an id made from words, which is not taken."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "one"
    known, number, found = set(taken), 2, plain
    while found in known:
        found, number = f"{plain}-{number}", number + 1
    return found


def _answers_of(options: Iterable[Option]) -> str:
    return "\n".join(
        f"{'* ' if option.right else ''}{option.text}"
        f"{f' @ {option.thing}' if option.thing else ''}"
        f"{f' | {option.feedback}' if option.feedback else ''}"
        for option in options
    )


def _options(text: str, before: tuple[Option, ...]) -> tuple[Option, ...]:
    known: dict[str, list[str]] = {}
    for option in before:
        known.setdefault(option.text, []).append(option.id)
    found: list[Option] = []
    for line in _lines(text):
        said, _, feedback = line.removeprefix("*").partition(" | ")
        words, _, thing = said.strip().partition(" @ ")
        words = words.strip()
        taken = {option.id for option in found}.union(*known.values())
        id = known[words].pop(0) if known.get(words) else _id(words, taken)
        found.append(Option(id, words, line.startswith("*"), feedback.strip(), thing.strip()))
    return tuple(found)


def _talk_of(lines: Iterable[Line]) -> str:
    told: list[str] = []
    for line in lines:
        told.append(f"{line.id}: {line.says}")
        told += [
            f"> {'' if reply.right else '- '}{reply.text}"
            f"{f' -> {reply.goto}' if reply.goto else ''}"
            f"{f' | {reply.feedback}' if reply.feedback else ''}"
            for reply in line.replies
        ]
    return "\n".join(told)


def _talk(text: str) -> tuple[Line, ...]:
    found: list[tuple[str, str, list[Reply]]] = []
    for line in _lines(text):
        if not line.startswith(">"):
            id, colon, says = line.partition(": ")
            taken = [one[0] for one in found]
            found.append((id if colon else _id("line", taken), says if colon else line, []))
            continue
        if not found:
            raise Invalid("a talk begins with a reply", "write what is said above it, without >",
                          code="bad_course", field="answers")  # fmt: skip
        said, _, feedback = line[1:].strip().partition(" | ")
        words, _, goto = said.partition(" -> ")
        reply = Reply(words.removeprefix("- ").strip(), not words.startswith("- "), goto.strip(),
                      feedback.strip())  # fmt: skip
        found[-1][2].append(reply)
    return tuple(Line(id, says, tuple(replies)) for id, says, replies in found)


def _dial(text: str, before: Dial | None) -> Dial:
    parts = [part.strip() for part in text.split(",")]
    try:
        lowest, highest, least, most = numbers = tuple(float(part) for part in parts[:4])
        if not all(map(math.isfinite, numbers)):
            raise ValueError("inf and nan are no places on a dial")
    except ValueError:
        raise Invalid(
            "the dial is not told by four numbers", "write lowest, highest, least, most, unit: "
            "0, 120, 48, 52, N·m", code="bad_course", field="dial",
        ) from None  # fmt: skip
    unit = parts[4] if len(parts) > 4 else ""
    if before is None:
        return Dial(lowest, highest, least, most, unit=unit)
    return replace(before, lowest=lowest, highest=highest, least=least, most=most, unit=unit)
