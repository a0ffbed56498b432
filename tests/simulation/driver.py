"""One seed, one history: the driver owns clock, chance, disk and network, and lets them fail."""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec

from tests.simulation.marbles import MARBLES, Letter, Moved, Noticed, Posted, make_world
from tests.simulation.player import Pipe, Player
from worldloom.kernel.errors import Unavailable, WorldloomError
from worldloom.kernel.hashing import Frontier, root_of
from worldloom.kernel.live import Sealed, load_state
from worldloom.kernel.ports import Group
from worldloom.kernel.realm import Caller, Command, Realm
from worldloom.kernel.records import Record, verify
from worldloom.kernel.rights import Role
from worldloom.kernel.state import State
from worldloom.stores.memory import MemoryStore
from worldloom.sync.hub import Hub
from worldloom.sync.messages import Do
from worldloom.sync.session import Identity, Session

START_US = 1_700_000_000_000_000


class Disk(MemoryStore):
    """A disk that now and then refuses a commit; what it kept, it keeps over every crash."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__()
        self.dice = dice
        self.refuse = 0.0

    def commit(self, groups: Sequence[Group]) -> list[WorldloomError | None]:
        """Keep groups, or refuse them all as a full disk does."""
        if self.dice.random() < self.refuse:
            return [Unavailable("the disk is full", code="disk_full") for _ in groups]
        return super().commit(groups)


class Simulation:
    """A world, its disk, its network and its robots, driven step by step from one seed."""

    def __init__(self, seed: int, players: int = 3) -> None:
        self.dice = random.Random(seed)
        self.now = START_US
        self.disk = Disk(self.dice)
        self.disk.refuse = self.dice.choice((0.0, 0.02, 0.1))
        self.crash = self.dice.choice((0.0, 0.01, 0.05))
        self.drop = self.dice.choice((0.0, 0.02, 0.1))
        self.generation = 0
        self.ticket = 0
        self.acknowledged: dict[int, int] = {}
        """Ticket → seq of commands answered over HTTP."""
        self.posted: list[int] = []
        """Tickets of letters as the outside saw them, repetitions dropped by key."""
        self.keys: set[str] = set()
        self.players = [Player(f"robot {n}", self.dice) for n in range(players)]
        self.sessions: dict[str, Session] = {}
        self.http: list[Command] = []
        self.early_acknowledgement = False
        """A planted bug: the hub is told of groups that no disk has taken."""
        self.boot()

    # What can happen

    def boot(self) -> None:
        """Start the server over what the disk has."""
        self.realm = Realm(self.disk, lambda: self.now, self.dice.randbytes)
        self.realm.open(make_world(self.generation))
        self.hub = Hub(self.realm, "sim", self.disk, lambda: self.now, lambda: None)
        self.commit(whole=True)

    def die(self) -> None:
        """Kill the server: memory, sockets and all that was under way are gone."""
        for player in self.players:
            self.cut(player)
        self.sessions.clear()
        self.boot()

    def commit(self, whole: bool = False) -> None:
        """Take some waiting groups to the disk; the machine may die on either side of it."""
        outbox = self.realm.outbox
        count = len(outbox) if whole else self.dice.randint(0, len(outbox))
        batch = [outbox.pop(0) for _ in range(count)]
        if not batch:
            return
        if self.early_acknowledgement:
            self.tell(batch, [None] * len(batch))
        if not whole and self.dice.random() < self.crash:
            return self.die()
        verdicts = self.disk.commit([sealed.group for sealed in batch])
        if not whole and self.dice.random() < self.crash:
            return self.die()
        if not self.early_acknowledgement:
            self.tell(batch, verdicts)

    def tell(self, batch: list[Sealed], verdicts: Sequence[WorldloomError | None]) -> None:
        """Report the disk's word to the realm and the hub."""
        settled: list[Sealed] = []
        for sealed, error in zip(batch, verdicts, strict=True):
            settled += self.realm.committed(sealed, error)
        self.hub.settled(settled)

    def ask(self, player: Player) -> None:
        """Let a robot ask for something over its socket."""
        self.ticket += 1
        action = self.dice.choice(("move", "move", "write"))
        args: dict[str, int] = {"ticket": self.ticket}
        if action == "move":
            args["count"] = self.dice.randint(-6, 6)
        if player.inside:
            player.post(Do(self.ticket, action, args))

    def ask_by_http(self) -> None:
        """Send a command with an idempotency key; it may arrive again later, out of order."""
        self.ticket += 1
        args = {"ticket": self.ticket, "count": self.dice.randint(-6, 6)}
        caller = Caller("local", "local", "", Role.OWNER)
        self.http.append(Command("sim", "move", args, caller, key=f"key {self.ticket}"))

    def arrive_by_http(self) -> None:
        """Deliver one HTTP command, now and then leaving a repetition under way."""
        if not self.http:
            return
        command = self.http.pop(self.dice.randrange(len(self.http)))
        if self.dice.random() < 0.4:
            self.http.append(command)
        try:
            decision = self.realm.do(command)
        except WorldloomError:
            return
        boot = self.realm
        self.commit(whole=True)
        kept = decision.group is None or (decision.group.settled and not decision.group.error)
        if boot is self.realm and kept and decision.seq <= self.realm.world("sim").durable_seq:
            known = self.acknowledged.setdefault(decision.result, decision.seq)
            assert known == decision.seq, "a repeated key was answered differently"

    def connect(self, player: Player) -> None:
        """Open a connection for a robot that has none."""
        if player.pipe is None or player.pipe.closed and not player.pipe.to_client:
            pipe = Pipe()
            identity = Identity(f"guest:{player.name}", player.name)
            self.sessions[player.name] = self.hub.connect(pipe, identity)
            player.connect(pipe)

    def cut(self, player: Player) -> None:
        """Tear a robot's connection; what was under way is lost."""
        session = self.sessions.pop(player.name, None)
        player.pipe, player.inside = None, False
        if session is not None:
            session.disconnected()

    def deliver(self, player: Player) -> None:
        """Let some frames arrive on both ways."""
        pipe = player.pipe
        if pipe is None:
            return
        for _ in range(self.dice.randint(0, 4)):
            if pipe.to_server and not pipe.closed:
                self.sessions[player.name].receive(pipe.to_server.pop(0))
            if pipe.to_client:
                player.receive(pipe.to_client.pop(0))
        paused, pipe.paused = pipe.paused, self.dice.random() < 0.1
        if paused and not pipe.paused and player.name in self.sessions:
            self.sessions[player.name].drained()
        if pipe.closed and not pipe.to_client:
            player.pipe, player.inside = None, False
            self.sessions.pop(player.name, None)

    def outside(self) -> None:
        """Perform requests; the outside knows keys it has seen, and its answer may get lost."""
        self.realm.react()
        for pending in self.realm.requests():
            assert isinstance(pending.request, Letter)
            if pending.key not in self.keys:
                self.keys.add(pending.key)
                self.posted.append(pending.request.ticket)
            if self.dice.random() < 0.2:
                self.realm.answer(pending, Unavailable("no answer"))
            else:
                self.realm.answer(pending, Posted(pending.request.ticket))

    def swap(self) -> None:
        """Load the author's file again, slightly changed."""
        self.generation += 1
        self.realm.open(make_world(self.generation))

    # A history

    def step(self) -> None:
        """Let one thing happen."""
        self.now += self.dice.randint(0, 40_000)
        player = self.dice.choice(self.players)
        roll = self.dice.random()
        if roll < self.drop:
            self.cut(player)
            if self.dice.random() < 0.3:
                player.forget()
        elif roll < 0.2:
            self.connect(player)
        elif roll < 0.4:
            self.ask(player)
        elif roll < 0.5:
            self.ask_by_http()
        elif roll < 0.6:
            self.arrive_by_http()
        elif roll < 0.75:
            self.commit()
        elif roll < 0.8:
            self.outside()
        elif roll < 0.82:
            self.swap()
        elif roll < 0.86:
            self.hub.tick()
            self.realm.tick()
        else:
            self.deliver(player)

    def heal(self) -> None:
        """End all faults and let everything arrive."""
        self.disk.refuse = self.crash = self.drop = 0.0
        for _ in range(60):
            self.now += 5_000_000
            self.outside()
            self.commit(whole=True)
            for player in self.players:
                self.connect(player)
                if player.pipe is not None:
                    player.pipe.paused = False
                self.deliver(player)
                if player.name in self.sessions:
                    self.sessions[player.name].drained()

    def run(self, steps: int = 150) -> None:
        """Play a whole history and check what must hold at its end."""
        for _ in range(steps):
            self.step()
        self.heal()
        self.check()

    # What must hold

    def check(self) -> None:
        """Compare every view with the log, and every promise with what was kept."""
        head = self.disk.open_stream("sim")
        rows = list(self.disk.records(head.id, 0, head.seq))
        records = list(verify(rows, 0, bytes(32)))
        assert len(records) == head.seq
        assert records[-1].hash == head.head
        leaves = [record.hash for record in records]
        assert Frontier.unpack(head.seq, head.frontier).root() == root_of(leaves)
        hashes = self.fold_again(records)
        live = self.realm.world("sim")
        assert live.seq == live.durable_seq == head.seq
        assert live.state.state_hash() == hashes[head.seq]
        assert load_state(self.disk, head.id, head.seq).state_hash() == hashes[head.seq]
        for player in self.players:
            self.check_player(player, records, hashes)
        self.check_facts(records)

    def fold_again(self, records: list[Record]) -> dict[int, bytes]:
        """Fold from nothing; no marble appears or goes at any group's end."""
        state = State()
        hashes: dict[int, bytes] = {}
        for record in records:
            state.fold(record)
            if record.offset == record.size - 1:
                hashes[record.seq] = state.state_hash()
                bowls = [
                    e.cells["sim.Bowl"].data
                    for e in state.entities.values()
                    if "sim.Bowl" in e.cells
                ]
                total = sum(msgspec.msgpack.decode(data)["marbles"] for data in bowls)
                assert total == (MARBLES if bowls else 0)
        return hashes

    def check_player(self, player: Player, records: list[Record], hashes: dict[int, bytes]) -> None:
        """What a robot saw is what the log has, and it is up to date."""
        assert not player.history_lost, "history was lost"
        for seq, seen in player.seen.items():
            assert records[seq - 1].hash == seen, f"what was seen at {seq} is gone"
        for seq, root in player.roots.items():
            assert root == hashes[seq], f"{player.name} saw another state at {seq}"
        assert player.inside and player.seq == len(records), f"{player.name} is behind"
        assert player.marbles() == MARBLES

    def check_facts(self, records: list[Record]) -> None:
        """Every promise stands exactly once, and so does what follows from it."""
        tickets: dict[str, list[int]] = {}
        places: dict[int, int] = {}
        for record in records:
            if record.kind in ("sim.Moved", "sim.Noticed", "sim.Letter", "sim.Posted"):
                ticket = msgspec.msgpack.decode(record.payload)["ticket"]
                tickets.setdefault(record.kind, []).append(ticket)
                if record.kind in ("sim.Moved", "sim.Letter"):
                    places[ticket] = record.seq - record.offset + record.size - 1
        moved, letters = tickets.get("sim.Moved", []), tickets.get("sim.Letter", [])
        assert len(moved) == len(set(moved)), "a command ran twice"
        assert sorted(tickets.get("sim.Noticed", [])) == sorted(moved), "a reaction ran amiss"
        assert sorted(tickets.get("sim.Posted", [])) == sorted(letters), "a request went amiss"
        assert sorted(self.posted) == sorted(letters), "the outside saw another letter"
        promised = [*self.acknowledged.items()]
        for player in self.players:
            promised += player.acknowledged.items()
        for ticket, seq in promised:
            assert places.get(ticket) == seq, f"acknowledged ticket {ticket} is not at {seq}"


__all__ = ["Moved", "Noticed", "Simulation"]
