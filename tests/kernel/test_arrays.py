"""Promised: arrays come in from NumPy, are checked to the byte, and large ones become files."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kernel.host import Host
from worldloom.kernel import arrays
from worldloom.kernel.errors import Invalid
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.schema import decode, encode
from worldloom.kernel.things import Heat, Instances, Path, heat, heat_at, instances, path
from worldloom.kernel.world import World


def test_rows_come_back_as_they_were_given() -> None:
    made = instances(
        [(1, 2, 3), (4, 5, 6)],
        rotations=[0.0, np.pi],
        scales=[1.0, 0.5],
        colors=[(1, 0, 0.5), (0, 1, 0)],
    )
    rows = arrays.read(made.data)
    assert rows["position"].tolist() == [[1, 2, 3], [4, 5, 6]]
    assert rows["rotation"][1].tolist() == [0, 32767, 0, 0]
    assert rows["scale"].tolist() == [1.0, 0.5]
    assert rows["color"].tolist() == [[255, 0, 128, 255], [0, 255, 0, 255]]
    assert decode(Instances, encode(made)) == made


def test_plain_arrays_are_numpys_own_files() -> None:
    made = heat(np.arange(6).reshape(2, 3))
    assert np.load(io.BytesIO(made.data)).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert arrays.read(path([(0, 0, 0), (1, 1, 1)]).data).shape == (2, 3)
    assert arrays.read(heat_at([(0, 0, 0)], [7.5]).data).tolist() == [[0, 0, 0, 7.5]]


@pytest.mark.parametrize(
    "make",
    [
        lambda: instances([(1, 2)]),
        lambda: instances([(1, 2, float("nan"))]),
        lambda: instances([(1, 2, 1e9)]),
        lambda: instances([(1, 2, 3)], scales=[1, 2]),
        lambda: instances([(1, 2, 3)], rotations=[(0, 0, 0, 0)]),
        lambda: instances([(1, 2, 3)], colors=[(1, 2)]),
        lambda: heat([["warm"]]),
        lambda: heat_at([(0, 0, 0)], [1, 2]),
        lambda: path(np.zeros((2, 3, 4))),
    ],
)
def test_what_is_no_array_of_its_kind_is_refused(make: object) -> None:
    with pytest.raises(Invalid) as refused:
        make()  # type: ignore[operator]
    assert refused.value.code == "bad_array" and refused.value.fix


def saved(array: arrays.Array) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x93NUMPY\x02\x00" + bytes(60),
        saved(np.zeros(3)),
        saved(np.zeros((2, 2, 2), np.float32)),
        saved(np.array([1, np.inf], np.float32)),
        saved(np.zeros(2, [("password", "<f4")])),
        saved(np.zeros(2, [("position", "<f8", (3,))])),
        saved(np.zeros((2, 2), np.float32))[:-1],
        saved(np.zeros((2, 2), np.float32, order="F")[:1]) + b"x",
        arrays.MAGIC + b"\x10\x00" + b"__import__('os')",
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        arrays.read(data)


@given(st.data())
def test_no_damaged_array_does_more_than_be_refused(data: st.DataObject) -> None:
    whole = bytearray(instances([(1, 2, 3)] * 4, scales=[1] * 4).data)
    for _ in range(data.draw(st.integers(1, 5))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        arrays.read(bytes(whole))
    except Invalid:
        pass


def test_a_large_array_becomes_a_file_wherever_it_is_written() -> None:
    many = np.zeros((9000, 3))
    world = World("swarm")
    swarm = world.spawn("swarm", instances(many))
    small = world.spawn("small", instances([(0, 0, 0)]))
    assert swarm[Instances].data == b"" and len(swarm[Instances].asset) == 64
    assert small[Instances].data and not small[Instances].asset
    [(sha, (media, kept))] = world.blobs.items()
    assert sha == swarm[Instances].asset and media == "application/x-npy"
    assert len(arrays.read(kept)) == 9000

    @world.action
    def grow() -> None:
        swarm[Instances] = instances(many + 1)

    host = Host()
    host.open(world)
    host.do("swarm", "grow")
    asset = host.realm.world("swarm").world["swarm"][Instances].asset
    assert host.store.asset(asset) == ("application/x-npy", len(kept))


def test_the_defaults_are_empty_and_valid() -> None:
    for kind in (Instances, Path, Heat):
        assert decode(kind, encode(kind())) == kind()


def test_more_things_than_can_be_drawn_are_refused() -> None:
    with pytest.raises(Invalid, match="over"):
        instances(np.zeros((LIMITS.instances_max + 1, 3)))
