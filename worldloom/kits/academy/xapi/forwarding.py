"""A copy of every statement goes to a record store of others, in order and without loss."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from worldloom.kernel.doors import Clerk, Kept
from worldloom.kernel.feeds import Feed
from worldloom.kernel.world import World
from worldloom.kits.academy.events import NotForwarded, StatementKept
from worldloom.kits.academy.ports import Outgoing, Outside
from worldloom.kits.academy.xapi.showing import exact

PLAIN = "application/octet-stream"


def forwarding(outside: Outside, home: str) -> Feed:
    """Return the feed that passes statements on, from the first one of the log on."""

    async def take(kept: Sequence[Kept], clerk: Clerk) -> None:
        going = [outgoing(one, clerk, home) for one in kept]
        refused = await outside.send([one for one in going if one is not None])
        if refused:
            told = [NotForwarded(id, outside.name, why) for id, why in refused.items()]
            await clerk.decide(lambda world: _append(world, told))

    return Feed(f"academy-{outside.name}", StatementKept, take, from_start=True)


def outgoing(kept: Kept, clerk: Clerk, home: str) -> Outgoing | None:
    """Return a statement as it leaves, or None where its person is forgotten."""
    event = kept.event
    assert isinstance(event, StatementKept)
    if event.statement.value is None:
        return None
    text = exact(kept, home)
    files: dict[str, tuple[bytes, str]] = {}
    if event.files:
        told = msgspec.json.decode(text)
        media = {one["sha2"].lower(): one["contentType"] for place in (told, told["object"])
                 for one in place.get("attachments", ())}  # fmt: skip
        files = {sha2: (clerk.asset(asset) or b"", media.get(sha2, PLAIN))
                 for sha2, asset in event.files}  # fmt: skip
    return Outgoing(event.id, text, files)


def _append(world: World, told: Sequence[NotForwarded]) -> None:
    for one in told:
        world.append(one)
