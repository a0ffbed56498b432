"""Why a course package is refused: one word for each reason, and a sentence where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from worldloom import Invalid

REASONS: Final[Mapping[str, str]] = MappingProxyType({
    "too_large": "make the package smaller",
    "bad_zip": "pack it anew with an ordinary program",
    "no_structure": "put cmi5.xml into the root of the package",
    "malformed_xml": "let a program for XML check it",
    "doctype": "take the document type and its entities out",
    "wrong_root": "begin with courseStructure of cmi5's own namespace, version 1",
    "bad_element": "keep to the elements of CourseStructure.xsd, in their order",
    "bad_attribute": "keep to the attributes of CourseStructure.xsd",
    "bad_id": "give it an absolute IRI, such as https://school.example/courses/1",
    "duplicate_id": "give everything an id of its own",
    "unknown_objective": "name an objective that the course has",
    "bad_url": "give a whole web address, or the path of a file in the package",
    "missing_au": "add the file to the package, or name a whole web address",
    "bad_mastery_score": "write a number from 0 to 1 with at most four places",
    "bad_move_on":
        "write Passed, Completed, CompletedAndPassed, CompletedOrPassed, NotApplicable",
    "bad_launch_method": "write AnyWindow or OwnWindow",
    "bad_language": "write a language tag such as en-US",
})  # fmt: skip
"""Reason → what to do."""


def bad_package(reason: str, told: str) -> Invalid:
    """Make the error for a package; its field is the reason."""
    return Invalid(told, REASONS[reason], code="bad_package", field=reason)
