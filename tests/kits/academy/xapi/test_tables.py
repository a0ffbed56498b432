"""The table of statements is a pure function of the log, whatever refers to or voids what."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.host import Host
from tests.kits.academy.xapi.statements import (
    ANN,
    BEN,
    FAILED,
    PASSED,
    PUMP,
    STATEMENTS,
    plain,
    voiding,
)  # fmt: skip
from worldloom import Personal
from worldloom.kernel.world import World
from worldloom.kits.academy import Academy
from worldloom.kits.academy.events import StatementKept
from worldloom.kits.academy.xapi.comparing import digest_of
from worldloom.kits.academy.xapi.facets import ALL, facet, identity
from worldloom.kits.academy.xapi.tables import STATEMENTS as TABLE
from worldloom.kits.academy.xapi.tables import merged, own_row
from worldloom.stores.sqlite import SqliteStore

Told = dict[str, Any]


def kept(told: Sequence[Told], store: Any = None, of: str = "ann") -> Host:
    """Return a realm whose log has these statements, in this order."""
    host = Host(store)
    world = World("school")
    world.use(Academy())
    host.open(world)
    for one in told:
        event = StatementKept(one["id"], Personal(json.dumps(one), of=of))
        host.realm.note("school", "test", [event])
        host.flush()
    return host


def rows(host: Host, number: int) -> list[Any]:
    stream = host.realm.world("school").stream
    return list(host.store.select(stream, TABLE, {"facet": number}, (), 10_000).rows)


def found(host: Host, *names: str) -> list[int]:
    return [row.at for row in rows(host, facet(*names))]


def own(host: Host, told: Told) -> Any:
    return own_row(rows(host, facet("id", told["id"])))


def seq_of(host: Host, told: Told) -> int:
    return int(own(host, told).at)


def test_a_statement_is_found_by_all_that_it_is_about() -> None:
    told = plain(context={"registration": "A" * 8 + "-aaaa-4aaa-8aaa-" + "a" * 12,
                          "contextActivities": {"parent": [{"id": "urn:course"}]},
                          "instructor": BEN})  # fmt: skip
    host = kept([told])
    seq, ann, ben = seq_of(host, told), identity(ANN), identity(BEN)
    for names in (("agent", ann), ("verb", PASSED), ("activity", PUMP),
                  ("agent", ann, "verb", PASSED),
                  ("registration", told["context"]["registration"].lower()), ("other agent", ben),
                  ("other activity", "urn:course")):  # fmt: skip
        assert found(host, *names) == [seq], names
    assert found(host, "agent", ben) == found(host, "activity", "urn:course") == []
    assert [row.at for row in rows(host, ALL)] == [seq]


def test_members_of_a_group_are_found_too() -> None:
    told = plain(actor={"objectType": "Group", "member": [ANN, BEN]})
    host = kept([told])
    assert found(host, "agent", identity(BEN)) == [seq_of(host, told)]


def test_who_refers_to_a_statement_is_found_by_what_that_is_found_by_in_any_order() -> None:
    target = plain(verb={"id": FAILED})
    first = plain(actor=BEN, object={"objectType": "StatementRef", "id": target["id"]})
    second = plain(actor=BEN, object={"objectType": "StatementRef", "id": first["id"]})
    for order in ((target, first, second), (second, first, target), (first, second, target)):
        host = kept(order)
        seqs = sorted(seq_of(host, one) for one in order)
        assert found(host, "verb", FAILED) == seqs
        assert found(host, "agent", identity(ANN), "verb", FAILED) == seqs


def test_references_in_a_circle_come_to_an_end() -> None:
    one, other = plain(), plain(verb={"id": FAILED})
    for a, b in ((one, other), (other, one)):
        a["object"] = {"objectType": "StatementRef", "id": b["id"]}
    host = kept([one, other])
    assert found(host, "verb", FAILED) == sorted([seq_of(host, one), seq_of(host, other)])


def test_what_is_voided_is_found_by_its_id_alone_in_any_order() -> None:
    told = plain()
    void = voiding(told["id"], actor=BEN)
    for order in ((told, void), (void, told)):
        host = kept(order)
        # Who voids it refers to it, and is found by what it was about.
        assert found(host, "agent", identity(ANN), "verb", PASSED) == [seq_of(host, void)]
        assert own(host, told).data[:1] == b"x"
        assert seq_of(host, void) in [row.at for row in rows(host, ALL)]


def test_nothing_voids_a_voiding_statement() -> None:
    told = plain()
    void = voiding(told["id"])
    host = kept([told, void, voiding(void["id"])])
    assert own(host, void).data[:1] == b"v"
    assert seq_of(host, void) in [row.at for row in rows(host, ALL)]


@settings(max_examples=25, deadline=None)
@given(st.lists(STATEMENTS, max_size=6, unique_by=lambda told: told["id"]), st.data())
def test_a_table_that_is_made_anew_equals_the_one_that_grew(told: list[Told], data: Any) -> None:
    for at, one in enumerate(told[1:], 1):
        if data.draw(st.booleans()):
            one["object"] = {"objectType": "StatementRef", "id": told[at - 1]["id"]}
    if told and data.draw(st.booleans()):
        told.insert(data.draw(st.integers(0, len(told))), voiding(told[0]["id"]))
    with tempfile.TemporaryDirectory() as folder:
        file = kept(told, SqliteStore(f"{folder}/r.loom"))
        held = file.store.select(file.realm.world("school").stream, TABLE, {}, (), 10_000)
        file.store.close()
    memory = kept(told)
    table = memory.store._streams[memory.realm.world("school").stream].tables[TABLE]
    stream = memory.realm.world("school").stream
    anew = table.anew(memory.store.records(stream, 0, 2**40)).select({}, (), 10_000)
    assert table.select({}, (), 10_000).rows == anew.rows
    assert (held.rows, held.error) == (anew.rows, "")


def test_of_who_is_forgotten_no_facet_is_left(tmp_path: Path) -> None:
    store = SqliteStore(str(tmp_path / "r.loom"))
    told, other = plain(), plain(actor=BEN)
    host = kept([told], store, of="learner:ann")
    ben = StatementKept(other["id"], Personal(json.dumps(other), of="ben"))
    host.realm.note("school", "test", [ben])
    host.flush()
    assert len(rows(host, ALL)) == 2
    host.realm.forget("learner:ann", "owner")
    host.flush()
    assert found(host, "agent", identity(ANN)) == []
    assert [row.at for row in rows(host, ALL)] == [seq_of(host, other)]
    assert rows(host, facet("id", told["id"])) == []
    store.close()


@given(STATEMENTS)
def test_two_statements_that_say_the_same_have_one_digest(told: Told) -> None:
    turned = dict(reversed(told.items()))
    assert digest_of(turned) == digest_of({**told, "version": "1.0.0"})
    assert digest_of({**told, "verb": {"id": "urn:other"}}) != digest_of(told)


def test_durations_are_compared_to_hundredths_of_a_second() -> None:
    one = plain(result={"duration": "PT1.127S"})
    assert digest_of(one) == digest_of({**one, "result": {"duration": "PT1.12S"}})
    assert digest_of(one) != digest_of({**one, "result": {"duration": "PT1.13S"}})


def test_what_is_told_of_an_activity_adds_up() -> None:
    before = {"name": {"en": "Pump"}, "type": "urn:a"}
    told = {"name": {"de": "Pumpe"}, "type": "urn:b"}
    assert merged(before, told) == {"name": {"en": "Pump", "de": "Pumpe"}, "type": "urn:b"}
