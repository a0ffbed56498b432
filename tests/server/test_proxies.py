"""What a proxy says of who asks is believed where it was named, and from nobody else."""

from __future__ import annotations

import http.client
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.server.asking import Site
from worldloom.kernel.limits import LIMITS
from worldloom.server.cli.main import make_parser
from worldloom.testing.fixtures import Server

PROXY, STRANGER = "127.0.0.2", "127.0.0.3"
WRONG = {"Authorization": "Bearer wl_" + "0" * 48}

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8 to come from"
)


@pytest.fixture(scope="module")
def behind(hello_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve behind a proxy; wrong secrets are tried here, so that the realm is its own."""
    realm = tmp_path_factory.mktemp("behind") / "realm.loom"
    server = Server(
        realm, str(hello_file),
        options=("--host", "127.0.0.1", "--name", "worlds.example.org", "--proxy", PROXY),
    )  # fmt: skip
    yield Site(server.start())
    server.stop()


def ask(site: Site, source: str, path: str, **headers: str) -> tuple[int, dict[str, str], Any]:
    """Ask from an address as a proxy does; return status, headers and what JSON came."""
    parts = urlsplit(site.server.url)
    line = http.client.HTTPConnection(
        parts.hostname or "", parts.port or 80, timeout=20, source_address=(source, 0)
    )
    told = {"Host": "worlds.example.org", "X-Forwarded-Proto": "https"}
    try:
        line.request("GET", path, headers={**told, **headers})
        answer = line.getresponse()
        body = answer.read()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, found, json.loads(body)
    finally:
        line.close()


def tries(site: Site, source: str) -> list[int]:
    """Try wrong tokens as one person until that one is slowed, then once each as two others."""
    others = ("198.51.100.2", "198.51.100.3")
    people = ["198.51.100.1"] * (int(LIMITS.wrong_secrets_burst_max) + 5) + list(others)
    statuses = [
        ask(site, source, "/api/worlds", **WRONG, **{"X-Forwarded-For": one})[0] for one in people
    ]
    assert statuses[0] == 401 and 429 in statuses
    return statuses[-2:]


def test_a_named_proxy_is_believed_of_scheme_and_address(behind: Site) -> None:
    _, _, about = ask(behind, PROXY, "/.well-known/oauth-authorization-server")
    assert about["issuer"] == "https://worlds.example.org"
    _, headers, _ = ask(behind, PROXY, "/api/auth/me")
    assert "secure" in headers["set-cookie"].lower()
    assert tries(behind, PROXY) == [401, 401], "each one is slowed for themselves"


def test_nobody_else_is_believed(behind: Site) -> None:
    _, _, about = ask(behind, STRANGER, "/.well-known/oauth-authorization-server")
    assert about["issuer"] == "http://worlds.example.org"
    _, headers, _ = ask(behind, STRANGER, "/api/auth/me")
    assert "secure" not in headers["set-cookie"].lower()
    assert 429 in tries(behind, STRANGER), "a made-up address is no way round"


@pytest.mark.parametrize("wrong", ["proxy.example.org", "10.0.0.1/8", "*", "10.0.0.1,10.0.0.2", ""])
def test_a_proxy_is_an_address_or_a_network(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    given = make_parser().parse_args(["run", "--proxy", "10.0.0.1", "--proxy", "fd00::/8"])
    assert given.proxies == ["10.0.0.1", "fd00::/8"]
    with pytest.raises(SystemExit):
        make_parser().parse_args(["run", "--proxy", wrong])
    assert "--proxy" in capsys.readouterr().err
