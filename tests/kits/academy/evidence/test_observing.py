"""A learner in a course is watched: what they faced is one sealed event a step, and a record."""

from __future__ import annotations

import math
from collections.abc import Callable

from tests.kits.academy.courses.making import KITCHEN
from tests.kits.academy.courses.school import School
from worldloom import Role, World
from worldloom.kernel.entity import Stance
from worldloom.kernel.recording import be_recorded, record
from worldloom.kernel.schema import decode
from worldloom.kits.academy.courses.text import write
from worldloom.kits.academy.evidence.adding import learners
from worldloom.kits.academy.evidence.events import Observed, Seen
from worldloom.kits.academy.evidence.observing import Observing

TO_THE_PAN = Stance((0.0, 0.0, 2.0), 0.0)
"""The things of the school are at the origin, which is ahead."""
AWAY = Stance((0.0, 0.0, 2.0), math.pi)


class Watched(School):
    """A school whose learner has a body that faces wherever a test says."""

    def __init__(self) -> None:
        super().__init__()
        self.face(TO_THE_PAN)

    def face(self, stance: Stance | None, account: str = "guest:1") -> None:
        visitor = next(one for one in self.world.visitors if one.account == account)
        visitor.observe = lambda: stance

    def decide(self, run: Callable[[World], object]) -> None:
        """Do something in the world that nobody asked for."""

        def decided(world: World) -> None:
            run(world)

        self.realm.decide("school", "test", decided)
        self.keep()

    def watch(self, seconds: float) -> None:
        """Let time pass as a server does."""
        for _ in range(round(seconds / 0.2)):
            self.wait(0.2)

    def seen(self, account: str = "guest:1") -> list[tuple[str, Seen]]:
        """Return what the log has of a learner, by steps."""
        found = []
        for one in self.records:
            if one.kind == Observed.__kind__.name:
                event = decode(Observed, one.payload, one.version, self.world.restore)
                if event.learner == account and event.seen.value is not None:
                    found.append((event.step, event.seen.value))
        return found


def test_what_was_faced_before_the_answer_is_one_sealed_event_of_the_step() -> None:
    school = Watched()
    school.do("begin")
    school.face(AWAY)
    school.watch(2)
    school.face(TO_THE_PAN)
    school.watch(3)
    school.do("answer", given="pan")
    ((step, seen),) = school.seen()
    assert step == "see" and seen.right and seen.errors == 0
    assert seen.looked and seen.hesitation == seen.seconds == 6.0
    assert 2.8 <= seen.dwell["pan"] <= 3.2 and 2.0 <= seen.first["pan"] <= 2.4
    assert seen.metres is None and seen.floor == (), "nobody let themselves be recorded"
    kept = next(one for one in school.records if one.kind == "~academy.Observed")
    assert b"dwell" not in kept.payload, "it is sealed"


def test_who_looks_elsewhere_and_presses_did_not_look_before_deciding() -> None:
    school = Watched()
    school.do("begin")
    school.face(AWAY)
    school.watch(1)
    school.do("answer", given="pan")
    ((_, seen),) = school.seen()
    assert seen.looked is False and seen.dwell == {}


def test_hesitation_ends_with_the_first_try_and_each_error_counts() -> None:
    school = Watched()
    school.do("begin")
    for given in ("pan", "done", "done"):
        school.do("answer", given=given)
    school.watch(4)
    school.do("answer", given="water")
    school.watch(2)
    school.do("answer", given="blanket")
    step, seen = school.seen()[-1]
    assert (step, seen.errors, seen.tries) == ("oil", 1, 2)
    assert seen.hesitation == 5.0 and 7.9 <= seen.seconds <= 8.1


def test_a_learner_without_a_body_has_times_and_no_looks() -> None:
    school = Watched()
    school.face(None)
    school.do("begin")
    school.do("answer", given="pan")
    ((_, seen),) = school.seen()
    assert (seen.hesitation, seen.dwell, seen.looked) == (1.0, {}, None)
    assert "experienced" not in [one["verb"]["display"]["en"] for one in school.statements()][2:]


