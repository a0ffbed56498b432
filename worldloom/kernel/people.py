"""The realm's people: roles, bans and tokens, as private components in their own stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from worldloom.kernel import agents
from worldloom.kernel.accounts import Devices, no_device
from worldloom.kernel.approvals import Approvals
from worldloom.kernel.avatar import Avatar, Worn, read_worn, worn
from worldloom.kernel.draft import check_name
from worldloom.kernel.errors import Invalid, NotAllowed, NotFound, OverLimit
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.personal import Opener
from worldloom.kernel.rights import Role, Standing, Token, check_budget, higher, lower
from worldloom.kernel.rules import (
    MARK,
    Invitation,
    Invitations,
    OwnRole,
    Poster,
    Rules,
    check_role,
)
from worldloom.kernel.schema import Component
from worldloom.kernel.state import State
from worldloom.kernel.tokens import (
    Issued,
    NewToken,
    Tokens,
    added,
    apart,
    digest_of,
    spent,
    without,
)

if TYPE_CHECKING:
    from worldloom.kernel.step import Step

ANYWHERE: Final = "*"
"""Stands for every world of the realm."""
LOCAL: Final = "local"
"""The account of the command line on the realm's own machine: owner everywhere."""
FOREVER: Final = 0
_LADDER: Final = {str(role): role for role in Role}


class Roles(Component, private=True):
    """(world, role) of an account; `*` for every world."""

    granted: tuple[tuple[str, str], ...] = ()


class Bans(Component, private=True):
    """(world, until) of an account, in UTC microseconds; 0 for ever."""

    banned: tuple[tuple[str, int], ...] = ()


class Forks(Component, private=True):
    """How many forks an account has made; one that is given away counts on."""

    made: int = 0


