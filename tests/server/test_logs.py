"""Promised: a server's log can be read by a machine, from begin to end, and holds no secret."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
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


async def fail_by_socket(server: Server) -> None:
    async with Robot(server.world("hello"), "Ann") as robot:
        with pytest.raises(WorldloomError):
            await robot.do("fail")
