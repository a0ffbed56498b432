"""The academy launches units of others, lets them say what cmi5 allows, and knows who may move on.

The unit is a program of its own: plain HTTP, and what the standard's sections 7 to 9 say.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit
from uuid import uuid4

import pytest

from tests.kits.academy.lms.au_package import package
from tests.kits.academy.lms.badge_school import SCHOOL, BadgeSchool
from tests.server.asking import Browser
from worldloom.kits.academy.lms.cmi5.package import read_package
from worldloom.testing.fixtures import Server

SPACE = "xmlns='https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd'"
TEXTS = ("<title><langstring lang='en'>{}</langstring></title>"
         "<description><langstring lang='en'>D</langstring></description>")  # fmt: skip
PACKAGE = f"""<courseStructure {SPACE}><course id='urn:geo'>{TEXTS.format("Geology")}</course>
<block id='urn:geo:block'>{TEXTS.format("Rocks")}
<au id='urn:geo:rocks' moveOn='CompletedAndPassed' masteryScore='0.8'>{TEXTS.format("Rocks")}
<url>https://au.example/rocks?lang=en</url><launchParameters>hard</launchParameters></au>
<au id='urn:geo:free'>{TEXTS.format("More")}<url>https://au.example/more</url></au></block>
<au id='urn:geo:film' moveOn='Completed'>{TEXTS.format("A film")}
<url>https://au.example/film</url></au></courseStructure>"""
CMI5 = "https://w3id.org/xapi/cmi5/context/"
ADL = "http://adlnet.gov/expapi/verbs/"


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BadgeSchool]:
    folder = tmp_path_factory.mktemp("content")
    more = ("from worldloom.kits.academy.lms.cmi5.content import Content\n"
            f"world.use(Content({PACKAGE.encode()!r}))\n")  # fmt: skip
    (folder / "school.py").write_text(SCHOOL + more)
    server = Server(folder / "realm.loom", str(folder / "school.py"))
    try:
        yield BadgeSchool(server.start())
    finally:
        server.stop()


