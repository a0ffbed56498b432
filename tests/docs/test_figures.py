"""The sizes that the docs name are those of what is built."""

from __future__ import annotations

import re

import pytest

from benchmarks.start import page_bytes
from tests.docs.snippets import ROOT

FIGURES = ROOT / "docs/operating/figures.md"


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ("scripts that the page asks for at once, gzip", "initial_js_gzip_bytes"),
        ("the plaza's meshes, gzip", "plaza_gzip_bytes"),
    ],
)
def test_a_size_in_the_docs_is_what_is_built(row: str, name: str) -> None:
    if not (ROOT / "worldloom/static/index.html").is_file():
        pytest.skip("the client is not built here")
    told = re.search(rf"\| {row} \| ([0-9]+) KiB \|", FIGURES.read_text("utf-8"))
    assert told is not None
    assert int(told[1]) * 1024 == pytest.approx(page_bytes()[name], rel=0.1)


def test_every_benchmark_stands_on_the_page_of_figures() -> None:
    known = [p.name for p in (ROOT / "benchmarks").glob("*.py") if not p.name.startswith("_")]
    told = FIGURES.read_text("utf-8")
    assert [name for name in known if f"benchmarks/{name}" not in told] == []
