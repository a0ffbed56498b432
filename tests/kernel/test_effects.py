"""What a step does to presence: together with what it writes, or not at all."""

from __future__ import annotations

import pytest

from tests.kernel.host import Host
from worldloom.kernel.errors import Misused, Refused, Unavailable
from worldloom.kernel.schema import Event
from worldloom.kernel.world import World


class Lit(Event, name="effects.Lit"):
    """A lamp was lit."""


class Story:
    """An effect that tells what became of it."""

    def __init__(self, told: list[str], name: str) -> None:
        self.told = told
        self.name = name

    def fold(self) -> None:
        self.told.append(f"{self.name} folded")

    def settle(self, kept: bool) -> None:
        self.told.append(f"{self.name} {'shown' if kept else 'taken back'}")


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def host(told: list[str]) -> Host:
    world = World("hall")

    @world.action
    def light(lit: bool = True) -> None:
        """Light the lamp, or only show that it was."""
        world.step.affect(Story(told, "glow"))
        if lit:
            world.append(Lit())

    @world.action
    def fail() -> None:
        """Change one's mind."""
        world.step.affect(Story(told, "glow"))
        raise Refused("no light today")

    @world.action
    def where() -> str:
        """Tell where one is."""
        return str(world.presence["place"])

    host = Host()
    host.open(world)
    return host


@pytest.mark.parametrize("lit", [True, False])
def test_an_effect_is_folded_at_once_and_shown_when_its_group_is_kept(
    host: Host, told: list[str], lit: bool
) -> None:
    host.fate = lambda _: told.append("kept") or None  # type: ignore[func-returns-value]
    host.do("hall", "light", lit=lit)
    assert told == ["glow folded", "kept", "glow shown"]


def test_an_effect_of_a_step_that_raises_never_was(host: Host, told: list[str]) -> None:
    with pytest.raises(Refused):
        host.do("hall", "fail")
    host.ask("hall", "light", {}, dry_run=True)
    assert told == []


def test_an_effect_falls_with_the_group_that_it_stood_on(host: Host, told: list[str]) -> None:
    host.fate = lambda _: Unavailable("the disk is full", code="disk_full")
    host.ask("hall", "light", {})
    assert told == ["glow folded", "glow taken back"]


def test_what_was_attached_is_listed_and_presence_outlives_a_swap_of_the_code(host: Host) -> None:
    class Nothing:
        def attach(self, world: World) -> None:
            world.check_loading("attach")

    live = host.realm.world("hall")
    live.world.presence["bells"] = 3
    swapped = World("hall")
    assert swapped.is_loading
    kit = swapped.use(Nothing())
    host.open(swapped)
    assert swapped.used == [kit] and not swapped.is_loading
    assert swapped.presence == {"bells": 3}
    with pytest.raises(Misused) as caught:
        swapped.use(Nothing())
    assert caught.value.code == "too_late"


def test_a_kit_may_show_files_of_its_own() -> None:
    class Album:
        def __init__(self) -> None:
            self.assets: dict[str, str] = {}

        def attach(self, world: World) -> None: ...

        def asset_files(self) -> list[str]:
            return ["cover.png"]

        def resolve_assets(self, assets: dict[str, str]) -> None:
            self.assets = assets

    world = World("hall")
    album = world.use(Album())
    assert world.asset_files() == ["cover.png"]
    world.resolve_assets({"cover.png": "0" * 64})
    assert album.assets == {"file:cover.png": "0" * 64}


def test_a_fork_has_a_presence_of_its_own_under_the_same_code(host: Host) -> None:
    code = host.realm.world("hall").world
    code.presence["place"] = "hall"
    host.realm.fork("hall", "copy", None, "local")
    host.flush()
    fork = host.realm.world("copy").world
    fork.presence["place"] = "copy"
    assert fork.used is code.used
    assert [host.do(name, "where") for name in ("hall", "copy", "hall")] == ["hall", "copy", "hall"]
