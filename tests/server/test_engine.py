"""The engine: nothing leaves before it is durable, and the outside is asked until it answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from worldloom.kernel.components import Color
from worldloom.kernel.entity import Visitor
from worldloom.kernel.errors import OverLimit, Unavailable, WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.ports import Group
from worldloom.kernel.realm import Caller, Command, Decision
from worldloom.kernel.rights import Role
from worldloom.kernel.schema import Event, Request
from worldloom.kernel.world import World
from worldloom.server.engine import TICK_SECONDS, Engine
from worldloom.stores.memory import MemoryStore


class Letter(Request):
    text: str = ""


class Delivered(Event):
    text: str = ""


class Counted(Event):
    number: int = 0


class Disk(MemoryStore):
    """A store whose disk can fail, and that says when it was written."""

    def __init__(self) -> None:
        super().__init__()
        self.broken = False
        self.commits = 0

    def commit(self, groups: Sequence[Group]) -> list[WorldloomError | None]:
        if self.broken:
            raise Unavailable("the disk is full", code="disk_full")
        self.commits += 1
        return super().commit(groups)


Adapter = Callable[[Letter, str], Awaitable[Event]]


def make_world(adapter: Adapter | None = None) -> World:
    world = World("office")
    world.spawn("desk", Color())

    @world.action
    def paint(visitor: Visitor, value: str) -> None:
        world["desk"][Color] = Color(value)

    if adapter is not None:
        world.adapter(Letter)(adapter)

        @world.action
        def write(visitor: Visitor, text: str) -> None:
            world.append(Letter(text))

    @world.on(Delivered)
    def thank(event: Delivered) -> None:
        world.append(Counted(len(event.text)))

    return world


@asynccontextmanager
async def running(store: Disk, world: World) -> AsyncIterator[Engine]:
    engine = Engine(store)
    engine.realm.open(world)
    await engine.durable(world.name)
    engine.start()
    try:
        yield engine
    finally:
        await engine.stop()


async def do(engine: Engine, action: str, **args: Any) -> Decision:
    return await engine.do(Command("office", action, args, Caller("ann", "Ann", "", Role.OWNER)))


def kinds(engine: Engine) -> list[str]:
    from worldloom.kernel.records import read

    live = engine.world("office")
    return [r.kind for r in read(engine.store.records(live.stream, 0, live.durable_seq))]


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_so():
            await asyncio.sleep(0.005)


def test_an_answer_comes_after_the_disk() -> None:
    async def main() -> None:
        store = Disk()
        async with running(store, make_world()) as engine:
            before = store.commits
            decision = await do(engine, "paint", value="#ff0000")
            assert store.commits > before
            assert engine.world("office").durable_seq >= decision.seq

    asyncio.run(main())


def test_many_commands_at_once_share_commits() -> None:
    async def main() -> None:
        store = Disk()
        async with running(store, make_world()) as engine:
            before = store.commits
            wishes = (do(engine, "paint", value=f"#0000{n:02x}") for n in range(200))
            decisions = await asyncio.gather(*wishes)
            assert len({decision.seq for decision in decisions}) == 200
            assert store.commits - before < 200

    asyncio.run(main())


def test_a_full_disk_is_told_and_what_was_decided_on_it_is_forgotten() -> None:
    async def main() -> None:
        store = Disk()
        async with running(store, make_world()) as engine:
            await do(engine, "paint", value="#111111")
            kept = engine.world("office").state.state_hash()
            store.broken = True
            wishes = (do(engine, "paint", value=f"#0000{n:02x}") for n in range(5))
            told = await asyncio.gather(*wishes, return_exceptions=True)
            assert all(isinstance(error, Unavailable) for error in told), told
            assert engine.world("office").state.state_hash() == kept
            store.broken = False
            await do(engine, "paint", value="#222222")
            assert engine.world("office").state.state_hash() != kept

    asyncio.run(main())


def test_a_request_leaves_once_durable_and_its_answer_is_a_fact() -> None:
    keys: list[str] = []

    async def main() -> None:
        store = Disk()

        async def post(letter: Letter, key: str) -> Event:
            assert "Letter" in " ".join(kinds(engine)), "asked before it was kept"
            keys.append(key)
            return Delivered(letter.text)

        async with running(store, make_world(post)) as engine:
            await do(engine, "write", text="hello")
            await until(lambda: any(kind.endswith("Counted") for kind in kinds(engine)))
        assert len(keys) == 1

    asyncio.run(main())


def test_an_adapter_that_cannot_now_is_asked_again_with_the_same_key() -> None:
    keys: list[str] = []

    async def post(letter: Letter, key: str) -> Event:
        keys.append(key)
        if len(keys) < 3:
            raise Unavailable("the post office is closed", retry_after_seconds=0.02)
        return Delivered(letter.text)

    async def main() -> None:
        async with running(Disk(), make_world(post)) as engine:
            await do(engine, "write", text="hello")
            await until(lambda: any(kind.endswith("Delivered") for kind in kinds(engine)))

    asyncio.run(main())
    assert len(keys) == 3
    assert len(set(keys)) == 1


def test_an_account_has_only_so_much_under_way_by_long_actions() -> None:
    """Each is a task, and who asked for fifty a second had as many as it liked."""
    most, before = 3, LIMITS.account_waiting_max

    async def main() -> None:
        async def post(letter: Letter, key: str) -> Event:
            await asyncio.sleep(3600)
            return Delivered(letter.text)

        world = make_world(post)

        @world.action(long=True)
        def send(visitor: Visitor) -> None:
            world.append(Letter("far away"))

        async def ask(account: str) -> Decision:
            caller = Caller(account, account, "", Role.OWNER)
            return await engine.do(Command("office", "send", {}, caller))

        async with running(Disk(), world) as engine:
            asked = [await ask("ann") for _ in range(most)]
            with pytest.raises(OverLimit, match="on its way"):
                await ask("ann")
            assert len(engine.errands.waiting()) == most, "a refused one asks nothing"
            await ask("bob")
            await engine.cancel("office", asked[0].wrote - 1, "ann")
            await ask("ann")

    object.__setattr__(LIMITS, "account_waiting_max", most)
    try:
        asyncio.run(main())
    finally:
        object.__setattr__(LIMITS, "account_waiting_max", before)


def test_two_who_take_a_request_back_at_once_both_hear_of_it_when_it_is_kept() -> None:
    async def main() -> None:
        async def post(letter: Letter, key: str) -> Event:
            await asyncio.sleep(3600)
            return Delivered(letter.text)

        async with running(Disk(), make_world(post)) as engine:
            await do(engine, "write", text="hello")
            ((_, seq, errand),) = engine.errands.waiting()
            first = asyncio.create_task(engine.cancel("office", seq, "ann"))
            while seq in engine.world("office").follow.open:
                await asyncio.sleep(0)
            assert not errand.answer, "decided, and not yet kept"
            await engine.cancel("office", seq, "bob")
            assert errand.state == "failed"
            await first

    asyncio.run(main())


def test_who_takes_a_request_back_too_late_has_not_written_its_answer() -> None:
    """What an author's file may do to it is up to its author: the answer stays the world's."""

    async def main() -> None:
        arrived, ended = asyncio.Event(), False

        async def post(letter: Letter, key: str) -> Event:
            nonlocal ended
            await arrived.wait()
            ended = True
            return Delivered(letter.text)

        async with running(Disk(), make_world(post)) as engine:
            await do(engine, "write", text="hello")
            ((_, seq, errand),) = engine.errands.waiting()
            arrived.set()
            while not ended:
                await asyncio.sleep(0)
            await engine.cancel("office", seq, "ann")
            assert errand.state == "done"
            answer = engine.realm.past("office").record(errand.answer)
            assert (answer.kind.rpartition(".")[2], answer.actor) == ("Delivered", "world")

    asyncio.run(main())


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_adapter_that_fails_leaves_a_fact_and_the_world_goes_on() -> None:
    async def post(letter: Letter, key: str) -> Event:
        raise ZeroDivisionError("a mistake in the adapter")

    async def main() -> None:
        async with running(Disk(), make_world(post)) as engine:
            await do(engine, "write", text="hello")
            await until(lambda: "Failed" in kinds(engine))
            await do(engine, "paint", value="#ffffff")

    asyncio.run(main())


def test_a_request_that_was_under_way_at_a_stop_is_performed_by_the_next_start() -> None:
    seen: list[str] = []

    async def slow(letter: Letter, key: str) -> Event:
        seen.append(key)
        await asyncio.sleep(60)
        return Delivered(letter.text)

    async def quick(letter: Letter, key: str) -> Event:
        seen.append(key)
        return Delivered(letter.text)

    async def main() -> None:
        store = Disk()
        async with running(store, make_world(slow)) as engine:
            await do(engine, "write", text="hello")
            await until(lambda: len(seen) == 1)
        async with running(store, make_world(quick)) as engine:
            await until(lambda: any(kind.endswith("Counted") for kind in kinds(engine)))
        assert seen[0] == seen[1]

    asyncio.run(main())


def test_timers_run_on_ticks_and_ticks_keep_their_pace() -> None:
    async def main() -> None:
        world = make_world()

        @world.every(0.05)
        def beat() -> None:
            world.append(Counted(1))

        async with running(Disk(), world) as engine:
            await until(lambda: sum(kind.endswith("Counted") for kind in kinds(engine)) >= 3)
            assert engine.tick >= 3

    asyncio.run(main())


def test_after_a_long_tick_the_schedule_begins_anew_and_is_counted() -> None:
    times: list[float] = []

    async def main() -> None:
        async with running(Disk(), make_world()) as engine:
            await until(lambda: engine.tick >= 2)
            before = engine.tick_overruns
            clock = asyncio.get_running_loop().time

            def note(_: int) -> None:
                times.append(clock())
                if len(times) == 1:
                    time.sleep(10 * TICK_SECONDS)

            engine.on_tick.append(note)
            await until(lambda: len(times) >= 8)
            assert engine.tick_overruns > before

    asyncio.run(main())
    # To catch up would be ten ticks at once: too much was why they are late.
    soon = sum(at - times[1] < 2.5 * TICK_SECONDS for at in times)
    assert soon - 1 <= 3, times


def test_a_clean_stop_leaves_a_snapshot_that_the_next_start_begins_with() -> None:
    async def main() -> None:
        store = Disk()
        async with running(store, make_world()) as engine:
            await do(engine, "paint", value="#123456")
            live = engine.world("office")
            stream, seq = live.stream, live.seq
        found = store.snapshot(stream, seq)
        assert found is not None
        assert found[0] == seq

    asyncio.run(main())


@pytest.mark.parametrize(
    ("sockets", "door_is_busy", "drains_in_slices"),
    [(10, False, False), (500, False, True), (500, True, False)],
)
def test_input_of_a_crowd_is_drained_in_slices_unless_newcomers_are_on_their_way(
    monkeypatch: pytest.MonkeyPatch, sockets: int, door_is_busy: bool, drains_in_slices: bool
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("worldloom.server.engine.time.sleep", slept.append)

    async def main() -> None:
        async with running(Disk(), make_world()) as engine:
            engine.socket_count = lambda: sockets
            engine.door_is_busy = lambda: door_is_busy
            slept.clear()
            before = engine.tick
            await until(lambda: engine.tick >= before + 4)

    asyncio.run(main())
    assert bool(slept) is drains_in_slices
    assert all(0 < seconds <= 0.003 for seconds in slept)
