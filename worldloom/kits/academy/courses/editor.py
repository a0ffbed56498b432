"""The panel in which instructors make and change courses without programming.

What they do edits a draft; what is published is taught from then on. Both are facts of the log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from msgspec import Meta
from msgspec.structs import replace

from worldloom import Conflict, Invalid, NotFound, Panel, Visitor, Widget, World
from worldloom.kits.academy.courses import editing, editions, editor_file
from worldloom.kits.academy.courses.checking import Fault, faults, refusal
from worldloom.kits.academy.courses.course import Course, Step
from worldloom.kits.academy.courses.demonstrating import Demonstration
from worldloom.kits.academy.courses.editing import Fields
from worldloom.kits.academy.courses.editor_record import RecordRow, default_name
from worldloom.kits.academy.courses.editor_scene import SceneTab
from worldloom.kits.academy.courses.limits import COURSE_LIMITS as LIMITS
from worldloom.kits.academy.courses.text import parse, write
from worldloom.kits.academy.instructors import Instructors

if TYPE_CHECKING:
    from worldloom.kits.academy.courses.classroom import Courses

CourseId = Annotated[str, Meta(max_length=48)]
Title = Annotated[str, Meta(max_length=LIMITS.title_characters_max)]
Words = Annotated[str, Meta(max_length=LIMITS.draft_bytes_max)]
OPENED: Final = "academy.editing"
"""Where presence has which course and step each account has opened."""
OTHER_FILE: Final = (
    " The world's file has this course otherwise since it was published here: what was published "
    "is what is taught, until you open the file's and publish that."
)
KEPT: Final = "Kept in your draft. Learners see it once you publish it."
PRESSED: Final = "The thing to press"
FIGURE: Final = "The figure's name, if it is to have one of yours"
SHOWN_MAX: Final = 20_000
"""Characters of a course that the panel's own text shows; longer ones go by the actions."""


