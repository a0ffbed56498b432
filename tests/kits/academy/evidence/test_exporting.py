"""An instructor takes the evidence along as CSV or JSON; learners and strangers do not."""

from __future__ import annotations

import asyncio
import csv
import io
import math
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.kits.academy.lms.badge_school import BadgeSchool
from worldloom.kits.academy.evidence.exporting import COLUMNS, as_csv
from worldloom.kits.academy.evidence.people import PEOPLE
from worldloom.testing.fixtures import Server
from worldloom.testing.robot import Robot

SCHOOL = '''"""A school with a thing to find."""

from worldloom import Spawn, Transform, World, box
from worldloom.kits.academy import Academy
from worldloom.kits.academy.courses.classroom import Courses
from worldloom.kits.academy.courses.course import Course, Option, Scene, Step, Taught

world = World("school", title="School")
world.use(Academy(home="https://school.example"))
world.spawn("start", Spawn(radius=0.1), Transform((0.0, 0.0, 4.0)))
for x, name in enumerate(("pan", "lid")):
    world.spawn(name, box(0.2, 0.2, 0.2), at=(6.0 * x, 1, 0))
world.use(Courses(Course("find", "Find it", scenes=(Scene("one", "One", steps=(
    Step("pan", "click", "Take the pan.", target="pan", decoys=("lid",), seated="Press it."),
    Step("end", "practice", "Look around."))),)), Course(
        "drill", "Say yes", trials_max=2, skills=(Taught("yes", "Saying yes", prior=0.6),),
        scenes=(Scene("two", "Two", steps=(Step(
            "say", "choose", "Yes?", "yes", drill=True,
            options=(Option("no", "No"), Option("yes", "Yes", True))),)),)),
))
'''


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server of the school."""
    folder = tmp_path_factory.mktemp("school")
    (folder / "school.py").write_text(SCHOOL)
    server = Server(folder / "realm.loom", str(folder / "school.py"))
    try:
        server.start()
        yield server
    finally:
        server.stop()


def rows(school: BadgeSchool, *learners: str) -> list[dict[str, Any]]:
    """Return what is taken along, once it has these learners: it follows soon on an answer."""
    found: list[dict[str, Any]] = []
    for _ in range(100):
        found = school.owner.get("/w/school/evidence/find.json").json["rows"]
        if {*learners} <= {row["learner"] for row in found}:
            break
        time.sleep(0.1)
    return found


def test_what_was_seen_is_taken_along_by_a_builder(server: Server) -> None:
    school = BadgeSchool(server)
    ann, ben = school.learner("ann"), school.learner("ben")
    for who, given in ((ann, "lid"), (ben, "pan")):
        school.do(who, "begin", course="find")
        school.do(who, "answer", given=given)
    school.do(ann, "answer", given="pan")
    told = {row["learner"]: row for row in rows(school, "ann", "ben")}
    assert (told["ann"]["errors"], told["ben"]["errors"]) == (1, 0)
    assert told["ben"]["hesitation_s"] == told["ben"]["seconds"]
    said = school.owner.get("/w/school/evidence/find.csv")
    assert said.headers["content-type"].startswith("text/csv")
    assert "attachment" in said.headers["content-disposition"]
    table = list(csv.DictReader(io.StringIO(said.body.decode())))
    assert [row["learner"] for row in table] == ["ben", "ann"]
    assert tuple(table[0]) == COLUMNS
    assert [row["name"] for row in table] == ["ben", "ann"], "who has said no name has an account"


def test_what_one_answer_has_no_room_for_comes_in_the_next(server: Server) -> None:
    school = BadgeSchool(server)
    names = ("eve", "fay", "gus")
    for name in names:
        school.do(school.learner(name), "begin", course="find")
        school.do(school.learner(name), "answer", given="pan")
    whole = rows(school, *names)
    door, found, pages = "/w/school/evidence/find.json?limit=2", [], 0
    while door:
        said = school.owner.get(door)
        assert len(said.json["rows"]) <= 2
        found += said.json["rows"]
        pages += 1
        link = said.headers.get("link", "")
        named = "-more-after-" in said.headers["content-disposition"]
        assert ("next" in said.json) == bool(link) == named
        door = link.partition(">")[0].removeprefix("<")
    assert found == whole and pages == (len(whole) + 1) // 2
    short = school.owner.get("/w/school/evidence/find.csv?limit=1")
    assert len(list(csv.DictReader(io.StringIO(short.body.decode())))) == 1
    assert 'rel="next"' in short.headers["link"] and "find.csv?after=" in short.headers["link"]
    long = f"after=1{'0' * 5000}"
    for bad in ("limit=0", "limit=20001", "limit=x", "limit=%C2%B2", "after=-1", long):
        assert school.owner.get(f"/w/school/evidence/find.csv?{bad}").status in (400, 422), bad


def test_what_came_of_each_learner_and_of_the_group_is_taken_along_too(server: Server) -> None:
    school = BadgeSchool(server)
    # Two right answers are mastery here; who has erred in both trials is handed to a person.
    answers = {"hal": ("no", "yes", "no", "yes"), "ida": ("yes", "yes"), "jon": ("yes", "no")}
    for name, given in answers.items():
        school.do(school.learner(name), "begin", course="drill")
        for one in given:
            school.do(school.learner(name), "answer", given=one, course="drill")
    whole = school.owner.get("/w/school/evidence/drill.json").json
    told = {row["learner"]: row for row in whole["people"]}
    assert tuple(told) == ("hal", "ida", "jon") and tuple(told["hal"]) == PEOPLE
    assert [(row["result"], row["score"], row["trials"], row["step"], row["wrong_now"])
            for row in told.values()] == [("not passed", 0.0, 2, None, None),
                                          ("passed", 1.0, 2, None, None),
                                          ("under way", None, 1, "say", "No, 1 ×")]  # fmt: skip
    assert [row["needs_person"] for row in told.values()] == [["yes"], [], []]
    assert [row["mastered_after"] for row in told.values()] == [{}, {"yes": 2}, {}]
    assert 0 <= told["ida"]["mastery_min"]["yes"] < 10 and told["hal"]["mastery_min"] == {}
    assert told["jon"]["ended"] is None and told["ida"]["began"] <= told["ida"]["ended"]
    assert whole["funnel"] == [{"to": "began", "learners": 3}, {"to": "Two", "learners": 3},
                               {"to": "finished", "learners": 2}]  # fmt: skip
    assert whole["failing"] == [{"step": "say", "asked": 6, "wrong": 3}]
    assert whole["mastery_min"] == {"Saying yes": told["ida"]["mastery_min"]["yes"]}
    said = school.owner.get("/w/school/evidence/drill.people.csv")
    assert 'filename="evidence-drill-people.csv"' in said.headers["content-disposition"]
    table = list(csv.DictReader(io.StringIO(said.body.decode())))
    assert tuple(table[0]) == PEOPLE
    assert [(row["name"], row["result"], row["mastered_after"], row["needs_person"])
            for row in table] == [("hal", "not passed", "", "yes"), ("ida", "passed", "yes=2", ""),
                                  ("jon", "under way", "", "")]  # fmt: skip
    later = school.owner.get("/w/school/evidence/drill.json?after=1").json
    assert "people" not in later and "funnel" not in later, "they stand in the first answer"


def test_learners_and_strangers_may_not_read_it(server: Server) -> None:
    school = BadgeSchool(server)
    assert school.learner("cid").get("/w/school/evidence/find.csv").status == 403
    assert school.nobody.get("/w/school/evidence/find.csv").status in (401, 403)
    assert school.learner("cid").get("/w/school/evidence/drill.people.csv").status == 403
    for path in ("find", "find.xls", ".csv", "", "find.who.csv", "find.people.json", "find..csv"):
        assert school.owner.get(f"/w/school/evidence/{path}").status == 404
    assert school.owner.get("/w/school/evidence/none.json").json == {"rows": []}


def test_a_spreadsheet_reckons_nothing_that_a_learner_wrote() -> None:
    row: dict[str, Any] = dict.fromkeys(COLUMNS, 1)
    row |= {"learner": "=1+1", "right": True, "looked_before_deciding": None,
            "dwell_s": {"pan": 1.5, "lid": 0.2}}  # fmt: skip
    (read,) = csv.DictReader(io.StringIO(as_csv([row]).decode()))
    assert read["learner"] == "'=1+1" and read["dwell_s"] == "pan=1.5; lid=0.2"
    assert (read["right"], read["looked_before_deciding"]) == ("true", "")


def test_a_body_that_faces_the_pan_before_it_answers_has_looked(server: Server) -> None:
    async def learn() -> str:
        async with Robot(server.world("school"), "Dan") as dan:
            x, y, z = dan.position
            await dan.do("begin", course="find")
            dan.walk(x, y, z, yaw=math.atan2(x, z))
            await asyncio.sleep(1.2)
            dan.walk(x, y, z, yaw=math.pi)
            await asyncio.sleep(0.6)
            await dan.do("answer", given="pan")
            return dan.account

    account = asyncio.run(learn())
    school = BadgeSchool(server)
    told = [row for row in rows(school, account) if row["learner"] == account]
    assert told[0]["looked_before_deciding"] is True
    assert told[0]["dwell_s"]["pan"] >= 0.4 and "lid" not in told[0]["dwell_s"]
    assert told[0]["walked_m"] is None
