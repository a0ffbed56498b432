"""Courses for tests: a small one with a step of every kind, and any that hypothesis thinks of."""

from __future__ import annotations

from hypothesis import strategies as st

from worldloom.kits.academy.courses.course import (
    DONE,
    SHOWN,
    Course,
    Dial,
    Line,
    Option,
    Reply,
    Scene,
    Step,
    Taught,
)
from worldloom.kits.academy.courses.run import Run, line_of

LEARNER = "guest:1"
OIL = Dial(0.0, 250.0, 160.0, 180.0, 5.0, "°C", under="Too cold.", over="It smokes.")
OPTIONS = (Option("water", "Water", feedback="It spreads."), Option("blanket", "A lid", True))
TALK = (
    Line("hello", "Is it out?", (Reply("Yes", right=False, goto="sure"), Reply("No", goto="sure"),
                                 Reply("Who knows", right=False, feedback="Look."))),
    Line("sure", "Are you sure?", (Reply("I looked"), Reply("Ask again", goto="hello"))),
)  # fmt: skip
KITCHEN = Course(
    "kitchen", "A kitchen fire", skills=(Taught("choose", "Choice"), Taught("use", "Use")),
    scenes=(
        Scene("look", "Look", "Look around.", (0.0, 0.0, 2.0), (
            Step("see", "look", "Find the pan.", "choose", target="pan", seated="Press it."),
            Step("watch", "demonstrate", "Watch.", recording="once", seated="Sit and watch."),
            Step("try", "practice", "Try as you like."),
        )),
        Scene("do", "Do", steps=(
            Step("oil", "choose", "Oil burns.", "choose", drill=True, options=OPTIONS,
                 right="Yes.", wrong="No."),
            Step("lid", "click", "Take it.", "use", target="lid", decoys=("tap",), drill=True,
                 seated="Press it."),
            Step("pass", "order", "In order.", "use", options=(
                Option("pull", "Pull"), Option("aim", "Aim"), Option("squeeze", "Squeeze"))),
            Step("fast", "hazard", "Quick!", "use", seconds=5.0, options=OPTIONS),
            Step("talk", "dialogue", "Report it.", "use", lines=TALK),
            Step("heat", "dial", "Set the oil.", "use", dial=OIL, wrong="Not that."),
        )),
        Scene("end", "End", steps=(Step("test", "assess", "And now?", options=OPTIONS),)),
    ),
)  # fmt: skip

texts = st.text("abc ä语\"'\\\n#[]=", min_size=1, max_size=30).map(lambda text: f"x{text}")
ids = st.integers(0, 40).map(lambda number: f"n{number}")
options = st.lists(
    st.builds(Option, ids, texts, st.booleans(), texts), max_size=4, unique_by=lambda o: o.id
).map(tuple)
replies = st.lists(
    st.builds(Reply, texts, st.booleans(), st.sampled_from(["", "a", "b", "c"]), texts),
    min_size=1, max_size=3,
).map(tuple)  # fmt: skip
lines = st.lists(replies, min_size=1, max_size=3).map(
    lambda rows: tuple(Line("abc"[at], "says", row) for at, row in enumerate(rows))
)
skills = st.sampled_from(["", "one", "two"])
drills = {"skill": st.sampled_from(["one", "two"]), "drill": st.booleans()}
targets = {"target": st.just("lid"), "decoys": st.just(("tap",)), "seated": texts}
right_and_wrong = options.map(lambda found: (*found, *(Option("yes", "y", True),
                                                       Option("no", "n"))))  # fmt: skip
dials = st.builds(
    Dial, st.just(-1.0), st.just(9.5), st.floats(0, 2), st.floats(3, 9), under=texts, unit=texts
)
steps = st.one_of(
    st.builds(Step, ids, st.just("look"), texts, target=st.just("pan"), seated=texts, **drills),
    st.builds(Step, ids, st.just("click"), texts, **targets, **drills),
    st.builds(Step, ids, st.just("choose"), texts, options=right_and_wrong, **drills),
    st.builds(Step, ids, st.just("order"), texts, options=options, **drills),
    st.builds(Step, ids, st.just("dialogue"), texts, lines=lines, **drills),
    st.builds(Step, ids, st.just("hazard"), texts, seconds=st.floats(0.5, 60), **targets, **drills),
    st.builds(Step, ids, st.just("dial"), texts, dial=dials, **drills),
    st.builds(Step, ids, st.just("practice"), texts, skill=skills),
    st.builds(Step, ids, st.just("assess"), texts, options=right_and_wrong),
    st.builds(Step, ids, st.just("demonstrate"), texts, recording=st.just("r"), seated=texts),
)
scenes = st.lists(
    st.tuples(st.lists(steps, min_size=1, max_size=3), st.none() | st.just((1.0, 0.0, -2.5))),
    min_size=1, max_size=3,
).map(lambda rows: tuple(Scene(f"s{at}", "Scene", "", place, tuple(row))
                         for at, (row, place) in enumerate(rows)))  # fmt: skip
courses = st.builds(
    Course, st.just("made"), st.just("Made"), texts, trials_max=st.integers(1, 6),
    tries_max=st.integers(1, 4), scenes=scenes,
    skills=st.just((Taught("one", "One"), Taught("two", "Two", learn=0.3))),
)  # fmt: skip


def answers(step: Step, run: Run) -> list[str]:
    """Return all that can be answered to a step, the right one first."""
    if step.kind in SHOWN:
        return [DONE]
    if step.kind == "order":
        return [option.id for option in step.options if option.id not in run.parts]
    if step.kind == "dialogue":
        line = next(line for line in step.lines if line.id == line_of(step, run))
        return [str(at) for at in range(len(line.replies))]
    if step.dial is not None:
        return [f"{step.dial.least}", f"{step.dial.highest}"]
    if step.options:
        ordered = sorted(step.options, key=lambda option: not option.right)
        return [option.id for option in ordered]
    return [step.target, *step.decoys]
