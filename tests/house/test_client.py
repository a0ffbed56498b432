"""The client is built in one direction, without barrels, and asks no other host for anything."""

from __future__ import annotations

import gzip
import os
import re
from pathlib import Path

import pytest

from tests.house.source import ROOT, find_circle

SOURCE = ROOT / "client/src"
ORDER = ("net", "world", "view", "input", "ui", "main")
VALUE_IMPORT = re.compile(
    r"^\s*(?:import|export)\s+(?!type\b)[^;'\"]*?from\s*['\"](\.[^'\"]+)['\"]",
    re.MULTILINE,
)
HOST = re.compile(rb"(?:https?|wss?):\\?/\\?/([A-Za-z0-9.-]+\.[a-z]{2,})")
# Addresses that libraries only mention: XML namespaces, licences, specifications, error texts.
MENTIONED = re.compile(
    r"(?:^|\.)(?:w3\.org|khronos\.org|github\.com|threejs\.org|mozilla\.org|adobe\.com"
    r"|opensource\.org|apache\.org|paulmillr\.com|wikipedia\.org|google\.com|acm\.org"
    r"|nist\.gov|ietf\.org|npmjs\.com|example\.com|jcgt\.org|unity\.com|blogspot\.com"
    r"|reddit\.com|shadertoy\.com|stackoverflow\.com|tavianator\.com)$"
)


def order_fault(source: str, target: str) -> str | None:
    """Return what is wrong with a file of folder `source` importing from `target`, or None."""
    if source not in ORDER or target not in ORDER or ORDER.index(target) <= ORDER.index(source):
        return None
    return f"{source} imports {target}, which comes later"


def folder_of(path: Path) -> str:
    """Return which of the six folders a file stands in."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".ts")


def value_imports() -> dict[Path, list[Path]]:
    """Return each file of the client and the files whose values it needs at once."""
    return {
        path: [
            target
            for name in VALUE_IMPORT.findall(path.read_text(encoding="utf-8"))
            if (target := Path(os.path.normpath(path.parent / name))).is_relative_to(SOURCE)
        ]
        for path in sorted(SOURCE.rglob("*.ts"))
    }


def test_value_imports_only_go_one_way() -> None:
    faults = []
    for path, targets in value_imports().items():
        for target in targets:
            fault = order_fault(folder_of(path), folder_of(target))
            faults += [f"{path.relative_to(ROOT)}: {fault}"] if fault else []
    assert not faults, "\n".join(faults)


def test_no_values_go_in_a_circle_inside_a_folder_either() -> None:
    graph = {
        str(path.relative_to(SOURCE)): {str(target.relative_to(SOURCE)) for target in targets}
        for path, targets in value_imports().items()
    }
    assert len(graph) > 100 and any(graph.values())
    assert not (circle := find_circle(graph)), " → ".join(circle)


def test_a_planted_import_the_wrong_way_is_found() -> None:
    assert order_fault("net", "view")
    assert not order_fault("view", "net")
    assert VALUE_IMPORT.findall("import { a } from '../ui/panel.ts';") == ["../ui/panel.ts"]
    assert VALUE_IMPORT.findall("import type { A } from '../ui/panel.ts';") == []


def test_the_client_has_no_barrels() -> None:
    assert [str(path.relative_to(ROOT)) for path in SOURCE.rglob("index.ts")] == []


def test_the_built_client_names_no_host_to_ask() -> None:
    built = ROOT / "worldloom/static"
    if not built.is_dir():
        pytest.skip("the client is not built here")
    files = [path for path in built.rglob("*") if path.suffix in {".js", ".html", ".css", ".json"}]
    hosts = {match.decode() for path in files for match in HOST.findall(path.read_bytes())}
    assert {host for host in hosts if not MENTIONED.search(host)} == set()


def test_nothing_that_the_page_in_words_loads_starts_the_picture() -> None:
    built = ROOT / "worldloom/static"
    if not (built / "text.html").is_file():
        pytest.skip("the client is not built here")
    start = re.findall(r"assets/(index-[^\"]+\.js)", (built / "index.html").read_text("utf-8"))
    due = re.findall(r"assets/([^\"]+\.js)", (built / "text.html").read_text("utf-8"))
    by: dict[str, str] = {}
    while due:
        name = due.pop()
        code = (built / "assets" / name).read_text("utf-8")
        for other in re.findall(r"(?:from|import\(?)[\"`]\./([\w-]+\.js)[\"`]", code):
            drawn = other.startswith("figure-")  # in the dialog of the page in 3D alone
            if other not in by and not drawn:
                by[other] = name
                due.append(other)
    assert start and len(by) > 8
    assert not set(start) & set(by), [by[one] for one in start]


def test_the_page_starts_with_at_most_220_kb_of_script() -> None:
    page = ROOT / "worldloom/static/index.html"
    if not page.is_file():
        pytest.skip("the client is not built here")
    names = set(re.findall(r'(?:src|href)="[^"]*?static/([^"]+\.js)"', page.read_text("utf-8")))
    assert names
    sizes = {name: len(gzip.compress((page.parent / name).read_bytes())) for name in names}
    assert sum(sizes.values()) <= 220 * 1024, sizes
