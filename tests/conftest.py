"""What every test shares: one profile for properties, and where the installed `loom` is."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import hypothesis
import pytest

hypothesis.settings.register_profile(
    "house",
    deadline=None,  # a busy machine is no fault of the code
    derandomize=bool(os.environ.get("CI")),
    database=None
    if os.environ.get("CI")
    else hypothesis.database.DirectoryBasedExampleDatabase(Path(".cache/hypothesis")),
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("house")


@pytest.fixture(scope="session")
def loom_path() -> str:
    """Return the installed `loom`: of the wheel under `make test`, else beside this Python."""
    beside = Path(sys.executable).parent
    found = os.environ.get("WORLDLOOM_LOOM") or shutil.which("loom", path=str(beside))
    if not found:
        pytest.skip("loom is not installed here")
    return found
