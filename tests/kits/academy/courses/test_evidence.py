"""What runs of a course say about its chances is found again, and told beside its assessments."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.kits.academy.courses.making import KITCHEN
from tests.kits.academy.courses.test_run import Learning
from worldloom.kits.academy.courses.chances import fitted
from worldloom.kits.academy.courses.checking import faults
from worldloom.kits.academy.courses.course import Course
from worldloom.kits.academy.courses.evidence import LEARNERS_MIN, evidence, refitted
from worldloom.kits.academy.courses.run import Run
from worldloom.kits.academy.mastery.simulating import simulate
from worldloom.kits.academy.mastery.tracing import Skill

PLANTED = Skill(0.3, 0.2, 0.15, 0.08)
PROBED: Course = replace(KITCHEN, scenes=(
    *KITCHEN.scenes[:-1],
    replace(KITCHEN.scenes[-1], steps=(replace(KITCHEN.step("test"), skill="choose"),)),
))  # fmt: skip


def runs(learners: int) -> list[Run]:
    """Return runs of simulated learners who had twelve trials of one skill."""
    right = simulate(learners, 12, PLANTED, seed=6).right
    done = Learning(PROBED)
    done.right()
    return [replace(done.here, learner=f"l{at}", history={"choose": "".join("01"[int(one)]
            for one in row)}) for at, row in enumerate(right)]  # fmt: skip


def test_planted_chances_come_back_out_of_runs() -> None:
    one, other = evidence(PROBED, runs(3000))
    assert one.fitted is not None and one.learners == 3000
    for name in ("prior", "learn", "guess", "slip"):
        assert getattr(one.fitted, name) == pytest.approx(getattr(PLANTED, name), abs=0.03)
    assert other.fitted is None and other.learners == 0
    more, less = fitted(PROBED, [one, other]).details
    assert f"- prior, known before the first trial: 0.25, fitted {one.fitted.prior:.3f}" in more
    assert "fitted 0" not in less and "- slip, wrong though known: 0.1" in less


def test_too_few_learners_say_nothing_and_the_course_stays() -> None:
    assert refitted(PROBED, runs(LEARNERS_MIN - 1)) == PROBED
    told = fitted(PROBED, evidence(PROBED, runs(3)))
    assert told.rows[0][:2] == (PROBED.skill("choose").title, "3")
    assert "Too few learners for a fit, which takes 30." in told.details[0]


def test_a_refitted_course_is_sound_and_ends_nobodys_run() -> None:
    new = refitted(PROBED, runs(200))
    assert not faults(new) and new != PROBED and new.version == PROBED.version
    assert new.skill("choose") != PROBED.skill("choose")
    assert new.skill("use") == PROBED.skill("use")


def test_what_practice_ends_by_is_on_the_safe_side_of_what_was_fitted() -> None:
    one, new = evidence(PROBED, runs(200))[0], refitted(PROBED, runs(200)).skill("choose")
    assert one.fitted is not None
    assert new.prior < one.fitted.prior and new.learn < one.fitted.learn
    assert new.guess > one.fitted.guess


def test_a_wrong_assessment_after_mastery_is_counted() -> None:
    learning = Learning(PROBED)
    learning.right(until="test")
    learning.give("water")
    found = evidence(PROBED, [learning.here, *runs(2)])[0]
    assert (found.probes, found.wrong) == (3, 1)
    assert fitted(PROBED, [found]).rows[0][-1] == "1 of 3"


def test_a_run_remembers_its_trials_in_order() -> None:
    learning = Learning(PROBED)
    learning.right(until="oil")
    learning.give("water")
    learning.give("blanket")
    assert learning.here.history["choose"] == "10", "seen at once, and not chosen at once"
