"""Actions that say of themselves that what they ask of the outside takes its time."""

from __future__ import annotations

from worldloom.kernel.live import LiveWorld
from worldloom.server.engine import Engine


def requests_of(engine: Engine, live: LiveWorld, action: str, wrote: int) -> list[int]:
    """Return the seqs of what a long action's group asks of the outside, once it is durable.

    `wrote` is what the decision says of itself: its `seq` may be that of another's group. Of any
    other action it is nothing.
    """
    found = live.world.actions.get(action)
    if found is None or not found.long or not 0 < wrote <= live.durable_seq:
        return []
    past = engine.realm.past(live.name)
    group = past.group(past.record(wrote).group)
    return [one.seq for one in group if one.kind in live.world.adapters]
