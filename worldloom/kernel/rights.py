"""Who may do what: the one place that decides it; what it does not allow is refused."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from worldloom.kernel.errors import NotAllowed, NotSignedIn


class Role(StrEnum):
    """What an account is in a world; each of the first four may do what the next may."""

    OWNER = "owner"
    BUILDER = "builder"
    MEMBER = "member"
    VISITOR = "visitor"
    RECORDS = "records"
    """A learning program: it reads and writes learning records and nothing else."""


_ORDER: Final = {Role.VISITOR: 1, Role.MEMBER: 2, Role.BUILDER: 3, Role.OWNER: 4}


def allowed(role: Role | None, needed: Role) -> bool:
    """Tell whether a caller of this role (None: no right at all) may do what needs `needed`."""
    if role is None:
        return False
    if role is Role.RECORDS or needed is Role.RECORDS:
        return role is needed
    return _ORDER[role] >= _ORDER[needed]


def require(role: Role | None, needed: Role, deed: str, account: str) -> None:
    """Raise NotSignedIn or NotAllowed, naming the missing right, unless it is allowed."""
    if role is needed or allowed(role, needed):
        return
    if not account:
        raise NotSignedIn(
            f"{deed} needs the role {needed}, and nobody is signed in",
            "open the page first, or send a token: Authorization: Bearer …",
        )
    raise NotAllowed(
        f"{deed} needs the role {needed}; {account} is {role or 'nothing'} here",
        f"ask an owner of this world to grant you the role {needed}",
    )


def higher(one: Role | None, other: Role | None) -> Role | None:
    """Return the role of the two that allows more."""
    if one is None or other is None:
        return one or other
    return one if _ORDER.get(one, 0) >= _ORDER.get(other, 0) else other


def lower(one: Role | None, other: Role | None) -> Role | None:
    """Return what both roles allow: a token caps its account."""
    if one is None or other is None:
        return None
    if Role.RECORDS in (one, other):
        return Role.RECORDS
    return one if _ORDER[one] <= _ORDER[other] else other
