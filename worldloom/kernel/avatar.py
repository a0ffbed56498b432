"""What visitors look like: a code of the wardrobe or a VRM, chosen by them or lent by a world.

The newest choice is a fact of the world where it was made, and is kept with the account for the
next visit, in both places sealed under the person's key. How someone moves is presence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from msgspec import Meta, Struct

from worldloom.kernel.entity import Visitor
from worldloom.kernel.errors import Conflict, NotFound
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.personal import Personal
from worldloom.kernel.schema import Component, Event

if TYPE_CHECKING:
    from worldloom.kernel.ports import Store

GLB: Final = "model/gltf-binary"
VRM: Final = "model/vrm"
"""The media type of a GLB that is an avatar within bounds, as the studio's check found."""

AvatarCode = Annotated[
    str, Meta(max_length=LIMITS.avatar_characters_max, pattern=r"^[A-Za-z0-9_-]*$(?!\n)")
]
"""A choice from the wardrobe; empty: the account's own."""
VrmName = Annotated[str, Meta(pattern=r"^$(?!\n)|^[0-9a-f]{64}$(?!\n)")]
"""The sha256 (hex) of a VRM that is kept here, or nothing."""


class Avatar(Struct, frozen=True):
    """Someone's figure: a code of the wardrobe, and the VRM that it stands in for until loaded."""

    code: str = ""
    vrm: str = ""


class Dressed(Event):
    """A visitor looks otherwise from now on."""

    visitor: Visitor
    avatar: Personal[str]
    vrm: Personal[str]


class Worn(Component, private=True):
    """What an account looks like when it comes again."""

    avatar: Personal[str]
    vrm: Personal[str]


DRESSED: Final = Dressed.__kind__.name


def dressed(visitor: Visitor, avatar: Avatar) -> Dressed:
    """Return the fact that a visitor changed clothes."""
    whose = visitor.account
    return Dressed(visitor, Personal(avatar.code, of=whose), Personal(avatar.vrm, of=whose))


def worn(account: str, avatar: Avatar) -> Worn:
    """Return what is kept with an account."""
    return Worn(Personal(avatar.code, of=account), Personal(avatar.vrm, of=account))


def read_worn(value: Worn | Dressed) -> Avatar | None:
    """Return the avatar that is kept, or None when its person is forgotten."""
    code, vrm = value.avatar.value, value.vrm.value
    return None if code is None and vrm is None else Avatar(code or "", vrm or "")


def check_vrm(store: Store, sha256: str) -> None:
    """Raise unless this is a VRM that was checked when it was uploaded."""
    if not sha256:
        return
    known = store.asset(sha256)
    if known is None:
        raise NotFound("there is no such VRM here", "upload it first", code="no_asset")
    if known[0] != VRM:
        raise Conflict(
            "this file is kept here, and is not an avatar within the bounds",
            "upload it by POST /api/assets?as=avatar, which says what is wrong with it",
            code="not_an_avatar",
        )


def fits(code: str) -> bool:
    """Tell whether a client's text has the form of a code."""
    short = len(code) <= LIMITS.avatar_characters_max
    return short and code.isascii() and all(one.isalnum() or one in "_-" for one in code)
