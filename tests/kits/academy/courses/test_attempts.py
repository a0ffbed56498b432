"""An attempt is its learner's own: sealed, gone when they are forgotten, and replayed by links."""

from __future__ import annotations

import re

import msgspec
from msgspec.structs import replace

from tests.kits.academy.courses.making import KITCHEN
from tests.kits.academy.courses.school import School
from worldloom import Role
from worldloom.kernel.past import Past
from worldloom.kernel.schema import decode
from worldloom.kits.academy.courses.attempts import Attempt, Kept, kept_of, run_of, runs
from worldloom.kits.academy.courses.replaying import moments

EVIL = "a](https://evil.example) `[b"
LINK = re.compile(r"\[([^\]]+)\]\(\?seq=(\d+)&until=(\d+)\)")


def kept(school: School, account: str = "guest:1") -> Kept:
    found = kept_of(school.world, KITCHEN, account)
    assert found is not None
    return found


def test_a_run_stands_sealed_in_the_log_and_is_gone_with_who_is_forgotten() -> None:
    school = School()
    school.callers["two"] = school.enter("two", "Al", Role.VISITOR)
    for account in ("guest:1", "two"):
        school.do("begin", account)
        school.do("answer", account, given="pan")
    named = [one for one in school.records if one.kind in ("Spawned", "Changed")]
    assert not [one for one in named if b"tallies" in one.payload], "nobody reads it in the file"
    assert len(list(runs(school.world, KITCHEN))) == 2
    school.realm.forget("guest:1", "boss")
    school.keep()
    assert run_of(school.world, KITCHEN, "guest:1") is None
    assert [run.learner for run in runs(school.world, KITCHEN)] == ["two"]


def test_a_run_that_was_kept_unsealed_goes_on() -> None:
    school = School()
    school.do("begin")
    run = school.run()
    old = {"course": "kitchen", "run": msgspec.msgpack.encode(run)}
    found = decode(Attempt, msgspec.msgpack.encode(old), 1, school.world.restore)
    assert found.kept.value is not None
    assert msgspec.msgpack.decode(found.kept.value, type=Kept) == Kept(run)


def test_an_attempts_moments_are_links_into_the_history_up_to_its_last_record() -> None:
    school = School()
    school.do("begin")
    school.do("answer", given="pan")
    for given in ("done", "done", "water"):
        school.do("answer", given=given)
    last = school.records[-1].seq
    whole, *steps = LINK.findall(moments(KITCHEN, kept(school)))
    assert whole[0] == "▶ Replay the attempt" and int(whole[2]) <= last
    assert [words.rpartition(" · ")[2] for words, _, _ in steps] == [
        "right at once", "done", "done", "now: Water, 1 ×",
    ]  # fmt: skip
    begins = [int(seq) for _, seq, _ in steps]
    assert begins == sorted(begins) and begins[0] == int(whole[1])
    past = Past(school.store, school.live.stream, last, ())
    for seq in begins:
        record = past.record(seq)
        group = past.group(record.group or seq)
        assert group[-1].seq == seq, "a link names the end of a group: what was asked stands there"


def test_an_instructor_chooses_a_learner_and_has_the_links() -> None:
    school = School()
    school.callers["boss"] = school.enter("boss", "Mo", Role.BUILDER)
    school.do("begin")
    school.do("answer", given="pan")
    school.wait(2)
    offered = school.shown("group-kitchen", "whose", "options")
    assert "guest:1" in str(offered)
    school.do("set_widget", "boss", panel="group-kitchen", widget="whose", value="guest:1")
    assert LINK.search(school.shown("group-kitchen", "moments", "text", "boss"))
    assert "Choose" in school.shown("group-kitchen", "moments", "text", "guest:1")


def test_words_of_a_step_cannot_end_their_link() -> None:
    school = School()
    school.do("begin")
    scenes = tuple(
        replace(scene, steps=tuple(replace(step, prompt=EVIL) for step in scene.steps))
        for scene in KITCHEN.scenes
    )
    assert "evil.example)" not in moments(replace(KITCHEN, scenes=scenes), kept(school))
