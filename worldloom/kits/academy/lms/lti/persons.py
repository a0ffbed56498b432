"""Whose a launch is: a platform's person comes back to the account that a launch of theirs made.

Nobody is made to learn in another's name, neither on a computer that many use nor by a platform
that says who comes: it opens no account that somebody made without it, or that may do more.
"""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256
from typing import Final

from worldloom import Component, Personal, World
from worldloom.kernel.doors import Clerk
from worldloom.kernel.rights import Standing
from worldloom.kits.academy.lms.lti.messages import Opened

PERSONS_KEY: Final = "lti-persons"


class LtiPerson(Component, name="academy.LtiPerson", private=True):
    """The account that a platform's person has here; nothing once it is forgotten."""

    account: Personal[str] = Personal("")


def persons_secret(clerk: Clerk) -> bytes:
    """Return what the entities of platforms' persons are named by."""
    return clerk.secret(PERSONS_KEY, lambda: secrets.token_bytes(32))


def person_name(opened: Opened, secret: bytes, subject: str = "") -> str:
    """Name the entity of a platform's person, so that it tells nothing to who has the log.

    It is who was opened a course, or another `subject` of the same platform.
    """
    told = f"{opened.issuer}\0{subject or opened.subject}".encode()
    return f"lti person {hmac.new(secret, told, sha256).hexdigest()[:32]}"


def account_of(world: World, name: str, who: Standing, new: str, teachers: str) -> str:
    """Return inside a handler whose a launch is, for who asks by their browser.

    `name` is the person's entity, `new` an account that nobody has yet, `teachers` the role that
    launches give.
    """
    people, mine = world.step.desk.people, who.account
    if who.token is not None:
        return mine
    known = world[name][LtiPerson].account.value if name in world else None
    if known == mine:
        return mine
    is_others = any(entity.name != name and entity[LtiPerson].account.value == mine
                    for entity in world.find(LtiPerson))  # fmt: skip
    is_own = not is_others and bool(people.stays(mine) or people.roles(mine))
    if known and not is_own and not set(people.roles(known)) - {(world.name, teachers)}:
        return known
    account = new if is_others else mine
    if not known and not is_own:
        person = LtiPerson(Personal(account, of=account))
        if name in world:
            world[name][LtiPerson] = person
        else:
            world.spawn(name, person)
    return account
