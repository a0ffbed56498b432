"""Promised: reactions, timers and requests run once each, and at least once after a crash."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kernel.host import SECOND, Host
from worldloom.kernel.components import Text
from worldloom.kernel.entity import Entity, Visitor
from worldloom.kernel.errors import Conflict, Misused, Refused, Unavailable
from worldloom.kernel.events import Failed, Said
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.ports import Group
from worldloom.kernel.realm import Caller, Command
from worldloom.kernel.records import describe
from worldloom.kernel.rights import Role
from worldloom.kernel.schema import Event, Request
from worldloom.kernel.world import World


class Rung(Event, name="test.Rung"):
    """A bell rang."""

    bell: Entity
    times: int = 1


class Heard(Event, name="test.Heard"):
    """A ring was heard."""

    times: int


class Letter(Request, name="test.Letter"):
    """A letter shall leave."""

    text: str


class Posted(Event, name="test.Posted"):
    """A letter left."""

    text: str


@pytest.fixture(autouse=True)
def forget_classes() -> None:
    """Keep this module's classes."""


def belfry(reactions: int = 1, letters: bool = False, seconds: float | None = None) -> World:
    """Return a world with a bell that can be rung."""
    world = World("w")
    bell = world.spawn("bell", Text("0"))
    world.spawn("gong")

    @world.action
    def ring(bell: Entity, times: int = 1) -> None:
        """Ring a bell."""
        world.append(Rung(bell, times))
        if letters:
            world.append(Letter(f"rung {times}"))

    def hear(rung: Rung) -> None:
        """Note a ring."""
        world.append(Heard(rung.times))

    for _ in range(reactions):
        world.on(Rung, bell)(hear)
    if letters:

        async def post(letter: Letter, key: str) -> Event:
            """Post a letter."""
            return Posted(letter.text)

        world.adapter(Letter)(post)
    if seconds is not None:

        @world.every(seconds=seconds)
        def tick() -> None:
            """Count."""
            bell.update(Text, value=str(int(bell[Text].value) + 1))

    return world


def causes(host: Host, kind: str) -> list[str]:
    """Return the causes of the records of a kind."""
    return [record.cause for record in host.records("w") if record.kind == kind]


# -- reactions -------------------------------------------------------------------------------------


def test_a_reaction_runs_once_its_event_is_durable(host: Host) -> None:
    host.open(belfry())

    host.realm.do(Command("w", "ring", {"bell": "bell"}, Caller("a", role=Role.VISITOR)))
    assert host.realm.react() == 0
    host.commit()
    assert host.realm.react() == 1
    host.flush()
    assert causes(host, "test.Heard") == ["on:4:hear"]
    assert host.realm.react() == 0
    host.flush()
    assert len(causes(host, "test.Heard")) == 1


def test_an_event_about_something_else_is_passed_over(host: Host) -> None:
    host.open(belfry())
    host.do("w", "ring", bell="gong")
    assert causes(host, "test.Heard") == []


def test_two_reactions_have_names_and_groups_of_their_own(host: Host) -> None:
    host.open(belfry(reactions=3))
    host.do("w", "ring", bell="bell")
    assert causes(host, "test.Heard") == ["on:4:hear", "on:4:hear#2", "on:4:hear#3"]


def test_reactions_missed_by_a_crash_run_after_it(host: Host) -> None:
    host.open(belfry())

    for times in (1, 2, 3):
        args = {"bell": "bell", "times": times}
        host.realm.do(Command("w", "ring", args, Caller("a", role=Role.VISITOR)))
    host.commit()
    again = host.restart()
    again.open(belfry())
    assert causes(again, "test.Heard") == ["on:4:hear", "on:5:hear", "on:6:hear"]
    third = again.restart()
    third.open(belfry())
    assert len(causes(third, "test.Heard")) == 3


def test_a_crash_between_two_reactions_repeats_neither(host: Host) -> None:
    host.open(belfry(reactions=2))

    host.realm.do(Command("w", "ring", {"bell": "bell"}, Caller("a", role=Role.VISITOR)))
    host.commit()
    host.realm.react()
    del host.realm.outbox[1:]
    host.store.commit([host.realm.outbox[0].group])
    again = host.restart()
    again.open(belfry(reactions=2))
    assert causes(again, "test.Heard") == ["on:4:hear", "on:4:hear#2"]


