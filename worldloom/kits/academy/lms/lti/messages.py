"""What LTI 1.3 says: sign-in, launches, deep links and scores, as pure functions.

1EdTech: Security Framework 1.0, LTI Core 1.3, Deep Linking 2.0, Assignment and Grade Services 2.0,
Names and Role Provisioning Services 2.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from worldloom import Invalid
from worldloom.kernel.limits import LIMITS as KERNEL_LIMITS
from worldloom.kits.academy.courses.course import Course
from worldloom.kits.academy.lms.cmi5.launch import origin_of
from worldloom.kits.academy.lms.credential import SECOND_US

LTI: Final = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP: Final = "https://purl.imsglobal.org/spec/lti-dl/claim/"
GRADES: Final = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
SCORE_SCOPE: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
NAMES: Final = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
NAMES_SCOPE: Final = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
NAMES_VERSION: Final = "2.0"
LINK, LINKING = "LtiResourceLinkRequest", "LtiDeepLinkingRequest"
VERSION: Final = "1.3.0"
SKEW_SECONDS: Final = 60
LIFE_SECONDS: Final = 600
SCORE_MAXIMUM: Final = 100.0
MEMBERSHIP: Final = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
TEACHERS: Final = frozenset({"Administrator", "ContentDeveloper", "Instructor"})
"""Roles in a course whose bearers teach it; those of an institution or a system say nothing."""
LEARNER: Final = "Learner"
GONE: Final = frozenset({"Inactive", "Deleted"})
"""What the status of who is on a list no more is."""
NAME_CHARACTERS_MAX: Final = KERNEL_LIMITS.name_characters_max


class Registration(Struct, frozen=True):
    """A learning platform that may open courses here, as its administrator tells it."""

    issuer: str
    client_id: str
    deployments: tuple[str, ...]
    auth_url: str
    token_url: str
    keys_url: str
    also: tuple[str, ...] = ()
    """Further web addresses that it is reached at, such as a school's own name for it."""

    @property
    def origins(self) -> frozenset[str]:
        """Where the platform is: nobody else is asked or sent to."""
        urls = (self.issuer, self.auth_url, self.token_url, self.keys_url, *self.also)
        return frozenset(origin for url in urls if (origin := origin_of(url)))


class Opened(Struct, frozen=True):
    """A launch that was checked."""

    issuer: str
    client_id: str
    deployment: str
    subject: str
    """Who the learner is for the platform."""
    kind: str
    course: str
    lineitem: str = ""
    """Where a score goes; nothing: the platform wants none."""
    return_url: str = ""
    """Where a deep link goes."""
    data: str = ""
    """What the platform wants back with it."""
    name: str = ""
    """What the platform calls the learner; nothing: it does not tell."""
    teaches: bool = False
    """Whether who comes teaches the course that the link is in."""
    members_url: str = ""
    """Where the platform lists the class; nothing: it does not."""
    context: str = ""
    """What the platform calls the class."""


class Member(Struct, frozen=True):
    """A learner whom a platform lists."""

    subject: str
    name: str


def bad_launch(told: str, field: str = "") -> Invalid:
    """Make the error for a launch that is not valid."""
    return Invalid(f"this launch is not valid: {told}",
                   "open the course from your learning platform again",
                   code="bad_launch", field=field)  # fmt: skip


def find(registrations: Iterable[Registration], issuer: str, client_id: str) -> Registration:
    """Return the platform of an issuer; raises Invalid for one that is not known."""
    for one in registrations:
        if one.issuer == issuer and client_id in ("", one.client_id):
            return one
    raise bad_launch("this platform is not known here", "iss")


def sign_in_url(
    known: Registration, given: Mapping[str, str], state: str, nonce: str, base: str
) -> str:
    """Return where a browser goes to be told who it is (Security Framework, 5.1.1.2)."""
    if not given.get("login_hint"):
        raise bad_launch("login_hint is missing", "login_hint")
    told = {
        "scope": "openid", "response_type": "id_token", "response_mode": "form_post",
        "prompt": "none", "client_id": known.client_id, "redirect_uri": f"{base}/launch",
        "login_hint": given["login_hint"], "state": state, "nonce": nonce,
    }  # fmt: skip
    if given.get("lti_message_hint"):
        told["lti_message_hint"] = given["lti_message_hint"]
    parts = urlsplit(known.auth_url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), *told.items()]
    return parts._replace(query=urlencode(query)).geturl()