class Unit:
    """A launched unit."""

    def __init__(self, school: BadgeSchool, url: str) -> None:
        self.school, self.url = school, url
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        self.query = query
        self.actor = json.loads(query["actor"])
        self.token = ""
        self.template: dict[str, Any] = {}

    def ask(
        self, method: str, path: str, body: Any = None, **query: str
    ) -> tuple[int, dict[str, Any]]:
        base = urlsplit(self.query["endpoint"]).path
        url = f"{self.school.site.server.url}{base}{path}"
        if query:
            url += f"?{urlencode(query, quote_via=quote)}"
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Basic {self.token}", "Content-Type": "application/json",
                   "X-Experience-API-Version": "1.0.3"}  # fmt: skip
        return _send(urllib.request.Request(url, data, headers, method=method))

    def fetch(self) -> dict[str, Any]:
        parts = urlsplit(self.query["fetch"])
        url = f"{self.school.site.server.url}{parts.path}?{parts.query}"
        status, told = _send(urllib.request.Request(url, b"", method="POST"))
        assert status == 200
        return told

    def state(self, id: str = "LMS.LaunchData") -> dict[str, str]:
        return {"activityId": self.query["activityId"], "agent": json.dumps(self.actor),
                "registration": self.query["registration"], "stateId": id}  # fmt: skip

    def begin(self) -> Unit:
        self.token = self.fetch()["auth-token"]
        status, self.data = self.ask("GET", "activities/state", **self.state())
        assert status == 200
        self.template = self.data["contextTemplate"]
        assert self.say("initialized")[0] == 204
        return self

    def told(self, verb: str, **result: Any) -> dict[str, Any]:
        category = [{"id": f"{CMI5}categories/cmi5"}]
        if "success" in result or "completion" in result:
            category.append({"id": f"{CMI5}categories/moveon"})
        grouping = self.template["contextActivities"]["grouping"]
        if verb != "initialized":
            result["duration"] = "PT3S"
        told = {
            "id": str(uuid4()), "actor": self.actor, "verb": {"id": f"{ADL}{verb}"},
            "object": {"id": self.query["activityId"]}, "timestamp": "2026-11-30T12:00:00Z",
            "context": {
                "registration": self.query["registration"],
                "extensions": self.template["extensions"],
                "contextActivities": {"grouping": grouping, "category": category},
            },
        }  # fmt: skip
        return {**told, "result": result} if result else told

    def say(self, verb: str, **result: Any) -> tuple[int, dict[str, Any]]:
        return self.send(self.told(verb, **result))

    def send(self, told: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        return self.ask("PUT", "statements", told, statementId=told["id"])


def _send(request: urllib.request.Request) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            status, body = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            status, body = error.code, error.read()
    return status, json.loads(body) if body else {}


def launched(school: BadgeSchool, who: Browser, unit: str = "urn:geo:rocks") -> Unit:
    return Unit(school, school.do(who, "start_unit", unit=unit)["result"])


def records(school: BadgeSchool, account: str) -> list[tuple[str, str]]:
    """Return (verb, publisher's id) of what the record store has of a learner."""
    made = school.owner.post("/api/auth/tokens", {"account": "lms", "role": "records"}).json
    agent = {"account": {"homePage": "https://school.example", "name": account}}
    headers = {"Authorization": f"Bearer {made['token']}", "X-Experience-API-Version": "1.0.3"}
    query = urlencode({"agent": json.dumps(agent), "ascending": "true"})
    found = Browser(school.site.server.url, headers).get(f"/xapi/statements?{query}").json
    return [(one["verb"]["id"].rpartition("/")[2],
             one["context"]["contextActivities"]["grouping"][0]["id"])
            for one in found["statements"]]  # fmt: skip


def test_a_learner_is_launched_and_satisfies_block_and_course(school: BadgeSchool) -> None:
    ann = school.learner("ann")
    unit = launched(school, ann)
    assert unit.url.startswith("https://au.example/rocks?lang=en&endpoint=https%3A%2F%2Fschool")
    assert unit.query["activityId"] != "urn:geo:rocks"
    unit.begin()
    assert {name: unit.data[name] for name in ("launchMode", "moveOn", "masteryScore",
                                               "launchParameters")} == {
        "launchMode": "Normal", "moveOn": "CompletedAndPassed", "masteryScore": 0.8,
        "launchParameters": "hard"}  # fmt: skip
    assert unit.say("completed", completion=True)[0] == 204
    assert ("satisfied", "urn:geo:block") not in records(school, "ann")
    assert unit.say("passed", success=True, score={"scaled": 0.9})[0] == 204
    assert unit.say("terminated")[0] == 204
    film = launched(school, ann, "urn:geo:film").begin()
    assert film.query["registration"] == unit.query["registration"]
    film.say("completed", completion=True)
    film.say("terminated")
    rocks, block = "urn:geo:rocks", "urn:geo:block"
    assert records(school, "ann") == [
        ("launched", rocks), ("initialized", rocks), ("completed", rocks), ("passed", rocks),
        ("satisfied", block), ("terminated", rocks), ("launched", "urn:geo:film"),
        ("initialized", "urn:geo:film"), ("completed", "urn:geo:film"),
        ("satisfied", "urn:geo"), ("terminated", "urn:geo:film")]  # fmt: skip


def test_the_address_of_the_token_is_good_once_and_a_launch_ends_the_one_before(
    school: BadgeSchool,
) -> None:
    ben = school.learner("ben")
    first = launched(school, ben).begin()
    assert first.fetch()["error-code"] == "1"
    second = launched(school, ben)
    assert first.say("completed", completion=True)[0] == 401
    second.begin()
    assert [verb for verb, _ in records(school, "ben")] == [
        "launched", "initialized", "abandoned", "launched", "initialized"]  # fmt: skip
    forged = Unit(school, second.url)
    for key in ("", "x", "x.y", second.query["fetch"].rpartition("=")[2] + "x"):
        forged.query["fetch"] = f"https://school.example/w/school/content/fetch?k={key}"
        assert forged.fetch()["error-code"] == "1"


def test_what_cmi5_does_not_let_a_unit_say_is_refused_and_changes_nothing(
    school: BadgeSchool,
) -> None:
    unit = launched(school, school.learner("cid"))
    unit.token = unit.fetch()["auth-token"]
    unit.template = unit.ask("GET", "activities/state", **unit.state())[1]["contextTemplate"]
    assert unit.say("completed", completion=True)[0] == 403
    assert unit.say("initialized")[0] == 204

    def changed(**parts: Any) -> dict[str, Any]:
        return {**unit.told("completed", completion=True), **parts}

    whole = unit.told("completed", completion=True)
    context = whole["context"]
    other = {"objectType": "Agent", "account": {"homePage": "https://school.example", "name": "x"}}
    wrong = [
        unit.told("initialized"), unit.told("completed"), unit.told("launched"),
        unit.told("passed", success=True, score={"scaled": 0.79}),
        unit.told("failed", success=False, score={"scaled": 0.8}),
        unit.told("failed", success=True), unit.told("terminated", score={"scaled": 1}),
        changed(actor=other), changed(object={"id": "urn:geo:rocks"}),
        changed(context={**context, "registration": str(uuid4())}),
        changed(context={**context, "extensions": {}}),
        changed(context={**context, "contextActivities": {}}),
        changed(result={"completion": True}),
    ]  # fmt: skip
    for told in wrong:
        status, said = unit.send(told)
        assert (status, said["error"]["code"]) == (403, "not_cmi5"), told
    free = {**whole, "id": str(uuid4()), "verb": {"id": f"{ADL}experienced"},
            "object": {"id": "https://au.example/page"}}  # fmt: skip
    free["context"] = {**context, "contextActivities": {
        "grouping": context["contextActivities"]["grouping"]}}  # fmt: skip
    assert unit.send(free)[0] == 204
    assert unit.send(free)[0] == 204, "sent again"
    assert unit.send(whole)[0] == 204
    assert unit.send(whole)[0] == 204, "sent again"
    assert unit.say("terminated")[0] == 204
    assert unit.say("passed", success=True)[0] == 403
    assert [verb for verb, _ in records(school, "cid")] == [
        "launched", "initialized", "experienced", "completed", "terminated"]  # fmt: skip


def test_a_unit_reads_and_writes_its_own_alone(school: BadgeSchool) -> None:
    unit = launched(school, school.learner("dan")).begin()
    own = unit.state("mine")
    assert unit.ask("PUT", "activities/state", {"page": 3}, **own)[0] == 204
    assert unit.ask("GET", "activities/state", **own) == (200, {"page": 3})
    assert unit.ask("GET", "statements", registration=own["registration"])[0] == 200
    assert unit.ask("GET", "about")[0] == 200
    assert unit.ask("PUT", "agents/profile", {"languagePreference": "de"}, agent=own["agent"],
                    profileId="cmi5LearnerPreferences")[0] in (204, 400)  # fmt: skip
    other = json.dumps({"account": {"homePage": "https://school.example", "name": "ann"}})
    for method, path, query in (
        ("PUT", "activities/state", unit.state()), ("DELETE", "activities/state", unit.state()),
        ("GET", "activities/state", {**own, "agent": other}),
        ("GET", "activities/state", {**own, "registration": str(uuid4())}),
        ("GET", "activities/state", {**own, "activityId": "urn:x"}),
        ("DELETE", "activities/state", {name: own[name] for name in own if name != "stateId"}),
        ("GET", "statements", {}), ("GET", "statements", {"agent": other}),
        ("GET", "agents/profile", {"agent": other}), ("GET", "agents", {"agent": "{"}),
        ("GET", "nothing", {}),
    ):  # fmt: skip
        body: Any = {} if method == "PUT" else None
        assert unit.ask(method, path, body, **query)[0] == 403, (method, path, query)
    for token in ("", "x", "!!", "eDp5", unit.token[:-4]):
        unit.token = token
        assert unit.ask("GET", "about")[0] == 401


def test_a_page_of_another_site_may_speak_for_its_launch(school: BadgeSchool) -> None:
    said = school.nobody.ask("OPTIONS", "/w/school/content/lrs/statements", None,
                             {"Origin": "https://au.example"})  # fmt: skip
    assert said.status == 204
    assert said.headers["access-control-allow-origin"] == "*"
    assert "Authorization" in said.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in said.headers


def test_who_can_do_it_already_is_let_off_once(school: BadgeSchool) -> None:
    eve = school.learner("eve")
    path = "/api/worlds/school/actions/waive_unit"
    told = {"learner": "eve", "unit": "urn:geo:rocks", "reason": "Tested Out"}
    assert eve.post(path, told).status == 403
    for _ in range(2):
        assert school.owner.post(path, told).status == 200
    assert records(school, "eve") == [("waived", "urn:geo:rocks"), ("satisfied", "urn:geo:block")]
    assert school.owner.post(path, {**told, "unit": "urn:none"}).status == 404


def test_an_academy_without_an_address_opens_a_packages_own_pages_and_says_why_no_others(
    tmp_path: Path,
) -> None:
    elsewhere = PACKAGE.replace("urn:geo", "urn:web").encode()
    given = (f"from worldloom.kits.academy.lms.cmi5.content import Content\n"
             f"world.use(Content({elsewhere!r}, {package()!r}))\n")  # fmt: skip
    nameless = SCHOOL.replace('home="https://school.example"', "")
    assert nameless != SCHOOL
    (tmp_path / "school.py").write_text(nameless + given)
    server = Server(tmp_path / "realm.loom", str(tmp_path / "school.py"))
    try:
        school = BadgeSchool(server.start())
        learner = school.learner("eve")
        (own,) = read_package(package()).structure.units()
        url = learner.act("school", "start_unit", unit=own.id).json["result"]
        assert url.startswith("/w/school/content/files/")
        assert learner.get(url).status == 200
        assert Unit(school, url).begin().say("completed", completion=True)[0] == 204
        refused = learner.act("school", "start_unit", unit="urn:web:free")
        assert (refused.status, refused.code) == (409, "no_home")
    finally:
        server.stop()
