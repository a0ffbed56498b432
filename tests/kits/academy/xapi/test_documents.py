"""State and profiles: kept with their ETags, merged, listed, and never overwritten unseen."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from tests.kits.academy.xapi.lrs import Program
from tests.kits.academy.xapi.statements import ANN, PUMP
from tests.server.asking import Reply, kept
from worldloom.testing.fixtures import Server

KINDS: dict[str, dict[str, Any]] = {
    "activities/state": {"activityId": PUMP, "agent": json.dumps(ANN)},
    "agents/profile": {"agent": json.dumps(ANN)},
    "activities/profile": {"activityId": PUMP},
}


class Doc:
    """One document of a fresh id."""

    def __init__(self, lms: Program, path: str, **more: Any) -> None:
        self.lms, self.path = lms, path
        id = "stateId" if path.endswith("state") else "profileId"
        self.names: dict[str, Any] = {**KINDS[path], id: uuid4().hex, **more}

    def ask(self, method: str, body: Any = None, **headers: str) -> Reply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.lms.ask(method, self.path, body, named, **self.names)


@pytest.fixture(params=list(KINDS))
def doc(request: pytest.FixtureRequest, lms: Program) -> Doc:
    return Doc(lms, request.param)


def test_a_document_comes_back_byte_for_byte_with_type_and_tag(doc: Doc) -> None:
    data = bytes(range(256)) * 3
    assert doc.ask("GET").status == 404
    sent = doc.ask("PUT", data, Content_Type="image/x-own", If_None_Match="*")
    assert sent.status == 204
    back = doc.ask("GET")
    assert (back.body, back.headers["content-type"]) == (data, "image/x-own")
    assert back.headers["etag"] == sent.headers["etag"]
    assert back.headers["last-modified"].endswith("GMT")
    assert doc.ask("DELETE").status == 204
    assert doc.ask("GET").status == 404


def test_a_long_document_is_kept_too_and_one_without_end_is_not(doc: Doc) -> None:
    long = b"x" * 200_000
    assert doc.ask("PUT", long, If_None_Match="*").status == 204
    assert doc.ask("GET").body == long
    assert doc.ask("PUT", b"x" * 9_000_000, If_Match="*").status == 413
    assert doc.ask("GET").body == long


def test_nobody_overwrites_what_they_have_not_seen(doc: Doc) -> None:
    first = doc.ask("PUT", {"a": 1}, If_None_Match="*").headers["etag"]
    assert doc.ask("PUT", {"a": 2}, If_None_Match="*").status == 412
    assert doc.ask("PUT", {"a": 2}).status == 409
    second = doc.ask("PUT", {"a": 2}, If_Match=first)
    assert second.status == 204
    assert doc.ask("PUT", {"a": 3}, If_Match=first).status == 412
    assert doc.ask("POST", {"a": 3}, If_Match=first).status == 412
    assert doc.ask("DELETE", None, If_Match=first).status == 412
    assert doc.ask("GET").json == {"a": 2}


def test_of_many_that_write_at_once_each_sees_what_it_replaces(doc: Doc) -> None:
    tag = doc.ask("PUT", {"n": 0}, If_None_Match="*").headers["etag"]
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda n: doc.ask("PUT", {"n": n}, If_Match=tag), range(1, 9)))
    assert sorted(one.status for one in said) == [204] + [412] * 7
    with ThreadPoolExecutor(8) as pool:
        assert {204} == {one.status for one in pool.map(
            lambda n: doc.ask("POST", {f"key{n}": n}), range(8))}  # fmt: skip
    assert doc.ask("GET").json.keys() >= {f"key{n}" for n in range(8)}


def test_json_is_merged_at_its_top_and_nothing_else_is(doc: Doc) -> None:
    assert doc.ask("POST", {"a": {"x": 1}, "b": 1}).status == 204
    assert doc.ask("POST", {"a": {"y": 2}, "c": 3}).status == 204
    assert doc.ask("GET").json == {"a": {"y": 2}, "b": 1, "c": 3}
    for body, kind in ((b"[1]", "application/json"), (b"{", "application/json"), (b"x", "text/x")):
        assert doc.ask("POST", body, Content_Type=kind).status == 400
    assert doc.ask("GET").json == {"a": {"y": 2}, "b": 1, "c": 3}


def test_ids_are_listed_by_place_registration_and_time(lms: Program) -> None:
    place: dict[str, Any] = {"activityId": f"urn:{uuid4()}", "agent": json.dumps(ANN)}
    registration = str(uuid4())

    def ids(**more: Any) -> list[str]:
        return sorted(lms.ask("GET", "activities/state", **place, **more).json)

    cases: list[tuple[str, dict[str, Any]]] = [
        ("a", {}),
        ("b", {"registration": registration}),
        ("c", {}),
    ]
    for id, more in cases:
        assert lms.ask("PUT", "activities/state", {}, **place, stateId=id, **more).status == 204
    assert ids() == ["a", "b", "c"]
    assert ids(registration=registration) == ["b"]
    assert ids(since="2001-01-01T00:00:00Z") == ["a", "b", "c"]
    assert ids(since="2999-01-01T00:00:00Z") == []
    assert lms.ask("DELETE", "activities/state", **place, registration=registration).status == 204
    assert ids() == ["a", "c"]
    assert lms.ask("DELETE", "activities/state", **place).status == 204
    assert ids() == []


def test_a_question_without_its_parameters_is_a_bad_request(lms: Program, doc: Doc) -> None:
    for name in doc.names:
        less = {key: value for key, value in doc.names.items() if key != name}
        assert lms.ask("PUT", doc.path, {}, **less).status == 400
        if name != "stateId":
            assert lms.ask("DELETE", doc.path, **less).status == 400
    odd: list[dict[str, Any]] = [{"agent": "ann"}, {"agent": json.dumps({"name": "x"})},
           {"activityId": "pump"}, {"odd": "1"}, {"since": "x"}, {"registration": "x"}]  # fmt: skip
    for bad in odd:
        assert lms.ask("GET", doc.path, **{**doc.names, **bad}).status == 400


def test_every_version_of_a_document_stays_in_the_log(lms: Program, school: Server) -> None:
    doc = Doc(lms, "agents/profile")
    first = doc.ask("PUT", {"a": 1}, If_None_Match="*").headers["etag"].strip('"')
    second = doc.ask("POST", {"b": 2}).headers["etag"].strip('"')
    doc.ask("DELETE")
    records = kept(school, "school")
    told = [one["data"] for one in records if one["kind"].startswith("~academy.Document")][-3:]
    assert [one.get("etag") for one in told] == [first, second, None]
    assert [one["before"] for one in told[1:]] == [first, second]
