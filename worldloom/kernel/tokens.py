"""Tokens of accounts: secrets kept as hashes, with what each allows at most and has spent."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Final, Protocol, TypeVar

import msgspec
from msgspec import Struct

from worldloom.kernel.draft import check_name
from worldloom.kernel.errors import Invalid, OverLimit
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.personal import Personal
from worldloom.kernel.rights import ALL, Role, Token, bad_scopes
from worldloom.kernel.schema import Component

ID_CHARACTERS: Final = 16
"""Of the hash, in hex: enough to name a token, and too little to find it by."""

Labels = Personal[tuple[tuple[str, str], ...]]
"""(id, label) of what a person gave one."""
NO_LABELS: Final[Labels] = Personal(())


class Renewal(Struct, frozen=True):
    """How a token that ends soon is renewed: by whom, until when (µs UTC), by which secret."""

    id: str
    """Of the token and of all that came and will come of it."""
    digest: str
    """The sha256, in hex, of the one secret that renews it next."""
    until: int
    client: str
    """The sha256, in hex, of the program's own id."""
    family: str = ""
    """The sha256, in hex, of what all its secrets have in them; empty in those of before that."""


class Issued(Struct, frozen=True, omit_defaults=True):
    """One token of an account: the sha256 of its secret in hex, and what it allows."""

    digest: str
    role: str
    scopes: tuple[str, ...] = (ALL,)
    worlds: tuple[str, ...] = ()
    expires: int = 0
    budget: int | None = None
    spent: int = 0
    agent: bool = False
    label: str = ""
    """A person's own words: they are kept sealed, beside the tokens."""
    made: int = 0
    """When, in UTC microseconds; 0 for those of before there was a note of it."""
    device: str = ""
    """The machine that came for it; a new one of the same ends it."""
    renewal: Renewal | None = None
    acts_as: str = ""
    """The agent's name, where a person's program acts by it."""

    @property
    def id(self) -> str:
        """The name by which it is shown and revoked."""
        return self.digest[:ID_CHARACTERS] if self.renewal is None else self.renewal.id

    @property
    def ends(self) -> int:
        """When it is good for nothing any more, renewed or not (µs UTC); 0: never."""
        return self.expires if self.renewal is None else self.renewal.until

    def token(self, account: str) -> Token:
        """Return it as decisions see it."""
        return Token(
            self.id, account, Role(self.role), self.scopes, self.worlds, self.expires, self.budget,
            self.spent, self.agent, self.acts_as,
        )  # fmt: skip


class Tokens(Component, private=True, version=3):
    """The tokens of an account that are not revoked, and their labels by id."""

    issued: tuple[Issued, ...] = ()
    labels: Labels = NO_LABELS

    def labelled(self) -> tuple[Issued, ...]:
        """Return the tokens with their labels."""
        return with_labels(self.issued, self.labels)


@Tokens.upgrade(1)
def _with_limits(fields: dict[str, Any]) -> dict[str, Any]:
    pairs = fields.get("issued", ())
    return {"issued": [{"digest": digest, "role": role} for digest, role in pairs]}


@Tokens.upgrade(2)
def _with_labels_apart(fields: dict[str, Any]) -> dict[str, Any]:
    """Take labels out: those of machines' tokens, `device ID`, were made by us."""
    issued, labels = [], []
    for one in fields.get("issued", ()):
        label = one.get("label", "")
        machine = label.startswith("device ") and one.get("agent", False)
        rest = {name: value for name, value in one.items() if name != "label"}
        issued.append({**rest, "device": label.removeprefix("device ")} if machine else rest)
        if label and not machine:
            labels.append([one["digest"][:ID_CHARACTERS], label])
    return {"issued": issued, "labels": labels}


class Labelled(Protocol):
    """What carries a label, and is known by an id."""

    @property
    def id(self) -> str:
        """By which it is known."""
        ...

    @property
    def label(self) -> str:
        """What a person calls it."""
        ...


L = TypeVar("L", bound=Labelled)


