"""Promised: an account is always called the same, and a hundred of them are told apart."""

from hypothesis import given
from hypothesis import strategies as st

from worldloom.presence.names import name_of


@given(st.text())
def test_an_account_has_one_name(account: str) -> None:
    name = name_of(account)
    assert name == name_of(account) and len(name.split()) == 2 and name.istitle()


def test_a_hundred_guests_have_many_names() -> None:
    assert len({name_of(f"guest:{number}") for number in range(100)}) > 90
