"""What a learner and an instructor are shown of runs: pure, so that panels only have to show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median
from typing import Final, Literal

from msgspec import Struct

from worldloom.kits.academy.courses.course import DONE, SHOWN, Course, Dial, Step
from worldloom.kits.academy.courses.events import (
    Answered,
    CourseEvent,
    Erred,
    Finished,
    HandedOver,
    Mastered,
)
from worldloom.kits.academy.courses.run import Run, current, line_of, offered, progress
from worldloom.kits.academy.mastery import stopping
from worldloom.kits.academy.mastery.refreshing import DAY_US
from worldloom.kits.academy.mastery.stopping import Standing, Tally

MINUTE_US: Final = 60_000_000
KNOWN: Final = ("Learner", "Now", "How far")
"""What stands of each learner in the group's table: as much as there is room for on a phone."""
WORDS_MAX: Final = 48
ALL_WORDS: Final = 1_000
NONE: Final = "no trial yet"
ASSUMED: Final = " (assumed so far)"
"""Why a bar is filled before a trial: that is how many of those who begin know it."""
SIGNS: Final = str.maketrans("", "", "[]()*_`\\\n")
"""What Markdown would take for something else."""


class Bar(Struct, frozen=True):
    """How far a skill is mastered, from 0 to 1, and why it goes on in words."""

    skill: str
    value: float
    label: str


class View(Struct, frozen=True):
    """What is before a learner."""

    title: str = ""
    prompt: str = ""
    caption: str = ""
    seated: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    """(what is given when it is pressed, what it says)."""
    placed: str = ""
    """What is in order so far."""
    progress: float = 0.0
    bars: tuple[Bar, ...] = ()
    seconds: float = 0.0
    """The time limit; 0: none."""
    dial: Dial | None = None
    """The number that is to be set."""
    asked: tuple[str, int] = ("", 0)
    """Which step it is, and the how manyeth time."""
    is_open: bool = False


def view(course: Course, run: Run | None) -> View:
    """Return what a learner is shown of a course; before they begin, what it is about."""
    if run is None:
        return View(
            course.title, course.text or "Begin when you are ready.", bars=bars(course, run)
        )
    step = current(course, run)
    done, told = progress(course, run), bars(course, run)
    if step is None:
        return View(course.title, ending(course, run), progress=done, bars=told)
    placed = [option.text for option in step.options if option.id in run.parts]
    return View(
        course.scene_of(step.id).title, step.prompt, step.caption, step.seated,
        choices(step, run), " → ".join(placed) if step.kind == "order" else "", done, told,
        step.seconds, step.dial, (step.id, run.times.get(step.id, 0)), True,
    )  # fmt: skip


def ending(course: Course, run: Run) -> str:
    """Return what is said at the end of a run."""
    if run.stopped:
        return "You left before the end. What you did is kept; begin again when you like."
    handed = [
        course.skill(id).title
        for id, tally in run.tallies.items()
        if tally.standing is Standing.PERSON
    ]
    again = [
        f"{course.skill(id).title} in {max(1, round((memory.due - run.ended) / DAY_US))} days"
        for id, memory in run.memories.items()
        if run.ended and id in run.tallies
    ]
    later = f" Come back for a refresher: {', '.join(again)}." if again else ""
    told = f"Passed, with {run.score:.0%}." if run.passed else f"Not passed yet: {run.score:.0%}."
    more = f" Your instructor goes on with you: {', '.join(handed)}." if handed else ""
    return f"You are through. {told}{more}{later}"


def due(course: Course, run: Run, now: int) -> tuple[str, ...]:
    """Return the titles of the skills that are due again at a moment."""
    late = {id for id, memory in run.memories.items() if memory.due <= now}
    return tuple(skill.title for skill in course.skills if skill.id in late)


def choices(step: Step, run: Run) -> tuple[tuple[str, str], ...]:
    """Return how a step can be answered from a panel: what is given, and what it says."""
    if step.dial is not None:
        return ()
    if step.kind in SHOWN:
        return ((DONE, "I have watched it" if step.kind == "demonstrate" else "I am done"),)
    if step.kind == "dialogue":
        line = next(line for line in step.lines if line.id == line_of(step, run))
        return tuple((str(at), reply.text) for at, reply in enumerate(line.replies))
    if step.options:
        return tuple((option.id, option.text) for option in offered(step, run))
    names = sorted((step.target, *step.decoys))
    return tuple((name, name[:1].upper() + name[1:]) for name in names)


