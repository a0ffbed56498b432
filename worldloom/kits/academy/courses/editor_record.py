"""The part of the course editor by which an instructor records what a figure shows learners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from worldloom import Conflict, Visitor, Widget, World
from worldloom.kits.academy.courses import recording
from worldloom.kits.academy.courses.course import Course, Step
from worldloom.kits.academy.courses.demonstrating import way_of
from worldloom.kits.academy.courses.recording import Recording

if TYPE_CHECKING:
    from worldloom.kits.academy.courses.editor import CourseEditor

RECORD, DONE = "Record it", "Done: show this"
NOTHING: Final = (
    "Nobody has shown it yet. Press Record it, walk it as learners are to see it, and press again."
)
TOLD: Final = "academy.recording-told"
"""Where presence has whether panels say that something is being recorded."""


class RecordRow:
    """The buttons below a step that a figure shows, and what is said of the recording."""

    def __init__(self, editor: CourseEditor) -> None:
        """Add them to the editor's panel, below the kind of a step."""
        self.editor, panel = editor, editor.panel
        with panel.row():
            self.record = panel.button(RECORD, main=False, id="record")
            self.discard = panel.button("Discard", main=False, id="discard")
        self.text = panel.text("", live=True, id="recorded")
        # Apart, as nobody wants to hear each second of it.
        self.seconds = panel.text("", id="seconds-recorded")
        for widget in (self.record, self.discard, self.text, self.seconds):
            widget.set(hidden=True)

        @self.record
        def record_it(visitor: Visitor) -> None:
            self._record(visitor)

        @self.discard
        def discard_it(visitor: Visitor) -> None:
            editor.instructors.check(visitor)
            recording.discard(editor.world, visitor)
            self.show(visitor)

    def attach(self, world: World) -> None:
        """Let the panels of instructors say how long a recording is by now."""

        @world.every(1)
        def tell_how_long() -> None:
            """Show each instructor who is here what is being recorded, while something is."""
            now = recording.underway(world)
            if now is None and not world.presence.get(TOLD):
                return
            world.presence[TOLD] = now is not None
            for visitor in {one.account: one for one in world.visitors}.values():
                if self.editor.instructors.has(visitor.standing):
                    self.show(visitor)

    def show(self, visitor: Visitor, kind: str = "") -> None:
        """Show someone what they can do now; `kind` is that of the step in their form."""
        now = recording.underway(self.editor.world)
        mine = now is not None and now.account == visitor.account
        shown = (kind or str(self.editor.fields["kind"].of(visitor))) == "demonstrate"
        _put(self.record, visitor, label=DONE if mine else RECORD, main=mine,
             hidden=not (shown or mine))  # fmt: skip
        _put(self.discard, visitor, hidden=not mine)
        so_far = f"Seconds so far: {now.seconds:.0f}" if now is not None else ""
        _put(self.seconds, visitor, text=so_far, hidden=not mine)
        _put(self.text, visitor, text=self._words(visitor, now), hidden=not (shown or mine))

    def _words(self, visitor: Visitor, now: Recording | None) -> str:
        world = self.editor.world
        if now is not None and now.account == visitor.account:
            if now.is_full:
                return recording.FULL
            return "You are being recorded. Walk it as learners are to see it, and press Done."
        if now is not None:
            who = next((one.name for one in world.visitors if one.account == now.account), "")
            return f"{who or 'Someone'} is recording now. Wait until they are done."
        course, id = self.editor.opened(visitor)
        name = next((one.recording for one in course.steps() if one.id == id), "")
        kept = way_of(world[name]) if name and name in world else None
        if kept is None or not kept.path:
            return NOTHING
        return f"What learners see takes {kept.seconds:.0f} seconds. Record it to do it anew."

    def _record(self, visitor: Visitor) -> None:
        """Begin a recording of the open step, or end the one under way."""
        editor = self.editor
        editor.instructors.check(visitor)
        now = recording.underway(editor.world)
        if now is not None and now.account == visitor.account:
            seconds = recording.end(editor.world)
            editor.show_faults(visitor)
            self.show(visitor)
            visitor.tell(f"{seconds:.0f} seconds are what learners see from now on.")
            return
        step = editor.kept_step(visitor)
        if step.kind != "demonstrate":
            raise Conflict("no figure shows this step", "choose Watch a figure as what is done")
        recording.begin(editor.world, visitor, step.recording)
        self.show(visitor)


def default_name(course: Course, step: Step) -> str:
    """Return what the figure of a step is called where nobody named it."""
    return f"figure {course.id} {step.id}"[:80]


def _put(widget: Widget[Any], visitor: Visitor, **props: Any) -> None:
    """Set what is otherwise by now: a panel that says the same hears nothing."""
    new = {name: value for name, value in props.items() if widget.read(name, visitor) != value}
    if new:
        widget.set(visitor, **new)
