"""Promised: a server's log can be read by a machine, from begin to end, and holds no secret."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path

from tests.server.asking import Site
from worldloom.server.logs import JsonLines
from worldloom.testing.fixtures import Server


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
