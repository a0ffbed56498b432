"""What is a statement passes; whatever is changed in it so that it is none is refused."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kits.academy.xapi.statements import ANN, ANYTHING, BEN, PUMP, STATEMENTS, plain, voiding
from worldloom import Invalid, OverLimit
from worldloom.kits.academy.xapi import values
from worldloom.kits.academy.xapi.checking import check_statement
from worldloom.kits.academy.xapi.facets import facets_of, pack, unpack

Told = dict[str, Any]


@given(STATEMENTS, st.sampled_from(["1.0.3", "2.0.0"]))
def test_every_statement_of_the_form_passes(told: Told, version: str) -> None:
    check_statement(told, version)
    facets = facets_of(told)
    assert len(set(facets)) == len(facets) and unpack(pack(facets)) == facets


@given(ANYTHING)
def test_anything_else_is_refused_and_never_breaks_the_check(value: Any) -> None:
    with pytest.raises((Invalid, OverLimit)):
        check_statement(value, "1.0.3")


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every object in a statement that is not under extensions."""
    found = [path] if isinstance(value, dict) else []
    steps = value.items() if isinstance(value, dict) else enumerate(value)
    for step, part in steps:
        if isinstance(part, dict | list) and step != "extensions":
            found += places(part, (*path, step))
    return found


@given(STATEMENTS, st.data())
def test_an_unknown_key_or_a_null_is_refused_wherever_it_stands(told: Told, data: Any) -> None:
    told = copy.deepcopy(told)
    way = data.draw(st.sampled_from(places(told)))
    spot: Any = told
    for step in way:
        spot = spot[step]
    if data.draw(st.booleans()) or not spot:
        spot["not known"] = "x"
    else:
        spot[data.draw(st.sampled_from(sorted(spot)))] = None
    with pytest.raises(Invalid):
        check_statement(told, "1.0.3")


GROUP = {"objectType": "Group", "mbox": "mailto:team@example.com"}
TWO = {"objectType": "Group", "member": [{"account": BEN["account"]}, ANN]}
SIGNED = {"usageType": PUMP, "display": {"en": "a"}, "contentType": "text/plain", "length": 1,
          "sha2": "a" * 64}  # fmt: skip


@pytest.mark.parametrize(
    "more",
    [
        {"actor": {"mbox": "ann@example.com"}},
        {"actor": {"mbox": "mailto:ann"}},
        {"actor": {}},
        {"actor": {**ANN, "openid": "https://ann.example"}},
        {"actor": {"objectType": "Group"}},
        {"actor": {"objectType": "Group", "member": []}},
        {"actor": {"objectType": "Group", "member": [GROUP]}},
        {"actor": {"account": {"name": "ann"}}},
        {"verb": {"id": "passed"}},
        {"verb": {"id": PUMP, "display": {"a12345678": "x"}}},
        {"verb": {}},
        {"object": {"id": "pump"}},
        {"object": {"id": PUMP, "objectType": "activity"}},
        {"object": {"id": PUMP, "definition": {"choices": [{"id": "a"}]}}},
        {"object": {"id": PUMP, "definition": {"interactionType": "choice", "scale": []}}},
        {"object": {"id": PUMP, "definition": {"interactionType": "choice",
                                               "choices": [{"id": "a"}, {"id": "a"}]}}},
        {"object": {"objectType": "StatementRef", "id": "x"}},
        {"object": {"objectType": "SubStatement", **plain()}},
        {"object": {**ANN}, "context": {"platform": "x"}},
        {"result": {"score": {"scaled": 1.01}}},
        {"result": {"score": {"raw": 2, "max": 1}}},
        {"result": {"score": {"min": 2, "max": 1}}},
        {"result": {"score": {"raw": "2"}}},
        {"result": {"success": "true"}},
        {"result": {"duration": "PA1H"}},
        {"result": {"duration": "P4W1D"}},
        {"context": {"registration": "x"}},
        {"context": {"language": "a12345678"}},
        {"context": {"team": ANN}},
        {"context": {"contextAgents": []}},
        {"timestamp": "01/01/2015"},
        {"timestamp": "2026-01-31T12:00:00-00:00"},
        {"version": "1.1.0"},
        {"authority": {"objectType": "Group", "member": [ANN]}},
        {"attachments": [{**SIGNED, "length": -1}]},
        {"attachments": [{**SIGNED, "sha2": "z"}]},
        {"attachments": {}},
    ],
)  # fmt: skip
def test_each_fault_of_the_form_is_refused_by_its_place(more: Told) -> None:
    with pytest.raises(Invalid) as refused:
        check_statement(plain(**more), "1.0.3")
    assert str(refused.value).startswith("statement.")


