"""How far a long request is: told by its adapter, shown to who waits for it, and never kept."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any, Final

from msgspec import Struct

from worldloom.kernel.errors import Conflict, Misused
from worldloom.kernel.limits import LIMITS

Teller = Callable[[float, float | None, str], None]
"""Hears how much is done, of how much in all, and a line about it."""
MOST: Final = sys.float_info.max
TELLER: Final[ContextVar[Teller | None]] = ContextVar("teller", default=None)
"""Set by whoever runs an adapter, around it; threads that it starts by asyncio have it too."""


def progress(done: float, total: float | None = None, text: str = "") -> None:
    """Say how far the request is that this adapter performs: `progress(3, 10, "rooms heated")`.

    It is shown to whoever waits, and nothing is kept of it. Raises Misused for what is no number.
    """
    numbers = (done,) if total is None else (done, total)
    if not all(isinstance(one, int | float) and abs(one) <= MOST for one in numbers):
        raise Misused(f"{numbers} does not tell how far it is", "progress(3, 10)")
    teller = TELLER.get()
    if teller is not None:
        whole = None if total is None else float(total)
        # It may quote the other side: half a character (a lone surrogate) cannot be sent.
        line = str(text)[: LIMITS.text_characters_max].encode("utf-8", "replace").decode()
        teller(float(done), whole, line)


class Far(Struct, frozen=True):
    """How far all that an action asked of the outside is: so much is `done` of `total`."""

    done: float
    total: float | None
    """None: nobody knows."""
    text: str
    """What its adapters say of it."""


def far(looks: Sequence[dict[str, Any]]) -> Far:
    """Return how far several requests are together."""
    totals = [one["total"] for one in looks]
    total = None if None in totals else sum(totals)
    text = "; ".join(one["text"] for one in looks if one["text"])
    return Far(sum(one["done"] for one in looks), total, text)


def answers(looks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the records that answer some requests; raises Conflict for the first that failed."""
    for one in looks:
        if one["state"] == "failed":
            said = one.get("answer", {}).get("data") or {}
            raise Conflict(
                str(said.get("message") or "it failed"), "ask again",
                code=str(said.get("code") or "failed"),
            )  # fmt: skip
    return [one["answer"] for one in looks if "answer" in one]
