"""Who may do what: the one place that decides it; what it does not allow is refused.

`decide` is pure: what someone is in a world (`Standing`), what is asked for (`Deed`) and the time
go in, what is missing comes out. Every door asks it, by `check`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Final, Literal

import msgspec
from msgspec import Struct

from worldloom.kernel.agents import actor_of, person_of
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
_ROLES: Final = {str(role): role for role in Role}
ALL: Final = "*"
"""The scope of a token that is limited by its role alone."""
LOOK: Final = "look"
WHOLE_REALM: Final = "the whole realm"
NO_NAMES: Final[frozenset[str]] = frozenset()


class Token(Struct, frozen=True):
    """A token as the realm knows it: whom it stands for, and what it allows at most."""

    id: str
    account: str
    role: Role
    scopes: tuple[str, ...] = (ALL,)
    worlds: tuple[str, ...] = ()
    """The worlds that it is good for; empty: all."""
    expires: int = 0
    """When it ends, in UTC microseconds; 0: never."""
    budget: int | None = None
    """What it may spend in all worlds together, in the units of actions' costs; None: no bound."""
    spent: int = 0
    agent: bool = False
    """Whether software acts by it, which others are shown."""
    acts_as: str = ""
    """The name of the agent whose deeds are told apart from its person's; empty: they are not."""


class Standing(Struct, frozen=True):
    """What someone is in a world, or in the whole realm."""

    role: Role | None = None
    """None: no right to be there at all."""
    account: str = ""
    title: str = ""
    """The name of a role of the world's own, if they have one."""
    may: frozenset[str] = NO_NAMES
    """Actions that such a role adds to those of `role`."""
    may_not: frozenset[str] = NO_NAMES
    """Actions that it takes away."""
    token: Token | None = None
    rights: Mapping[str, str] = {}
    """Action → role that it needs by this world's own rules, in place of what it says itself."""
    void: Literal["", "token", "cookie"] = ""
    """What they came by, where it is good for nothing any more."""

    @property
    def actor(self) -> str:
        """Whom the log names for what they do."""
        token = self.token
        return self.account if token is None else actor_of(self.account, token.acts_as)


class Deed(Struct, frozen=True):
    """What is asked for: an action or something else, and what a world says about it."""

    name: str
    needs: Role = Role.VISITOR
    """The role that it needs where nothing else is said."""
    said: str = ""
    """How a refusal calls it; empty: by its name."""
    world: str = ""
    """Empty: the whole realm."""
    kit: str = ""
    cost: int = 0
    """What it declares to spend, in minor units."""
    guards: tuple[str, ...] = ()
    """The role that the guard of each thing and place it touches asks for; empty: no guard."""
    tool: str = ""
    """The tool of an agent by which it reads, if it does by one."""
    person: bool = False
    """Whether no agent does it: it lets others in, or nothing takes it back."""
    realm: bool = False
    """Whether it is done to the whole realm, so that no token for some worlds does it."""


class Missing(Struct, frozen=True):
    """Why something is refused: the first thing that is missing."""

    kind: Literal["role", "scope", "world", "expired", "revoked", "budget", "person"]
    what: str


DEEDS: Final = {
    deed.name: deed
    for deed in (
        Deed("read", said="reading"),
        Deed("enter", said="entering"),
        Deed("fork", said="forking", person=True),
        Deed("moderate", Role.OWNER, said="moderating"),
        Deed("upload", Role.BUILDER, said="uploading"),
        Deed("upload_avatar", Role.MEMBER, said="uploading an avatar"),
        Deed("picture", Role.BUILDER, said="changing the picture of"),
        Deed("invite", Role.OWNER, said="inviting to", person=True),
        Deed("make_world", Role.OWNER, said="making a world", person=True, realm=True),
        Deed("make_token", Role.OWNER, said="making tokens for others", person=True, realm=True),
        Deed("forget", Role.OWNER, said="forgetting someone else", person=True, realm=True),
    )
}
"""What can be asked for and is no action, by name."""


def deed_of(name: str, world: str = "") -> Deed:
    """Return one of the deeds that are no actions, in a world or in the whole realm."""
    deed = DEEDS[name]
    return msgspec.structs.replace(deed, world=world) if world else deed


_LOOKS: Final = frozenset({"read"})
_FIRM: Final = (Role.OWNER, Role.RECORDS)
"""What asks for one of these is lowered by no guard, whoever stands where."""


