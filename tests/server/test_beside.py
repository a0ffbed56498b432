"""What commands do beside a running server takes nothing from what it is taking in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from worldloom.kernel.errors import Conflict
from worldloom.server.cli.door import running_server
from worldloom.server.cli.main import main
from worldloom.server.serving import Options
from worldloom.server.serving import serve as serve_here
from worldloom.stores.sqlite import SqliteStore
from worldloom.stores.streams import STAGING
from worldloom.testing.fixtures import Server

HALF = f"{STAGING}half"


@pytest.fixture
def busy(serve: Callable[..., Server], hello_file: Path, tmp_path: Path) -> Path:
    """Return the realm of a running server that is in the middle of an import."""
    serve(str(hello_file))
    realm = tmp_path / "realm.loom"
    connection = apsw.Connection(str(realm))
    connection.set_busy_timeout(5_000)
    connection.execute(
        "INSERT INTO stream(name, seq, head, frontier) VALUES(?, 0, zeroblob(32), x'')", (HALF,)
    )
    connection.close()
    return realm


def imports(realm: Path) -> list[str]:
    connection = apsw.Connection(str(realm), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        names = [str(row[0]) for row in connection.execute("SELECT name FROM stream")]
    finally:
        connection.close()
    return [name for name in names if name.startswith(STAGING)]


def test_a_scene_is_exported_without_a_second_writer(busy: Path, tmp_path: Path) -> None:
    out = tmp_path / "scene.glb"
    assert main(["export", "hello", str(out), "--realm", str(busy)]) == 0
    assert out.read_bytes().startswith(b"glTF")
    assert imports(busy) == [HALF]


def test_a_second_server_is_refused_before_it_writes(busy: Path) -> None:
    with pytest.raises(Conflict) as refused:
        serve_here(Options(realm=busy, port=0))
    assert refused.value.code == "realm_in_use"
    assert imports(busy) == [HALF]


def test_asking_for_a_server_leaves_nothing_beside_a_closed_file(tmp_path: Path) -> None:
    realm = tmp_path / "realm.loom"
    SqliteStore(str(realm)).close()
    assert running_server(realm) is None
    assert [path.name for path in tmp_path.iterdir()] == ["realm.loom"]
