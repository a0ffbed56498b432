"""What people are called in one world: a name that can be shown, and that no two share.

Who comes under a name that looks like somebody else's here gets a number behind it. Looks are
compared by a skeleton, as Unicode's UTS #39 does; of its table of confusable characters only the
letters of Greek and Cyrillic that look like Latin ones are here, and 0, 1, | and i.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import count
from typing import Final

from worldloom.kernel.limits import LIMITS

MARKS_MAX: Final = 2
"""Marks on one letter: Vietnamese and Hebrew need two, and a heap of them covers other lines."""
_CAPITALS: Final = str.maketrans(
    "АВЕЅІЈКМНОРСТУХΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",  # noqa: RUF001
    "ABESIJKMHOPCTYXABEZHIKMNOPTYX",
)
_SMALL: Final = str.maketrans(
    "авеѕіјкӏмнорстухԛԝһѵԁαβεηικνορτυχω01|iı",  # noqa: RUF001
    "abesljklmhopctyxqwhvdabenlkvoptuxwollll",
)
_NUMBER_CHARACTERS: Final = 8


def shown(name: str | None) -> str:
    """Return a name that can be shown: composed, printable, single-spaced, not too long."""
    letters: list[str] = []
    marks = 0
    for letter in unicodedata.normalize("NFC", name or ""):
        category = unicodedata.category(letter)
        marks = marks + 1 if category[0] == "M" else 0
        if category == "Cf" or marks > MARKS_MAX:
            continue  # what is not seen, and what covers others' names
        letters.append(letter if letter.isprintable() else " ")
    return " ".join("".join(letters).split())[: LIMITS.name_characters_max].strip()


def skeleton(name: str) -> str:
    """Return what is the same for two names that look alike."""
    apart = unicodedata.normalize("NFKD", name).translate(_CAPITALS).casefold().translate(_SMALL)
    return "".join(letter for letter in apart if letter.isalnum()) or name


class Names:
    """The names that are in use in one world."""

    def __init__(self) -> None:
        self._holders: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """Skeleton → account → how many sessions of it are called so."""
        self._last: Counter[str] = Counter()
        """Skeleton → the highest number that was put behind it."""

    def take(self, name: str, account: str) -> str:
        """Return the name as a newcomer may bear it; an account shares it with its own tabs."""
        for other in self._offers(name):
            look = skeleton(other)
            if not self._holders[look].keys() - {account}:
                self._holders[look][account] += 1
                return other
        raise AssertionError("numbers do not end")

    def _offers(self, name: str) -> Iterator[str]:
        yield name
        look = skeleton(name)
        for number in count(max(self._last[look] + 1, 2)):
            self._last[look] = number
            yield f"{name[: LIMITS.name_characters_max - _NUMBER_CHARACTERS]} {number}"

    def drop(self, name: str, account: str) -> None:
        """Let go of a name that `take` returned."""
        look = skeleton(name)
        holders = self._holders[look]
        holders[account] -= 1
        if holders[account] <= 0:
            del holders[account]
        if not holders:
            del self._holders[look]
            self._last.pop(look, None)
