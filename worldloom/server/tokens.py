"""`/api/auth/tokens`: tokens are made, listed and revoked, one's own or by the realm's owner."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from worldloom.kernel.agents import agent_name
from worldloom.kernel.errors import NotAllowed, NotSignedIn
from worldloom.kernel.rights import ALL, Role
from worldloom.kernel.tokens import Issued, NewToken
from worldloom.server.auth import Who, check_origin, check_self, check_whole
from worldloom.server.engine import now_us
from worldloom.server.house import House
from worldloom.server.replies import Json, read_struct

Seconds = Annotated[float, msgspec.Meta(gt=0, le=3e9)]


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """For whom a token is made, and what it allows at most; nobody named: who asks."""

    account: str | None = None
    role: Role = Role.MEMBER
    scopes: tuple[str, ...] = (ALL,)
    worlds: tuple[str, ...] = ()
    seconds: Seconds | None = None
    """How long it is good for; None: until it is revoked."""
    budget: int | None = None
    agent: bool = False
    label: str = ""

    def new(self, now: int) -> NewToken:
        """Return what the realm is asked for."""
        expires = 0 if self.seconds is None else now + round(self.seconds * 1e6)
        return NewToken(
            self.role, self.scopes, self.worlds, expires, self.budget, self.agent, self.label
        )


class TokensApi:
    """The endpoints."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._engine = house.engine

    async def make(self, request: Request) -> Response:
        """Make a token; its secret is in this answer and nowhere else."""
        who = self.asker(request)
        wish = await read_struct(request, Wish)
        account = who.account if wish.account is None else wish.account
        raises = self.check_may_make(who, account)
        self._house.pay(who.account, request)
        new = wish.new(now_us())
        if new.agent and account == who.account and who.by == "cookie":
            # Software that acts for a person is told apart from them.
            name = agent_name(new.label, self._engine.realm.entropy(8).hex())
            new = msgspec.structs.replace(new, acts_as=name)
        secret, sealed = self._engine.realm.make_token(account, new, who.account, raises)
        # Read before anything is waited for: others make tokens of the same account meanwhile.
        made = self._engine.realm.people.tokens(account)[-1]
        await self._engine.kept(sealed)
        return Json({**shown(account, made), "token": secret}, 201)

    async def listed(self, request: Request) -> Response:
        """List the tokens of the caller, or as the realm's owner those of `?account=`."""
        who = self.asker(request)
        account = request.query_params.get("account", who.account)
        if account == who.account:
            check_self(who, "a list of tokens")
        else:
            self._house.check(who, "make_token")
        tokens = self._engine.realm.people.tokens(account)
        return Json({"tokens": [shown(account, one) for one in tokens]})

    async def revoke(self, request: Request) -> Response:
        """Revoke a token; what it is used for ends at once."""
        who = self.asker(request)
        id = request.path_params["id"]
        known = self._engine.realm.people.token(id)
        own = known is not None and known.account == who.account
        if not own or who.token is not None and who.token.id != id:
            self._house.check(who, "make_token")
        await self._engine.kept(self._engine.realm.revoke_token(id, who.account))
        return Json({})

    def check_may_make(self, who: Who, account: str) -> bool:
        """Tell whether a token raises its account; raises NotAllowed where none may be made."""
        raises = account != who.account or self._house.owns_realm(who)
        if raises:
            self._house.check(who, "make_token")
            check_whole(who)
        else:
            self._check_own(who)
        return raises

    def asker(self, request: Request) -> Who:
        """Return who asks; raises NotSignedIn, NotAllowed."""
        who = self._house.doorkeeper.identify(request.headers)
        check_origin(request.headers, who)
        if not who.account:
            raise NotSignedIn("nobody is signed in", "open the page first, or send a token")
        return who

    def _check_own(self, who: Who) -> None:
        """Raise NotAllowed where someone may not make a token for themselves."""
        if who.token is not None:
            raise NotAllowed("a token makes no tokens", "sign in on the page, and make it there")
        if self._house.is_guest(who.account):
            raise NotAllowed(
                "a guest makes no tokens", "keep your account by a passkey first", code="guest_only"
            )


def shown(account: str, token: Issued) -> dict[str, Any]:
    """Return what is told of a token, which its secret is not part of."""
    told = msgspec.structs.asdict(token)
    del told["digest"], told["renewal"]
    told["expires"] = token.ends
    return {"id": token.id, "account": account, **told}
