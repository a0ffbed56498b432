"""What people are called in one world: a name that can be shown, and that no two share.

Who comes under a name that looks like somebody else's here gets a number behind it. Looks are
compared by a skeleton, as Unicode's UTS #39 does; of its table of confusable characters only those
are here that look just like Latin letters, of Greek, Cyrillic, Armenian and Cherokee, and 0, 1, |.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from itertools import count
from typing import Final

from worldloom.kernel.limits import LIMITS

MARKS_MAX: Final = 2
"""Marks on one letter: Vietnamese and Hebrew need two, and a heap of them covers other lines."""
_UNSEEN: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
"""What takes room or none, and is not seen, beside the format characters (UAX #44)."""
_CAPITALS: Final = str.maketrans(
    "АВЕЅІЈКМНОРСТУХΑΒΕΖΗΙΚΜΝΟΡΤΥΧᎪᏴᏟᎠᎬᏀᎻᎫᏦᏞᎷᏢᏚᎢᏙᎳᏃᎡ",  # noqa: RUF001
    "ABESIJKMHOPCTYXABEZHIKMNOPTYXABCDEGHJKLMPSTVWZR",
)
_SMALL: Final = str.maketrans(
    "авеѕіјкӏмнорстухԛԝһѵԁαβεηικνορτυχωϲϳɡɑɩսօցհոզᴀʙᴄᴅᴇɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ01|iı",  # noqa: RUF001
    "abesljklmhopctyxqwhvdabenlkvoptuxwcjgaluoghnqabcdeghljklmnoprstuvwyzollll",
)
_NUMBER_CHARACTERS: Final = 8


def shown(name: str | None) -> str:
    """Return a name that can be shown: composed, printable, single-spaced, not too long."""
    letters: list[str] = []
    marks = 0
    for letter in unicodedata.normalize("NFC", name or ""):
        category = unicodedata.category(letter)
        marks = marks + 1 if category[0] == "M" else 0
        if category == "Cf" or marks > MARKS_MAX or _UNSEEN.fullmatch(letter):
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
        found, number = self._free(name, account, self._last.get(skeleton(name), 1) + 1)
        if number:
            self._last[skeleton(name)] = number
        self._holders[skeleton(found)][account] += 1
        return found

    def beside(self, name: str, account: str) -> str:
        """Return what somebody is called who speaks from outside, beside all who are here."""
        return self._free(name, account, 2)[0]

    def _free(self, name: str, account: str, first: int) -> tuple[str, int]:
        """Return the name, or it with the first number from `first` on that nobody else has."""
        if not self._holders.get(skeleton(name), {}).keys() - {account}:
            return name, 0
        for number in count(first):
            found = f"{name[: LIMITS.name_characters_max - _NUMBER_CHARACTERS]} {number}"
            if not self._holders.get(skeleton(found), {}).keys() - {account}:
                return found, number
        raise AssertionError("numbers do not end")

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
