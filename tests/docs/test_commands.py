"""The README's two commands are real: this test runs the first, and is run by the second."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.snippets import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_gives_the_two_commands() -> None:
    assert re.search(r"^\$ make run$", README, re.MULTILINE)
    assert re.search(r"^\$ make test$", README, re.MULTILINE)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt" or not shutil.which("make"), reason="needs make")
def test_make_run_says_ready_and_stops_cleanly(tmp_path: Path) -> None:
    if not (ROOT / ".venv").is_dir() or Path(sys.prefix) != ROOT / ".venv":
        pytest.skip("this is not the environment that make keeps")
    realm = tmp_path / "realm.loom"
    command = ["make", "run", f"ARGS=--port 0 --realm {realm}"]
    # Under `make test` this is a make of its own, not a part of that one.
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        second = process.stdout.readline()
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)
    assert re.fullmatch(r"ready http://localhost:\d+/\n", first)
    assert re.fullmatch(r"owner http://localhost:\d+/#claim=\S+\n", second)
    assert [path.name for path in tmp_path.iterdir()] == ["realm.loom"]
