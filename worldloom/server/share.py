"""`--share`: the realm on the local network, by HTTPS with a certificate of its own.

Headsets and phones give a page its sensors only over HTTPS. The certificate signs itself, so each
device asks once whether to trust it; it is kept in the realm, so that the answer lasts.
"""

from __future__ import annotations

import datetime
import ipaddress
import os
import socket
import ssl
import sys
import tempfile

import segno
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from worldloom.kernel.ports import Store

CERTIFICATE = "share_certificate"
"""Key of the realm's own settings: address, newline, PEM of key and certificate."""
DAYS = 397
"""Browsers refuse certificates that live longer."""


def lan_address() -> str:
    """Return this machine's address on the local network (127.0.0.1 when it has none)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # No packet leaves: connecting a datagram socket only picks the way out.
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def make_certificate(address: str, now: datetime.datetime) -> bytes:
    """Return a key and a certificate for an address, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Worldloom on your network")])
    names = [
        x509.IPAddress(ipaddress.ip_address(address)),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        x509.DNSName("localhost"),
    ]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem + certificate.public_bytes(serialization.Encoding.PEM)


def own_certificate(store: Store, address: str) -> bytes:
    """Return the realm's certificate for an address, made anew when it is old or for another."""
    now = datetime.datetime.now(datetime.UTC)
    kept = store.meta(CERTIFICATE) or b""
    kept_address, _, pem = kept.partition(b"\n")
    if kept_address == address.encode() and pem:
        certificate = x509.load_pem_x509_certificate(pem)
        if certificate.not_valid_after_utc > now + datetime.timedelta(days=1):
            return pem
    pem = make_certificate(address, now)
    store.set_meta(CERTIFICATE, address.encode() + b"\n" + pem)
    return pem


def tls_context(pem: bytes) -> ssl.SSLContext:
    """Return a server's TLS context; the key lies in a file only while OpenSSL reads it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    handle, path = tempfile.mkstemp()
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
        context.load_cert_chain(path)
    finally:
        os.unlink(path)
    return context


def print_code(url: str) -> None:
    """Print a URL and its QR code for phones and headsets."""
    print(f"share {url}")
    print("  The device asks once whether it trusts this computer: choose to go on.")
    segno.make(url, error="l").terminal(out=sys.stdout, compact=True, border=2)
    sys.stdout.flush()
