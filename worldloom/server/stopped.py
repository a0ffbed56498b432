"""Whether what was asked of the outside goes on: not where the software that asked was stopped."""

from __future__ import annotations

from worldloom.kernel.agents import actor_of, person_of
from worldloom.kernel.people import People
from worldloom.kernel.realm import Realm
from worldloom.kernel.step import NOBODY
from worldloom.server.auth import GUEST, LOCAL
from worldloom.server.errands import Errand


def is_stopped(realm: Realm, world: str, errand: Errand) -> bool:
    """Tell whether an agent asked for a request whose token was revoked since, or who is banned.

    By which token it was asked for is not kept. After a restart the log's actor counts: an agent
    of a person's, or an account that only tokens open, is stopped with its last token.
    """
    people = realm.people
    if not is_agents(people, errand):
        return False
    account = person_of(errand.actor)
    if errand.asker is not None:
        gone = people.token(errand.asker.id) is None
    else:
        gone = not tokens_of(people, errand.actor)
    return gone or people.banned_until(account, world, realm.now()) is not None


def is_agents(people: People, errand: Errand) -> bool:
    """Tell whether software asked for a request, as far as that is known or the log says it."""
    if errand.asker is not None:
        return errand.asker.agent
    account = person_of(errand.actor)
    return errand.recalled and (errand.actor != account or not _is_persons(people, account))


def tokens_of(people: People, actor: str) -> list[str]:
    """Return the ids of the tokens by which somebody acts whom the log names."""
    account = person_of(actor)
    return [one.id for one in people.tokens(account) if actor_of(account, one.acts_as) == actor]


def _is_persons(people: People, account: str) -> bool:
    """Tell whether an account is a person's, or nobody's: more than tokens opens it."""
    if account in NOBODY or account == LOCAL or account.startswith(GUEST):
        return True
    return people.stays(account)
