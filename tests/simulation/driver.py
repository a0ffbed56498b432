"""One seed, one history: the driver owns clock, chance, disk and network, and lets them fail."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.simulation.builders import OWNER, Builders
from tests.simulation.disks import FragileStore, MemoryDisk
from tests.simulation.facts import ACTIONS
from tests.simulation.faults import Faults, draw
from tests.simulation.forks import Branches
from tests.simulation.marbles import Letter, Posted, make_world
from tests.simulation.people import GUESTS, People
from tests.simulation.player import Pipe, Player
from tests.simulation.zombies import Zombie
from worldloom.kernel.errors import Misused, Unavailable, WorldloomError
from worldloom.kernel.live import Sealed
from worldloom.kernel.realm import Command, Decision, Realm
from worldloom.kernel.records import Record, verify
from worldloom.sync.hub import Hub
from worldloom.sync.messages import Do
from worldloom.sync.session import Identity, Session

START_US = 1_700_000_000_000_000
FORGET_SHARE = 0.2
"""A fault of this kind may come at every step, and one of them does much."""
STARTS_MAX = 30
"""The faults of a history let the server start sooner than this."""
HEAL_TICKS = 15
"""How often the bell may strike at the end."""
HEAL_TURNS_MAX = 200

Disk = MemoryDisk | FragileStore


class Simulation:
    """A world, its disk, its network and its robots, driven step by step from one seed."""

    def __init__(self, seed: int, folder: Path | None = None) -> None:
        """Draw a history's faults; with a folder its disk is a real store that can lose power."""
        self.dice = random.Random(seed)
        self.now = START_US
        self.faults = draw(self.dice)
        self.disk: Disk = MemoryDisk(self.dice)
        if folder is not None:
            self.disk = FragileStore.first(self.dice, folder)
        self.folder = folder
        self.generation = 0
        self.ticket = 0
        self.acknowledged: dict[Any, int] = {}
        """Result → seq of commands answered over HTTP; every result is unique."""
        self.kept: dict[str, dict[int, bytes]] = defaultdict(dict)
        """World → seq → hash of each record that was said to be durable."""
        self.seen: dict[tuple[str, bytes], bytes] = {}
        """(world, head) → hash of the state as it was live there."""
        self.posted: list[int] = []
        """Tickets of letters as the outside saw them, repetitions dropped by key."""
        self.keys: set[str] = set()
        self.people = People(self)
        self.builders = Builders(self)
        self.branches = Branches(self)
        self.players = [Player(one, self.people.words(one), self.dice) for one in GUESTS]
        self.sessions: dict[str, Session] = {}
        self.http: list[Command] = []
        self.zombie: Zombie | None = None
        """A process that was thought dead and goes on writing."""
        self.zombies = 0
        """How many there were."""
        self.early_acknowledgement = False
        """A planted bug: the hub is told of groups that no disk has taken."""
        self.boot()

    def next_ticket(self) -> int:
        """Return a number that no command had before."""
        self.ticket += 1
        return self.ticket

    def happens(self, chance: float) -> bool:
        """Tell whether a fault of this chance comes now."""
        return self.dice.random() < chance

    def worlds(self) -> list[str]:
        """Return the worlds that this process knows: the first one, and forks that were told of."""
        known = self.realm.worlds()
        return ["sim", *(fork for fork in self.branches.made if fork in known)]

    def log(self, world: str) -> list[Record]:
        """Return the durable records of a world, each hash checked."""
        stream, seq = self.realm.world(world).stream, self.realm.world(world).durable_seq
        return list(verify(self.disk.records(stream, 0, seq), 0, bytes(32)))

    # Living and dying

    def boot(self) -> None:
        """Start the server over what the disk has; raises Unavailable."""
        self.realm = Realm(self.disk, lambda: self.now, self.dice.randbytes)
        self.realm.open(make_world(self.generation))
        self.hub = Hub(self.realm, "sim", self.disk, lambda: self.now, lambda: None)
        self.take_out(len(self.realm.outbox))

    def die(self) -> None:
        """End the process: memory, sockets and all that was under way are gone, or so it seems."""
        for player in self.players:
            self.cut(player)
        self.sessions.clear()
        self.branches.died()
        self.people.died()
        faults = self.faults
        asleep = self.happens(faults.zombie) and not self.disk.died
        self.zombie = Zombie(self, self.realm) if asleep else None
        self.zombies += asleep
        for attempt in range(STARTS_MAX):
            self.disk = self.disk.restart(asleep, self.happens(faults.power))
            self.disk.weather(self.happens(faults.full), self.happens(faults.power))
            try:
                self.boot()
            except Unavailable:
                assert attempt < STARTS_MAX - 1, "the server never starts again"
            else:
                if not self.disk.died:
                    return
            asleep, self.zombie = False, None

    # The disk's word

    def take_out(self, count: int) -> bool:
        """Take some waiting groups to the disk; tell whether there were any and it lives."""
        batch = [self.realm.outbox.pop(0) for _ in range(count)]
        if not batch:
            return False
        if self.early_acknowledgement:
            self.tell(batch, [None] * len(batch))
        verdicts = self.disk.commit([sealed.group for sealed in batch])
        if self.disk.died:
            return False
        if not self.early_acknowledgement:
            self.tell(batch, verdicts)
        return True

    def commit(self, whole: bool = False) -> None:
        """Commit some groups, or all; the process may die before and after it."""
        outbox = self.realm.outbox
        count = len(outbox) if whole else self.dice.randint(0, len(outbox))
        if count and not whole and self.happens(self.faults.kill):
            return self.die()
        if self.take_out(count) and not whole and self.happens(self.faults.kill):
            self.die()

    def tell(self, batch: list[Sealed], verdicts: Sequence[WorldloomError | None]) -> None:
        """Report the disk's word to the realm and the hub."""
        self.hub.settled(self.settle(self.realm, batch, verdicts))

    def settle(
        self, realm: Realm, batch: list[Sealed], verdicts: Sequence[WorldloomError | None]
    ) -> list[Sealed]:
        """Report the disk's word to a realm, and remember what it promises from now on."""
        settled: list[Sealed] = []
        for sealed, error in zip(batch, verdicts, strict=True):
            settled += realm.committed(sealed, error)
        for sealed in settled:
            if sealed.error is None:
                for world, records in sealed.records.items():
                    self.kept[world].update((record.seq, record.hash) for record in records)
        self.branches.told()
        self.people.told()
        return settled

    # What can happen

    def ask(self, player: Player) -> None:
        """Let a robot ask for something over its socket."""
        ticket = self.next_ticket()
        action = self.dice.choice(
            ("move", "move", "pay", "write", "note", "weigh", "say", "build", "be_recorded")
        )
        args: dict[str, Any] = {"ticket": ticket}
        if action in ("move", "pay"):
            args["count"] = self.dice.randint(-6, 6)
        elif action == "note":
            args["text"] = self.people.words(player.account)
        elif action == "say":
            args = {"text": self.people.words(player.account)}
        elif action == "be_recorded":
            args = {"on": self.dice.random() < 0.8}
        elif action == "build":
            action, args = self.builders.wish(player.account, "sim")
        if player.inside:
            if action in ACTIONS:
                player.promised.add(ticket)
            player.post(Do(ticket, action, args))

    def ask_by_http(self) -> None:
        """Send a command with an idempotency key; it may arrive again later, out of order."""
        ticket = self.next_ticket()
        if self.happens(0.3):
            self.http.append(self.people.note("sim", f"key {ticket}"))
            return
        args = {"ticket": ticket, "count": self.dice.randint(-6, 6)}
        self.http.append(Command("sim", "move", args, OWNER, key=f"key {ticket}"))

    def arrive_by_http(self) -> None:
        """Deliver one HTTP command, now and then leaving a repetition under way."""
        if not self.http:
            return
        command = self.http.pop(self.dice.randrange(len(self.http)))
        if self.happens(2 * self.faults.repeat):
            self.http.append(command)
        boot = self.realm
        try:
            decision = boot.do(command)
        except WorldloomError:
            return
        self.commit(whole=True)
        if boot is self.realm and self.is_kept(decision):
            known = self.acknowledged.setdefault(command.args["ticket"], decision.seq)
            assert known == decision.seq, "a repeated key was answered differently"

    def is_kept(self, decision: Decision) -> bool:
        """Tell whether a decision of the first world may be told."""
        group = decision.group
        settled = group is None or group.settled and not group.error
        return settled and decision.seq <= self.realm.world("sim").durable_seq

    def connect(self, player: Player) -> None:
        """Open a connection for a robot that has none."""
        if player.pipe is None or player.pipe.closed and not player.pipe.to_client:
            pipe = Pipe()
            identity = Identity(player.account, player.name)
            self.sessions[player.account] = self.hub.connect(pipe, identity)
            player.connect(pipe)

    def cut(self, player: Player) -> None:
        """Tear a robot's connection; what was under way is lost."""
        session = self.sessions.pop(player.account, None)
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
                self.sessions[player.account].receive(pipe.to_server.pop(0))
            if pipe.to_client:
                player.receive(pipe.to_client.pop(0))
        paused, pipe.paused = pipe.paused, self.happens(self.faults.pause)
        if paused and not pipe.paused and player.account in self.sessions:
            self.sessions[player.account].drained()
        if pipe.closed and not pipe.to_client:
            player.pipe, player.inside = None, False
            self.sessions.pop(player.account, None)

    def outside(self) -> None:
        """Perform requests; the outside knows keys it has seen, and its answer may get lost."""
        self.realm.react()
        for pending in self.realm.requests():
            if pending.simulated:
                self.branches.answer(pending)
                continue
            assert pending.world == "sim", "a fork reached the outside"
            assert isinstance(pending.request, Letter)
            if pending.key not in self.keys:
                self.keys.add(pending.key)
                self.posted.append(pending.request.ticket)
            if self.happens(self.faults.unanswered):
                self.realm.answer(pending, Unavailable("no answer"))
                continue
            self.realm.answer(pending, Posted(pending.request.ticket))
            if self.happens(self.faults.doubled):
                self.realm.answer(pending, Posted(pending.request.ticket))

    def reload(self) -> None:
        """Load the author's file again: slightly changed, or broken, which changes nothing."""
        if self.dice.random() < 0.3:
            with pytest.raises(Misused):
                self.realm.open(make_world(self.generation, broken=True))
            return
        live = None
        try:
            live = self.realm.world("sim")
            code, head = live.world, live.head
            self.realm.open(make_world(self.generation + 1))
            self.generation += 1
        except Unavailable:
            if live is not None and not self.disk.died:
                assert live.world is code and live.head == head, "a failed reload left something"

    def freeze(self) -> None:
        """Keep a snapshot of what is durable, of any world."""
        name = self.dice.choice(self.worlds())
        with suppress(Unavailable):
            live = self.realm.world(name)
            if live.seq == live.durable_seq > live.snapshot_seq:
                live.snapshot().save(self.disk)

    def tick(self) -> None:
        """Let time pass in the hub and in the world."""
        self.hub.tick()
        self.realm.tick()

    # A history

    def step(self) -> None:
        """Let one thing happen, and the faults that come with it."""
        faults = self.faults
        self.now += self.dice.randint(0, 40_000)
        if self.happens(faults.clock):
            self.now += self.dice.randint(-3_600_000_000, 3_600_000_000)
        self.disk.weather(self.happens(faults.full), self.happens(faults.power))
        try:
            self._deeds()
        except WorldloomError:
            if not self.disk.died:
                raise
        if self.disk.died:
            self.die()
        self.observe()

    def _deeds(self) -> None:
        faults = self.faults
        player = self.dice.choice(self.players)
        if self.happens(faults.drop):
            self.cut(player)
            if self.happens(2 * faults.amnesia):
                player.forget()
        if self.happens(faults.reload):
            self.reload()
        if self.happens(FORGET_SHARE * faults.forget):
            self.people.forget()
        if self.zombie is not None and not self.zombie.stagger():
            self.zombie = None
        roll = self.dice.random()
        if roll < 0.48:
            self.dice.choices((self.connect, self.ask, self.deliver), (3, 4, 4))[0](player)
        elif roll < 0.6:
            build, branch = self.builders, self.branches
            deeds = (build.act, build.grant, branch.fork, branch.ask)
            self.dice.choices(deeds, (7, 2, 1, 3))[0]()
        elif roll < 0.98:
            plain = (self.ask_by_http, self.arrive_by_http, self.commit, self.outside, self.tick)
            self.dice.choices(plain, (3, 3, 6, 2, 1))[0]()
        else:
            self.freeze()

    def observe(self) -> None:
        """Remember how the live worlds stand."""
        for world in self.worlds():
            live = self.realm.opened(world)
            if live is not None and not live.lost and (world, live.head) not in self.seen:
                self.seen[world, live.head] = live.state.state_hash()

    def heal(self) -> None:
        """End all faults and let everything arrive."""
        self.faults, self.zombie = Faults(), None
        self.disk.weather(False, False)
        for fork in self.branches.made:
            self.realm.learn(fork)  # one that a zombie made
        for turn in range(HEAL_TURNS_MAX):
            self.now += 5_000_000
            self.branches.wake()
            if turn < HEAL_TICKS:
                self.tick()
            self.outside()
            self.commit(whole=True)
            for player in self.players:
                self.connect(player)
                if player.pipe is not None:
                    player.pipe.paused = False
                self.deliver(player)
                if player.account in self.sessions:
                    self.sessions[player.account].drained()
            if turn > HEAL_TICKS and self.is_quiet():
                return

    def is_quiet(self) -> bool:
        """Tell whether everything has arrived."""
        live = self.realm.world("sim")
        return not self.realm.waiting and all(
            player.inside
            and player.seq == live.durable_seq
            and player.pipe is not None
            and not (player.pipe.to_client or player.pipe.to_server)
            for player in self.players
        )

    def run(self, steps: int = 150) -> None:
        """Play a whole history and let everything arrive."""
        for _ in range(steps):
            self.step()
        self.heal()

    def end(self) -> None:
        """Leave nothing open."""
        self.disk.end()


__all__ = ["Simulation"]
