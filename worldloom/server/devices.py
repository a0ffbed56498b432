"""`/api/auth/devices`: machines with an Ed25519 key of their own ask for tokens that soon end.

The private key never leaves the machine. What it signs names the device, the server as it was
asked, the time and a nonce, so that a request serves once, here, and soon.
"""

from __future__ import annotations

import binascii
from typing import Annotated, Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from starlette.requests import Request
from starlette.responses import Response

from worldloom.kernel.accounts import Device
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import Sealed
from worldloom.kernel.people import LOCAL, check_holder
from worldloom.kernel.realm import Realm
from worldloom.kernel.rights import LOOK, Role
from worldloom.kernel.step import Step
from worldloom.kernel.tokens import NewToken
from worldloom.server.auth import WrongSecret, check_self
from worldloom.server.engine import now_us
from worldloom.server.house import House
from worldloom.server.replies import Json, read_struct
from worldloom.server.tokens import TokensApi

SKEW_SECONDS = 60
TOKEN_SECONDS = 3600
Hex = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
Nonce = Annotated[str, msgspec.Meta(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]*$(?!\n)")]


class BadDevice(WrongSecret):
    """What a machine signed does not prove that it is a device of this realm."""

    code = "bad_device"


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """A machine's public key (Ed25519, hex), whose it is, and what its tokens allow at most."""

    public_key: Hex
    account: str | None = None
    role: Role = Role.MEMBER
    scopes: tuple[str, ...] = (LOOK, "act")
    worlds: tuple[str, ...] = ()
    label: str = ""
    budget: int = 0
    """What it may spend in all; nothing, unless somebody says how much."""


class NewBudget(msgspec.Struct, forbid_unknown_fields=True):
    """What a machine may spend in all, from now on."""

    budget: Annotated[int, msgspec.Meta(ge=0, lt=2**53)]


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """A machine's request: seconds since 1970, a nonce, and the signature of both (hex)."""

    device: str
    time: int
    nonce: Nonce
    signature: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{128}$(?!\n)")]


class DevicesApi:
    """The endpoints."""

    def __init__(self, house: House, tokens: TokensApi) -> None:
        self._house = house
        self._engine = house.engine
        self._tokens = tokens
        self._nonces: dict[tuple[str, str], int] = {}
        """(device, nonce) that were used → when, as long as they could be used again."""

    async def add(self, request: Request) -> Response:
        """Let a machine ask for tokens of an account, one's own or as the realm's owner."""
        who = self._tokens.asker(request)
        wish = await read_struct(request, Wish)
        account = who.account if wish.account is None else wish.account
        check_holder(account)
        raises = self._tokens.check_may_make(who, account)
        device, sealed = register(self._engine.realm, account, wish, raises, who.account)
        await self._engine.kept(sealed)
        return Json(shown(account, device), 201)

    async def listed(self, request: Request) -> Response:
        """List the devices of the caller, or as the realm's owner those of `?account=`."""
        who = self._tokens.asker(request)
        account = request.query_params.get("account", who.account)
        if account == who.account:
            check_self(who, "a list of machines")
        else:
            self._house.check(who, "make_token")
        found = self._engine.realm.people.devices(account)
        return Json({"devices": [shown(account, device) for device in found]})

    async def drop(self, request: Request) -> Response:
        """Let a machine in no more; what it came in by ends at once."""
        who, realm = self._tokens.asker(request), self._engine.realm
        id = request.path_params["id"]
        account = realm.people.account_of_device(id)
        if account != who.account or who.token is not None:
            self._house.check(who, "make_token")
        sealed = realm.administer(lambda step: realm.people.drop_device(step, id), who.account)
        await self._engine.kept(sealed)
        return Json({})

    async def set_budget(self, request: Request) -> Response:
        """Let a machine spend so much in all; what it spent counts on."""
        who, realm = self._tokens.asker(request), self._engine.realm
        id = request.path_params["id"]
        account = realm.people.account_of_device(id)
        # Who may register a machine may say what it spends; a token of one's own may neither.
        self._tokens.check_may_make(who, "" if account is None else account)
        wish = await read_struct(request, NewBudget)
        sealed = realm.administer(
            lambda step: realm.people.set_device_budget(step, id, wish.budget), who.account
        )
        await self._engine.kept(sealed)
        device = realm.people.device(id)
        assert account is not None and device is not None, "it was there a moment ago"
        return Json(shown(account, device))

    async def token(self, request: Request) -> Response:
        """Give a machine a token for an hour, which ends the one that it had before."""
        asked = await read_struct(request, Asked)
        people, realm = self._engine.realm.people, self._engine.realm
        account = people.account_of_device(asked.device)
        device = people.device(asked.device)
        if account is None or device is None:
            raise BadDevice("no device here has this key", "register its public key first")
        said = words(asked.device, request.headers.get("host", ""), asked.time, asked.nonce)
        self._check(device.public_key, said, asked)
        self._house.pay(account, request)
        expires = now_us() + TOKEN_SECONDS * 1_000_000
        new = NewToken(
            Role(device.role), device.scopes, device.worlds, expires, device.budget, True,
            device=device.id, spent=device.spent,
        )  # fmt: skip
        secret, sealed = realm.make_token(account, new, account, False, replaces=True)
        await self._engine.kept(sealed)
        return Json({"token": secret, "expires": expires}, 201)

    def _check(self, public_key: str, said: bytes, asked: Asked) -> None:
        """Raise BadDevice unless the machine's key signed this, just now and for the first time."""
        now = now_us()
        if abs(now - asked.time * 1_000_000) > SKEW_SECONDS * 1_000_000:
            raise BadDevice("the request is too old or from the future", "set the machine's clock")
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
            key.verify(bytes.fromhex(asked.signature), said)
        except (InvalidSignature, ValueError, binascii.Error):
            raise BadDevice("the signature does not hold", "sign as the docs say") from None
        old = now - 2 * SKEW_SECONDS * 1_000_000
        self._nonces = {seen: at for seen, at in self._nonces.items() if at > old}
        if (asked.device, asked.nonce) in self._nonces or len(self._nonces) > LIMITS.sockets_max:
            raise BadDevice("this request was used before", "sign a new one with a new nonce")
        self._nonces[asked.device, asked.nonce] = now


def register(
    realm: Realm, account: str, wish: Wish, raises: bool, by: str = LOCAL
) -> tuple[Device, Sealed | None]:
    """Let a machine ask for tokens of an account, which is made when absent.

    With `raises` the account gets the machine's role. Raises Invalid, Conflict, OverLimit.
    """
    check_holder(account)
    now = realm.now()
    new = NewToken(wish.role, wish.scopes, wish.worlds, 0, wish.budget, True, wish.label)
    new.check(now)
    device = Device(
        wish.public_key, str(wish.role), wish.scopes, wish.worlds, wish.label, now, wish.budget
    )

    def keep(step: Step) -> None:
        if raises:
            realm.people.raise_for(step, account, new)
        realm.people.add_device(step, account, device)

    return device, realm.administer(keep, by)


def words(device: str, host: str, time: int, nonce: str) -> bytes:
    """Return what a machine signs."""
    return f"worldloom device token\n{device}\n{host}\n{time}\n{nonce}\n".encode()


def shown(account: str, device: Device) -> dict[str, Any]:
    """Return what is told of a device."""
    return {"id": device.id, "account": account, **msgspec.structs.asdict(device)}
