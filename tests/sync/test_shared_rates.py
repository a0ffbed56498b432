"""Promised: many sockets of one account or address send together what a few may, and no more."""

from tests.sync.hall import Hall
from tests.sync.test_session import Wire
from worldloom.kernel.limits import LIMITS
from worldloom.sync import wire
from worldloom.sync.messages import VERSION, Close, Do, Hello, Ping, Pong, Refusal
from worldloom.sync.rates import Rates, Shared
from worldloom.sync.session import Identity, Phase, Session

WORTH = 2


def come(hall: Hall, account: str, shared: Rates | None) -> tuple[Session, Wire]:
    line = Wire()
    session = hall.hub.connect(line, Identity(account, account, shared=shared))
    session.receive(wire.encode(Hello(VERSION)))
    hall.commit()
    assert session.phase is Phase.INSIDE
    line.sent.clear()
    return session, line


def pongs(lines: list[tuple[Session, Wire]]) -> int:
    return sum(isinstance(told, Pong) for _, line in lines for told in line.messages())


def test_what_the_sockets_of_one_account_ask_for_is_bounded_together() -> None:
    hall, shared = Hall(), Shared()
    lines = [come(hall, "ann", shared.of("ann", WORTH, hall.now)) for _ in range(5)]
    other = come(hall, "bob", shared.of("bob", WORTH, hall.now))
    ping = wire.encode(Ping(1))
    for session, _ in lines:
        for _ in range(LIMITS.commands_burst_max):
            session.receive(ping)
    assert pongs(lines) == WORTH * LIMITS.commands_burst_max
    other[0].receive(ping)
    assert pongs([other]) == 1, "whoever else is here is as free as before"
    hall.now += 1_000_000
    for session, _ in lines:
        for _ in range(LIMITS.commands_per_second_max):
            session.receive(ping)
    assert pongs(lines) == WORTH * (LIMITS.commands_burst_max + LIMITS.commands_per_second_max)


def test_what_is_over_it_is_told_and_a_flood_of_it_ends_its_own_socket() -> None:
    hall, shared = Hall(), Shared()
    lines = [come(hall, "ann", shared.of("ann", WORTH, hall.now)) for _ in range(3)]
    for session, _ in lines[:2]:
        for number in range(LIMITS.commands_burst_max):
            session.receive(wire.encode(Ping(number)))
    session, line = lines[2]
    session.receive(wire.encode(Do(1, "say", {"text": "hi"})))
    (refused,) = [one for one in line.messages() if isinstance(one, Refusal)]
    assert refused.error.code == "too_often"
    for number in range(LIMITS.floods_burst_max + 1):
        session.receive(wire.encode(Ping(number)))
    assert session.phase is Phase.CLOSED and line.closed[0][0] == Close.RATE
    assert all(one.phase is Phase.INSIDE for one, _ in lines[:2])


def test_bytes_and_poses_and_raw_frames_are_bounded_together_too() -> None:
    now, rates = 0, Rates(0, WORTH)
    mine = [Rates(now, above=rates) for _ in range(5)]
    for kind, burst in (
        ("bytes", LIMITS.socket_bytes_burst_max),
        ("poses", LIMITS.poses_burst_max),
        ("live", LIMITS.live_burst_max),
    ):
        taken = [getattr(one, kind).take(burst, now) for one in mine]
        assert taken == [True] * WORTH + [False] * (5 - WORTH), kind


def test_who_comes_again_finds_the_same_rates_and_no_table_grows_without_end() -> None:
    shared = Shared()
    first = shared.of("ann", WORTH, 0)
    assert first.bytes.take(WORTH * LIMITS.socket_bytes_burst_max, 0)
    for number in range(LIMITS.sockets_max - 1):
        shared.of(f"guest:{number}", WORTH, 0)
        if number == LIMITS.sockets_max // 2:
            assert shared.of("ann", WORTH, 0) is first
    shared.of("one more", WORTH, 0)
    assert shared.of("ann", WORTH, 0) is first and len(shared) <= LIMITS.sockets_max
