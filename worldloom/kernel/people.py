"""The realm's people: roles, bans and tokens, as private components in their own stream."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec import Struct

from worldloom.kernel.draft import Draft
from worldloom.kernel.errors import NotAllowed
from worldloom.kernel.rights import Role, higher, lower
from worldloom.kernel.schema import Component, decode
from worldloom.kernel.state import State

if TYPE_CHECKING:
    from worldloom.kernel.step import Step

STREAM: Final = "people"
ANYWHERE: Final = "*"
"""Stands for every world of the realm."""
LOCAL: Final = "local"
"""The account of the command line on the realm's own machine: owner everywhere."""
FOREVER: Final = 0

C = TypeVar("C", bound=Component)


class Roles(Component, private=True):
    """(world, role) of an account; `*` for every world."""

    granted: tuple[tuple[str, str], ...] = ()


class Bans(Component, private=True):
    """(world, until) of an account, in UTC microseconds; 0 for ever."""

    banned: tuple[tuple[str, int], ...] = ()


class Tokens(Component, private=True):
    """(sha256 of the secret in hex, role) of an account's tokens."""

    issued: tuple[tuple[str, str], ...] = ()


class Bearer(Struct, frozen=True):
    """Whom a token stands for, and the role that it allows at most."""

    account: str
    role: Role


class People:
    """Reads and writes what the realm knows of accounts; the state is the people stream's."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._bearers: dict[str, Bearer] = {}
        self._read_at = -1

    def rebase(self, state: State) -> None:
        """Read another state from now on."""
        self.state = state
        self._read_at = -1

    def role(self, account: str, world: str, public: bool) -> Role | None:
        """Return the role of an account in a world, None for no right to be there."""
        if account == LOCAL:
            return Role.OWNER
        best = Role.VISITOR if public else None
        for place, role in self._read(Draft(self.state), account, Roles).granted:
            if place in (world, ANYWHERE):
                best = higher(best, Role(role))
        return best

    def banned_until(self, account: str, world: str, now: int) -> int | None:
        """Return when a ban ends (0: never), or None when there is none."""
        for place, until in self._read(Draft(self.state), account, Bans).banned:
            if place in (world, ANYWHERE) and (until == FOREVER or until > now):
                return until
        return None

    def check_ban(self, account: str, world: str, now: int) -> None:
        """Raise NotAllowed when the account is banned."""
        if account not in self.state.by_name:
            return
        until = self.banned_until(account, world, now)
        if until is not None:
            left = "" if until == FOREVER else f" for {(until - now) // 1_000_000 + 1} seconds"
            raise NotAllowed(
                f"{account} is banned from {world}{left}", "ask its owner", code="banned"
            )

    def bearer(self, secret: str) -> Bearer | None:
        """Return whom a token stands for."""
        if self._read_at != self.state.seq:
            self._bearers = self._index()
            self._read_at = self.state.seq
        return self._bearers.get(_digest(secret))

    def capped(self, bearer: Bearer, world: str, public: bool) -> Role | None:
        """Return the role of a token in a world: its account's, but never more than its own."""
        return lower(bearer.role, self.role(bearer.account, world, public))

    def accounts(self) -> list[str]:
        """Return the accounts that have a record."""
        return sorted(self.state.by_name)

    # -- writes, inside a step -----------------------------------------------------------------

    def draft(self, step: Step) -> Draft:
        """Return the people's part of a step's group."""
        return step.draft(STREAM, self.state)

    def grant(self, step: Step, account: str, world: str, role: Role) -> None:
        """Give an account a role in a world in place of what it was there."""
        draft = self.draft(step)
        known = self._read(draft, account, Roles).granted
        kept = tuple(pair for pair in known if pair[0] != world)
        added = () if role is Role.VISITOR else ((world, str(role)),)
        self._write(draft, account, Roles(kept + added))

    def ban(self, step: Step, account: str, world: str, until: int) -> None:
        """Keep an account out of a world until a time (0: for ever; the past: no longer)."""
        draft = self.draft(step)
        known = self._read(draft, account, Bans).banned
        kept = tuple(pair for pair in known if pair[0] != world)
        self._write(draft, account, Bans((*kept, (world, until))))

    def issue(self, step: Step, account: str, role: Role, secret: str) -> None:
        """Keep a token's hash, and raise the account to its role everywhere."""
        draft = self.draft(step)
        roles = self._read(draft, account, Roles).granted
        if not any(place == ANYWHERE and higher(Role(had), role) == had for place, had in roles):
            self.grant(step, account, ANYWHERE, role)
        known = self._read(draft, account, Tokens).issued
        self._write(draft, account, Tokens((*known, (_digest(secret), str(role)))))

    def _read(self, draft: Draft, account: str, kind: type[C]) -> C:
        id = draft.find(account)
        cell = None if id is None else draft.need(id).cells.get(kind.__kind__.name)
        return kind() if cell is None else decode(kind, cell.data, cell.version)

    def _write(self, draft: Draft, account: str, value: Component) -> None:
        id = draft.find(account)
        draft.put(draft.need(draft.spawn(account, ()) if id is None else id), value)

    def _index(self) -> dict[str, Bearer]:
        found: dict[str, Bearer] = {}
        for id in self.state.having.get(Tokens.__kind__.name, ()):
            entity = self.state.entities[id]
            cell = entity.cells[Tokens.__kind__.name]
            for digest, role in decode(Tokens, cell.data, cell.version).issued:
                found[digest] = Bearer(entity.name, Role(role))
        return found


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
