"""Promised: the limits stand in one table, are named by their unit and cannot be changed."""

from __future__ import annotations

import ast
import dataclasses
import inspect

import pytest

from worldloom.kernel import limits
from worldloom.kernel.limits import LIMITS, Limits


def test_every_limit_is_positive() -> None:
    assert all(value > 0 for value in dataclasses.asdict(LIMITS).values())


def test_every_limit_has_a_sentence() -> None:
    (table,) = (node for node in ast.parse(inspect.getsource(limits)).body
                if isinstance(node, ast.ClassDef))  # fmt: skip
    for field, text in zip(table.body[1::2], table.body[2::2], strict=True):
        assert isinstance(field, ast.AnnAssign), ast.dump(field)
        assert isinstance(text, ast.Expr), ast.dump(text)


def test_a_limit_cannot_be_set() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        LIMITS.name_characters_max = 3  # type: ignore[misc]


def test_the_table_in_force_is_the_default_one() -> None:
    assert Limits() == LIMITS
