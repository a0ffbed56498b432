"""All that one account did, taken back group by group; what cannot be is named and left."""

from __future__ import annotations

import re
from typing import Any

from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.server.cli.door import Door

STAYS = re.compile(r"group ([0-9]+) reached").search
OLDER = re.compile(r'undo \{"group": ([0-9]+)\}').search


def take_all_back(door: Door, world: str, by: str | None, token: str) -> dict[str, Any]:
    """Undo all groups of an account that can be undone, the newest first.

    Returns `undone` (groups), `kept` (what others changed since) and `stays` (groups that reached
    beyond the world, and what makes up for them).
    """
    undone: list[int] = []
    kept: list[dict[str, Any]] = []
    stays: dict[int, str] = {}
    whose = {} if by is None else {"by": by}
    wish: dict[str, Any] = dict(whose)
    for _ in range(3 * LIMITS.undo_groups_max):
        try:
            result = door.do(world, "undo", wish, token)["result"]
        except WorldloomError as error:
            found = STAYS(error.message)
            if error.code == "nothing_to_undo" and (undone or stays):
                break
            if error.code != "not_undoable" or found is None:
                raise
            stays[int(found[1])] = f"{error.message}: {error.fix}"
            older = OLDER(error.fix)
            if older is None:
                break
            wish = {**whose, "group": int(older[1])}
        else:
            undone.append(result["group"])
            kept += result["kept"]
            wish = dict(whose)
    return {
        "undone": undone,
        "kept": kept,
        "stays": [{"group": group, "why": why} for group, why in stays.items()],
    }
