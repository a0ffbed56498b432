"""The shape of a kit: which files it has, what stands in them, and what its level asks for.

Parts that every kit has must be there; those that a kit only has where it shows an interface or
reaches outside may be absent, as an empty file would say nothing.
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LEVELS = ("bronze", "silver", "gold", "platinum")
NEEDED = ("__init__.py", "manifest.toml", "components.py", "events.py", "actions.py", "demo.py",
          "README.md")  # fmt: skip
IMPURE = frozenset({
    "asyncio", "concurrent", "http", "multiprocessing", "os", "random", "secrets", "selectors",
    "signal", "socket", "sqlite3", "ssl", "subprocess", "sys", "threading", "time", "apsw",
})  # fmt: skip
"""What no rule imports: clocks, chance and the outside."""
README_ROWS = ("does", "limits", "standards", "verified")
README_CODE_LINES_MAX = 15


def kits(root: Path) -> list[str]:
    """Return the names of the kits in the tree."""
    return sorted(path.parent.name for path in (root / "worldloom/kits").glob("*/__init__.py"))


def faults(root: Path, kit: str) -> list[str]:
    """Return what is wrong with the shape of a kit, a sentence each."""
    folder = root / "worldloom/kits" / kit
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    if not any((folder / name).exists() for name in ("rules.py", "rules")):
        missing.append("rules.py or rules/")
    if missing:
        return [f"{kit} lacks {', '.join(missing)}"]
    found = [*_package(root, kit), *_manifest(root, kit), *_parts(folder), *_readme(folder)]
    found += _level(root, kit)
    return [f"{kit}: {fault}" for fault in found]


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _package(root: Path, kit: str) -> Iterator[str]:
    """Look at the kit's class and its entry point."""
    classes = [node for node in _tree(root / "worldloom/kits" / kit / "__init__.py").body
               if isinstance(node, ast.ClassDef)]  # fmt: skip
    project: Any = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    entry = project["entry-points"]["worldloom.kits"].get(kit, "")
    module, _, name = entry.partition(":")
    own = [node for node in classes if node.name == name]
    if module != f"worldloom.kits.{kit}" or not own:
        yield f"pyproject.toml has no entry point {kit} that names the class of its __init__.py"
        return
    if "attach" not in {node.name for node in own[0].body if isinstance(node, ast.FunctionDef)}:
        yield f"the class {name} has no attach(world)"
    if f'name = "{kit}"' not in ast.unparse(own[0]).replace("'", '"'):
        yield f'the class {name} does not say name = "{kit}"'


def _manifest(root: Path, kit: str) -> Iterator[str]:
    path = root / "worldloom/kits" / kit / "manifest.toml"
    card = tomllib.loads(path.read_text("utf-8"))
    wanted = {"name": kit, "demo": f"worldloom.kits.{kit}.demo:make_world"}
    for field, value in wanted.items():
        if card.get(field) != value:
            yield f"manifest.toml says {field} = {card.get(field)!r}, not {value!r}"
    for field in ("title", "scenario"):
        if not card.get(field):
            yield f"manifest.toml has no {field}"
    if card.get("level") not in LEVELS:
        yield f"manifest.toml claims no level of {', '.join(LEVELS)}"
    for field in ("standards", "extras", "doors"):
        if not isinstance(card.get(field, [] if field == "doors" else None), list):
            yield f"manifest.toml has no list {field}"
    project: Any = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    known = project["optional-dependencies"]
    for extra in card.get("extras", []):
        if extra not in known:
            yield f"manifest.toml names the extra {extra}, which pyproject.toml does not have"


def _parts(folder: Path) -> Iterator[str]:
    """Look at what stands in the files."""
    kit = folder.name
    if "make_world" not in {getattr(node, "name", "") for node in _tree(folder / "demo.py").body}:
        yield "demo.py has no make_world()"
    for name in ("components.py", "events.py"):
        for stored, line in _stored_names(_tree(folder / name)):
            if not stored.startswith(f"{kit}."):
                yield f'{name}:{line} write name="{kit}.{stored or "…"}": names are for ever'
    for path in sorted(folder.glob("*.py")):
        if path.name != "__init__.py" and not _says_something(_tree(path)):
            yield f"{path.name} is empty: leave it out until there is something to say"
    rules = [*folder.glob("rules.py"), *folder.glob("rules/**/*.py")]
    for path in rules:
        for node in ast.walk(_tree(path)):
            for name in _imported(node):
                if name.partition(".")[0] in IMPURE or name.startswith("worldloom.stores"):
                    yield f"{path.name} imports {name}: rules are pure"
    if (folder / "adapters").exists() and not (folder / "ports.py").is_file():
        yield "adapters/ without ports.py: say first what is needed of the outside"
    if (folder / "ports.py").is_file():
        names = [getattr(node, "name", "") for node in _tree(folder / "ports.py").body]
        if not any("Sandbox" in name or name.startswith("sandbox") for name in names):
            yield "ports.py has no Sandbox…: the demo must play with nothing outside"


