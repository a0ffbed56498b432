"""What a server says on stderr: lines for people, or one JSON object a line for machines.

Secrets never stand in it: tokens, cookies, claims and what people say are not given to the log.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import Final

import msgspec

LEVELS: Final = {"plain": logging.WARNING, "json": logging.INFO}
"""Form → from which level on: a terminal hears what is wrong, a collector also begin and end."""


class PlainLines(logging.Formatter):
    """Writes a message as one line: what people call themselves must not move a cursor."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """Return the line; a traceback below it keeps its own."""
        return "".join(letter if letter.isprintable() else " " for letter in record.message)


class JsonLines(logging.Formatter):
    """Writes a record as one line: `time` (UTC), `level`, `logger`, `message` and `error`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, whatever was logged."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {
            "time": time.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _sound(record.getMessage()),
        }
        if record.exc_info:
            line["error"] = _sound(self.formatException(record.exc_info))
        return msgspec.json.encode(line).decode()


def _sound(text: str) -> str:
    """Return a text that UTF-8 can hold: names of files may have bytes that it cannot."""
    return text.encode("utf-8", "backslashreplace").decode()


def set_up(form: str) -> None:
    """Let everything that is logged leave on stderr in one of the forms of `LEVELS`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else PlainLines())
    logging.basicConfig(handlers=[handler], level=LEVELS[form])
