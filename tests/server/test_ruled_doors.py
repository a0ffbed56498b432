"""Own roles, guards and zones, asked with whole arguments at every door and in a panel's form."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

import pytest

from tests.server.asking import Site
from tests.server.doors import DOORS, PANELLED, Caller, Wish
from worldloom.kernel.errors import WorldloomError
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

PARK = '''"""A park with a guarded statue and a sandpit where anyone builds."""

from worldloom import Color, Entity, Guard, Panel, Visitor, World, Zone, box, sphere

world = World("park", title="Park")
world.spawn("statue", sphere(0.3), Color("#ffffff"), Guard((("edit", "owner"),)), at=(0, 1, 0))
world.spawn("pebble", sphere(0.1), Color("#888888"), at=(2, 0, 0))
world.spawn("bell", sphere(0.2), Guard((("ring", "guide"),)), at=(4, 1, 0))
world.spawn("sandpit", Zone(size=(8, 4, 8)), Guard((("edit", "visitor"),)), at=(20, 0, 0))
world.spawn("clay", sphere(0.2), Color("#aa7744"), at=(20, 0, 0))


@world.action
def ring(visitor: Visitor, bell: Entity) -> str:
    """Ring a bell."""
    return f"{bell.name} rings"


panel = world.use(Panel("Forms", id="forms"))
FORMS = %r
for name, (action, arguments) in FORMS.items():
    panel.form(action, name, id=name, **arguments)
chime = panel.button("Chime", id="chime", for_="builder")


@chime
def chimed() -> None:
    """Ring for all."""
    world.say("chime")
'''

WHITE, GREY, BROWN = {"value": "#ffffff"}, {"value": "#888888"}, {"value": "#aa7744"}
ANYONE = frozenset({"visitor", "member", "guide", "builder", "owner"})
BUILDERS = frozenset({"builder", "owner"})
RULED: Mapping[str, tuple[Wish, frozenset[str]]] = {
    "say": (("say", {"text": "hello"}), ANYONE - {"guide"}),
    "spawn": (("spawn", {"name": "thing", "position": [0, 0, 5]}), BUILDERS | {"guide"}),
    "spawn in the sandpit": (("spawn", {"name": "cake", "position": [21, 0, 1]}), ANYONE),
    "paint the pebble":
        (("set", {"entity": "pebble", "component": "Color", "fields": GREY}), BUILDERS),
    "paint the statue":
        (("set", {"entity": "statue", "component": "Color", "fields": WHITE}),
         frozenset({"owner"})),
    "paint the clay":
        (("set", {"entity": "clay", "component": "Color", "fields": BROWN}), ANYONE),
    "carry the clay away":
        (("set", {"entity": "clay", "component": "Transform",
                  "fields": {"position": [0, 0, 9]}}), BUILDERS),
    # Whom it could not leave the sandpit with moves it inside.
    "move the clay to its place":
        (("set", {"entity": "clay", "component": "Transform",
                  "fields": {"position": [20, 0, 0]}}), ANYONE),
    "ring": (("ring", {"bell": "bell"}), frozenset({"guide", "owner"})),
    "free the statue": (("guard", {"entity": "statue", "rules": {"edit": "owner"}}),
                        frozenset({"owner"})),
}  # fmt: skip
"""What each wish is called → it, and the roles whose it is: written down, not computed."""


@pytest.fixture(scope="module")
def park(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("park")
    forms = {name: wish for name, (wish, _) in RULED.items()}
    (folder / "park.py").write_text(PARK % forms)
    server = Server(folder / "realm.loom", str(folder / "park.py"))
    server.start()
    site = Site(server)
    made = site.owner().act("park", "define_role", name="guide", base="member",
                            may=["spawn"], may_not=["say"])  # fmt: skip
    assert made.status == 200, made
    yield site
    assert server.stop() == 0


def caller(site: Site, role: str) -> Caller:
    """Return somebody who has a role in the park, by a token that is no narrower."""
    account = f"the-{role}"
    browser = site.token(account, "member" if role == "guide" else role)
    if role == "guide":
        granted = site.owner().act("park", "grant", account=account, role=role)
        assert granted.status == 200, granted
    return Caller(site, "park", browser)


@pytest.mark.parametrize("door", PANELLED)
@pytest.mark.parametrize("role", sorted(ANYONE))
def test_own_roles_guards_and_zones_hold_at_every_door(park: Site, role: str, door: str) -> None:
    wanted = {name: wish for name, (wish, _) in RULED.items()}
    for name in ("spawn", "spawn in the sandpit"):
        action, args = wanted[name]
        wanted[name] = action, {**args, "name": f"{name} by {role} at {door}"}
    found = PANELLED[door](caller(park, role), wanted)
    assert found == {name: role in roles for name, (_, roles) in RULED.items()}


@pytest.mark.parametrize("role", sorted(ANYONE))
def test_a_button_is_pressed_by_those_whom_its_panel_shows_it(park: Site, role: str) -> None:
    asked = caller(park, role)

    async def press() -> str:
        async with Robot(park.server.world("park"), token=asked.token) as robot:
            await robot.wait_until(lambda robot: "forms" in robot.core.panels.panels)
            seen = "chime" in robot.panel("forms").widgets
            try:
                await robot.press("forms", "chime")
            except WorldloomError as error:
                assert not seen
                return error.code
            assert seen
            return ""

    assert asyncio.run(press()) == ("" if role in BUILDERS else "no_such_widget")


@pytest.mark.parametrize("door", DOORS)
def test_undo_reaches_another_only_for_who_may_at_every_door(park: Site, door: str) -> None:
    """One's own is one's own; another's is a builder's, and what a guard keeps stays kept."""
    member, builder = caller(park, "member"), caller(park, "builder")
    pit = {"name": f"castle at {door}", "position": [21, 0, 1]}
    assert park.owner().act("park", "spawn", **pit).status == 200
    assert member.browser.act("park", "spawn", **{**pit, "name": f"tower at {door}"}).status == 200
    undo = DOORS[door]
    assert undo(member, {"undo": ("undo", {"by": "the-builder"})}) == {"undo": False}
    assert undo(member, {"undo": ("undo", {"by": "local"})}) == {"undo": False}
    assert undo(builder, {"undo": ("undo", {"by": "local"})}) == {"undo": False}, "an owner's"
    assert undo(member, {"undo": ("undo", {}), "redo": ("redo", {})}) == {
        "undo": True, "redo": True,
    }  # fmt: skip
    assert undo(builder, {"undo": ("undo", {"by": "the-member"})}) == {"undo": True}
    found = park.owner().get("/api/worlds/park/state").json["entities"].values()
    names = {one["name"] for one in found}
    assert f"castle at {door}" in names
    # What an agent undoes of another waits for a person.
    assert (f"tower at {door}" in names) == (door == "mcp")