def _says_something(tree: ast.Module) -> bool:
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef, ast.Assign, ast.AnnAssign)
    return any(isinstance(node, kinds) for node in tree.body)


def _stored_names(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield the name that each component or event is kept under, and its line."""
    for node in tree.body:
        if not isinstance(node, ast.ClassDef):
            continue
        bases = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        if bases & {"Component", "Event", "Request", "Input"}:
            given = {word.arg: word.value for word in node.keywords}
            value = given.get("name")
            yield (str(value.value) if isinstance(value, ast.Constant) else ""), node.lineno


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [one.name for one in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def _readme(folder: Path) -> Iterator[str]:
    text = (folder / "README.md").read_text("utf-8")
    code = re.search(r"^```python[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    if code is None or len(code[1].strip().splitlines()) > README_CODE_LINES_MAX:
        yield "README.md does not show its use in about ten lines of Python"
    for row in README_ROWS:
        if not re.search(rf"^(?:\| *{row}|#+ *{row})", text, re.MULTILINE | re.IGNORECASE):
            yield (
                f"README.md does not say what it {row}"
                if row == "does"
                else (f"README.md has no row or section {row}")
            )


def _level(root: Path, kit: str) -> Iterator[str]:
    """Look for what a level asks for, as far as a program can tell."""
    folder = root / "worldloom/kits" / kit
    claimed = tomllib.loads((folder / "manifest.toml").read_text("utf-8")).get("level")
    rank = LEVELS.index(claimed) if claimed in LEVELS else 0
    tests = [path.read_text("utf-8") for path in (root / "tests/kits" / kit).rglob("*.py")]
    if not any(f"kits.{kit}.demo" in text for text in tests):
        yield "bronze: no test opens its demo"
    if not any(re.search(rf"kits\.{kit}\b[^\n]*rules|import rules", text) for text in tests):
        yield "bronze: no test is about its rules"
    if rank >= 1:
        if not any("hypothesis" in text for text in tests):
            yield "silver: no test states a property (hypothesis)"
        if not any("Unavailable" in text for text in tests) and (folder / "ports.py").exists():
            yield "silver: no test shows how it recovers from an outside that is Unavailable"
        if not any("replay" in text or "state_hash" in text for text in tests):
            yield "silver: no test replays its log to the same state"
    if rank >= 2:
        yield from _gold(root, kit)
    if rank >= 3:
        for where, what in (("benchmarks", "load figure"), ("tests/simulation", "simulated run")):
            if not _mentioned(root, where, kit):
                yield f"platinum: no {what} in {where}"


SCREENS = {
    "desktop": "on a desktop",
    "phone": "on a phone",
    "headset": "in a headset",
    "axe": "by axe",
}
"""Where gold wants a kit to be tried. A test is marked by it, and fails where it does not do so."""


def _tried(root: Path) -> Iterator[tuple[str, ...]]:
    """Yield kit and screens of every test in tests/browser that is marked `tried`."""
    for path in sorted((root / "tests/browser").rglob("test_*.py")):
        for test in _tree(path).body:
            if not isinstance(test, ast.FunctionDef) or not test.name.startswith("test_"):
                continue
            for mark in test.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.tried":
                    yield tuple(ast.literal_eval(one) for one in mark.args)


def _gold(root: Path, kit: str) -> Iterator[str]:
    """Look for what gold asks for: every screen, access for all, and its standards verified."""
    tried = {screen for of, *screens in _tried(root) if of == kit for screen in screens}
    for screen, where in SCREENS.items():
        if screen not in tried:
            yield f"gold: no test in tests/browser enters it {where}"
    folder = root / "worldloom/kits" / kit
    readme = (folder / "README.md").read_text("utf-8")
    row = re.search(r"^(?:\| *verified|#+ *verified)(.*?)$", readme, re.MULTILINE | re.IGNORECASE)
    card = tomllib.loads((folder / "manifest.toml").read_text("utf-8"))
    verified = (row[1] if row else "").lower()
    if card.get("standards") and not _measured(root, str(card.get("suite", ""))):
        yield "gold: no whole run of the suite of its standards is in benchmarks/results"
    for standard in card.get("standards", []):
        first = re.split(r"[ (]", standard)[0].lower()
        version = re.search(r"\d[\d.]*", standard)
        known = first in verified or (version is not None and version[0] in verified)
        if not known:
            yield f"gold: README.md does not say what {standard} was verified against"


def _measured(root: Path, suite: str) -> bool:
    """Tell whether a part of `make soak` was run whole, without a failure, and committed."""
    lines = [json.loads(line) for path in sorted((root / "benchmarks/results").glob("*.jsonl"))
             for line in path.read_text("utf-8").splitlines()]  # fmt: skip
    own = [one for one in lines if suite and one.get("soak") == suite]
    return bool(own) and own[-1]["done"] >= own[-1]["whole"] and not own[-1]["failed"]


def _mentioned(root: Path, where: str, kit: str) -> bool:
    return any(f"kits.{kit}" in path.read_text("utf-8") for path in (root / where).rglob("*.py"))
