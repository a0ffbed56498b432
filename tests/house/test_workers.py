"""A test that hangs costs itself, and neither the tests after it nor the end of the run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DIES = """
import os
def test_one(): pass
def test_two(): os._exit(1)
def test_three(): pass
"""
PASSES = "def test_it(): pass\n"


def test_a_worker_that_dies_leaves_what_it_did_not_run_to_the_others(tmp_path: Path) -> None:
    for number in range(6):
        (tmp_path / f"test_{number}.py").write_text(DIES if number in (1, 5) else PASSES)
    command = [sys.executable, "-m", "pytest", "-p", "xdist", "-p", "tests.workers", "-n2",
               "--dist", "loadfile", "--no-loadscope-reorder", str(tmp_path)]  # fmt: skip
    # No plugins but these: each worker has to start, and to start anew.
    bare = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTEST_ADDOPTS": ""}  # fmt: skip
    told = subprocess.run(
        command, cwd=tmp_path, env=bare, capture_output=True, text=True, timeout=120, check=False
    ).stdout
    assert re.search(r"\b2 failed, 8 passed\b", told), told
    failed = re.findall(r"^FAILED .*(test_\d)\.py::test_two", told, re.MULTILINE)
    assert sorted(failed) == ["test_1", "test_5"]