class People(Approvals):
    """Reads and writes what the realm knows of accounts; the state is the people stream's."""

    def __init__(self, state: State, opener: Opener) -> None:
        super().__init__(state, opener)
        self._tokens: dict[str, Token] = {}
        """Digest of a secret → its token."""
        self._by_id: dict[str, Token] = {}
        self._read_at = -1

    def rebase(self, state: State) -> None:
        """Read another state from now on."""
        super().rebase(state)
        self._read_at = -1

    def with_software(self) -> list[str]:
        """Return the accounts that tokens or machines were made for."""
        return sorted({*self.having(Tokens), *self.having(Devices)})

    def role(self, account: str, world: str, public: bool) -> Role | None:
        """Return the role of an account in a world, None for no right to be there."""
        return self.standing(account, world, public).role

    def standing(
        self, account: str, world: str, public: bool, by: Token | int | None = None
    ) -> Standing:
        """Return what an account is in a world, at most what it came by allows.

        That is a token, or a cookie of the moment when it was given (UTC microseconds).
        """
        rules = self.rules(world)
        if isinstance(by, int) and by < self.cookies_since(account):
            return Standing(None, account, void="cookie")
        token = self.token(by.id) if isinstance(by, Token) else None
        if isinstance(by, Token) and token is None:
            return Standing(None, account, void="token")
        best = Role.OWNER if account == LOCAL else self._guest(rules, public)
        own, granted = None, _here(self.now(account, Roles).granted, world)
        for role in granted:
            own = rules.role(role) or own
            best = higher(best, _rank(rules, role))
        if token is not None:
            # Who may read learning records is a visitor of public worlds like everyone.
            records = token.role is Role.RECORDS and Role.RECORDS in granted
            best = Role.RECORDS if records else lower(token.role, best)
        who = Standing(best, account, token=token, rights=dict(rules.rights))
        return who if own is None else _with_own_role(who, own)

    def _guest(self, rules: Rules, public: bool) -> Role | None:
        """Return what everyone is in a world of these rules."""
        seen = rules.visibility or ("public" if public else "private")
        return None if seen == "private" else Role.VISITOR

    # -- the rules of worlds -------------------------------------------------------------------

    def rules(self, world: str, step: Step | None = None) -> Rules:
        """Return the rules of a world's own, as a step sees them if one is given."""
        name = MARK + world
        return self.now(name, Rules) if step is None else self.read(step, name, Rules)

    def set_rules(self, step: Step, world: str, rules: Rules) -> None:
        """Keep the rules of a world's own."""
        self.write(step, MARK + world, rules)

    def listed(self, world: str, public: bool) -> bool:
        """Tell whether a world stands in everyone's lists."""
        return (self.rules(world).visibility or ("public" if public else "private")) == "public"

    def granted(self, account: str, world: str) -> bool:
        """Tell whether an account was given a role in a world, or in all."""
        if account == LOCAL:
            return True
        return any(place in (world, ANYWHERE) for place, _ in self.now(account, Roles).granted)

    def invitations(self, world: str) -> tuple[Invitation, ...]:
        """Return the invitations of a world."""
        return self.now(MARK + world, Invitations).links

    def invited_to(self, digest: str, now: int) -> str | None:
        """Return the world of an invitation that can be used."""
        for name in self.having(Invitations):
            for link in self.now(name, Invitations).links:
                if link.digest == digest and link.open(now):
                    return name.removeprefix(MARK)
        return None

    def invite(self, step: Step, world: str, link: Invitation) -> None:
        """Keep an invitation; those that are used up go. Raises Invalid, OverLimit."""
        if check_role(self.rules(world), link.role) is Role.OWNER:
            raise Invalid("nobody becomes an owner by a link", "grant it instead", field="role")
        links = tuple(one for one in self.invitations(world) if one.open(step.now))
        if len(links) >= LIMITS.invitations_max:
            raise OverLimit(
                f"a world has at most {LIMITS.invitations_max} invitations",
                "take some back", code="too_many_invitations", too_large=True,
            )  # fmt: skip
        self.write(step, MARK + world, Invitations((*links, link)))

    def uninvite(self, step: Step, world: str, id: str) -> None:
        """Take an invitation back; raises NotFound."""
        known = self.invitations(world)
        links = tuple(one for one in known if one.id != id)
        if len(links) == len(known):
            raise NotFound("there is no such invitation", "list them first")
        self.write(step, MARK + world, Invitations(links))

    def accept(self, step: Step, digest: str, account: str) -> None:
        """Give an account the role of an invitation, and count that it was used."""
        world = self.invited_to(digest, step.now)
        if world is None:
            raise NotFound("there is no such invitation", "ask for a new link")
        known = self.invitations(world)
        link = next(one for one in known if one.digest == digest)
        before = self.read(step, account, Roles)
        self.admit(step, account, world, link.role)
        if self.read(step, account, Roles) != before:
            used = msgspec.structs.replace(link, used=link.used + 1)
            links = tuple(used if one is link else one for one in known)
            self.write(step, MARK + world, Invitations(links))

    def poster(self, world: str) -> Poster:
        """Return the picture of a world for lists."""
        return self.now(MARK + world, Poster)

    def set_poster(self, step: Step, world: str, asset: str) -> None:
        """Keep the picture of a world for lists."""
        self.write(step, MARK + world, Poster(asset, step.now))

    def banned_until(self, account: str, world: str, now: int) -> int | None:
        """Return when a ban ends (0: never), or None when there is none."""
        for place, until in self.now(account, Bans).banned:
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

    def owned(self) -> dict[str, int]:
        """Return account → worlds that are its own, of those that do not own the whole realm."""
        found: dict[str, int] = {}
        for account in self.having(Roles):
            granted = self.now(account, Roles).granted
            worlds = [place for place, role in granted if role == Role.OWNER]
            if worlds and ANYWHERE not in worlds:
                found[account] = len(worlds)
        return found

    def forks(self, account: str) -> int:
        """Return how many forks an account has made."""
        return self.now(account, Forks).made

    def forkers(self) -> dict[str, int]:
        """Return account → how many forks it has made."""
        return {name: self.forks(name) for name in self.having(Forks)}

    def forgotten(self, account: str) -> bool:
        """Tell whether someone of this account was forgotten, and so its cookies are void."""
        return account in self.state.forgot

    def worn(self, account: str) -> Avatar | None:
        """Return what an account looks like when it comes, or None where nothing is kept."""
        kept = self.kept(account, Worn)
        return None if kept is None else read_worn(kept)

    # -- tokens --------------------------------------------------------------------------------

    def token_of(self, secret: str) -> Token | None:
        """Return the token of a secret; it may have ended."""
        self._index()
        return self._tokens.get(digest_of(secret))

    def token(self, id: str) -> Token | None:
        """Return a token as it stands now, None once it is revoked."""
        self._index()
        return self._by_id.get(id)

    def tokens(self, account: str) -> tuple[Issued, ...]:
        """Return an account's tokens."""
        return self.now(account, Tokens).labelled()

    def _index(self) -> None:
        if self._read_at == self.state.seq:
            return
        self._tokens, self._by_id = {}, {}
        for account in self.having(Tokens):
            for one in self.now(account, Tokens).issued:
                token = self._tokens[one.digest] = one.token(account)
                self._by_id[one.id] = token
        self._read_at = self.state.seq

    # -- writes, inside a step -----------------------------------------------------------------

    def grant(self, step: Step, account: str, world: str, role: str) -> None:
        """Give an account a role, one of the world's own too, in place of what it was there."""
        known = self.read(step, account, Roles).granted
        kept = tuple(pair for pair in known if pair[0] != world)
        added = () if role == Role.VISITOR else ((world, str(role)),)
        self.write(step, account, Roles(kept + added))

    def admit(self, step: Step, account: str, world: str, role: str) -> None:
        """Give an account a role where it has none so high; a visitor may then come in, too.

        A role of the world's own that takes something away stays what it is.
        """
        known = self.read(step, account, Roles).granted
        rules = self.rules(world, step)
        kept = tuple(pair for pair in known if pair[0] != world or pair[1] == Role.RECORDS)
        had = next((had for place, had in known if (place, had) not in kept), "")
        rank, own = _rank(rules, had), rules.role(had)
        if rank is not None and higher(rank, _rank(rules, role)) is rank or own and own.may_not:
            return
        self.write(step, account, Roles((*kept, (world, role))))

    def note_fork(self, step: Step, account: str, world: str, parent: str) -> None:
        """Let a fork have its parent's rules, and the account that makes it own and count it."""
        rules = self.read(step, MARK + parent, Rules)
        if rules != Rules():
            self.set_rules(step, world, rules)
        if account == LOCAL:
            return
        self.grant(step, account, world, Role.OWNER)
        made = self.read(step, account, Forks).made
        self.write(step, account, Forks(made + 1))

    def ban(self, step: Step, account: str, world: str, until: int) -> None:
        """Keep an account out of a world until a time (0: for ever; the past: no longer)."""
        known = self.read(step, account, Bans).banned
        kept = tuple(pair for pair in known if pair[0] != world)
        self.write(step, account, Bans((*kept, (world, until))))

    def issue(
        self, step: Step, account: str, new: NewToken, secret: str, replaces: bool = False
    ) -> None:
        """Keep a token's hash and what it allows; raises OverLimit."""
        known = self.read(step, account, Tokens).labelled()
        issued = added(known, new.issue(secret, step.now), step.now, replaces)
        self.keep_tokens(step, account, issued)

    def keep_tokens(self, step: Step, account: str, issued: tuple[Issued, ...]) -> None:
        """Write an account's tokens; their labels are sealed as its own words."""
        self.write(step, account, Tokens(*apart(issued, account)))

    def raise_to(self, step: Step, account: str, world: str, role: Role) -> None:
        """Let an account be at least this in a world, or everywhere.

        The right to learning records stands beside what else it is.
        """
        known, rules = self.read(step, account, Roles).granted, self.rules(world, step)
        mine = [_rank(rules, had) for had in _here(known, world)]
        if role is Role.RECORDS:
            if not {Role.RECORDS, Role.OWNER} & {*mine}:
                self.write(step, account, Roles((*known, (world, str(role)))))
        elif not any(had is not None and higher(had, role) is had for had in mine):
            kept = tuple(pair for pair in known if pair[0] != world or pair[1] == Role.RECORDS)
            added = () if role is Role.VISITOR else ((world, str(role)),)
            self.write(step, account, Roles(kept + added))

    def raise_for(self, step: Step, account: str, new: NewToken) -> None:
        """Let an account be at least what a token allows, where the token is good."""
        for world in new.worlds or (ANYWHERE,):
            self.raise_to(step, account, world, new.role)

    def drop_device(self, step: Step, id: str) -> None:
        """Let a machine in no more, and end the token that it has; raises NotFound."""
        account = self.account_of_device(id)
        if account is None:
            raise no_device()
        self.keep_devices(
            step, account, tuple(key for key in self.devices(account) if key.id != id)
        )
        issued = self.read(step, account, Tokens).labelled()
        self.keep_tokens(step, account, tuple(one for one in issued if one.device != id))

    def set_device_budget(self, step: Step, id: str, budget: int) -> None:
        """Let a machine spend so much in all, by the token that it has too; raises NotFound."""
        account = self.account_of_device(id)
        if account is None:
            raise no_device()
        keys, known = self.devices(account), self.read(step, account, Tokens).labelled()
        changed = tuple(
            msgspec.structs.replace(key, budget=budget) if key.id == id else key for key in keys
        )
        self.keep_devices(step, account, changed)
        tokens = tuple(
            msgspec.structs.replace(one, budget=budget) if one.device == id else one
            for one in known
        )
        if tokens != known:
            self.keep_tokens(step, account, tokens)

    def roles(self, account: str) -> tuple[tuple[str, str], ...]:
        """Return (world, role) of an account."""
        return self.now(account, Roles).granted

    def revoke(self, step: Step, id: str) -> None:
        """Let a token be good for nothing from now on; raises NotFound.

        With a machine's goes the machine: its key would fetch the next one.
        """
        token = self.token(id)
        if token is None:
            raise NotFound(
                f"there is no token {id[:40]}",
                "`loom tokens ACCOUNT` and GET /api/auth/tokens list them",
            )
        known = self.read(step, token.account, Tokens).labelled()
        device = next((one.device for one in known if one.id == id), "")
        self.keep_tokens(step, token.account, without(known, id))
        if self.device(device) is not None:
            self.drop_device(step, device)

    def end_agent(self, step: Step, account: str, name: str) -> None:
        """End all that one agent of an account comes in by, keys of machines too; NotFound."""
        known, machines = self.read(step, account, Tokens).labelled(), self.devices(account)
        left = tuple(key for key in machines if agents.of_device(key.id) != name)
        kept = tuple(one for one in known if one.acts_as != name)
        if (kept, left) == (known, machines):
            raise NotFound(f"there is no agent {name[:80]}", "GET /api/auth/agents lists them")
        self.keep_tokens(step, account, kept)
        if left != machines:
            # Its key would fetch the next token.
            self.keep_devices(step, account, left)

    def end_agents(self, step: Step, account: str) -> None:
        """End all that software of an account comes in by, keys of machines too."""
        known = self.read(step, account, Tokens).labelled()
        kept = tuple(one for one in known if not (one.agent or one.acts_as))
        if kept != known:
            self.keep_tokens(step, account, kept)
        if self.devices(account):
            self.keep_devices(step, account, ())

    def spend(self, step: Step, token: Token, cost: int) -> None:
        """Count what is spent by a token, in the same group as the deed; raises NotAllowed."""
        known = self.read(step, token.account, Tokens).labelled()
        # What this very step spent before counts too.
        now = next((one.token(token.account) for one in known if one.id == token.id), token)
        check_budget(now, cost)
        self.keep_tokens(step, token.account, spent(known, token.id, cost))
        device = next((one.device for one in known if one.id == token.id), "")
        if device:
            self.charge_device(step, token.account, device, cost)

    def wear(self, step: Step, account: str, avatar: Avatar) -> bool:
        """Keep what an account looks like; returns whether there is room for one without rights."""
        if account in ("", LOCAL):
            return False
        draft = self.draft(step)
        known = draft.find(account) is not None
        if not known and len(draft.having(Worn.__kind__.name)) >= LIMITS.avatars_kept_max:
            return False
        kept = self.kept(account, Worn, step)
        if kept is None or read_worn(kept) != avatar:
            self.write(step, account, worn(account, avatar))
        return True

    def forget(self, step: Step, account: str) -> None:
        """Take all that is known of an account away but a ban, which protects the others."""
        self.erase(step, account, frozenset({Bans.__kind__.name}))


