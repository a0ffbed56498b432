"""A program at its own address is read there, and nothing inside our network is reached by it."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import socket
import ssl
import sys
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from tests.server.asking import Site
from tests.server.test_oauth import BACK, Program, answer, told
from tests.server.test_passkeys import keep, key_of
from worldloom.server import client_documents
from worldloom.server.client_documents import (
    Documents,
    Unreadable,
    is_document_address,
    is_public,
)
from worldloom.testing.fixtures import Server

HOST = "app.example"
URL = f"https://{HOST}/client.json"
GOOD = {
    "client_id": URL, "client_name": "Scout", "redirect_uris": [BACK],
    "grant_types": ["authorization_code", "refresh_token"],
}  # fmt: skip


class Elsewhere:
    """A real TLS server of another host, which says what a test wants."""

    def __init__(self, folder: Path) -> None:
        self.certificate, key = certify(folder)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate, key)
        self.answer = b""
        self.asked: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self.listener.accept()
            except OSError:
                return
            try:
                with self.context.wrap_socket(line, server_side=True) as safe:
                    self.asked.append(safe.recv(4096))
                    safe.sendall(self.answer)
            except OSError:
                pass

    def says(
        self, body: Any, status: str = "200 OK", kind: str = "application/json", more: str = ""
    ) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n"
        self.answer = f"{head}{more}\r\n".encode() + data


def certify(folder: Path) -> tuple[Path, Path]:
    """Make a certificate of HOST that is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    certificate, secret = folder / "host.pem", folder / "host.key"
    certificate.write_bytes(made.public_bytes(pem))
    plain = serialization.NoEncryption()
    secret.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return certificate, secret


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Elsewhere]:
    """Stand for the public internet: one host, at this machine's own address."""
    made = Elsewhere(tmp_path)

    async def found(host: str) -> list[str]:
        return ["127.0.0.1"] if host == HOST else []

    context = ssl.create_default_context(cafile=str(made.certificate))
    monkeypatch.setattr(client_documents, "addresses_of", found)
    monkeypatch.setattr(client_documents, "is_public", lambda address: True)
    monkeypatch.setattr(client_documents, "trust", lambda: context)
    monkeypatch.setattr(client_documents, "PORT", made.port)
    yield made
    made.listener.close()


def read(url: str = URL) -> client_documents.Document:
    return asyncio.run(Documents().read(url))


def test_a_document_is_read_and_kept_for_a_while(elsewhere: Elsewhere) -> None:
    elsewhere.says(GOOD)

    async def twice() -> None:
        documents = Documents()
        for _ in range(2):
            found = await documents.read(URL)
            assert (found.client_name, found.redirect_uris) == ("Scout", [BACK])

    asyncio.run(twice())
    [asked] = elsewhere.asked
    assert asked.startswith(b"GET /client.json HTTP/1.1\r\nHost: app.example\r\n")
    assert b"ookie" not in asked and b"uthorization" not in asked


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"status": "302 Found", "more": "Location: https://app.example/x\r\n"}, "redirects"),
        ({"status": "404 Not Found"}, "404"),
        ({"kind": "text/html"}, "JSON"),
        ({"more": "Content-Encoding: gzip\r\n"}, "packed"),
        ({"body": b"{"}, "description"),
        ({"body": b"[" * 9000}, "description"),
        ({"body": b'{"client_id": 7}'}, "description"),
        ({"body": {**GOOD, "client_id": f"{URL}?x"}}, "another program"),
        ({"body": {**GOOD, "token_endpoint_auth_method": "private_key_jwt"}}, "secret"),
        ({"body": {**GOOD, "client_secret": "x"}}, "secret"),
        ({"body": {**GOOD, "padding": "x" * 20_000}}, "more than"),
    ],
)
def test_what_is_no_plain_document_is_refused(
    elsewhere: Elsewhere, changed: dict[str, Any], said: str
) -> None:
    elsewhere.says(**{"body": GOOD, **changed})
    with pytest.raises(Unreadable, match=said):
        read()


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"HTTP/1.1 200 OK\r\n", b"\x16\x03nonsense", b"HTTP/1.1 200 OK\r\nX: " + b"y" * 40_000,
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"fff\r\n" + b"x" * 0xFFF + b"\r\n" + b"1000\r\n" * 9,
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n{",
    ],
)  # fmt: skip
def test_whatever_is_answered_ends_in_a_refusal(elsewhere: Elsewhere, raw: bytes) -> None:
    elsewhere.answer = raw
    with pytest.raises(Unreadable):
        read()