def test_the_way_is_kept_only_of_who_lets_themselves_be_recorded() -> None:
    school = Watched()
    visitor = next(iter(school.world.visitors))
    school.decide(lambda world: record(world, True))
    school.do("begin")
    school.watch(1)
    school.do("answer", given="pan")
    school.decide(lambda world: be_recorded(world, visitor, True))
    for x in range(6):
        school.face(Stance((float(x), 0.0, 2.0), 0.0))
        school.watch(0.4)
    school.do("answer", given="done")
    (_, first), (_, second) = school.seen()
    assert first.metres is None and first.floor == ()
    assert second.metres == 5.0 and len(second.floor) == 6


def test_head_and_hands_and_pitch_are_kept_only_by_consent_and_of_a_headset() -> None:
    school = Watched()
    visitor = next(iter(school.world.visitors))
    school.decide(lambda world: record(world, True))

    def worn(high: float, ahead: float, pitch: float) -> Stance:
        hands = ((-0.2, 1.2, -0.3), (0.2, 1.2, -0.3 - ahead))
        return Stance((0.0, 0.0, 2.0), 0.0, pitch, ((0.0, high, 0.0), *hands))

    school.do("begin")
    school.face(worn(1.6, 0.0, 0.1))
    school.watch(1)
    school.do("answer", given="pan")
    school.decide(lambda world: be_recorded(world, visitor, True))
    for step in range(5):
        school.face(worn(1.6 - 0.1 * step, 0.2 * step, -0.1 * step))
        school.watch(0.2)
    school.do("answer", given="done")
    school.face(TO_THE_PAN)
    school.watch(1)
    school.do("answer", given="done")
    (_, before), (_, with_it), (_, without) = school.seen()
    assert (before.head_m, before.hands_m, before.pitch) == (None, None, None), "no consent yet"
    assert with_it.head_m == 0.4 and with_it.hands_m == 0.8
    assert with_it.pitch is not None and with_it.pitch[0] == -22.9 and with_it.pitch[2] <= 0.0
    assert without.pitch is None and without.metres == 0.0, "the headset is off"


def test_nothing_of_a_run_that_a_new_edition_ended_counts_in_the_next() -> None:
    school = Watched()
    school.callers["boss"] = school.enter("boss", "Mo", Role.BUILDER)
    school.do("begin")
    school.watch(3)
    text = write(KITCHEN).replace("Oil burns.", "It burns.")
    school.do("edit_course", "boss", course="kitchen", text=text)
    school.do("publish_course", "boss", course="kitchen")
    school.face(AWAY)
    school.do("begin")
    school.watch(2)
    school.do("answer", given="pan")
    ((_, seen),) = school.seen()
    assert seen.dwell == {} and not seen.looked and seen.seconds == 3.0


def test_the_record_says_what_was_faced_in_an_extension() -> None:
    school = Watched()
    school.do("begin")
    school.watch(2)
    school.do("answer", given="pan")
    told = school.statements()[-1]
    assert told["verb"]["display"]["en"] == "experienced"
    assert told["object"]["id"] == "https://school.example/activities/courses/kitchen/see"
    extension = told["result"]["extensions"]["https://school.example/extensions/evidence"]
    assert extension["lookedBeforeDeciding"] is True and extension["dwell"]["pan"] > 1.5


def test_nobody_is_sampled_who_is_in_no_course() -> None:
    school = Watched()
    school.watch(2)
    watching = next(one for one in school.world.used if isinstance(one, Observing))
    assert watching.watches == {}
    school.do("begin")
    school.watch(1)
    assert len(watching.watches) == 1
    school.do("leave_course")
    assert watching.watches == {} and school.seen() == []


def test_of_who_is_forgotten_nothing_is_left_to_read() -> None:
    school = Watched()
    school.callers["two"] = school.enter("two", "Al", Role.VISITOR)
    for account in ("guest:1", "two"):
        school.do("begin", account)
        school.do("answer", account, given="pan")
    assert len(list(learners(school.world, "kitchen"))) == 2
    school.realm.forget("guest:1", "boss")
    school.keep()
    assert len(list(learners(school.world, "kitchen"))) == 1
    assert school.seen() == [] and len(school.seen("two")) == 1
