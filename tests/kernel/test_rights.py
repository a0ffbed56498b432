"""Promised: what is not allowed is refused, and the refusal names the missing right."""

from __future__ import annotations

import itertools

import pytest

from worldloom.kernel.errors import NotAllowed, NotSignedIn
from worldloom.kernel.rights import Role, allowed, higher, lower, require

LADDER = [Role.VISITOR, Role.MEMBER, Role.BUILDER, Role.OWNER]


def test_a_role_may_do_what_the_lower_ones_may() -> None:
    for one, other in itertools.product(LADDER, LADDER):
        assert allowed(one, other) == (LADDER.index(one) >= LADDER.index(other))


@pytest.mark.parametrize("role", LADDER)
def test_a_learning_program_may_only_touch_records(role: Role) -> None:
    assert not allowed(Role.RECORDS, role)
    assert not allowed(role, Role.RECORDS)
    assert allowed(Role.RECORDS, Role.RECORDS)


@pytest.mark.parametrize("needed", list(Role))
def test_no_role_allows_nothing(needed: Role) -> None:
    assert not allowed(None, needed)


def test_a_refusal_names_the_missing_right() -> None:
    with pytest.raises(NotAllowed, match="despawn needs the role builder; ann is visitor here"):
        require(Role.VISITOR, Role.BUILDER, "despawn", "ann")
    with pytest.raises(NotAllowed, match="ann is nothing here"):
        require(None, Role.VISITOR, "say", "ann")
    require(Role.OWNER, Role.BUILDER, "despawn", "ann")


def test_who_is_nobody_must_sign_in_first() -> None:
    with pytest.raises(NotSignedIn, match="nobody is signed in"):
        require(None, Role.VISITOR, "say", "")


def test_grants_add_up_to_the_higher_role() -> None:
    assert higher(Role.VISITOR, Role.OWNER) is Role.OWNER
    assert higher(Role.MEMBER, None) is Role.MEMBER
    assert higher(None, Role.MEMBER) is Role.MEMBER
    assert higher(None, None) is None


def test_a_token_never_allows_more_than_either_role() -> None:
    assert lower(Role.BUILDER, Role.OWNER) is Role.BUILDER
    assert lower(Role.OWNER, Role.VISITOR) is Role.VISITOR
    assert lower(Role.OWNER, None) is None
    assert lower(Role.RECORDS, Role.OWNER) is Role.RECORDS
