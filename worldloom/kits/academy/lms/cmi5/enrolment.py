"""A learner in a course of others: what is kept of it, and whether a unit may say something: pure.

cmi5, sections 6 to 10, the learning platform's side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import NAMESPACE_URL, uuid5

import msgspec

from worldloom import Component
from worldloom.kits.academy.lms.cmi5.launch import CATEGORY, JUDGED, MASTERY, MOVE_ON, SESSION
from worldloom.kits.academy.lms.cmi5.structure import Unit
from worldloom.kits.academy.xapi.checking import VOIDED
from worldloom.kits.academy.xapi.facets import identity
from worldloom.kits.academy.xapi.saying import VERBS

EXTENSION: Final = "https://w3id.org/xapi/cmi5/context/extensions/"
SAID_BY_UNITS: Final = ("initialized", "completed", "passed", "failed", "terminated")
NAMES: Final = {VERBS[name]: name for name in SAID_BY_UNITS}


class Enrolment(Component, name="academy.Enrolment", private=True):
    """One learner in a course of others; the newest launch is in it. For the server alone."""

    learner: str = ""
    course: str = ""
    """The course's id in its package."""
    registration: str = ""
    told: tuple[tuple[str, str], ...] = ()
    """(unit, verb) of what was said in this registration and counts."""
    satisfied: tuple[str, ...] = ()
    """Blocks and courses of which "satisfied" was said."""
    session: str = ""
    unit: str = ""
    key: str = ""
    """SHA-256 of what the address for the token ends in; empty once it was asked for."""
    token: str = ""
    """SHA-256 of the token; empty before it was fetched, and when the session is over."""
    launched: int = 0
    heard: int = 0
    """When the unit said something last, in UTC microseconds."""
    seen: tuple[str, ...] = ()
    """Verbs that the unit said in this session, cmi5 defined ones."""
    over: bool = True
    scores: tuple[tuple[str, float], ...] = ()
    """(unit, the newest score that it gave, from 0 to 1)."""

    def verbs(self) -> dict[str, set[str]]:
        """Return unit → the verbs that count."""
        found: dict[str, set[str]] = {}
        for unit, verb in self.told:
            found.setdefault(unit, set()).add(verb)
        return found


def platform_id(home: str, id: str) -> str:
    """Return the id that a unit, block or course has here: another one than its publisher's."""
    return f"{home}/content/{uuid5(NAMESPACE_URL, id)}"


def launch_url(url: str, parameters: Mapping[str, str]) -> str:
    """Return where a learner is sent; the query that a unit's address has stays (section 8.1)."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    return parts._replace(query=urlencode([*query, *parameters.items()])).geturl()


def launch_data(unit: Unit, session: str, back: str) -> bytes:
    """Return `LMS.LaunchData` (section 10.2)."""
    told: dict[str, Any] = {
        "contextTemplate": {
            "extensions": {SESSION: session},
            "contextActivities": {"grouping": [{"objectType": "Activity", "id": unit.id}]},
        },
        "launchMode": "Normal", "moveOn": unit.move_on, "returnURL": back,
    }  # fmt: skip
    if unit.mastery_score is not None:
        told["masteryScore"] = unit.mastery_score
    if unit.launch_parameters is not None:
        told["launchParameters"] = unit.launch_parameters
    if unit.entitlement_key is not None:
        told["entitlementKey"] = {"courseStructure": unit.entitlement_key}
    return msgspec.json.encode(told)


def launched_context(unit: Unit, url: str) -> dict[str, Any]:
    """Return the extensions of a "launched" statement (section 9.6.3), without the session."""
    found: dict[str, Any] = {f"{EXTENSION}launchmode": "Normal", f"{EXTENSION}moveon": unit.move_on,
                             f"{EXTENSION}launchurl": url}  # fmt: skip
    if unit.mastery_score is not None:
        found[MASTERY] = unit.mastery_score
    if unit.launch_parameters is not None:
        found[f"{EXTENSION}launchparameters"] = unit.launch_parameters
    return found


def context_of(
    session: str, publisher: str, registration: str, counts: bool, more: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the context of a statement that the platform makes itself."""
    category = [{"objectType": "Activity", "id": CATEGORY}]
    if counts:
        category.append({"objectType": "Activity", "id": MOVE_ON})
    grouping = [{"objectType": "Activity", "id": publisher}]
    return {"registration": registration, "extensions": {**more, SESSION: session},
            "contextActivities": {"category": category, "grouping": grouping}}  # fmt: skip


