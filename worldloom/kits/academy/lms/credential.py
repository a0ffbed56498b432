"""What a badge says: an OpenBadgeCredential of Open Badges 3.0, which is a W3C credential (2.0).

Pure: the same event, addresses and key give the same bytes. 1EdTech, Open Badges 3.0, sections 4.2
(issuer), 5.1 (terms), 8.2 (proof as a JSON Web Token); W3C, Bitstring Status List 1.0.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from worldloom.kits.academy.lms import statuslist
from worldloom.kits.academy.lms.events import UNNAMED, BadgeAwarded
from worldloom.kits.academy.lms.limits import LMS_LIMITS as LIMITS
from worldloom.kits.academy.rules import activity_id

W3C: Final = "https://www.w3.org/ns/credentials/v2"
CONTEXTS: Final = (W3C, "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json")
SCHEMA: Final = (
    "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
)
SECOND_US: Final = 1_000_000


class Issuer(NamedTuple):
    """Who issues: what it is called, its web site, and the address of its badges' door."""

    name: str
    home: str
    base: str

    @property
    def id(self) -> str:
        """The address of its profile."""
        return f"{self.base}/issuer"

    @property
    def kid(self) -> str:
        """The address of its key."""
        return f"{self.base}/key"

    def profile(self) -> dict[str, Any]:
        """Return what a badge says of its issuer."""
        return {"id": self.id, "type": ["Profile"], "name": self.name, "url": self.home}

    def credential_id(self, id: str) -> str:
        """Return the address of a badge."""
        return f"{self.base}/credentials/{id}"

    def list_id(self, number: int) -> str:
        """Return the address of a status list."""
        return f"{self.base}/status/{number}"


def credential(event: BadgeAwarded, issuer: Issuer, at: int) -> dict[str, Any]:
    """Return a badge, without its proof, as it was awarded at a time in UTC microseconds."""
    told = {
        "@context": list(CONTEXTS),
        "id": issuer.credential_id(event.id),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": event.title,
        "issuer": issuer.profile(),
        "validFrom": moment(at),
        "credentialSubject": _subject(event, issuer),
        "credentialStatus": status_entry(event.number, issuer),
        "credentialSchema": [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
    }
    return told


def subject_id(learner: str, home: str) -> str:
    """Return the URI of a learner: the same for all of their badges here, and no name."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'{home}/learners/{learner}')}"


def _subject(event: BadgeAwarded, issuer: Issuer) -> dict[str, Any]:
    subject: dict[str, Any] = {
        "id": subject_id(event.learner, issuer.home),
        "type": ["AchievementSubject"],
        "achievement": achievement(event, issuer),
    }
    if event.name.value not in (None, UNNAMED):
        subject["identifier"] = [{
            "type": "IdentityObject", "identityType": "name", "identityHash": event.name.value,
            "hashed": False,
        }]  # fmt: skip
    return subject


def achievement(event: BadgeAwarded, issuer: Issuer) -> dict[str, Any]:
    """Return what was achieved: the course, as it was then, and the skills that it takes."""
    skills = ", ".join(event.skills)
    how = f"Mastered every skill of the course: {skills}." if skills else "Passed the course."
    return {
        "id": activity_id(issuer.home, "courses", event.course),
        "type": ["Achievement"],
        "achievementType": "Course",
        "version": event.version,
        "inLanguage": event.language,
        "name": event.title,
        "description": event.text or event.title,
        "criteria": {"narrative": how},
        **({"tag": list(event.skills)} if event.skills else {}),
    }


def status_entry(number: int, issuer: Issuer) -> dict[str, str]:
    """Return where it stands whether a badge is revoked."""
    which, place = divmod(number, LIMITS.status_bits)
    there = issuer.list_id(which)
    return {
        "id": f"{there}#{place}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(place),
        "statusListCredential": there,
    }


def status_list(which: int, places: Iterable[int], issuer: Issuer, at: int) -> dict[str, Any]:
    """Return a list of revoked badges as a credential, valid from a time on."""
    there = issuer.list_id(which)
    return {
        "@context": [W3C],
        "id": there,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer.id,
        "validFrom": moment(at),
        "credentialSubject": {
            "id": f"{there}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": statuslist.encode(places),
        },
    }


def claims(told: dict[str, Any]) -> dict[str, Any]:
    """Return a credential as the payload of a token: itself, with the token's own claims."""
    issuer = told["issuer"]
    return {
        **told,
        "iss": issuer if isinstance(issuer, str) else issuer["id"],
        "jti": told["id"],
        "nbf": seconds_of(told["validFrom"]),
        "sub": told["credentialSubject"]["id"],
    }


def moment(at: int) -> str:
    """Return UTC microseconds as a date and time, to a second."""
    return datetime.fromtimestamp(at // SECOND_US, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_of(text: str) -> int:
    """Return a date and time as seconds since 1970; raises ValueError."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without its zone")
    return int(at.timestamp())
