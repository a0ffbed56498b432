"""What several commands share: arguments, and how data is printed."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[[argparse.Namespace], int]
Commands = Any
"""argparse's own type for sub-commands has no public name."""
REALM = Path("realm.loom")
"""The realm of the current folder: made when absent, by whatever command comes first."""


def command(commands: Commands, name: str, about: str, example: str, run: Run) -> Any:
    """Add a command with its example; return its parser."""
    parser = commands.add_parser(
        name,
        help=about,
        description=about[0].upper() + about[1:] + ".",
        epilog=f"example: {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def add_realm(parser: Any) -> None:
    """Add `--realm`."""
    parser.add_argument(
        "--realm", type=file, default=REALM, metavar="FILE.loom",
        help="the realm's file (default: realm.loom here)",
    )  # fmt: skip


def add_json(parser: Any) -> None:
    """Add `--json`."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def file(text: str) -> Path:
    """Return the path of a file, for argparse."""
    if "\0" in text:
        raise ValueError(text)
    return Path(text)


def whole(text: str) -> int:
    """Return a whole number from 0 on, for argparse."""
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def not_empty(text: str) -> str:
    """Return an option's value: one that a script filled with nothing is a slip."""
    if not text:
        raise argparse.ArgumentTypeError("it is empty: leave the option out, or say something")
    return text


def one_line(text: str) -> str:
    """Return a line that moves no terminal's cursor, whatever a foreign file calls things."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def dump(data: Any) -> str:
    """Return data as one line of JSON that a terminal can show."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False)
