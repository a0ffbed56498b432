"""One learner's run of a course: a pure fold of its events, and what follows from a wish.

Wishes become events (`begin`, `give`, `overdue`, `stop`), events become the run (`fold`); the same
events in the same order always give the same run, live and from the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from worldloom import Conflict, Invalid
from worldloom.kits.academy.courses.course import (
    DONE,
    SCORED,
    SHOWN,
    Course,
    Dial,
    Option,
    Reply,
    Step,
)
from worldloom.kits.academy.courses.events import (
    Answered,
    Asked,
    Began,
    CourseEvent,
    Erred,
    Finished,
    HandedOver,
    Mastered,
    Scheduled,
    Stepped,
    Stopped,
)
from worldloom.kits.academy.courses.limits import COURSE_LIMITS as LIMITS
from worldloom.kits.academy.mastery import stopping
from worldloom.kits.academy.mastery.refreshing import Memory, refresh
from worldloom.kits.academy.mastery.stopping import Standing, Tally

SECOND_US: Final = 1_000_000


class Run(Struct, frozen=True):
    """Where a learner stands in a course; moments in UTC microseconds."""

    learner: str
    course: str
    version: str
    began: int
    step: str = ""
    """The step before them; empty between steps and at the end."""
    asked: int = 0
    """When it was asked, or last answered wrong: its time limit runs from then."""
    tries: int = 0
    wrong: str = ""
    """What was answered last at this step, in words, and was wrong."""
    parts: tuple[str, ...] = ()
    """What is in order so far, or the lines that a dialogue came to."""
    times: Mapping[str, int] = field(default_factory=dict)
    """Step → how often it was asked."""
    last: str = ""
    """The step before this one."""
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    """Skill → what the answers say."""
    erred: Mapping[str, int] = field(default_factory=dict)
    """Step → how often its first answer was wrong or late."""
    mastered: Mapping[str, int] = field(default_factory=dict)
    """Skill → when it was mastered."""
    history: Mapping[str, str] = field(default_factory=dict)
    """Skill → its trials in order, 1 for a right first answer and 0 for another."""
    probes: Mapping[str, bool] = field(default_factory=dict)
    """Assessment → whether it was right."""
    memories: Mapping[str, Memory] = field(default_factory=dict)
    """Skill → how well it is kept, and when it is due again; of earlier runs as well."""
    assessed: int = 0
    assessed_right: int = 0
    ended: int = 0
    score: float = 0.0
    passed: bool = False
    stopped: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it goes on."""
        return not self.ended and not self.stopped


# -- events → run ------------------------------------------------------------------------------


def fold(course: Course, run: Run | None, event: CourseEvent, at: int) -> Run:
    """Return the run after an event that happened at a moment."""
    if isinstance(event, Began):
        tallies = {skill.id: stopping.begin(skill.chances) for skill in course.skills}
        kept = run.memories if run else {}
        return Run(event.learner, event.course, event.version, at, tallies=tallies, memories=kept)
    assert run is not None, "a run begins with Began"
    match event:
        case Asked():
            times = {**run.times, event.step: run.times.get(event.step, 0) + 1}
            return replace(run, step=event.step, asked=at, tries=0, wrong="", parts=(), times=times)
        case Stepped():
            return replace(run, parts=(*run.parts, _part(course.step(event.step), run, event)))
        case Erred():
            wrong = _in_words(course.step(event.step), run, event)
            return replace(run, tries=run.tries + 1, asked=at, wrong=wrong)
        case Answered():
            return _answered(course, run, event)
        case Mastered():
            return replace(run, mastered={**run.mastered, event.skill: at})
        case Scheduled():
            memory = Memory(event.stability, event.difficulty, at, event.due)
            return replace(run, memories={**run.memories, event.skill: memory})
        case Finished():
            return replace(run, step="", ended=at, score=event.score, passed=event.passed)
        case Stopped():
            return replace(run, step="", stopped=True)
    return run


def replay(course: Course, happened: Iterable[tuple[CourseEvent, int]]) -> Run | None:
    """Return the run that a learner's events in a course left, each with its moment."""
    run = None
    for event, at in happened:
        run = fold(course, run, event, at)
    return run


def _part(step: Step, run: Run, event: Stepped) -> str:
    """Return what an answer's part adds: the thing put in order, or the line it leads to."""
    if step.kind != "dialogue":
        return event.given
    reply = _reply(step, run, event.given)
    return reply.goto


def _in_words(step: Step, run: Run, event: Erred) -> str:
    """Return what was answered wrong as the learner read it."""
    if event.late:
        return "too late"
    if step.kind == "dialogue":
        return _reply(step, run, event.given).text
    if step.dial is not None:
        return f"{event.given} {step.dial.unit}".rstrip()
    thing = event.given[:1].upper() + event.given[1:]
    return next((one.text for one in step.options if one.id == event.given), thing)


