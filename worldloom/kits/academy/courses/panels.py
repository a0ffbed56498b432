"""The panels of a course: what is before a learner, and how a whole group is doing."""

from __future__ import annotations

import math
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

from worldloom import Panel, Visitor, Widget, World
from worldloom.kernel.rights import has_role
from worldloom.kits.academy.courses import attempts, views
from worldloom.kits.academy.courses import run as runs
from worldloom.kits.academy.courses.chances import Chances
from worldloom.kits.academy.courses.course import DONE, Course
from worldloom.kits.academy.courses.learners import Learners
from worldloom.kits.academy.courses.replaying import Replays
from worldloom.kits.academy.courses.run import SECOND_US, Run
from worldloom.kits.academy.courses.views import (
    NOTHING_SAID,
    Cohort,
    Verdict,
    View,
)

if TYPE_CHECKING:
    from worldloom.kits.academy.courses.classroom import Courses

FAILS: Final = ("Step", "Wrong at first", "Share")
NEVER: Final = ("–", "–", "–")
SPARE_BARS: Final = 4
"""Bars for skills that a course did not have when the world's file declared it."""
WAITING: Final = "academy.waiting."
"""Where presence has what those who wait were told last."""
DIALLED: Final = "academy.dialled."
"""Where presence has the step for which each learner's dial was laid out."""
GROUP: Final = -1
"""Who leads finds how the group does before what learners see."""
SHOWN: Final = "academy.cohort."
"""Where presence has what instructors were shown last."""


