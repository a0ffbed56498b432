"""What the academy says itself is a statement, or is refused before it comes into the log."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kernel.host import Host
from tests.kits.academy.xapi.statements import RESULTS, TEXTS, plain
from worldloom import Misused, Personal
from worldloom.kernel.world import World
from worldloom.kits.academy import Academy
from worldloom.kits.academy.events import StatementKept
from worldloom.kits.academy.xapi.checking import check_statement
from worldloom.kits.academy.xapi.facets import ALL
from worldloom.kits.academy.xapi.saying import VERBS, Activity, statement
from worldloom.kits.academy.xapi.tables import STATEMENTS


@given(st.sampled_from(sorted(VERBS)), TEXTS, RESULTS)
def test_what_is_said_is_a_statement_in_both_versions(verb: str, name: str, result: Any) -> None:
    about = Activity("urn:step", name, name, "urn:kind")
    said = statement("ada", verb, about, id=str(uuid4()), result=result)
    told = json.loads(said.statement.value or "")
    for version in ("1.0.3", "2.0.0"):
        check_statement(told, version)
    assert told["actor"]["account"]["name"] == said.statement.of == "ada"


@pytest.mark.parametrize(
    ("verb", "activity", "more"),
    [("learnt", "urn:x", {}), ("passed", "x", {}), ("passed", "urn:x", {"result": {"odd": 1}}),
     ("passed", "urn:x", {"context": {"registration": "x"}}),
     ("passed", "urn:x", {"timestamp": "yesterday"})],
)  # fmt: skip
def test_what_is_no_statement_is_the_authors_mistake(
    verb: str, activity: str, more: dict[str, Any]
) -> None:
    with pytest.raises(Misused):
        statement("ada", verb, Activity(activity), id=str(uuid4()), **more)


def test_what_an_author_appends_that_is_no_statement_stops_no_table() -> None:
    host = Host()
    world = World("school")
    world.use(Academy())
    host.open(world)
    good = plain()
    odd: list[Any] = [{"verb": {}}, {**plain(), "object": None}, [], 3, good]
    for told in odd:
        text = Personal(json.dumps(told), of="ann")
        host.realm.note("school", "test", [StatementKept(good["id"], text)])
        host.flush()
    stream = host.realm.world("school").stream
    found = host.store.select(stream, STATEMENTS, {"facet": ALL}, (), 9)
    assert (len(found.rows), found.error) == (1, "")
