"""The examples' pages of the documentation, made from the examples themselves and their tests."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
PICTURES = ROOT / "docs" / "pictures" / "examples"


@dataclass(frozen=True)
class Example:
    """One example: its file's name, its title, what it shows, how to run it, and its source."""

    name: str
    title: str
    shows: str
    text: str
    source: str
    promises: tuple[str, ...]

    @property
    def page(self) -> str:
        """The name of its page."""
        return f"{self.name.removesuffix('.py')}.md"

    def picture(self) -> str | None:
        """Return the name of its picture, None where there is nothing to see."""
        stem = self.name.removesuffix(".py")
        return next((f"{stem}.{kind}" for kind in ("jpg", "svg")
                     if (PICTURES / f"{stem}.{kind}").is_file()), None)  # fmt: skip


@cache
def promises() -> dict[str, list[str]]:
    """Return the names of the tests of each example, as sentences."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests" / "examples").glob("test_*.py")):
        source = path.read_text(encoding="utf-8")
        for node in ast.parse(source).body:
            if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test_"):
                continue
            sentence = node.name.removeprefix("test_").replace("_", " ")
            for name in re.findall(r"\d\d_\w+\.py", ast.get_source_segment(source, node) or ""):
                if sentence not in found.setdefault(name, []):
                    found[name].append(sentence)
    return found


@cache
def examples() -> tuple[Example, ...]:
    """Return all examples in their order."""
    made = []
    for path in sorted(EXAMPLES.glob("[0-9]*.py")):
        source = path.read_text(encoding="utf-8")
        doc = ast.get_docstring(ast.parse(source)) or ""
        head, _, text = doc.partition("\n\n")
        title, _, shows = " ".join(head.split()).partition(": ")
        made.append(Example(path.name, title, shows, text, source,
                            tuple(promises().get(path.name, ()))))  # fmt: skip
    return tuple(made)


def example_page(number: int, note: str) -> str:
    """Return the page of one example."""
    all_of_them = examples()
    one = all_of_them[number]
    parts = [f"# {one.title}", note, f"{one.shows[:1].upper()}{one.shows[1:]}"]
    if picture := one.picture():
        parts.append(f"![{one.title}](../pictures/examples/{picture})")
    parts += [one.text, f"```python syntax\n{one.source.rstrip()}\n```"]
    if one.promises:
        told = "; ".join(f"*{sentence}*" for sentence in one.promises)
        parts.append(f"What its tests promise: {told}.")
    ways = [f"[{other.title}]({other.page})" for other in all_of_them[number + 1 : number + 2]]
    parts.append(" · ".join(["[all examples](README.md)", *(f"next: {way}" for way in ways)]))
    return "\n\n".join(parts) + "\n"


def index_page(note: str) -> str:
    """Return the page that lists them."""
    rows = []
    for one in examples():
        picture = one.picture()
        shown = f'<img src="../pictures/examples/{picture}" width="240" alt="">' if picture else ""
        rows.append(f"| [{one.title}]({one.page})<br>{one.shows} | {shown} |")
    text = "One file each, in `examples/`; every one is run by a test and photographed by a tool."
    return "\n\n".join(["# Examples", note, text, "| | |\n|---|---|\n" + "\n".join(rows)]) + "\n"


def example_pages(note: str) -> dict[str, str]:
    """Return every page by its path below `docs/`."""
    pages = {f"examples/{one.page}": example_page(k, note) for k, one in enumerate(examples())}
    return {**pages, "examples/README.md": index_page(note)}
