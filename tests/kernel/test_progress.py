"""How far a long request is: whatever its adapter says can be shown, or is its author's mistake."""

from collections.abc import Iterator

import pytest

from worldloom.kernel.errors import Misused
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.progress import TELLER, progress

Told = list[tuple[float, float | None, str]]


@pytest.fixture
def told() -> Iterator[Told]:
    heard: Told = []
    token = TELLER.set(lambda done, total, text: heard.append((done, total, text)))
    yield heard
    TELLER.reset(token)


ODD = (float("nan"), float("inf"), 10**400, -(10**400), "3", None)


@pytest.mark.parametrize("done", ODD, ids=("nan", "inf", "huge", "-huge", "text", "none"))
def test_what_is_no_number_that_can_be_told_is_misused(told: Told, done: object) -> None:
    with pytest.raises(Misused):
        progress(done)  # type: ignore[arg-type]
    with pytest.raises(Misused):
        progress(1, done or "")  # type: ignore[arg-type]
    assert told == []


def test_half_a_character_of_the_other_sides_words_is_replaced(told: Told) -> None:
    """It could not be sent: the ticks of a world that showed it failed, for all who were there."""
    progress(1, 2, "away: \ud800")
    assert told == [(1.0, 2.0, "away: ?")]


def test_a_line_without_an_end_is_cut(told: Told) -> None:
    progress(1, None, "x" * 1_000_000)
    assert told == [(1.0, None, "x" * LIMITS.text_characters_max)]