def with_labels(things: tuple[L, ...], labels: Labels) -> tuple[L, ...]:
    """Return things with what their person calls them, as long as the person is not forgotten."""
    known = dict(labels.value or ())
    return tuple(
        msgspec.structs.replace(one, label=known[one.id]) if one.id in known else one  # type: ignore[type-var]
        for one in things
    )


def apart(things: tuple[L, ...], account: str) -> tuple[tuple[L, ...], Labels]:
    """Return things without their labels, and the labels as their account's own words."""
    labels = tuple((one.id, one.label) for one in things if one.label)
    bare = tuple(msgspec.structs.replace(one, label="") for one in things)  # type: ignore[type-var]
    return bare, Personal(labels, of=account)


class NewToken(Struct, frozen=True):
    """What a token is to allow; `expires` and `budget` are as in `Token`."""

    role: Role
    scopes: tuple[str, ...] = (ALL,)
    worlds: tuple[str, ...] = ()
    expires: int = 0
    budget: int | None = None
    agent: bool = False
    label: str = ""
    device: str = ""
    renewal: Renewal | None = None
    acts_as: str = ""
    spent: int = 0
    """What was spent before, by tokens that it follows."""

    def check(self, now: int) -> None:
        """Raise Invalid for what no token can allow."""
        wrong = bad_scopes(self.scopes)
        if wrong or not self.scopes or len(self.scopes) > LIMITS.token_scopes_max:
            raise Invalid(
                f"{wrong[0][:100] if wrong else 'the list'} is no scope",
                "look, look:TOOL, act, act:NAME (an action, kit), build, admin, pay, records or *",
                field="scopes",
            )
        if len(self.worlds) > LIMITS.token_scopes_max:
            raise Invalid("too many worlds for one token", "leave them out for all", field="worlds")
        for world in self.worlds:
            check_name(world)
        if self.expires and self.expires <= now:
            raise Invalid("the token would end before it begins", "say when later", field="expires")
        if self.budget is not None and not 0 <= self.budget < 2**53:
            raise Invalid(
                "a budget is a whole number from 0 on",
                "count in minor units, below 2**53, or leave it out for no bound", field="budget",
            )  # fmt: skip
        if self.label:
            check_name(self.label)

    def issue(self, secret: str, now: int) -> Issued:
        """Return what is kept of it."""
        return Issued(
            digest_of(secret), str(self.role), self.scopes, self.worlds, self.expires, self.budget,
            self.spent, self.agent, self.label, now, self.device, self.renewal, self.acts_as,
        )  # fmt: skip


def added(
    known: tuple[Issued, ...], new: Issued, now: int, replaces: bool = False
) -> tuple[Issued, ...]:
    """Return an account's tokens with one more; those that have ended go; raises OverLimit.

    With `replaces` those of the same machine go too.
    """
    alive = tuple(
        one
        for one in known
        if (not one.ends or one.ends > now) and not (replaces and one.device == new.device)
    )
    if len(alive) >= LIMITS.account_tokens_max:
        raise OverLimit(
            f"an account holds {LIMITS.account_tokens_max} tokens",
            "revoke one that is not used any more",
            code="too_many_tokens",
            too_large=True,
        )
    return (*alive, new)


def spent(known: tuple[Issued, ...], id: str, cost: int) -> tuple[Issued, ...]:
    """Return an account's tokens after one of them spent something."""
    return tuple(
        msgspec.structs.replace(one, spent=one.spent + cost) if one.id == id else one
        for one in known
    )


def without(known: tuple[Issued, ...], id: str) -> tuple[Issued, ...]:
    """Return an account's tokens without one."""
    return tuple(one for one in known if one.id != id)


def id_of(secret: str) -> str:
    """Return the id of a token that is not renewed, from its secret."""
    return digest_of(secret)[:ID_CHARACTERS]


def digest_of(secret: str) -> str:
    """Return the hash under which a secret is known, in hex."""
    return sha256(secret.encode()).hexdigest()
