"""Every link between pages leads somewhere, and every page can be reached from the first one."""

from __future__ import annotations

import re
from pathlib import Path

from tests.docs.snippets import FENCE, ROOT, pages

LINK = re.compile(r"(?<!\!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


def links(path: Path) -> list[Path]:
    """Return the files that a page links to."""
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    names = [a or b for a, b in LINK.findall(text)]
    local = [name.partition("#")[0] for name in names if "://" not in name]
    return [(path.parent / name).resolve() for name in local if name]


def test_every_link_leads_to_a_file() -> None:
    dead = [
        f"{page.relative_to(ROOT)} → {target}"
        for page in pages()
        for target in links(page)
        if not target.exists()
    ]
    assert not dead, "\n".join(dead)


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md" or not page.is_file():
            continue
        seen.add(page)
        waiting += links(page)
    docs = {path for path in pages() if path.is_relative_to(ROOT / "docs")}
    assert sorted(str(path.relative_to(ROOT)) for path in docs - seen) == []
