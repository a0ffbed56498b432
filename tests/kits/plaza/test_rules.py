"""What the plaza's rules promise: twelve notes fit, the oldest makes room, texts are tidy."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from worldloom.kits.plaza import rules


@given(st.integers(0, 10_000))
def test_a_note_takes_the_place_of_the_one_it_replaces(number: int) -> None:
    old = rules.replaced(number)
    assert (old is None) == (number < rules.NOTES_SHOWN_MAX)
    if old is not None:
        assert rules.slot_of(old) == rules.slot_of(number)


def test_twelve_slips_hang_side_by_side_on_the_board() -> None:
    spots = [rules.place_of(slot) for slot in range(rules.NOTES_SHOWN_MAX)]
    assert len(set(spots)) == rules.NOTES_SHOWN_MAX
    wide, tall = rules.SLIP_SIZE
    for i, (x, y, _) in enumerate(spots):
        assert abs(x) + wide / 2 < 1.2
        assert 0.7 < y - tall / 2
        assert y + tall / 2 < 2.12
        assert all(abs(x - a) >= wide or abs(y - b) >= tall for a, b, _ in spots[:i])


@given(st.text(max_size=200))
def test_a_tidy_text_is_one_printable_line(text: str) -> None:
    tidy = rules.tidy(text)
    assert tidy.isprintable()
    assert tidy == rules.tidy(tidy) == tidy.strip()


def test_long_notes_are_written_smaller() -> None:
    assert rules.lettering("hi") > rules.lettering("x" * 60) > rules.lettering("x" * 120)
