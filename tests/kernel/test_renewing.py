"""Promised: each secret that renews a token is good once, and an old one ends it all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kernel.host import SECOND, Host
from worldloom.kernel.renewing import Ended, Renewable, make_renewable, renew
from worldloom.kernel.rights import Role
from worldloom.kernel.tokens import NewToken

HOUR = 3600
MONTH = 30 * 24 * HOUR


def made(host: Host, client: str = "scout") -> Renewable:
    now = host.now
    new = NewToken(Role.MEMBER, ("look",), (), now + HOUR * SECOND, 100, True, "Scout")
    found = make_renewable(host.realm, "ann", new, now + MONTH * SECOND, client, "ann", "a1" * 8)
    host.flush()
    return found


def again(host: Host, secret: str, client: str = "scout") -> Renewable | Ended:
    found = renew(host.realm, secret, client, HOUR, host.now)
    host.flush()
    return found


@given(st.lists(st.integers(0, 5), max_size=7))
def test_only_the_newest_secret_renews_and_any_older_one_ends_it_all(picks: list[int]) -> None:
    host = Host()
    secrets, access = [made(host).renewal], ""
    alive = True
    for pick in picks:
        chosen = secrets[-1 - min(pick, len(secrets) - 1)]
        found = again(host, chosen)
        newest = chosen == secrets[-1]
        assert isinstance(found, Renewable) == (alive and newest)
        alive = alive and newest
        if isinstance(found, Renewable):
            secrets.append(found.renewal)
            access = found.access
    assert bool(host.realm.people.tokens("ann")) == alive
    if access:
        assert (host.realm.token_of(access) is not None) == alive


def test_a_renewed_token_keeps_its_id_its_limits_and_what_it_spent(host: Host) -> None:
    first = made(host)
    host.realm.administer(lambda step: host.realm.people.spend(step, first.issued.token("ann"), 60))
    found = again(host, first.renewal)
    assert isinstance(found, Renewable)
    token = host.realm.token_of(found.access)
    assert token is not None and host.realm.token_of(first.access) is None
    assert (token.id, token.spent, token.budget) == (first.issued.id, 60, 100)
    [listed] = host.realm.people.tokens("ann")
    assert (listed.label, listed.scopes, listed.ends) == ("Scout", ("look",), first.issued.ends)


def test_it_outlives_its_hour_and_a_restart_but_not_its_month(host: Host) -> None:
    first = made(host)
    host.now += 2 * HOUR * SECOND
    made(host, "another")  # which sweeps out what has ended
    host = host.restart()
    found = again(host, first.renewal)
    assert isinstance(found, Renewable)
    host.now += MONTH * SECOND
    assert isinstance(again(host, found.renewal), Ended)


@pytest.mark.parametrize("secret", ["", "wr_", "wr_" + "0" * 16, "wl_" + "0" * 48, "\ud800" * 40])
def test_what_was_never_given_ends_nothing(host: Host, secret: str) -> None:
    first = made(host)
    assert again(host, secret) == Ended()
    assert host.realm.token_of(first.access) is not None
