"""Signed notes (c2sp.org/signed-note): a text with Ed25519 signatures of named keys under it.

A key's public form, the vkey, is `NAME+KEYID+BASE64`; Go's sumdb and witnesses read the same.
"""

from __future__ import annotations

import base64
import binascii
import functools
from collections.abc import Iterable
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from worldloom.kernel.errors import Invalid

# The library is loaded where something is signed or checked: it would slow every start.
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ED25519: Final = b"\x01"
"""The signature type's byte."""

SIGNED_BY: Final = "— "
"""How a signature's line begins."""


class Verifier(Struct, frozen=True):
    """A key that signatures are checked with: its name, and its 32 public bytes."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """The 4 bytes that stand before each of its signatures."""
        return sha256(f"{self.name}\n".encode() + ED25519 + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        """The key as one line of text."""
        return f"{self.name}+{self.id.hex()}+{to_base64(ED25519 + self.public)}"

    def check(self, text: str, signature: bytes) -> bool:
        """Tell whether this key made the signature of 64 bytes over the text."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


class Signer(Struct, frozen=True):
    """A key that signs: its name, its 32 secret bytes and its 32 public ones."""

    name: str
    secret: bytes
    public: bytes

    def __repr__(self) -> str:
        """Name the key without its secret."""
        return f"Signer({self.name!r})"

    @property
    def verifier(self) -> Verifier:
        """What others check its signatures with."""
        return Verifier(self.name, self.public)

    def sign(self, text: str) -> str:
        """Return the note: the text, which ends a line, and the signature below it."""
        assert text.endswith("\n") and "\r" not in text, "a note's text is whole lines"
        signature = _private_key(self.secret).sign(text.encode())
        return f"{text}\n{SIGNED_BY}{self.name} {to_base64(self.verifier.id + signature)}\n"


def new_secret(entropy: bytes) -> tuple[bytes, bytes]:
    """Return the (secret, public) halves of the key that 32 unpredictable bytes make."""
    return entropy, _private_key(entropy).public_key().public_bytes_raw()


@functools.lru_cache(maxsize=8)
def _private_key(secret: bytes) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(secret)


def read_vkey(text: str) -> Verifier:
    """Return the key that a vkey names; raises Invalid (`bad_vkey`)."""
    name, _, rest = text.partition("+")
    id, _, key = rest.partition("+")
    data = from_base64(key)
    if not is_key_name(name) or data is None or data[:1] != ED25519 or len(data) != 33:
        raise _bad_vkey("it is not NAME+KEYID+BASE64 of an Ed25519 key")
    verifier = Verifier(name, data[1:])
    if verifier.id.hex() != id:
        raise _bad_vkey("its id does not belong to its name and key")
    return verifier


def _bad_vkey(why: str) -> Invalid:
    return Invalid(
        f"this is no verifier key: {why}",
        "copy `vkey` whole from GET /api/worlds/{w}",
        code="bad_vkey",
    )


def is_key_name(name: str) -> bool:
    """Tell whether a key may have this name: no spaces, no plus, nothing that cannot be seen."""
    return bool(name) and "+" not in name and not any(c.isspace() or c < " " for c in name)


def open_note(note: str, verifiers: Iterable[Verifier]) -> str:
    """Return a note's text if a known key signed it, and no known key's signature is wrong.

    Raises Invalid: `bad_note` for what is no note, `bad_signature` where nobody known signed.
    """
    text, signatures = _parts(note)
    known = {(verifier.name, verifier.id): verifier for verifier in verifiers}
    signed = False
    for name, data in signatures:
        verifier = known.get((name, data[:4]))
        if verifier is None:
            continue
        if not verifier.check(text, data[4:]):
            raise Invalid(
                f"the signature by {name} does not fit the text",
                "somebody changed the text or the signature: ask for the note again",
                code="bad_signature",
            )
        signed = True
    if not signed:
        names = ", ".join(sorted({verifier.name for verifier in known.values()}))
        raise Invalid(
            f"no signature is by {names or 'a known key'}",
            "check it with the key of the one who signed it",
            code="bad_signature",
        )
    return text


def _parts(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """Return a note's text and its signatures as (key name, key id and signature)."""
    text, blank, below = note.rpartition("\n\n")
    if not blank or not below.endswith("\n") or any(c < " " and c != "\n" for c in note):
        raise _bad_note("text, an empty line and signatures are wanted")
    signatures = []
    for line in below[:-1].split("\n"):
        name, space, signature = line.removeprefix(SIGNED_BY).partition(" ")
        data = from_base64(signature)
        if not (line.startswith(SIGNED_BY) and space and is_key_name(name)):
            raise _bad_note(f"this is no line of a signature: {line[:80]}")
        if data is None or len(data) < 5:
            raise _bad_note(f"the signature by {name} is not base64")
        signatures.append((name, data))
    return f"{text}\n", signatures


def _bad_note(why: str) -> Invalid:
    return Invalid(f"this is no signed note: {why}", "save it as it was sent", code="bad_note")


def to_base64(data: bytes) -> str:
    """Return standard base64, padded."""
    return base64.b64encode(data).decode()


def from_base64(text: str) -> bytes | None:
    """Return the bytes of standard base64, or None: one text alone stands for some bytes."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if to_base64(data) == text else None