def spoken(step: Step, run: Run) -> str:
    """Return what the other side of a dialogue says now."""
    if step.kind != "dialogue":
        return ""
    here = line_of(step, run)
    return next(line.says for line in step.lines if line.id == here)


def bars(course: Course, run: Run | None) -> tuple[Bar, ...]:
    """Return how each skill stands, measured by what counts as mastery."""
    found = []
    for skill in course.skills:
        tally = run.tallies[skill.id] if run else stopping.begin(skill.chances)
        label = stopping.reason(skill.title, tally, skill.chances, course.rule)
        if not tally.trials and tally.standing is Standing.PRACTISING:
            label += ASSUMED
        found.append(Bar(skill.id, _filled(tally, course), label))
    return tuple(found)


def _filled(tally: Tally, course: Course) -> float:
    mastered = tally.standing is Standing.MASTERED
    return 1.0 if mastered else min(tally.known / course.mastery, 0.99)


class Verdict(Struct, frozen=True):
    """What is said of an answer: how it is meant, in a word, and why."""

    tone: Literal["good", "bad"] | None = None
    word: str = ""
    text: str = ""

    @property
    def told(self) -> str:
        """All of it as one line."""
        return " ".join(part for part in (self.word and f"{self.word}.", self.text) if part)


NOTHING_SAID: Final = Verdict()


def feedback(course: Course, before: Run | None, events: Sequence[CourseEvent]) -> Verdict:
    """Return what is said of what happened after a run stood so; assessments say nothing."""
    found: list[str] = []
    how = NOTHING_SAID
    for event in events:
        match event:
            case Erred() | Answered():
                how = _how(course, before, event)
                found.append(_without(how.word, _said(course, before, event)))
            case Mastered():
                found.append(f"You have mastered {course.skill(event.skill).title}.")
            case HandedOver():
                title = course.skill(event.skill).title
                found.append(f"An instructor will go on with you: {title}.")
            case Finished():
                found.append("That was the last step.")
    return Verdict(how.tone, how.word, " ".join(text for text in found if text))


def _how(course: Course, before: Run | None, event: Erred | Answered) -> Verdict:
    """Return how an answer is judged, without why; what cannot be wrong is not judged."""
    kind = course.step(event.step).kind
    if kind == "assess" or kind in SHOWN:
        return NOTHING_SAID
    if isinstance(event, Answered) and event.right:
        return Verdict("good", "Right")
    if isinstance(event, Erred) and event.late:
        return Verdict("bad", "Too late")
    # Else who is wrong twice alike would see nothing change.
    again = before is not None and before.step == event.step and before.tries > 0
    return Verdict("bad", "Still not right" if again else "Not right")


def _without(word: str, text: str) -> str:
    """Return a text that begins with a word without it, as the word stands before it anyway."""
    for mark in (".", ":", ","):
        if word and text.startswith(f"{word}{mark}"):
            rest = text[len(word) + 1 :].strip()
            return rest[:1].upper() + rest[1:]
    return text


def _said(course: Course, before: Run | None, event: Erred | Answered) -> str:
    step = course.step(event.step)
    if step.kind == "assess":
        return ""
    if isinstance(event, Answered) and event.right:
        return step.right
    if isinstance(event, Erred) and event.late:
        return "Look again: it starts anew."
    chosen = next((one.feedback for one in step.options if one.id == event.given), "")
    if step.kind == "dialogue" and before is not None and event.given.isdigit():
        line = next(line for line in step.lines if line.id == line_of(step, before))
        chosen = line.replies[int(event.given)].feedback
    if step.dial is not None and event.given:
        low = float(event.given) < step.dial.least
        chosen = step.dial.under if low else step.dial.over
    told = chosen or step.wrong
    if isinstance(event, Answered):
        right = _solution(step)
        return f"{told} {f'It is: {right}.' if right else 'We go on.'}".lstrip()
    return f"{told} Try again.".lstrip()


def _solution(step: Step) -> str:
    if step.dial is not None:
        return f"{step.dial.least:g} to {step.dial.most:g} {step.dial.unit}".rstrip()
    if step.kind == "order":
        return ", ".join(option.text for option in step.options)
    return next((option.text for option in step.options if option.right), step.target)


# -- the instructor's --------------------------------------------------------------------------