def verb_of(told: Mapping[str, Any]) -> str:
    """Return the short name of a cmi5 defined statement's verb; nothing for any other one."""
    if CATEGORY not in _ids(told, "category"):
        return ""
    return NAMES.get(told["verb"]["id"], "?")


def fault_of(
    told: Mapping[str, Any], held: Enrolment, unit: Unit, actor: Mapping[str, Any], home: str
) -> str:
    """Return why a unit may not say this; nothing: it may. The statement is a valid one of xAPI."""
    context = told.get("context", {})
    verb = verb_of(told)
    if held.over or "terminated" in held.seen:
        return "its session is over"
    if identity(told["actor"]) != identity(actor):
        return "it is about somebody else"
    if str(context.get("registration", "")).lower() != held.registration:
        return "it is of another registration"
    if context.get("extensions", {}).get(SESSION) != held.session:
        return "it is of another session"
    if told["verb"]["id"] == VOIDED:
        return "a unit voids nothing"
    if "initialized" not in held.seen and verb != "initialized":
        return "the first statement is not initialized"
    if unit.id not in _ids(told, "grouping"):
        return "it leaves out what the context template has"
    return _defined_fault(told, verb, held, unit, home) if verb else ""


def _defined_fault(
    told: Mapping[str, Any], verb: str, held: Enrolment, unit: Unit, home: str
) -> str:
    """Sections 9.3 to 9.6: the verbs in their order, and the results that go with them."""
    before = held.verbs().get(unit.id, set())
    result = told.get("result", {})
    score = result.get("score", {}).get("scaled")
    judged = "success" in result or "completion" in result
    mastery = unit.mastery_score
    rules = (
        (verb != "?", "a unit does not say this verb"),
        (told["object"].get("id") == platform_id(home, unit.id), "it is about another activity"),
        (verb not in held.seen, "it was said in this session"),
        (not (verb in ("passed", "failed") and {"passed", "failed"} & {*held.seen}),
         "passed or failed was said in this session"),
        (not (verb in ("completed", "passed") and verb in before), "it was said before"),
        (not (verb == "failed" and "passed" in before), "it was passed before"),
        (result.get("success") == {"passed": True, "failed": False}.get(verb), "success is wrong"),
        (result.get("completion") == (True if verb == "completed" else None),
         "completion is wrong"),
        ("score" not in result or verb in ("passed", "failed"), "only what is judged has a score"),
        ("duration" in result or verb == "initialized", "its duration is missing"),
        ((MOVE_ON in _ids(told, "category")) == judged, "the category moveon is wrong"),
        (score is None or 0 <= score <= 1, "its score is out of range"),
        (score is None or mastery is None or (score >= mastery) == (verb == "passed"),
         "its score does not fit the mastery score"),
        ("timestamp" in told, "its timestamp is missing"),
    )  # fmt: skip
    return next((fault for right, fault in rules if not right), "")


def score_of(told: Mapping[str, Any]) -> float | None:
    """Return the score that a statement has, from 0 to 1."""
    score = told.get("result", {}).get("score", {}).get("scaled")
    return None if score is None else float(score)


def heard(held: Enrolment, verb: str, at: int, score: float | None = None) -> Enrolment:
    """Return an enrolment after a unit said something, perhaps with a score."""
    if not verb:
        return msgspec.structs.replace(held, heard=at)
    over = verb == "terminated"
    told = held.told
    if verb in JUDGED and (held.unit, verb) not in told:
        told = (*told, (held.unit, verb))
    scores = held.scores
    if verb in JUDGED and score is not None:
        scores = (*(one for one in scores if one[0] != held.unit), (held.unit, score))
    return msgspec.structs.replace(
        held, heard=at, seen=tuple(dict.fromkeys((*held.seen, verb))), over=over or held.over,
        told=told, scores=scores,
    )  # fmt: skip


def _ids(told: Mapping[str, Any], name: str) -> set[str]:
    found = told.get("context", {}).get("contextActivities", {}).get(name, [])
    return {one["id"] for one in (found if isinstance(found, list) else [found])}
