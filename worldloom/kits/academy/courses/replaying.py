"""What an instructor needs to replay an attempt: links to its moments in the world's history.

The page knows links to moments of a world, and no courses: it goes there, and plays on up to the
seq that `until` names. Who let themselves be recorded is seen there; all others' doings are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from worldloom import Panel, Visitor, Widget, World
from worldloom.kernel.rights import has_role
from worldloom.kits.academy.courses import attempts
from worldloom.kits.academy.courses.attempts import Kept
from worldloom.kits.academy.courses.course import SHOWN, Course
from worldloom.kits.academy.courses.limits import COURSE_LIMITS as LIMITS
from worldloom.kits.academy.courses.views import SIGNS, errors, words_of, wrong_now

if TYPE_CHECKING:
    from worldloom.kits.academy.courses.classroom import Courses

NOBODY: Final = "–"
CHOOSE: Final = "Choose whose attempt you want to see again."


class Replays:
    """The part of the group's panel by which an attempt is seen again."""

    def __init__(self, world: World, panel: Panel, id: str, courses: Courses) -> None:
        """Add it to a panel; `id` is the course's."""
        self.world, self.id, self.courses = world, id, courses
        self.whose: Widget[Any] = panel.choice("Whose attempt", {"": NOBODY}, id="whose")
        self.text = panel.markdown(CHOOSE, id="moments")

        @self.whose
        def choose(visitor: Visitor, value: str) -> None:
            self.show(visitor, value)

    def offer(self, names: dict[str, str]) -> None:
        """Offer the attempts of these accounts, by their names, and show what is new in them."""
        newest = dict(list(names.items())[-LIMITS.replays_max :])
        self.whose.set(options={"": NOBODY, **newest})
        for visitor in self.world.visitors:
            if has_role(visitor.standing, str(self.courses.instructors)):
                self.show(visitor, self.whose.of(visitor))

    def show(self, visitor: Visitor, account: str) -> None:
        """Show an instructor the moments of someone's attempt."""
        course = self.courses.courses[self.id]
        kept = attempts.kept_of(self.world, course, account) if account else None
        told = CHOOSE if kept is None else moments(course, kept)
        self.text.set(visitor, text=told)


def moments(course: Course, kept: Kept) -> str:
    """Return links to an attempt's moments, in the order in which they were, as Markdown."""
    run, known = kept.run, kept.moments
    if not known.began:
        return "This attempt was before attempts could be replayed."
    lines = [f"**[▶ Replay the attempt](?seq={known.began}&until={known.last})**"]
    steps = {step.id: step for step in course.steps()}
    asked = sorted((seq, id) for id, seq in known.asked.items() if id in steps)
    ends = [seq for seq, _ in asked[1:]] + [known.last]
    for (seq, id), until in zip(asked, ends, strict=True):
        short = words_of(steps[id])
        wrong = errors(run, id)
        well = "now" if run.step == id else "done" if steps[id].kind in SHOWN else "right at once"
        how = f"wrong at first, {wrong} ×" if wrong else well
        if run.step == id and run.tries:
            how = f"now: {wrong_now(run).translate(SIGNS)}"
        lines.append(f"- [{short} · {how}](?seq={seq}&until={until})")
    return "\n".join(lines[:1]) + "\n\n" + "\n".join(lines[1:])