class Cohort(Struct, frozen=True):
    """What all runs of a course say."""

    rows: tuple[tuple[str, ...], ...]
    """A learner each, by KNOWN."""
    funnel: tuple[tuple[str, int], ...]
    """How many learners began, came to each scene, and finished."""
    failing: tuple[tuple[str, int, int, str], ...]
    """(step, asked, first answers that were wrong, share), the worst first."""
    minutes: Mapping[str, float]
    """Skill → the median time to mastery, in minutes."""
    accounts: tuple[str, ...] = ()
    """Whose the rows are."""
    details: tuple[str, ...] = ()
    """What more there is to say of each of them, as Markdown."""


def cohort(course: Course, runs: Iterable[Run], name: Callable[[str], str]) -> Cohort:
    """Return what an instructor is shown; `name` tells what an account is called."""
    every = list(runs)
    rows = tuple(_row(course, run, name(run.learner)) for run in every)
    more = tuple(_details(course, run, row) for run, row in zip(every, rows, strict=True))
    reached = Counter(
        scene.id for run in every for scene in course.scenes
        if any(step.id in run.times for step in scene.steps)
    )  # fmt: skip
    funnel = [("began", len(every)), *((scene.title, reached[scene.id]) for scene in course.scenes),
              ("finished", sum(bool(run.ended) for run in every))]  # fmt: skip
    failing = []
    for step in course.steps():
        asked = sum(run.times.get(step.id, 0) for run in every)
        wrong = sum(errors(run, step.id) for run in every)
        if wrong:
            failing.append((step.id, asked, wrong, f"{wrong / asked:.0%}"))
    failing.sort(key=lambda row: -row[2] / row[1])
    minutes = {
        skill.title: median(times)
        for skill in course.skills
        if (times := [(run.mastered[skill.id] - run.began) / MINUTE_US for run in every
                      if skill.id in run.mastered])
    }  # fmt: skip
    accounts = tuple(run.learner for run in every)
    return Cohort(rows, tuple(funnel), tuple(failing), minutes, accounts, more)


def words_of(step: Step, most: int = WORDS_MAX) -> str:
    """Return what a step asks in a few words: nobody but its author knows it by its id."""
    words = step.prompt.translate(SIGNS)
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"


def errors(run: Run, step: str) -> int:
    """Return how often a step was wrong at first, also where it is not answered yet."""
    return run.erred.get(step, 0) + (run.step == step and run.tries > 0)


def wrong_now(run: Run) -> str:
    """Return what was answered wrong last at the step before a learner; empty: nothing."""
    if not (run.step and run.tries):
        return ""
    return f"{run.wrong or 'wrong'}, {run.tries} ×"


def how_far(course: Course, run: Run) -> str:
    """Return how a run stands in a few words: under way, left, or with its result."""
    if run.is_open:
        return f"under way, {progress(course, run):.0%}"
    return "left" if run.stopped else f"{'passed' if run.passed else 'not passed'} {run.score:.0%}"


def _row(course: Course, run: Run, name: str) -> tuple[str, ...]:
    now = _now(course, run, WORDS_MAX) or "–"
    far = f"{progress(course, run):.0%}" if run.is_open else how_far(course, run)
    person = any(tally.standing is Standing.PERSON for tally in run.tallies.values())
    return name, now, f"{far}, needs you" if person else far


def _now(course: Course, run: Run, most: int) -> str:
    step = current(course, run)
    return " · ".join(filter(None, (wrong_now(run), words_of(step, most)))) if step else ""


def _details(course: Course, run: Run, row: tuple[str, ...]) -> str:
    """Return what an instructor reads of a learner who is chosen in the table."""
    lines = [f"**{row[0].translate(SIGNS)}**: {row[2]}", ""]
    if now := _now(course, run, ALL_WORDS):
        lines.append(f"- Now: {now.translate(SIGNS)}")
    for id, tally in run.tallies.items():
        streak = _after(stopping.by_streak(run.history.get(id, "")))
        trials = f"{tally.trials} {'trial' if tally.trials == 1 else 'trials'}"
        told = (
            f"{_stand(tally)}, {trials}; three right in a row: {streak}" if tally.trials else NONE
        )
        lines.append(f"- {course.skill(id).title.translate(SIGNS)}: {told}")
    return "\n".join(lines)


def _stand(tally: Tally) -> str:
    """Return how far a learner is with a skill by tracing; mastered: after which trial."""
    if tally.standing is Standing.PRACTISING:
        return f"{tally.known:.0%}"
    if tally.standing is Standing.PERSON:
        return "needs you"
    return f"✓ {_after(tally.mastered_after)}"


def _after(trials: int | None) -> str:
    return f"after {trials}" if trials else "not yet"
