"""Nobody holds a connection, an upload's place or an answer's memory by being slow.

The limits are shortened, so that what would take half a minute is over at once.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.server.asking import Browser, Site
from tests.server.test_assets import png
from worldloom.kernel.limits import LIMITS
from worldloom.server.share import make_certificate
from worldloom.testing.fixtures import Server

SHORT = {
    "head_seconds_max": 0.5,
    "body_seconds_max": 0.5,
    "drain_seconds_max": 0.5,
    "hello_seconds_max": 0.5,
}
IMAGE = {"Content-Type": "image/png"}
PATIENCE_SECONDS = 20
"""After so long a test gives up on the server; it says nothing about how fast it is."""


@pytest.fixture(scope="module")
def hasty(hello_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve with short limits of time."""
    realm = tmp_path_factory.mktemp("hasty") / "realm.loom"
    server = Server(realm, str(hello_file), limits=SHORT).start()
    yield Site(server)
    assert server.stop() == 0
    assert "Traceback" not in "".join(server.errors)


@contextlib.contextmanager
def line_to(site: Site) -> Iterator[socket.socket]:
    parts = urlsplit(site.server.url)
    address = (parts.hostname or "", parts.port or 80)
    with socket.create_connection(address, timeout=PATIENCE_SECONDS) as line:
        yield line


def until_the_end(line: socket.socket) -> bytes:
    """Return all that comes until the server closes the line; a line that stays open fails."""
    heard = b""
    with contextlib.suppress(ConnectionError):
        while data := line.recv(65_536):
            heard += data
    return heard


def check_refused(heard: bytes, status: int, code: str) -> None:
    head, _, body = heard.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), heard
    assert b"content-type: application/json" in head.lower()
    error = json.loads(body)["error"]
    assert error["code"] == code
    assert error["fix"]


@pytest.mark.parametrize(
    "start",
    [b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: here\r\nX-Half: ha", b"\r\n\r\n"],
)
def test_a_head_that_stops_in_the_middle_is_refused(hasty: Site, start: bytes) -> None:
    with line_to(hasty) as line:
        line.sendall(start)
        check_refused(until_the_end(line), 408, "request_timeout")


def test_a_line_on_which_nothing_is_asked_is_closed_in_silence(hasty: Site) -> None:
    with line_to(hasty) as line:
        assert until_the_end(line) == b""


def test_a_head_that_drips_is_refused_all_the_same(hasty: Site) -> None:
    with line_to(hasty) as line:
        line.sendall(b"GET / HTTP/1.1\r\n")
        stop = threading.Event()

        def drip() -> None:
            while not stop.wait(0.05):
                with contextlib.suppress(OSError):
                    line.sendall(b"X: y\r\n")

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            heard = until_the_end(line)
        finally:
            stop.set()
            dripping.join()
        assert heard == b"" or heard.startswith(b"HTTP/1.1 408 ")


def test_a_second_request_that_stops_is_cut_off_after_the_first_was_answered(hasty: Site) -> None:
    with line_to(hasty) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HT")
        heard = until_the_end(line)
    assert heard.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 408 " in heard


def half_an_upload(who: Browser) -> bytes:
    token = who.headers["Authorization"]
    return (
        "POST /api/assets HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
        f"Authorization: {token}\r\nContent-Length: 100000\r\n\r\n"
    ).encode() + png(4, 4)


def test_a_body_that_stops_in_the_middle_is_refused(hasty: Site) -> None:
    with line_to(hasty) as line:
        line.sendall(half_an_upload(hasty.token("slow", "builder")))
        check_refused(until_the_end(line), 408, "request_timeout")


def test_a_body_that_began_fast_earns_no_time_to_stop_in(hasty: Site) -> None:
    token = hasty.token("bursting", "builder").headers["Authorization"]
    with line_to(hasty) as line:
        line.sendall(
            "POST /api/assets HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
            f"Authorization: {token}\r\nContent-Length: 60000000\r\n\r\n".encode()
        )
        line.sendall(bytes(8_000_000))  # four minutes' worth at the least speed
        check_refused(until_the_end(line), 408, "request_timeout")


def test_a_line_on_which_no_tls_begins_is_closed_in_time(hello_file: Path, tmp_path: Path) -> None:
    pem = tmp_path / "both.pem"
    pem.write_bytes(make_certificate("127.0.0.1", datetime.datetime.now(datetime.UTC)))
    realm, options = tmp_path / "realm.loom", ("--tls", str(pem), str(pem))
    server = Server(realm, str(hello_file), limits=SHORT, options=options).start()
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(line_to(Site(server))) for _ in range(10)]
        silent[0].sendall(b"\x16\x03\x01")  # it begins, and goes no further
        assert [until_the_end(line) for line in silent] == [b""] * 10
    assert server.stop() == 0