def decide(who: Standing, deed: Deed, now: int = 0) -> Missing | None:
    """Return what is missing for a deed at a time (UTC microseconds), or None: it is allowed."""
    if who.void:
        return Missing("revoked", who.void)
    token = who.token
    if token is not None and (lacks := _lacks(token, deed, now)):
        return lacks
    name = deed.name
    usual = who.rights.get(name) or deed.needs
    if name in who.may_not:
        return Missing("role", str(usual))
    for guard in deed.guards:
        if guard and not has_role(who, guard):
            return Missing("role", guard)
    # A guard asks for more than the action does, or for less.
    lowered = deed.guards and all(deed.guards) and deed.needs not in _FIRM
    fits = lowered or (who.role, usual) in _MAY or has_role(who, usual)
    if not (fits or name in who.may and who.role in _ORDER):
        return Missing("role", str(usual))
    if deed.person and token is not None and token.agent:
        return Missing("person", "person")
    return None


def _lacks(token: Token, deed: Deed, now: int) -> Missing | None:
    """Return what a token itself lacks for a deed."""
    if token.expires and now >= token.expires:
        return Missing("expired", "token")
    if deed.realm and token.worlds:
        return Missing("world", WHOLE_REALM)
    if deed.world and token.worlds and deed.world not in token.worlds:
        return Missing("world", deed.world)
    for scopes in scopes_of(deed):
        if not any(scope in token.scopes for scope in (ALL, *scopes)):
            return Missing("scope", scopes[0])
    return _lacks_budget(token, deed.cost)


def _lacks_budget(token: Token, cost: int) -> Missing | None:
    if cost and token.budget is not None and token.spent + cost > token.budget:
        return Missing("budget", str(cost - max(0, token.budget - token.spent)))
    return None


def scopes_of(deed: Deed) -> Iterator[tuple[str, ...]]:
    """Yield sets of scopes of each of which a token needs one; the plainest comes first."""
    if deed.name in _LOOKS:
        yield (LOOK, f"{LOOK}:{deed.tool}") if deed.tool else (LOOK,)
        return
    wide = {Role.BUILDER: "build", Role.OWNER: "admin", Role.RECORDS: "records"}
    narrow: tuple[str, ...] = (f"act:{deed.name}",)
    if deed.kit and deed.needs is not Role.OWNER:
        narrow += (f"act:{deed.kit}",)
    yield (wide.get(deed.needs, "act"), *narrow)
    if deed.cost:
        yield ("pay",)


def has_role(who: Standing, word: str) -> bool:
    """Tell whether someone has a role of this name, or a higher one."""
    needed = _ROLES.get(word)
    if needed is None:
        return who.role is Role.OWNER or who.role is not None and who.title == word
    return (who.role, needed) in _MAY


def allowed(role: Role | None, needed: Role) -> bool:
    """Tell whether a caller of this role (None: no right at all) may do what needs `needed`."""
    if role is None:
        return False
    if role is Role.RECORDS or needed is Role.RECORDS:
        return role is needed
    return _ORDER[role] >= _ORDER[needed]


_MAY: Final = frozenset((role, needed) for role in Role for needed in Role if allowed(role, needed))


def check(who: Standing, deed: Deed, now: int = 0) -> None:
    """Raise NotSignedIn or NotAllowed, naming what is missing, unless a deed is allowed."""
    lacks = decide(who, deed, now)
    if lacks is not None:
        raise refusal_of(who, deed, lacks)


def check_budget(token: Token, cost: int) -> None:
    """Raise NotAllowed (`budget_exceeded`) where a token may not spend so much more."""
    lacks = _lacks_budget(token, cost)
    if lacks is not None:
        raise refusal_of(Standing(token=token), Deed("spend", said="this", cost=cost), lacks)


def refusal_of(who: Standing, deed: Deed, lacks: Missing) -> NotAllowed | NotSignedIn:
    """Return the error that says what is missing."""
    error = _worded(who, deed, lacks)
    if isinstance(error, NotAllowed):
        error.missing = lacks.what
        if lacks.kind == "scope" and who.token is not None:
            error.scopes = _lacking(who.token, deed)
    return error


def _lacking(token: Token, deed: Deed) -> tuple[str, ...]:
    """Return the narrowest scopes that a token needs besides; in ASCII, as headers carry them."""
    return tuple(
        next(scope for scope in (*scopes[1:2], *scopes) if scope.isascii())
        for scopes in scopes_of(deed)
        if not any(scope in token.scopes for scope in (ALL, *scopes))
    )


