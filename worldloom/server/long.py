"""Actions that say of themselves that what they ask of the outside takes its time."""

from __future__ import annotations

import msgspec

from worldloom.kernel.agents import person_of
from worldloom.kernel.errors import NotFound
from worldloom.kernel.live import LiveWorld
from worldloom.kernel.realm import Decision
from worldloom.kernel.rights import Deed, Role, Standing, check
from worldloom.server.engine import Engine, now_us
from worldloom.server.errands import Errand


def requests_of(engine: Engine, live: LiveWorld, decision: Decision) -> list[int]:
    """Return the seqs of what a long action's group asks of the outside, once it is durable.

    It may be an action that another, such as `use`, led to. Of what is not long it is nothing.
    """
    # Its `seq` may be that of another's group: what counts is what it wrote itself.
    if not decision.long or not 0 < decision.wrote <= live.durable_seq:
        return []
    past = engine.realm.past(live.name)
    group = past.group(past.record(decision.wrote).group)
    return [one.seq for one in group if one.kind in live.world.adapters]


def errand_of(engine: Engine, live: LiveWorld, seq: int) -> Errand | None:
    """Return a request of a world that is on its way, or was."""
    pending = live.follow.open.get(seq)
    known = engine.errands.of(live.name, seq)
    return known if pending is None else engine.errands.begin(pending)


def find_request(engine: Engine, live: LiveWorld, seq: int) -> None:
    """Raise NotFound unless the durable record of a seq asks something of the outside."""
    known = 0 < seq <= live.durable_seq
    if not known or engine.realm.past(live.name).record(seq).kind not in live.world.adapters:
        raise NotFound(f"record {seq} asks nothing of the outside", "see the action's answer")


def check_may_cancel(engine: Engine, live: LiveWorld, seq: int, who: Standing) -> None:
    """Raise NotAllowed, NotSignedIn unless someone asked for it and may, or owns the world."""
    if is_own(engine, live, seq, who):
        errand = errand_of(engine, live, seq)
        check_may_ask(engine, live, "" if errand is None else errand.action, who)
    else:
        engine.realm.people.check_ban(who.account, live.name, now_us())
        said = "cancelling what another asked for"
        check(who, Deed("cancel", Role.OWNER, said=said, world=live.name), now_us())


def is_own(engine: Engine, live: LiveWorld, seq: int, who: Standing) -> bool:
    """Tell whether someone, or an agent of theirs, asked for it; an agent's person is another."""
    past = engine.realm.past(live.name)
    author = past.author(past.record(seq).group)
    own = author == who.actor or who.actor == who.account == person_of(author)
    return own and bool(who.account)


def check_may_ask(engine: Engine, live: LiveWorld, action: str, who: Standing) -> None:
    """Raise NotAllowed, NotSignedIn unless someone is not banned and has the scope of an action.

    Where it was no long one by which something was asked for (empty), that is `act`.
    """
    now = now_us()
    engine.realm.people.check_ban(who.account, live.name, now)
    found = live.world.actions.get(action)
    deed = Deed("cancel") if found is None else found.deed(live.name)
    # Its role was asked for when it was asked for, and what it costs is spent.
    guards = (str(Role.VISITOR),)
    check(who, msgspec.structs.replace(deed, world=live.name, cost=0, guards=guards), now)
