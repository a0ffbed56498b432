"""One world's trouble is its own: the others' ticks go on."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.sync.hall import Hall
from worldloom.server.house import House
from worldloom.sync.channel import Channel


class Broken(Channel):
    """Reads what no realm writes, as a file from elsewhere may hold."""

    def tick(self, now_us: int) -> None:
        raise ValueError("an entity of no shape")


def test_a_world_whose_tick_fails_stops_no_others(caplog: pytest.LogCaptureFixture) -> None:
    hurt, sound = Hall(), Hall()
    hurt.hub.attach(Broken(hurt.hub))
    house: Any = SimpleNamespace(hubs={"hurt": hurt.hub, "sound": sound.hub})
    House._tick(house, 1)
    assert sound.hub.tick_count == 1
    assert "a tick of hall failed" in caplog.text
