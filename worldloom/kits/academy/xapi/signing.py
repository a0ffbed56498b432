"""Signed statements: a JSON Web Signature (RFC 7515) whose payload says the same as the statement.

xAPI 1.0.3 part two, 2.6. Where the header carries a certificate (`x5c`), it is checked by
its key; whether one trusts the certificate is for who reads the record.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from worldloom.kits.academy.xapi.comparing import compared
from worldloom.kits.academy.xapi.values import wrong

USAGE: Final = "http://adlnet.gov/expapi/attachments/signature"
MEDIA: Final = "application/octet-stream"
_HASHES: Final[Mapping[str, type[hashes.HashAlgorithm]]] = {
    "RS256": hashes.SHA256, "RS384": hashes.SHA384, "RS512": hashes.SHA512
}  # fmt: skip
_LATER: Final = frozenset({"id", "authority", "stored", "timestamp", "version", "attachments"})
"""What a store adds, or what is added with the signature: not compared."""


def check_signature(jws: bytes, statement: Mapping[str, Any], path: str) -> None:
    """Raise Invalid unless a signature is one, of an allowed kind, and says what it signs."""
    parts = jws.strip().split(b".")
    if len(parts) != 3:
        raise wrong(path, "is no JSON Web Signature")
    header, payload = _json(parts[0], path), _json(parts[1], path)
    method = _HASHES.get(str(header.get("alg")))
    if method is None:
        raise wrong(path, "is not signed by RS256, RS384 or RS512")
    if compared(payload, _LATER) != compared(statement, _LATER) or (
        payload.get("id", statement.get("id")) != statement.get("id")
    ):
        raise wrong(path, "signs another statement")
    chain = header.get("x5c")
    if chain is not None:
        _verify(chain, method(), parts, path)


def _verify(chain: Any, method: hashes.HashAlgorithm, parts: list[bytes], path: str) -> None:
    """Check a signature by the key of its first certificate."""
    try:
        certificates = [x509.load_der_x509_certificate(base64.b64decode(one)) for one in chain[:10]]
        key = certificates[0].public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise wrong(path, "has a certificate whose key is not of RSA")
        signed = b".".join(parts[:2])
        key.verify(_decoded(parts[2]), signed, padding.PKCS1v15(), method)
    except InvalidSignature:
        raise wrong(path, "has a signature that its certificate does not verify") from None
    except (ValueError, TypeError, IndexError) as error:
        raise wrong(path, "has a certificate that cannot be read") from error


def _decoded(part: bytes) -> bytes:
    return base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))


def _json(part: bytes, path: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(_decoded(part))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise wrong(path, "is no JSON Web Signature of JSON")
    return found
