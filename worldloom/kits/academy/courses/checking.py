"""Whether a course is sound: each fault with its place, and what to do about it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from msgspec import Struct

from worldloom import Invalid
from worldloom.kits.academy.courses.course import SCORED, SHOWN, Course, Line, Scene, Step
from worldloom.kits.academy.courses.limits import COURSE_LIMITS as LIMITS

ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,47}")
NAME_CHARACTERS_MAX: Final = 80
_ASSET: Final = re.compile(r"[0-9a-f]{64}").fullmatch
Found = Iterator["Fault"]


class Fault(Struct, frozen=True):
    """Something that is wrong with a course: where, what, and what to do."""

    path: str
    """As `$.scene[0].step[1].prompt`, counted from 0."""
    message: str
    fix: str
    line: int = 0
    """Of the text form, from 1; 0: made in Python, or unknown."""

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.message} ({self.path.removeprefix('$.') or 'course'})"


def check(course: Course) -> Course:
    """Return the course as it is; raises Invalid with its faults and how to mend the first."""
    found = faults(course)
    if found:
        raise refusal(found)
    return course


def refusal(found: list[Fault]) -> Invalid:
    """Make the error for a course with faults."""
    first = found[0]
    more = f"; and {len(found) - 1} more: " + "; ".join(map(str, found[1:])) if found[1:] else ""
    return Invalid(f"{first}{more}"[:2000], first.fix, code="bad_course", field=first.path)


def faults(course: Course) -> list[Fault]:
    """Return what is wrong with a course, in its order, as far as the table of limits goes."""
    found: list[Fault] = []
    for fault in _course(course):
        found.append(fault)
        if len(found) >= LIMITS.faults_max:
            break
    return found


def _course(course: Course) -> Found:
    yield from _id("$.id", course.id)
    yield from _title("$.title", course.title)
    yield from _text("$.text", course.text)
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", course.language):
        yield Fault("$.language", f"{course.language[:20]!r} is no language", 'write "en" or "zh"')
    yield from _between("$.pass_mark", course.pass_mark, 0.0, 1.0)
    yield from _between("$.mastery", course.mastery, 0.5, 0.999)
    yield from _between("$.trials_max", course.trials_max, 1, LIMITS.trials_max)
    yield from _between("$.tries_max", course.tries_max, 1, LIMITS.tries_max)
    yield from _count("$.skill", len(course.skills), 0, LIMITS.skills_max, "skills")
    yield from _count("$.scene", len(course.scenes), 1, LIMITS.scenes_max, "scenes")
    yield from _unique("skill", "$.skill", [skill.id for skill in course.skills])
    for at, skill in enumerate(course.skills):
        where = f"$.skill[{at}]"
        yield from _id(f"{where}.id", skill.id)
        yield from _title(f"{where}.title", skill.title)
        for name, most in (("prior", 0.99), ("learn", 0.99), ("guess", 0.49), ("slip", 0.49)):
            yield from _between(f"{where}.{name}", getattr(skill, name), 0.001, most)
    yield from _scenes(course)


def _scenes(course: Course) -> Found:
    yield from _unique("scene", "$.scene", [scene.id for scene in course.scenes])
    total, seen = 0, set[str]()
    skills = {skill.id for skill in course.skills}
    for at, scene in enumerate(course.scenes):
        where = f"$.scene[{at}]"
        yield from _scene(where, scene)
        for number, step in enumerate(scene.steps):
            here = f"{where}.step[{number}]"
            if step.id in seen:
                yield Fault(f"{here}.id", f"there are two steps {step.id[:50]!r}", "rename one")
            seen.add(step.id)
            if step.skill and step.skill not in skills:
                yield Fault(
                    f"{here}.skill",
                    f"there is no skill {step.skill[:50]!r}",
                    f"use one of {', '.join(sorted(skills)) or 'the skills, and name some'}",
                )
            yield from _step(here, step)
        total += len(scene.steps)
    if total > LIMITS.steps_max:
        yield Fault("$.scene", f"{total} steps are too many", f"use at most {LIMITS.steps_max}")


def _scene(where: str, scene: Scene) -> Found:
    yield from _id(f"{where}.id", scene.id)
    yield from _title(f"{where}.title", scene.title)
    yield from _text(f"{where}.text", scene.text)
    yield from _count(f"{where}.step", len(scene.steps), 1, LIMITS.steps_max, "steps")
    rounds = [one for one in (scene.picture, scene.film) if one]
    if rounds and scene.place is None:
        yield Fault(f"{where}.place", "what hangs all round a scene hangs nowhere",
                    "say where its learners are taken")  # fmt: skip
    if len(rounds) > 1:
        yield Fault(f"{where}.film", "a scene has a picture or a film all round, not both",
                    "leave one out")  # fmt: skip
    if not all(map(_ASSET, rounds)):
        yield Fault(f"{where}.picture", "it is named by no sha256 of a file that is kept here",
                    "give the file in the panel, and take what it writes")  # fmt: skip
    if scene.place is not None:
        for number in scene.place:
            yield from _between(f"{where}.place", number, -10_000, 10_000)
    if scene.turn is not None:
        yield from _between(f"{where}.turn", scene.turn, -math.tau, math.tau)


def _step(where: str, step: Step) -> Found:
    yield from _id(f"{where}.id", step.id)
    yield from _text(f"{where}.prompt", step.prompt, needed=True)
    for name in ("caption", "seated", "right", "wrong"):
        yield from _text(f"{where}.{name}", getattr(step, name))
    yield from _between(f"{where}.seconds", step.seconds, 0.0, LIMITS.seconds_max)
    yield from _count(f"{where}.decoys", len(step.decoys), 0, LIMITS.decoys_max, "decoys")
    things = [option.thing for option in step.options if option.thing]
    for name in (step.target, step.recording, *step.decoys, *things):
        if len(name) > NAME_CHARACTERS_MAX or not name.isprintable():
            yield Fault(where, f"{name[:30]!r}… is no name of a thing", "use at most 80 characters")
    if step.target in step.decoys or len(set(step.decoys)) != len(step.decoys):
        yield Fault(f"{where}.decoys", "a decoy is named twice, or is the target", "name others")
    if len(set(things)) != len(things):
        yield Fault(f"{where}.option", "two options are the same thing", "name another")
    if step.drill and (step.kind not in SCORED or not step.skill):
        yield Fault(
            f"{where}.drill",
            f"a drill practises a skill, and this {step.kind} has none",
            "name a skill, or leave out drill",
        )
    if (step.target or step.kind == "demonstrate") and not step.seated:
        yield Fault(
            f"{where}.seated",
            "who sits or has one hand is not told how to do this",
            'write seated = "…": how it is done from the panel',
        )
    yield from _needs(where, step)


def _needs(where: str, step: Step) -> Found:
    """Look for what a kind of step needs, and for what it has no use for."""
    needs: dict[str, Callable[[str, Step], Found]] = {
        "look": _target, "click": _target, "choose": _options, "assess": _options,
        "order": _order, "dialogue": _dialogue, "hazard": _hazard, "demonstrate": _recording,
        "dial": _dial,
    }  # fmt: skip
    use = {
        "look": {"target"}, "click": {"target", "decoys"}, "choose": {"options"},
        "assess": {"options"}, "order": {"options"}, "dialogue": {"lines"},
        "hazard": {"target", "decoys", "options"}, "demonstrate": {"recording"},
        "dial": {"dial", "target"},
    }.get(step.kind, set[str]())  # fmt: skip
    for name in ("target", "decoys", "options", "lines", "recording", "dial"):
        if getattr(step, name) and name not in use:
            told = {"options": "option", "lines": "line"}.get(name, name)
            yield Fault(f"{where}.{told}", f"a {step.kind} has no {told}", "leave it out")
    if step.kind in SHOWN and step.seconds:
        yield Fault(f"{where}.seconds", f"a {step.kind} has no time limit", "leave it out")
    if step.kind in needs:
        yield from needs[step.kind](where, step)


def _target(where: str, step: Step) -> Found:
    if not step.target:
        yield Fault(
            f"{where}.target", f"a {step.kind} has no target", 'write target = "the thing\'s name"'
        )


def _recording(where: str, step: Step) -> Found:
    if not step.recording:
        yield Fault(f"{where}.recording", "nothing is demonstrated", 'write recording = "its name"')


def _options(where: str, step: Step) -> Found:
    yield from _order(where, step)
    right = sum(option.right for option in step.options)
    if step.options and not 0 < right < len(step.options):
        yield Fault(
            f"{where}.option",
            "no option is right" if not right else "no option is wrong",
            "write right = true at one, and leave it out at another",
        )


def _order(where: str, step: Step) -> Found:
    many = len(step.options)
    yield from _count(f"{where}.option", many, 2, LIMITS.options_max, "options")
    yield from _unique("option", f"{where}.option", [option.id for option in step.options])
    for at, option in enumerate(step.options):
        here = f"{where}.option[{at}]"
        yield from _id(f"{here}.id", option.id)
        yield from _text(f"{here}.text", option.text, needed=True)
        yield from _text(f"{here}.feedback", option.feedback)


def _hazard(where: str, step: Step) -> Found:
    if not step.seconds:
        yield Fault(f"{where}.seconds", "a hazard has no time limit", "write seconds = 10")
    if bool(step.target) == bool(step.options):
        yield Fault(
            f"{where}.target",
            "a hazard has either a target to click or options to choose",
            "give one of the two",
        )
    elif step.options:
        yield from _options(where, step)


def _dial(where: str, step: Step) -> Found:
    dial = step.dial
    if dial is None:
        yield Fault(f"{where}.dial", "nothing is to be set",
                    "write [scene.step.dial] with lowest, highest, least and most")  # fmt: skip
        return
    here = f"{where}.dial"
    for name in ("lowest", "highest", "least", "most"):
        yield from _between(f"{here}.{name}", getattr(dial, name), -1e9, 1e9)
    yield from _between(f"{here}.step", dial.step, 1e-6, 1e9)
    if not dial.lowest <= dial.least <= dial.most <= dial.highest or dial.lowest == dial.highest:
        yield Fault(here, "its numbers are not in order",
                    "write lowest, least, most and highest so that each is more")  # fmt: skip
    elif (dial.least, dial.most) == (dial.lowest, dial.highest):
        yield Fault(here, "every number is right", "let least and most be closer together")
    if len(dial.unit) > LIMITS.unit_characters_max or not dial.unit.isprintable():
        yield Fault(f"{here}.unit", "that is no unit", 'write unit = "N·m"')
    yield from _text(f"{here}.under", dial.under)
    yield from _text(f"{here}.over", dial.over)


def _dialogue(where: str, step: Step) -> Found:
    lines = {line.id: line for line in step.lines}
    yield from _count(f"{where}.line", len(step.lines), 1, LIMITS.lines_max, "lines")
    yield from _unique("line", f"{where}.line", [line.id for line in step.lines])
    for at, line in enumerate(step.lines):
        here = f"{where}.line[{at}]"
        yield from _id(f"{here}.id", line.id)
        yield from _text(f"{here}.says", line.says, needed=True)
        yield from _count(f"{here}.reply", len(line.replies), 1, LIMITS.options_max, "replies")
        for number, reply in enumerate(line.replies):
            there = f"{here}.reply[{number}]"
            yield from _text(f"{there}.text", reply.text, needed=True)
            yield from _text(f"{there}.feedback", reply.feedback)
            if reply.goto and reply.goto not in lines:
                yield Fault(
                    f"{there}.goto", f"there is no line {reply.goto[:50]!r}", "name one of them"
                )
    ending = _ending(step.lines)
    for at, line in enumerate(step.lines):
        if line.id not in ending:
            yield Fault(
                f"{where}.line[{at}]",
                f"from the line {line.id[:50]!r} nobody comes to an end",
                "give it a right reply without goto, or one that leads to such a line",
            )


def _ending(lines: tuple[Line, ...]) -> set[str]:
    """Return the lines from which some replies lead to an end."""
    ending: set[str] = set()
    while True:
        more = {
            line.id
            for line in lines
            if line.id not in ending
            and any(reply.goto in ending if reply.goto else reply.right for reply in line.replies)
        }
        if not more:
            return ending
        ending |= more


def _id(path: str, value: str) -> Found:
    if not ID.fullmatch(value):
        yield Fault(
            path,
            f"{value[:50]!r} is no id" if value else "an id is missing",
            "use up to 48 lower case letters, digits and -, such as pull-the-pin",
        )


def _title(path: str, value: str) -> Found:
    if not value.strip() or len(value) > LIMITS.title_characters_max or not value.isprintable():
        yield Fault(
            path, "a title is missing or too long",
            f"write one line of at most {LIMITS.title_characters_max} characters",
        )  # fmt: skip


def _text(path: str, value: str, needed: bool = False) -> Found:
    name = path.rpartition(".")[2]
    if needed and not value.strip():
        yield Fault(path, f"{name} says nothing", f'write {name} = "…"')
    elif len(value) > LIMITS.text_characters_max:
        yield Fault(
            path, f"{name} has {len(value)} characters",
            f"use at most {LIMITS.text_characters_max}",
        )  # fmt: skip
    elif not all(c.isprintable() or c == "\n" for c in value):
        yield Fault(path, f"{name} has characters that nobody sees", "leave them out")


def _between(path: str, value: float, least: float, most: float) -> Found:
    if not (math.isfinite(value) and least <= value <= most):
        name = path.rpartition(".")[2]
        yield Fault(path, f"{name} is {value:g}", f"use a number from {least:g} to {most:g}")


def _count(path: str, count: int, least: int, most: int, what: str) -> Found:
    if not least <= count <= most:
        yield Fault(
            path, f"there are {count} {what}" if count else f"there are no {what}",
            f"use {least} to {most}",
        )  # fmt: skip


def _unique(what: str, path: str, ids: Iterable[str]) -> Found:
    seen: set[str] = set()
    for at, id in enumerate(ids):
        if id in seen:
            yield Fault(f"{path}[{at}].id", f"there are two {what}s {id[:50]!r}", "rename one")
        seen.add(id)
