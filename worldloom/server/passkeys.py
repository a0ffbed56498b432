"""`/api/auth/passkeys`: a guest keeps their account by a passkey, and comes back to it by one.

What the authenticator signs is checked by the library `webauthn`. A challenge is good once, for a
few minutes, and lives in memory: after a restart of the server one asks for another.
"""

from __future__ import annotations

import base64
import json
import logging
import secrets
from hashlib import sha256
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from worldloom.kernel.accounts import About, OwnName, Passkey
from worldloom.kernel.errors import Conflict, NotSignedIn
from worldloom.kernel.limits import LIMITS
from worldloom.server.auth import Who, WrongSecret, check_origin
from worldloom.server.engine import now_us
from worldloom.server.house import House
from worldloom.server.names import host_of
from worldloom.server.replies import Json, is_secure, read_struct
from worldloom.server.slowing import is_own_machine

log = logging.getLogger(__name__)

CHALLENGE_SECONDS = 300
AGAIN = "again "
"""Before the account of a challenge for who is signed in already."""
Label = Annotated[str, msgspec.Meta(max_length=LIMITS.name_characters_max)]


class BadPasskey(WrongSecret):
    """What the authenticator sent is not what was asked for."""

    code = "bad_passkey"


class Made(msgspec.Struct, forbid_unknown_fields=True):
    """A passkey that was made, and how its person wants to be called if that is not known yet."""

    credential: dict[str, Any]
    label: Label = ""
    name: OwnName = ""


class Shown(msgspec.Struct, forbid_unknown_fields=True):
    """A passkey's answer to a challenge."""

    credential: dict[str, Any]


class Challenges:
    """Challenges that wait for their answer, each good once."""

    def __init__(self) -> None:
        self._waiting: dict[bytes, tuple[str, int]] = {}
        """Challenge → account that a passkey is made for (empty: someone comes back), and when."""

    def new(self, account: str) -> bytes:
        """Return a challenge; the oldest ones go when there are too many."""
        while len(self._waiting) >= LIMITS.sockets_max:
            del self._waiting[next(iter(self._waiting))]
        challenge = secrets.token_bytes(32)
        self._waiting[challenge] = account, now_us()
        return challenge

    def take(self, credential: dict[str, Any], account: str) -> bytes:
        """Return the challenge that an answer names, once; raises BadPasskey."""
        try:
            text = credential["response"]["clientDataJSON"]
            told = json.loads(_unpadded(text))["challenge"]
            challenge = _unpadded(told)
        except (KeyError, TypeError, ValueError, RecursionError):
            raise BadPasskey("the passkey's answer has no challenge", "try again") from None
        wanted, since = self._waiting.pop(challenge, ("", 0))
        if not since or wanted != account or now_us() - since > CHALLENGE_SECONDS * 1_000_000:
            raise BadPasskey("the passkey answered too late, or to somebody else", "try again")
        return challenge


