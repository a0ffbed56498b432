"""`/api/auth/me`, `profile` and `sign-out`: who one is here, and how one wants to be seen."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from worldloom.kernel.accounts import About, Language, OwnName
from worldloom.kernel.avatar import Avatar, AvatarCode, VrmName, check_vrm
from worldloom.kernel.errors import NotAllowed, NotSignedIn
from worldloom.kernel.step import Step
from worldloom.presence.wardrobe import avatar_of
from worldloom.server.auth import Who, check_origin, check_self
from worldloom.server.house import House
from worldloom.server.passkeys import shown
from worldloom.server.replies import Json, is_secure, read_struct


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """How the caller wants to be seen; what is left out stays as it is."""

    name: OwnName | None = None
    language: Language | None = None
    avatar: AvatarCode | None = None
    vrm: VrmName = ""


class SignOut(msgspec.Struct, forbid_unknown_fields=True):
    """Whether to leave in this browser, or everywhere."""

    everywhere: bool = False


class PersonsApi:
    """The endpoints."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def me(self, request: Request) -> Response:
        """Tell who the caller is, and make a guest of nobody."""
        who = self._house.doorkeeper.identify(request.headers)
        organisation = self._house.organisation
        doors = {} if organisation is None else {"organisation": organisation.name}
        if who.account:
            return Json({**self.describe(who), **doors})
        who = Who(self._house.doorkeeper.new_guest(), "cookie")
        response = Json({**self.describe(who), **doors})
        self._house.doorkeeper.remember(response, who.account, is_secure(request))
        return response

    def describe(self, who: Who) -> dict[str, object]:
        """Return what the caller is told of themselves."""
        people, account = self._house.engine.realm.people, who.account
        role = self._house.realm_standing(who).role
        told: dict[str, object] = {
            "account": account,
            "name": self._house.name_of(account),
            "role": None if role is None else str(role),
            "guest": self._house.is_guest(account) and role is None,
            "kept": people.stays(account),
            "avatar": (people.worn(account) or Avatar()).code or avatar_of(account),
        }
        if who.by == "cookie":
            # How to come in here is for the person alone, and not for a program of theirs.
            told["profile"] = self._profile(account)
            told["passkeys"] = [shown(key) for key in people.passkeys(account)]
        return told

    async def profile(self, request: Request) -> Response:
        """Keep how the caller wants to be seen."""
        who = self._house.doorkeeper.identify(request.headers)
        check_origin(request.headers, who)
        check_self(who, "a profile")
        wish = await read_struct(request, Wish)
        if self._house.is_guest(who.account):
            raise NotAllowed(
                "a guest's name is kept in their browser", "keep the account by a passkey first",
                code="guest_only",
            )  # fmt: skip
        self._house.pay(who.account, request)
        realm, engine = self._house.engine.realm, self._house.engine
        check_vrm(engine.store, wish.vrm)
        known = realm.people.about(who.account)
        about = About(
            known.name if wish.name is None else wish.name,
            known.language if wish.language is None else wish.language,
        )

        def keep(step: Step) -> None:
            if about != known:
                realm.people.set_about(step, who.account, about)
            if wish.avatar is not None or wish.vrm:
                realm.people.wear(step, who.account, Avatar(wish.avatar or "", wish.vrm))

        await engine.kept(realm.administer(keep, who.account))
        return Json(self._profile(who.account))

    def _profile(self, account: str) -> dict[str, object]:
        people = self._house.engine.realm.people
        about, avatar = people.about(account), people.worn(account) or Avatar()
        return {
            "name": about.name, "language": about.language, "avatar": avatar.code,
            "vrm": avatar.vrm,
        }  # fmt: skip

    async def sign_out(self, request: Request) -> Response:
        """Forget the cookie; everywhere: those of all other browsers too."""
        try:
            who = self._house.doorkeeper.identify(request.headers)
        except NotSignedIn:
            who = None
        wish = await read_struct(request, SignOut)
        if who is not None:
            check_origin(request.headers, who)
        if who is not None and wish.everywhere and who.by == "cookie":
            self._house.pay(who.account, request)
            realm = self._house.engine.realm
            sealed = realm.administer(
                lambda step: realm.people.void_cookies(step, who.account), who.account
            )
            await self._house.engine.kept(sealed)
        response = Json({})
        self._house.doorkeeper.forget(response, is_secure(request))
        return response
