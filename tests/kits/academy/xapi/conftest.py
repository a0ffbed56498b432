"""One server with a record store for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kits.academy.xapi.lrs import SCHOOL, Program
from worldloom.testing.fixtures import Server, serve

__all__ = ["serve"]


@pytest.fixture(scope="session")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server whose world has a record store."""
    folder = tmp_path_factory.mktemp("school")
    (folder / "school.py").write_text(SCHOOL)
    server = Server(folder / "realm.loom", str(folder / "school.py"))
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture(scope="session")
def lms(school: Server) -> Program:
    """Return a learning program that may keep and read records."""
    return Program(school)