class PasskeysApi:
    """The endpoints."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._engine = house.engine
        self._challenges = Challenges()

    async def begin(self, request: Request) -> Response:
        """Return what `navigator.credentials.create` needs to make a passkey for the caller."""
        import webauthn
        from webauthn.helpers import structs

        who = self._freshly(request, "adding a passkey")
        site = site_of(request)
        people = self._engine.realm.people
        options = webauthn.generate_registration_options(
            rp_id=site,
            rp_name="Worldloom",
            # It says nothing of the person, and is the same for each passkey of an account.
            user_id=people_digest(who.account),
            user_name=self._house.name_of(who.account),
            challenge=self._challenges.new(who.account),
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.REQUIRED,
                user_verification=structs.UserVerificationRequirement.PREFERRED,
            ),
            exclude_credentials=[
                structs.PublicKeyCredentialDescriptor(id=key.id)
                for key in people.passkeys(who.account)
            ],
        )
        response = Json(json.loads(webauthn.options_to_json(options)))
        self._house.doorkeeper.remember(response, who.account, is_secure(request))
        return response

    async def add(self, request: Request) -> Response:
        """Keep the passkey that was made: from now on the account can be opened by it."""
        who = self._freshly(request, "adding a passkey")
        made = await read_struct(request, Made)
        challenge = self._challenges.take(made.credential, who.account)
        found = _check(
            "verify_registration_response",
            credential=made.credential,
            expected_challenge=challenge,
            expected_rp_id=site_of(request),
            expected_origin=request.headers.get("origin", ""),
        )
        realm, now = self._engine.realm, now_us()
        address = request.client.host if request.client else ""
        if self._house.is_guest(who.account) and not is_own_machine(address):
            self._house.arrivals.check(address, "wait a little and keep your account then")
        key = Passkey(
            found.credential_id, found.credential_public_key, found.sign_count, made.label, now,
            found.user_verified,
        )  # fmt: skip
        about = realm.people.about(who.account)
        wanted = About(about.name or made.name, about.language)

        def keep(step: Any) -> None:
            realm.people.add_passkey(step, who.account, key)
            if wanted != about:
                realm.people.set_about(step, who.account, wanted)

        await self._engine.kept(realm.administer(keep, who.account))
        response = Json({"account": who.account, "passkey": shown(key)}, 201)
        self._house.doorkeeper.freshen(response, who.account, is_secure(request))
        return response

    async def challenge(self, request: Request) -> Response:
        """Return what `navigator.credentials.get` needs to bring someone back."""
        import webauthn

        check_origin(request.headers, Who("", ""))
        options = webauthn.generate_authentication_options(
            rp_id=site_of(request), challenge=self._challenges.new("")
        )
        return Json(json.loads(webauthn.options_to_json(options)))

    async def sign_in(self, request: Request) -> Response:
        """Give the cookie of the account whose passkey answered."""
        check_origin(request.headers, Who("", ""))
        given = (await read_struct(request, Shown)).credential
        challenge = self._challenges.take(given, "")
        account, key = self._known(given)
        verified = await self._answered(request, account, key, given, challenge, False)
        response = Json({"account": account, "name": self._house.name_of(account)})
        self._house.doorkeeper.remember(response, account, is_secure(request))
        if verified or not key.verifies:
            self._house.doorkeeper.freshen(response, account, is_secure(request))
        return response

    async def begin_again(self, request: Request) -> Response:
        """Return what `navigator.credentials.get` needs where the caller shows again who they are.

        What told its person's finger, face or code when it was made tells it here.
        """
        import webauthn
        from webauthn.helpers import structs

        who = self._person(request)
        keys = self._engine.realm.people.passkeys(who.account)
        all_verify = bool(keys) and all(key.verifies for key in keys)
        wanted = structs.UserVerificationRequirement
        options = webauthn.generate_authentication_options(
            rp_id=site_of(request),
            challenge=self._challenges.new(AGAIN + who.account),
            allow_credentials=[structs.PublicKeyCredentialDescriptor(id=key.id) for key in keys],
            user_verification=wanted.REQUIRED if all_verify else wanted.PREFERRED,
        )
        return Json(json.loads(webauthn.options_to_json(options)))

    async def again(self, request: Request) -> Response:
        """Let the caller do for a few minutes what takes more than a cookie."""
        who = self._person(request)
        given = (await read_struct(request, Shown)).credential
        challenge = self._challenges.take(given, AGAIN + who.account)
        account, key = self._known(given)
        if account != who.account:
            raise BadPasskey("this is the passkey of another account", "choose another one")
        await self._answered(request, account, key, given, challenge, key.verifies)
        response = Json({})
        self._house.doorkeeper.freshen(response, account, is_secure(request))
        return response

    async def _answered(
        self, request: Request, account: str, key: Passkey, given: Any, challenge: bytes,
        verifies: bool,
    ) -> bool:  # fmt: skip
        """Check a passkey's answer and keep that it was given; tell whether it verified its person.

        `verifies`: whether it has to. Raises BadPasskey.
        """
        found = _check(
            "verify_authentication_response",
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=site_of(request),
            expected_origin=request.headers.get("origin", ""),
            credential_public_key=key.public_key,
            credential_current_sign_count=key.count,
            require_user_verification=verifies,
        )
        realm = self._engine.realm
        sealed = realm.administer(
            lambda step: realm.people.use_passkey(step, account, key.id, found.new_sign_count),
            account,
        )
        await self._engine.kept(sealed)
        return bool(found.user_verified)

    async def drop(self, request: Request) -> Response:
        """Let a passkey of the caller's open their account no more."""
        who, realm = self._freshly(request, "removing a passkey"), self._engine.realm
        digest = request.path_params["id"]
        sealed = realm.administer(
            lambda step: realm.people.drop_passkey(step, who.account, digest), who.account
        )
        await self._engine.kept(sealed)
        return Json({})

    def _known(self, given: dict[str, Any]) -> tuple[str, Passkey]:
        """Return the account and the passkey that an answer names; raises BadPasskey."""
        id = given.get("rawId") or given.get("id")
        try:
            digest = Passkey(_unpadded(id), b"").digest
        except (TypeError, ValueError):
            digest = ""
        people = self._engine.realm.people
        account = people.owner_of(digest)
        keys = people.passkeys(account) if account else ()
        for key in keys:
            if key.digest == digest:
                return str(account), key
        raise BadPasskey(
            "no account here has this passkey",
            "choose another one, or come in as a guest and keep that account",
            code="unknown_passkey",
        )

    def _freshly(self, request: Request, doing: str) -> Who:
        """Return the person of a cookie who showed a passkey lately, if they have any."""
        who = self._person(request)
        self._house.doorkeeper.check_fresh(request.headers, who, doing)
        return who

    def _person(self, request: Request) -> Who:
        """Return the person of a cookie; a token opens no account."""
        who = self._house.doorkeeper.identify(request.headers)
        check_origin(request.headers, who)
        if who.by != "cookie":
            raise NotSignedIn("only a person at the page does this", "open the page first")
        return who