def test_new_code_does_not_react_to_the_past(host: Host) -> None:
    host.open(belfry(reactions=0))
    host.do("w", "ring", bell="bell")
    for snapshot in host.realm.close():
        snapshot.save(host.store)
    host.flush()
    again = host.restart()
    again.open(belfry(reactions=1))
    assert causes(again, "test.Heard") == []
    again.do("w", "ring", bell="bell")
    assert causes(again, "test.Heard") == ["on:5:hear"]


def test_a_failing_reaction_is_remembered_and_the_next_runs(host: Host) -> None:
    world = belfry()

    @world.on(Rung)
    def fail(rung: Rung) -> None:
        """Fail."""
        world.say("half")
        raise Refused("no")

    @world.on(Rung)
    def late(rung: Rung) -> None:
        """Speak last."""
        world.say("late")

    host.open(world)
    host.do("w", "ring", bell="bell")
    assert [fault.cause for fault in host.realm.faults] == ["on:4:fail"]
    assert causes(host, "Said") == ["on:4:late"]


def test_faults_are_remembered_only_so_long(host: Host) -> None:
    world = World("w")

    @world.on(Said)
    def fail(said: Said) -> None:
        """Fail."""
        raise ValueError(said.text)

    host.open(world)
    for number in range(LIMITS.faults_max + 5):
        host.do("w", "say", text=str(number))
    assert len(host.realm.faults) == LIMITS.faults_max
    assert isinstance(host.realm.faults[-1].error, Misused)


