"""What a run of a course says as learning records (xAPI): a step's kind has its verb."""

from __future__ import annotations

from typing import Any, Final, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from worldloom.kits.academy.courses.course import Course, Option, Step
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
from worldloom.kits.academy.courses.run import Run
from worldloom.kits.academy.rules import activity_id
from worldloom.kits.academy.xapi.saying import Activity

ADL: Final = "http://adlnet.gov/expapi/activities/"
VERBS: Final = {
    "look": "experienced", "demonstrate": "experienced", "practice": "interacted",
    "click": "interacted", "order": "answered", "choose": "answered", "dialogue": "answered",
    "hazard": "answered", "assess": "answered", "dial": "answered",
}  # fmt: skip
SILENT: Final = (Asked, Stepped, Scheduled)
"""What is no record of its own: a step is told when it is answered."""


class Said(NamedTuple):
    """A verb, what it is about, and what xAPI calls result and context."""

    verb: str
    activity: Activity
    result: dict[str, Any]
    context: dict[str, Any]


def sayings(course: Course, run: Run, event: CourseEvent, home: str) -> list[Said]:
    """Return what an event says, as the run is after it."""
    whole = course_activity(course, home)
    context: dict[str, Any] = {"registration": registration(run, home), "revision": run.version}
    part = {**context, "contextActivities": {"parent": [whole.spelled()]}}
    match event:
        case Began():
            return [Said("initialized", whole, {}, context)]
        case Erred() | Answered():
            return [_step_said(course, event, home, part)]
        case Mastered():
            return [Said("mastered", _skill_activity(course, event.skill, home), {}, part)]
        case HandedOver():
            result = {"success": False}
            about = _skill_activity(course, event.skill, home)
            return [Said("progressed", about, result, part)]
        case Finished():
            scored: dict[str, Any] = {
                "score": {"scaled": round(event.score, 4)},
                "success": event.passed,
            }
            verb = "passed" if event.passed else "failed"
            return [
                Said("completed", whole, {"completion": True}, context),
                Said(verb, whole, scored, context),
            ]
        case Stopped():
            return [Said("terminated", whole, {}, context)]
        case _:
            assert isinstance(event, SILENT)
            return []


def registration(run: Run, home: str) -> str:
    """Return the UUID of one run, the same at every telling."""
    return str(uuid5(NAMESPACE_URL, f"{home}/{run.course}/{run.learner}/{run.began}"))


def course_activity(course: Course, home: str) -> Activity:
    """Return a course as an xAPI activity."""
    id = activity_id(home, "courses", course.id)
    return Activity(id, course.title, course.text, f"{ADL}course")


def step_activity(course: Course, step: Step, home: str) -> Activity:
    """Return a step as an xAPI activity, with what can be answered where xAPI has words for it."""
    id = activity_id(home, "courses", course.id, step.id)
    if step.kind in ("practice", "demonstrate"):
        return Activity(id, step.prompt, step.caption, f"{ADL}simulation")
    definition: dict[str, Any] = {"interactionType": "other"}
    if step.dial is not None:
        between = f"{step.dial.least:g}[:]{step.dial.most:g}"
        definition = {"interactionType": "numeric", "correctResponsesPattern": [between]}
    if step.options:
        right = [option.id for option in step.options if option.right]
        if step.kind == "order":
            right = ["[,]".join(option.id for option in step.options)]
        definition = {
            "interactionType": "sequencing" if step.kind == "order" else "choice",
            "choices": [_choice(option, course.language) for option in step.options],
            "correctResponsesPattern": right,
        }
    return Activity(id, step.prompt, step.caption, f"{ADL}cmi.interaction", definition)


def duration(seconds: float) -> str:
    """Return seconds as ISO 8601 has them, to a hundredth."""
    return f"PT{seconds:.2f}S"


def _choice(option: Option, language: str) -> dict[str, Any]:
    return {"id": option.id, "description": {language: option.text}}


def _step_said(course: Course, event: Erred | Answered, home: str, context: dict[str, Any]) -> Said:
    step = course.step(event.step)
    right = isinstance(event, Answered) and event.right
    given = event.given
    if step.kind == "order" and right:
        given = "[,]".join(option.id for option in step.options)
    result: dict[str, Any] = {"success": right, "response": given}
    if isinstance(event, Answered):
        result |= {"duration": duration(event.seconds), "completion": True}
    return Said(VERBS[step.kind], step_activity(course, step, home), result, context)


def _skill_activity(course: Course, id: str, home: str) -> Activity:
    skill = course.skill(id)
    return Activity(
        activity_id(home, "courses", course.id, "skills", id), skill.title, "", f"{ADL}objective"
    )