def shown(key: Passkey) -> dict[str, Any]:
    """Return what is told of a passkey."""
    return {"id": key.digest, "label": key.label, "made": key.made}


def site_of(request: Request) -> str:
    """Return the name that passkeys are bound to; raises Conflict where there can be none."""
    name = host_of(request.headers.get("host", ""))
    secure = is_secure(request) or urlsplit(request.headers.get("origin", "")).scheme == "https"
    local = name == "localhost" or name.endswith(".localhost")
    if not name or name.replace(".", "").isdigit() or ":" in name or not (secure or local):
        raise Conflict(
            "browsers make passkeys for names only, over HTTPS or at localhost",
            "open the page as http://localhost:…, or under its https:// name",
            code="no_passkeys_here",
        )
    return name


def people_digest(account: str) -> bytes:
    """Return the bytes by which authenticators tell accounts apart."""
    return sha256(b"worldloom account\0" + account.encode()).digest()


def _check(function: str, **given: Any) -> Any:
    """Call one of the library's checks; whatever it dislikes is a BadPasskey."""
    import webauthn

    try:
        return getattr(webauthn, function)(**given)
    except Exception as error:  # hostile bytes: the library and its parsers raise many kinds
        log.warning("%s refused a passkey: %s", function, type(error).__name__)
        raise BadPasskey("the passkey's answer does not hold", "try again") from None


def _unpadded(text: object) -> bytes:
    """Return the bytes of base64url without padding; raises ValueError."""
    if not isinstance(text, str) or len(text) > LIMITS.argument_bytes_max or not text.isascii():
        raise ValueError("no base64url")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
