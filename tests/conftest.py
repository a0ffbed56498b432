"""What every test shares: one profile for properties, and where the installed `loom` is."""

from __future__ import annotations

import os
import shutil
import sys
from itertools import compress
from pathlib import Path

import hypothesis
import pytest

pytest_plugins = ("tests.browser.past_scene", "tests.workers")
"""Fixtures of several files of browser tests, and how files are shared out."""

# Some five hundred servers and commands are started, and where Python keeps nothing of what it has
# compiled (as images of containers have it), each took two seconds of CPU more.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.pycache_prefix = os.environ.setdefault(
    "PYTHONPYCACHEPREFIX", str(Path(__file__).parent.parent / ".cache/pycache")
)

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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only `make soak` runs, and order the files."""
    named = any(argument.partition("::")[0].endswith(".py") for argument in config.args)
    if not (named or config.option.markexpr):
        long = [item.get_closest_marker("soak") is not None for item in items]
        config.hook.pytest_deselected(items=list(compress(items, long)))
        items[:] = [item for item, is_long in zip(items, long, strict=True) if not is_long]
    if "PYTEST_XDIST_WORKER" in os.environ:
        put_in_order(items)


def put_in_order(items: list[pytest.Item]) -> None:
    """Order whole files for workers side by side: what lasts long first, browsers well apart.

    A long file that came last would leave all other workers idle, and a browser draws faster
    beside a test that has none.
    """
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)

    def first(path: Path) -> tuple[bool, int, Path]:
        slow = any(item.get_closest_marker("slow") for item in files[path])
        return not slow, -path.stat().st_size, path

    drawing = sorted((path for path in files if path.parent.name == "browser"), key=first)
    others = sorted(files.keys() - set(drawing), key=first)
    placed = [
        (rank / len(some), path) for some in (others, drawing) for rank, path in enumerate(some)
    ]
    items[:] = [item for _, path in sorted(placed) for item in files[path]]


@pytest.fixture(scope="session")
def loom_path() -> str:
    """Return the installed `loom`: of the wheel under `make test`, else beside this Python."""
    beside = Path(sys.executable).parent
    found = os.environ.get("WORLDLOOM_LOOM") or shutil.which("loom", path=str(beside))
    if not found:
        pytest.skip("loom is not installed here")
    return found
