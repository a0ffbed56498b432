"""`python -m tests.fuzz wire --seed 41` tries a case again; `--cases 1000 --first 0` tries many."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tests.fuzz.doors import DOORS, try_cases


def main() -> int:
    """Try what the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("door", choices=DOORS)
    parser.add_argument("--seed", type=int, help="one case")
    parser.add_argument("--cases", type=int, default=100, help="how many cases")
    parser.add_argument("--first", type=int, default=0, help="the first one's seed")
    parser.add_argument("--json", action="store_true", help="one line for `make soak`")
    wish = parser.parse_args()
    first, count = (wish.first, wish.cases) if wish.seed is None else (wish.seed, 1)
    with tempfile.TemporaryDirectory() as folder:
        told = try_cases(wish.door, Path(folder), range(first, first + count))
    print(json.dumps(told) if wish.json else "\n".join([f"{told['cases']} cases", *told["failed"]]))
    return 1 if told["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
