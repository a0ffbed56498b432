"""Every kit has the shape of a kit, its level is not claimed in vain, and a new one is easy."""

from __future__ import annotations

import asyncio
import importlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.browser.conftest import untried
from tests.house.source import ROOT
from tools import kit as kit_tool
from tools import make
from tools.kit_shape import faults, kits
from worldloom import Component, Event, Refused, World
from worldloom.kernel.schema import Value
from worldloom.testing.robot import Robot

NAME = "greenhouse"


GUIDE = ROOT / "docs/guides/new-kit.md"
WITHOUT_INDEX = "setup"
"""Needs the package index: what it does for a new kit is written here, the entry points of the
copy's own `pyproject.toml`, as pip writes them."""


def commands() -> list[list[str]]:
    """Return the commands of the guide, word by word."""
    block = re.search(r"```console\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert block is not None
    return [line.removeprefix("$ ").split() for line in block[1].splitlines()]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of what a kit needs of the repository, with a new kit in it."""
    root = tmp_path_factory.mktemp("repository")
    away = shutil.ignore_patterns("static", "baked", "__pycache__", "plaza")
    for folder in ("worldloom", "tools"):
        shutil.copytree(ROOT / folder, root / folder, ignore=away)
    (root / "tests/kits").mkdir(parents=True)
    shutil.copy(ROOT / "pyproject.toml", root)
    (new,) = [words for words in commands() if "new" in words]
    run(root, *new[1:], module=False)
    return root


def run(root: Path, *command: str, module: bool = True) -> None:
    how = ["-m"] if module else []
    done = subprocess.run([sys.executable, *how, *command], cwd=root, capture_output=True,
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


def entry_points(project: Path) -> str:
    """Return the file that installing a project writes of its entry points to kits."""
    told = tomllib.loads(project.read_text("utf-8"))["project"]["entry-points"]["worldloom.kits"]
    return "[worldloom.kits]\n" + "".join(f"{name} = {where}\n" for name, where in told.items())


async def visit(url: str) -> None:
    """Enter the demo, do what the kit lets a visitor do, and see that it counts."""
    async with Robot(url, "Ann") as ann:
        assert ann.entity("stand")["components"][f"{NAME}.Stand"]["visits"] == 0
        assert (await ann.do("visit", stand="stand")).result == 1
        await ann.do("click", entity="stand")
        await ann.wait_until(
            lambda robot: robot.entity("stand")["components"][f"{NAME}.Stand"]["visits"] == 2
        )
        with pytest.raises(Refused):
            await ann.do("visit", stand="ground")


def test_the_guides_commands_make_a_kit_whose_demo_is_entered_and_used(
    copy: Path, tmp_path: Path
) -> None:
    new, setup, demo = commands()
    assert new == ["python", "tools/kit.py", "new", NAME]
    assert setup == ["python", "tools/make.py", WITHOUT_INDEX]
    assert WITHOUT_INDEX in make.USAGE
    assert demo == ["loom", "demo", NAME]
    installed = tmp_path / f"{NAME}-0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 0\n")
    (installed / "entry_points.txt").write_text(entry_points(copy / "pyproject.toml"))
    command = [sys.executable, "-m", "worldloom", *demo[1:], "--port", "0"]
    paths = {**os.environ, "PYTHONPATH": f"{copy}{os.pathsep}{tmp_path}"}
    with subprocess.Popen(command, cwd=tmp_path, env=paths, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # fmt: skip
        assert process.stdout is not None and process.stderr is not None
        try:
            first = process.stdout.readline()
            if first.startswith("ready "):
                asyncio.run(visit(f"{first.removeprefix('ready ').strip().rstrip('/')}/w/{NAME}"))
        finally:
            process.terminate()
        assert first.startswith("ready "), process.stderr.read()


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
        ("manifest.toml", 'level = "bronze"', 'level = "gold"', "enters it on a phone"),
        ("manifest.toml", 'level = "bronze"', 'level = "gold"', "enters it in a headset"),
        ("manifest.toml", 'level = "bronze"', 'level = "gold"', "enters it by axe"),
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


def test_gold_asks_for_a_whole_run_of_the_suite_that_measures_its_standards(copy: Path) -> None:
    manifest = copy / "worldloom/kits" / NAME / "manifest.toml"
    text = manifest.read_text()
    results = copy / "benchmarks/results"
    results.mkdir(parents=True)
    told = f"{NAME}: gold: no whole run of the suite of its standards is in benchmarks/results"
    gold = text.replace('level = "bronze"', 'level = "gold"\nsuite = "cut"')
    try:
        manifest.write_text(re.sub(r"(?m)^standards = .*$", 'standards = ["cmi5"]', gold))
        for run_of_it in ('"done": 3, "whole": 9, "failed": []',
                          '"done": 9, "whole": 9, "failed": ["one"]'):  # fmt: skip
            (results / "day.jsonl").write_text(f'{{"soak": "cut", {run_of_it}}}\n')
            assert told in faults(copy, NAME)
        (results / "day.jsonl").write_text('{"soak": "cut", "done": 9, "whole": 9, "failed": []}\n')
        assert told not in faults(copy, NAME)
    finally:
        manifest.write_text(text)


MARKED = """import pytest

MARK = '@pytest.mark.tried("greenhouse", "headset")'


@pytest.mark.tried("greenhouse", "desktop", "phone")
def test_it_is_entered() -> None: ...


@pytest.mark.tried("conservatory", "axe")
def test_another_is_entered() -> None: ...
"""


def test_gold_counts_the_screens_of_tests_that_are_marked_and_no_text_that_says_so(
    copy: Path,
) -> None:
    manifest = copy / "worldloom/kits" / NAME / "manifest.toml"
    text = manifest.read_text()
    (copy / "tests/browser").mkdir()
    (copy / "tests/browser/test_it.py").write_text(MARKED)
    try:
        manifest.write_text(text.replace('level = "bronze"', 'level = "gold"'))
        found = [fault.partition("enters it ")[2] for fault in faults(copy, NAME)]
        assert [where for where in found if where] == ["in a headset", "by axe"]
    finally:
        manifest.write_text(text)
        shutil.rmtree(copy / "tests/browser")


def test_a_test_that_is_marked_fails_for_a_screen_that_it_did_not_try() -> None:
    tried = [{("academy", "phone")}, {("academy", "axe"), ("plaza", "headset")}]
    assert untried(("academy", "phone", "axe"), tried) == []
    assert untried(("academy", "phone", "headset"), tried) == ["headset"]
    assert untried(("academy", "desktop"), []) == ["desktop"]
