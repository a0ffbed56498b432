"""Find the fenced snippets of the documentation and what their first line says about them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Snippet:
    """One fenced block: its page, line, language, mark and text.

    Marks are `syntax`, `raises=code`, and `from=path`: these are lines of a file of the repository.
    """

    page: str
    line: int
    language: str
    mark: str
    text: str

    def __str__(self) -> str:
        """Return where it stands."""
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """Return every page that people read."""
    kits = (ROOT / "worldloom/kits").glob("*/README.md")
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted(kits)]


def snippets(*languages: str) -> list[Snippet]:
    """Return the snippets in some languages, all without any."""
    found = []
    for path in pages():
        text = path.read_text(encoding="utf-8")
        for match in FENCE.finditer(text):
            language, _, mark = match[1].strip().partition(" ")
            line = text.count("\n", 0, match.start()) + 1
            page = path.relative_to(ROOT).as_posix()
            found.append(Snippet(page, line, language, mark.strip(), match[2]))
    return [one for one in found if not languages or one.language in languages]
