"""Many sockets of one account, or of guests of one address, have together what a few have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.server.asking import Site
from tests.server.test_hostile_socket import BINARY, frame, inside
from worldloom.sync.messages import Ping, Pong
from worldloom.sync.wire import decode_from_server, encode
from worldloom.testing.fixtures import Server

SLOW = {"commands_per_second_max": 0, "commands_burst_max": 10, "floods_burst_max": 1_000,
        "account_sockets_worth": 2, "address_sockets_worth": 2, "address_guests_worth": 2,
        "http_calls_per_second_max": 0, "http_calls_burst_max": 10}  # fmt: skip
EACH, SOCKETS = 10, 6


@pytest.fixture(scope="module")
def site(hello_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    realm = tmp_path_factory.mktemp("shared") / "realm.loom"
    running = Server(realm, str(hello_file), limits=SLOW).start()
    yield Site(running)
    assert running.stop() == 0


def answered(site: Site, heads: Sequence[str]) -> int:
    """Return how many pings are answered of those that sockets with these headers send."""
    with ExitStack() as open_lines:
        lines = [open_lines.enter_context(inside(site, more=head)) for head in heads]
        for line in lines:
            line.send(b"".join(frame(BINARY, encode(Ping(number))) for number in range(EACH)))
        count = 0
        for line in lines:
            line.send(frame(0x88, b"\x03\xe8"))
            count += sum(
                isinstance(decode_from_server(data), Pong)
                for kind, data in line.frames()
                if kind == BINARY and data[0] == 0
            )
        return count


def test_the_sockets_of_one_account_share_and_others_do_not(site: Site) -> None:
    def bearer(account: str) -> str:
        headers = site.bearer(account=account, role="member")[0].headers
        return f"Authorization: {headers['Authorization']}\r\n"

    ann = bearer("ann")
    assert answered(site, [ann] * SOCKETS) == 2 * EACH
    others = [bearer(f"other-{number}") for number in range(SOCKETS)]
    assert answered(site, others) == SOCKETS * EACH


def test_guests_of_one_address_share_and_those_of_others_and_of_this_machine_do_not(
    site: Site,
) -> None:
    def come(address: str) -> str:
        return f"X-Forwarded-For: {address}\r\n"

    assert answered(site, [come("203.0.113.7")] * SOCKETS) == 2 * EACH
    inside_one = [come(f"2001:db8:0:1::{number}") for number in range(1, SOCKETS + 1)]
    assert answered(site, inside_one) == 2 * EACH, "a whole network of IPv6"
    many = [come(f"203.0.113.{number}") for number in range(20, 20 + SOCKETS)]
    assert answered(site, many) == SOCKETS * EACH
    assert answered(site, [""] * SOCKETS) == SOCKETS * EACH


def test_a_new_cookie_is_no_new_rate_for_what_guests_do_by_http(site: Site) -> None:
    def said(addresses: Sequence[str]) -> int:
        """Return how often guests, each of them new, may speak from these addresses."""
        guests = [(site.guest(), {"X-Forwarded-For": address}) for address in addresses]
        path = "/api/worlds/hello/actions/wave"
        codes = [
            guest.ask("POST", path, {}, from_there).code
            for guest, from_there in guests
            for _ in range(EACH)
        ]
        return len(codes) - codes.count("too_often")

    assert said(["203.0.113.99"] * SOCKETS) == 2 * EACH
    assert said([f"2001:db8:0:9::{number}" for number in range(SOCKETS)]) == 2 * EACH
    assert said([f"203.0.113.{number}" for number in range(100, 100 + SOCKETS)]) == SOCKETS * EACH
    assert said([""] * 3) == 3 * EACH, "this machine itself"
