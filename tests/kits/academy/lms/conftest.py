"""One server with badges for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kits.academy.lms.badge_school import SCHOOL, BadgeSchool
from worldloom.testing.fixtures import Server


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BadgeSchool]:
    """Return a school that badges are awarded at."""
    folder = tmp_path_factory.mktemp("school")
    (folder / "school.py").write_text(SCHOOL)
    server = Server(folder / "realm.loom", str(folder / "school.py"))
    try:
        yield BadgeSchool(server.start())
    finally:
        server.stop()
