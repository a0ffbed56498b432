"""The command line under nonsense: each command ends with 0, 1 or 2 and its clear words."""

from __future__ import annotations

import contextlib
import io
import os
import random
from pathlib import Path

from tests.fuzz.judging import Bug, check_told
from tests.fuzz.realms import make
from worldloom.server.cli.main import main

COMMANDS = ("worlds", "log", "at", "do", "undo", "fork", "export", "import", "verify", "token",
            "forget", "new", "nothing", "run", "dev", "doctor", "devices", "budget",
            "revoke")  # fmt: skip
PARTS = (
    "garden", "nowhere", "rose", "say", "text=hi", "1", "-1", "0", "9" * 20, "", "..", "/", "-h",
    "../../etc/passwd", "people", "x" * 300, "a=b=c", "=", "--json", "--realm", "--after", "--at",
    "--help", "--role", "owner", "--by", "ada", "--root", "--proof", "--seq", "\udcff", "🙂",
    "out.loom", "out.glb", "realm.loom", "--limit", "nan", "{}", "[1", "entity=rose", "--nothing",
    "\x00", "position=[0,1",
)  # fmt: skip


class CommandDoor:
    """A folder with a closed realm, in which odd commands are typed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "commands"
        self.folder.mkdir()
        make(self.folder / "realm.loom")

    def case(self, seed: int) -> None:
        """Type one odd command; raises Bug unless it ends with words."""
        chance = random.Random(seed)
        command = chance.choice(COMMANDS)
        count = chance.randrange(6)
        typed = [command, *(chance.choice(PARTS) for _ in range(count))]
        if command in ("run", "dev"):
            # What would serve for ever is given a file that is not there.
            typed.insert(1, "nowhere.py")
        out, err = io.StringIO(), io.StringIO()
        code = 0
        try:
            with contextlib.chdir(self.folder), kept_environment():
                with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                    code = main(typed)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except Exception as error:
            raise Bug(f"loom {typed!r}: {error!r}") from error
        try:
            check_told(code, out.getvalue(), err.getvalue())
        except Bug as bug:
            raise Bug(f"loom {typed!r}: {bug}") from bug


@contextlib.contextmanager
def kept_environment():  # type: ignore[no-untyped-def]
    """Put the environment back afterwards."""
    before = dict(os.environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
