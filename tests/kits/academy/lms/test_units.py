"""A learning platform launches a course of ours, and hears what came of it, whatever fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.kits.academy.lms.badge_school import SCHOOL, BadgeSchool
from tests.kits.academy.lms.platform_server import Launched, PlatformServer
from tests.server.asking import Browser, Reply
from worldloom.kits.academy.lms.cmi5.package import read_package
from worldloom.testing.fixtures import Server


class UnitSchool(BadgeSchool):
    """The school, and the platform that launches its courses."""

    def __init__(self, server: Server, platform: PlatformServer) -> None:
        super().__init__(server)
        self.platform = platform

    def take(self, who: Browser, launched: Launched, course: str = "oil") -> Reply:
        """Come as the page at start/ comes."""
        told = {"course": course, "query": launched.query}
        return who.post("/w/school/cmi5/take", told)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnitSchool]:
    platform = PlatformServer()
    folder = tmp_path_factory.mktemp("units")
    more = ("from worldloom.kits.academy.lms.cmi5.unit import Units\n"
            f"world.use(Units({platform.url!r}))\n")  # fmt: skip
    (folder / "school.py").write_text(SCHOOL + more)
    server = Server(folder / "realm.loom", str(folder / "school.py"))
    try:
        yield UnitSchool(server.start(), platform)
    finally:
        server.stop()
        platform.stop()


def wait(until: Callable[[], Any], seconds: float = 20.0) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.05)


def begun(school: UnitSchool, who: Browser, **how: Any) -> Launched:
    """Launch a course and wait until the platform knows that the learner is there."""
    launched = school.platform.launch(**how)
    said = school.take(who, launched)
    assert (said.status, said.json) == (200, {"world": "/w/school", "other": False})
    wait(lambda: launched.statements)
    return launched


def test_the_platform_holds_completion_and_score_when_the_course_is_over(
    school: UnitSchool,
) -> None:
    ann = school.learner("ann")
    launched = begun(school, ann)
    school.master(ann)
    wait(lambda: launched.ended)
    assert launched.verbs() == ["initialized", "completed", "passed", "terminated"]
    assert launched.statements[2]["result"]["score"]["scaled"] == 1.0
    assert (launched.fetched, launched.prefers) == (1, 1)
    assert school.platform.faults == []


def test_a_second_session_of_a_registration_says_nothing_twice(school: UnitSchool) -> None:
    ben = school.learner("ben")
    first = begun(school, ben)
    school.master(ben)
    wait(lambda: first.ended)
    again = begun(school, ben, registration=first.registration)
    school.master(ben)
    wait(lambda: again.ended)
    assert again.verbs() == ["initialized", "terminated"]
    other = begun(school, ben)
    school.master(ben)
    wait(lambda: other.ended)
    assert other.verbs() == ["initialized", "completed", "passed", "terminated"]
    assert school.platform.faults == []


@pytest.mark.parametrize("mode", ["Browse", "Review"])
def test_who_only_looks_around_is_not_judged(school: UnitSchool, mode: str) -> None:
    who = school.learner(f"cid-{mode.lower()}")
    launched = begun(school, who, mode=mode)
    school.master(who)
    wait(lambda: launched.ended)
    assert launched.verbs() == ["initialized", "terminated"]
    assert school.platform.faults == []


def test_who_leaves_the_course_is_told_as_terminated_alone(school: UnitSchool) -> None:
    dan = school.learner("dan")
    launched = begun(school, dan)
    school.do(dan, "begin", course="oil")
    school.do(dan, "leave_course", course="oil")
    wait(lambda: launched.ended)
    assert launched.verbs() == ["initialized", "terminated"]


def test_a_platform_that_is_away_hears_it_later_and_once(school: UnitSchool) -> None:
    eve = school.learner("eve")
    launched = school.platform.launch()
    school.platform.failing = 2
    assert school.take(eve, launched).status == 200
    wait(lambda: launched.statements)
    school.platform.failing = 2
    school.master(eve)
    wait(lambda: launched.ended)
    assert launched.verbs() == ["initialized", "completed", "passed", "terminated"]
    assert school.platform.faults == []


def test_a_course_that_is_over_before_the_platform_answers_is_told_all_the_same(
    school: UnitSchool,
) -> None:
    fay = school.learner("fay")
    launched = school.platform.launch()
    school.platform.failing = 1
    school.take(fay, launched)
    school.master(fay)
    wait(lambda: launched.ended)
    assert launched.verbs() == ["initialized", "completed", "passed", "terminated"]


def test_a_launch_is_good_once(school: UnitSchool) -> None:
    gil = school.learner("gil")
    launched = begun(school, gil)
    before = len(school.events("academy.UnitRefused"))
    assert school.take(gil, launched).status == 200
    wait(lambda: len(school.events("academy.UnitRefused")) > before)
    assert "already returned" in school.events("academy.UnitRefused")[-1]["data"]["why"]
    assert launched.verbs() == ["initialized"]


def test_on_a_computer_of_many_nobody_learns_in_anothers_name(school: UnitSchool) -> None:
    shared = school.site.guest()
    mine = shared.get("/api/auth/me").json["account"]
    assert school.take(shared, school.platform.launch(learner="ann")).json["other"] is False
    assert school.take(shared, school.platform.launch(learner="ann")).json["other"] is False
    said = school.take(shared, school.platform.launch(learner="ben"))
    assert said.json["other"] is True
    cookie = said.headers["set-cookie"].partition(";")[0]
    other = Browser(shared.url, {"Cookie": cookie})
    assert other.get("/api/auth/me").json["account"] != mine
    school.owner.act("school", "grant", account=mine, role="member")
    assert school.take(shared, school.platform.launch(learner="cid")).json["other"] is False


def test_nobody_else_than_the_named_platforms_is_ever_asked(school: UnitSchool) -> None:
    hal, launched = school.learner("hal"), school.platform.launch()
    here = school.platform.url
    for wrong in ("http://127.0.0.1:1", "https://evil.example", "http://evil@127.0.0.1",
                  here.replace("http", "ftp"), "file:///etc"):  # fmt: skip
        launched.query = launched.query.replace(_quoted(here), _quoted(wrong))
        said = school.take(hal, launched)
        assert (said.status, said.code) == (422, "bad_launch"), wrong
        launched = school.platform.launch()
    assert launched.fetched == 0


def _quoted(url: str) -> str:
    from urllib.parse import quote

    return quote(url, safe="")


def test_a_launch_without_its_parts_or_of_no_course_is_refused(school: UnitSchool) -> None:
    ida, launched = school.learner("ida"), school.platform.launch()
    whole = launched.query
    for name in ("endpoint", "fetch", "actor", "registration", "activityId"):
        launched.query = whole.replace(f"{name}=", f"x{name}=")
        assert school.take(ida, launched).code == "bad_launch", name
        launched.query = f"{whole}&{name}=twice"
        assert school.take(ida, launched).code == "bad_launch", name
    for wrong in ("", "x", "=" * 100, whole.replace("Agent", "Group"),
                  whole.replace("account", "mbox"), whole + "&x" * 100,
                  whole.replace(launched.registration, "me")):  # fmt: skip
        launched.query = wrong
        assert school.take(ida, launched).code == "bad_launch", wrong
    launched.query = whole
    assert school.take(ida, launched, "nothing").status == 404
    assert ida.post("/w/school/cmi5/take", {"course": 1}).code == "bad_launch"
    assert school.take(school.nobody, launched).status == 401
    assert ida.get("/w/school/cmi5/take").status == 405


def test_the_page_of_a_launch_runs_one_script_and_holds_nothing_that_was_sent(
    school: UnitSchool,
) -> None:
    said = school.nobody.get("/w/school/cmi5/start/oil?fetch=<script>alert(1)</script>")
    assert said.status == 200 and b"alert" not in said.body
    policy = said.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'sha256-" in policy
    assert said.headers["referrer-policy"] == "no-referrer"


def test_a_course_goes_out_as_a_package_that_leads_back_here(school: UnitSchool) -> None:
    said = school.learner("jim").get("/w/school/cmi5/packages/oil.zip")
    assert (said.status, said.headers["content-type"]) == (200, "application/zip")
    structure = read_package(said.body).structure
    (unit,) = structure.units()
    assert unit.url == "https://school.example/w/school/cmi5/start/oil"
    assert (unit.move_on, unit.mastery_score) == ("CompletedAndPassed", 0.8)
    assert [one.title["en"] for one in structure.objectives] == ["Seeing it", "Acting on it"]
    assert school.learner("jim2").get("/w/school/cmi5/packages/none.zip").status == 404


def test_of_who_is_forgotten_nothing_more_is_told(school: UnitSchool) -> None:
    kim, launched = school.learner("kim"), school.platform.launch()
    school.platform.failing = 1_000
    assert school.take(kim, launched).status == 200
    assert school.owner.post("/api/auth/forget", {"account": "kim"}).status < 300
    school.platform.failing = 0

    def refused() -> bool:
        told = [one["data"]["why"] for one in school.events("academy.UnitRefused")]
        return "the learner is forgotten here" in told

    wait(refused)
    assert (launched.fetched, launched.verbs()) == (0, [])
