"""`python -m tests.simulation --seed 41` replays a history; `--seeds 1000 --first 0` plays many."""

from __future__ import annotations

import argparse
import json
import sys

from tests.simulation.histories import Tally, play


def main() -> int:
    """Play what the arguments say; a single seed shows its whole trace."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, help="one history, with the trace of what broke")
    parser.add_argument("--seeds", type=int, default=300, help="how many histories")
    parser.add_argument("--first", type=int, default=0, help="the first one's seed")
    parser.add_argument("--json", action="store_true", help="one line for `make soak`")
    wish = parser.parse_args()
    if wish.seed is not None:
        print(f"seed {wish.seed} holds; its log ends in {play(wish.seed).hex()}")
        return 0
    tally = Tally()
    tally.play(range(wish.first, wish.first + wish.seeds))
    print(json.dumps(tally.line()) if wish.json else tally)
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
