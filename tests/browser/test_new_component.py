"""The guide to a new component is carried out: its files, and no others, make one that is seen."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/guides/new-component.md").read_text(encoding="utf-8")
STEP = re.compile(r"^```\w+(?: syntax)?\n(?:#|//) (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
ROWS = "tests/browser/gallery.py"
SEEN = (
    "tests/browser/test_flat_things.py::test_all_that_has_a_picture_is_seen_on_the_page",
    "tests/browser/test_headset_things.py"
    "::test_all_that_has_a_picture_is_seen_in_a_headset_and_oneself_in_a_mirror",
)
FILES = {"worldloom/kernel/things.py", "worldloom/__init__.py", ROWS}
VIEW = "client/src/view/components/later/beacon.ts"


def carry_out(tree: Path) -> list[str]:
    """Do what the guide says in a copy of the source; return the files that were touched."""
    touched = []
    for name, text in STEP.findall(GUIDE):
        path = tree / name
        if name.endswith("__init__.py"):
            known = path.read_text("utf-8").replace("__all__ = [", '__all__ = [\n    "Beacon",', 1)
            text = known.replace("\n__version__", f"\n{text}\n__version__", 1)
        elif name == ROWS:
            head, fence, rest = path.read_text("utf-8").partition('}  # fmt: skip\n"""Component →')
            text = head + text + fence + rest
        elif path.exists():
            text = path.read_text("utf-8") + "\n\n" + text
        path.write_text(text, "utf-8")
        touched.append(name)
    return touched


@pytest.mark.soak
@pytest.mark.slow
def test_the_guides_four_steps_make_a_beacon_that_is_seen_on_the_page_and_in_a_headset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (ROOT / "client/node_modules").is_dir():
        pytest.skip("the client's packages are not here")
    tree = tmp_path / "tree"
    skip = shutil.ignore_patterns("node_modules", "static", "__pycache__")
    for part in ("worldloom", "client", "tools", "docs", "tests"):
        shutil.copytree(ROOT / part, tree / part, ignore=skip)
    for file in ("hatch_build.py", "pyproject.toml", "README.md"):
        shutil.copy(ROOT / file, tree / file)
    (tree / "client/node_modules").symlink_to(ROOT / "client/node_modules")
    shutil.copytree(ROOT / "worldloom/static", tree / "worldloom/static")
    assert set(carry_out(tree)) == {*FILES, VIEW}, "with its test, a component touches four files"
    monkeypatch.setenv("PYTHONPATH", str(tree))
    monkeypatch.delenv("WORLDLOOM_LOOM", raising=False)
    for command in (
        ("tools/generate_types.py",),
        ("hatch_build.py",),
        ("-m", "pytest", "-q", "-n0", *SEEN),
    ):
        subprocess.run([sys.executable, *command], cwd=tree, check=True, env=dict(os.environ))