def _worded(who: Standing, deed: Deed, lacks: Missing) -> NotAllowed | NotSignedIn:
    said = deed.said or deed.name
    if deed.said and deed.world and deed.name in DEEDS:
        said = f"{deed.said} {deed.world}"
    if lacks.what == "cookie":
        return NotSignedIn("you signed out everywhere", "sign in again", code="signed_out")
    if lacks.kind == "revoked":
        return NotSignedIn("this token was revoked", "ask for a new one", code="token_revoked")
    if lacks.kind == "expired":
        return NotSignedIn("this token has ended", "ask for a new one", code="token_expired")
    if lacks.kind == "scope":
        has = ", ".join(who.token.scopes) if who.token is not None else ""
        return NotAllowed(
            f"{said} needs the scope {lacks.what}; this token has {has or 'none'}",
            f"ask for a token with the scope {lacks.what}",
            code="missing_scope",
        )
    if lacks.kind == "world":
        return NotAllowed(
            f"this token is not for {lacks.what}",
            "ask for one that is, or go where this one is for",
            code="other_world",
        )
    if lacks.kind == "budget":
        return NotAllowed(
            f"{said} costs {deed.cost}; this token may spend {deed.cost - int(lacks.what)} more",
            "ask its owner for a larger budget",
            code="budget_exceeded",
        )
    if lacks.kind == "person":
        return NotAllowed(
            f"{said} is for a person, and this is an agent's token",
            "ask your person to do it, signed in on the page",
            code="person_needed",
        )
    return _without_role(who, said, lacks.what)


def _without_role(who: Standing, said: str, needed: str) -> NotAllowed | NotSignedIn:
    if not who.account:
        return NotSignedIn(
            f"{said} needs the role {needed}, and nobody is signed in",
            "open the page first, or send a token: Authorization: Bearer …",
        )
    has = who.title or who.role or "nothing"
    return NotAllowed(
        f"{said} needs the role {needed}; {who.account} is {has} here",
        f"ask an owner of this world to grant you the role {needed}",
    )


def require_undo(who: Standing, author: str, theirs: Role | None) -> None:
    """Raise NotAllowed unless someone may undo and redo what an author wrote.

    One's own is always one's own, and so is one's agents'; an agent's person is another to it.
    Another's is a builder's, and that of who has a higher role (`theirs`) is for the same role.
    """
    if author != who.actor and (who.actor != who.account or person_of(author) != who.account):
        needed = higher(Role.BUILDER, theirs) or Role.BUILDER
        check(who, Deed("undo", needed, said=f"undoing what {author} did"))


def may_appoint(who: Standing, has: Role | None, gets: Role | None) -> bool:
    """Tell whether someone may change another's role from one to another.

    An owner may; whom a role of the world's own lets grant or ban, only among those below.
    """
    own = _ORDER.get(who.role, 0) if who.role is not None else 0
    if who.role is Role.OWNER:
        return True
    return all(_ORDER.get(role, 9) < own for role in (has, gets) if role is not None)


def higher(one: Role | None, other: Role | None) -> Role | None:
    """Return the role of the two that allows more."""
    if one is None or other is None:
        return one or other
    return one if _ORDER.get(one, 0) >= _ORDER.get(other, 0) else other


def lower(one: Role | None, other: Role | None) -> Role | None:
    """Return what both roles allow: a token caps its account.

    Learning records are an owner's to give, and no part of what others are.
    """
    if one is None or other is None:
        return None
    if Role.RECORDS in (one, other):
        return Role.RECORDS if {one, other} <= {Role.RECORDS, Role.OWNER} else None
    return one if _ORDER[one] <= _ORDER[other] else other


def is_narrow(scope: str) -> bool:
    """Tell whether a scope is for one action or kit (`act:go`), or one reading tool."""
    kind, _, name = scope.partition(":")
    return kind in ("act", LOOK) and name.replace("_", "a").isalnum()


def bad_scopes(scopes: Iterable[str]) -> list[str]:
    """Return those of some scopes that no token can have."""
    plain = {ALL, LOOK, "act", "build", "admin", "pay", "records"}
    return [scope for scope in scopes if scope not in plain and not is_narrow(scope)]