class LearnerPanel:
    """The step before each learner, its answers, what was said, and a bar for each skill."""

    def __init__(self, world: World, course: Course, courses: Courses, shown: bool = True) -> None:
        self.world, self.id, self.courses = world, course.id, courses
        panel = self.panel = world.use(Panel(course.title, id=f"course-{course.id}", shown=shown))
        start = views.view(course, None)
        self.done = panel.progress("The course", 0.0, id="done")
        self.said = panel.text("", live=True, id="said")
        self.title = panel.markdown(_head(start), id="prompt")
        self.caption = panel.text("", id="caption")
        self.time = panel.progress("Time left", 1.0, id="time")
        self.placed = panel.text("", id="placed")
        self.seated = panel.text("", id="seated")
        self.choices = panel.cards([], id="choices")
        self.dial = panel.slider("Set it", 0, 1, 0, id="dial")
        self.turn = panel.button("Set it", id="set")
        self.waiting = panel.text("", live=True, id="waiting")
        self.bars: dict[str, Widget[float]] = {}
        self.spare: list[Widget[float]] = []
        self.known: Widget[None] | None = None
        if course.skills or not shown:
            self.known = panel.group("What you know")
            with self.known:
                for bar in start.bars:
                    self.bars[bar.skill] = panel.progress(
                        bar.label, bar.value, id=f"skill-{bar.skill}"
                    )
                for number in range(SPARE_BARS):
                    self.spare.append(panel.progress("Skill", 0.0, id=f"skill-more-{number}"))
        self.begin = panel.button("Begin", id="begin")
        self.leave = panel.button("Leave the course", main=False, id="leave")
        hidden: tuple[Widget[Any], ...] = (
            self.choices, self.caption, self.time, self.placed, self.seated, self.leave,
            self.dial, self.turn, self.said, self.waiting, *self.spare,
        )  # fmt: skip
        for widget in hidden:
            widget.set(hidden=True)

        @self.begin
        def begin(visitor: Visitor) -> None:
            courses.begin(visitor, self.course)

        @self.leave
        def leave(visitor: Visitor) -> None:
            courses.wish(visitor, self.course, lambda c, run, at: runs.stop(c, run))

        @self.choices
        def choose(visitor: Visitor, key: str) -> None:
            courses.wish(visitor, self.course, lambda c, run, at: runs.give(c, run, key, at))

        @self.turn
        def turn(visitor: Visitor) -> None:
            given = self.dialled(visitor)
            courses.wish(visitor, self.course, lambda c, run, at: runs.give(c, run, given, at))

    @property
    def course(self) -> Course:
        """The course as it is taught now."""
        return self.courses.courses[self.id]

    def dialled(self, visitor: Visitor) -> str:
        """Return the number that a learner has set."""
        return f"{self.dial.of(visitor):.9g}"

    def show(self, visitor: Visitor, run: Run | None, said: Verdict = NOTHING_SAID) -> None:
        """Show a learner where they stand; whoever has not begun sees what is declared."""
        shown = views.view(self.course, run)
        step = runs.current(self.course, run) if run else None
        spoken = views.spoken(step, run) if step and run else ""
        self.done.set(visitor, value=shown.progress)
        self.title.set(visitor, text=_head(shown))
        _tell(self.caption, visitor, f"“{spoken}”" if spoken else shown.caption)
        _tell(self.placed, visitor, shown.placed)
        _tell(
            self.seated, visitor, f"Seated or with one hand: {shown.seated}" if shown.seated else ""
        )
        self.time.set(visitor, hidden=not shown.seconds, value=1.0, label=_left(shown.seconds))
        self.choices.set(visitor, data=_cards(shown), hidden=not shown.choices)
        self._show_dial(visitor, shown)
        self.said.set(
            visitor, text=said.text, tone=said.tone, label=said.word or None, hidden=not said.told
        )
        self._show_bars(visitor, shown)
        self.begin.set(visitor, hidden=shown.is_open, label="Begin again" if run else "Begin")
        self.leave.set(visitor, hidden=not shown.is_open)

    def tell_turn(self, visitor: Visitor, told: str) -> None:
        """Tell who waits for a shared thing whose turn it is; nothing, if it is theirs."""
        key = f"{WAITING}{self.id}"
        shown: dict[str, str] = self.world.presence.setdefault(key, {})
        if shown.get(visitor.account, "") != told:
            shown[visitor.account] = told
            self.waiting.set(visitor, text=told, hidden=not told)

    def _show_bars(self, visitor: Visitor, shown: View) -> None:
        """Show a bar for each skill; those that came later have the spare ones."""
        told = {bar.skill: bar for bar in shown.bars}
        if self.known is not None:
            self.known.set(visitor, hidden=not shown.bars)
        later = [bar for bar in shown.bars if bar.skill not in self.bars]
        every = [(widget, told.get(skill)) for skill, widget in self.bars.items()]
        every += zip_longest(self.spare, later[: len(self.spare)])
        for widget, bar in every:
            if bar is None:
                widget.set(visitor, hidden=True)
            else:
                widget.set(visitor, value=bar.value, label=bar.label, hidden=False)

    def _show_dial(self, visitor: Visitor, shown: View) -> None:
        dial = shown.dial
        self.dial.set(visitor, hidden=dial is None)
        self.turn.set(visitor, hidden=dial is None)
        key = f"{DIALLED}{self.course.id}"
        asked: dict[str, tuple[str, int]] = self.world.presence.setdefault(key, {})
        if asked.get(visitor.account) == shown.asked:
            return
        asked[visitor.account] = shown.asked
        if dial is not None:
            self.dial.set(
                visitor, min=dial.lowest, max=dial.highest, step=dial.step, unit=dial.unit or None,
                value=dial.lowest,
            )  # fmt: skip

    def tick(self, visitor: Visitor, run: Run) -> None:
        """Show how much of a step's time is left."""
        step = runs.current(self.course, run)
        if step is not None and step.seconds:
            left = max(0.0, step.seconds - (self.world.now - run.asked) / SECOND_US)
            self.time.set(visitor, value=left / step.seconds, label=_left(left))