def _with_own_role(who: Standing, own: OwnRole) -> Standing:
    """Add what a role of the world's own gives and takes; a token below it leaves the taking."""
    base = _LADDER[own.base]
    below = higher(who.role, base) != who.role
    above = who.role != base and not below
    return msgspec.structs.replace(
        who,
        title="" if below or above else own.name,
        may=frozenset(() if below else own.may),
        may_not=frozenset(() if above else own.may_not),
    )


def _here(granted: tuple[tuple[str, str], ...], world: str) -> list[str]:
    """Return the names of the roles that an account was granted in a world, or in all."""
    return [role for place, role in granted if place in (world, ANYWHERE)]


def _rank(rules: Rules, role: str) -> Role | None:
    own = rules.role(role)
    return _LADDER.get(role if own is None else own.base)


def check_account(account: str) -> None:
    """Raise Invalid for what is no name of an account."""
    check_name(account)
    if account.startswith(MARK):
        raise Invalid(f"no account begins with {MARK}", "choose another name", field="account")
    if agents.MARK in account:
        raise Invalid(f"no account has {agents.MARK} in it", "name its person", field="account")


def check_holder(account: str) -> None:
    """Raise Invalid for an account that no token may stand for."""
    check_account(account)
    if account == LOCAL:
        raise Invalid(
            f"no token stands for {LOCAL}: that is the server's own command line",
            "make it for another account", field="account",
        )  # fmt: skip
