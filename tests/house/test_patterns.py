"""What a pattern allows ends where it says: Python's `$` also matches before a last line break."""

from __future__ import annotations

import ast

import msgspec
import pytest

from tests.house.source import ROOT, python_files, tree_of
from worldloom.kernel.accounts import Language
from worldloom.kernel.assets import AssetName
from worldloom.kernel.avatar import VrmName
from worldloom.kernel.components import Hex
from worldloom.kernel.rules import ActionName, RoleName
from worldloom.server.devices import Hex as KeyHex
from worldloom.server.devices import Nonce

END = r"$(?!\n)"


def patterns() -> list[tuple[str, str]]:
    """Return every pattern of the package, with where it stands."""
    return [
        (f"{file.relative_to(ROOT)}:{node.value.lineno}", node.value.value)
        for file in python_files("worldloom")
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.keyword)
        and node.arg == "pattern"
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ]


def test_every_pattern_ends_where_its_text_ends() -> None:
    found = patterns()
    assert len(found) > 8
    loose = [(at, text) for at, text in found if "$" in text.replace(END, "")]
    assert loose == [], f"write {END} for $"


@pytest.mark.parametrize(
    ("kind", "good"),
    [
        (Language, "pt-BR"), (Language, ""), (AssetName, "a" * 64), (AssetName, ""),
        (VrmName, "0" * 64), (VrmName, ""), (Hex, "#12abEF"), (ActionName, "go"),
        (RoleName, "guide"), (KeyHex, "0" * 64), (Nonce, "12345678"),
    ],
)  # fmt: skip
def test_a_last_line_break_is_part_of_what_is_judged(kind: object, good: str) -> None:
    assert msgspec.convert(good, kind) == good
    with pytest.raises(msgspec.ValidationError, match="matching regex"):
        msgspec.convert(good + "\n", kind)
