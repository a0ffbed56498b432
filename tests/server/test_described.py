"""The whole description, fuzzed: every operation of `/openapi.json` and of a world's, and no 500.

`make soak` tries very many; here each operation has its turn once, in a realm with something of
everything that can be named (`tests/fuzz/works.py`). An author's mistake is a 500 by design, and
what is shipped has none to show.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz.described import DescribedDoor
from tests.fuzz.works import IDS, WORKS
from tests.server.asking import Site
from worldloom.testing.fixtures import Server


@pytest.fixture
def door(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[DescribedDoor]:
    (tmp_path / "works.py").write_text(WORKS)
    server = Server(tmp_path / "realm.loom", str(tmp_path / "works.py")).start()
    yield DescribedDoor(Site(server), examples=request.param)
    assert server.stop() == 0
    told = "".join(server.errors)
    assert "Traceback" not in told and "handler_failed" not in told, told[-3000:]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("door", [2, pytest.param(3, marks=pytest.mark.soak)], indirect=True)
def test_no_operation_of_the_description_answers_500(door: DescribedDoor) -> None:
    wrong: list[str] = []
    for seed in range(len(door.operations)):
        try:
            door.case(seed)
        except AssertionError as error:
            wrong.append(str(error))
    assert not wrong, "\n".join(wrong[:40])
    obtained = {label for label, seen in door.answered.items() if min(seen) < 300}
    assert door.tried > 200 * door.examples and len(obtained) > 60, sorted(
        door.answered.keys() - obtained
    )
    ways = {path for path, _ in IDS if path}
    named = {label for label in door.answered if label.split()[1] in ways}
    assert len(named) >= len(ways) and named <= obtained, sorted(named - obtained)
