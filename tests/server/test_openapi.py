"""The description that programs read names every address that the server has."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import Any, cast

from starlette.routing import Route

from tests.server.asking import Site
from worldloom.server.app import make_app
from worldloom.server.doors import DoorsRoute
from worldloom.server.openapi import describe

BROWSERS_ONLY = {"/static/{path:path}", "/favicon.ico"}


def test_every_route_is_described_with_its_methods() -> None:
    house: Any = SimpleNamespace(
        engine=SimpleNamespace(store=None, on_tick=[]), slowing=SimpleNamespace(felt=None)
    )
    paths = cast(dict[str, dict[str, Any]], describe("0")["paths"])
    *routes, doors = make_app(house).routes
    assert isinstance(doors, DoorsRoute), "what kits and worlds open comes last"
    for route in routes:
        assert isinstance(route, Route)
        if route.path in BROWSERS_ONLY:
            continue
        wanted = {method.lower() for method in route.methods or ()} - {"head"}
        assert wanted <= paths[route.path].keys(), route.path


def test_each_action_of_a_world_is_an_operation_of_its_own(site: Site) -> None:
    path = "/api/worlds/hello/openapi.json"
    told = site.nobody.get(path).json
    known = site.owner().get("/api/worlds/hello/actions").json["actions"]
    deeds = {one.rsplit("/", 1)[1]: how["post"] for one, how in told["paths"].items()
             if "/actions/" in one}  # fmt: skip
    assert deeds.keys() == {one["name"] for one in known} > {"add", "build", "say"}
    add = deeds["add"]
    assert (add["operationId"], add["summary"], add["tags"]) == (
        "add", "Add two numbers.", ["this world"],
    )  # fmt: skip
    body = add["requestBody"]
    assert body["required"] and body["content"]["application/json"]["schema"] == {
        "type": "object",
        "properties": {"one": {"type": "integer"}, "other": {"type": "integer", "default": 1}},
        "required": ["one"],
        "additionalProperties": False,
    }
    done = add["responses"]["200"]["content"]["application/json"]["schema"]
    assert done["properties"]["result"] == {"type": "integer"}
    assert {one["name"] for one in add["parameters"]} == {"Idempotency-Key", "dry_run"}
    assert "builder" in deeds["build"]["description"]
    assert deeds["despawn"]["x-worldloom-approval"] and "202" in deeds["despawn"]["responses"]
    assert site.nobody.get("/api/worlds/secret/openapi.json").status == 401


def test_every_reference_of_a_world_s_description_is_there(site: Site) -> None:
    text = site.nobody.get("/api/worlds/hello/openapi.json").body.decode()
    told = json.loads(text)
    refs = set(re.findall(r'"\$ref":"#/components/schemas/([^"]+)"', text))
    assert "Error" in refs and refs <= told["components"]["schemas"].keys()
    assert "$defs" not in text


def test_the_fix_of_a_bad_number_is_a_good_one(site: Site) -> None:
    for query in ("seq=x", "seq=-4", "seq=99999999999999999999"):
        reply = site.nobody.get(f"/api/worlds/hello/state?{query}")
        assert (reply.status, reply.code) == (422, "invalid")
        assert reply.json["error"]["fix"] == "send ?seq=0"
        assert site.nobody.get("/api/worlds/hello/state?seq=0").status == 200


def test_a_number_that_the_log_does_not_reach_is_told_the_newest(site: Site) -> None:
    reply = site.nobody.get("/api/worlds/hello/state?seq=99999999999999")
    assert (reply.status, reply.code) == (404, "no_seq")
    assert reply.json["error"]["fix"].startswith("its newest is ")
