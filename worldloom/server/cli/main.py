"""The way into every command: words, exit codes and the one form of errors."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Iterator, Sequence

from worldloom.kernel.errors import Unavailable, WorldloomError, in_terminal
from worldloom.server.cli import (
    act,
    agents,
    approvals,
    carry,
    devices,
    doctor,
    look,
    people,
    prove,
    run,
    starter,
    tokens,
    webhooks,
)
from worldloom.server.version import VERSION

ABOUT = "A shared 3D place for your people, models and live data, kept in one file."


class Parser(argparse.ArgumentParser):
    """argparse, with errors in the one form: `message [wrong_usage]` and a fix."""

    def error(self, message: str) -> None:  # type: ignore[override]
        """Say what is wrong and end with 2."""
        print(f"{message} [wrong_usage]\n  fix: {self.prog} --help", file=sys.stderr)
        raise SystemExit(2)


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = Parser(
        prog="loom",
        description=ABOUT,
        epilog="example: loom run",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"worldloom {VERSION}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    for family in (
        run,
        starter,
        look,
        act,
        tokens,
        devices,
        agents,
        approvals,
        carry,
        prove,
        people,
        webhooks,
        doctor,
    ):
        family.add(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 refused or failed, 2 wrong usage."""
    parser = make_parser()
    if not (sys.argv[1:] if arguments is None else arguments):
        parser.print_help()  # who types the bare name wants to know what there is
        return 0
    given = parser.parse_args(arguments)
    _say_anything()
    if not all(map(_is_text, _texts(given))):
        parser.error("an argument is not UTF-8 text")
    try:
        code: int = given.run(given)
        return code
    except WorldloomError as error:
        return _refuse(error)
    except KeyboardInterrupt:
        return 1
    except BrokenPipeError:
        # Whoever read our lines has seen enough; Python must not complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        where = error.filename if isinstance(error.filename, str) else "a file"
        return _refuse(
            Unavailable(
                f"{where[:200]} cannot be used: {error.strerror or error}",
                "check the path, its rights and the space on the disk",
                code="file_failed",
            )
        )


def _refuse(error: WorldloomError) -> int:
    print(in_terminal(error), file=sys.stderr)
    if error.fix:
        print(f"  fix: {error.fix}", file=sys.stderr)
    return 1


def _say_anything() -> None:
    """Let a terminal that lacks a sign of ours, or of a file's name, show it by its number."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _texts(given: argparse.Namespace) -> Iterator[str]:
    """Yield what was typed that is no path: a file may have any name, all else is text."""
    for value in vars(given).values():
        yield from (one for one in (value if isinstance(value, list) else [value])
                    if isinstance(one, str))  # fmt: skip


def _is_text(typed: str) -> bool:
    """Tell whether the bytes that a shell handed over were UTF-8."""
    return not any("\ud800" <= sign <= "\udfff" for sign in typed)


if __name__ == "__main__":
    raise SystemExit(main())
