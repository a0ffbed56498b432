"""Safety between people: block, mute, friends, personal distance, and reports.

Who wants nothing to do with whom is a fact of the realm's people, never of a world: nobody who is
blocked can read it anywhere. Whoever holds presence shows it, by leaving out what one does not
want to perceive before it leaves the server.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from msgspec import Meta

from worldloom.kernel.agents import person_of
from worldloom.kernel.bucket import Bucket
from worldloom.kernel.draft import Draft
from worldloom.kernel.entity import Visitor
from worldloom.kernel.errors import Conflict, OverLimit
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.people import LOCAL, People
from worldloom.kernel.personal import Personal
from worldloom.kernel.records import Record
from worldloom.kernel.schema import Component, Event, decode
from worldloom.kernel.step import Step
from worldloom.kernel.whom import Somebody, somebody
from worldloom.kernel.world import World

if TYPE_CHECKING:
    from worldloom.kernel.state import State

Whom = Annotated[str, Meta(min_length=1, max_length=LIMITS.name_characters_max)]
Reason = Annotated[str, Meta(min_length=1, max_length=LIMITS.report_characters_max)]


class Bonds(Component, private=True):
    """What an account wants of others: not to meet, not to hear, to be near; and distance."""

    blocked: tuple[str, ...] = ()
    muted: tuple[str, ...] = ()
    friends: tuple[str, ...] = ()
    distance: bool = True
    """Whether strangers are kept at a distance."""


class Reported(Event, private=True):
    """Someone asked the moderators to look at what another did; `since` is UTC microseconds."""

    account: str
    visitor: str
    name: Personal[str]
    reason: Personal[str]
    since: int


SPOKEN: Final = frozenset({"Said", "Entered", "Left", "Consented", "Dressed"})
"""Records by which one perceives a person; everything else is the world's own state."""
REPORTED: Final = Reported.__kind__.name
_BONDS: Final = Bonds.__kind__.name
_NONE: Final = Bonds()


RATES: Final = {
    "say": (LIMITS.says_per_second_max, LIMITS.says_burst_max),
    "report": (LIMITS.reports_per_hour_max / 3600, LIMITS.reports_per_hour_max),
}
"""Action → how often one account may ask for it in one world: a second, and at once."""


class Rates:
    """How much everyone has talked in one world lately; presence, and bounded."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def check(self, account: str, action: str, now: int) -> None:
        """Raise OverLimit where somebody asks for an action more often than one may."""
        rate, burst = RATES[action]
        bucket = self._buckets.get((account, action))
        if bucket is None:
            while len(self._buckets) >= LIMITS.visitors_per_world_max:
                del self._buckets[next(iter(self._buckets))]
            bucket = self._buckets[account, action] = Bucket(rate, burst, now)
        if not bucket.take(1, now):
            wait = math.ceil(1 / rate)
            raise OverLimit(
                f"you {action} too often", f"wait {wait} s", code="too_often",
                retry_after_seconds=wait,
            )  # fmt: skip


def bonds_of(state: State, account: str) -> Bonds:
    """Return what an account wants of others, from the state of the realm's people."""
    id = state.by_name.get(account)
    cell = None if id is None else state.entities[id].cells.get(_BONDS)
    return _NONE if cell is None else decode(Bonds, cell.data, cell.version)


def block(
    step: Step, world: World, visitor: Visitor, account: Whom, on: bool = True
) -> dict[str, Any]:
    """Meet somebody no longer: neither of you sees or hears the other, in any world; or again."""
    whom = _someone_else(step, world, visitor, account, "block").account
    known = _known(step, visitor)
    friends = tuple(one for one in known.friends if one != whom)
    _keep(step, visitor, known, blocked=_with(known.blocked, whom, on), friends=friends)
    return {"account": account, "on": on}


def mute(
    step: Step, world: World, visitor: Visitor, account: Whom, on: bool = True
) -> dict[str, Any]:
    """Hear somebody no longer, in any world; or again. They are not told."""
    whom = _someone_else(step, world, visitor, account, "mute").account
    known = _known(step, visitor)
    _keep(step, visitor, known, muted=_with(known.muted, whom, on))
    return {"account": account, "on": on}


def befriend(
    step: Step, world: World, visitor: Visitor, account: Whom, on: bool = True
) -> dict[str, Any]:
    """Let somebody come near; once you both have, no distance is kept between you."""
    whom = _someone_else(step, world, visitor, account, "befriend").account
    known = _known(step, visitor)
    _keep(step, visitor, known, friends=_with(known.friends, whom, on))
    return {"account": account, "on": on}


def keep_distance(step: Step, visitor: Visitor, on: bool) -> dict[str, bool]:
    """Have strangers kept at arm's length from you, or let everyone come near."""
    if not visitor.account:
        raise _nobody("keep_distance")
    _keep(step, visitor, _known(step, visitor), distance=on)
    return {"on": on}