def test_who_never_answers_is_given_up(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    from worldloom.kernel.limits import LIMITS

    silent = socket.create_server(("127.0.0.1", 0))
    monkeypatch.setattr(client_documents, "PORT", silent.getsockname()[1])
    object.__setattr__(LIMITS, "client_document_seconds_max", 0.2)
    try:
        with pytest.raises(Unreadable, match="does not answer"):
            read()
    finally:
        object.__setattr__(LIMITS, "client_document_seconds_max", 5.0)
        silent.close()


def test_another_hosts_certificate_is_not_believed(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def found(host: str) -> list[str]:
        return ["127.0.0.1"]

    monkeypatch.setattr(client_documents, "addresses_of", found)
    elsewhere.says({**GOOD, "client_id": "https://bank.example/client.json"})
    with pytest.raises(Unreadable, match="safely"):
        read("https://bank.example/client.json")
    monkeypatch.setattr(client_documents, "trust", ssl.create_default_context)
    with pytest.raises(Unreadable, match="safely"):
        read()


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["10.0.0.8"], ["93.184.216.34", "192.168.1.1"], ["::1"], ["fe80::1"],
     ["169.254.169.254"], ["::ffff:10.0.0.1"], ["64:ff9b::a00:1"], ["2002:a00:1::"], []],
)  # fmt: skip
def test_a_name_that_leads_inside_is_never_connected_to(
    addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def found(host: str) -> list[str]:
        return addresses

    async def connect(*_: Any) -> bytes:
        raise AssertionError("it was connected to")

    monkeypatch.setattr(client_documents, "addresses_of", found)
    monkeypatch.setattr(client_documents, "_get", connect)
    with pytest.raises(Unreadable, match="public internet"):
        read()


@given(st.integers(0, 2**32 - 1))
def test_an_address_in_disguise_is_as_public_as_it_is_without(number: int) -> None:
    plain = ipaddress.IPv4Address(number)
    public = is_public(str(plain))
    assert public == (plain.is_global and not plain.is_multicast and not plain.is_reserved)
    assert is_public(f"::ffff:{plain}") == public
    if not public:
        nat64 = ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) + number)
        to4 = ipaddress.IPv6Address((0x2002 << 112) + (number << 80))
        assert not is_public(str(nat64)) and not is_public(str(to4))


@pytest.mark.parametrize(
    "id",
    ["http://app.example/c", "https://app.example", "https://app.example/", "https://localhost/c",
     "https://127.0.0.1/c", "https://[::1]/c", "https://2130706433/c", "https://a.0x7f/c",
     "https://u@app.example/c", "https://app.example/c#x", "https://app.example:8443/c",
     "https://app.example/../c", "https://app.example/./c", "https://app.example/\r\nX: y",
     "https://app.example./c", "https://app.example:port/c", f"https://app.example/{'c' * 500}"],
)  # fmt: skip
def test_no_other_address_is_a_programs_id(id: str) -> None:
    assert not is_document_address(id)


def test_a_plain_address_is_a_programs_id() -> None:
    assert is_document_address(URL) and is_document_address("https://app.example:443/a/b.json")


# --- through the whole server -------------------------------------------------------------------

START = """\
#!{python}
import ssl, sys
sys.path[:0] = {path!r}
from worldloom.server import client_documents
async def found(host):
    return ["127.0.0.1"] if host == {host!r} else ["10.0.0.1"]
client_documents.addresses_of = found
real = client_documents.is_public
client_documents.is_public = lambda address: address == "127.0.0.1" or real(address)
client_documents.trust = lambda: ssl.create_default_context(cafile={certificate!r})
client_documents.PORT = {port}
from worldloom.server.cli.main import main
sys.exit(main())
"""


def test_a_person_lets_in_a_program_by_its_address(tmp_path: Path, hello_file: Path) -> None:
    elsewhere = Elsewhere(tmp_path)
    start = tmp_path / "loom"
    start.write_text(
        START.format(
            python=sys.executable, path=[str(Path(__file__).resolve().parents[2])], host=HOST,
            certificate=str(elsewhere.certificate), port=elsewhere.port,
        )
    )  # fmt: skip
    start.chmod(0o755)
    server = Server(tmp_path / "realm.loom", str(hello_file), loom=str(start))
    server.start()
    try:
        walk_through(Site(server), elsewhere)
        assert server.stop() == 0, textwrap.shorten("".join(server.errors), 900)
    finally:
        server.kill()
        elsewhere.listener.close()


def walk_through(site: Site, elsewhere: Elsewhere) -> None:
    metadata = site.nobody.get("/.well-known/oauth-authorization-server").json
    assert metadata["client_id_metadata_document_supported"] is True
    elsewhere.says(GOOD)
    asking = Program(site, URL, "v" * 60)
    guest = site.guest()
    assert guest.get(asking.ask()).status == 403 and elsewhere.asked == [], "nothing for strangers"
    assert keep(site, guest, key_of(site), name="Ada").status == 201
    page = guest.get(asking.ask())
    assert page.status == 200 and b"of app.example asks to come in" in page.body
    code = told(answer(guest, page))["code"]
    token = asking.fetch(code).json
    assert token["refresh_token"] and token["scope"] == "look act"
    inside = Program(site, "https://intranet.example/c", "v" * 60)
    refused = guest.get(inside.ask())
    assert refused.status == 400 and b"not on the public internet" in refused.body
    assert len(elsewhere.asked) == 1, "one reading serves the page and its answer"
    elsewhere.says({**GOOD, "client_id": f"{URL}/2", "redirect_uris": ["http://evil.example/"]})
    refused = guest.get(Program(site, f"{URL}/2", "v" * 60).ask())
    assert refused.status == 400 and "location" not in refused.headers
