"""How far a long request is: told by its adapter, shown to who waits for it, and never kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextvars import ContextVar
from typing import Final

from worldloom.kernel.errors import Misused
from worldloom.kernel.limits import LIMITS

Teller = Callable[[float, float | None, str], None]
"""Hears how much is done, of how much in all, and a line about it."""
TELLER: Final[ContextVar[Teller | None]] = ContextVar("teller", default=None)
"""Set by whoever runs an adapter, around it; threads that it starts by asyncio have it too."""


def progress(done: float, total: float | None = None, text: str = "") -> None:
    """Say how far the request is that this adapter performs: `progress(3, 10, "rooms heated")`.

    It is shown to whoever waits, and nothing is kept of it. Raises Misused for what is no number.
    """
    numbers = (done,) if total is None else (done, total)
    if not all(isinstance(one, int | float) and math.isfinite(one) for one in numbers):
        raise Misused(f"{numbers} does not tell how far it is", "progress(3, 10)")
    teller = TELLER.get()
    if teller is not None:
        whole = None if total is None else float(total)
        teller(float(done), whole, str(text)[: LIMITS.text_characters_max])
