"""Signed JSON (JWS, RFC 7515, compact form) by RS256, which every learning platform can check."""

from __future__ import annotations

import base64
import binascii
import functools
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

ALGORITHM: Final = "RS256"
KEY_BITS: Final = 2048
EXPONENT: Final = 65_537
_encode = msgspec.json.Encoder(order="sorted").encode


class BadToken(ValueError):
    """What was to be a signed token is none, or is not signed by this key; says why."""


def new_key() -> bytes:
    """Return a new secret RSA key (PKCS #8, DER)."""
    made = rsa.generate_private_key(EXPONENT, KEY_BITS)
    return made.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@functools.lru_cache(maxsize=4)
def _private(secret: bytes) -> rsa.RSAPrivateKey:
    key = serialization.load_der_private_key(secret, None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def public_jwk(secret: bytes, kid: str = "") -> dict[str, str]:
    """Return the public half of a key as a JWK (RFC 7517); without `kid` it is its thumbprint."""
    numbers = _private(secret).public_key().public_numbers()
    bare = {"e": _number(numbers.e), "kty": "RSA", "n": _number(numbers.n)}
    # RFC 7638: the hash of the required members, in their order.
    kid = kid or to_base64url(sha256(_encode(bare)).digest())
    return {**bare, "alg": ALGORITHM, "use": "sig", "kid": kid}


def sign(payload: Mapping[str, Any], secret: bytes, kid: str, typ: str = "JWT") -> str:
    """Return a payload as a compact JWS; the same payload and key give the same token."""
    header = {"alg": ALGORITHM, "kid": kid, "typ": typ}
    signed = f"{to_base64url(_encode(header))}.{to_base64url(_encode(payload))}"
    # PKCS #1 v1.5 has no chance in it.
    signature = _private(secret).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{to_base64url(signature)}"


def read_header(token: str, bytes_max: int) -> dict[str, Any]:
    """Return a token's header, unchecked; raises BadToken."""
    return _json(_parts(token, bytes_max)[0], "header")


def verify(token: str, jwk: Mapping[str, Any], bytes_max: int) -> dict[str, Any]:
    """Return what a token says, if this public key signed every byte of it; raises BadToken."""
    head, body, tail = _parts(token, bytes_max)
    header = _json(head, "header")
    if header.get("alg") != ALGORITHM:
        raise BadToken(f"it is not signed by {ALGORITHM}")
    if "crit" in header:
        raise BadToken("its header asks for what is not known here")
    try:
        key = _public(jwk)
        key.verify(
            from_base64url(tail), f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256()
        )
    except InvalidSignature:
        raise BadToken("its signature is not of this key, or it was changed") from None
    return _json(body, "payload")


def to_base64url(data: bytes) -> str:
    """Return bytes in base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Return the bytes of a text in the one form that they have; raises BadToken."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadToken("a part of it is not base64url") from None
    # The last letter may have bits that stand for nothing: then two texts would be one.
    if to_base64url(data) != text:
        raise BadToken("a part of it is not in base64url's own form")
    return data


def _parts(token: str, bytes_max: int) -> list[str]:
    if len(token) > bytes_max or not token.isascii():
        raise BadToken(f"it is no token of at most {bytes_max} bytes")
    parts = token.split(".")
    if len(parts) != 3:
        raise BadToken("it has not three parts")
    return parts


def _json(part: str, what: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(from_base64url(part))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        found = None
    if not isinstance(found, dict):
        raise BadToken(f"its {what} is no JSON object")
    return found


def _public(jwk: Mapping[str, Any]) -> rsa.RSAPublicKey:
    """Return a public key of at least 2,048 and at most 8,192 bits; raises BadToken."""
    try:
        if jwk.get("kty") != "RSA":
            raise BadToken("the key is not of RSA")
        n, e = (int.from_bytes(from_base64url(jwk[name]), "big") for name in ("n", "e"))
        if not KEY_BITS <= n.bit_length() <= 4 * KEY_BITS or e.bit_length() > 32:
            raise BadToken("the key is too short or too long")
        return rsa.RSAPublicNumbers(e, n).public_key()
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadToken(f"the key cannot be read: {error}") from None


def _number(value: int) -> str:
    return to_base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))