def test_an_event_of_an_unreadable_old_version_is_a_fault(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World("w")
    world.on(Said)(lambda said: None)
    host.open(world)
    host.realm.do(Command("w", "say", {"text": "a"}, Caller("a", role=Role.VISITOR)))
    monkeypatch.setattr(Said.__kind__, "version", 2)
    host.flush()
    assert [fault.error.code for fault in host.realm.faults] == ["no_upgrade"]


def test_reactions_to_their_own_events_come_to_an_end(host: Host) -> None:
    world = World("w")

    @world.on(Heard)
    def echo(heard: Heard) -> None:
        """Echo."""
        world.append(Heard(heard.times + 1))

    @world.action
    def shout() -> None:
        """Shout."""
        world.append(Heard(0))

    host.open(world)
    host.do("w", "shout")
    assert len(causes(host, "test.Heard")) == LIMITS.reaction_depth_max + 1
    assert [fault.error.code for fault in host.realm.faults] == ["endless_handlers"]


def test_a_reaction_may_tell_without_keeping_anything(host: Host) -> None:
    world = World("w")
    told: list[Any] = []

    @world.on(Said)
    def thank(said: Said) -> None:
        """Thank."""
        said.visitor.tell("thank you")

    host.open(world)
    host.fate = lambda sealed: told.extend(sealed.tells)
    ann = host.enter("w")
    host.do("w", "say", ann, text="hello")
    assert told == [("w", ann.visitor, "thank you")]


def test_a_reader_of_an_event_finds_who_is_still_here(host: Host) -> None:
    world = World("w")
    heard: list[Visitor] = []
    world.on(Said)(lambda said: heard.append(said.visitor))
    host.open(world)
    ann = host.enter("w")
    host.do("w", "say", ann, text="hello")
    assert (heard[0].name, heard[0].account) == ("Ann", ann.account)


def test_the_cursor_follows_even_when_nothing_reacts(host: Host) -> None:
    host.open(belfry())
    live = host.realm.world("w")
    for _ in range(LIMITS.cursor_records_max + 5):
        host.do("w", "say", text="x")
    stored = host.store.cursor("reactions", live.stream)
    assert stored is not None
    again = host.restart()
    again.open(belfry())
    assert again.realm.world("w").follow.position > LIMITS.cursor_records_max


def test_only_so_many_records_are_reacted_to_at_once(host: Host) -> None:
    host.open(belfry())

    for _ in range(5):
        host.realm.do(Command("w", "ring", {"bell": "bell"}, Caller("a", role=Role.VISITOR)))
    host.commit()
    assert (host.realm.react(2), host.realm.react(2), host.realm.react(2)) == (2, 2, 1)


# -- timers ----------------------------------------------------------------------------------------


def test_a_timer_runs_at_its_time(host: Host) -> None:
    world = belfry(seconds=10)
    host.open(world)
    bell = world["bell"]
    assert host.realm.tick() == 0
    for seconds, count in ((9, "0"), (1, "1"), (9, "1"), (1, "2")):
        host.now += seconds * SECOND
        host.realm.tick()
        host.flush()
        assert bell[Text].value == count
    assert causes(host, "Changed") == ["every:tick"] * 2


def test_a_late_timer_runs_once_and_keeps_its_phase(host: Host) -> None:
    world = belfry(seconds=10)
    host.open(world)
    host.now += 57 * SECOND
    assert host.realm.tick() == 1
    host.now += 2 * SECOND
    assert host.realm.tick() == 0
    host.now += 1 * SECOND
    assert host.realm.tick() == 1
    assert host.realm.tick(host.now + 10 * SECOND) == 1


def test_a_timer_goes_on_after_a_restart(host: Host) -> None:
    host.open(belfry(seconds=10))
    host.now += 10 * SECOND
    host.realm.tick()
    host.flush()
    again = host.restart()
    world = belfry(seconds=10)
    again.open(world)
    again.now += 9 * SECOND
    assert again.realm.tick() == 0
    again.now += 60 * SECOND
    assert again.realm.tick() == 1
    assert world["bell"][Text].value == "2"


def test_a_failing_timer_tries_again_and_is_a_fault_once_until_it_works(host: Host) -> None:
    world, runs = World("w"), iter(range(9))

    @world.every(seconds=1)
    def fail() -> None:
        """Fail, but for the third time."""
        if next(runs) != 3:
            raise KeyError("x")

    host.open(world)
    for _ in range(6):
        host.now += SECOND
        host.realm.tick()
    assert next(runs) == 6
    assert [fault.cause for fault in host.realm.faults] == ["every:fail"] * 2


# -- requests --------------------------------------------------------------------------------------


def test_a_request_leaves_only_once_it_is_durable(host: Host) -> None:
    host.open(belfry(letters=True))

    host.realm.do(Command("w", "ring", {"bell": "gong"}, Caller("a", role=Role.VISITOR)))
    assert host.realm.requests() == []
    host.flush()
    (pending,) = host.realm.requests()
    assert (pending.request, pending.seq) == (Letter("rung 1"), 5)
    assert host.realm.requests() == []
    record = next(record for record in host.records("w") if record.seq == 5)
    assert pending.key == f"w-5-{record.hash[:8].hex()}"


def test_its_answer_comes_back_as_an_event_once(host: Host) -> None:
    world = belfry(letters=True)

    @world.on(Posted)
    def thank(posted: Posted) -> None:
        """Thank."""
        world.say(posted.text)

    host.open(world)
    host.do("w", "ring", bell="gong")
    (pending,) = host.realm.requests()
    assert host.realm.answer(pending, Posted("ok")) is not None
    assert host.realm.answer(pending, Posted("ok")) is None
    host.flush()
    assert causes(host, "test.Posted") == ["answer:5"]
    assert causes(host, "Said") == ["on:7:thank"], "5 is the letter, 6 that nothing takes it back"
    again = host.restart()
    again.open(belfry(letters=True))
    assert again.realm.requests() == []


def test_an_unanswered_request_is_handed_out_again_after_a_crash(host: Host) -> None:
    host.open(belfry(letters=True))
    for times in (1, 2, 3):
        host.do("w", "ring", bell="gong", times=times)
    first, second, third = host.realm.requests()
    host.realm.answer(second, Posted("ok"))
    host.flush()
    again = host.restart()
    again.open(belfry(letters=True))
    found = again.realm.requests()
    assert [(one.seq, one.key) for one in found] == [(it.seq, it.key) for it in (first, third)]
    for pending in found:
        again.realm.answer(pending, Posted("ok"))
    again.flush()
    last = again.restart()
    last.open(belfry(letters=True))
    assert last.realm.requests() == []


def test_what_is_not_available_is_tried_again_with_patience(host: Host) -> None:
    host.open(belfry(letters=True))
    host.do("w", "ring", bell="gong")
    for wait in (1, 2, 4):
        (pending,) = host.realm.requests()
        assert host.realm.answer(pending, Unavailable("down")) is None
        assert host.realm.requests() == []
        host.now += wait * SECOND - 1
        assert host.realm.requests() == []
        host.now += 1
    (pending,) = host.realm.requests()
    host.realm.answer(pending, Posted("ok"))
    assert host.realm.requests() == []


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Conflict("sold out", code="sold_out"), "sold_out"),
        (ValueError("oh"), "adapter_failed"),
        (3, "not_an_event"),
        (Posted("\ud800"), "invalid"),
    ],
)
def test_what_cannot_be_done_is_logged_as_failed(host: Host, outcome: Any, code: str) -> None:
    world = belfry(letters=True)
    failures: list[Failed] = []
    world.on(Failed)(failures.append)
    host.open(world)
    host.do("w", "ring", bell="gong")
    (pending,) = host.realm.requests()
    host.realm.answer(pending, outcome)
    host.flush()
    assert [(failed.request, failed.code) for failed in failures] == [(5, code)]
    assert describe(host.records("w")[-1])["request"] == 5
    assert host.realm.requests() == []


