"""`POST /api/auth/forget`: a person forgets themselves here, or the realm's owner forgets one."""

from __future__ import annotations

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from worldloom.kernel.book import STREAM
from worldloom.kernel.errors import NotFound
from worldloom.kernel.forgetting import Forgotten
from worldloom.server.auth import check_origin, check_self
from worldloom.server.figures import drop_unnamed, figures_of, worn_now
from worldloom.server.house import House
from worldloom.server.replies import Json, is_secure, read_struct


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """Whom to forget; nobody named: who asks."""

    account: str | None = None


class Forgetting:
    """The endpoint."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def forget(self, request: Request) -> Response:
        """Destroy a person's key; who forgot themselves is a new guest from here on."""
        doorkeeper, engine = self._house.doorkeeper, self._house.engine
        who = doorkeeper.identify(request.headers)
        check_origin(request.headers, who)
        wish = await read_struct(request, Wish)
        account = who.account if wish.account is None else wish.account
        if account == who.account or not who.account:
            check_self(who, "being forgotten")
            doorkeeper.check_fresh(request.headers, who, "deleting your account")
        else:
            self._house.check(who, "forget")
            if not engine.realm.known(account):
                raise unknown_person(account)
        self._house.pay(who.account, request)
        # What they wear just now may be on its way.
        await engine.durable(STREAM)
        figures = await asyncio.to_thread(figures_of, engine.store, account)
        done = engine.realm.forget(account, who.account)
        await engine.kept(done.group)
        figures -= worn_now(engine.realm.people)
        await asyncio.to_thread(drop_unnamed, engine.store, figures)
        response = Json(told(done))
        if account == who.account and who.by == "cookie":
            doorkeeper.remember(response, doorkeeper.new_guest(), is_secure(request))
        return response


def told(done: Forgotten) -> dict[str, object]:
    """Return what came of a forgetting, as every door tells it."""
    return {"account": done.person, "worlds": done.worlds, "plain": done.plain}


def unknown_person(account: str) -> NotFound:
    """Make the error for an account of which nothing is kept here."""
    return NotFound(
        f"nothing is kept here of {account[:100]}",
        "`loom log WORLD` names accounts as actors",
        code="unknown_account",
    )
