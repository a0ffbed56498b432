"""The way into every command: words, exit codes and the one form of errors."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from worldloom.kernel.errors import WorldloomError
from worldloom.server.cli import act, carry, doctor, look, people, prove, run, starter, tokens
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
    for family in (run, starter, look, act, tokens, carry, prove, people, doctor):
        family.add(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 refused or failed, 2 wrong usage."""
    given = make_parser().parse_args(arguments)
    try:
        code: int = given.run(given)
        return code
    except WorldloomError as error:
        print(error, file=sys.stderr)
        if error.fix:
            print(f"  fix: {error.fix}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 1
    except BrokenPipeError:
        # Whoever read our lines has seen enough; Python must not complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    raise SystemExit(main())
