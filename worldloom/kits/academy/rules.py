"""Pure decisions of the academy: what its accounts and activities are called in records."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from worldloom.kernel.errors import Misused

HOME: Final = "https://academy.invalid"
"""Stands for the academy's own web address until its owner says it."""
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+").fullmatch
_WEB = re.compile(r"https?://[^\s/?#]+(/[^\s?#]*)?").fullmatch


def check_home(home: str) -> str:
    """Return a web address without a slash at its end; raises Misused for anything else."""
    if not _WEB(home):
        raise Misused(
            f"{home[:100]!r} is no web address",
            'Academy(home="https://school.example")',
            code="bad_home",
        )
    return home.rstrip("/")


def activity_id(home: str, *parts: str) -> str:
    """Return the IRI of an activity: of the academy's own by its names, or one as it is given."""
    if len(parts) == 1 and _IRI(parts[0]):
        return parts[0]
    return "/".join((home, "activities", *(quote(part, safe="") for part in parts)))


def wording(title: str, text: str) -> str:
    """Return what an exhibit tells who clicks it."""
    return f"{title}: {text}" if title and text else title or text
