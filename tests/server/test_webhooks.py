"""Promised: other programs hear of events in order and signed, and nothing is lost by a stop."""

from __future__ import annotations

import base64
import hmac
import http.server
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.server.asking import Browser, Site
from worldloom.kernel.errors import Misused
from worldloom.kernel.events import Said
from worldloom.kernel.webhooks import make_webhook
from worldloom.kernel.world import World
from worldloom.server.cli.main import main
from worldloom.testing.fixtures import Server

SECRET = b"between us two"
FILE = """
from worldloom import Entered, Event, Said, World

world = World("yard")


class Rang(Event):
    times: int


@world.action
def ring(times: int) -> None:
    for number in range(times):
        world.append(Rang(number))


world.webhook("{url}", Said, Rang, secret="whsec_{secret}")
"""
SILENT = """

silent = {f"silent_{number}": World(f"silent-{number}") for number in range({worlds})}
globals().update(silent)
for one in silent.values():
    one.webhook("{deaf}", Said, secret=...)
del one
"""
"""Worlds whose receiver takes a connection and never says a word."""
QUICK = {"webhook_retry_seconds": 0.05, "webhook_tries_max": 3, "webhook_seconds_max": 2.0}


class Receiver:
    """Another program: keeps what it is sent, and answers what a test wants."""

    def __init__(self) -> None:
        self.came: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.answers: list[int] = []
        """What the next requests are answered with; then 200."""
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = outer.answers.pop(0) if outer.answers else 200
                headers = {name.lower(): value for name, value in self.headers.items()}
                if status == 200:
                    check_signature(headers, body)
                outer.came.append(({**headers, "answer": str(status)}, json.loads(body)))
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?token=hidden"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def taken(self) -> list[Any]:
        """Return (kind, data) of what was answered with 200, in order."""
        return [
            (body["type"], body["data"]["data"])
            for headers, body in list(self.came)
            if headers["answer"] == "200"
        ]


