"""Promised: a world is shown in lists as it looks, from the first day on."""

from __future__ import annotations

from collections.abc import Callable

from tests.server.asking import Site
from tests.server.test_assets import png
from worldloom.server.loader import kit_entries
from worldloom.studio.image_headers import read_image_head
from worldloom.testing.fixtures import Server


def test_a_fresh_realm_shows_each_kits_demo_by_a_picture_of_it(
    serve: Callable[..., Server],
) -> None:
    site = Site(serve())
    for kit in kit_entries():
        shown = site.nobody.get(f"/api/worlds/{kit}/picture")
        assert shown.status == 200 and shown.headers["content-type"] == "image/webp", kit
        head = read_image_head(shown.body)
        assert head is not None and (head.width, head.height) == (480, 270)


def test_a_builders_picture_takes_the_place_of_the_one_that_a_kit_brings(
    serve: Callable[..., Server],
) -> None:
    site = Site(serve())
    assert site.owner().ask("PUT", "/api/worlds/plaza/picture", png(9, 9)).status == 201
    assert site.nobody.get("/api/worlds/plaza/picture").status == 302
    made = site.owner().post("/api/worlds", {"name": "cellar", "starter": "empty"})
    assert made.status == 201
    drawn = site.nobody.get("/api/worlds/cellar/picture")
    assert drawn.headers["content-type"] == "image/png", "drawn by the server"
