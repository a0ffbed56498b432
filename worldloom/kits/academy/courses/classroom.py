"""Courses in a world: the actions, clicks and clock by which learners go through them.

Every wish becomes the events of the pure run; they, the learning records and the kept run are one
group, so that all of it is there or nothing is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated

from msgspec import Meta

from worldloom import Click, Entered, Misused, NotFound, Role, Visitor, World
from worldloom.kits.academy.courses import attempts, editions, ghost, recording, turns, views
from worldloom.kits.academy.courses import run as runs
from worldloom.kits.academy.courses.checking import check
from worldloom.kits.academy.courses.course import DONE, SHOWN, Course, Step
from worldloom.kits.academy.courses.demonstrating import Way
from worldloom.kits.academy.courses.editor import CourseEditor
from worldloom.kits.academy.courses.events import Asked, CourseEvent, Mastered
from worldloom.kits.academy.courses.limits import COURSE_LIMITS as LIMITS
from worldloom.kits.academy.courses.panels import CohortPanel, LearnerPanel
from worldloom.kits.academy.courses.run import Run
from worldloom.kits.academy.courses.sayings import sayings
from worldloom.kits.academy.courses.views import Verdict, feedback
from worldloom.kits.academy.instructors import Instructors
from worldloom.kits.academy.mastery.refreshing import DAY_US, has_fsrs
from worldloom.kits.academy.xapi.saying import home_of, new_id, statement

CourseId = Annotated[str, Meta(max_length=48)]
Given = Annotated[str, Meta(max_length=80)]
Wish = Callable[[Course, Run, int], list[CourseEvent]]
GOING = "academy.going"
"""Where presence has the courses that each account is in, as its panels show it."""
REMINDED = "academy.reminded"
"""Where presence has when each account was told last what is due."""
TAUGHT = "academy.taught"
"""Where presence has the version of each course that panels show."""
SPARE = [f"made-{number}" for number in range(1, LIMITS.made_here_max + 1)]
CHANGED = "This course was changed while you were in it. Begin again, with what is taught now."
LOOK_SECONDS = 0.5
"""How often time limits are looked at."""


class Courses:
    """Courses that can be learnt in a world: `world.use(Courses(course))`.

    Learners get a panel; `instructors` (a role and those above it) one of the whole group.
    """

    name = "courses"

    def __init__(
        self,
        *courses: Course,
        instructors: Role | str = Role.BUILDER,
        shared: Mapping[str, str] | None = None,
        editable: bool = True,
    ) -> None:
        """Check the courses; raises Invalid for one with faults, and Misused for none or many.

        `shared`: id of a course → the one thing that its learners take turns at, in words.
        `editable`: whether instructors can make courses of their own beside these.
        """
        self.shared = dict(shared or {})
        if not 0 < len({course.id for course in courses}) == len(courses):
            raise Misused(
                "there is no course, or one twice", "Courses(read(text))", code="bad_course"
            )
        if len(courses) > LIMITS.courses_per_world_max:
            raise Misused(
                f"a world has at most {LIMITS.courses_per_world_max} courses", code="bad_course"
            )
        self.declared = {course.id: check(course) for course in courses}
        """As the world's file has them."""
        self.spare = {id: Course(id, "A course made here") for id in SPARE} if editable else {}
        """Room for courses that instructors make in the world."""
        self._taught_in: World | None = None
        self.instructors = instructors
        self.panels: dict[str, LearnerPanel] = {}
        self.cohorts: dict[str, CohortPanel] = {}

    @property
    def courses(self) -> dict[str, Course]:
        """The courses as they are taught now, by their ids."""
        world = self._taught_in
        if world is None or world.is_loading:
            return self.declared
        made = {id: one for id, one in self.spare.items() if editions.is_published(world, id)}
        return {id: editions.current(world, one) for id, one in (self.declared | made).items()}

    def declared_of(self, id: str) -> Course:
        """Return a course as the file has it; one that was made here is empty there."""
        return self.declared.get(id) or self.spare[id]

    @property
    def edited(self) -> dict[str, Course]:
        """The courses that an instructor may open, as they are taught; a new one is empty."""
        made = {id: one for id, one in self.spare.items() if editions.is_made(self.world, id)}
        return {**made, **self.courses}

    def attach(self, world: World) -> None:
        """Give a world the actions, the clicks, the clock and the panels of its courses."""
        self.world = self._taught_in = world
        for course in (*self.declared.values(), *self.spare.values()):
            shown = course.id in self.declared
            self.panels[course.id] = LearnerPanel(world, course, self, shown)
            self.cohorts[course.id] = CohortPanel(world, course, self, shown)
        self.editor = CourseEditor(self)
        world.use(self.editor)
        self._add_actions(world)
        self._add_followers(world)
        self._add_demonstrations(world)

    # -- what wishes do ------------------------------------------------------------------------

    def course(self, id: str, visitor: Visitor | None = None) -> Course:
        """Return the course of an id; without one the visitor's open one, or the first."""
        if id:
            if id not in self.courses:
                raise NotFound(
                    f"there is no course {id}", f"there are {', '.join(sorted(self.courses))}"
                )
            return self.courses[id]
        going = self.open_runs(visitor.account) if visitor else iter(())
        return next((course for course, _ in going), next(iter(self.courses.values())))

    def open_runs(self, account: str) -> Iterator[tuple[Course, Run]]:
        """Yield the courses that an account is in."""
        for course in self.courses.values():
            run = attempts.run_of(self.world, course, account)
            if run is not None and run.is_open:
                yield course, run

    def begin(self, visitor: Visitor, course: Course) -> None:
        """Begin a course, or go on in the one begun."""
        run = attempts.run_of(self.world, course, visitor.account)
        if run is None or not run.is_open:
            earlier = attempts.memories_of(self.world, course, visitor.account)
            self._take(course, earlier, runs.begin(course, visitor.account), visitor)
        else:
            self.panels[course.id].show(visitor, run)
        self.panels[course.id].panel.bring_up(visitor)

    def wish(self, visitor: Visitor, course: Course, wish: Wish) -> str:
        """Let a wish of a learner have its events; return what is said to them."""
        run = attempts.run_of(self.world, course, visitor.account)
        if run is None:
            raise runs.nothing_asked()
        return self._take(course, run, wish(course, run, self.world.now), visitor)

    def _take(
        self, course: Course, run: Run | None, events: Sequence[CourseEvent], visitor: Visitor
    ) -> str:
        """Append events with their learning records, keep the run, and show what is next."""
        before, home = run, home_of(self.world)
        if before is not None:
            events = self._with_refreshers(course, before, events)
        for event in events:
            run = runs.fold(course, run, event, self.world.now)
            self.world.append(event)
            for said in sayings(course, run, event, home):
                record = statement(
                    event.learner, said.verb, said.activity, id=new_id(self.world), home=home,
                    result=said.result, context=said.context,
                )  # fmt: skip
                self.world.append(record)
        if run is None or not events:
            return ""
        attempts.keep(self.world, course, run, events)
        self._lead(course, before, events, visitor)
        verdict = feedback(course, before, events)
        self.panels[course.id].show(visitor, run, verdict)
        self._clear_the_view(visitor)
        return verdict.told

    def _clear_the_view(self, visitor: Visitor) -> None:
        """Show who is in a course the panels of that one alone; all of them to who is in none."""
        going = frozenset(course.id for course, _ in self.open_runs(visitor.account))
        shown: dict[str, frozenset[str]] = self.world.presence.setdefault(GOING, {})
        if shown.get(visitor.account, frozenset()) == going:
            return
        shown[visitor.account] = going
        for id in self.courses:
            one = self.panels[id]
            if going and id not in going:
                one.panel.hide(visitor)
            else:
                one.panel.show(visitor)

    def _follow_editions(self) -> None:
        """Show anew what has become another course: published, taken back, or in another file."""
        shown: dict[str, str] = self.world.presence.setdefault(TAUGHT, {})
        taught = self.courses
        for id in self.spare:
            if (id in taught) != (id in shown):
                self._open_room(id, id in taught)
                if id in shown:
                    del shown[id]
                else:
                    shown[id] = ""
        for id, course in taught.items():
            version = course.version
            if shown.get(id) != version:
                self.panels[id].panel.rename(course.title)
                self.cohorts[id].rename(course.title)
            if shown.setdefault(id, version) != version:
                shown[id] = version
                for visitor in {one.account: one for one in self.world.visitors}.values():
                    self._show_anew(visitor, course)

    def _open_room(self, id: str, on: bool) -> None:
        """Show the panels of a course that was made here, or take them away as it is no more."""
        for panel in (self.panels[id].panel, self.cohorts[id].panel):
            if on:
                panel.show()
            else:
                panel.hide()

    def _show_anew(self, visitor: Visitor, course: Course) -> None:
        """Show someone another version of a course, and tell who was in one that they are out."""
        newest = attempts.memories_of(self.world, course, visitor.account)
        if newest is not None and not newest.is_open:
            return  # They read how it ended, and can begin again as it is.
        run = attempts.run_of(self.world, course, visitor.account)
        told = CHANGED if newest is not None and run is None else ""
        self.panels[course.id].show(visitor, run, Verdict(text=told))
        self._clear_the_view(visitor)
        if told:
            visitor.tell(told)

    def _with_refreshers(
        self, course: Course, run: Run, events: Sequence[CourseEvent]
    ) -> list[CourseEvent]:
        """Add when each skill that was mastered is due again, where the extra is installed."""
        found: list[CourseEvent] = []
        for event in events:
            run = runs.fold(course, run, event, self.world.now)
            found.append(event)
            if isinstance(event, Mastered) and has_fsrs():
                found.append(runs.schedule(run, event, self.world.now))
        return found

    def _lead(
        self, course: Course, before: Run | None, events: Sequence[CourseEvent], visitor: Visitor
    ) -> None:
        """Take a learner to the place of a scene that begins, unless they are held elsewhere."""
        asked = next((event.step for event in events if isinstance(event, Asked)), "")
        # A run of another version does not go on: its last step may be none of this course.
        goes_on = before is not None and before.is_open and before.version == course.version
        last = before.last if before and goes_on else ""
        if asked and visitor.id and not visitor.held:
            scene = course.scene_of(asked)
            if scene.place and not (last and course.scene_of(last).id == scene.id):
                visitor.move_to(scene.place, scene.turn)

    # -- the doors -----------------------------------------------------------------------------

    def _add_actions(self, world: World) -> None:
        @world.action
        def begin(visitor: Visitor, course: CourseId = "") -> str:
            """Begin a course, or go on where you were."""
            chosen = self.course(course, visitor)
            self.begin(visitor, chosen)
            return chosen.title

        @world.action
        def answer(visitor: Visitor, given: Given, course: CourseId = "") -> str:
            """Answer the step before you: a thing's name, an option, or the number of a reply."""
            chosen = self.course(course, visitor)
            return self.wish(visitor, chosen, lambda c, run, at: runs.give(c, run, given, at))

        @world.action
        def next_step(visitor: Visitor, course: CourseId = "") -> str:
            """Say that you are done with what is shown or practised."""
            chosen = self.course(course, visitor)
            return self.wish(visitor, chosen, lambda c, run, at: runs.give(c, run, DONE, at))

        @world.action
        def leave_course(visitor: Visitor, course: CourseId = "") -> str:
            """Leave a course before its end; what you did is kept."""
            chosen = self.course(course, visitor)
            return self.wish(visitor, chosen, lambda c, run, at: runs.stop(c, run))

    def recordings(self) -> list[str]:
        """Return the names of all that figures demonstrate, in what is taught and edited now."""
        edited = [editions.draft(self.world, course) for course in self.edited.values()]
        steps = [step for course in (*self.courses.values(), *edited) for step in course.steps()]
        return list(dict.fromkeys(step.recording for step in steps if step.recording))

    def _add_demonstrations(self, world: World) -> None:
        """Let figures walk what steps demonstrate, and instructors record it anew."""
        for course in self.declared.values():
            for step in course.steps():
                if step.recording and step.recording not in world:
                    ghost.figure(world, step.recording, Way())
        recording.add_recording(world, self.recordings, Instructors(self.instructors))

        @world.every(0.1)
        def walk_before_them() -> None:
            """Move the figures for those before whom a demonstration stands."""
            asked = recording.just_recorded(world)
            for visitor in world.visitors:
                for course, run in self.open_runs(visitor.account):
                    step = runs.current(course, run)
                    if step is not None and step.recording:
                        # Who watches already is not set back by who comes later.
                        first = asked.get(step.recording, run.asked)
                        asked[step.recording] = min(first, run.asked)
            recording.walk(world, asked)

    def _pressed(
        self, course: Course, run: Run, step: Step | None, visitor: Visitor, name: str
    ) -> str:
        """Return the answer that a press on a thing is; empty where it is none."""
        if step is None or step.kind in SHOWN:
            return ""
        if step.dial is not None and name == step.target:
            return self.panels[course.id].dialled(visitor)
        given = step.things.get(name, "")
        return "" if given in run.parts else given

    def _remind(self, visitor: Visitor) -> None:
        """Tell who is here which skills are due again, once a day."""
        told: dict[str, int] = self.world.presence.setdefault(REMINDED, {})
        if told.get(visitor.account, -DAY_US) > self.world.now - DAY_US:
            return
        for course in self.courses.values():
            run = attempts.memories_of(self.world, course, visitor.account)
            due = views.due(course, run, self.world.now) if run and not run.is_open else ()
            if due:
                told[visitor.account] = self.world.now
                visitor.tell(f"Time to refresh {', '.join(due)}: begin {course.title} again.")

    def _add_followers(self, world: World) -> None:
        @world.on(Click)
        def press_thing(click: Click) -> None:
            """Take a press on a thing that a step asks for as its answer."""
            for course, run in self.open_runs(click.visitor.account):
                step = runs.current(course, run)
                name = click.entity.name
                given = self._pressed(course, run, step, click.visitor, name)
                if not given:
                    continue
                told = self._take(course, run, runs.give(course, run, given, world.now),
                                  click.visitor)  # fmt: skip
                if told:
                    click.visitor.tell(told)

        @world.on(Entered)
        def show_where_they_were(event: Entered) -> None:
            """Show who comes where they stand: what a panel shows is not kept."""
            self._follow_editions()
            for visitor in world.visitors:
                if visitor.id == event.visitor.id:
                    for id, course in self.courses.items():
                        attempts.call(world, course, visitor)
                        run = attempts.run_of(world, course, visitor.account)
                        self.panels[id].show(visitor, run)
                    self._clear_the_view(visitor)
                    self._remind(visitor)
                    self.editor.greet(visitor)

        @world.every(LOOK_SECONDS)
        def look_at_the_clock() -> None:
            """Let time limits run out, for those who are here, and show what was published."""
            self._follow_editions()
            for visitor in {one.account: one for one in world.visitors}.values():
                for course, run in self.open_runs(visitor.account):
                    late = runs.overdue(course, run, world.now)
                    if late:
                        visitor.tell(self._take(course, run, late, visitor))
                    else:
                        self.panels[course.id].tick(visitor, run)

        @world.every(1)
        def show_whose_turn_it_is() -> None:
            """Tell those who wait for what all share whose turn it is."""
            for id, thing in self.shared.items():
                course = self.courses[id]
                for visitor in {one.account: one for one in world.visitors}.values():
                    told = turns.words(world, course, visitor.account, thing)
                    self.panels[id].tell_turn(visitor, told)

        @world.every(600)
        def remind_of_what_is_due() -> None:
            """Tell who stays here as well."""
            for visitor in {one.account: one for one in world.visitors}.values():
                self._remind(visitor)

        @world.every(2)
        def show_instructors() -> None:
            """Show the whole group to instructors who are here."""
            for id in self.courses:
                self.cohorts[id].renew()