def check_signature(headers: dict[str, str], body: bytes) -> None:
    """Compare as Standard Webhooks say."""
    told = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = base64.b64encode(hmac.new(SECRET, told, sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{mac}"
    assert abs(time.time() - int(headers["webhook-timestamp"])) < 600


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def start(tmp_path: Path, receiver: Receiver) -> Iterator[Callable[[], tuple[Site, Browser]]]:
    """Return what starts a server on one realm, and who acts there."""
    file = tmp_path / "yard.py"
    secret = base64.b64encode(SECRET).decode()
    file.write_text(FILE.replace("{url}", receiver.url).replace("{secret}", secret))
    servers: list[Server] = []

    def begin() -> tuple[Site, Browser]:
        server = Server(tmp_path / "realm.loom", str(file), limits=QUICK).start()
        servers.append(server)
        site = Site(server)
        return site, site.guest()

    yield begin
    for server in servers:
        server.stop()


def given_up(site: Site) -> list[dict[str, Any]]:
    """Return what the webhooks of the yard gave up."""
    records = site.nobody.get("/api/worlds/yard/events?limit=1000").json["records"]
    return [one["data"] for one in records if one.get("kind") == "Undelivered"]


def until(true: Callable[[], bool]) -> None:
    """Wait for something."""
    end = time.monotonic() + 40
    while not true():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.05)


def test_events_arrive_signed_in_order_and_only_those_that_were_asked_for(
    start: Callable[[], tuple[Site, Browser]], receiver: Receiver
) -> None:
    _, guest = start()
    assert guest.act("yard", "ring", times=5).status == 200
    assert guest.act("yard", "say", text="hello").status == 200
    until(lambda: len(receiver.taken()) >= 6)
    kinds = [kind for kind, _ in receiver.taken()]
    assert kinds == ["yard.Rang"] * 5 + ["Said"] or kinds == ["Rang"] * 5 + ["Said"]
    assert [data["times"] for _, data in receiver.taken()[:5]] == [0, 1, 2, 3, 4]
    ids = [headers["webhook-id"] for headers, _ in receiver.came]
    assert len(set(ids)) == 6


def test_who_never_answers_many_worlds_delays_no_other_worlds_deliveries(
    tmp_path: Path, receiver: Receiver
) -> None:
    worlds = 40  # more than a pool of threads would have
    with socket.create_server(("127.0.0.1", 0), backlog=worlds) as deaf:
        deaf.settimeout(40)
        silent = SILENT.replace("{worlds}", str(worlds))
        silent = silent.replace("{deaf}", f"http://127.0.0.1:{deaf.getsockname()[1]}/")
        file = tmp_path / "yard.py"
        secret = base64.b64encode(SECRET).decode()
        file.write_text(FILE.replace("{url}", receiver.url).replace("{secret}", secret) + silent)
        patient = {**QUICK, "webhook_seconds_max": 600.0}
        server = Server(tmp_path / "realm.loom", str(file), limits=patient).start()
        with ExitStack() as lines:
            owner = Site(server).owner()
            for number in range(worlds):
                assert owner.act(f"silent-{number}", "say", text="anyone?").status == 200
            for _ in range(worlds):
                line = lines.enter_context(deaf.accept()[0])
                line.settimeout(40)
                assert b"POST" in line.recv(65_536), "each is on its way, and none is answered"
            assert owner.act("yard", "ring", times=3).status == 200
            until(lambda: len(receiver.taken()) == 3)
            assert server.stop() == 0, "nor does it hold up the end"


def test_what_is_not_taken_is_sent_again_under_the_same_id_before_the_next(
    start: Callable[[], tuple[Site, Browser]], receiver: Receiver
) -> None:
    _, guest = start()
    receiver.answers = [500, 307]
    assert guest.act("yard", "ring", times=2).status == 200
    until(lambda: len(receiver.taken()) >= 2)
    ids = [headers["webhook-id"] for headers, _ in receiver.came]
    assert len(ids) == 4 and ids[0] == ids[1] == ids[2] != ids[3]


def test_what_is_given_up_is_an_event_without_the_secret_and_the_next_goes_on(
    start: Callable[[], tuple[Site, Browser]], receiver: Receiver
) -> None:
    site, guest = start()
    receiver.answers = [500, 503, 404, 410]
    assert guest.act("yard", "ring", times=3).status == 200
    until(lambda: len(receiver.taken()) >= 1)
    until(lambda: len(given_up(site)) == 2)
    first, second = given_up(site)
    assert (first["status"], first["tries"]) == ("404", 3)
    assert (second["status"], second["tries"]) == ("410", 1), "410 wants no more tries"
    assert "hidden" not in json.dumps(given_up(site))
    assert [data["times"] for _, data in receiver.taken()] == [2]


def test_what_was_given_up_is_sent_again_in_its_turn_under_its_old_id_and_nothing_else_is(
    start: Callable[[], tuple[Site, Browser]], receiver: Receiver,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    site, guest = start()
    realm = ("--realm", str(site.server.realm))

    def loom(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        code = main([*words, *realm])
        return code, "".join(capsys.readouterr())

    receiver.answers = [410]
    assert guest.act("yard", "ring", times=2).status == 200
    until(lambda: len(given_up(site)) == 1 and len(receiver.taken()) == 1)
    dead = given_up(site)[0]["record"]
    code, told = loom("webhooks", "yard")
    assert code == 0 and f"{dead}" in told and "410 (1 tries)\n" in told and "again" not in told
    refused = guest.act("yard", "resend", record=dead)
    assert (refused.status, refused.code) == (403, "not_allowed")
    assert site.owner().act("yard", "resend", record=10**6).code == "no_seq"
    elsewhere = site.owner().act("yard", "resend", record=dead, webhook="https://example.org/")
    assert (elsewhere.status, elsewhere.code) == (404, "no_webhook")
    assert "[not_given_up]" in loom("resend", "yard", str(dead + 1))[1]

    receiver.answers = [500, 200, 410]  # the first try fails, the second is taken
    assert loom("resend", "yard", str(dead))[0] == 0
    assert guest.act("yard", "say", text="comes after it").status == 200
    until(lambda: len(given_up(site)) == 2)
    assert [data["times"] for _, data in receiver.taken()] == [1, 0]
    ids = [headers["webhook-id"] for headers, _ in receiver.came]
    assert ids[0] == ids[2] == ids[3] != ids[1], "an old record has its old id"
    assert given_up(site)[1]["record"] != dead, "it was taken: what came after it was not"
    first, second = loom("webhooks", "yard")[1].splitlines()
    assert "sent again at" in first and "again" not in second

    assert site.server.stop() == 0
    site, guest = start()
    assert guest.act("yard", "ring", times=1).status == 200
    until(lambda: len(receiver.taken()) == 3)
    assert len(receiver.came) == 6, "a start repeats nothing of it"


def test_a_stop_loses_nothing_and_a_start_repeats_nothing_that_was_taken(
    start: Callable[[], tuple[Site, Browser]], receiver: Receiver
) -> None:
    site, guest = start()
    assert guest.act("yard", "ring", times=1).status == 200
    until(lambda: len(receiver.taken()) == 1)
    receiver.answers = [500] * 3
    receiver.server.shutdown()  # nobody answers now: the second waits
    assert guest.act("yard", "say", text="while nobody listens").status == 200
    assert site.server.stop() == 0
    receiver.answers = []
    threading.Thread(target=receiver.server.serve_forever, daemon=True).start()
    start()
    until(lambda: "Said" in [kind for kind, _ in receiver.taken()])
    assert [kind for kind, _ in receiver.taken()].count("Said") >= 1
    assert len([kind for kind, _ in receiver.taken() if kind.endswith("Rang")]) == 1


@pytest.mark.parametrize(("says", "kind"), [
    (b"SSH-2.0-OpenSSH_10\r\n", "BadStatusLine"),
    (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000, "LineTooLong"),
])  # fmt: skip
def test_what_speaks_no_http_is_given_up_as_any_other_and_the_next_goes_on(
    start: Callable[[], tuple[Site, Browser]], receiver: Receiver, says: bytes, kind: str
) -> None:
    port = receiver.server.server_port
    receiver.server.shutdown()
    receiver.server.server_close()
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", port)) as door:
        threading.Thread(target=_greet, args=(door, says, asked), daemon=True).start()
        site, guest = start()
        assert guest.act("yard", "ring", times=2).status == 200
        until(lambda: len(given_up(site)) == 2)
        told = [(one["status"], one["tries"]) for one in given_up(site)]
        assert told == [(kind, 3), (kind, 3)]
        door.shutdown(socket.SHUT_RDWR)
    assert site.server.stop() == 0
    assert len(asked) == 6, "three tries each, and no more"
    errors = "".join(site.server.errors)
    assert "Traceback" not in errors and "never retrieved" not in errors
    assert errors.count("was not taken by") == 2
    assert "hidden" not in errors and "OpenSSH" not in errors


def _greet(door: socket.socket, says: bytes, asked: list[bytes]) -> None:
    """Answer each connection with some bytes, until the door is shut."""
    while True:
        try:
            line, _ = door.accept()
        except OSError:
            return
        with line:
            head = line.recv(65_536)
            if b"POST" in head:
                asked.append(head)
            line.sendall(says)
            line.settimeout(0.2)
            try:
                while line.recv(65_536):
                    pass
            except OSError:
                continue


@pytest.mark.parametrize("url", ["", "ftp://x/", "//x", "https://", 5, "javascript:1"])
def test_an_address_that_is_none_is_refused_when_the_file_is_loaded(url: Any) -> None:
    with pytest.raises(Misused) as caught:
        World("yard").webhook(url, Said)
    assert caught.value.code == "bad_webhook"


@pytest.mark.parametrize("url", [
    "http://example.org/a b?token=hidden", "http://example.org/?token=hidden\r\nX: 1",
    "http://example.org/\x00?token=hidden", " http://example.org/?token=hidden",
    "http://example.org:port/?token=hidden", "http://example.org:70000/?token=hidden",
    "http://me:hidden@example.org/", "http://[x/?token=hidden", "http://example.org/ä?token=hidden",
])  # fmt: skip
def test_an_address_that_nothing_can_be_sent_to_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(Misused) as caught:
        World("yard").webhook(url, Said)
    assert caught.value.code == "bad_webhook"
    assert "hidden" not in str(caught.value)


def test_kinds_secrets_and_numbers_are_checked() -> None:
    with pytest.raises(Misused):
        make_webhook("https://example.org/", (), ...)
    with pytest.raises(Misused):
        make_webhook("https://example.org/", (int,), ...)  # type: ignore[arg-type]
    for secret in ("whsec_!", "whsec_", "whsec_é", "", None, b"", b"bytes", 5):
        with pytest.raises(Misused) as caught:
            make_webhook("https://example.org/", (Said,), secret)  # type: ignore[arg-type]
        assert caught.value.code == "bad_webhook", secret
        assert caught.value.fix, secret
    assert make_webhook("https://example.org/", (Said,), ...).secret == b""
    world = World("yard")
    for number in range(16):
        world.webhook(f"https://example.org/{number}", Said)
    with pytest.raises(Misused):
        world.webhook("https://example.org/more", Said)


def test_a_new_secret_goes_on_where_the_old_one_stood() -> None:
    one = make_webhook("https://example.org/a", (Said,), "old")
    assert one.key == make_webhook("https://example.org/a", (Said,), "new").key
    assert one.key != make_webhook("https://example.org/b", (Said,), "old").key
    assert make_webhook("https://example.org/a?k=1", (Said,), ...).shown == (
        "https://example.org/a"
    )


def test_who_drips_an_answer_is_given_up_in_time_and_holds_up_neither_others_nor_the_end(
    start: Callable[[], tuple[Site, Browser]], receiver: Receiver
) -> None:
    port = receiver.server.server_port
    receiver.server.shutdown()
    receiver.server.server_close()
    over = threading.Event()
    with socket.create_server(("127.0.0.1", port)) as door:
        dripping = threading.Thread(target=_drip, args=(door, over))
        dripping.start()
        try:
            site, guest = start()
            assert guest.act("yard", "ring", times=2).status == 200
            until(lambda: len(given_up(site)) == 2)
            assert {one["status"] for one in given_up(site)} == {"TimeoutError: no answer in time"}
            assert guest.act("yard", "ring", times=1).status == 200
            began = time.monotonic()
            assert site.server.stop() == 0
            assert time.monotonic() - began < 20, "it waited for who drips"
        finally:
            over.set()
            dripping.join()


def _drip(door: socket.socket, over: threading.Event) -> None:
    """Begin an answer to each connection, and go on with it a letter at a time."""
    door.settimeout(0.2)
    with ExitStack() as lines:
        open_lines: list[socket.socket] = []
        while not over.is_set():
            with suppress(OSError):
                open_lines.append(lines.enter_context(door.accept()[0]))
                open_lines[-1].sendall(b"HTTP/1.1 ")
            for line in open_lines:
                with suppress(OSError):
                    line.sendall(b"2")