def test_of_too_many_handshakes_the_oldest_is_cut(hello_file: Path, tmp_path: Path) -> None:
    pem = tmp_path / "both.pem"
    pem.write_bytes(make_certificate("127.0.0.1", datetime.datetime.now(datetime.UTC)))
    server = Server(
        tmp_path / "realm.loom",
        str(hello_file),
        limits={"handshakes_max": 4, "waiting_seconds_min": 0.0},
        options=("--tls", str(pem), str(pem)),
    ).start()
    context = ssl.create_default_context(cafile=str(pem))
    context.check_hostname = False
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(line_to(Site(server))) for _ in range(10)]
        cut: set[socket.socket] = set()
        while len(cut) < 6:  # in the order in which the system handed them over
            cut.update(select.select([one for one in silent if one not in cut], (), ())[0])
        assert [until_the_end(one) for one in cut] == [b""] * 6
        line = stack.enter_context(context.wrap_socket(stack.enter_context(line_to(Site(server)))))
        line.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        told = until_the_end(line)
        assert told.startswith(b"HTTP/1.1 200 ")
        figures = dict(one.split() for one in told.split(b"\n") if one.startswith(b"worldloom_h"))
        assert figures[b"worldloom_handshakes_refused_total"] == b"7"
        assert figures[b"worldloom_handshakes"] == b"3"
    assert server.stop() == 0
    assert server.errors == []


def health(site: Site) -> int:
    """Ask as a browser does: once more where the line was cut for one that came with it."""
    for _ in range(5):
        with contextlib.suppress(ConnectionError):
            return site.nobody.get("/healthz").status
    return 0


def test_half_open_lines_never_keep_out_who_really_asks(hello_file: Path, tmp_path: Path) -> None:
    limits = {"waiting_connections_max": 8, "waiting_seconds_min": 0.0}
    server = Server(tmp_path / "realm.loom", str(hello_file), limits=limits).start()
    site = Site(server)
    with contextlib.ExitStack() as stack:
        idle = stack.enter_context(line_to(site))
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = b""
        while not answer.endswith(b"ok\n"):  # head and body may come one by one
            answer += idle.recv(4096)
        assert answer.startswith(b"HTTP/1.1 200 ")
        half = [stack.enter_context(line_to(site)) for _ in range(30)]
        for line in half:
            with contextlib.suppress(OSError):  # it was closed for a later one
                line.sendall(b"GET / HT")
        assert health(site) == 200
        assert until_the_end(idle) == b"", "the line that waited longest was kept"
        cut: set[socket.socket] = set()
        while len(cut) < len(half) - 8:  # in the order in which the system handed them over
            cut.update(select.select([one for one in half if one not in cut], (), ())[0])
        newest = stack.enter_context(line_to(site))
        newest.sendall(b"GET / HT")
        assert health(site) == 200
        newest.sendall(b"TP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert until_the_end(newest).startswith(b"HTTP/1.1 200 ")
    assert server.stop() == 0
    assert server.errors == []


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="read from Linux's /proc")
def test_a_server_may_hold_more_files_than_a_process_begins_with(
    hello_file: Path, tmp_path: Path
) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    try:
        server = Server(tmp_path / "realm.loom", str(hello_file)).start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    lines = Path(f"/proc/{server.pid}/limits").read_text().splitlines()
    usual = next(line for line in lines if line.startswith("Max open files")).split()[3]
    assert server.stop() == 0
    assert int(usual) == min(before[1], 2 * LIMITS.sockets_max + 756)


