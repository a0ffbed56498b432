"""What makes an account of a guest: ways to sign in, a profile, and the moment it last left all.

An account keeps its id for ever, so nothing of a guest is lost when they stay. What is a person's
own is sealed under their key; secrets stand here as hashes and public keys alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from worldloom.kernel.book import Book
from worldloom.kernel.errors import Conflict, NotFound, OverLimit
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.personal import Opener, Personal
from worldloom.kernel.rights import ALL
from worldloom.kernel.schema import Component, Event
from worldloom.kernel.state import State
from worldloom.kernel.tokens import NO_LABELS, Labels, apart, digest_of, with_labels

if TYPE_CHECKING:
    from worldloom.kernel.step import Step

Language = Annotated[str, Meta(pattern=r"^$(?!\n)|^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$(?!\n)")]
OwnName = Annotated[str, Meta(max_length=LIMITS.name_characters_max)]


class About(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How somebody wants to be called and spoken to; empty: not said."""

    name: OwnName = ""
    language: Language = ""
    """A BCP 47 tag, such as `pt-BR`."""


NOBODY_SAID: Final = About()


class Profile(Component, private=True):
    """How an account wants to be called."""

    about: Personal[About] = Personal(NOBODY_SAID)


class Passkey(Struct, frozen=True, omit_defaults=True):
    """One passkey of an account."""

    id: bytes
    """As its authenticator names it."""
    public_key: bytes
    """COSE."""
    count: int = 0
    """How often it signed, as it said last; 0: it does not count."""
    label: str = ""
    made: int = 0
    """When, in UTC microseconds."""
    verifies: bool = False
    """Whether its authenticator told finger, face or code of its person when it was made."""

    @property
    def digest(self) -> str:
        """The hash under which it is found."""
        return digest_of(self.id.hex())


class Passkeys(Component, private=True):
    """The passkeys of an account, and the hashes under which they are found."""

    digests: tuple[str, ...] = ()
    keys: Personal[tuple[Passkey, ...]] = Personal(())


class Identities(Component, private=True):
    """Who an account is at organisations: hashes of issuer and subject."""

    digests: Personal[tuple[str, ...]] = Personal(())


class Device(Struct, frozen=True, omit_defaults=True):
    """A machine of an account: its public key (Ed25519, hex), and what its tokens allow."""

    public_key: str
    role: str
    scopes: tuple[str, ...] = (ALL,)
    worlds: tuple[str, ...] = ()
    label: str = ""
    made: int = 0
    budget: int = 0
    """What all of its tokens together may spend, in the units of actions' costs."""
    spent: int = 0

    @property
    def id(self) -> str:
        """The name by which it asks."""
        return digest_of(self.public_key)[:16]


def no_device() -> NotFound:
    """Make the error for a machine that is not there."""
    return NotFound(
        "there is no such device", "`loom devices ACCOUNT` and GET /api/auth/devices list them"
    )


class Devices(Component, private=True, version=2):
    """The machines of an account, and their labels by id; a public key says nothing of a person."""

    keys: tuple[Device, ...] = ()
    labels: Labels = NO_LABELS


@Devices.upgrade(1)
def _with_labels_apart(fields: dict[str, Any]) -> dict[str, Any]:
    keys = fields.get("keys", ())
    labels = [[digest_of(key["public_key"])[:16], key["label"]] for key in keys if key.get("label")]
    return {"keys": [{**key, "label": ""} for key in keys], "labels": labels}


class Cookies(Component, private=True):
    """From when on a cookie is good, in UTC microseconds: it was signed out everywhere then."""

    since: int = 0


class SignedIn(Event):
    """Someone came to their account by a passkey, an organisation or a device's key."""

    account: str
    by: str


class WrongSignIns(Event):
    """So many attempts to sign in failed at a door within an hour."""

    door: str
    count: int


class SoftwareUploaded(Event):
    """A program brought a file in; the record's actor did."""

    sha256: str
    media: str
    bytes: int


