"""Every kit has the shape of a kit, its level is not claimed in vain, and a new one is easy."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import ROOT
from tools import kit as kit_tool
from tools.kit_shape import faults, kits
from worldloom import Component, Event, World
from worldloom.kernel.schema import Value

NAME = "greenhouse"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of what a kit needs of the repository, with a new kit in it."""
    root = tmp_path_factory.mktemp("repository")
    away = shutil.ignore_patterns("static", "baked", "__pycache__", "plaza")
    for folder in ("worldloom", "tools"):
        shutil.copytree(ROOT / folder, root / folder, ignore=away)
    (root / "tests/kits").mkdir(parents=True)
    shutil.copy(ROOT / "pyproject.toml", root)
    kit_tool.new(NAME, root)
    return root


def run(root: Path, *command: str) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=root, capture_output=True,
                          text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", kits(ROOT))
def test_every_kit_has_the_shape_of_a_kit(name: str) -> None:
    assert faults(ROOT, name) == []


@pytest.mark.parametrize("name", kits(ROOT))
def test_every_kit_plays_its_demo_and_keeps_its_things_under_its_own_name(name: str) -> None:
    demo = importlib.import_module(f"worldloom.kits.{name}.demo").make_world()
    assert isinstance(demo, World)
    assert demo.name == name
    for part in ("components", "events"):
        module = importlib.import_module(f"worldloom.kits.{name}.{part}")
        own = [one for one in vars(module).values() if isinstance(one, type)
               and issubclass(one, Value) and one.__module__ == module.__name__]  # fmt: skip
        assert own and all(issubclass(one, Component | Event) for one in own)
        assert not [one for one in own if not one.__kind__.name.lstrip("~").startswith(f"{name}.")]


def test_a_new_kit_passes_its_own_tests_and_has_the_shape(copy: Path) -> None:
    run(copy, "pytest", "-q", f"tests/kits/{NAME}")
    assert faults(copy, NAME) == []


def test_a_new_kit_is_clean_code(copy: Path) -> None:
    made = (f"worldloom/kits/{NAME}", f"tests/kits/{NAME}")
    run(copy, "ruff", "check", "--no-cache", *made)
    run(copy, "ruff", "format", "--no-cache", "--check", *made)


def test_a_name_that_is_taken_or_none_changes_nothing(copy: Path) -> None:
    before = (copy / "pyproject.toml").read_text()
    for name, wrong in ((NAME, FileExistsError), ("Green House", ValueError), ("", ValueError)):
        with pytest.raises(wrong):
            kit_tool.new(name, copy)
    assert (copy / "pyproject.toml").read_text() == before


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("manifest.toml", 'level = "bronze"', 'level = "gold"', "gold: no test in tests/browser"),
        ("manifest.toml", 'level = "bronze"', 'level = "good"', "claims no level"),
        ("manifest.toml", "extras = []", 'extras = ["magic"]', "the extra magic"),
        ("events.py", 'name="greenhouse.Noted"', 'name="Noted"', "names are for ever"),
        ("rules.py", "VISITS_MAX =", "import time\n\nVISITS_MAX =", "rules are pure"),
        ("ports.py", "SandboxNotebook", "FreeNotebook", "no Sandbox"),
        ("README.md", "| limits |", "| |", "no row or section limits"),
        ("demo.py", "def make_world", "def world", "no make_world"),
        ("__init__.py", 'name = "greenhouse"', 'name = "house"', "does not say name"),
        ("panels.py", "", "", "panels.py is empty"),
    ],
)
def test_a_planted_fault_of_the_shape_is_found(
    copy: Path, file: str, old: str, new: str, fault: str
) -> None:
    path = copy / "worldloom/kits" / NAME / file
    text = path.read_text()
    try:
        path.write_text(text.replace(old, new) if old else '"""Nothing."""\n')
        assert any(fault in found for found in faults(copy, NAME)), faults(copy, NAME)
    finally:
        path.write_text(text)


def test_what_a_kit_lacks_is_named_and_what_it_has_no_use_for_may_be_absent(copy: Path) -> None:
    home = copy / "worldloom/kits" / NAME
    (home / "rules.py").rename(home / "away")
    assert faults(copy, NAME) == [f"{NAME} lacks rules.py or rules/"]
    (home / "away").rename(home / "rules.py")
    assert {"panels.py", "ports.py", "adapters"}.isdisjoint(
        {path.name for path in (ROOT / "worldloom/kits/plaza").iterdir()}
    )
