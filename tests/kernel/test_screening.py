"""Promised: a film is where the log and the clock say, and only who may control it changes that."""

from __future__ import annotations

import pytest

from tests.kernel.host import SECOND, Host
from worldloom.kernel.errors import Conflict, Invalid, NotAllowed
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.media import Screen
from worldloom.kernel.rights import Role
from worldloom.kernel.schema import decode, plain
from worldloom.kernel.world import World

FILM = "a" * 64


@pytest.fixture
def cinema() -> Host:
    host = Host()
    world = World("cinema")
    world.spawn("screen", Screen(FILM), at=(0, 2, -5))
    world.spawn("stage", Screen(FILM, control="builder"))
    world.spawn("chair")
    host.open(world)
    return host


def screen(host: Host, name: str = "screen") -> Screen:
    return host.realm.world("cinema").world[name][Screen]


def test_a_film_goes_on_from_where_it_stands(cinema: Host) -> None:
    ann = cinema.enter("cinema")
    cinema.do("cinema", "play_screen", ann, entity="screen")
    cinema.now += 12 * SECOND
    assert screen(cinema).position_at(cinema.now) == 12.0
    assert cinema.do("cinema", "pause_screen", ann, entity="screen") == {"position": 12.0}
    cinema.now += 100 * SECOND
    assert screen(cinema).position_at(cinema.now) == 12.0
    cinema.do("cinema", "play_screen", ann, entity="screen")
    cinema.now += 3 * SECOND
    assert screen(cinema).position_at(cinema.now) == 15.0


def test_seeking_keeps_a_film_playing_or_standing(cinema: Host) -> None:
    ann = cinema.enter("cinema")
    cinema.do("cinema", "seek_screen", ann, entity="screen", position=40.0)
    assert (screen(cinema).playing, screen(cinema).position_at(cinema.now)) == (False, 40.0)
    cinema.do("cinema", "play_screen", ann, entity="screen", position=3.0)
    cinema.now += SECOND
    cinema.do("cinema", "seek_screen", ann, entity="screen", position=60.5)
    cinema.now += SECOND
    assert screen(cinema).position_at(cinema.now) == 61.5


def test_a_screen_is_controlled_by_its_role_alone(cinema: Host) -> None:
    ann = cinema.enter("cinema")
    with pytest.raises(NotAllowed, match="playing stage needs the role builder"):
        cinema.do("cinema", "play_screen", ann, entity="stage")
    bob = cinema.enter("cinema", "Bob", Role.BUILDER)
    cinema.do("cinema", "play_screen", bob, entity="stage")
    with pytest.raises(NotAllowed, match="pausing stage"):
        cinema.do("cinema", "pause_screen", ann, entity="stage")
    assert screen(cinema, "stage").playing


def test_what_is_no_screen_and_what_is_no_place_in_a_film_are_refused(cinema: Host) -> None:
    ann = cinema.enter("cinema")
    with pytest.raises(Conflict, match="chair is no screen") as refused:
        cinema.do("cinema", "play_screen", ann, entity="chair")
    assert refused.value.code == "not_a_screen"
    for position in (-1.0, LIMITS.film_seconds_max + 1, float("nan")):
        with pytest.raises(Invalid):
            cinema.do("cinema", "seek_screen", ann, entity="screen", position=position)


def test_a_film_in_the_past_is_where_it_was(cinema: Host) -> None:
    ann = cinema.enter("cinema")
    cinema.do("cinema", "play_screen", ann, entity="screen")
    played = cinema.realm.world("cinema").seq
    cinema.now += 7 * SECOND
    cinema.do("cinema", "seek_screen", ann, entity="screen", position=2.0)
    past = [r for r in cinema.records("cinema") if r.kind == "Changed" and r.seq <= played]
    record = past[-1]
    _, name, version, data, *_ = plain(record.payload)
    assert name == "Screen"
    then = decode(Screen, data, version)
    assert then.position_at(record.time + 7 * SECOND) == 7.0


def test_undo_takes_a_pause_back(cinema: Host) -> None:
    ann = cinema.enter("cinema")
    cinema.do("cinema", "play_screen", ann, entity="screen")
    before = screen(cinema)
    cinema.now += SECOND
    cinema.do("cinema", "pause_screen", ann, entity="screen")
    cinema.do("cinema", "undo", ann)
    assert screen(cinema) == before


def test_an_authors_own_code_plays_without_asking(cinema: Host) -> None:
    still = Screen(FILM, position=4.0)
    playing = still.played(10 * SECOND)
    assert playing.position_at(12 * SECOND) == 6.0
    assert playing.paused(12 * SECOND).position_at(99 * SECOND) == 6.0
    assert playing.sought(12 * SECOND, 1.0).position_at(13 * SECOND) == 2.0
    assert playing.position_at(5 * SECOND) == 4.0, "a clock that is behind takes nothing back"