def read_launch(
    claims: Mapping[str, Any], known: Registration, nonce: str, now: int, base: str
) -> Opened:
    """Return what an id_token says, whose signature was checked; raises Invalid.

    `now` is in UTC microseconds, `base` the address of our door.
    """
    _check_token(claims, known, nonce, now // SECOND_US)
    if claims.get(f"{LTI}version") != VERSION:
        raise bad_launch("it is not of LTI 1.3", "version")
    deployment = claims.get(f"{LTI}deployment_id")
    if deployment not in known.deployments:
        raise bad_launch("its deployment is not known here", "deployment_id")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise bad_launch("it does not say who is learning", "sub")
    kind = claims.get(f"{LTI}message_type")
    opened = Opened(known.issuer, known.client_id, str(deployment), subject, str(kind), "",
                    name=_name(claims), teaches=_teaches(claims))  # fmt: skip
    if kind == LINKING:
        return _linking(claims, known, opened)
    if kind != LINK:
        raise bad_launch("its message is not known here", "message_type")
    link = claims.get(f"{LTI}resource_link")
    if not isinstance(link, dict) or not isinstance(link.get("id"), str):
        raise bad_launch("it has no resource link", "resource_link")
    return _link(claims, known, opened, base)


def _check_token(claims: Mapping[str, Any], known: Registration, nonce: str, now: int) -> None:
    """Security Framework, 5.1.3."""
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != known.issuer:
        raise bad_launch("it is of another platform", "iss")
    if known.client_id not in audiences:
        raise bad_launch("it is for somebody else", "aud")
    if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != known.client_id:
        raise bad_launch("it is for somebody else", "azp")
    ends, made = claims.get("exp"), claims.get("iat")
    if not isinstance(ends, int | float) or ends <= now - SKEW_SECONDS:
        raise bad_launch("it has ended", "exp")
    if not isinstance(made, int | float) or not (
        now - LIFE_SECONDS - SKEW_SECONDS <= made <= now + SKEW_SECONDS
    ):
        raise bad_launch("it was made at another time", "iat")
    if not nonce or claims.get("nonce") != nonce:
        raise bad_launch("it was not asked for here", "nonce")


def learners_of(listed: Mapping[str, Any]) -> list[Member]:
    """Return the learners of one page of a class's list (Names and Roles, 2.2); others teach."""
    members = listed.get("members")
    found = []
    for one in members if isinstance(members, list) else ():
        subject, roles = (one.get("user_id"), one.get("roles")) if isinstance(one, dict) else (0, 0)
        if not isinstance(subject, str) or not 0 < len(subject) <= 255 or one.get("status") in GONE:
            continue
        if isinstance(roles, list) and any(
            str(role).removeprefix(MEMBERSHIP) == LEARNER for role in roles
        ):
            found.append(Member(subject, _name(one)))
    return found


def next_of(link: str) -> str:
    """Return the address of the page after one by its header `Link` (RFC 8288); empty: none."""
    for part in link.split(","):
        address, *marks = part.split(";")
        if any(mark.strip().replace('"', "").lower() == "rel=next" for mark in marks):
            return address.strip().removeprefix("<").removesuffix(">")
    return ""


def _name(claims: Mapping[str, Any]) -> str:
    """Return what the platform calls someone: whole, or put together (Core, 5.3.6)."""
    parts = [claims.get(name) for name in ("given_name", "family_name")]
    whole = claims.get("name") or " ".join(part for part in parts if isinstance(part, str))
    return whole.strip()[:NAME_CHARACTERS_MAX] if isinstance(whole, str) else ""


def _teaches(claims: Mapping[str, Any]) -> bool:
    """Tell whether one of the roles in this course is a teacher's (Core, A.2.2)."""
    roles = claims.get(f"{LTI}roles")
    given = roles if isinstance(roles, list) else []
    return any(str(role).removeprefix(MEMBERSHIP) in TEACHERS for role in given)


def _link(claims: Mapping[str, Any], known: Registration, opened: Opened, base: str) -> Opened:
    target = claims.get(f"{LTI}target_link_uri")
    custom = claims.get(f"{LTI}custom")
    course = custom.get("course", "") if isinstance(custom, dict) else ""
    if not course and isinstance(target, str) and target.startswith(f"{base}/"):
        course = dict(parse_qsl(urlsplit(target).query)).get("course", "")
    grades = claims.get(GRADES)
    lineitem = ""
    if isinstance(grades, dict) and SCORE_SCOPE in (grades.get("scope") or ()):
        lineitem = grades.get("lineitem") or ""
        if not isinstance(lineitem, str) or (lineitem and origin_of(lineitem) not in known.origins):
            raise bad_launch("its line item is of another platform", "lineitem")
    names = claims.get(NAMES)
    members_url = ""
    if isinstance(names, dict) and NAMES_VERSION in (names.get("service_versions") or ()):
        members_url = names.get("context_memberships_url") or ""
        if not isinstance(members_url, str) or (
            members_url and origin_of(members_url) not in known.origins
        ):
            raise bad_launch("its list of names is of another platform", "context_memberships_url")
    about = claims.get(f"{LTI}context")
    title = about.get("title") or about.get("label") if isinstance(about, dict) else ""
    return replace(opened, course=str(course)[:100], lineitem=lineitem, members_url=members_url,
                   context=str(title or "")[:NAME_CHARACTERS_MAX])  # fmt: skip


def _linking(claims: Mapping[str, Any], known: Registration, opened: Opened) -> Opened:
    settings = claims.get(f"{DEEP}deep_linking_settings")
    url = settings.get("deep_link_return_url") if isinstance(settings, dict) else None
    if not isinstance(url, str) or origin_of(url) not in known.origins:
        raise bad_launch("a deep link would go to another platform", "deep_link_return_url")
    assert isinstance(settings, dict)
    if "ltiResourceLink" not in (settings.get("accept_types") or ()):
        raise bad_launch("the platform takes no links", "accept_types")
    data = settings.get("data") or ""
    if not isinstance(data, str):
        raise bad_launch("its data are no text", "data")
    return replace(opened, return_url=url, data=data)


def deep_link(opened: Opened, course: Course, base: str, now: int, nonce: str) -> dict[str, Any]:
    """Return the claims of a LtiDeepLinkingResponse with one course (Deep Linking, 4.4)."""
    item: dict[str, Any] = {
        "type": "ltiResourceLink", "title": course.title,
        "url": f"{base}/launch?{urlencode({'course': course.id})}",
        "custom": {"course": course.id},
        "lineItem": {"scoreMaximum": SCORE_MAXIMUM, "label": course.title,
                     "resourceId": course.id},
    }  # fmt: skip
    if course.text:
        item["text"] = course.text
    told: dict[str, Any] = {
        "iss": opened.client_id, "aud": opened.issuer, "nonce": nonce,
        "iat": now // SECOND_US, "exp": now // SECOND_US + LIFE_SECONDS,
        f"{LTI}deployment_id": opened.deployment, f"{LTI}version": VERSION,
        f"{LTI}message_type": "LtiDeepLinkingResponse", f"{DEEP}content_items": [item],
    }  # fmt: skip
    return told | ({f"{DEEP}data": opened.data} if opened.data else {})


def assertion(known: Registration, now: int, id: str) -> dict[str, Any]:
    """Return the claims by which we ask for a token (Security Framework, 4.1; RFC 7523)."""
    at = now // SECOND_US
    return {"iss": known.client_id, "sub": known.client_id, "aud": known.token_url,
            "iat": at, "exp": at + LIFE_SECONDS, "jti": id}  # fmt: skip


def score(subject: str, share: float, timestamp: str) -> dict[str, Any]:
    """Return a score from 0 to 1 as the grade service takes it (AGS 2.0, 3.4)."""
    return {"userId": subject, "scoreGiven": round(share * SCORE_MAXIMUM, 2),
            "scoreMaximum": SCORE_MAXIMUM, "timestamp": timestamp,
            "activityProgress": "Completed", "gradingProgress": "FullyGraded"}  # fmt: skip


def scores_url(lineitem: str) -> str:
    """Return where scores of a line item go: its path with `/scores`, before its query."""
    parts = urlsplit(lineitem)
    return parts._replace(path=f"{parts.path.rstrip('/')}/scores").geturl()
