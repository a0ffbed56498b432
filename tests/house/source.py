"""What the house tests look at: the source files and what stands in them."""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "worldloom"
Function = ast.FunctionDef | ast.AsyncFunctionDef

FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"kernel"}),
    frozenset({"stores", "sync"}),
    frozenset({"presence", "twin", "studio", "ledger"}),
    frozenset({"server", "testing", "remote"}),
    frozenset({"kits"}),
)
FRONT_DOOR = "worldloom"
NUMBER_PLATE = "worldloom.version"  # a leaf that imports nothing
MAY_USE_FRONT_DOOR = frozenset({"kits"})


@dataclass(frozen=True)
class Import:
    """One import: what it names, where it stands, and whether it runs when the module loads."""

    module: str
    line: int
    inside_function: bool
    for_types_only: bool
    modules_only: bool = False
    """Whether the package is named only to take modules out of it, as in `from a import b`."""


def python_files(*folders: str) -> list[Path]:
    """Return the Python files of some folders of the repository."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in found if "static" not in path.parts)


@cache
def tree_of(path: Path) -> ast.Module:
    """Parse one file."""
    gc.disable()  # it would walk all the trees that are kept, again and again: three times as long
    try:
        return ast.parse(path.read_text(encoding="utf-8"), str(path))
    finally:
        gc.enable()


def name_of(path: Path, root: Path = ROOT) -> str:
    """Return a file's module name."""
    parts = list(path.relative_to(root).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def functions(tree: ast.AST) -> Iterator[Function]:
    """Yield every function and method."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _is_type_guard(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def _is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def _targets(
    node: ast.Import | ast.ImportFrom, module: str, is_package: bool
) -> list[tuple[str, bool]]:
    if isinstance(node, ast.Import):
        return [(alias.name, False) for alias in node.names]
    if node.level:
        parts = module.split(".")
        base = parts[: len(parts) - node.level + (1 if is_package else 0)]
        stem = ".".join([*base, *([node.module] if node.module else [])])
    else:
        stem = node.module or ""
    # `from worldloom.kernel import state` may name a module or a thing in one: both are kept.
    names = [f"{stem}.{alias.name}" for alias in node.names]
    return [(stem, all(map(_is_module, names))), *((name, False) for name in names)]


def imports(tree: ast.Module, module: str, is_package: bool) -> list[Import]:
    """Return every import of one module."""
    found: list[Import] = []

    def visit(node: ast.AST, inside: bool, typed: bool) -> None:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for target, modules_only in _targets(node, module, is_package):
                found.append(Import(target, node.lineno, inside, typed, modules_only))
        deeper = inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for child in ast.iter_child_nodes(node):
            visit(child, deeper, typed or _is_type_guard(node))

    visit(tree, False, False)
    return found


def floor_of(module: str) -> int | None:
    """Return the number of a module's floor, from 0 at the bottom, or None for the front door."""
    parts = module.split(".")
    if len(parts) < 2 or parts[0] != FRONT_DOOR:
        return None
    return next((n for n, names in enumerate(FLOORS) if parts[1] in names), None)


def package_of(module: str) -> str:
    """Return the unit that floors are about: `worldloom.sync`, or one kit."""
    parts = module.split(".")
    return ".".join(parts[:3] if parts[1:2] == ["kits"] else parts[:2])


def floor_fault(module: str, target: str) -> str | None:
    """Return what is wrong with `module` importing `target`, or None."""
    above, below = floor_of(module), floor_of(target)
    if above is None or below is None or package_of(module) == package_of(target):
        return None
    if below > above:
        return f"{module} imports {target}, which stands on a higher floor"
    if below == above and target != f"{FRONT_DOOR}.kits":
        return f"{module} imports {target}, a neighbour on its own floor"
    if module.startswith(f"{FRONT_DOOR}.kits") and target.startswith(f"{FRONT_DOOR}.server"):
        return f"{module} imports the server: {target}"
    return None


def front_door_fault(module: str, target: Import) -> str | None:
    """Return what is wrong when an inner module imports the front door, or None."""
    inner = module.split(".")[1:2]
    if not inner or inner[0] in MAY_USE_FRONT_DOOR or target.for_types_only:
        return None
    names = target.module.split(".")
    if target.module.startswith(NUMBER_PLATE) or target.modules_only:
        return None
    if names == [FRONT_DOOR] or (names[0] == FRONT_DOOR and floor_of(target.module) is None):
        return f"{module}:{target.line} imports the front door: {target.module}"
    return None


def find_circle(graph: dict[str, set[str]]) -> list[str]:
    """Return one circle of a graph as a path, empty when there is none."""
    done: set[str] = set()
    path: list[str] = []

    def visit(node: str) -> list[str]:
        if node in path:
            return [*path[path.index(node) :], node]
        if node in done:
            return []
        path.append(node)
        for below in sorted(graph.get(node, ())):
            if circle := visit(below):
                return circle
        path.pop()
        done.add(node)
        return []

    for start in sorted(graph):
        if circle := visit(start):
            return circle
    return []
