"""Whatever comes to a door is answered or refused in the one form, and the world goes on.

A few seeded cases of each door; `make soak` tries very many, `python -m tests.fuzz` any of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.doors import DOORS, try_cases


@pytest.mark.parametrize("door", [name for name, door in DOORS.items() if door.short])
def test_no_odd_case_breaks_a_door(door: str, tmp_path: Path) -> None:
    told = try_cases(door, tmp_path, range(DOORS[door].short))
    assert not told["failed"], "\n".join(told["failed"])
