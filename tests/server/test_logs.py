"""Promised: a server's log can be read by a machine, from begin to end, and holds no secret."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.server.agent import Agent
from tests.server.asking import Site
from worldloom.kernel.errors import WorldloomError
from worldloom.server.logs import JsonLines
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

MISTAKE = '    raise ZeroDivisionError("a mistake of the author")'


def line(message: str, *values: object, fails: bool = False) -> dict[str, str]:
    """Return what a record becomes."""
    error = None
    if fails:
        try:
            raise ValueError("a\nb")
        except ValueError:
            error = sys.exc_info()
    record = logging.LogRecord("worldloom.x", logging.ERROR, "f", 1, message, values, error)
    record.created = 1_700_000_000.25
    written = JsonLines().format(record)
    assert "\n" not in written
    found: dict[str, str] = json.loads(written)
    return found


def test_a_record_is_one_line_with_its_time_in_utc() -> None:
    assert line("%s failed", "tick") == {
        "time": "2023-11-14T22:13:20.250Z",
        "level": "error",
        "logger": "worldloom.x",
        "message": "tick failed",
    }


def test_a_failure_keeps_its_place_and_odd_bytes_do_not_stop_it() -> None:
    found = line("file \udcff %s", "\u2028", fails=True)
    assert "ValueError" in found["error"] and "test_logs.py" in found["error"]
    assert "\\udcff" in found["message"]


def test_a_server_tells_begin_and_end_as_json_and_no_secret(
    serve: Callable[..., Server], hello_file: Path
) -> None:
    server = serve(str(hello_file), options=("--log", "json"))
    site = Site(server)
    assert site.owner().act("hello", "say", text="a private word").status == 200
    site.nobody.get("/api/worlds/hello", Authorization="Bearer not-a-token")
    assert server.stop() == 0
    lines = [json.loads(one) for one in server.errors]
    said = [one["message"] for one in lines if one["logger"] == "worldloom"]
    assert said[0].startswith("ready on http://localhost:") and said[-1].startswith("stopped")
    whole = "".join(server.errors)
    assert "private word" not in whole and "not-a-token" not in whole
    assert server.claim.partition("=")[2] not in whole


def test_the_log_names_the_line_of_an_authors_mistake_at_every_door(
    serve: Callable[..., Server], hello_file: Path
) -> None:
    server = serve(str(hello_file))
    site = Site(server)
    line = 1 + hello_file.read_text().splitlines().index(MISTAKE)
    place = f"{hello_file}:{line} in fail"
    guest = site.guest()
    reply = guest.act("hello", "fail")
    assert (reply.status, reply.code) == (500, "handler_failed")
    assert str(hello_file).encode() not in reply.body, "visitors learn no place"
    agent = Agent(site.bearer(account="bot", role="member", agent=True)[0], "hello")
    assert agent.call("fail").error == "handler_failed"
    asyncio.run(fail_by_socket(server))
    assert server.stop() == 0
    named = [told for told in server.errors if place in told]
    assert len(named) == 3, server.errors
    assert all("hello: " in told and "ZeroDivisionError" in told for told in named)
    assert not any("Traceback" in told for told in server.errors)


QUOTING = """
from worldloom import Entry, Projection, Row, Rows, Said, World

world = World("inn")


class Heard(Row, frozen=True):
    who: str
    number: int


heard = Projection("heard", Heard, key=("who",), version=1)


@heard.on(Said)
def count(said: Said, entry: Entry, rows: Rows[Heard]) -> None:
    rows.put(Heard(entry.actor, int(said.text.value)))


world.project(heard)


@world.on(Said)
def answer(said: Said) -> None:
    raise ValueError(f"bad {said.text}")


@world.action
def guess(text: str) -> int:
    return int(text)
"""


def quote(tmp_path: Path, command: str) -> tuple[str, str]:
    """Let an author's code quote a visitor; return what stands in the log, and the answer."""
    file = tmp_path / "inn.py"
    file.write_text(QUOTING)
    server = Server(tmp_path / "realm.loom", str(file), command=command).start()
    site = Site(server)
    guest = site.guest()
    assert guest.act("inn", "say", text="a private word").status == 200
    reply = guest.act("inn", "guess", text="a private word")
    assert reply.code == "handler_failed"
    assert server.stop() == 0
    return "".join(server.errors), reply.body.decode()


def test_an_authors_mistake_that_quotes_a_visitor_is_logged_by_its_kind_and_place(
    tmp_path: Path,
) -> None:
    errors, answer = quote(tmp_path, "run")
    assert "private word" not in errors, errors
    assert "invalid literal" in answer, "who asked is told what came of their own words"
    for name in ("guess", "answer", "count"):
        assert re.search(rf"ValueError.* at .*inn\.py:\d+ in {name}", errors), errors


def test_an_author_at_work_reads_the_whole_mistake_in_the_terminal(tmp_path: Path) -> None:
    errors, _ = quote(tmp_path, "dev")
    assert "invalid literal for int() with base 10: 'a private word'" in errors


REFUSING = """
from worldloom import Refused, Said, World

world = World("inn")


@world.on(Said)
def answer(said: Said) -> None:
    raise ValueError(f"bad {said.text.value}")


@world.on(Said)
def turn_away(said: Said) -> None:
    raise Refused(f"nothing for {said.text.value}")
"""


async def hear_what_fails(server: Server, builder: str) -> None:
    """Say something again and again, each time until a builder was told of both reactions."""
    async with Robot(server.world("inn"), token=builder) as robot:
        for number in range(3):
            await robot.say(f"private word {number}")
            told = sorted([await robot.told(), await robot.told()])
            assert ":answer: " in told[0] and f"ValueError: bad private word {number}" in told[0]
            assert ":turn_away: " in told[1] and f"nothing for private word {number}" in told[1]


