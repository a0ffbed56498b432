"""Hundreds of seeded histories hold every promise, and one that does not can be played again.

`make soak` plays 100,000; `python -m tests.simulation --help` tells how to play any.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.simulation.histories import Tally, play, replay

SEEDS = 300
BLOCK = 100


@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
def test_every_promise_holds_in_every_history(first: int) -> None:
    tally = Tally()
    tally.play(range(first, first + BLOCK))
    print(tally)
    assert not tally.failed, str(tally)


@pytest.mark.parametrize("seed", [6, 7])
def test_one_seed_is_one_history(seed: int) -> None:
    """In another process too, where every set has another order."""
    done = subprocess.run(
        [sys.executable, *replay(seed).split()[1:]], capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[-1] == play(seed).hex()
