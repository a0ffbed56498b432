"""Actions that say of themselves that what they ask of the outside takes its time."""

from __future__ import annotations

import msgspec

from worldloom.kernel.live import LiveWorld
from worldloom.kernel.rights import Deed, Role, Standing, check
from worldloom.server.engine import Engine, now_us
from worldloom.server.errands import Errand


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
    seqs = [one.seq for one in group if one.kind in live.world.adapters]
    for errand in (errand_of(engine, live, seq) for seq in seqs):
        if errand is not None:
            errand.action = action
    return seqs


def errand_of(engine: Engine, live: LiveWorld, seq: int) -> Errand | None:
    """Return a request of a world that is on its way, or was."""
    pending = live.follow.open.get(seq)
    known = engine.errands.of(live.name, seq)
    return known if pending is None else engine.errands.begin(pending)


def check_may_ask(engine: Engine, live: LiveWorld, action: str, who: Standing) -> None:
    """Raise NotAllowed, NotSignedIn unless someone is not banned and has the scope of an action.

    Where it is not known by which action something was asked for (empty), that is `act`.
    """
    now = now_us()
    engine.realm.people.check_ban(who.account, live.name, now)
    found = live.world.actions.get(action)
    deed = Deed("cancel") if found is None else found.deed(live.name)
    # Its role was asked for when it was asked for, and what it costs is spent.
    guards = (str(Role.VISITOR),)
    check(who, msgspec.structs.replace(deed, world=live.name, cost=0, guards=guards), now)
