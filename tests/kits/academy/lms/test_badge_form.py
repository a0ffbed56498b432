"""A badge has the form that Open Badges 3.0 gives its classes: types, vocabularies and formats.

Written from the tables of the specification (1EdTech, Open Badges 3.0, Credential Data Models:
AchievementCredential, AchievementSubject, Achievement, Criteria, IdentityObject, Profile, and the
enumerations AchievementType and IdentifierTypeEnum; W3C, Bitstring Status List 1.0, 2.1), as the
licence of its JSON Schema lets nobody ship that. `OB3_SCHEMA=FILE` holds a badge to a copy of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given

from tests.kits.academy.lms.test_credentials import ISSUER, NOW, events, made
from worldloom.kits.academy.lms.credential import credential
from worldloom.kits.academy.lms.events import BadgeAwarded

STRING = {"type": "string"}
URI = {"type": "string", "pattern": r"^[a-z][a-z0-9+.-]*:\S+$"}
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
OWN = r"^ext:[A-Za-z0-9._|-]+$"
ACHIEVEMENTS = [
    "Achievement", "ApprenticeshipCertificate", "Assessment", "Assignment", "AssociateDegree",
    "Award", "Badge", "BachelorDegree", "Certificate", "CertificateOfCompletion", "Certification",
    "CommunityService", "Competency", "Course", "CoCurricular", "Degree", "Diploma",
    "DoctoralDegree", "Fieldwork", "GeneralEducationDevelopment", "JourneymanCertificate",
    "LearningProgram", "License", "Membership", "ProfessionalDoctorate",
    "QualityAssuranceCredential", "MasterCertificate", "MasterDegree", "MicroCredential",
    "ResearchDoctorate", "SecondarySchoolDiploma",
]  # fmt: skip
IDENTITIES = [
    "name", "sourcedId", "systemId", "productId", "userName", "accountId", "emailAddress",
    "nationalIdentityNumber", "isbn", "issn", "lisSourcedId", "oneRosterSourcedId",
    "sisSourcedId", "ltiContextId", "ltiDeploymentId", "ltiToolId", "ltiPlatformId", "ltiUserId",
    "identifier",
]  # fmt: skip


def kind(*names: str) -> dict[str, Any]:
    """Return what `type` is: a list of words with one of these among them."""
    return {"type": "array", "items": STRING, "contains": {"enum": [*names]}}


def word(*known: str) -> dict[str, Any]:
    """Return what a word of an extensible vocabulary is."""
    return {"anyOf": [{"enum": [*known]}, {"type": "string", "pattern": OWN}]}


def thing(needed: tuple[str, ...], closed: bool = False, **fields: Any) -> dict[str, Any]:
    """Return what an object of a class is."""
    return {"type": "object", "required": [*needed], "properties": fields,
            **({"additionalProperties": False} if closed else {})}  # fmt: skip


IDENTITY = thing(
    ("type", "hashed", "identityHash", "identityType"), closed=True,
    type={"const": "IdentityObject"}, hashed={"type": "boolean"}, identityHash=STRING,
    identityType=word(*IDENTITIES), salt=STRING,
)  # fmt: skip
ACHIEVEMENT = thing(
    ("id", "type", "criteria", "description", "name"),
    id=URI, type=kind("Achievement"), achievementType=word(*ACHIEVEMENTS),
    criteria=thing((), id=URI, narrative=STRING), description=STRING, name=STRING,
    inLanguage={"type": "string", "pattern": r"^[a-z]{2,4}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?$"},
    tag={"type": "array", "items": STRING}, version=STRING, creator={"type": "object"},
)  # fmt: skip
STATUS = thing(
    ("type", "statusPurpose", "statusListIndex", "statusListCredential"),
    id=URI, type={"const": "BitstringStatusListEntry"}, statusPurpose=STRING,
    statusListIndex={"type": "string", "pattern": r"^\d+$"}, statusListCredential=URI,
)  # fmt: skip
CREDENTIAL = thing(
    ("@context", "id", "type", "credentialSubject", "issuer", "validFrom"),
    id=URI, name=STRING, validFrom=MOMENT, validUntil=MOMENT, credentialStatus=STATUS,
    type={"allOf": [kind("VerifiableCredential"),
                    kind("AchievementCredential", "OpenBadgeCredential")]},
    issuer=thing(("id", "type"), id=URI, type=kind("Profile"), name=STRING, url=URI),
    credentialSubject={
        "anyOf": [{"required": ["id"]}, {"required": ["identifier"]}],
        **thing(("type", "achievement"), id=URI, type=kind("AchievementSubject"),
                achievement=ACHIEVEMENT, identifier={"type": "array", "items": IDENTITY}),
    },
    credentialSchema={"type": "array", "items": thing(("id", "type"), id=URI, type=STRING)},
)  # fmt: skip
CREDENTIAL["properties"]["@context"] = {
    "type": "array", "minItems": 2,
    "prefixItems": [
        {"const": "https://www.w3.org/ns/credentials/v2"},
        {"pattern": r"^https://purl\.imsglobal\.org/spec/ob/v3p0/context(-3\.\d\.\d)*\.json$"},
    ],
}  # fmt: skip
FORM = jsonschema_rs.Draft202012Validator(CREDENTIAL)


@given(events)
def test_every_badge_has_the_form_of_the_specifications_classes(event: BadgeAwarded) -> None:
    FORM.validate(credential(event, ISSUER, NOW))


def lacks(*path: str) -> Callable[[dict[str, Any]], None]:
    """Return what takes something out of a badge."""

    def take(told: dict[str, Any]) -> None:
        for part in path[:-1]:
            told = told[part]
        del told[path[-1]]

    return take


def says(value: Any, *path: Any) -> Callable[[dict[str, Any]], None]:
    """Return what makes a badge say something else."""

    def put(told: Any) -> None:
        for part in path[:-1]:
            told = told[part]
        told[path[-1]] = value

    return put


OF = ("credentialSubject", "achievement")
NAMED = ("credentialSubject", "identifier", 0)


@pytest.mark.parametrize("break_it", [
    lacks("id"), lacks("issuer"), lacks("validFrom"), lacks("issuer", "type"),
    lacks("credentialSubject", "type"), lacks(*OF, "id"), lacks(*OF, "criteria"),
    lacks(*OF, "description"), lacks("credentialStatus", "statusListIndex"),
    says("2026-09-21 14:13:20", "validFrom"), says("Kurs", *OF, "achievementType"),
    says("english", *OF, "inLanguage"), says("nickname", *NAMED, "identityType"),
    says("no", *NAMED, "hashed"), says("Ann", *NAMED, "name"), says(7, *OF, "version"),
    says(["OpenBadgeCredential"], "type"), says(7, "credentialStatus", "statusListIndex"),
    says("https://www.w3.org/2018/credentials/v1", "@context", 0),
    says([{"id": "https://a.example"}], "credentialSchema"), says("badges", "issuer", "id"),
])  # fmt: skip
def test_a_badge_of_another_form_is_found(break_it: Callable[[dict[str, Any]], None]) -> None:
    told = made()
    FORM.validate(told)
    break_it(told)
    with pytest.raises(jsonschema_rs.ValidationError):
        FORM.validate(told)
