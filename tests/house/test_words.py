"""One word per thing, the design's, in every identifier of Python and TypeScript."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.house.source import ROOT, python_files, tree_of
from tests.house.test_sizes import typescript_files

# Word → the house's own. Only words that have no second, honest meaning in our code stand here.
INSTEAD = {
    "tenant": "realm",
    "awareness": "presence",
    "aoi": "interest",
    "rpc": "command",
    "reducer": "fold",
    "plugin": "kit",
    "player": "visitor",
    "gameobject": "entity",
    "username": "account or name",
}
MACHINE_PATHS = re.compile(r"/(?:work|root|home)/[a-z]")
PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")


def words_of(identifier: str) -> set[str]:
    """Return an identifier's words in lower case."""
    return {part.lower() for part in PARTS.findall(identifier)}


def names_in(tree: ast.AST) -> set[str]:
    """Return the names that a file gives: classes, functions, arguments and variables."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


def banned(names: set[str]) -> list[str]:
    """Return what to call each name that breaks the word table."""
    return [
        f"{name}: say {INSTEAD[word]}"
        for name in sorted(names)
        for word in sorted(words_of(name) & INSTEAD.keys())
    ]


def test_python_uses_the_words_of_the_house() -> None:
    faults = [
        f"{path.relative_to(ROOT)} {fault}"
        for path in python_files("worldloom", "tools", "examples", "benchmarks")
        for fault in banned(names_in(tree_of(path)))
    ]
    assert not faults, "\n".join(faults)


def test_typescript_uses_the_words_of_the_house() -> None:
    declared = re.compile(r"\b(?:class|function|const|let|interface|type|enum)\s+(\w+)")
    faults = [
        f"{path.relative_to(ROOT)} {fault}"
        for path in typescript_files()
        for fault in banned(set(declared.findall(path.read_text(encoding="utf-8"))))
    ]
    assert not faults, "\n".join(faults)


def test_a_planted_foreign_word_is_found() -> None:
    assert banned(names_in(ast.parse("def tenantOf(player_id): ..."))) == [
        "player_id: say visitor",
        "tenantOf: say realm",
    ]


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    text = [*python_files("worldloom", "tools", "tests", "examples", "benchmarks")]
    text += [*typescript_files(), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]
    text += [ROOT / "Makefile", ROOT / "pyproject.toml", ROOT / ".ci/run"]
    here = Path(__file__).resolve()
    faults = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in text
        if path.resolve() != here
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if MACHINE_PATHS.search(line)
    ]
    assert not faults, "\n".join(faults)
