"""Promised: seen means kept, no gap between records, and a failed commit is told."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.sync.hall import Hall
from worldloom.kernel.errors import Unavailable, WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.rights import Role
from worldloom.kernel.tokens import NewToken
from worldloom.sync import admission, rows, wire
from worldloom.sync.hub import LOST_TICKS
from worldloom.sync.messages import VERSION, Answer, Close, Hello, Snapshot
from worldloom.sync.pace import CALM_TICKS, MEAN_TICKS, SLOW_TICKS
from worldloom.sync.session import Identity, Phase
from worldloom.testing.copy import Copy
from worldloom.testing.core import RobotCore


def equal(hall: Hall, robot: RobotCore) -> bool:
    live = hall.realm.world("hall")
    return (robot.seq, robot.copy.head, robot.copy.state_hash()) == (
        live.seq,
        live.head,
        live.state.state_hash(),
    )


def test_who_enters_gets_the_whole_state_and_all_who_are_here() -> None:
    hall = Hall()
    ann, _ = hall.robot("Ann")
    bob, _ = hall.robot("Bob")
    assert equal(hall, ann) and equal(hall, bob)
    assert {other.name for other in bob.visitors.values()} == {"Ann", "Bob"}
    assert {other.name for other in ann.visitors.values()} == {"Ann", "Bob"}
    assert bob.welcome is not None and bob.welcome.title == "The hall"
    assert "paint" in {action.name for action in bob.welcome.actions}
    assert "ban" not in {action.name for action in bob.welcome.actions}


def test_an_action_is_answered_and_seen_by_all() -> None:
    hall = Hall()
    ann, _ = hall.robot("Ann")
    bob, _ = hall.robot("Bob")
    answer = hall.do(ann, "paint", colour="#ff0000")
    assert isinstance(answer, Answer) and answer.result == "#ff0000" and answer.seq == bob.seq
    lamp = next(e for e in bob.copy.entities().values() if e["name"] == "lamp")
    assert lamp["components"]["Color"]["value"] == "#ff0000"
    assert equal(hall, ann) and equal(hall, bob)


def test_what_is_asked_again_under_its_key_is_done_once_and_a_trial_changes_nothing() -> None:
    hall = Hall()
    ann, _ = hall.robot("Ann")
    begun = ann.seq

    def outcome(key: str = "", dry_run: bool = False, colour: str = "#ff0000") -> object:
        id = ann.do("paint", {"colour": colour}, key, dry_run)
        hall.settle()
        return ann.outcomes[id]

    tried = outcome(dry_run=True)
    assert isinstance(tried, Answer) and tried.result == "#ff0000"
    assert ann.seq == begun
    first, again = outcome("once"), outcome("once")
    assert isinstance(first, Answer) and isinstance(again, Answer)
    assert (first.seq, first.result) == (again.seq, again.result)
    assert ann.seq == first.seq
    other = outcome("once", colour="#00ff00")
    assert isinstance(other, WorldloomError) and other.code == "key_reused"


def test_nothing_is_shown_before_it_is_durable() -> None:
    hall = Hall()
    ann, _ = hall.robot("Ann")
    bob, _ = hall.robot("Bob")
    seq = bob.seq
    id = ann.do("paint", {"colour": "#00ff00"})
    refused = ann.do("paint", {"colour": 5})
    for _ in range(5):
        hall.network.step()
    assert hall.realm.world("hall").seq > seq and hall.woken
    assert not ann.outcomes and ann.seq == bob.seq == seq
    hall.settle()
    assert isinstance(ann.outcomes[id], Answer)
    assert isinstance(ann.outcomes[refused], WorldloomError)
    assert bob.seq == seq + 1


def test_who_enters_while_groups_commit_misses_and_repeats_nothing() -> None:
    hall = Hall()
    ann, _ = hall.robot("Ann")
    ann.do("paint", {"colour": "#000001"})
    hall.network.step()
    bob = RobotCore("Bob")
    hall.connect(bob)
    hall.network.step()
    ann.do("paint", {"colour": "#000002"})
    hall.network.step()
    hall.network.step()
    assert not bob.inside
    hall.settle()
    assert equal(hall, bob) and equal(hall, ann)


def test_private_components_stay_private_and_the_state_hash_is_equal_all_the_same() -> None:
    hall = Hall()
    ann, _ = hall.robot("Ann")
    hall.do(ann, "hide", value=7)
    assert equal(hall, ann)
    bob, _ = hall.robot("Bob")
    assert equal(hall, bob)
    for robot in (ann, bob):
        assert all("~" not in str(e["components"]) for e in robot.copy.entities().values())


@pytest.mark.parametrize("action", ["paint", "find", "no_such_thing", ""])
def test_a_refusal_names_its_code_and_changes_nothing(action: str) -> None:
    hall = Hall()
    ann, _ = hall.robot("Ann")
    seq = ann.seq
    outcome = hall.do(ann, action, thing="nowhere")
    assert isinstance(outcome, WorldloomError) and outcome.code
    assert ann.seq == seq and equal(hall, ann)


def test_a_visitor_who_comes_back_is_sent_what_it_missed() -> None:
    hall = Hall()
    ann, line = hall.robot("Ann")
    bob, _ = hall.robot("Bob")
    line.cut()
    hall.do(bob, "paint", colour="#123456")
    hall.do(bob, "hide", value=3)
    hall.connect(ann)
    hall.settle()
    assert ann.welcome is not None and ann.welcome.resumed and not ann.history_lost
    assert equal(hall, ann)


def test_a_log_that_lost_its_tail_is_noticed_by_who_remembers_it() -> None:
    hall = Hall()
    ann, _ = hall.robot("Ann")
    hall.do(ann, "paint", colour="#123456")
    remembered = ann.seq
    hall.network.cut_all()
    other = Hall(seed=5)
    other.network = hall.network
    bob, _ = other.robot("Bob")
    while other.realm.world("hall").seq < remembered:
        other.do(bob, "say", text="another history")
    other.connect(ann)
    other.settle()
    assert ann.history_lost and ann.welcome is not None and not ann.welcome.resumed
    assert equal(other, ann)


def test_a_failed_commit_sends_away_who_asked_and_all_come_back_to_the_kept_state() -> None:
    hall = Hall()
    ann, _ = hall.robot("Ann")
    bob, bobs = hall.robot("Bob")
    seq = bob.seq
    id = ann.do("paint", {"colour": "#777777"})
    hall.network.step()
    hall.commit(fail=lambda sealed: True)
    hall.settle()
    assert isinstance(ann.outcomes[id], WorldloomError) and ann.ended is not None
    assert bobs.open and bob.seq >= seq
    hall.connect(ann)
    hall.settle()
    assert equal(hall, ann) and equal(hall, bob)
    lamp = next(e for e in ann.copy.entities().values() if e["name"] == "lamp")
    assert lamp["components"]["Color"]["value"] == "#000000"


def test_a_whisper_reaches_one_and_a_cry_reaches_all() -> None:
    hall = Hall()
    ann, _ = hall.robot("Ann")
    bob, _ = hall.robot("Bob")
    hall.do(ann, "whisper", text="psst")
    hall.do(ann, "say", text="Hello")
    assert list(ann.told) == ["psst"] and not bob.told
    assert [said.text for said in bob.said] == ["Hello"] and bob.said[0].name == "Ann"


def test_going_somewhere_places_the_body_there() -> None:
    hall = Hall()
    ann, line = hall.robot("Ann")
    bob, _ = hall.robot("Bob")
    hall.do(ann, "go", position=[5.0, 0.0, -7.0])
    assert ann.position == pytest.approx((5, 0, -7), abs=0.01)
    hall.tick()
    hall.settle()
    assert ann.welcome is not None
    assert bob.visitors[ann.welcome.visitor].position == pytest.approx((5, 0, -7), abs=0.01)
    assert line.session is not None  # what follows was under way when she was set down there
    line.session.receive(wire.encode_pose(wire.Pose(0.5, 0, 0.5, mark=wire.FIRST_MARK)))
    hall.tick()
    hall.settle()
    assert bob.visitors[ann.welcome.visitor].position == pytest.approx((5, 0, -7), abs=0.01)


def test_who_leaves_is_gone_for_all() -> None:
    hall = Hall()
    ann, _ = hall.robot("Ann")
    _, line = hall.robot("Bob")
    line.cut()
    hall.settle()
    assert [other.name for other in ann.visitors.values()] == ["Ann"]
    assert len(hall.hub.motion) == 1 and len(hall.hub.sessions) == 1
    assert equal(hall, ann)


def test_the_banned_are_shown_out_and_not_let_in_again() -> None:
    hall = Hall()
    hall.own("boss")
    boss, _ = hall.robot("Boss", "boss")
    rude, line = hall.robot("Rude", "guest:rude")
    answer = hall.do(boss, "ban", account="guest:rude")
    assert isinstance(answer, Answer)
    assert not line.open and line.close_code == Close.BANNED
    again = hall.connect(rude, "guest:rude")
    hall.settle()
    assert again.close_code == Close.BANNED and rude.ended is not None
    assert rude.ended.code == "banned"


def test_another_version_is_refused_with_a_reason() -> None:
    hall = Hall()
    robot = RobotCore()
    line = hall.connect(robot)
    line._to_server.clear()
    line.send_up(wire.encode(Hello(VERSION + 1)))
    hall.settle()
    assert line.close_code == Close.VERSION
    assert robot.ended is not None and robot.ended.code == "other_version"


def test_silence_instead_of_hello_ends_the_connection() -> None:
    hall = Hall()
    robot = RobotCore()
    line = hall.connect(robot)
    line._to_server.clear()
    hall.tick(20 * 7)
    hall.settle()
    assert line.close_code == Close.HELLO_TIMEOUT


def test_a_restart_keeps_all_that_was_answered() -> None:
    hall = Hall()
    ann, _ = hall.robot("Ann")
    hall.do(ann, "paint", colour="#abcdef")
    hall.crash()
    hall.connect(ann)
    hall.settle()
    assert not ann.history_lost and ann.welcome is not None and ann.welcome.resumed
    assert equal(hall, ann)


def test_stopping_says_goodbye_to_everyone() -> None:
    hall = Hall()
    _, line = hall.robot("Ann")
    hall.hub.stop(WorldloomError("the server is restarting", code="restarting"))
    hall.settle()
    assert line.close_code == Close.RESTARTING and not hall.hub.sessions


def test_who_is_cut_off_by_a_broadcast_does_not_let_others_overtake_it() -> None:
    hall = Hall()
    ann, _ = hall.robot("Ann")
    slow = hall.hub.connect(Stuck(), Identity("guest:slow", "Slow"))
    slow.receive(wire.encode(Hello(VERSION)))
    hall.settle()
    while slow.phase is Phase.INSIDE and slow.queued < LIMITS.socket_queue_messages_max:
        slow.send(b"x")
    bob = RobotCore("Bob")
    hall.connect(bob)
    hall.network.step()
    ann.do("paint", {"colour": "#000001"})
    hall.network.step()
    hall.settle()
    assert slow.phase is Phase.CLOSED
    assert equal(hall, ann) and equal(hall, bob)
    assert {other.name for other in bob.visitors.values()} == {"Ann", "Bob"}


class Stuck:
    """A transport whose client never reads."""

    paused = False

    def send(self, data: bytes) -> None:
        self.paused = True

    def send_many(self, frames: Sequence[bytes]) -> None:
        for data in frames:
            self.send(data)

    def close(self, code: int, reason: str) -> None:
        pass


def test_where_you_may_not_be_you_are_not_let_in() -> None:
    hall = Hall()
    hall.realm.world("hall").world.public = False
    robot = RobotCore("Ann")
    line = hall.connect(robot)
    hall.settle()
    assert line.close_code == Close.NOT_ALLOWED and robot.ended is not None


def test_a_token_caps_what_its_account_may_do() -> None:
    hall = Hall()
    hall.own("boss")
    secret, _ = hall.realm.make_token("boss", Role.MEMBER)
    capped = Identity("boss", "Boss", by=hall.realm.token_of(secret))
    assert hall.hub.standing(Identity("boss", "Boss")).role is Role.OWNER
    assert hall.hub.standing(capped).role is Role.MEMBER


def test_a_revoked_token_shows_its_visitor_out() -> None:
    hall = Hall()
    secret, _ = hall.realm.make_token("bot", Role.MEMBER)
    token = hall.realm.token_of(secret)
    assert token is not None
    bot, line = hall.robot("Bot", account="bot", token=token)
    ann, _ = hall.robot("Ann")
    hall.realm.revoke_token(token.id)
    hall.commit()
    hall.tick(LIMITS.tick_hz)
    hall.settle()
    assert line.close_code == Close.NOT_ALLOWED
    assert bot.ended is not None and bot.ended.code == "token_revoked"
    assert ann.inside


def test_a_token_that_ends_shows_its_visitor_out() -> None:
    hall = Hall()
    ends = hall.realm._clock() + 2_000_000
    secret, _ = hall.realm.make_token("bot", NewToken(Role.MEMBER, expires=ends))
    bot, line = hall.robot("Bot", account="bot", token=hall.realm.token_of(secret))
    hall.tick(LIMITS.tick_hz)
    hall.settle()
    assert bot.inside
    hall.tick(2 * LIMITS.tick_hz)
    hall.settle()
    assert bot.ended is not None and bot.ended.code == "token_expired"


def test_who_may_only_look_does_not_enter() -> None:
    hall = Hall()
    secret, _ = hall.realm.make_token("bot", NewToken(Role.OWNER, ("look",)))
    robot = RobotCore("Bot")
    line = hall.connect(robot, "bot", hall.realm.token_of(secret))
    hall.settle()
    assert line.close_code == Close.NOT_ALLOWED
    assert robot.ended is not None and robot.ended.code == "missing_scope"


def test_a_world_that_cannot_be_read_refuses_and_presence_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hall = Hall()
    ann, line = hall.robot("Ann")

    def down(name: str) -> None:
        raise Unavailable("the disk is gone")

    monkeypatch.setattr(hall.realm, "world", down)
    outcome = hall.do(ann, "say", text="hello?")
    assert isinstance(outcome, WorldloomError) and outcome.code == "unavailable"
    hall.tick(40)
    line.cut()
    assert not hall.hub.sessions


def test_ticks_that_come_late_halve_the_frames_and_the_frames_say_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hall = Hall()
    ann, _ = hall.robot("Ann")
    told: list[wire.MotionFrame] = []
    monkeypatch.setattr(ann, "_see", told.append)

    def ticks(count: int, late_us: int) -> list[tuple[int, int]]:
        told.clear()
        for _ in range(count):
            hall.now += late_us
            hall.hub.motion.moved[:] = True
            hall.tick()
            hall.settle()
        return [(frame.tick % 2, frame.divider) for frame in told]

    assert ticks(10, 0) == [((hall.hub.tick_count - 9 + at) % 2, 1) for at in range(10)]
    ticks(SLOW_TICKS, 70_000)
    assert hall.hub.pace.divider == 2
    assert ticks(10, 70_000) == [(0, 2)] * 5
    ticks(LOST_TICKS + 3 * MEAN_TICKS + 2 * CALM_TICKS, 0)
    assert [divider for _, divider in ticks(10, 0)] == [1] * 10


def test_pong_tells_the_tick() -> None:
    hall = Hall()
    ann, _ = hall.robot("Ann")
    hall.tick(3)
    ann.ping()
    hall.settle()
    assert hall.hub.tick_count == 3


def test_a_long_absence_is_answered_by_a_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    hall = Hall()
    ann, line = hall.robot("Ann")
    bob, _ = hall.robot("Bob")
    line.cut()
    monkeypatch.setattr(admission, "LIMITS", replace(LIMITS, resume_records_max=2))
    for number in range(5):
        hall.do(bob, "say", text=str(number))
    hall.connect(ann)
    hall.settle()
    assert ann.welcome is not None and not ann.welcome.resumed and not ann.history_lost
    assert equal(hall, ann)


def test_large_states_and_long_absences_come_in_several_messages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small = replace(LIMITS, snapshot_part_bytes_max=400)
    monkeypatch.setattr(rows, "LIMITS", small)
    hall = Hall()
    hall.own("boss")
    boss, line = hall.robot("Boss", "boss")
    for number in range(6):
        hall.do(boss, "spawn", name=f"thing {number}", components={"Color": {}})
    bob, _ = hall.robot("Bob")
    assert equal(hall, bob) and len(bob.copy.entities()) == 7
    line.cut()
    for number in range(6):
        hall.do(bob, "paint", colour=f"#00000{number}")
    hall.connect(boss, "boss")
    hall.settle()
    assert boss.welcome is not None and boss.welcome.resumed and equal(hall, boss)


def test_a_whole_state_in_one_message_has_the_same_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "LIMITS", replace(LIMITS, snapshot_part_bytes_max=1))
    state = Hall().realm.world("hall").state
    copy = Copy()
    snapshot = wire.decode_from_server(rows.whole_snapshot(rows.Still.of(state)))
    assert isinstance(snapshot, Snapshot) and snapshot.first and snapshot.last
    copy.take_snapshot(snapshot)
    assert copy.state_hash() == state.state_hash()


def test_authors_code_sees_where_a_visitor_is_and_looks_until_they_are_gone() -> None:
    hall = Hall()
    ann, line = hall.robot("Ann")
    visitor = next(iter(hall.realm.world("hall").visitors.values()))
    x, y, z = ann.position
    ann.pose(x + 0.2, y, z, yaw=1.5)
    hall.network.step()
    hall.tick()
    stance = visitor.stance
    assert stance is not None
    assert stance.position == pytest.approx((x + 0.2, y, z), abs=0.01)
    assert stance.heading == pytest.approx(1.5, abs=0.001)
    line.cut()
    hall.settle()
    assert visitor.stance is None
