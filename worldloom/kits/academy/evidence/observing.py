"""Watches learners while a step stands before them, and keeps one event for each step.

Samples are presence: they live in memory from the question to the answer, and what is kept of them
is how long each hotspot was faced. Nobody is sampled who is not in a course.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from worldloom import Personal, Visitor, World
from worldloom.kernel.recording import SIGN, Consented, Recording
from worldloom.kernel.space import world_pose
from worldloom.kits.academy.courses import attempts, sayings
from worldloom.kits.academy.courses import run as runs
from worldloom.kits.academy.courses.classroom import Courses
from worldloom.kits.academy.courses.course import Course, Step
from worldloom.kits.academy.courses.events import (
    Answered,
    Began,
    CourseEvent,
    Erred,
    Finished,
    Stepped,
    Stopped,
)
from worldloom.kits.academy.courses.run import Run
from worldloom.kits.academy.evidence import adding
from worldloom.kits.academy.evidence.events import Observed, Seen, seen_of
from worldloom.kits.academy.evidence.limits import EVIDENCE_LIMITS as LIMITS
from worldloom.kits.academy.evidence.seeing import GAP_US, Point, Watch, look, walk
from worldloom.kits.academy.xapi.saying import new_id, statement

EVERY_SECONDS: Final = 0.2
WATCHES: Final = "academy.watches"
"""Where presence has what is being watched."""
COUNT: Final = "academy.observed"
"""Where presence has how many steps were kept since the server began."""
RECORDED: Final = "academy.recorded"
"""Where presence has the visitors who let themselves be recorded."""
Key = tuple[str, str, int]
"""Learner, course, and when they began it."""


class Observing:
    """Watches the learners of a world's courses; part of the kit."""

    name = "evidence"

    def __init__(self, home: str) -> None:
        self.home = home

    def attach(self, world: World) -> None:
        """Give a world the samples, and what ends them."""
        self.world = world

        @world.every(EVERY_SECONDS)
        def sample_learners() -> None:
            """Note where learners in a course face now."""
            self.sample()

        @world.on(Began)
        def let_go_of_an_earlier_run(event: Began) -> None:
            """Let go of a run that nothing ended: its course was published anew meanwhile."""
            self._let_go(event)

        @world.on(Stepped)
        def hear_a_part(event: Stepped) -> None:
            """A first part of an answer is a try."""
            self._tried(event, event.step)

        @world.on(Erred)
        def hear_an_error(event: Erred) -> None:
            """A wrong answer is a try; one that did not come is none."""
            if not event.late:
                self._tried(event, event.step)

        @world.on(Answered)
        def keep_what_was_seen(event: Answered) -> None:
            """Keep what was seen of a step that ended."""
            self._answered(event)

        @world.on(Finished)
        def let_go_at_the_end(event: Finished) -> None:
            self._let_go(event)

        @world.on(Stopped)
        def let_go_of_who_left(event: Stopped) -> None:
            self._let_go(event)

        @world.on(Consented)
        def hear_who_is_recorded(event: Consented) -> None:
            """Learn who lets their way be recorded during this visit."""
            recorded: set[str] = world.presence.setdefault(RECORDED, set())
            (recorded.add if event.on else recorded.discard)(event.visitor.id)

    # -- samples -------------------------------------------------------------------------------

    @property
    def watches(self) -> dict[Key, list[Watch]]:
        """What is being watched: the step now, after those whose answer is not heard yet."""
        found: dict[Key, list[Watch]] = self.world.presence.setdefault(WATCHES, {})
        return found

    def sample(self) -> None:
        """Take one sample of everyone who is in a course."""
        spots: dict[tuple[str, str], dict[str, Point]] = {}
        here = {one.account: one for one in self.world.visitors if one.observe is not None}
        for visitor in here.values():
            for course, run in self._open_runs(visitor.account):
                step = runs.current(course, run)
                if step is None:
                    continue
                known = spots.get((course.id, step.id))
                if known is None:
                    known = spots[course.id, step.id] = self._spots(step)
                self._look(visitor, self._watch(run), known)

    def _look(self, visitor: Visitor, watch: Watch, spots: dict[str, Point]) -> None:
        stance, now = visitor.stance, self.world.now
        if stance is None:
            return
        passed = max(0, min(now - watch.last, GAP_US))
        look(watch, now, stance, spots)
        if self._is_recorded(visitor):
            walk(watch, passed, stance)
        else:
            watch.place, watch.limbs = None, (None, None, None)

    def _watch(self, run: Run) -> Watch:
        """Return the watch of the step before a learner."""
        line = self.watches.setdefault((run.learner, run.course, run.began), [])
        number = run.times.get(run.step, 0)
        if not line or (line[-1].step, line[-1].number) != (run.step, number):
            whole = run.tries == 0 and not run.parts
            line.append(Watch(run.step, number, run.asked, run.asked, whole=whole))
            del line[: -LIMITS.watches_max]
        return line[-1]

    def _spots(self, step: Step) -> dict[str, Point]:
        """Return where the hotspots of a step are, as far as the world has them."""
        names = [
            step.target,
            *step.decoys,
            step.recording,
            *(one.thing or one.id for one in step.options),
        ]
        there = [name for name in dict.fromkeys(names) if name and name in self.world]
        state = self.world.ground.state
        return {
            name: world_pose(state, self.world[name].number).position
            for name in there[: LIMITS.hotspots_max]
        }

    def _is_recorded(self, visitor: Visitor) -> bool:
        if visitor.id not in self.world.presence.get(RECORDED, ()) or SIGN not in self.world:
            return False
        sign = self.world[SIGN].get(Recording)
        return sign is not None and sign.on

    # -- what happens --------------------------------------------------------------------------

    def _tried(self, event: CourseEvent, step: str) -> None:
        """Note the first try of a step."""
        found = self._line(event)
        watch = next((one for one in found if one.step == step and not one.tried), None)
        if watch is not None:
            course = self._course(event.course)
            run = attempts.run_of(self.world, course, event.learner) if course else None
            now = self.world.now
            # The run knows to the microsecond when the wrong answer was given.
            exact = run is not None and run.step == step and run.tries == 1
            watch.tried = run.asked if exact and run is not None else now

    def _answered(self, event: Answered) -> None:
        course = self._course(event.course)
        run = attempts.run_of(self.world, course, event.learner) if course else None
        if course is None or run is None or event.step not in {one.id for one in course.steps()}:
            return
        step, line = course.step(event.step), self._line(event)
        at = next((at for at, one in enumerate(line) if one.step == event.step), -1)
        watch = line[at] if at >= 0 else None
        del line[: at + 1]
        seen = seen_of(watch, event, step.target, self.world.now)
        number = watch.number if watch else run.times.get(step.id, 0)
        whose = Personal(seen, of=event.learner)
        self.world.append(Observed(event.learner, event.course, event.step, number, whose))
        self.world.presence[COUNT] = self.world.presence.get(COUNT, 0) + 1
        adding.keep(self.world, event.course, event.learner, event.step, seen)
        if watch is not None and watch.samples:
            self._say(course, run, step, seen)

    def _say(self, course: Course, run: Run, step: Step, seen: Seen) -> None:
        """Record that a learner experienced a step, and how long they faced what."""
        told: dict[str, Any] = {"dwell": seen.dwell, "firstLook": seen.first}
        if seen.hesitation is not None:
            told["hesitation"] = seen.hesitation
        if seen.looked is not None:
            told["lookedBeforeDeciding"] = seen.looked
        result = {
            "duration": sayings.duration(seen.seconds),
            "extensions": {f"{self.home}/extensions/evidence": told},
        }
        whole = sayings.course_activity(course, self.home)
        context = {
            "registration": sayings.registration(run, self.home), "revision": run.version,
            "contextActivities": {"parent": [whole.spelled()]},
        }  # fmt: skip
        self.world.append(statement(
            run.learner, "experienced", sayings.step_activity(course, step, self.home),
            id=new_id(self.world), home=self.home, result=result, context=context,
        ))  # fmt: skip

    def _line(self, event: CourseEvent) -> list[Watch]:
        """Return what is watched of a learner in a course, the oldest first."""
        whose = (event.learner, event.course)
        return next((line for key, line in self.watches.items() if key[:2] == whose), [])

    def _let_go(self, event: CourseEvent) -> None:
        for key in [key for key in self.watches if key[:2] == (event.learner, event.course)]:
            del self.watches[key]

    def _open_runs(self, account: str) -> Iterator[tuple[Course, Run]]:
        for kit in self.world.used:
            if isinstance(kit, Courses):
                yield from kit.open_runs(account)

    def _course(self, id: str) -> Course | None:
        taught = (kit for kit in self.world.used if isinstance(kit, Courses))
        return next((kit.courses[id] for kit in taught if id in kit.courses), None)
