"""The guide to a new component is carried out: its files, and no others, make one that is seen."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.conftest import Visit
from tests.browser.pixels import drawn_until, share
from worldloom.testing.fixtures import Server

Open = Callable[..., Visit]
ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/guides/new-component.md").read_text(encoding="utf-8")
STEP = re.compile(r"^```\w+(?: syntax)?\n(?:#|//) (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
WORLD = """
from worldloom import Beacon, World

world = World("shore")
world.spawn("beacon", Beacon(), at=(0, 0, -5))
"""


def carry_out(tree: Path) -> list[str]:
    """Do what the guide says in a copy of the source; return the files that were touched."""
    touched = []
    for name, text in STEP.findall(GUIDE):
        path = tree / name
        if name.endswith("__init__.py"):
            known = path.read_text("utf-8").replace("__all__ = [", '__all__ = [\n    "Beacon",', 1)
            text = known.replace("\n__version__", f"\n{text}\n__version__", 1)
        elif path.exists():
            text = path.read_text("utf-8") + "\n\n" + text
        path.write_text(text, "utf-8")
        touched.append(name)
    return touched


@pytest.mark.slow
@pytest.mark.frames
def test_the_guide_makes_a_beacon_that_everyone_sees(
    tmp_path: Path, visit: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (ROOT / "client/node_modules").is_dir():
        pytest.skip("the client's packages are not here")
    tree = tmp_path / "tree"
    skip = shutil.ignore_patterns("node_modules", "static", "__pycache__")
    for part in ("worldloom", "client", "tools", "docs"):
        shutil.copytree(ROOT / part, tree / part, ignore=skip)
    for file in ("hatch_build.py", "pyproject.toml", "README.md"):
        shutil.copy(ROOT / file, tree / file)
    (tree / "client/node_modules").symlink_to(ROOT / "client/node_modules")
    shutil.copytree(ROOT / "worldloom/static", tree / "worldloom/static")
    assert len(carry_out(tree)) + 1 <= 4, "with its test, a component touches four files"
    monkeypatch.setenv("PYTHONPATH", str(tree))
    monkeypatch.chdir(tree)
    for command in ("tools/generate_types.py", "hatch_build.py"):
        subprocess.run([sys.executable, command], cwd=tree, check=True, env=dict(os.environ))
    (tmp_path / "shore.py").write_text(WORLD)
    server = Server(tmp_path / "realm.loom", str(tmp_path / "shore.py"))
    server.start()
    try:
        page = visit().enter(server.world("shore"))
        drawn_until(page, lambda seen: share(seen, (255, 42, 109), 30) > 0.01, seconds=60)
    finally:
        server.stop()
