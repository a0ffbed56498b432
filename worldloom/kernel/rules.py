"""A world's own rules: who may come, its roles, the rights of its actions, and its invitations.

They stand in the people's stream, on an entity for each world, so that a list of worlds and a
decision about rights need not open one.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from worldloom.kernel.book import WORLDS
from worldloom.kernel.errors import Invalid, OverLimit
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.rights import Role
from worldloom.kernel.schema import Component, Event

MARK: Final = WORLDS
"""What the names of worlds' entities begin with; no account's name does."""
Visibility = Literal["public", "unlisted", "private"]
RoleName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,31}$(?!\n)")]
ActionName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,63}$(?!\n)")]
_LADDER: Final = frozenset(str(role) for role in Role)
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}").fullmatch


class OwnRole(Struct, frozen=True, omit_defaults=True):
    """A role of a world's own: what a role of the ladder may, some actions more, some less."""

    name: str
    base: str = "visitor"
    may: tuple[str, ...] = ()
    may_not: tuple[str, ...] = ()


class Rules(Component, private=True):
    """What a world's owners decided; an empty visibility is what the author's file declares."""

    visibility: Literal["", "public", "unlisted", "private"] = ""
    capacity: Annotated[int, Meta(ge=0, le=LIMITS.visitors_per_world_max)] = 0
    """How many visitors it takes at one time; 0: as many as any world."""
    roles: tuple[OwnRole, ...] = ()
    rights: tuple[tuple[str, str], ...] = ()
    """(action, role) where an action needs another role here than it says itself."""

    def role(self, name: str) -> OwnRole | None:
        """Return a role of the world's own."""
        return next((role for role in self.roles if role.name == name), None)


class Invitation(Struct, frozen=True, omit_defaults=True):
    """A link that gives whoever opens it a role in a world; its secret is kept as a hash."""

    digest: str
    role: str
    by: str
    uses: int = 0
    """How often it may be used; 0: up to the limit of all."""
    used: int = 0
    expires: int = 0
    """When it ends, in UTC microseconds; 0: never."""
    made: int = 0

    @property
    def id(self) -> str:
        """The name by which it is shown and taken back."""
        return self.digest[:16]

    @property
    def most(self) -> int:
        """How often it may be used in all."""
        return self.uses or LIMITS.invitation_uses_max

    def open(self, now: int) -> bool:
        """Tell whether it can be used."""
        return self.used < self.most and (not self.expires or now < self.expires)


class Invitations(Component, private=True):
    """The invitations of a world that are not taken back."""

    links: tuple[Invitation, ...] = ()


class Poster(Component, private=True):
    """The picture of a world for lists: an image by its sha256 (hex), and when it was made."""

    asset: str = ""
    made: int = 0


class RoleDefined(Event, undo="define the role as it was, or drop it"):
    """A world has a role of its own, or has it otherwise, from now on."""

    name: str
    base: str
    may: tuple[str, ...]
    may_not: tuple[str, ...]


class RoleDropped(Event, undo="define the role again"):
    """A world has a role no more; who had it is a visitor."""

    name: str


class RightSet(Event, undo="set the right as it was"):
    """An action needs another role in this world; empty: the one that it says itself."""

    action: str
    role: str


class EntrySet(Event, undo="set it as it was"):
    """Others may come from now on, or so many."""

    visibility: str
    capacity: int


def with_role(rules: Rules, role: OwnRole) -> Rules:
    """Return rules with a role defined; raises Invalid, OverLimit."""
    if not _NAME(role.name) or role.name in _LADDER:
        raise Invalid(
            f"{role.name[:40]!r} cannot be a role's name",
            "use lower case letters, digits, - and _, and none of the usual roles",
            field="name",
        )
    others = tuple(one for one in rules.roles if one.name != role.name)
    if len(others) >= LIMITS.own_roles_max:
        raise OverLimit(
            f"a world has at most {LIMITS.own_roles_max} roles of its own", "drop one first",
            code="too_many_roles", too_large=True,
        )  # fmt: skip
    return msgspec.structs.replace(rules, roles=(*others, role))


def without_role(rules: Rules, name: str) -> Rules:
    """Return rules without a role; raises Invalid."""
    check_role(rules, name, own=True)
    left = tuple(one for one in rules.roles if one.name != name)
    return msgspec.structs.replace(rules, roles=left)


def with_right(rules: Rules, action: str, role: str) -> Rules:
    """Return rules in which an action needs a role; empty: the one that it says itself."""
    others = tuple(pair for pair in rules.rights if pair[0] != action)
    if role:
        check_role(rules, role)
        others = (*others, (action, role))
    if len(others) > LIMITS.own_rights_max:
        raise OverLimit(
            f"a world has at most {LIMITS.own_rights_max} rights of its own",
            "set some back by an empty role", code="too_many_rights", too_large=True,
        )  # fmt: skip
    return msgspec.structs.replace(rules, rights=others)


def check_role(rules: Rules, name: str, own: bool = False) -> Role:
    """Return the role of the ladder that a name stands for, or that its role builds on; raises."""
    if not own and name in _LADDER and name != Role.RECORDS:
        return Role(name)
    known = rules.role(name)
    if known is None:
        names = ", ".join(one.name for one in rules.roles)
        raise Invalid(
            f"there is no role {name[:40]} here",
            f"owner, builder, member, visitor{', ' if names else ''}{names}; or define_role",
            code="no_role",
            field="role",
        )
    return Role(known.base)


def told(rules: Rules, declared: str) -> dict[str, Any]:
    """Return what doors tell of a world's rules."""
    return {
        "visibility": rules.visibility or declared,
        "capacity": rules.capacity,
        "roles": [msgspec.structs.asdict(role) for role in rules.roles],
        "rights": dict(rules.rights),
    }
