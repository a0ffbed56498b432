"""Checkpoints (c2sp.org/tlog-checkpoint): signed heads of worlds' trees, and the realm's key."""

from __future__ import annotations

import os
import threading
from hashlib import sha256
from typing import Final

from msgspec import Struct

from worldloom.kernel.errors import Invalid
from worldloom.kernel.ports import Store
from worldloom.ledger.notes import Signer, Verifier, from_base64, new_secret, open_note, to_base64

SIGNING_KEY: Final = "signing_key"
"""Key of the realm's setting: 32 secret bytes and 32 public ones. No export carries it."""


class Checkpoint(Struct, frozen=True):
    """A log's name, how many records it holds, and the root over them (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the lines that are signed."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"


def read_checkpoint(note: str, verifier: Verifier) -> Checkpoint:
    """Return what a signed checkpoint says; raises Invalid: `bad_note` or `bad_signature`."""
    origin, size, root, *_ = [*open_note(note, [verifier]).split("\n"), "", ""]
    data = from_base64(root)
    if not is_size(size) or data is None or len(data) != 32:
        raise Invalid(
            "this note is no checkpoint: a name, a size and a root are wanted",
            "save it as it was sent",
            code="bad_note",
        )
    if origin != verifier.name:
        raise Invalid(
            f"the checkpoint is of {origin}, and {verifier.name} signed it",
            "ask for the checkpoint again",
            code="bad_signature",
        )
    return Checkpoint(origin, int(size), data)


def is_size(text: str) -> bool:
    """Tell whether a text is a whole number without leading zeros."""
    return text.isascii() and text.isdigit() and len(text) < 16 and str(int(text)) == text


class RealmKey:
    """The one key of a realm, made when it is first asked for; each world signs under its name."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._halves: tuple[bytes, bytes] | None = None

    def signer(self, world: str) -> Signer:
        """Return what signs the checkpoints of a world."""
        secret, public = self._load()
        return Signer(f"worldloom/{sha256(public).hexdigest()[:16]}/{world}", secret, public)

    def _load(self) -> tuple[bytes, bytes]:
        with self._lock:
            if self._halves is None:
                kept = self._store.meta(SIGNING_KEY)
                if kept is None:
                    kept = b"".join(new_secret(os.urandom(32)))
                    self._store.set_meta(SIGNING_KEY, kept)
                self._halves = kept[:32], kept[32:]
            return self._halves
