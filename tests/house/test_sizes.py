"""Files, functions and lines stay small enough to read, and every public name says what it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source import ROOT, functions, python_files, tree_of

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
WIDTH_MAX = 100
PRAGMA = re.compile(r"\s+# (?:type: ignore|noqa|fmt:).*$")  # is for tools, not for eyes
OURS = python_files("worldloom", "tools", "tests", "examples", "benchmarks")


def typescript_files() -> list[Path]:
    """Return the client's own TypeScript."""
    found = [
        *(ROOT / "client/src").rglob("*.ts"),
        *(ROOT / "client/test").rglob("*.ts"),
    ]
    return sorted(path for path in found if not path.name.endswith(".generated.ts"))


def style_sheets() -> list[Path]:
    """Return the client's own style sheets."""
    return sorted((ROOT / "client/src").rglob("*.css"))


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def is_other_language(line: str) -> bool:
    """Return whether a line is a shader's, a drawing's or a test's sentence: a break harms it."""
    return line.lstrip().startswith(("'", "`", "test(")) or any(
        len(word) > 30 for word in line.split()
    )


def long_functions(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield the functions that are longer than a screen."""
    for node in functions(tree):
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if length > FUNCTION_LINES_MAX:
            yield node.name, length


def public_without_docstring(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield the public classes and functions that say nothing about themselves."""
    for node in tree.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.name.startswith("_"):
            continue
        if not ast.get_docstring(node):
            yield node.name, node.lineno
        for member in node.body if isinstance(node, ast.ClassDef) else ():
            if not isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            silent = not ast.get_docstring(member) and not _is_overload(member)
            if silent and not member.name.startswith("_"):
                yield f"{node.name}.{member.name}", member.lineno


def _is_overload(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any("overload" in ast.dump(mark) for mark in node.decorator_list)


def test_no_file_is_longer_than_five_hundred_lines() -> None:
    sizes = {path: len(lines_of(path)) for path in [*OURS, *typescript_files(), *style_sheets()]}
    long = [f"{p.relative_to(ROOT)}: {n}" for p, n in sizes.items() if n > FILE_LINES_MAX]
    assert not long, "\n".join(long)


def test_no_function_is_longer_than_seventy_lines() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {name} has {length}"
        for path in OURS
        for name, length in long_functions(tree_of(path))
    ]
    assert not long, "\n".join(long)


def test_a_planted_long_function_is_found() -> None:
    body = "\n".join("    x = 1" for _ in range(FUNCTION_LINES_MAX))
    assert list(long_functions(ast.parse(f"def long():\n{body}\n"))) == [("long", 71)]


@pytest.mark.parametrize("kind", ["python", "typescript"])
def test_no_line_is_wider_than_a_hundred_columns(kind: str) -> None:
    files = OURS if kind == "python" else typescript_files()
    wide = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files
        for number, line in enumerate(lines_of(path), 1)
        if len(PRAGMA.sub("", line)) > WIDTH_MAX
        and not (kind == "typescript" and is_other_language(line))
    ]
    assert not wide, "\n".join(wide)


def test_every_public_name_has_a_docstring() -> None:
    silent = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in python_files("worldloom", "tools")
        for name, line in public_without_docstring(tree_of(path))
    ]
    assert not silent, "\n".join(silent)


def test_a_planted_silent_name_is_found() -> None:
    planted = 'class A:\n    """A."""\n    def b(self): ...\n    def _c(self): ...\n'
    assert list(public_without_docstring(ast.parse(planted))) == [("A.b", 3)]


def test_every_test_file_says_first_what_it_promises() -> None:
    files = [path for path in python_files("tests") if path.name.startswith("test_")]
    silent = [str(p.relative_to(ROOT)) for p in files if not ast.get_docstring(tree_of(p))]
    assert not silent, "\n".join(silent)


def test_names_of_tests_are_sentences() -> None:
    names = [
        node.name
        for path in python_files("tests")
        for node in functions(tree_of(path))
        if node.name.startswith("test_")
    ]
    short = [name for name in names if len(name.split("_")) < 5]
    assert len(short) <= len(names) // 10, "\n".join(short)
