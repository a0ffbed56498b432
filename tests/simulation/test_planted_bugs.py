"""Bugs of many kinds, planted one at a time: none gets through ten thousand histories.

Most show within a few, and all within a hundred, so that every run shows each caught.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from typing import Any

import msgspec
import pytest

from tests.simulation import disks
from tests.simulation.driver import Simulation
from tests.simulation.histories import Plant, play
from tests.simulation.player import Player
from worldloom.kernel import live, opening
from worldloom.kernel.clock import SteadyClock
from worldloom.kernel.errors import Unavailable, WorldloomError
from worldloom.kernel.followups import REACTIONS, Followups
from worldloom.kernel.frozen import Frozen
from worldloom.kernel.hindsight import Hindsight, Write
from worldloom.kernel.live import LiveWorld
from worldloom.kernel.ports import Group, StreamHead
from worldloom.kernel.realm import Realm
from worldloom.kernel.state import State
from worldloom.kernel.world import World
from worldloom.stores import answers, appending, keys, lineage, memory
from worldloom.stores.connections import WRITER_PRAGMAS, transaction
from worldloom.stores.memory import MemoryStore
from worldloom.stores.sqlite import SqliteStore
from worldloom.stores.tables import Table, Tables
from worldloom.sync import rows

SEEDS = 10_000
Patch = pytest.MonkeyPatch
Bug = Callable[[Patch], Plant | None]
BUGS: dict[str, Bug] = {}
"""What is wrong → how it is planted."""
CAUGHT_BY = {
    "a second writer is let in": (166,),
    "a snapshot forgets what is undone": (69,),
    "a cursor moves before its group is kept": (50,),
    "a reloaded page keeps its seq": (27,),
    "a table is written outside of its transaction": (21,),
    "a fork shares its parent's cursors": (16,),
    "a world whose opening failed stays open by half": (284,),
}
"""Of what many histories do not meet, the first that did: it is tried before all others."""


def bug(sentence: str) -> Callable[[Bug], Bug]:
    """Register a bug."""

    def register(plant: Bug) -> Bug:
        BUGS[sentence] = plant
        return plant

    return register


@bug("what no disk has taken is acknowledged")
def _early(patch: Patch) -> Plant:
    def plant(simulation: Simulation) -> None:
        simulation.early_acknowledgement = True

    return plant


@bug("a client folds groups out of order")
def _disorder(patch: Patch) -> Plant:
    def plant(simulation: Simulation) -> None:
        for player in simulation.players:
            player.fold_order = lambda groups: groups[::-1]

    return plant


@bug("a resume is off by one")
def _off_by_one(patch: Patch) -> None:
    real = rows.missed_groups
    patch.setattr(
        rows,
        "missed_groups",
        lambda store, stream, after, until, root: real(store, stream, after + 1, until, root),
    )


@bug("a reloaded page keeps its seq")
def _keep_seq(patch: Patch) -> Plant:
    def keep_the_seq(player: Player) -> None:
        player.entities = {}

    def plant(simulation: Simulation) -> None:
        for player in simulation.players:
            player.forget = partial(keep_the_seq, player)  # type: ignore[method-assign]

    return plant


@bug("a second writer is let in")
def _let_in(patch: Patch) -> None:
    def let_in(groups: Sequence[Group], *_: object) -> list[WorldloomError | None]:
        return [None for _ in groups]

    patch.setattr(memory, "plan", let_in)
    patch.setattr(appending, "plan", let_in)


@bug("the disk is not waited for")
def _hasty(patch: Patch) -> None:
    patch.setitem(WRITER_PRAGMAS, "synchronous", 0)


@bug("a cursor is not kept with its group")
def _no_cursors(patch: Patch) -> None:
    real = MemoryStore.commit

    def without_cursors(store: Any, groups: Sequence[Group]) -> list[WorldloomError | None]:
        return real(store, [msgspec.structs.replace(group, cursors=()) for group in groups])

    patch.setattr(MemoryStore, "commit", without_cursors)


@bug("a cursor moves before its group is kept")
def _early_cursors(patch: Patch) -> None:
    real = disks.MemoryDisk.commit

    def cursors_first(store: Any, groups: Sequence[Group]) -> list[WorldloomError | None]:
        for group in groups:
            store._cursors.update({(name, at): value for name, at, value in group.cursors})
        return real(store, groups)

    patch.setattr(disks.MemoryDisk, "commit", cursors_first)


@bug("the answer to a key is not remembered")
def _no_answers(patch: Patch) -> None:
    patch.setattr(Realm, "_known_answer", lambda *_: None)


@bug("a fork shares its parent's cursors")
def _shared_cursors(patch: Patch) -> None:
    real = Followups.skip

    def share(follow: Any, stream: int, world: World, now: int) -> Any:
        real(follow, stream, world, now)
        return ((REACTIONS, stream, msgspec.msgpack.encode((1, []))),)

    patch.setattr(Followups, "skip", share)


@bug("a fork is shown before it is made")
def _unmade(patch: Patch) -> None:
    patch.setattr(opening, "is_unmade", lambda head: False)


@bug("a world whose opening failed stays open by half")
def _by_half(patch: Patch) -> None:
    def by_half(realm: Any, live: LiveWorld) -> bool:
        code, anew = realm._code_for(live), live.bare
        if code is None:
            return False
        live.world, live.bare = code, False
        live.bind()
        with contextlib.suppress(Unavailable):
            realm._keep_tables(live, code)
            realm._go_on(live, anew)
        return True

    patch.setattr(opening.Opener, "_take_code", by_half)


@bug("a fork reads past its seq")
def _past_its_seq(patch: Patch) -> None:
    real = lineage.spans

    def further(head: StreamHead, *rest: Any) -> list[lineage.Span]:
        reach = min(head.fork + 1, head.seq) if head.parent else 0
        return real(msgspec.structs.replace(head, fork=reach), *rest)

    patch.setattr(lineage, "spans", further)


@bug("a fork writes into its parent's records")
def _one_list(patch: Patch) -> None:
    real = MemoryStore.fork_stream

    def shared(store: Any, name: str, parent: int, seq: int) -> StreamHead:
        head = real(store, name, parent, seq)
        if head.seq == store._streams[parent].as_head().seq:
            store._streams[head.id].records = store._streams[parent].records
        return head

    patch.setattr(MemoryStore, "fork_stream", shared)


@bug("undo takes back what others wrote since")
def _undo_too_much(patch: Patch) -> None:
    real = Hindsight.stands

    def older(sight: Hindsight, write: Write) -> bool:
        return real(sight, write) and write.group <= sight.turned

    patch.setattr(Hindsight, "stands", older)


@bug("a snapshot forgets what is undone")
def _no_marks(patch: Patch) -> None:
    real = State.freeze

    def unmarked(state: State) -> Frozen:
        return msgspec.structs.replace(real(state), undone=[])

    patch.setattr(State, "freeze", unmarked)


@bug("a snapshot is of another moment than it says")
def _late_snapshot(patch: Patch) -> None:
    def late(self: live.Snapshot, store: Any) -> None:
        frozen = self.frozen
        seq = max(1, frozen.seq - 1)
        store.save_snapshot(self.stream, seq, frozen.state_hash(), frozen.head, frozen.encode())

    patch.setattr(live.Snapshot, "save", late)


@bug("a table is written outside of its transaction")
def _apart(patch: Patch) -> None:
    real = SqliteStore.commit

    def apart(store: SqliteStore, groups: Sequence[Group]) -> list[WorldloomError | None]:
        with store.file.writing() as writer, transaction(writer):
            advance(store._tables, writer, groups, [None] * len(groups))
        return real(store, groups)

    advance = Tables.advance
    patch.setattr(Tables, "advance", lambda *_: None)
    patch.setattr(SqliteStore, "commit", apart)


@bug("a table stays ahead when its commit fails")
def _ahead(patch: Patch) -> None:
    patch.setattr(Tables, "following", lambda tables: contextlib.nullcontext())
    patch.setattr(Table, "stand", lambda *_: None)


@bug("a forgotten person's key is not destroyed")
def _key_stays(patch: Patch) -> None:
    patch.setattr(keys, "destroy", lambda writer, person: [])


@bug("an answer outlives the person whose words it holds")
def _answer_stays(patch: Patch) -> None:
    patch.setattr(memory, "without_person", lambda key, body, person: body)
    patch.setattr(answers, "without_person", lambda key, body, person: body)


@bug("time runs backwards")
def _backwards(patch: Patch) -> None:
    patch.setattr(SteadyClock, "__call__", lambda clock: clock._machine())


@bug("a reload forgets the requests that wait")
def _no_requests(patch: Patch) -> None:
    real = Followups.rebind

    def forget(follow: Any, world: World, now: int) -> None:
        real(follow, world, now)
        follow.open.clear()

    patch.setattr(Followups, "rebind", forget)


@bug("of a group over two streams only one is kept")
def _half(patch: Patch) -> None:
    real = MemoryStore._keep

    def half(store: Any, group: Group) -> None:
        whole, group.parts = group.parts, group.parts[:1]
        real(store, group)
        group.parts = whole

    patch.setattr(MemoryStore, "_keep", half)


@bug("a timer runs twice in one period")
def _twice(patch: Patch) -> None:
    real = Followups.ran

    def soon(follow: Any, name: str, world: World, stream: int, now: int) -> Any:
        cursor = real(follow, name, world, stream, now)
        follow.next_run[name] -= world.timers[name].period_us // 2
        return cursor

    patch.setattr(Followups, "ran", soon)


@pytest.mark.parametrize("sentence", BUGS)
def test_a_planted_bug_is_caught(sentence: str, monkeypatch: Patch) -> None:
    plant = BUGS[sentence](monkeypatch)
    for seed in chain(CAUGHT_BY.get(sentence, ()), range(SEEDS)):
        try:
            play(seed, plant)
        except Exception as error:
            print(f"{sentence}: caught by history {seed}: {error!r}")
            return
    pytest.fail(f"{sentence}, and {SEEDS} histories went by")
