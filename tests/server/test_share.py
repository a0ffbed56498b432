"""`--share`: HTTPS with an own certificate, kept in the realm, on the same one port."""

from __future__ import annotations

import asyncio
import datetime
import http.client
import ssl
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from worldloom.server.serving_probe import own_machine
from worldloom.server.share import lan_address, make_certificate, own_certificate, print_code
from worldloom.stores.memory import MemoryStore
from worldloom.sync.messages import SUBPROTOCOL, VERSION, Hello
from worldloom.sync.wire import encode
from worldloom.testing.fixtures import Server


def test_the_certificate_names_the_address_and_lasts_as_long_as_browsers_allow() -> None:
    now = datetime.datetime.now(datetime.UTC)
    found = x509.load_pem_x509_certificate(make_certificate("192.0.2.7", now))
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "192.0.2.7" in map(str, names.get_values_for_type(x509.IPAddress))
    assert found.not_valid_after_utc - now <= datetime.timedelta(days=398)


def test_the_certificate_is_kept_so_that_a_device_asks_once() -> None:
    store = MemoryStore()
    assert own_certificate(store, "192.0.2.7") == own_certificate(store, "192.0.2.7")
    assert own_certificate(store, "192.0.2.7") != own_certificate(store, "192.0.2.8")


def test_the_code_is_printed_for_cameras(capsys: pytest.CaptureFixture[str]) -> None:
    print_code("https://192.0.2.7:7400/")
    out = capsys.readouterr().out
    assert out.startswith("share https://192.0.2.7:7400/\n")
    assert len(out.splitlines()) > 10


def test_a_shared_realm_is_entered_by_https_and_wss(
    serve: Callable[..., Server], hello_file: Path, tmp_path: Path
) -> None:
    server = serve(str(hello_file), options=("--share",))
    parts = urlsplit(server.url)
    assert parts.scheme == "https"
    assert parts.hostname == lan_address()
    line = http.client.HTTPSConnection(
        "127.0.0.1", parts.port or 0, timeout=20, context=own_machine()
    )
    line.request("GET", "/api/auth/me")
    answer = line.getresponse()
    assert answer.status == 200
    assert "secure" in (answer.getheader("Set-Cookie") or "").lower()
    answer.read()
    line.close()

    async def enter() -> None:
        context: ssl.SSLContext = own_machine()
        url = f"wss://127.0.0.1:{parts.port}/w/hello/live"
        protocols = [Subprotocol(SUBPROTOCOL)]
        async with connect(url, ssl=context, subprotocols=protocols, max_size=None) as connection:
            await connection.send(encode(Hello(VERSION, "Phone")))
            first = await asyncio.wait_for(connection.recv(), 10)
            assert b"welcome" in bytes(first)  # type: ignore[arg-type]

    asyncio.run(enter())
