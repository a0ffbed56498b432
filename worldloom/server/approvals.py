"""`/api/auth/approvals`: what agents ask people for, and people's yes or no."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from worldloom.kernel.approvals import Hold, Holds, State, decided_already, nothing_waits
from worldloom.kernel.errors import Conflict, NotAllowed, NotSignedIn, Refused
from worldloom.kernel.realm import Realm
from worldloom.kernel.rights import Role
from worldloom.server.auth import LOCAL, Who, check_origin
from worldloom.server.engine import now_us
from worldloom.server.house import House
from worldloom.server.replies import Json, read_struct


class Word(msgspec.Struct, forbid_unknown_fields=True):
    """A person's yes or no."""

    approve: bool


class ApprovalsApi:
    """The endpoints."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._engine = house.engine
        self._deciding: set[str] = set()
        """What a yes is being carried out for just now."""

    async def listed(self, request: Request) -> Response:
        """List what waits for the caller, and what was decided lately."""
        who = self._person(request)
        found = [
            self._told(account, hold)
            for account, hold in everyones(self._engine.realm)
            if decides(self._engine.realm, who, account, hold.world)
        ]
        return Json({"approvals": found})

    async def show(self, request: Request) -> Response:
        """Tell how it stands with one deed: who decides it, and the program that asked for it."""
        who = self._house.doorkeeper.identify(request.headers)
        realm, id = self._engine.realm, request.path_params["id"]
        account, hold = hold_of(realm, who, id)
        told = self._told(account, hold)
        if hold.state == "done":
            told["result"] = realm.came_of(account, hold)
        return Json(told)

    async def decide(self, request: Request) -> Response:
        """Take a person's word: yes decides the deed anew, and does it if it is allowed by now."""
        who = self._person(request)
        id = request.path_params["id"]
        account, hold = self._engine.realm.people.hold(id)
        if not decides(self._engine.realm, who, account, hold.world):
            raise nothing_waits()
        word = await read_struct(request, Word)
        self._house.pay(who.account, request)
        if not hold.open(now_us()):
            raise decided_already(hold)
        if id in self._deciding:
            raise Conflict(
                "somebody decides this just now", "ask GET /api/auth/approvals what came of it",
                code="decided_already",
            )  # fmt: skip
        self._deciding.add(id)
        try:
            deciding = self._do(id, who) if word.approve else self._settle(id, "denied", who)
            settled = await deciding
        finally:
            self._deciding.discard(id)
        return Json(self._told(account, settled))

    def _told(self, account: str, hold: Hold) -> dict[str, Any]:
        called = self._house.called_by(account, hold.token)
        return {**shown(self._engine.realm, account, hold), "name": called}

    async def _do(self, id: str, who: Who) -> Hold:
        """Do what was approved, once; what is refused by now is kept as failed."""
        realm = self._engine.realm
        command = realm.approved(id)
        self._house.worlds.find(command.world)
        try:
            decision = await self._engine.do(command)
        except Refused as error:
            return await self._settle(id, "failed", who, code=error.code)
        return await self._settle(id, "done", who, decision.seq)

    async def _settle(self, id: str, state: State, who: Who, seq: int = 0, code: str = "") -> Hold:
        """Keep how it was decided, and return that once it is durable."""
        realm = self._engine.realm
        sealed = realm.settle(id, state, who.account, seq, code)
        _, settled = realm.people.hold(id)
        await self._engine.kept(sealed)
        return settled

    def _person(self, request: Request) -> Who:
        """Return who asks, who must be a person: a program approves nothing."""
        who = self._house.doorkeeper.identify(request.headers)
        check_origin(request.headers, who)
        if not who.account:
            raise NotSignedIn("nobody is signed in", "open the page first")
        if who.token is not None:
            # The command line of the realm's own machine has none.
            raise NotAllowed(
                "a token approves nothing: a person must", "sign in on the page",
                code="person_needed",
            )  # fmt: skip
        return who


def decides(realm: Realm, who: Who, account: str, world: str) -> bool:
    """Tell whether someone decides for an agent: whose account it acts for, and owners."""
    if who.account in (account, LOCAL):
        return True
    return realm.standing(who.account, world, who.came_by).role is Role.OWNER


def hold_of(realm: Realm, who: Who, id: str) -> tuple[str, Hold]:
    """Return whose deed of an id it is, and that deed; raises NotFound to who has no part in it."""
    account, hold = realm.people.hold(id)
    own = who.token is not None and (account, hold.token) == (who.account, who.token.id)
    if not own and (who.token is not None or not decides(realm, who, account, hold.world)):
        raise nothing_waits()
    return account, hold


def everyones(realm: Realm) -> list[tuple[str, Hold]]:
    """Return all that any agent asked for and that is still known, the oldest first."""
    people = realm.people
    found = [(one, hold) for one in people.having(Holds) for hold in people.holds(one)]
    return sorted(found, key=lambda one: one[1].asked)


def shown(realm: Realm, account: str, hold: Hold) -> dict[str, Any]:
    """Return what a person is told of a deed that waits, or waited.

    `does` and `does_args` are what it comes to, `cost` what that spends, and `left` what its
    token may still spend: null where that has no bound, or is no more.
    """
    told = {"account": account, **msgspec.structs.asdict(hold), "args": hold.arguments}
    del told["digest"]
    told["does"] = hold.does or hold.action
    told["does_args"] = hold.arguments if hold.meant is None else hold.meant.args
    tokens = (one for one in realm.people.tokens(account) if one.id == hold.token)
    left = [max(0, one.budget - one.spent) for one in tokens if one.budget is not None]
    told["left"] = left[0] if left else None
    told["state"] = hold.state_at(now_us())
    return told