@pytest.mark.parametrize(
    "more",
    [
        {"object": ANN},
        {"object": {"objectType": "SubStatement", "actor": ANN, "verb": {"id": PUMP},
                    "object": {"id": PUMP}}},
        {"authority": TWO, "stored": "2026-01-31T12:00:00Z", "version": "1.0"},
        {"attachments": [SIGNED]},
        {"result": {"score": {"raw": 1, "min": 1, "max": 2}, "duration": "P3Y1M29DT4H35M59.14S"}},
        {"result": {"extensions": {PUMP: None}}},
    ],
)  # fmt: skip
def test_what_looks_odd_and_is_allowed_passes(more: Told) -> None:
    check_statement(plain(**more), "1.0.3")
    check_statement(voiding(plain()["id"]), "1.0.3")


def test_agents_and_groups_of_a_context_are_of_the_second_version() -> None:
    told = plain(context={
        "contextAgents": [{"objectType": "contextAgent", "agent": ANN, "relevantTypes": [PUMP]}],
        "contextGroups": [{"objectType": "contextGroup", "group": TWO}],
    })  # fmt: skip
    check_statement(told, "2.0.0")
    with pytest.raises(Invalid):
        check_statement(told, "1.0.3")
    told["context"]["contextAgents"][0]["relevantTypes"] = []
    with pytest.raises(Invalid):
        check_statement(told, "2.0.0")


def test_json_that_nests_without_end_is_over_the_limit() -> None:
    deep: Any = {}
    for _ in range(1_000):
        deep = {PUMP: deep}
    with pytest.raises(OverLimit):
        check_statement(plain(result={"extensions": deep}), "1.0.3")


@given(st.integers(0, 4_000_000_000_000_000))
def test_a_moment_is_spelled_and_read_to_the_microsecond(micros: int) -> None:
    assert values.moment(values.spelled(micros), "it") == micros


def test_moments_are_read_in_every_zone_and_fraction() -> None:
    # RFC 3339, section 5.8, says that these pairs are the same.
    pairs = [("1996-12-19T16:39:57-08:00", "1996-12-20T00:39:57Z"),
             ("1937-01-01T12:00:27.87+00:20", "1937-01-01T11:40:27.87Z")]  # fmt: skip
    for one, other in pairs:
        assert values.moment(one, "it") == values.moment(other, "it")
    assert values.moment("2026-01-31T12:00:00.1234567891Z", "it") % 1_000_000 == 123_456
    for wrong in ("2026-02-30T00:00:00Z", "2026-01-31", "2026-01-31T25:00:00Z", None, 5,
                  "2026-01-31T12:00:00+25:00"):  # fmt: skip
        with pytest.raises(Invalid):
            values.moment(wrong, "it")


def test_language_tags_are_those_of_the_standard() -> None:
    # RFC 5646, appendix A.
    for tag in ("de", "zh-Hant", "sr-Latn-RS", "sl-rozaj-biske", "de-CH-1996", "es-419",
                "de-CH-x-phonebk", "x-whatever", "en-US-u-islamcal", "i-enochian"):  # fmt: skip
        assert values.tag(tag, "it") == tag
    for wrong in ("de-419-DE-", "a-DE-x", "", "de_CH", "toolonglang"):
        with pytest.raises(Invalid):
            values.tag(wrong, "it")
