"""The sign of a recording: who may put it up, what runs, and who can consent."""

from __future__ import annotations

import numpy as np
import pytest

from tests.kernel.host import Host
from worldloom.kernel.entity import Visitor
from worldloom.kernel.errors import Conflict
from worldloom.kernel.personal import Personal
from worldloom.kernel.recording import (
    SIGN,
    Consented,
    Recording,
    Tracked,
    pack_poses,
    running,
    unpack_poses,
)
from worldloom.kernel.rights import Role
from worldloom.kernel.world import World


def a_room() -> Host:
    host = Host()
    host.open(World("room"))
    return host


def test_the_sign_is_state_that_says_which_recording_runs_and_since_when() -> None:
    host = a_room()
    ann = host.enter("room", "Ann", Role.BUILDER)
    live = host.realm.world("room")
    assert running(live.state) == (0, 0)
    assert host.do("room", "record", ann, on=False) == {"on": False}
    assert running(live.state) == (0, 0)
    host.now += 5
    host.do("room", "record", ann, on=True)
    id, since = running(live.state)
    assert id == live.seq and since == host.now
    host.now += 5
    host.do("room", "record", ann, on=True)
    assert running(live.state) == (id, since)
    assert live.world[SIGN][Recording] == Recording(True, since)
    host.do("room", "record", ann, on=False)
    assert running(live.state) == (0, 0)
    host.do("room", "undo", ann)
    assert running(live.state) == (id, since)


def test_only_someone_in_the_world_consents_and_does_so_in_the_log() -> None:
    host = a_room()
    ann = host.enter("room", "Ann")
    host.do("room", "be_recorded", ann, on=True)
    [consent] = [r for r in host.records("room") if r.kind == "Consented"]
    assert consent.actor == ann.account
    bodiless = type(ann)(ann.account, "Ann", "", Role.OWNER)
    with pytest.raises(Conflict, match="in the world"):
        host.do("room", "be_recorded", bodiless, on=True)


def test_facts_that_nobody_asked_for_come_in_one_group() -> None:
    host = a_room()
    live = host.realm.world("room")
    visitor = Visitor(live.world, "v1")
    sealed = host.realm.note("room", "record:1", [Consented(visitor, True)] * 2)
    assert sealed is not None and len(sealed.records["room"]) == 2
    assert sealed.records["room"][0].actor == "world"
    track = Tracked(
        1, "v1", "ann", Personal("Ann", of="ann"), 1, 2, 2, Personal(b"her way", of="ann")
    )
    sealed = host.realm.note("room", "record:1", [track])
    assert sealed is not None and b"her way" not in sealed.records["room"][0].payload


def test_poses_come_back_as_they_were() -> None:
    times = np.arange(5) * 50_000
    steps = np.arange(20).reshape(5, 4) ** 3
    back, columns = unpack_poses(pack_poses(times, steps))
    assert back.tolist() == times.tolist()
    assert np.stack(columns, axis=1).tolist() == steps.tolist()
