"""Invitations: links that give who opens them a role in a world, so often or until a moment."""

from __future__ import annotations

import secrets
from typing import Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from worldloom.kernel.errors import NotSignedIn
from worldloom.kernel.live import LiveWorld
from worldloom.kernel.rights import check, deed_of
from worldloom.kernel.rules import Invitation, RoleName
from worldloom.kernel.tokens import digest_of
from worldloom.server.auth import Who, WrongSecret, check_origin
from worldloom.server.engine import now_us
from worldloom.server.house import House
from worldloom.server.replies import Json, is_secure, read_struct

Seconds = Annotated[float, msgspec.Meta(gt=0, le=3e9)]
Uses = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """What an invitation gives, how often (0: as it may) and for how long (None: for ever)."""

    role: RoleName = "visitor"
    uses: Uses = 0
    seconds: Seconds | None = None


class Opened(msgspec.Struct, forbid_unknown_fields=True):
    """The secret of a link."""

    invitation: str


class InvitationsApi:
    """The endpoints."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._engine = house.engine

    async def make(self, request: Request) -> Response:
        """Make a link; its secret is in this answer and nowhere else."""
        live, who = self._owner(request)
        wish = await read_struct(request, Wish)
        secret, now = secrets.token_urlsafe(24), now_us()
        expires = 0 if wish.seconds is None else now + round(wish.seconds * 1e6)
        link = Invitation(digest_of(secret), wish.role, who.account, wish.uses, 0, expires, now)
        realm = self._engine.realm
        await self._engine.kept(
            realm.administer(lambda step: realm.people.invite(step, live.name, link), who.account)
        )
        url = f"/w/{live.name}#invite={secret}"
        return Json({**shown(link), "url": url}, 201)

    async def listed(self, request: Request) -> Response:
        """List the links of a world, without their secrets."""
        live, _ = self._owner(request)
        links = self._engine.realm.people.invitations(live.name)
        return Json({"invitations": [shown(link) for link in links]})

    async def take_back(self, request: Request) -> Response:
        """Let a link be good for nothing from now on."""
        live, who = self._owner(request)
        id, realm = request.path_params["id"], self._engine.realm
        await self._engine.kept(
            realm.administer(lambda step: realm.people.uninvite(step, live.name, id), who.account)
        )
        return Json({})

    async def accept(self, request: Request) -> Response:
        """Give the caller the role of a link, once for each account."""
        who = self._house.doorkeeper.identify(request.headers)
        check_origin(request.headers, who)
        if who.by == "token":
            raise NotSignedIn("a link is for a person at the page", "open it in a browser")
        account = who.account or self._house.doorkeeper.new_guest()
        self._house.pay(account, request)
        secret = (await read_struct(request, Opened)).invitation
        realm, digest = self._engine.realm, digest_of(secret)
        world = realm.people.invited_to(digest, now_us())
        if world is None:
            raise WrongSecret(
                "this invitation is not valid, or not any more", "ask for a new link",
                code="invitation_void",
            )  # fmt: skip
        realm.people.check_ban(account, world, now_us())
        if not realm.people.granted(account, world):
            address = request.client.host if request.client else ""
            self._house.arrivals.check(address, "wait a little and open the link again")
        await self._engine.kept(
            realm.administer(lambda step: realm.people.accept(step, digest, account), account)
        )
        response = Json({"world": world})
        self._house.doorkeeper.remember(response, account, is_secure(request))
        return response

    def _owner(self, request: Request) -> tuple[LiveWorld, Who]:
        """Return the world, and who may invite to it; raises."""
        who = self._house.doorkeeper.identify(request.headers)
        check_origin(request.headers, who)
        live = self._house.worlds.find(request.path_params["world"])
        now = now_us()
        check(self._house.standing_in(who, live), deed_of("invite", live.name), now)
        self._engine.realm.people.check_ban(who.account, live.name, now)
        self._house.pay(who.account, request)
        return live, who


def shown(link: Invitation) -> dict[str, Any]:
    """Return what is told of an invitation, which its secret is not part of."""
    told = msgspec.structs.asdict(link)
    del told["digest"]
    return {"id": link.id, **told, "uses": link.most}