class Accounts(Book):
    """Reads and writes who accounts are."""

    def __init__(self, state: State, opener: Opener) -> None:
        super().__init__(state, opener)
        self._owners: dict[str, str] = {}
        """Hash of a passkey or of an identity → account."""
        self._owners_at = -1

    def rebase(self, state: State) -> None:
        """Read another state from now on."""
        super().rebase(state)
        self._owners_at = -1

    def about(self, account: str) -> About:
        """Return how an account wants to be called."""
        return self.now(account, Profile).about.value or NOBODY_SAID

    def passkeys(self, account: str) -> tuple[Passkey, ...]:
        """Return an account's passkeys."""
        return self.now(account, Passkeys).keys.value or ()

    def identities(self, account: str) -> tuple[str, ...]:
        """Return the hashes of who an account is at organisations."""
        return self.now(account, Identities).digests.value or ()

    def cookies_since(self, account: str) -> int:
        """Return from when on a cookie of an account is good (UTC microseconds)."""
        return self.now(account, Cookies).since

    def stays(self, account: str) -> bool:
        """Tell whether someone can come back to an account, from another browser too."""
        return bool(self.now(account, Passkeys).digests or self.identities(account))

    def owner_of(self, digest: str) -> str | None:
        """Return the account of the hash of a passkey or of an identity."""
        if self._owners_at != self.state.seq:
            found = {}
            for account in self.having(Passkeys):
                found.update(dict.fromkeys(self.now(account, Passkeys).digests, account))
            for account in self.having(Identities):
                found.update(dict.fromkeys(self.identities(account), account))
            self._owners, self._owners_at = found, self.state.seq
        return self._owners.get(digest)

    def devices(self, account: str) -> tuple[Device, ...]:
        """Return an account's machines."""
        found = self.now(account, Devices)
        return with_labels(found.keys, found.labels)

    def account_of_device(self, id: str) -> str | None:
        """Return whose a machine is."""
        for one in self.having(Devices):
            if any(key.id == id for key in self.now(one, Devices).keys):
                return one
        return None

    def device(self, id: str) -> Device | None:
        """Return a machine by its id."""
        account = self.account_of_device(id)
        keys = () if account is None else self.devices(account)
        return next((key for key in keys if key.id == id), None)

    # -- writes, inside a step -----------------------------------------------------------------

    def set_about(self, step: Step, account: str, about: About) -> None:
        """Keep how an account wants to be called."""
        self.write(step, account, Profile(Personal(about, of=account)))

    def add_passkey(self, step: Step, account: str, key: Passkey) -> None:
        """Let an account be opened by one more passkey; raises Conflict, OverLimit."""
        if self.owner_of(key.digest) is not None:
            raise Conflict("this passkey is known here already", "sign in by it", code="known_key")
        known = self.passkeys(account)
        if len(known) >= LIMITS.account_passkeys_max:
            raise OverLimit(
                f"an account has at most {LIMITS.account_passkeys_max} passkeys",
                "remove one first", code="too_many_passkeys", too_large=True,
            )  # fmt: skip
        self._keep_passkeys(step, account, (*known, key))
        self.note(step, SignedIn(account, "passkey"))

    def use_passkey(self, step: Step, account: str, id: bytes, count: int) -> None:
        """Note that someone signed in by a passkey, and how often that one signed by now."""
        known = self.passkeys(account)
        if any(key.id == id and key.count != count for key in known):
            self._keep_passkeys(
                step, account,
                tuple(
                    msgspec.structs.replace(key, count=count) if key.id == id else key
                    for key in known
                ),
            )  # fmt: skip
        self.note(step, SignedIn(account, "passkey"))

    def drop_passkey(self, step: Step, account: str, digest: str) -> None:
        """Let an account be opened by a passkey no more; raises NotFound, Conflict."""
        known = self.passkeys(account)
        left = tuple(key for key in known if key.digest != digest)
        if len(left) == len(known):
            raise NotFound("there is no such passkey", "GET /api/auth/me lists them")
        if not left and not self.identities(account):
            raise Conflict(
                "this is the only way into the account",
                "add another passkey first",
                code="last_key",
            )
        self._keep_passkeys(step, account, left)

    def add_identity(self, step: Step, account: str, digest: str) -> None:
        """Let an account be opened by who its person is at an organisation."""
        known = self.identities(account)
        if digest not in known:
            digests = Personal((*known, digest), of=account)
            self.write(step, account, Identities(digests))
        self.note(step, SignedIn(account, "oidc"))

    def add_device(self, step: Step, account: str, device: Device) -> None:
        """Let a machine ask for tokens of an account; raises Conflict, OverLimit."""
        if self.account_of_device(device.id) is not None:
            raise Conflict("this key is known here already", "make another", code="known_key")
        known = self.devices(account)
        if len(known) >= LIMITS.account_devices_max:
            raise OverLimit(
                f"an account has at most {LIMITS.account_devices_max} devices",
                "remove one first", code="too_many_devices", too_large=True,
            )  # fmt: skip
        self.keep_devices(step, account, (*known, device))

    def keep_devices(self, step: Step, account: str, keys: tuple[Device, ...]) -> None:
        """Write an account's machines; their labels are sealed as its own words."""
        self.write(step, account, Devices(*apart(keys, account)))

    def charge_device(self, step: Step, account: str, id: str, cost: int) -> None:
        """Count what a machine's token spent, so that its next one goes on from there."""
        found = self.read(step, account, Devices)
        keys = tuple(
            msgspec.structs.replace(key, spent=key.spent + cost) if key.id == id else key
            for key in with_labels(found.keys, found.labels)
        )
        self.keep_devices(step, account, keys)

    def void_cookies(self, step: Step, account: str) -> None:
        """Let all cookies of before be good for nothing."""
        self.write(step, account, Cookies(step.now))

    def note(self, step: Step, event: Event) -> None:
        """Append a fact to the people's log."""
        self.draft(step).append(event)

    def _keep_passkeys(self, step: Step, account: str, keys: tuple[Passkey, ...]) -> None:
        digests = tuple(key.digest for key in keys)
        self.write(step, account, Passkeys(digests, Personal(keys, of=account)))