class CourseEditor:
    """The panel *Edit courses* and its actions; `courses` are those that can be edited."""

    name = "course-editor"

    def __init__(self, courses: Courses) -> None:
        self.courses = courses
        self.instructors = Instructors(courses.instructors)

    def attach(self, world: World) -> None:
        """Give a world the panel and the actions."""
        self.world = world
        self.panel = world.use(Panel("Edit courses", id="edit", for_=self.instructors.role))
        self._add_head()
        with self.panel.tabs():
            with self.panel.tab("Steps"):
                self._add_steps()
            with self.panel.tab("Its scene"):
                self.scenes = SceneTab(self)
            with self.panel.tab("Course"):
                self._add_course()
            with self.panel.tab("As text"):
                self._add_text()
        self.recording.attach(world)
        self._add_actions()

    # -- what is open --------------------------------------------------------------------------

    def opened(self, visitor: Visitor) -> tuple[Course, str]:
        """Return the draft that someone edits, and the id of the step that is open."""
        known: dict[str, tuple[str, str]] = self.world.presence.setdefault(OPENED, {})
        first = next(iter(self.courses.courses))
        id, step = known.get(visitor.account, (first, ""))
        if id not in self.courses.edited:
            id, step = first, ""  # it was new, and what was changed in it is dropped
        course = editions.draft(self.world, self.courses.edited[id])
        steps = [one.id for _, one in editing.steps_of(course)]
        return course, step if step in steps else steps[0] if steps else ""

    def step(self, visitor: Visitor) -> Step:
        """Return the open step as the draft has it; raises NotFound where there is none."""
        course, id = self.opened(visitor)
        found = next((step for _, step in editing.steps_of(course) if step.id == id), None)
        if found is None:
            raise NotFound("there is no step", "add one first")
        return found

    def open(self, visitor: Visitor, course: str, step: str = "") -> None:
        """Open a step of a course, and show it."""
        if course not in self.courses.edited:
            raise NotFound(f"there is no course {course}",
                           f"there are {', '.join(self.courses.edited)}")  # fmt: skip
        self.world.presence.setdefault(OPENED, {})[visitor.account] = (course, step)
        self.show(visitor)

    def edit(self, visitor: Visitor, course: Course, step: str = "") -> None:
        """Keep a draft, and show it at a step."""
        self.instructors.check(visitor)
        editions.keep_draft(self.world, visitor, course)
        self.open(visitor, course.id, step)

    def found(self, course: Course) -> list[Fault]:
        """Return what is wrong with a draft: in itself, and with the world that it is for."""
        wrong = faults(course)
        for at, scene in enumerate(course.scenes):
            for number, step in enumerate(scene.steps):
                things = (step.target, *step.decoys, *(one.thing for one in step.options))
                wrong += [
                    Fault(
                        f"$.scene[{at}].step[{number}]",
                        f"there is no thing {name[:80]!r} here",
                        "write the name of a thing of this world",
                    )  # fmt: skip
                    for name in things
                    if name and name not in self.world
                ]
                wrong += self._not_shown(f"$.scene[{at}].step[{number}]", step)
        return wrong[: LIMITS.faults_max]

    def _not_shown(self, where: str, step: Step) -> list[Fault]:
        """Return what is wrong with the figure of a step that one shows."""
        name = step.recording
        if not name or (name in self.world and Demonstration in self.world[name]):
            return []
        if name in self.world:
            return [Fault(where, f"{name[:80]!r} is another thing of this world",
                          "name the figure otherwise")]  # fmt: skip
        return [Fault(where, "nobody has shown it yet", "press Record it, and walk it")]

    # -- the panel -----------------------------------------------------------------------------

    def _add_head(self) -> None:
        panel = self.panel
        names = {id: course.title for id, course in self.courses.courses.items()}
        self.which = panel.choice("Course", names, id="which")
        self.state = panel.text("", live=True, id="state")
        self.wrong = panel.list([], label="To be mended", id="wrong")
        self.wrong.set(hidden=True)
        publish = panel.button("Publish", id="publish")
        drop = panel.button("Drop my changes", main=False, id="drop")
        self.file = panel.button("Open the file's course", main=False, id="file")
        self.file.set(hidden=True)

        @self.which
        def choose(visitor: Visitor, value: str) -> None:
            self.open(visitor, value)

        @self.file
        def open_the_files(visitor: Visitor) -> None:
            self.edit(visitor, self.courses.declared_of(self.opened(visitor)[0].id))

        @publish
        def publish_it(visitor: Visitor) -> None:
            self.publish(visitor, self.opened(visitor)[0].id)

        @drop
        def drop_it(visitor: Visitor) -> None:
            self.instructors.check(visitor)
            course, step = self.opened(visitor)
            editions.drop_draft(self.world, visitor, course.id)
            left = course.id in self.courses.edited
            self.open(visitor, course.id if left else next(iter(self.courses.courses)), step)

    def _add_steps(self) -> None:
        panel = self.panel
        self.steps = panel.choice("Step", {"": "–"}, id="all")
        with panel.row():
            buttons = [
                panel.button(label, main=False, id=id)
                for id, label in (("add", "Add a step"), ("up", "Up"), ("down", "Down"),
                                  ("away", "Remove"))
            ]  # fmt: skip
        self.fields: dict[str, Widget[Any]] = {
            "kind": panel.choice("What is done", editing.KINDS, id="kind")
        }
        self.recording = RecordRow(self)
        self.fields |= {
            "prompt": panel.field("What is asked", lines=3, most=2000, id="asked"),
            "answers": panel.field(
                "Answers, one a line: * before the right ones, | before what is said to it",
                lines=6, most=8000, id="answers",
            ),
            "skill": panel.field("Skill, in words", most=120, id="skill"),
            "target": panel.field(PRESSED, most=80, id="target"),
            "decoys": panel.field("Wrong things, one a line", lines=3, most=1600, id="decoys"),
            "dial": panel.field("Number: lowest, highest, least, most, unit", most=120, id="dial"),
            "right": panel.field("Said when it is right", lines=2, most=2000, id="right"),
            "wrong": panel.field("Said when it is wrong", lines=2, most=2000, id="said-wrong"),
            "caption": panel.field("What is heard or happens", lines=2, most=2000, id="caption"),
            "seated": panel.field("How, for who sits", most=2000, id="seated"),
            "seconds": panel.number("Seconds there are; 0: any", 0, min=0, max=3600, id="seconds"),
            "drill": panel.toggle("Practised until the skill is mastered", id="drill"),
        }  # fmt: skip
        keep = panel.button("Keep this step", id="keep")

        @self.steps
        def choose(visitor: Visitor, value: str) -> None:
            self.open(visitor, self.opened(visitor)[0].id, value)

        @self.fields["kind"]
        def fit(visitor: Visitor, value: str) -> None:
            self._fit(visitor, value)

        @buttons[0]
        def add(visitor: Visitor) -> None:
            self.edit(visitor, *editing.add(*self.opened(visitor)))

        @buttons[1]
        def up(visitor: Visitor) -> None:
            course, step = self.opened(visitor)
            self.edit(visitor, editing.move(course, step, -1), step)

        @buttons[2]
        def down(visitor: Visitor) -> None:
            course, step = self.opened(visitor)
            self.edit(visitor, editing.move(course, step, 1), step)

        @buttons[3]
        def away(visitor: Visitor) -> None:
            course, step = self.opened(visitor)
            self.edit(visitor, editing.remove(course, step))

        @keep
        def keep_it(visitor: Visitor) -> None:
            self._keep_step(visitor)

    def _add_course(self) -> None:
        panel = self.panel
        self.title = panel.field("Title", most=120, id="title")
        self.about = panel.field("What it is about", lines=4, most=2000, id="about")
        self.mark = panel.slider("Right in the test, to pass", 0, 100, 80, step=5, unit="%",
                                 id="mark")  # fmt: skip
        keep = panel.button("Keep these", id="keep-course")
        self.new = panel.field("The title of a new course", most=120, id="new")
        make = panel.button("Make a new course", main=False, id="make")

        @keep
        def keep_it(visitor: Visitor) -> None:
            course, step = self.opened(visitor)
            changed = replace(
                course, title=self.title.of(visitor).strip(), text=self.about.of(visitor).strip(),
                pass_mark=round(self.mark.of(visitor) / 100, 2),
            )  # fmt: skip
            self.edit(visitor, changed, step)
            visitor.tell(KEPT)

        @make
        def make_it(visitor: Visitor) -> None:
            title = self.new.of(visitor).strip()
            self.make(visitor, title)
            self.new.set(visitor, value="")
            visitor.tell(f"“{title}” is begun, and open here. Write what it asks under Steps.")

    def _add_text(self) -> None:
        panel = self.panel
        panel.text("The whole course, to be kept in a file, or pasted from one.")
        panel.upload("A course.toml as a file", accept=("text/", ".toml"), id="from-file",
                     to=editor_file.WAY)  # fmt: skip
        editor_file.TextDoor(self, self.world)
        self.text = panel.field("course.toml", lines=14, most=SHOWN_MAX, id="toml")
        take = panel.button("Take this text", id="take")

        @take
        def take_it(visitor: Visitor) -> None:
            self.take(visitor, self.opened(visitor)[0].id, self.text.of(visitor))

    def kept_step(self, visitor: Visitor) -> Step:
        """Return the open step as the form says it, which the draft has then, too."""
        course, id = self.opened(visitor)
        written = self._written(visitor)
        if written != course:
            self.edit(visitor, written, id)
        return self.step(visitor)

    def _keep_step(self, visitor: Visitor) -> None:
        self.edit(visitor, self._written(visitor), self.step(visitor).id)
        visitor.tell(KEPT)

    def _written(self, visitor: Visitor) -> Course:
        """Return the draft with its open step as the form says it."""
        course, before = self.opened(visitor)[0], self.step(visitor)
        given = {name: widget.of(visitor) for name, widget in self.fields.items()}
        known = {skill.title.casefold(): skill.id for skill in course.skills}
        words = str(given["skill"]).strip()
        new = [] if not words or words.casefold() in known else [words]
        changed = editing.put(course, before.id, before, new)
        known |= {skill.title.casefold(): skill.id for skill in changed.skills}
        step = editing.step_of(
            Fields(**{**given, "skill": known.get(words.casefold(), "")}), before
        )
        if step.kind == "demonstrate" and not step.recording:
            step = replace(step, recording=default_name(course, step))
        return editing.put(changed, before.id, step)

    # -- what is done with the whole -----------------------------------------------------------

    def make(self, visitor: Visitor, title: str) -> str:
        """Begin a new course; return its id. Raises Invalid without a title, Conflict for many."""
        self.instructors.check(visitor)
        if not title.strip():
            raise Invalid("a course has a title", "write one", code="bad_course")
        free = [id for id in self.courses.spare if id not in self.courses.edited]
        if not free:
            raise Conflict(f"{len(self.courses.spare)} courses were made here already",
                           "publish a course in the place of one, as text")  # fmt: skip
        self.edit(visitor, editing.begin(free[0], title))
        return free[0]

    def publish(self, visitor: Visitor, id: str) -> str:
        """Let the draft of a course be taught; raises Invalid with what is to be mended."""
        self.instructors.check(visitor)
        if id not in self.courses.edited:
            raise NotFound(f"there is no course {id}", "open one of those there are")
        course = editions.draft(self.world, self.courses.edited[id])
        if wrong := self.found(course):
            raise refusal(wrong)
        editions.publish(self.world, visitor, course, self.courses.declared_of(id))
        self.open(visitor, id)
        return course.version

    def take(self, visitor: Visitor, id: str, text: str) -> None:
        """Take a text for the draft of a course; raises Invalid with the line of its faults."""
        course = parse(editions.bounded(text))
        self.edit(visitor, replace(course, id=id))

    def _add_actions(self) -> None:
        world = self.world

        @world.action(role=self.instructors.needs)
        def edit_course(visitor: Visitor, course: CourseId, text: Words) -> list[str]:
            """Take a `course.toml` for a course's draft; you get what is still to be mended."""
            self.take(visitor, course, text)
            return [str(one) for one in self.found(self.opened(visitor)[0])]

        @world.action(role=self.instructors.needs)
        def course_text(visitor: Visitor, course: CourseId) -> str:
            """Return a course's draft, or the course where there is none, as `course.toml`."""
            self.instructors.check(visitor)
            self.open(visitor, course)
            return write(self.opened(visitor)[0])

        @world.action(role=self.instructors.needs)
        def new_course(visitor: Visitor, title: Title) -> str:
            """Begin a course that no file declares; you get its id, to edit and to publish."""
            return self.make(visitor, title)

        @world.action(role=self.instructors.needs)
        def publish_course(visitor: Visitor, course: CourseId) -> str:
            """Let a course's draft be taught from now on; you get its version."""
            return self.publish(visitor, course)

    def _fit(self, visitor: Visitor, kind: str) -> None:
        """Show the fields that a kind of step has use for."""
        for name in editing.MAY_HAVE:
            self.fields[name].set(visitor, hidden=name not in editing.HAS[kind])
        self.fields["target"].set(visitor, label=FIGURE if kind == "demonstrate" else PRESSED)
        self.recording.show(visitor, kind)

    # -- what is shown -------------------------------------------------------------------------

    def greet(self, visitor: Visitor) -> None:
        """Show an instructor who comes what they may edit."""
        if self.instructors.has(visitor.standing):
            self.show(visitor)

    def show_faults(self, visitor: Visitor) -> None:
        """Show someone what is still to be mended in the draft that they edit."""
        course = self.opened(visitor)[0]
        told = [_told(course, fault) for fault in self.found(course)]
        self.wrong.set(visitor, data=told, hidden=not told)

    def show(self, visitor: Visitor) -> None:
        """Show someone the draft that they edit, at the step that is open."""
        course, id = self.opened(visitor)
        taught = self.courses.courses.get(course.id)
        state = "This is what is taught." if course == taught else "Changed, and not published yet."
        other = editions.file_changed(self.world, self.courses.declared_of(course.id))
        state += OTHER_FILE if other else ""
        self.file.set(visitor, hidden=not other)
        names = {one: editions.draft(self.world, made).title
                 for one, made in self.courses.edited.items()}  # fmt: skip
        self.which.set(visitor, options=names, value=course.id)
        self.state.set(visitor, text=state)
        self.show_faults(visitor)
        every = {
            step.id: f"{at} · {_short(step)}"
            for at, (_, step) in enumerate(editing.steps_of(course), 1)
        }
        self.steps.set(visitor, options=every or {"": "–"}, value=id)
        step = next((step for _, step in editing.steps_of(course) if step.id == id), None)
        if step is not None:
            titles = {skill.id: skill.title for skill in course.skills}
            fields = editing.fields_of(step)
            for name, widget in self.fields.items():
                value = getattr(fields, name)
                shown = titles.get(value, value) if name == "skill" else value
                widget.set(visitor, value=shown)
            self._fit(visitor, fields.kind)
            self.scenes.show(visitor, course, id)
        self.title.set(visitor, value=course.title)
        self.about.set(visitor, value=course.text)
        self.mark.set(visitor, value=round(course.pass_mark * 100))
        text = write(course)
        self.text.set(visitor, value=text if len(text) <= SHOWN_MAX else "")


def _short(step: Step) -> str:
    words = step.prompt.replace("**", "")
    return words if len(words) <= 60 else f"{words[:57]}…"


def _told(course: Course, fault: Fault) -> str:
    fix = fault.fix[:1].upper() + fault.fix[1:]
    return f"{_where(course, fault)}: {fault.message}. {fix}."


def _where(course: Course, fault: Fault) -> str:
    """Return where a fault is, in words: by what the step asks."""
    for at, scene in enumerate(course.scenes):
        for number, step in enumerate(scene.steps):
            if fault.path.startswith(f"$.scene[{at}].step[{number}]"):
                return f"“{step.prompt.replace('**', '')[:40] or '…'}”"
    return "The course"
