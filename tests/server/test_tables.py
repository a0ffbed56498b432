"""Tables over HTTP: who may read them, page by page, and what a wrong question gets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.server.asking import Site
from worldloom.stores.verify import verify
from worldloom.testing.fixtures import Server

SHOP = '''"""A shop that keeps a table of what it sold."""

from worldloom import Entry, Event, Projection, Row, Rows, Visitor, World

world = World("shop")


class Sold(Event):
    """Something was sold."""

    thing: str
    cents: int


class Sale(Row, frozen=True):
    """One sale."""

    seq: int
    thing: str
    cents: int


sales = Projection("sales", Sale, key=("seq",), indexes=(("thing",),), role="visitor")
ledger = Projection("ledger", Sale, key=("seq",))


@sales.on(Sold)
@ledger.on(Sold)
def sold(event: Sold, entry: Entry, rows: Rows[Sale]) -> None:
    rows.put(Sale(entry.seq, event.thing, event.cents))


world.project(sales)
world.project(ledger)


@world.action
def buy(visitor: Visitor, thing: str, cents: int) -> None:
    """Buy a thing."""
    world.append(Sold(thing, cents))
'''


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve the shop, with five sales."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "shop.py").write_text(SHOP)
    running = Server(folder / "realm.loom", str(folder / "shop.py"))
    running.start()
    site = Site(running)
    for number, thing in enumerate(("pot", "vase", "pot", "cup", "pot")):
        assert site.guest().act("shop", "buy", thing=thing, cents=100 + number).status == 200
    yield site
    assert running.stop() == 0


def test_the_tables_that_one_may_read_are_listed_with_their_columns(shop: Site) -> None:
    [only] = shop.nobody.get("/api/worlds/shop/tables").json["tables"]
    assert only == {
        "name": "sales",
        "doc": "One sale.",
        "key": ["seq"],
        "columns": {"seq": "int", "thing": "str", "cents": "int"},
    }
    names = [table["name"] for table in shop.owner().get("/api/worlds/shop/tables").json["tables"]]
    assert names == ["sales", "ledger"]


def test_rows_are_chosen_by_equal_columns(shop: Site) -> None:
    found = shop.nobody.get("/api/worlds/shop/tables/sales?thing=pot").json
    assert [row["cents"] for row in found["rows"]] == [100, 102, 104]
    assert found["seq"] == 6


def test_a_long_table_is_read_in_pages(shop: Site) -> None:
    seen, after = [], ""
    for _ in range(3):
        page = shop.nobody.get(f"/api/worlds/shop/tables/sales?limit=2{after}").json
        seen += [row["seq"] for row in page["rows"]]
        after = f"&after={quote(page['next'])}" if "next" in page else ""
    assert seen == [2, 3, 4, 5, 6]
    assert after == ""


def test_a_table_for_builders_is_refused_to_visitors(shop: Site) -> None:
    reply = shop.guest().get("/api/worlds/shop/tables/ledger")
    assert (reply.status, reply.code) == (403, "not_allowed")
    assert len(shop.owner().get("/api/worlds/shop/tables/ledger").json["rows"]) == 5


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("stock", 404), ("sales?colour=red", 422), ("sales?cents=much", 422),
        ("sales?limit=0", 422), ("sales?after=[]", 422), ("sales?after={", 422),
        ("sales?after=%22x%22", 422), (f"sales?cents={10**30}", 422),
    ],
)  # fmt: skip
def test_a_wrong_question_is_refused_clearly(shop: Site, query: str, status: int) -> None:
    reply = shop.nobody.get(f"/api/worlds/shop/tables/{query}")
    assert reply.status == status
    assert json.loads(reply.body)["error"]["fix"]


def test_tables_stand_again_after_a_kill(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(SHOP)
    running = Server(tmp_path / "realm.loom", str(tmp_path / "shop.py"))
    running.start()
    Site(running).guest().act("shop", "buy", thing="pot", cents=1)
    running.kill()
    running.start()
    rows = Site(running).nobody.get("/api/worlds/shop/tables/sales").json["rows"]
    assert [row["thing"] for row in rows] == ["pot"]
    assert running.stop() == 0


BROKEN = SHOP.replace(
    "    rows.put(",
    """    import sys

    class Mute(BaseException):
        __str__ = None

    while event.thing == "spin":
        pass
    if event.thing == "exit":
        sys.exit(3)
    if event.thing == "mute":
        raise Mute
    rows.put(""",
)


@pytest.mark.parametrize("thing", ["spin", "exit", "mute"])
def test_whatever_a_table_s_handler_does_stops_that_table_alone(tmp_path: Path, thing: str) -> None:
    (tmp_path / "shop.py").write_text(BROKEN)
    limits = {"handler_seconds_max": 0.5}
    server = Server(tmp_path / "realm.loom", str(tmp_path / "shop.py"), limits=limits).start()
    owner = Site(server).owner()
    for bought in ("tea", thing, "tea"):
        assert owner.act("shop", "buy", thing=bought, cents=1).status == 200
    assert "record 3: " in owner.get("/api/worlds/shop/tables/sales").json["stopped"]
    assert server.stop() == 0
    assert verify(str(tmp_path / "realm.loom")).ok
