"""The record store as learning programs meet it: a real server, real HTTP, real tokens."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from tests.kits.academy.xapi.lrs import ANSWERED, Program
from tests.kits.academy.xapi.statements import ANN, BEN, FAILED, PASSED, PUMP, plain, voiding
from tests.server.asking import Browser, kept
from worldloom.kits.academy.xapi.facets import identity
from worldloom.kits.academy.xapi.keeping import learner
from worldloom.testing.fixtures import Server

HOME = "https://school.example"


def someone() -> dict[str, Any]:
    """Return an agent that no other test knows."""
    return {"objectType": "Agent", "mbox": f"mailto:{uuid4().hex}@example.com"}


def test_a_statement_comes_back_as_it_went_with_what_the_store_adds(lms: Program) -> None:
    told = plain(result={"score": {"raw": 0.1234567}, "extensions": {PUMP: None}})
    assert lms.put(told).status == 204
    said = lms.one(told["id"])
    assert said.headers["x-experience-api-version"] == "1.0.3"
    assert said.headers[ANSWERED.lower()] and said.headers["date"]
    back = said.json
    assert {name: back[name] for name in told} == told
    assert back["authority"]["account"] == {"homePage": HOME, "name": "lms"}
    assert back["timestamp"] == back["stored"] and back["version"] == "1.0.0"


def test_filters_find_what_they_name_and_nothing_else(lms: Program) -> None:
    ann, ben, registration = someone(), someone(), str(uuid4())
    first = plain(actor=ann)
    second = plain(actor=ann, verb={"id": FAILED}, context={"registration": registration})
    parent = {"parent": {"id": "urn:c"}}
    third = plain(actor=ben, context={"instructor": ann, "contextActivities": parent})
    assert lms.post([first, second, third]).json == [first["id"], second["id"], third["id"]]
    agent = json.dumps(ann)
    assert lms.ids(agent=agent) == [second["id"], first["id"]]
    assert lms.ids(agent=agent, ascending="true") == [first["id"], second["id"]]
    assert lms.ids(agent=agent, verb=FAILED) == [second["id"]]
    assert lms.ids(agent=agent, activity=PUMP) == [second["id"], first["id"]]
    assert lms.ids(agent=agent, activity=PUMP, verb=PASSED) == [first["id"]]
    assert lms.ids(registration=registration.upper()) == [second["id"]]
    assert lms.ids(registration=registration, agent=json.dumps(ben)) == []
    everyone = lms.ids(agent=agent, related_agents="true")
    assert everyone == [third["id"], second["id"], first["id"]]
    both: dict[str, Any] = {"agent": json.dumps(ben), "activity": "urn:c"}
    assert lms.ids(**both, related_activities="true") == [third["id"]]
    assert lms.ids(**both) == []
    stored = lms.one(second["id"]).json["stored"]
    assert stored == lms.one(first["id"]).json["stored"] > "2026"
    assert lms.ids(agent=agent, since=stored) == []
    assert lms.ids(agent=agent, until=stored) == [second["id"], first["id"]]


def test_pages_follow_one_another_without_gap_or_double(lms: Program) -> None:
    ann = someone()
    sent = [plain(actor=ann) for _ in range(23)]
    assert lms.post(sent).status == 200
    for ascending in ("true", "false"):
        found = lms.ids(agent=json.dumps(ann), limit=5, ascending=ascending)
        wanted = [told["id"] for told in sent]
        assert found == (wanted if ascending == "true" else wanted[::-1])
    mixed = [plain(actor=ann, verb={"id": FAILED}, object={"id": f"urn:{n % 3}"}) for n in range(9)]
    assert lms.post(mixed).status == 200
    some = lms.ids(agent=json.dumps(ann), verb=FAILED, activity="urn:1", limit=2)
    assert some == [mixed[n]["id"] for n in (7, 4, 1)]


def test_what_is_voided_is_told_by_its_own_parameter_alone(lms: Program) -> None:
    ann = someone()
    told = plain(actor=ann)
    lms.post(told)
    void = voiding(told["id"], actor=someone())
    assert lms.post(void).status == 200
    assert lms.one(told["id"]).status == 404
    assert lms.ask("GET", "statements", voidedStatementId=told["id"]).json["id"] == told["id"]
    assert lms.ids(agent=json.dumps(ann)) == [void["id"]]
    assert lms.post(voiding(void["id"])).status == 400


def test_what_others_refer_to_before_it_comes_is_not_here_yet(lms: Program) -> None:
    told = plain()
    lms.post(plain(object={"objectType": "StatementRef", "id": told["id"]}))
    assert lms.one(told["id"]).status == 404
    assert lms.put(told).status == 204
    assert lms.one(told["id"]).json["verb"] == told["verb"]
    late = plain()
    lms.post(voiding(late["id"]))
    assert lms.one(late["id"]).status == 404
    assert lms.put(late).status == 204
    assert lms.one(late["id"]).status == 404
    assert lms.ask("GET", "statements", voidedStatementId=late["id"]).status == 200


def test_a_duplicate_is_no_second_one_and_a_conflict_changes_nothing(lms: Program) -> None:
    told = plain(actor=someone())
    for _ in range(2):
        assert lms.put(told).status == 204
        assert lms.post([told]).json == [told["id"]]
    other = {**told, "verb": {"id": FAILED}}
    for said in (lms.put(other), lms.post(other), lms.post([plain(actor=told["actor"]), other])):
        assert (said.status, said.code) == (409, "statement_conflict")
    assert lms.ids(agent=json.dumps(told["actor"])) == [told["id"]]
    assert lms.one(told["id"]).json["verb"]["id"] == PASSED


def test_of_many_that_send_one_id_at_once_one_is_kept(lms: Program) -> None:
    for _ in range(5):
        told = plain(actor=someone())
        others = [{**told, "result": {"score": {"raw": number}}} for number in range(8)]
        with ThreadPoolExecutor(8) as pool:
            said = list(pool.map(lms.post, others))
        assert sorted(one.status for one in said) == [200] + [409] * 7
        kept = others[[one.status for one in said].index(200)]
        assert lms.one(told["id"]).json["result"] == kept["result"]
        with ThreadPoolExecutor(8) as pool:
            assert {one.status for one in pool.map(lms.put, [kept] * 8)} == {204}
        assert lms.ids(agent=json.dumps(told["actor"])) == [told["id"]]


def test_one_bad_statement_keeps_the_whole_batch_out(lms: Program) -> None:
    ann = someone()
    batch = [plain(actor=ann) for _ in range(5)]
    wrong: list[Any] = [{**plain(), "verb": {}}, batch[0], {**plain(), "odd": 1}, None, [], "x"]
    for bad in wrong:
        assert lms.post([*batch, bad]).status == 400
    assert lms.ids(agent=json.dumps(ann)) == []


def test_a_forged_actor_or_authority_shows_who_really_said_it(school: Server, lms: Program) -> None:
    crook = Program(school, "crook")
    boss = {"objectType": "Agent", "account": {"homePage": HOME, "name": "lms"}}
    told = plain(actor=ANN, authority=boss, stored="2001-01-01T00:00:00Z")
    assert crook.post(told).status == 200
    back = lms.one(told["id"]).json
    assert back["authority"]["account"]["name"] == "crook"
    assert back["stored"] > "2026"
    member = crook.site.token("eve", "member")
    for nosy in (member, crook.site.guest(), crook.site.nobody):
        headers = {**nosy.headers, "X-Experience-API-Version": "1.0.3"}
        said = Browser(school.url, headers).post("/xapi/statements", plain())
        assert said.status in (401, 403)
    records = [one for one in kept(school, "school") if one["data"].get("id") == told["id"]]
    assert [one["actor"] for one in records] == ["crook"]


def test_a_token_for_records_does_nothing_else(lms: Program) -> None:
    headers = {"Authorization": f"Bearer {lms.site.bearer(account='x', role='records')[1]}"}
    for path in ("/api/worlds/school/state", "/api/worlds/school/tables/academy_statements"):
        assert Browser(lms.browser.url, headers).get(path).status in (401, 403)


def test_nobody_gives_themselves_a_token_for_records(school: Server, lms: Program) -> None:
    person = lms.site.person()
    made = person.post("/api/auth/tokens", {"role": "records"}).json
    headers = {"Authorization": f"Bearer {made['token']}", "X-Experience-API-Version": "1.0.3"}
    program = Browser(school.url, headers)
    assert program.get("/xapi/statements").status == 403
    assert program.post("/xapi/statements", plain()).status == 403


def test_twenty_megabytes_are_refused_and_the_next_one_is_kept(lms: Program) -> None:
    huge = plain(result={"response": "x" * 20_000_000})
    said = lms.post(huge)
    assert (said.status, said.code) == (413, "too_large")
    large = plain(result={"response": "x" * 60_000})
    assert (lms.post(large).status, lms.post(large).code) == (413, "too_large")
    assert lms.post([plain() for _ in range(1_001)]).status == 413
    deep: Any = "x"
    for _ in range(500):
        deep = {"urn:x": deep}
    assert lms.post(plain(result={"extensions": deep})).status in (400, 413)
    assert lms.post(plain()).status == 200


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":1}', b"null", b"3"]
)
def test_what_is_no_statement_is_refused_as_a_bad_request(lms: Program, body: bytes) -> None:
    assert lms.ask("POST", "statements", body).status in (400, 413)


@pytest.mark.parametrize(
    "query",
    [{"agent": "ann"}, {"agent": json.dumps({"name": "x"})}, {"verb": "passed"}, {"limit": "-1"},
     {"limit": "x"}, {"since": "yesterday"}, {"format": "short"}, {"ascending": "maybe"},
     {"Agent": json.dumps(ANN)}, {"page": "x"}, {"statementId": "x"},
     {"statementId": "", "verb": PUMP},
     {"statementId": str(uuid4()), "voidedStatementId": str(uuid4())}, {"registration": "1"}],
)  # fmt: skip
def test_a_question_that_is_none_is_a_bad_request(lms: Program, query: dict[str, Any]) -> None:
    assert lms.ask("GET", "statements", **query).status == 400


def test_versions_are_asked_for_and_told(lms: Program, school: Server) -> None:
    assert Program(school, version="2.0.0").ask("GET", "statements").json["statements"] is not None
    for odd in ("", "0.9", "1.1", "3.0.0", "2.0.x"):
        said = lms.ask("GET", "statements", headers={"X-Experience-API-Version": odd})
        assert said.status == 400
    about = lms.site.nobody.get("/xapi/about")
    assert about.status == 200 and {"1.0.3", "2.0.0"} <= set(about.json["version"])
    assert lms.ask("DELETE", "statements").status == 405
    assert lms.ask("GET", "nothing").status == 404


def test_attachments_come_and_go_with_their_statements(lms: Program) -> None:
    data, ann = b"what was seen\r\n--cu is no end", someone()
    note = {"usageType": PUMP, "display": {"en": "a note"}, "contentType": "text/plain",
            "length": len(data), "sha2": sha256(data).hexdigest()}  # fmt: skip
    told = plain(actor=ann, attachments=[note])
    assert lms.post(told).status == 400
    assert lms.with_files(told, [data + b"!"]).status == 400
    assert lms.with_files(plain(), [data]).status == 400
    assert lms.with_files(told, [data], **{"Content-Transfer-Encoding": "base64"}).status == 400
    assert lms.with_files(told, [data]).status == 200
    said = lms.ask("GET", "statements", agent=json.dumps(ann), attachments="true")
    assert said.headers["content-type"].startswith("multipart/mixed; boundary=")
    assert data in said.body and str(note["sha2"]).encode() in said.body


def test_forms_stand_for_requests_in_the_first_version_only(lms: Program) -> None:
    told = plain()
    form: dict[str, str] = {"Content-Type": "application/x-www-form-urlencoded"}
    fields: dict[str, str] = {
        "statementId": str(told["id"]),
        "content": str(json.dumps(told)),
        **lms.headers,
    }
    bare = Browser(lms.browser.url, form)
    sent = bare.ask("POST", "/xapi/statements?method=PUT", urlencode(fields).encode())
    assert sent.status == 204
    assert lms.one(told["id"]).status == 200
    fields |= {"X-Experience-API-Version": "2.0.0", "statementId": str(uuid4())}
    sent = bare.ask("POST", "/xapi/statements?method=PUT", urlencode(fields).encode())
    assert sent.status in (400, 401)
    assert bare.ask("POST", "/xapi/statements?method=PUT", b"x" * 200_000).status == 413


def test_an_agent_and_an_activity_are_told_with_what_statements_said_of_them(lms: Program) -> None:
    ann, pump = someone(), f"urn:pump:{uuid4()}"
    for name, language in (("Ann", "en"), ("Änne", "de")):
        about = {"id": pump, "definition": {"name": {language: name}}}
        lms.post(plain(actor={**ann, "name": name}, object=about))
    person = lms.ask("GET", "agents", agent=json.dumps(ann)).json
    assert (person["objectType"], set(person["name"])) == ("Person", {"Ann", "Änne"})
    assert person["mbox"] == [ann["mbox"]]
    known = lms.ask("GET", "activities", activityId=pump).json
    assert known["definition"]["name"] == {"en": "Ann", "de": "Änne"}
    shown = lms.ask("GET", "statements", {}, {"Accept-Language": "de, en;q=0.5"},
                    agent=json.dumps(ann), format="canonical").json["statements"]  # fmt: skip
    assert [one["object"]["definition"]["name"] for one in shown] == [{"de": "Änne"}] * 2
    bare = lms.find(agent=json.dumps(ann), format="ids")[0]
    assert (bare["actor"], bare["object"]) == (ann, {"id": pump})


def test_what_the_academy_records_itself_is_read_at_the_same_door(lms: Program) -> None:
    name = f"cid-{uuid4().hex[:6]}"
    cid = lms.site.token(name, "member")
    assert cid.act("school", "experience", exhibit="lock").status == 200
    agent = {"account": {"homePage": HOME, "name": name}}
    said = lms.find(agent=json.dumps(agent))
    assert [one["object"]["id"] for one in said] == [f"{HOME}/activities/lock"]
    assert said[0]["authority"]["account"]["name"] == "academy"
    assert lms.ids(agent=json.dumps(BEN), verb="urn:nothing") == []


def test_who_is_forgotten_has_no_records_any_more_and_all_others_do(lms: Program) -> None:
    gone, stays = someone(), someone()
    first, second = plain(actor=gone), plain(actor=stays)
    assert lms.post([first, second]).status == 200
    state: dict[str, Any] = {"activityId": PUMP, "agent": json.dumps(gone), "stateId": "s"}
    assert lms.ask("PUT", "activities/state", {"a": 1}, None, **state).status == 204
    name = learner(identity(gone))
    said = lms.site.owner().post("/api/auth/forget", {"account": name})
    assert said.status == 200, said.body
    assert lms.one(first["id"]).status == 404
    assert lms.ids(agent=json.dumps(gone)) == []
    assert lms.ask("GET", "activities/state", None, None, **state).status == 404
    assert lms.ids(agent=json.dumps(stays)) == [second["id"]]
    assert lms.post(plain(actor=stays)).status == 200
    told = repr(kept(lms.site.server, "school"))
    assert stays["mbox"] in told and gone["mbox"] not in told
