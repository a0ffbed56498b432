"""Signed statements: every allowed kind of signature verifies, and a changed byte does not."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from tests.kits.academy.xapi.lrs import Program
from tests.kits.academy.xapi.statements import plain
from worldloom import Invalid
from worldloom.kits.academy.xapi.signing import MEDIA, USAGE, check_signature

KINDS: dict[str, hashes.HashAlgorithm] = {
    "RS256": hashes.SHA256(), "RS384": hashes.SHA384(), "RS512": hashes.SHA512()
}  # fmt: skip
KEY = rsa.generate_private_key(65537, 2048)


def certificate() -> str:
    """Return a certificate of our key in base64."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a signer")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    made = made.public_key(KEY.public_key()).serial_number(7).not_valid_before(now)
    signed = made.not_valid_after(now + timedelta(days=9)).sign(KEY, hashes.SHA256())
    return base64.b64encode(signed.public_bytes(serialization.Encoding.DER)).decode()


CHAIN = [certificate()]


def packed(value: bytes) -> bytes:
    return base64.urlsafe_b64encode(value).rstrip(b"=")


def sign(told: Any, kind: str = "RS256", **header: Any) -> bytes:
    """Return a JSON Web Signature of a statement."""
    head = {"alg": kind, "x5c": CHAIN, **header}
    text = packed(json.dumps(head).encode()) + b"." + packed(json.dumps(told).encode())
    method = KINDS.get(kind, hashes.SHA256())
    return text + b"." + packed(KEY.sign(text, padding.PKCS1v15(), method))


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_signature_of_each_kind_verifies_and_a_changed_one_does_not(kind: str) -> None:
    told = plain()
    jws = sign(told, kind)
    check_signature(jws, {**told, "timestamp": "2026-01-31T12:00:00Z"}, "it")
    head, body, tail = jws.split(b".")
    other = packed(json.dumps({**told, "result": {"success": True}}).encode())
    last = b"A" if tail[10:11] != b"A" else b"B"
    broken = [b".".join((head, other, tail)), b".".join((head, body, tail[:10] + last + tail[11:])),
              jws[:-9], head + b"." + body, b"", b"a.b.c", jws + b".x",
              sign(told, kind, x5c=["!"]), sign(told, kind, x5c=[]),
              sign(told, kind, x5c=7)]  # fmt: skip
    for one in broken:
        with pytest.raises(Invalid):
            check_signature(one, told, "it")


def test_other_kinds_of_signatures_are_refused() -> None:
    told = plain()
    for kind in ("none", "HS256", "ES256", "rs256"):
        with pytest.raises(Invalid):
            check_signature(sign(told, kind), told, "it")


def test_what_is_signed_must_be_what_is_sent() -> None:
    told = plain()
    for other in (plain(), {**told, "verb": {"id": "urn:x"}}, {**told, "id": plain()["id"]}):
        with pytest.raises(Invalid):
            check_signature(sign(other), told, "it")


def test_a_signed_statement_is_kept_with_its_signature(lms: Program) -> None:
    told = plain()
    jws = sign(told)
    note = {"usageType": USAGE, "display": {"en": "signed"}, "contentType": MEDIA,
            "length": len(jws), "sha2": sha256(jws).hexdigest()}  # fmt: skip
    sent = {**told, "attachments": [note]}
    assert lms.with_files(sent, [jws[:-4] + b"AAAA"]).status == 400
    assert lms.post({**sent, "attachments": [{**note, "fileUrl": "urn:x"}]}).status == 400
    assert lms.with_files({**sent, "result": {"success": True}}, [jws]).status == 400
    assert lms.with_files(sent, [jws]).status == 200
    said = lms.ask("GET", "statements", statementId=told["id"], attachments="true")
    assert jws in said.body