def _answered(course: Course, run: Run, event: Answered) -> Run:
    tallies, history = run.tallies, run.history
    if event.skill in tallies:
        skill = course.skill(event.skill).chances
        tally = stopping.answer(tallies[event.skill], event.at_once, skill, course.rule)
        tallies = {**tallies, event.skill: tally}
        history = {**history, event.skill: history.get(event.skill, "") + "01"[event.at_once]}
    probe = course.step(event.step).kind == "assess"
    erred = run.erred
    if not event.at_once:
        erred = {**erred, event.step: erred.get(event.step, 0) + 1}
    return replace(
        run, step="", last=event.step, erred=erred, tallies=tallies, history=history,
        probes={**run.probes, event.step: event.right} if probe else run.probes,
        assessed=run.assessed + probe, assessed_right=run.assessed_right + (probe and event.right),
    )  # fmt: skip


# -- wishes → events ---------------------------------------------------------------------------


def begin(course: Course, learner: str) -> list[CourseEvent]:
    """Return what follows when a learner begins: the first step is asked."""
    events: list[CourseEvent] = [Began(learner, course.id, course.version)]
    return _go_on(course, fold(course, None, events[0], 0), events)


def give(course: Course, run: Run, given: str, at: int) -> list[CourseEvent]:
    """Return what follows from an answer to the step before a learner.

    `given` is the name of a thing, the id of an option, the number of a reply from 0, or "done".
    Raises Conflict when nothing is asked, and Invalid for what is no answer to this step.
    """
    step = current(course, run)
    if step is None:
        raise nothing_asked()
    if is_late(step, run, at):
        return overdue(course, run, at)
    if step.kind == "order":
        return _place(course, run, step, given, at)
    if step.kind == "dialogue":
        return _say(course, run, step, given, at)
    if is_right(step, given):
        return _end(course, run, step, given, True, at)
    return _err(course, run, step, given, at)


def overdue(course: Course, run: Run, at: int) -> list[CourseEvent]:
    """Return what follows when a step's time is over, if it is."""
    step = current(course, run)
    if step is None or not is_late(step, run, at):
        return []
    return _err(course, run, step, "", at, late=True)


def schedule(run: Run, event: Mastered, at: int) -> Scheduled:
    """Return when a skill that was just mastered is due again; raises Misused without `fsrs`.

    In a later run the first answer to the skill tells how well it was kept.
    """
    memory = run.memories.get(event.skill)
    kept = memory is None or run.history.get(event.skill, "1").startswith("1")
    new = refresh(memory, kept, at)
    return Scheduled(run.learner, run.course, event.skill, new.stability, new.difficulty, new.due)


def stop(course: Course, run: Run) -> list[CourseEvent]:
    """Return what follows when a learner leaves; raises Conflict when they are not in it."""
    if not run.is_open:
        raise Conflict("this course is over", "begin it again", code="nothing_asked")
    return [Stopped(run.learner, run.course)]


def current(course: Course, run: Run) -> Step | None:
    """Return the step before a learner."""
    return course.step(run.step) if run.is_open and run.step else None


def is_late(step: Step, run: Run, at: int) -> bool:
    """Tell whether a step's time was over at a moment."""
    return step.seconds > 0 and at > run.asked + step.seconds * SECOND_US


def is_right(step: Step, given: str) -> bool:
    """Tell whether something is the right answer; raises Invalid for what is none at all."""
    if step.dial is not None:
        return step.dial.least <= number_of(step, step.dial, given) <= step.dial.most
    if step.kind in SHOWN:
        right, known = {DONE}, {DONE}
    elif step.options:
        right = {option.id for option in step.options if option.right}
        known = {option.id for option in step.options}
    else:
        right, known = {step.target}, {step.target, *step.decoys}
    if given not in known:
        raise no_answer(step, given)
    return given in right


def number_of(step: Step, dial: Dial, given: str) -> float:
    """Return the number that was set on a dial; raises Invalid for what is none of its numbers."""
    try:
        found = float(given)
    except ValueError:
        raise no_answer(step, given) from None
    if not dial.lowest <= found <= dial.highest:
        raise no_answer(step, given)
    return found


def nothing_asked() -> Conflict:
    """Make the error for an answer when nothing is asked."""
    return Conflict("nothing is asked just now", "begin the course", code="nothing_asked")


def no_answer(step: Step, given: str) -> Invalid:
    """Make the error for what is no answer to a step."""
    return Invalid(
        f"{given[:80]!r} is no answer to {step.id}", "give one that its panel offers",
        code="no_such_answer", field="given",
    )  # fmt: skip


def line_of(step: Step, run: Run) -> str:
    """Return the id of the line that a dialogue is at."""
    return run.parts[-1] if run.parts else step.lines[0].id