def test_an_answer_to_a_world_that_was_loaded_again_is_dropped(host: Host) -> None:
    host.open(belfry(letters=True))
    host.do("w", "ring", bell="gong")
    (stale,) = host.realm.requests()
    host.fate = lambda _: Unavailable("full")
    with pytest.raises(AssertionError):
        assert host.do("w", "say", text="x") is not None
    host.fate = lambda _: None
    assert host.realm.answer(stale, Posted("late")) is None
    (fresh,) = host.realm.requests()
    assert fresh.key == stale.key
    assert host.realm.answer(fresh, Posted("ok")) is not None


def test_requests_of_a_world_without_its_code_wait_for_it(host: Host) -> None:
    host.open(belfry(letters=True))
    host.do("w", "ring", bell="gong")
    bare = host.restart()
    bare.realm.world("w")
    bare.do("w", "say", text="hello")
    assert bare.realm.requests() == []
    for snapshot in bare.realm.close():
        snapshot.save(bare.store)
    bare.commit()
    again = bare.restart()
    again.open(belfry(letters=True))
    assert [pending.seq for pending in again.realm.requests()] == [5]


def test_code_that_comes_later_finds_what_waits_for_it(host: Host) -> None:
    host.open(belfry(letters=True))
    host.do("w", "ring", bell="gong")
    bare = host.restart()
    bare.realm.world("w")
    bare.open(belfry(letters=True))
    assert [pending.seq for pending in bare.realm.requests()] == [5]


def test_a_cursor_that_cannot_be_read_is_told_and_not_guessed(host: Host) -> None:
    live = host.open(World("w"))
    for name in ("reactions", "requests"):
        host.store.commit([Group((), ((name, live.stream, b"\xc1"),))])
        with pytest.raises(Unavailable, match=f"cursor {name}"):
            host.restart().open(World("w"))
        host.store.commit([Group((), ((name, live.stream, b"\x92\x01\x90"),))])


def test_a_code_swap_goes_on_where_the_cursors_stand(host: Host) -> None:
    host.open(belfry(letters=True, seconds=10))
    host.do("w", "ring", bell="bell")
    (pending,) = host.realm.requests()
    host.now += 9 * SECOND
    host.open(belfry(letters=True, seconds=10))
    assert causes(host, "test.Heard") == ["on:4:hear"]
    assert host.realm.requests() == []
    assert host.realm.answer(pending, Posted("ok")) is not None
    host.now += 1 * SECOND
    assert host.realm.tick() == 1


def test_a_stop_before_the_reactions_leaves_them_for_the_next_start(host: Host) -> None:
    host.open(belfry())
    host.realm.do(Command("w", "ring", {"bell": "bell"}, Caller("a", role=Role.VISITOR)))
    host.commit()
    for snapshot in host.realm.close():
        snapshot.save(host.store)
    host.commit()
    again = host.restart()
    again.open(belfry())
    assert causes(again, "test.Heard") == ["on:4:hear"]
