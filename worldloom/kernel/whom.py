"""Whom somebody means: a visitor who is here, one who left, or an account."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from worldloom.kernel.errors import NotFound
from worldloom.kernel.events import Entered
from worldloom.kernel.schema import decode
from worldloom.kernel.step import Step
from worldloom.kernel.world import World

_VISITOR: Final = re.compile(r"v([1-9][0-9]{0,15})").fullmatch
_ENTERED: Final = Entered.__kind__.name


class Somebody(Struct, frozen=True):
    """Somebody who was named by a visitor's id or by an account."""

    account: str
    visitor: str = ""
    """Empty where they were named by their account."""
    name: str = ""
    """The name they came under; empty where that is not known, or they are forgotten."""


def somebody(step: Step, world: World, spelled: str) -> Somebody:
    """Return who is meant by a visitor's id or an account; raises NotFound.

    Who has just left can still be blocked, reported and banned: a visitor's id is the seq of the
    record that let them in, and the log does not forget whose it was.
    """
    here = world.visitor(spelled)
    if here.account:
        return Somebody(here.account, here.id, here.name)
    id = _VISITOR(spelled)
    if id is None:
        return Somebody(spelled)
    seq = int(id[1])
    if seq <= world.ground.state.seq:
        record = step.desk.past(world.name).record(seq)
        if record.kind == _ENTERED:
            entered = decode(Entered, record.payload, record.version, world.restore)
            return Somebody(entered.account, spelled, str(entered.name))
    raise NotFound(
        f"nobody came into {world.name} as {spelled}",
        "name somebody who is or was here, or an account",
    )
