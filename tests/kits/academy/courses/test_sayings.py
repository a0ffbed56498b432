"""Every step that ends is a learning record, with the verb of its kind and the answer given."""

from __future__ import annotations

import re
from typing import get_args
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.kits.academy.courses.making import KITCHEN
from tests.kits.academy.courses.test_run import Learning
from worldloom.kits.academy.courses.course import Kind
from worldloom.kits.academy.courses.events import Answered, Erred, HandedOver
from worldloom.kits.academy.courses.run import replay
from worldloom.kits.academy.courses.sayings import VERBS, Said, duration, sayings
from worldloom.kits.academy.xapi.saying import VERBS as KNOWN

HOME = "https://school.example"


def told(learning: Learning) -> list[tuple[object, Said]]:
    """Return what each event of a run says."""
    found: list[tuple[object, Said]] = []
    for at, (event, _) in enumerate(learning.log):
        run = replay(KITCHEN, learning.log[: at + 1])
        assert run is not None
        found += [(event, said) for said in sayings(KITCHEN, run, event, HOME)]
    return found


def test_every_kind_of_step_has_a_verb_that_learning_records_know() -> None:
    assert set(VERBS) == set(get_args(Kind))
    assert set(VERBS.values()) <= set(KNOWN)


def test_a_run_is_told_from_its_beginning_to_its_end() -> None:
    learning = Learning(KITCHEN)
    learning.right(until="oil")
    learning.give("water")
    learning.right()
    found = told(learning)
    verbs = [said.verb for _, said in found]
    assert verbs[0] == "initialized" and verbs[-2:] == ["completed", "passed"]
    assert verbs.count("mastered") == 2
    steps = [event for event, _ in learning.log if isinstance(event, Answered | Erred)]
    assert [event for event, _ in found if isinstance(event, Answered | Erred)] == steps
    registrations = {said.context["registration"] for _, said in found}
    assert len(registrations) == 1 and UUID(registrations.pop())
    wrong = next(said for event, said in found if isinstance(event, Erred))
    assert wrong.result == {"success": False, "response": "water"}
    assert found[-1][1].result == {"score": {"scaled": 1.0}, "success": True}


def test_who_is_handed_to_a_person_is_told_by_the_skill_as_no_success() -> None:
    learning = Learning(replace(KITCHEN, trials_max=1))
    learning.right(until="lid")
    assert [(said.verb, said.result, said.activity.name) for event, said in told(learning)
            if isinstance(event, HandedOver)] == [
        ("progressed", {"success": False}, "Choice")]  # fmt: skip


def test_what_was_put_in_order_is_told_whole() -> None:
    learning = Learning(KITCHEN)
    learning.right()
    said = next(said for event, said in told(learning)
                if isinstance(event, Answered) and event.step == "pass")  # fmt: skip
    assert said.result["response"] == "pull[,]aim[,]squeeze"
    assert said.activity.definition["correctResponsesPattern"] == ["pull[,]aim[,]squeeze"]
    assert said.activity.definition["interactionType"] == "sequencing"


@given(st.floats(0, 1e6))
def test_durations_are_as_iso_8601_has_them(seconds: float) -> None:
    assert re.fullmatch(r"PT\d+\.\d\dS", duration(seconds))
