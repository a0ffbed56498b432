"""When two statements say the same: one of an id that is here already is no second one.

Sources: xAPI 1.0.3 part two, 2.3.1; IEEE 9274.1.1-2023 (xAPI 2.0), 4.2.7.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

import msgspec

from worldloom.kits.academy.xapi.values import coarse

_ORDERED: Final = msgspec.json.Encoder(order="sorted").encode


def compared(told: Mapping[str, Any], without: frozenset[str]) -> dict[str, Any]:
    """Return what of a statement is compared with another."""
    same = {name: value for name, value in told.items() if name not in without}
    result = same.get("result")
    if isinstance(result, dict) and isinstance(result.get("duration"), str):
        same["result"] = {**result, "duration": coarse(result["duration"])}
    if told.get("object", {}).get("objectType") == "SubStatement":
        same["object"] = compared(told["object"], frozenset())
    return same


def digest_of(statement: Mapping[str, Any]) -> bytes:
    """Return what two statements that say the same have in common."""
    same = compared(statement, frozenset({"version", "id"}))
    return sha256(_ORDERED(same)).digest()
