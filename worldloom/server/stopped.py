"""Whether what was asked of the outside goes on: not where the software that asked was stopped."""

from __future__ import annotations

from worldloom.kernel.agents import actor_of, person_of
from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.realm import Realm
from worldloom.kernel.step import NOBODY
from worldloom.server.auth import GUEST, LOCAL
from worldloom.server.errands import Errand


def is_stopped(realm: Realm, world: str, seq: int, errand: Errand) -> bool:
    """Tell whether an agent asked for a request whose token was revoked since, or who is banned.

    By which token it was asked for is not kept. After a restart the log's actor counts: an agent
    of a person's, or an account that only tokens open, is stopped with its last token.
    """
    people, token = realm.people, errand.asker
    if token is not None:
        gone = people.token(token.id) is None
        return token.agent and (gone or _is_banned(realm, token.account, world))
    if not errand.recalled:
        return False
    try:
        past = realm.past(world)
        actor = past.author(past.record(seq).group)
    except WorldloomError:
        return False  # what cannot be read now is looked at again with the next change
    account = person_of(actor)
    if actor == account and (
        account in NOBODY or account == LOCAL or account.startswith(GUEST) or people.stays(account)
    ):
        return False  # nobody's, or a person's own doing
    left = [one for one in people.tokens(account) if actor_of(account, one.acts_as) == actor]
    return not left or _is_banned(realm, account, world)


def _is_banned(realm: Realm, account: str, world: str) -> bool:
    return realm.people.banned_until(account, world, realm.now()) is not None
