"""Tokens that end soon and are renewed: each secret for renewing is good once (RFC 9700, 4.14.2).

A token and all that came of it share one id, under which it is shown, spends and is revoked. Who
brings a secret that was used before is not alone with it, so that then the whole of it ends.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from worldloom.kernel.live import Sealed
from worldloom.kernel.step import Step
from worldloom.kernel.tokens import ID_CHARACTERS, Issued, NewToken, Renewal, digest_of

if TYPE_CHECKING:
    from worldloom.kernel.realm import Realm

MARK: Final = "wr_"


class Renewable(NamedTuple):
    """A fresh pair of secrets, and the group that waits to be kept before they are told."""

    access: str
    renewal: str
    issued: Issued
    sealed: Sealed | None


class Ended(NamedTuple):
    """Nothing is renewed; `sealed` is the end of a token whose secret was brought twice."""

    sealed: Sealed | None = None


def make_renewable(
    realm: Realm, account: str, new: NewToken, until: int, client: str, by: str, id: str
) -> Renewable:
    """Make a token that ends at `new.expires` and is renewed by `client` until a time, in µs UTC.

    `id` is one that nobody else could choose. Raises Invalid, OverLimit.
    """
    family = realm.entropy(24).hex()
    access, secret = _secrets(realm, id, family)
    renewal = Renewal(id, digest_of(secret), until, digest_of(client), digest_of(family))
    _, sealed = realm.make_token(
        account, msgspec.structs.replace(new, renewal=renewal), by, False, secret=access
    )
    return Renewable(access, secret, realm.people.tokens(account)[-1], sealed)


def renew(realm: Realm, secret: str, client: str, seconds: int, now: int) -> Renewable | Ended:
    """Give a new pair for the last one's second secret, to the same client, once.

    The new token is good for so many seconds, and no longer than the first one's `until`.
    """
    found = issued_of(realm, secret)
    if found is None or found[1].renewal is None or found[1].renewal.until <= now:
        return Ended()
    account, issued, renewal = found[0], found[1], found[1].renewal
    same = hmac.compare_digest(renewal.digest, digest_of(secret))
    if not same or not hmac.compare_digest(renewal.client, digest_of(client)):
        return Ended(realm.revoke_token(issued.id, account))
    family = _family(secret) if renewal.family else realm.entropy(24).hex()
    access, following = _secrets(realm, issued.id, family)
    fresh = msgspec.structs.replace(
        issued,
        digest=digest_of(access),
        expires=min(now + seconds * 1_000_000, renewal.until),
        renewal=msgspec.structs.replace(
            renewal, digest=digest_of(following), family=digest_of(family)
        ),
    )

    def replace(step: Step) -> None:
        known = realm.people.tokens(account)
        kept = tuple(fresh if one.id == fresh.id else one for one in known)
        realm.people.keep_tokens(step, account, kept)

    return Renewable(access, following, fresh, realm.administer(replace, account))


def issued_of(realm: Realm, secret: str) -> tuple[str, Issued] | None:
    """Return the account and the token that a secret for renewing belongs to, used or not.

    The id of a token, which others may be shown, is no secret: all of one token have a part of
    theirs in common.
    """
    mark, id, rest = secret[:3], secret[3 : 3 + ID_CHARACTERS], secret[3 + ID_CHARACTERS :]
    token = realm.people.token(id) if mark == MARK and rest else None
    if token is None:
        return None
    known = realm.people.tokens(token.account)
    found = next((one for one in known if one.id == id and one.renewal is not None), None)
    renewal = None if found is None else found.renewal
    if found is None or renewal is None:
        return None
    if renewal.family and not hmac.compare_digest(renewal.family, digest_of(_family(secret))):
        return None
    return token.account, found


def _secrets(realm: Realm, id: str, family: str) -> tuple[str, str]:
    return f"wl_{realm.entropy(24).hex()}", f"{MARK}{id}_{family}_{realm.entropy(24).hex()}"


def _family(secret: str) -> str:
    """Return what all secrets of one token have in them."""
    return secret[len(MARK) + ID_CHARACTERS :].removeprefix("_").partition("_")[0]
