"""What happens in a course. `learner` is an account; their names and words are in none of these."""

from __future__ import annotations

from typing import Final

from worldloom import Event

AGAIN: Final = "begin the course again: a record of learning stays as it is"


class CourseEvent(Event, abstract=True):
    """A fact of one learner's run of one course."""

    learner: str
    course: str


class Began(CourseEvent, name="academy.Began", private=True, undo=AGAIN):
    """A learner began a course; `version` is the hash of what it said then."""

    version: str


class Asked(CourseEvent, name="academy.Asked", private=True, undo=AGAIN):
    """A step was put before a learner."""

    step: str


class Stepped(CourseEvent, name="academy.Stepped", private=True, undo=AGAIN):
    """A part of an answer was given, and the step goes on."""

    step: str
    given: str


class Erred(CourseEvent, name="academy.Erred", private=True, undo=AGAIN):
    """A learner answered wrong, or too late, and tries again."""

    step: str
    given: str
    late: bool = False


class Answered(CourseEvent, name="academy.Answered", private=True, undo=AGAIN):
    """A step ended: with the right answer, or with the answer shown."""

    step: str
    given: str
    right: bool
    tries: int
    """Wrong answers before."""
    seconds: float
    """Since it was asked, or since the last wrong answer."""
    skill: str = ""
    """The skill that this was a trial of, if any."""

    @property
    def at_once(self) -> bool:
        """Whether the first answer was right: what counts as a trial of the skill."""
        return self.right and self.tries == 0


class Mastered(CourseEvent, name="academy.Mastered", private=True, undo=AGAIN):
    """A learner mastered a skill."""

    skill: str
    trials: int


class Scheduled(CourseEvent, name="academy.Scheduled", private=True, undo=AGAIN):
    """A mastered skill is asked for again on a day: at `due`, in UTC microseconds.

    Stability (days) and difficulty (1 to 10) are those of FSRS-6.
    """

    skill: str
    stability: float
    difficulty: float
    due: int


class HandedOver(CourseEvent, name="academy.HandedOver", private=True, undo=AGAIN):
    """A learner did not master a skill in the trials there are: a person goes on with them."""

    skill: str
    trials: int


class Finished(CourseEvent, name="academy.Finished", private=True, undo=AGAIN):
    """A learner came to the end of a course; `score` is from 0 to 1."""

    score: float
    passed: bool


class Stopped(CourseEvent, name="academy.Stopped", private=True, undo=AGAIN):
    """A learner left a course before its end."""
