"""Undo and redo at the doors: over HTTP and on the command line, running and closed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.server.asking import Site
from tests.server.test_cli import loom
from worldloom.testing.fixtures import Server

Serve = Callable[..., Server]


def lamps(site: Site) -> set[str]:
    entities = site.nobody.get("/api/worlds/hello/state").json["entities"].values()
    return {one["name"] for one in entities if one["name"].endswith("lamp")}


def test_undo_and_redo_have_addresses_of_their_own(serve: Serve, hello_file: Path) -> None:
    site = Site(serve(str(hello_file)))
    owner = site.owner()
    group = owner.act("hello", "spawn", name="red lamp").json["seq"]
    owner.act("hello", "spawn", name="blue lamp")
    undone = owner.post("/api/worlds/hello/undo")
    assert undone.status == 200
    assert undone.json["seq"] == site.nobody.get("/api/worlds/hello").json["seq"]
    assert [one["component"] for one in undone.json["result"]["restored"]] != []
    assert lamps(site) == {"red lamp"}
    assert owner.post("/api/worlds/hello/redo").status == 200
    assert owner.post("/api/worlds/hello/undo", {"group": group}).status == 200
    assert lamps(site) == {"blue lamp"}


def test_undo_is_refused_as_every_action_is(serve: Serve, hello_file: Path) -> None:
    site = Site(serve(str(hello_file)))
    owner = site.owner()
    guest = site.guest()
    owner.act("hello", "spawn", name="red lamp")
    nothing = guest.post("/api/worlds/hello/undo")
    assert (nothing.status, nothing.json["error"]["code"]) == (404, "nothing_to_undo")
    others = guest.post("/api/worlds/hello/undo", {"by": "local"})
    assert (others.status, others.json["error"]["code"]) == (403, "not_allowed")
    wrong = owner.post("/api/worlds/hello/undo", {"group": "first"})
    assert wrong.status == 422 and "group" in str(wrong.json["error"])
    assert site.nobody.post("/api/worlds/hello/undo").status == 401
    assert owner.post("/api/worlds/nowhere/undo").status == 404


@pytest.mark.parametrize("running", [True, False], ids=["running", "closed"])
def test_the_command_line_undoes_in_a_running_realm_and_in_a_closed_file(
    serve: Serve, hello_file: Path, tmp_path: Path, running: bool
) -> None:
    realm = tmp_path / "realm.loom"
    server = serve(str(hello_file), realm=realm)
    site = Site(server)
    ada = site.token("ada", "builder")
    group = ada.act("hello", "spawn", name="red lamp").json["seq"]
    if not running:
        server.stop()
    given = ("--realm", str(realm))
    assert loom(tmp_path, "do", "hello", "spawn", "name=blue lamp", *given).returncode == 0
    done = loom(tmp_path, "undo", "hello", *given)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"undone group {group + 1}: 1 change\nseq "), done.stdout
    nothing = loom(tmp_path, "undo", "hello", *given)
    assert (nothing.returncode, "[nothing_to_undo]" in nothing.stderr) == (1, True)
    others = json.loads(loom(tmp_path, "undo", "hello", "--by", "ada", "--json", *given).stdout)
    assert others["result"]["restored"] == [{"entity": f"e{group}", "component": ""}]
    again = loom(tmp_path, "redo", "hello", "--group", str(group), *given)
    assert again.stdout.startswith(f"redone group {group}: 1 change\n"), again.stderr
    names = loom(tmp_path, "at", "hello", str(others["seq"]), "--json", *given).stdout
    assert "blue lamp" not in names and "red lamp" not in names
    with pytest.raises(SystemExit) as wrong:
        loom(tmp_path, "undo", *given)
    assert wrong.value.code == 2