def report(step: Step, world: World, visitor: Visitor, account: Whom, reason: Reason) -> str:
    """Ask this world's moderators to look at somebody; they see the last minute of it again."""
    whom = _someone_else(step, world, visitor, account, "report")
    name = Personal(whom.name, of=whom.account)
    since = step.now - LIMITS.evidence_seconds * 1_000_000
    world.append(Reported(whom.account, whom.visitor, name, Personal(reason, of=visitor), since))
    return "the moderators of this world will see it"


def _someone_else(step: Step, world: World, visitor: Visitor, spelled: str, deed: str) -> Somebody:
    """Return who is meant by a visitor's id or an account; raises NotFound, Conflict."""
    if not visitor.account:
        raise _nobody(deed)
    whom = somebody(step, world, spelled)
    if whom.account in (visitor.account, LOCAL):
        raise Conflict(
            f"there is nobody to {deed}", "name another visitor or account", code="not_possible"
        )
    return whom


def _nobody(deed: str) -> Conflict:
    return Conflict(f"{deed} is for somebody", "open the page first", code="not_here")


def _draft(step: Step) -> tuple[People, Draft]:
    people = step.desk.people
    return people, people.draft(step)


def _known(step: Step, visitor: Visitor) -> Bonds:
    _, draft = _draft(step)
    id = draft.find(visitor.account)
    cell = None if id is None else draft.need(id).cells.get(_BONDS)
    return _NONE if cell is None else decode(Bonds, cell.data, cell.version)


def _keep(step: Step, visitor: Visitor, known: Bonds, **changed: Any) -> None:
    bonds = msgspec.structs.replace(known, **changed)
    step.discreet = True
    _, draft = _draft(step)
    id = draft.find(visitor.account)
    if id is None and len(draft.having(_BONDS)) >= LIMITS.avatars_kept_max:
        # Guests are made as one pleases, and each would take a place among the realm's people.
        raise OverLimit(
            "too many guests have their wishes kept here", "keep your account by a passkey first",
            too_large=True,
        )  # fmt: skip
    draft.put(draft.need(draft.spawn(visitor.account, ()) if id is None else id), bonds)


def _with(known: tuple[str, ...], account: str, on: bool) -> tuple[str, ...]:
    kept = tuple(one for one in known if one != account)
    if not on:
        return kept
    if len(kept) >= LIMITS.bonds_max:
        raise OverLimit(
            f"at most {LIMITS.bonds_max} people can be on this list",
            "take somebody off it",
            too_large=True,
        )
    return (*kept, account)


class Ties:
    """Who wants nothing to do with whom, seen from both sides; a view of the people's state."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._read_at: tuple[int, int] = (0, -1)
        self._bonds: dict[str, Bonds] = {}
        self._blockers: dict[str, set[str]] = {}
        self._version = 0

    @property
    def version(self) -> int:
        """Counted up whenever somebody changed their mind."""
        self._read()
        return self._version

    def of(self, account: str) -> Bonds:
        """Return what an account wants of others."""
        self._read()
        return self._bonds.get(account, _NONE)

    @property
    def nobody(self) -> bool:
        """Whether no account ever said what it wants of others."""
        self._read()
        return not self._bonds

    def has(self, account: str) -> bool:
        """Tell whether an account ever said what it wants of others."""
        self._read()
        return account in self._bonds

    def apart(self, account: str) -> frozenset[str]:
        """Return the accounts that it shall not meet: it blocked them, or they blocked it."""
        mine = self.of(account).blocked
        return frozenset(mine) | self._blockers.get(account, frozenset())

    def unheard(self, account: str) -> frozenset[str]:
        """Return the accounts whose words it shall not be sent."""
        return self.apart(account) | frozenset(self.of(account).muted)

    def spares(self, account: str, record: Record) -> bool:
        """Tell whether an account shall not be shown a record, as it is of somebody unheard."""
        return record.kind in SPOKEN and person_of(record.actor) in self.unheard(account)

    def near(self, one: str, other: str) -> bool:
        """Tell whether two accounts may come as near to one another as they like."""
        if one == other:
            return True
        mine, theirs = self.of(one), self.of(other)
        if other in mine.friends and one in theirs.friends:
            return True
        return not (mine.distance or theirs.distance)

    def _read(self) -> None:
        state = self._people.state
        now = (id(state), state.seq)
        if now == self._read_at:
            return
        self._read_at = now
        entities = (state.entities[id] for id in state.having.get(_BONDS, ()))
        found = {one.name: decode(Bonds, one.cells[_BONDS].data) for one in entities}
        if found == self._bonds:
            return
        self._version += 1
        self._bonds, self._blockers = found, {}
        for account, bonds in found.items():
            for blocked in bonds.blocked:
                self._blockers.setdefault(blocked, set()).add(account)
