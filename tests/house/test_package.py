"""The package agrees with itself: versions, locks, licences, generated files, kits, the README."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
import zipfile

import pytest
from hatchling.builders.sdist import SdistBuilder
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.source import ROOT
from tools.kit_shape import kits

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_version_is_the_same_everywhere() -> None:
    version = PROJECT["version"]
    assert importlib.metadata.version("worldloom") == version
    assert f"\n## {version}" in read("CHANGELOG.md")
    assert f'__version__ = "{version}"' in read("worldloom/__init__.py")
    assert f'"version": "{version}"' in read("client/package.json")


def test_the_readme_names_the_python_of_the_project() -> None:
    assert PROJECT["requires-python"] == ">=3.11"
    assert "Python 3.11" in read("README.md")


def test_the_readme_is_short_and_comes_to_the_point() -> None:
    text = read("README.md")
    assert len(text.splitlines()) < 120
    before = text.split("make run")[0]
    assert len(re.findall(r"[A-Za-z]{2,}", re.sub(r"!\[.*?\]\(.*?\)", "", before))) <= 60


@pytest.mark.parametrize("name", ["", "-build", "-test"])
def test_a_lock_pins_hashes_and_names_no_host(name: str) -> None:
    lock = read(f"requirements{name}.lock")
    assert not re.search(r"https?:|file:|--(?:extra-)?index-url|--find-links", lock)
    pinned = re.findall(r"^[\w.-]+==\S+", lock, re.MULTILINE)
    assert pinned
    assert lock.count("--hash=sha256:") >= len(pinned)


def test_the_sdist_carries_all_that_its_tests_read() -> None:
    packed = {file.distribution_path for file in SdistBuilder(str(ROOT)).recurse_included_files()}
    tops = {path.partition("/")[0] for path in packed}
    code = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py")]
    read = {name for text in code for name in re.findall(r'ROOT / "([^"/]+)', text)}
    made = {"dist", *(name for name in read if name.startswith(".venv"))}
    there = {name for name in read - made if (ROOT / name).exists()}
    assert {"benchmarks", "deploy"} <= there
    # Hatchling packs pyproject.toml by itself.
    assert {*there, ".ci", "SECURITY.md"} <= tops | {"pyproject.toml"}
    assert not [path for path in packed if "node_modules" in path]


def test_the_locks_hold_what_the_project_asks_for() -> None:
    lock = read("requirements.lock").lower()
    for line in PROJECT["dependencies"]:
        assert re.search(rf"^{re.escape(Requirement(line).name)}==", lock, re.MULTILINE), line


def imported() -> dict[str, str]:
    """Return the modules of other packages that our code imports → a file that does."""
    found: dict[str, str] = {}
    for path in (ROOT / "worldloom").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            found |= {name.partition(".")[0]: path.name for name in names}
    ours = {*sys.stdlib_module_names, "worldloom"}
    return {name: file for name, file in found.items() if name not in ours}


def test_whatever_the_code_imports_is_asked_for_by_name() -> None:
    """Not by what another package happens to ask for, which a newer one of it may not."""
    extras = PROJECT["optional-dependencies"]
    lines = [*PROJECT["dependencies"], *(line for asked in extras.values() for line in asked)]
    asked_for = {canonicalize_name(Requirement(line).name) for line in lines}
    homes = importlib.metadata.packages_distributions()
    for module, file in imported().items():
        known = {canonicalize_name(name) for name in homes.get(module, (module,))}
        assert known & asked_for, f"{file} imports {module}"


def licence_of(name: str) -> str:
    """Return what a distribution says about its licence, in capitals."""
    data = importlib.metadata.metadata(name)
    told = [text for key in ("License-Expression", "License") for text in data.get_all(key) or []]
    told += [line for line in data.get_all("Classifier") or [] if line.startswith("License")]
    if not told:  # then its licence file says it
        files = importlib.metadata.files(name) or []
        told = [path.read_text() for path in files if path.stem.upper() == "LICENSE"]
    return " ".join(text[:200] for text in told).upper()


def test_nothing_that_runs_is_under_a_licence_that_binds_authors() -> None:
    names = re.findall(r"^([\w.-]+)==", read("requirements.lock"), re.MULTILINE)
    for name in names:
        try:
            told = licence_of(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # for another system
        free = re.sub(r"LGPL|LESSER GENERAL PUBLIC", "", told)
        assert told.strip(), f"{name} names no licence"
        assert "GPL" not in free and "GENERAL PUBLIC" not in free, f"{name}: {told}"


def test_the_clients_packages_are_free_too() -> None:
    lock = read("client/package-lock.json")
    bad = re.findall(r'"license": "([^"]*(?:GPL|UNLICENSED|SEE LICENSE)[^"]*)"', lock)
    assert bad == []


@pytest.mark.parametrize("tool", ["generate_types", "generate_docs"])
def test_what_is_generated_is_current(tool: str) -> None:
    command = [sys.executable, f"tools/{tool}.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"run: python tools/{tool}.py\n{done.stdout}{done.stderr}"


def test_every_kit_is_an_entry_point_and_each_of_these_is_a_kit() -> None:
    assert sorted(PROJECT["entry-points"]["worldloom.kits"]) == kits(ROOT)


def test_the_wheel_carries_the_client_and_the_meshes() -> None:
    wheels = list((ROOT / "dist").glob("worldloom-*.whl"))
    if not wheels:
        pytest.skip("no wheel is built here")
    assert [wheel.name.split("-")[2:] for wheel in wheels] == [["py3", "none", "any.whl"]]
    names = set(zipfile.ZipFile(wheels[0]).namelist())
    wanted = {
        "static/index.html",
        "static/avatars/face-oval.glb",
        "static/avatars/wardrobe.json",
        "kits/plaza/baked/plaza.glb",
        "py.typed",
    }
    assert {f"worldloom/{name}" for name in wanted} - names == set()
    assert not [name for name in names if not name.startswith("worldloom")]
