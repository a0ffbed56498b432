"""Deeds of agents that wait for a person: kept with the account, decided anew when approved.

A hold binds nobody: what was allowed when it was asked is decided once more when a person says yes,
with the rights, the budget and the world of then.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec
from msgspec import Struct

from worldloom.kernel.accounts import Accounts
from worldloom.kernel.errors import Conflict, NotFound, OverLimit, Refused, key_reused
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.personal import Personal
from worldloom.kernel.schema import Component
from worldloom.kernel.step import Meant

if TYPE_CHECKING:
    from worldloom.kernel.decider import Question
    from worldloom.kernel.step import Step

State = Literal["waiting", "done", "denied", "failed"]
DECIDED_KEPT: Final = 20
APPROVED: Final = "approval:"
"""What the key of an approved deed begins with, and nobody else's."""
HOUR_US: Final = 3_600_000_000


class ApprovalNeeded(Refused):
    """A person must say yes first."""

    code = "approval_needed"
    meant: Meant
    """What they say yes to."""


class Hold(Struct, frozen=True, omit_defaults=True):
    """One deed that waits, or waited, for a person."""

    id: str
    world: str
    action: str
    token: str
    """The id of the token by which it was asked."""
    asked: int
    """When, in UTC microseconds."""
    args: str = ""
    """JSON; gone once it is decided."""
    state: State = "waiting"
    by: str = ""
    """Who decided."""
    decided: int = 0
    seq: int = 0
    """The seq of the deed, if it was done."""
    code: str = ""
    """Why it failed."""
    does: str = ""
    """The action that it comes to, which is another one by `use`; empty in old ones."""
    does_args: str = ""
    """JSON of what that is asked with, where it is another one; gone once it is decided."""
    cost: int = 0
    """What all of it spends, in minor units."""
    digest: str = ""
    """Of the action and the arguments that its Idempotency-Key stands for; empty without one."""

    @property
    def meant(self) -> Meant | None:
        """What a person says yes to; None in old ones, which say nothing of it."""
        if not self.does:
            return None
        return Meant(self.does, msgspec.json.decode(self.does_args or self.args or "{}"), self.cost)

    @property
    def key(self) -> str:
        """The Idempotency-Key under which it is done: once, whoever approves how often."""
        return f"{APPROVED}{self.id}"

    def open(self, now: int) -> bool:
        """Tell whether a person may still decide it."""
        return self.state == "waiting" and now < self.asked + LIMITS.approval_hours * HOUR_US

    def state_at(self, now: int) -> str:
        """Return its state as people are told it: what waited too long is `expired`."""
        waited = self.state == "waiting" and not self.open(now)
        return "expired" if waited else self.state

    @property
    def closed(self) -> int:
        """When it was decided or ended by itself, in UTC microseconds; for what is not open."""
        return self.decided or self.asked + LIMITS.approval_hours * HOUR_US

    @property
    def arguments(self) -> dict[str, Any]:
        """What it was asked with."""
        found: dict[str, Any] = msgspec.json.decode(self.args) if self.args else {}
        return found


class Holds(Component, private=True):
    """What an account's agents asked for: the ids, by which it is found, and the deeds."""

    ids: tuple[str, ...] = ()
    held: Personal[tuple[Hold, ...]] = Personal(())


class Approvals(Accounts):
    """Reads and writes what waits for a person."""

    def holds(self, account: str) -> tuple[Hold, ...]:
        """Return what an account's agents asked a person for, the oldest first."""
        return self.now(account, Holds).held.value or ()

    def hold(self, id: str) -> tuple[str, Hold]:
        """Return whose agent asked for something, and it; raises NotFound."""
        for account in self.having(Holds):
            if id in self.now(account, Holds).ids:
                for one in self.holds(account):
                    if one.id == id:
                        return account, one
        raise nothing_waits()

    def asked_before(self, account: str, new: Hold, now: int) -> Hold | None:
        """Return the same wish, if it waits already; one with a key of its own is another."""
        for one in self.holds(account):
            same = msgspec.structs.replace(new, id=one.id, asked=one.asked, digest=one.digest)
            if not new.digest and one.open(now) and same == one:
                return one
        return None

    def asked_with(self, account: str, question: Question) -> Hold | None:
        """Return what a key asks a person for, or asked; raises Conflict for other arguments."""
        id, digest = hold_id(question), question.digest.hex()
        known = next((one for one in self.holds(account) if one.id == id), None)
        if known is not None and known.digest != digest:
            raise key_reused()
        return known

    def keep_hold(self, step: Step, account: str, new: Hold) -> None:
        """Let one more deed wait; raises OverLimit."""
        if len((new.args + new.does_args).encode()) > LIMITS.held_argument_bytes_max:
            raise OverLimit(
                "what a person approves must be short enough to read",
                "ask for less at once", code="too_large", too_large=True,
            )  # fmt: skip
        known = self.holds(account)
        waiting = [one for one in known if one.open(step.now)]
        if len(waiting) >= LIMITS.account_holds_max:
            raise OverLimit(
                f"{LIMITS.account_holds_max} deeds of {account} wait for a person already",
                "wait until they are decided",
                code="too_many_approvals",
                retry_after_seconds=60,
            )
        self._write_holds(step, account, (*known, new))

    def settle_hold(
        self, step: Step, id: str, state: State, by: str, seq: int = 0, code: str = ""
    ) -> None:
        """Keep how a person decided, and what came of it; raises NotFound, Conflict."""
        account, hold = self.hold(id)
        if hold.state != "waiting":
            raise decided_already(hold)
        settled = msgspec.structs.replace(
            hold, args="", does_args="", state=state, by=by, decided=step.now, seq=seq, code=code
        )
        self._write_holds(
            step, account, tuple(settled if one is hold else one for one in self.holds(account))
        )

    def _write_holds(self, step: Step, account: str, holds: tuple[Hold, ...]) -> None:
        """Keep what waits, and of what does not what was decided last, whenever it was asked."""
        closed = [one for one in holds if not one.open(step.now)]
        past = sorted(closed, key=lambda one: one.closed)[-DECIDED_KEPT:]
        kept = tuple(one for one in holds if one.open(step.now) or one in past)
        ids = tuple(one.id for one in kept)
        self.write(step, account, Holds(ids, Personal(kept, of=account)))


def hold_id(question: Question) -> str:
    """Return the id of what is asked with a key.

    It follows from the key, as the key of the deed follows from it: whoever asks and whoever
    approves twice, even after it is forgotten here, gets what was done.
    """
    return sha256(question.key.encode()).hexdigest()[:16]


def check_approved(step: Step, now: Meant) -> None:
    """Raise ApprovalNeeded unless a person said yes to just what a deed comes to now.

    What a thing offers may have been changed since the person read what it would be.
    """
    if step.approved and step.meant in (None, _as_kept(now)):
        return
    needed = ApprovalNeeded(
        f"{now.action} needs a person to approve it", "ask for it by its own name"
    )
    needed.meant = now
    raise needed


def _as_kept(now: Meant) -> Meant:
    """Return it as it is read from a hold."""
    return now._replace(args=msgspec.json.decode(msgspec.json.encode(now.args)))


def nothing_waits() -> NotFound:
    """Make the error for an id of nothing that waits."""
    fix = "`loom approvals` and GET /api/auth/approvals list what does"
    return NotFound("nothing of this id waits", fix)


def decided_already(hold: Hold) -> Conflict:
    """Make the error for deciding a second time."""
    state = "it waited too long" if hold.state == "waiting" else hold.state
    return Conflict(f"this is decided: {state}", "the agent may ask anew", code="decided_already")
