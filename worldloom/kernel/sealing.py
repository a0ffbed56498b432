"""A person's own data under a key of their own: destroying the key forgets them, and no hash moves.

A box is `form ‖ key's id ‖ nonce ‖ AES-256-GCM ciphertext and tag`. Nonces are random: one that
followed from a seq would repeat after a failed commit. The cipher comes from the store.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

from msgspec import Struct

from worldloom.kernel.limits import LIMITS

Box = bytes
"""Sealed bytes, as they stand in records, snapshots and hashes."""
FORM: Final = b"\x01"
ID_BYTES: Final = 8
NONCE_BYTES: Final = 12
SECRET_BYTES: Final = 32
BOX_BYTES: Final = len(FORM) + ID_BYTES + NONCE_BYTES + 16
"""What a box adds to what is in it."""
_DATA_AT: Final = len(FORM) + ID_BYTES + NONCE_BYTES
_KEY_ID_MASK: Final = 2**63 - 1


class Cipher(Protocol):
    """AES-256-GCM under one key; `associated` is authenticated with the data."""

    def encrypt(self, nonce: bytes, data: bytes, associated: bytes, /) -> bytes:
        """Return ciphertext and tag."""
        ...

    def decrypt(self, nonce: bytes, data: bytes, associated: bytes, /) -> bytes:
        """Return what was sealed; raises where it was not sealed by this key."""
        ...


class Owner(Struct, frozen=True):
    """That a person's data stand in a stream, from `seq` on, under this key; kept with a group."""

    person: str
    key: int
    secret: bytes
    stream: int
    seq: int


class Home(Struct, frozen=True):
    """A stream in which a person's data stand, from this seq on; `plain`: not sealed, of old."""

    stream: int
    seq: int
    plain: int = 0


class Vault(Protocol):
    """The part of a store that keeps keys."""

    def cipher(self, key: int) -> Cipher | None:
        """Return the cipher of a key, or None when the key is destroyed or was never here."""
        ...

    def hold_key(self, key: int, secret: bytes) -> None:
        """Know a new key in memory until its first group is kept."""
        ...

    def key_of(self, person: str) -> tuple[int, bytes] | None:
        """Return the id and the secret of a person's key, if it is kept."""
        ...

    def hides(self, person: str) -> bool:
        """Tell whether plain text of this person, from before format 3, is to be hidden."""
        ...


class Entropy(Protocol):
    """Returns that many unpredictable bytes."""

    def __call__(self, count: int, /) -> bytes:
        """Return them."""
        ...


class Keys:
    """One key a person and realm: made when first needed, kept with the group that needs it."""

    def __init__(self, vault: Vault, entropy: Entropy) -> None:
        self._vault = vault
        self._entropy = entropy
        self._known: dict[str, tuple[int, bytes, bytes, Cipher]] = {}
        """Person → id, secret, head of their boxes, cipher."""
        self._kept: set[tuple[int, int]] = set()
        """(key, stream) that the store is known to have noted."""

    def nonces(self, count: int) -> bytes:
        """Return as many nonces, joined: one draw of chance costs more than what it is for."""
        return self._entropy(NONCE_BYTES * count)

    def seal(self, person: str, data: bytes, nonce: bytes = b"") -> Box:
        """Return a box that only this person's key opens; a nonce of `nonces` serves once.

        Whoever keeps it must say so by `owners` in the same group.
        """
        known = self._known.get(person) or self._learn(person)
        nonce = nonce or self._entropy(NONCE_BYTES)
        head = known[2]
        return head + nonce + known[3].encrypt(nonce, data, head)

    def open(self, box: Box) -> bytes | None:
        """Return what a box holds, or None when its person is forgotten or of another realm."""
        return open_box(self._vault, box)

    def owners(self, homes: Iterable[tuple[str, int, int]]) -> tuple[Owner, ...]:
        """Return what a group has to keep for each (person, stream, seq) whose data it seals."""
        found = []
        for person, stream, seq in homes:
            key, secret, _, _ = self._known.get(person) or self._learn(person)
            if (key, stream) not in self._kept:
                found.append(Owner(person, key, secret, stream, seq))
        return tuple(found)

    def kept(self, owners: Iterable[Owner]) -> None:
        """Take note that the store has kept these."""
        if len(self._kept) > 4 * LIMITS.keys_in_memory_max:
            self._kept.clear()
        self._kept.update((owner.key, owner.stream) for owner in owners)

    def drop(self, person: str) -> None:
        """Let go of a person's key: what comes of them from now on is sealed by another one."""
        self._known[person] = self._make()

    def again(self, person: str) -> None:
        """Read a person's key anew, as after a forgetting that could not be kept."""
        self._known.pop(person, None)

    def reread(self) -> None:
        """Read all keys anew, as when another process wrote the log: it may have forgotten some."""
        self._known.clear()
        self._kept.clear()

    def _learn(self, person: str) -> tuple[int, bytes, bytes, Cipher]:
        if len(self._known) >= LIMITS.keys_in_memory_max:
            # The oldest is read again at need; one that waits for its first group has a newer one.
            del self._known[next(iter(self._known))]
        found = self._vault.key_of(person)
        if found is None:
            known = self._make()
        else:
            cipher = self._vault.cipher(found[0])
            assert cipher is not None, "a key that is kept opens"
            known = (found[0], found[1], FORM + found[0].to_bytes(ID_BYTES, "big"), cipher)
        self._known[person] = known
        return known

    def _make(self) -> tuple[int, bytes, bytes, Cipher]:
        key = int.from_bytes(self._entropy(ID_BYTES), "big") & _KEY_ID_MASK
        secret = self._entropy(SECRET_BYTES)
        self._vault.hold_key(key, secret)
        cipher = self._vault.cipher(key)
        assert cipher is not None, "a key that is held opens"
        return key, secret, FORM + key.to_bytes(ID_BYTES, "big"), cipher


def open_box(vault: Vault, box: Box) -> bytes | None:
    """Return what a box holds, or None when no key here opens it."""
    if len(box) < BOX_BYTES or not box.startswith(FORM):
        return None
    head = box[: len(FORM) + ID_BYTES]
    cipher = vault.cipher(int.from_bytes(head[len(FORM) :], "big"))
    if cipher is None:
        return None
    try:
        return cipher.decrypt(box[len(head) : _DATA_AT], box[_DATA_AT:], head)
    except Exception:  # the cipher's own: a box of another realm's key of the same id, or damage
        return None