def test_each_failure_that_nobody_waited_for_is_told_to_builders_and_to_the_log_without_words(
    tmp_path: Path,
) -> None:
    file = tmp_path / "inn.py"
    file.write_text(REFUSING)
    server = Server(tmp_path / "realm.loom", str(file), options=("--log", "json")).start()
    browser, _ = Site(server).bearer(account="bea", role="builder")
    secret = browser.headers["Authorization"].removeprefix("Bearer ")
    asyncio.run(hear_what_fails(server, secret))
    assert server.stop() == 0
    lines = [str(json.loads(one)["message"]) for one in server.errors]
    for kind, name in (("ValueError", "answer"), ("Refused", "turn_away")):
        found = [one for one in lines if re.search(rf"{kind}.* at .*inn\.py:\d+ in {name}", one)]
        assert len(found) == 3, lines
    assert "private word" not in "".join(server.errors)


WORDY = """
from worldloom import Misused, Unavailable, World
from worldloom.kernel.doors import Answered, Asked, Clerk, Door
from worldloom.kernel.rights import Role

world = World("inn")


@world.action
def wait(text: str) -> None:
    raise Unavailable(f"no room for {text}")


@world.action
def err(text: str) -> None:
    raise Misused(f"nobody thought of {text}")


async def ring(asked: Asked, clerk: Clerk) -> Answered:
    raise ValueError(asked.body)


async def knock(asked: Asked, clerk: Clerk) -> Answered:
    raise Unavailable(asked.body.decode())


def read(asked: Asked) -> Asked:
    if asked.body:
        raise ValueError(asked.body)
    return asked


async def nothing(asked: Asked, clerk: Clerk) -> Answered:
    return Answered(200, b"", "text/plain")


world.door(Door("ring", ring, Role.VISITOR))
world.door(Door("knock", knock, Role.VISITOR))
world.door(Door("post", nothing, Role.VISITOR, read=read))
"""


def test_what_an_author_says_in_an_error_of_ours_or_at_a_door_is_logged_by_kind_and_place(
    tmp_path: Path,
) -> None:
    file = tmp_path / "inn.py"
    file.write_text(WORDY)
    server = Server(tmp_path / "realm.loom", str(file)).start()
    site = Site(server)
    guest, words = site.guest(), b"a private word"
    assert guest.act("inn", "wait", text=words.decode()).status == 503
    assert guest.act("inn", "err", text=words.decode()).status == 500
    found = guest.ask("POST", "/w/inn/ring/", words)
    assert (found.status, found.code) == (500, "handler_failed") and words not in found.body
    assert guest.ask("POST", "/w/inn/knock/", words).code == "unavailable"
    assert guest.ask("POST", "/w/inn/post/", words).code == "handler_failed"
    assert server.stop() == 0
    errors = "".join(server.errors)
    assert "private word" not in errors and "Traceback" not in errors
    for kind, name in (
        ("Unavailable", "wait"), ("Misused", "err"), ("ValueError", "ring"),
        ("Unavailable", "knock"), ("ValueError", "read"),
    ):  # fmt: skip
        assert re.search(rf"{kind}.* at .*inn\.py:\d+ in {name}", errors), errors


FAILING = """
from worldloom import World

world = World("inn")
runs = iter(range(100))


@world.every(0.05)
def clean() -> None:
    run = next(runs)
    if run == 5:
        world.spawn("works")
    elif run < 12:
        raise ValueError(f"run {run}")
    elif run < 20:
        raise ValueError("elsewhere")
    elif run < 25:
        raise KeyError("another kind")
    elif run == 25:
        world.spawn("done")
"""


def test_a_timer_that_fails_is_told_once_until_it_works_or_fails_otherwise(
    tmp_path: Path,
) -> None:
    file = tmp_path / "inn.py"
    file.write_text(FAILING)
    server = Server(tmp_path / "realm.loom", str(file)).start()
    for _ in range(200):
        if b'"done"' in Site(server).nobody.get("/api/worlds/inn/state").body:
            break
        time.sleep(0.05)
    assert server.stop() == 0
    assert len([one for one in server.errors if "inn.py" in one]) == 4, server.errors


ASKING = """
from worldloom import World

world = World("inn")


@world.action(approval=True)
def open_valve(degrees: int = 1) -> int:
    return degrees
"""


@pytest.mark.parametrize("form", ["json", "plain"])
def test_what_an_agent_asks_for_stands_once_in_the_log_and_moves_no_cursor(
    tmp_path: Path, form: str
) -> None:
    file = tmp_path / "inn.py"
    file.write_text(ASKING)
    server = Server(tmp_path / "realm.loom", str(file), options=("--log", form)).start()
    wish = {"account": "sh\x9b2J\u202eopper", "role": "member", "agent": True}
    agent, _ = Site(server).bearer(**wish)
    for _ in range(3):
        path = "/api/worlds/inn/actions/open_valve"
        assert agent.ask("POST", path, {}, {"Idempotency-Key": "one"}).status == 202
    assert server.stop() == 0
    errors = server.errors
    if form == "json":
        errors = [str(json.loads(one)["message"]) for one in errors]
    (line,) = [one.rstrip("\n") for one in errors if "asks to open_valve in inn" in one]
    assert line.isprintable() and "opper" in line


async def fail_by_socket(server: Server) -> None:
    async with Robot(server.world("hello"), "Ann") as robot:
        with pytest.raises(WorldloomError):
            await robot.do("fail")
