"""A launch by a learning platform (cmi5, section 8.1), and what a unit of ours says back: pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import msgspec
from msgspec import Struct

from worldloom import Invalid
from worldloom.kits.academy.courses.course import Course
from worldloom.kits.academy.lms.cmi5.structure import Objective, Structure, Unit
from worldloom.kits.academy.lms.limits import LMS_LIMITS as LIMITS
from worldloom.kits.academy.xapi import checking, values
from worldloom.kits.academy.xapi.saying import verb_of

CATEGORY: Final = "https://w3id.org/xapi/cmi5/context/categories/cmi5"
MOVE_ON: Final = "https://w3id.org/xapi/cmi5/context/categories/moveon"
MASTERY: Final = "https://w3id.org/xapi/cmi5/context/extensions/masteryscore"
SESSION: Final = "https://w3id.org/xapi/cmi5/context/extensions/sessionid"
NAMES: Final = ("endpoint", "fetch", "actor", "registration", "activityId")
JUDGED: Final = frozenset({"completed", "passed", "failed"})
"""Verbs that count: said once in a registration, and only when the launch is a normal one."""


class Launch(Struct, frozen=True):
    """Who launched whom: where to speak to, and about what."""

    endpoint: str
    fetch: str
    actor: dict[str, Any]
    registration: str
    activity: str


class LaunchData(Struct, frozen=True, rename="camel"):
    """What the platform wrote for this launch (`LMS.LaunchData`, section 10.2)."""

    context_template: dict[str, Any]
    launch_mode: str
    mastery_score: float | None = None
    return_url: str = msgspec.field(default="", name="returnURL")


def bad_launch(told: str, field: str = "") -> Invalid:
    """Make the error for a launch that is none, or not from one of our platforms."""
    return Invalid(told, "start the course from your learning platform again", code="bad_launch",
                   field=field)  # fmt: skip


def read_launch(query: str, origins: Collection[str]) -> Launch:
    """Return the launch that a query string makes; raises Invalid (`bad_launch`).

    `origins` are the platforms that may launch: nobody else's address is ever asked for anything.
    """
    if len(query) > LIMITS.launch_characters_max:
        raise bad_launch("the launch is too long")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True, max_num_fields=50)
    except ValueError:
        raise bad_launch("the launch has no parameters that can be read") from None
    given = {name: [value for key, value in pairs if key == name] for name in NAMES}
    for name, found in given.items():
        if len(found) != 1 or not found[0]:
            raise bad_launch(f"the launch needs one {name}", name)
    one = {name: found[0] for name, found in given.items()}
    for name in ("endpoint", "fetch"):
        if origin_of(one[name]) not in origins:
            raise bad_launch(f"{name} is not of a platform that this academy knows", name)
    actor = _actor(one["actor"])
    try:
        registration = values.uuid(one["registration"], "registration")
        activity = values.iri(one["activityId"], "activityId")
    except Invalid as error:
        raise bad_launch(str(error), error.field) from None
    return Launch(one["endpoint"].rstrip("/"), one["fetch"], actor, registration, activity)


def origin_of(url: str) -> str:
    """Return scheme, host and port of a web address; nothing for what is none."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    plain = url.isascii() and url.isprintable() and "\\" not in url and " " not in url
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or not plain:
        return ""
    port = port or (443 if parts.scheme == "https" else 80)
    return f"{parts.scheme}://{host}:{port}"


def _actor(text: str) -> dict[str, Any]:
    """Section 9.2: an agent that is known by an account."""
    try:
        found = msgspec.json.decode(text)
        checking.agent(found, "actor")
    except (msgspec.DecodeError, RecursionError, UnicodeError, Invalid):
        raise bad_launch("actor is no agent of xAPI", "actor") from None
    if "account" not in found:
        raise bad_launch("actor is known by no account", "actor")
    return {"objectType": "Agent", **found}


def read_launch_data(data: bytes) -> LaunchData:
    """Return what a platform wrote for a launch; raises Invalid (`bad_launch`)."""
    try:
        found = msgspec.json.decode(data, type=LaunchData)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise bad_launch("LMS.LaunchData cannot be read") from None
    score = found.mastery_score
    if found.launch_mode not in ("Normal", "Browse", "Review") or (
        score is not None and not 0 <= score <= 1
    ):
        raise bad_launch("LMS.LaunchData has values that cmi5 does not know")
    return found


def statement(
    launch: Launch,
    data: LaunchData,
    verb: str,
    *,
    id: str,
    at: str,
    result: Mapping[str, Any] | None = None,
    judged: bool = False,
) -> dict[str, Any]:
    """Return a cmi5 defined statement (section 9): nothing of the platform's template is changed.

    `at` is UTC as xAPI spells it. With `judged` it was decided by the platform's mastery score.
    """
    template = data.context_template
    activities = dict(template.get("contextActivities") or {})
    listed = activities.get("category") or []
    category = list(listed) if isinstance(listed, list) else [listed]
    for id_ in (CATEGORY, MOVE_ON) if verb in JUDGED else (CATEGORY,):
        if not any(isinstance(one, dict) and one.get("id") == id_ for one in category):
            category.append({"objectType": "Activity", "id": id_})
    context = {**template, "registration": launch.registration,
               "contextActivities": {**activities, "category": category}}  # fmt: skip
    if judged and data.mastery_score is not None:
        extensions = template.get("extensions") or {}
        context["extensions"] = {MASTERY: data.mastery_score, **extensions}
    told = {"id": id, "actor": launch.actor, "verb": verb_of(verb),
            "object": {"objectType": "Activity", "id": launch.activity},
            "context": context, "timestamp": at}  # fmt: skip
    return told | ({"result": dict(result)} if result else {})


def verdicts(
    data: LaunchData, score: float, passed: bool, said: Collection[str]
) -> Sequence[tuple[str, dict[str, Any]]]:
    """Return what is still to be said when a course is over: verb and result, without duration.

    Once in a registration each, nothing against an earlier "passed" (9.3), nothing at all when one
    only looks around (10.2.2); the platform's mastery score counts before the course's own mark.
    """
    if data.launch_mode != "Normal":
        return ()
    if data.mastery_score is not None:
        passed = score >= data.mastery_score
    found: list[tuple[str, dict[str, Any]]] = []
    if "completed" not in said:
        found.append(("completed", {"completion": True}))
    if "passed" not in said:
        verb = "passed" if passed else "failed"
        found.append((verb, {"success": passed, "score": {"scaled": round(score, 4)}}))
    return found


def structure_of(course: Course, base: str) -> Structure:
    """Return a course of ours as one of cmi5 with one unit; `base` is the address of its door."""
    title, text = {course.language: course.title}, {course.language: course.text or course.title}
    id = f"{base}/courses/{course.id}"
    skills = tuple(
        Objective(f"{id}/skills/{skill.id}", {course.language: skill.title},
                  {course.language: skill.title})
        for skill in course.skills
    )  # fmt: skip
    unit = Unit(
        f"{id}/unit", title, text, f"{base}/start/{course.id}", "CompletedAndPassed",
        round(course.pass_mark, 4), "OwnWindow", "http://adlnet.gov/expapi/activities/course",
        objectives=tuple(skill.id for skill in skills),
    )  # fmt: skip
    return Structure(id, title, text, (unit,), skills)
