"""Every limit and every error code is explained where a person looks for it."""

from __future__ import annotations

import ast
import dataclasses
import re

from tests.house.source import ROOT, python_files, tree_of
from tools.generate_docs import error_codes, limit_rows
from worldloom.kernel.limits import LIMITS

HEADING = re.compile(r"^## `?([a-z0-9_]+)`?$", re.MULTILINE)


def test_every_limit_has_a_sentence_and_a_unit() -> None:
    rows = {row.name: row for row in limit_rows()}
    assert set(rows) == {field.name for field in dataclasses.fields(LIMITS)}
    assert [name for name, row in rows.items() if not row.doc.endswith(".")] == []


def test_every_error_code_has_a_heading() -> None:
    headings = set(HEADING.findall((ROOT / "docs/errors.md").read_text(encoding="utf-8")))
    assert set(error_codes()) - headings == set(), "a code without its section in docs/errors.md"
    assert headings - set(error_codes()) == set(), "a section about a code that is never raised"


def test_error_codes_are_lower_snake_words() -> None:
    assert [code for code in error_codes() if not re.fullmatch(r"[a-z][a-z0-9_]*", code)] == []


def test_no_except_is_bare_and_few_are_broad() -> None:
    """Those that are broad stand before others' code; who only cleans up has an ExitStack."""
    broad = []
    for path in python_files("worldloom"):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ExceptHandler):
                assert node.type is not None, f"{path}:{node.lineno} catches everything"
                if isinstance(node.type, ast.Name) and node.type.id == "BaseException":
                    broad.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert len(broad) <= 6, "\n".join(broad)
