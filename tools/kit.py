"""A new kit with its tests, and whether the kits there are have the shape of one.

python tools/kit.py new greenhouse   # worldloom/kits/greenhouse/ and tests/kits/greenhouse/
python tools/kit.py check            # what is wrong with the shape of any kit
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

if __name__ == "__main__":  # run as a file, its neighbours are found by the repository's root
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.kit_shape import faults, kits

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "tools" / "kit_template"
SECTION = '[project.entry-points."worldloom.kits"]\n'
NAME = re.compile(r"[a-z][a-z0-9]{1,19}")


def filled(text: str, name: str) -> str:
    """Return a template's text with a kit's name in it."""
    title = name.capitalize()
    return text.replace("@NAME@", name).replace("@CLASS@", title).replace("@TITLE@", title)


def new(name: str, root: Path = ROOT) -> list[Path]:
    """Write a kit's folder, its tests and its entry point; raises ValueError, FileExistsError."""
    if not NAME.fullmatch(name):
        raise ValueError(f"{name} is no kit's name: use 2 to 20 lower case letters and digits")
    homes = {"kit": root / "worldloom/kits" / name, "tests": root / "tests/kits" / name}
    for home in homes.values():
        if home.exists():
            raise FileExistsError(f"{home.relative_to(root)} is there already: choose another name")
    made = []
    for part, home in homes.items():
        for path in sorted((TEMPLATE / part).rglob("*.txt")):
            target = home / path.relative_to(TEMPLATE / part).with_suffix("")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(filled(path.read_text("utf-8"), name), encoding="utf-8")
            made.append(target)
    project = root / "pyproject.toml"
    text = project.read_text("utf-8")
    entry = f'{name} = "worldloom.kits.{name}:{name.capitalize()}"\n'
    project.write_text(text.replace(SECTION, SECTION + entry), encoding="utf-8")
    return made


def main(arguments: list[str]) -> int:
    """Run one command; return 0 where all is well."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("new", help="write a kit with its tests")
    making.add_argument("name", metavar="NAME")
    commands.add_parser("check", help="say what is wrong with the shape of any kit")
    wish = parser.parse_args(arguments)
    if wish.command == "check":
        found = [fault for kit in kits(ROOT) for fault in faults(ROOT, kit)]
        print("\n".join(found) or "every kit has the shape of one")
        return 1 if found else 0
    try:
        for path in new(wish.name):
            print(path.relative_to(ROOT))
    except (ValueError, FileExistsError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"next: python tools/make.py setup; loom demo {wish.name}; docs/guides/new-kit.md")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
