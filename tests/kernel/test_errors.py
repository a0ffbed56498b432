"""Promised: every refusal says who must act, with one code, one status and one wire form."""

from __future__ import annotations

import re

import pytest

from worldloom.kernel import errors
from worldloom.kernel.errors import (
    Conflict,
    Invalid,
    Misused,
    NotAllowed,
    NotFound,
    NotSignedIn,
    OverLimit,
    Refused,
    Unavailable,
    WorldloomError,
)  # fmt: skip

ALL = [kind for kind in vars(errors).values() if isinstance(kind, type)
       and issubclass(kind, WorldloomError)]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (NotSignedIn, 401, "not_signed_in"),
        (NotAllowed, 403, "not_allowed"),
        (NotFound, 404, "not_found"),
        (Conflict, 409, "conflict"),
        (Refused, 409, "refused"),
        (Invalid, 422, "invalid"),
        (OverLimit, 429, "over_limit"),
        (Misused, 500, "misused"),
        (Unavailable, 503, "unavailable"),
    ],
)
def test_each_error_has_its_status_and_code(
    kind: type[WorldloomError], status: int, code: str
) -> None:
    error = kind("it went wrong", "do it better")
    assert (error.status, error.code) == (status, code)


@pytest.mark.parametrize("kind", ALL)
def test_every_code_is_a_lower_snake_word(kind: type[WorldloomError]) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", kind.code)


def test_the_wire_form_has_code_message_and_fix() -> None:
    error = Conflict("there is a lamp already", "choose another name", code="name_taken")
    assert error.wire() == {
        "error": {
            "code": "name_taken",
            "message": "there is a lamp already",
            "fix": "choose another name",
        }
    }


def test_the_printed_form_ends_in_the_code() -> None:
    assert str(NotFound("there is no lamp")) == "there is no lamp [not_found]"


def test_too_large_differs_from_too_often() -> None:
    assert OverLimit("too big", too_large=True).status == 413
    assert OverLimit("too often", retry_after_seconds=3).retry_after_seconds == 3


def test_unavailable_always_says_to_wait() -> None:
    assert "again" in Unavailable("the disk is full").fix


def test_an_invalid_argument_names_its_field() -> None:
    assert Invalid("no number", field="litres").field == "litres"


def test_everything_belongs_to_one_of_three_families() -> None:
    families = (Refused, Misused, Unavailable)
    assert all(issubclass(kind, families) for kind in ALL if kind is not WorldloomError)