class CohortPanel:
    """Who is where, how many came how far, which step fails, and how long mastery took."""

    def __init__(self, world: World, course: Course, courses: Courses, shown: bool = True) -> None:
        self.world, self.id, self.courses = world, course.id, courses
        self.instructors = instructors = str(courses.instructors)
        title, id = f"{course.title}: the group", f"group-{course.id}"
        panel = self.panel = world.use(
            Panel(title, id=id, for_=instructors, shown=shown, order=GROUP)
        )
        empty = views.cohort(course, (), str)
        minutes = ["Skill", "Minutes to mastery (median)"]

        def table(head: list[str], rows: list[list[Any]], id: str, named: str) -> Widget[None]:
            # With the course in their names, the tables of two courses can be told apart.
            return panel.table(head, rows, id=id, label=f"{course.title}: {named}")

        with panel.tabs():
            with panel.tab("Who"):
                self.who = Learners(world, panel, course.id, self._found, table)
            with panel.tab("How far"):
                self.funnel = table(["Came to", "Learners"], _pairs(empty), "came", "how far")
            with panel.tab("What fails"):
                self.failing = table(list(FAILS), [list(NEVER)], "fails", "what fails")
            with panel.tab("How long"):
                self.minutes = table(minutes, [["–", 0.0]], "times", "how long")
            with panel.tab("Replay"):
                self.replays = Replays(world, panel, course.id, courses)
            with panel.tab("Chances"):
                self.chances = Chances(world, panel, courses, course.id, lambda: self.course, table)

        self.tables = {
            "who is where": self.who.table, "how far": self.funnel, "what fails": self.failing,
            "how long": self.minutes, "chances": self.chances.table,
        }  # fmt: skip

    @property
    def course(self) -> Course:
        """The course as it is taught now."""
        return self.courses.courses[self.id]

    def rename(self, title: str) -> None:
        """Be called by the title that the course has now, with all its tables."""
        self.panel.rename(f"{title}: the group")
        for named, table in self.tables.items():
            table.set(label=f"{title}: {named}")

    def _found(self) -> Cohort | None:
        """Return what instructors were shown last."""
        found: Cohort | None = self.world.presence.get(f"{SHOWN}{self.id}")
        return found

    def renew(self) -> None:
        """Show what the runs say now, if an instructor is here and anything is new."""
        watching = any(has_role(one.standing, self.instructors) for one in self.world.visitors)
        if not watching:
            return
        every = list(attempts.newest(self.world, self.id))
        names = attempts.names(self.world, every)
        found = views.cohort(
            self.course, attempts.of_now(self.course, every), lambda account: names[account]
        )
        key = f"{SHOWN}{self.course.id}"
        if self.world.presence.get(key) == found:
            return
        self.world.presence[key] = found
        self._show(found)
        learners = zip(found.accounts, found.rows, strict=True)
        self.replays.offer({account: row[0] for account, row in learners})

    def _show(self, found: Cohort) -> None:
        self.who.show(found)
        self.funnel.set(data=(["Came to", "Learners"], _pairs(found)))
        failing = [[views.words_of(self.course.step(step)), f"{wrong} of {asked}", share]
                   for step, asked, wrong, share in found.failing]  # fmt: skip
        self.failing.set(data=(list(FAILS), failing or [list(NEVER)]))
        times = [[skill, round(value, 1)] for skill, value in found.minutes.items()]
        self.minutes.set(data=(["Skill", "Minutes to mastery (median)"], times or [["–", 0.0]]))


def _head(shown: View) -> str:
    return f"# {shown.title}\n\n{shown.prompt}"


def _cards(shown: View) -> list[dict[str, Any]]:
    return [{"title": text, "key": given, "label": "Go on" if given == DONE else "Choose"}
            for given, text in shown.choices]  # fmt: skip


def _left(seconds: float) -> str:
    return f"Time left: {math.ceil(seconds)} s"


def _tell(widget: Widget[None], visitor: Visitor, text: str) -> None:
    widget.set(visitor, text=text, hidden=not text)


def _pairs(found: Cohort) -> list[list[Any]]:
    return [[name, count] for name, count in found.funnel]
