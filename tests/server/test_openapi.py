"""The description that programs read names every address that the server has."""

from __future__ import annotations

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
