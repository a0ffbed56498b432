"""A realm that no server runs on, opened for one command and kept at once."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from worldloom.kernel.errors import Refused, Unavailable
from worldloom.kernel.live import LiveWorld, load_state
from worldloom.kernel.missing import no_action, no_seq
from worldloom.kernel.realm import Caller, Command, Realm
from worldloom.kernel.rights import Role, Standing
from worldloom.server import devices
from worldloom.server.agents import end_all
from worldloom.server.agents import everyones as everyones_agents
from worldloom.server.api import describe_actions, describe_record, read_page
from worldloom.server.approvals import everyones
from worldloom.server.approvals import shown as shown_hold
from worldloom.server.auth import LOCAL, unknown_token
from worldloom.server.figures import drop_unnamed, figures_of, worn_now
from worldloom.server.forgetting import told as told_of
from worldloom.server.forgetting import unknown_person
from worldloom.server.forks import Ancestry, told
from worldloom.server.house import display_name
from worldloom.server.states import describe_state
from worldloom.server.tokens import Wish, shown
from worldloom.server.worlds import Worlds
from worldloom.stores.sqlite import SqliteStore


class Closed:
    """A realm's file; what a command decides is durable when the call returns."""

    def __init__(self, path: Path) -> None:
        self.store = SqliteStore(str(path))
        self.realm = Realm(self.store, lambda: time.time_ns() // 1_000, secrets.token_bytes)
        self._worlds = Worlds(self)

    def close(self) -> None:
        """Leave one file. Cursors stay where they are: a server runs what follows."""
        self.store.close()

    def flush(self) -> None:
        """Keep all that was decided; raises what the disk refused."""
        while self.realm.outbox:
            sealed = self.realm.outbox.pop(0)
            (error,) = self.store.commit([sealed.group])
            self.realm.committed(sealed, error)
            if error is not None:
                raise error

    def world(self, name: str) -> LiveWorld:
        """Return a world, opened at need."""
        live = self.realm.world(name)
        self.flush()
        return live

    def worlds(self) -> list[dict[str, Any]]:
        """Return {name, title, seq} of each world."""
        names = set(self.realm.worlds())
        found = sorted(self.store.streams(), key=lambda head: head.name)
        cards = [(head, self.realm.card(head.name)) for head in found if head.name in names]
        lineages = Ancestry(self.store).read((head.id, card.lineage) for head, card in cards)
        return [
            {"name": head.name, "title": card.title, "public": card.public, "seq": head.seq,
             "visitors": 0, "lineage": lineage}
            for (head, card), lineage in zip(cards, lineages, strict=True)
        ]  # fmt: skip

    def log(self, world: str, after: int) -> Iterator[dict[str, Any]]:
        """Yield the records after a seq."""
        live = self.world(world)
        if after > live.seq:
            raise no_seq(world, after, live.seq)
        for record in read_page(self.store, live.stream, after, live.seq):
            yield describe_record(record, self.store)

    def at(self, world: str, seq: int | None) -> dict[str, Any]:
        """Return the state at a seq."""
        live = self.world(world)
        if seq is None:
            return describe_state(live.state)
        if seq > live.seq:
            raise no_seq(world, seq, live.seq)
        return describe_state(load_state(self.store, live.stream, seq))

    def proof(self, world: str, seq: int) -> bytes:
        """Return the proof of a record."""
        from worldloom.ledger.prover import Prover

        live = self.world(world)
        return msgspec.json.encode(Prover(self.store).inclusion(live.name, seq))

    def actions(self, world: str) -> list[dict[str, Any]]:
        """Return what an owner may do."""
        return list(describe_actions(self._coded(world), Standing(Role.OWNER, LOCAL)))

    def do(
        self, world: str, action: str, args: Mapping[str, Any], token: str = "", dry: bool = False,
        key: str = "",
    ) -> dict[str, Any]:  # fmt: skip
        """Do one action, or only decide it, by a token if there is one."""
        live = self._coded(world)
        caller = self._bearer(token, world) if token else Caller(LOCAL, LOCAL, "", Role.OWNER)
        command = Command(live.name, action, args, caller, key=key or None, dry_run=dry)
        decision = self.realm.do(command)
        self.flush()
        told = {"seq": decision.seq, "result": decision.result}
        return {**told, "dry_run": True} if dry else told

    def request(self, world: str, seq: int, token: str = "") -> dict[str, Any]:
        """Say that a request waits: only a server performs it."""
        return {"seq": seq, "state": "waiting", "done": 0, "total": None, "text": ""}

    def cancel(self, world: str, seq: int, token: str = "") -> dict[str, Any]:
        """Raise Unavailable: only a server takes one back."""
        raise Unavailable("no server runs on this realm", "start it: loom run")

    def fork(self, world: str, name: str, seq: int | None, title: str = "") -> dict[str, Any]:
        """Make a fork."""
        live = self._coded(world)
        self._worlds.check_free(name)
        made = self.realm.fork(live.name, name, seq, LOCAL, title=title)
        self.flush()
        return told(made.world, made.seq, made.parent)

    def _coded(self, world: str) -> LiveWorld:
        live = self._worlds.find(world)
        self.flush()
        return live

    def _bearer(self, secret: str, world: str) -> Caller:
        token = self.realm.token_of(secret)
        if token is None:
            raise unknown_token()
        who = self.realm.standing(token.account, world, token)
        return Caller(token.account, display_name(token.account), "", who.role, None, who)

    def token(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        """Return a new token."""
        asked = msgspec.convert(wish, Wish)
        account = str(wish["account"])
        secret, _ = self.realm.make_token(account, asked.new(time.time_ns() // 1_000))
        self.flush()
        made = self.realm.people.tokens(account)[-1]
        return {**shown(account, made), "token": secret}

    def tokens(self, account: str) -> list[dict[str, Any]]:
        """Return an account's tokens."""
        return [shown(account, one) for one in self.realm.people.tokens(account)]

    def revoke(self, id: str) -> None:
        """Revoke a token."""
        self.realm.revoke_token(id)
        self.flush()

    def add_device(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        """Register a machine."""
        account = str(wish["account"])
        made, _ = devices.register(
            self.realm, account, msgspec.convert(wish, devices.Wish), raises=True
        )
        self.flush()
        return devices.shown(account, made)

    def devices(self, account: str) -> list[dict[str, Any]]:
        """Return an account's machines."""
        return [devices.shown(account, one) for one in self.realm.people.devices(account)]

    def drop_device(self, id: str) -> None:
        """Let a machine in no more."""
        self.realm.administer(lambda step: self.realm.people.drop_device(step, id), LOCAL)
        self.flush()

    def set_budget(self, id: str, budget: int) -> dict[str, Any]:
        """Let a machine spend so much in all."""
        people = self.realm.people
        self.realm.administer(lambda step: people.set_device_budget(step, id, budget), LOCAL)
        self.flush()
        account, device = people.account_of_device(id), people.device(id)
        assert account is not None and device is not None, "it was there a moment ago"
        return devices.shown(account, device)

    def agents(self) -> list[dict[str, Any]]:
        """Return every agent of the realm."""
        return everyones_agents(self.realm.people)

    def stop(self, account: str, name: str) -> None:
        """Stop an agent, those of an account, or all."""
        people = self.realm.people
        if name:
            self.realm.administer(lambda step: people.end_agent(step, account, name), LOCAL)
        else:
            end_all(self.realm, [account] if account else people.with_software(), LOCAL)
        self.flush()

    def approvals(self) -> list[dict[str, Any]]:
        """Return what agents ask a person for."""
        return [shown_hold(self.realm, account, hold) for account, hold in everyones(self.realm)]

    def approve(self, id: str, yes: bool) -> dict[str, Any]:
        """Decide what an agent asked for."""
        if yes:
            command = self.realm.approved(id)
            live = self._coded(command.world)
            if self.realm.action_of(live.world, command.action) is None:
                # Without the author's code it cannot be decided, and so it waits on.
                raise no_action(command.action, command.world)
            try:
                decision = self.realm.do(command)
            except Refused as error:
                self.realm.settle(id, "failed", LOCAL, code=error.code)
            else:
                self.flush()
                self.realm.settle(id, "done", LOCAL, decision.seq)
        else:
            self.realm.settle(id, "denied", LOCAL)
        self.flush()
        return shown_hold(self.realm, *self.realm.people.hold(id))

    def forget(self, account: str) -> dict[str, Any]:
        """Forget a person."""
        if not self.realm.known(account):
            raise unknown_person(account)
        figures = figures_of(self.store, account)
        done = self.realm.forget(account)
        self.flush()
        drop_unnamed(self.store, figures - worn_now(self.realm.people))
        return told_of(done)

    def bring(self, path: Path, world: str | None, name: str | None) -> dict[str, Any]:
        """Import a world of a realm file, or its only one, under its own or another name."""
        from worldloom.server.carrying import bring, reveal, settle

        moved = bring(path, self.store, world, name)
        settle(self.realm, moved)
        self.flush()
        reveal(self.realm, moved)
        return moved

    def asset(self, sha256: str) -> bytes:
        """Return an asset's bytes."""
        return b"".join(self.store.read_asset(sha256))