def test_stalled_uploads_never_hold_every_place(site: Site) -> None:
    """With the usual limits: one account leaves room for the others, at once."""
    slow, quick = site.token("slow", "builder"), site.token("quick", "builder")
    with contextlib.ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(line_to(site)).sendall(half_an_upload(slow))
        while True:  # until both have their places
            reply = slow.ask("POST", "/api/assets", png(1, 1, b"third"), IMAGE)
            if reply.status == 429:
                break
        assert reply.code == "over_limit"
        assert reply.headers["retry-after"]
        assert quick.ask("POST", "/api/assets", png(1, 1, b"quick"), IMAGE).status == 201


def test_the_places_of_stalled_uploads_come_free(hasty: Site) -> None:
    many = [hasty.token(f"slow{number}", "builder") for number in range(4)]
    with contextlib.ExitStack() as stack:
        lines = [stack.enter_context(line_to(hasty)) for _ in many]
        for line, who in zip(lines, many, strict=True):
            line.sendall(half_an_upload(who))
        for line in lines:
            check_refused(until_the_end(line), 408, "request_timeout")
    again = many[0].ask("POST", "/api/assets", png(2, 2, b"again"), IMAGE)
    assert again.status == 201


def test_an_answer_that_is_not_read_is_thrown_away(hasty: Site) -> None:
    large = png(4, 4, bytes(8_000_000))
    who = hasty.token("reader", "builder")
    url = who.ask("POST", "/api/assets", large, IMAGE).json["url"]
    with line_to(hasty) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.sendall(f"GET {url} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        closed = threading.Event()
        # Not reading, the client learns of its end only by what it sends.
        while not closed.wait(0.1):
            try:
                line.sendall(b"\r\n")
            except OSError:
                closed.set()
    assert hasty.nobody.get(url).body == large


def test_too_many_requests_ahead_of_their_answers_end_the_line(hasty: Site) -> None:
    with line_to(hasty) as line:
        with contextlib.suppress(OSError):
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2_000)
        heard = until_the_end(line)
    assert heard.count(b"HTTP/1.1 200 ") < 2_000
    assert hasty.nobody.get("/healthz").status == 200


@pytest.mark.parametrize("ending", [b"X: y\r\n" * 40_000, b"X: " + b"y" * 300_000])
def test_headers_after_a_body_do_not_fill_the_memory(hasty: Site, ending: bytes) -> None:
    head = b"POST /api/auth/claim HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    with line_to(hasty) as line:
        with contextlib.suppress(OSError):
            line.sendall(head + b"2\r\n{}\r\n0\r\n" + ending)
        heard = until_the_end(line)
    assert heard == b"" or heard.startswith((b"HTTP/1.1 4",))


def test_what_is_no_http_is_refused_in_the_one_form(hasty: Site) -> None:
    for data in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"HELLO\r\n\r\n",
                 b"GET / HTTP/9.9\r\n\r\n", b"GET /\xff HTTP/1.1\r\n\r\n",
                 b"POST / HTTP/1.1\r\nContent-Length: nine\r\n\r\n"):  # fmt: skip
        with line_to(hasty) as line:
            line.sendall(data)
            check_refused(until_the_end(line), 400, "bad_http")


def test_a_socket_that_drips_bytes_instead_of_hello_is_closed(hasty: Site) -> None:
    with line_to(hasty) as line:
        line.sendall(
            b"GET /w/hello/live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            b"Sec-WebSocket-Protocol: worldloom.2\r\n\r\n"
        )
        line.sendall(b"\x82\xfe\x40\x00")  # a frame of 16 KiB, of which nothing comes
        heard = until_the_end(line)
    assert heard.startswith(b"HTTP/1.1 101 ")
    assert b"hello" in heard
