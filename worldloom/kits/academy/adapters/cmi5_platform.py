"""A learning platform that launched one of our courses, as a unit of cmi5 speaks to it by HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec

from worldloom import Refused
from worldloom.kits.academy.adapters.outside import ask_platform
from worldloom.kits.academy.lms.cmi5.launch import Launch

VERSION: Final = "1.0.3"
LAUNCH_DATA: Final = "LMS.LaunchData"
PREFERENCES: Final = "cmi5LearnerPreferences"
TAKEN: Final = frozenset({200, 204, 409})
"""Answers to a statement that say it is there: 409, because what comes twice has the same id."""


class Platform:
    """What a unit asks of the platform that launched it; each may be asked again."""

    def fetch(self, launch: Launch) -> str:
        """Return the token of a launch: the address is good once (section 8.2)."""
        status, body = ask_platform("POST", launch.fetch, b"", {})
        try:
            told = msgspec.json.decode(body, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeError):
            told = {}
        token = told.get("auth-token")
        if status != 200 or not isinstance(token, str) or not _is_token(token):
            why = str(told.get("error-text") or status)[:200]
            raise _refused(f"gives no token: {why}")
        return token

    def launch_data(self, launch: Launch, token: str) -> bytes:
        """Return `LMS.LaunchData` as it is."""
        query = {"activityId": launch.activity, "agent": _json(launch.actor),
                 "registration": launch.registration, "stateId": LAUNCH_DATA}  # fmt: skip
        status, body = self._xapi("GET", launch, "activities/state", query, token)
        if status != 200:
            raise _refused(f"has no {LAUNCH_DATA} for this launch: {status}")
        return body

    def preferences(self, launch: Launch, token: str) -> None:
        """Ask for what the learner prefers, as the standard wants; there is nothing to turn yet."""
        query = {"agent": _json(launch.actor), "profileId": PREFERENCES}
        self._xapi("GET", launch, "agents/profile", query, token)

    def say(self, launch: Launch, token: str, told: Mapping[str, Any]) -> None:
        """Hand a statement over; raises Refused for one that will never be taken."""
        status, body = self._xapi(
            "PUT", launch, "statements", {"statementId": told["id"]}, token, told
        )
        if status not in TAKEN:
            raise _refused(f"refuses a statement: {status} {body[:200].decode(errors='replace')}")

    def _xapi(
        self, method: str, launch: Launch, path: str, query: Mapping[str, str], token: str,
        told: Mapping[str, Any] | None = None,
    ) -> tuple[int, bytes]:  # fmt: skip
        url = f"{launch.endpoint}/{path}?{urlencode(query, quote_via=quote)}"
        headers = {"Authorization": f"Basic {token}", "X-Experience-API-Version": VERSION}
        if told is None:
            return ask_platform(method, url, None, headers)
        headers["Content-Type"] = "application/json"
        return ask_platform(method, url, msgspec.json.encode(told), headers)


def _is_token(text: str) -> bool:
    return 0 < len(text) <= 4_096 and text.isascii() and text.isprintable() and " " not in text


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _refused(why: str) -> Refused:
    return Refused(f"the learning platform {why}", "start the course from there again",
                   code="bad_launch")  # fmt: skip