def offered(step: Step, run: Run) -> tuple[Option, ...]:
    """Return the options as they are shown: begun elsewhere each time, less what is in order."""
    left = [option for option in step.options if option.id not in run.parts]
    if not left:
        return ()
    # In order they would tell the answer: every other one first, and that from another start.
    mixed = left[1::2] + left[::2] if step.kind == "order" else left
    start = run.times.get(step.id, 1) % len(mixed)
    return tuple(mixed[start:] + mixed[:start])


def next_step(course: Course, run: Run) -> Step | None:
    """Return what comes next: scenes in order, each until its drills have done their work.

    A drill is asked only while its skill is in practice. When all steps of a scene were asked, the
    weakest skill still in practice that has drills there is drilled on: the one asked least often,
    and if it can be another one than just now.
    """
    practised = {id for id, tally in run.tallies.items() if tally.standing is Standing.PRACTISING}
    for scene in course.scenes:
        for step in scene.steps:
            if step.id not in run.times and not (step.drill and step.skill not in practised):
                return step
        drills = [step for step in scene.steps if step.drill]
        order = list(dict.fromkeys(step.skill for step in drills))
        skill = stopping.weakest(run.tallies, order)
        if skill is not None:
            return min(
                (step for step in drills if step.skill == skill),
                key=lambda step: (step.id == run.last, run.times.get(step.id, 0)),
            )
    return None


def progress(course: Course, run: Run) -> float:
    """Return how much of a course is behind a learner, from 0 to 1: its steps asked or left out."""
    if run.ended:
        return 1.0
    practised = {id for id, tally in run.tallies.items() if tally.standing is Standing.PRACTISING}
    steps = list(course.steps())
    done = sum(
        (step.id in run.times and step.id != run.step)
        or (step.drill and step.skill not in practised)
        for step in steps
    )
    return done / len(steps)


def _place(course: Course, run: Run, step: Step, given: str, at: int) -> list[CourseEvent]:
    left = [option.id for option in step.options if option.id not in run.parts]
    if given not in left:
        raise no_answer(step, given)
    if given != left[0]:
        return _err(course, run, step, given, at)
    if len(left) == 1:
        return _end(course, run, step, given, True, at)
    return [Stepped(run.learner, run.course, step.id, given)]


def _say(course: Course, run: Run, step: Step, given: str, at: int) -> list[CourseEvent]:
    reply = _reply(step, run, given)
    if len(run.parts) >= LIMITS.parts_max:
        return _end(course, run, step, given, False, at)
    if reply.right and not reply.goto:
        return _end(course, run, step, given, True, at)
    stepped = Stepped(run.learner, run.course, step.id, given)
    if reply.right:
        return [stepped]
    erred = _err(course, run, step, given, at)
    return [*erred, stepped] if reply.goto and isinstance(erred[-1], Erred) else erred


def _reply(step: Step, run: Run, given: str) -> Reply:
    here = line_of(step, run)
    line = next(line for line in step.lines if line.id == here)
    if not (given.isascii() and given.isdigit() and int(given) < len(line.replies)):
        raise no_answer(step, given)
    return line.replies[int(given)]


def _err(
    course: Course, run: Run, step: Step, given: str, at: int, late: bool = False
) -> list[CourseEvent]:
    """A wrong answer: another try, or the end of the step when there were enough."""
    if step.kind == "assess" or run.tries + 1 >= course.tries_max:
        return _end(course, run, step, given, False, at)
    return [Erred(run.learner, run.course, step.id, given, late)]


def _end(
    course: Course, run: Run, step: Step, given: str, right: bool, at: int
) -> list[CourseEvent]:
    seconds = max(0.0, (at - run.asked) / SECOND_US)
    skill = step.skill if step.kind in SCORED else ""
    answered = Answered(run.learner, run.course, step.id, given, right, run.tries, seconds, skill)
    after = fold(course, run, answered, at)
    events: list[CourseEvent] = [answered]
    if skill and after.tallies[skill].standing is not run.tallies[skill].standing:
        tally = after.tallies[skill]
        kind = Mastered if tally.standing is Standing.MASTERED else HandedOver
        events.append(kind(run.learner, run.course, skill, tally.trials))
    return _go_on(course, after, events)


def _go_on(course: Course, run: Run, events: list[CourseEvent]) -> list[CourseEvent]:
    step = next_step(course, run)
    if step is not None:
        return [*events, Asked(run.learner, run.course, step.id)]
    score = score_of(run)
    return [*events, Finished(run.learner, run.course, score, score >= course.pass_mark)]


def score_of(run: Run) -> float:
    """Return the share of assessments that were right; without any, of skills mastered."""
    if run.assessed:
        return run.assessed_right / run.assessed
    mastered = [tally.standing is Standing.MASTERED for tally in run.tallies.values()]
    return sum(mastered) / len(mastered) if mastered else 1.0
