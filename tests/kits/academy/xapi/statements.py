"""Statements for the tests: plain ones by hand, and any that hypothesis thinks of."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from hypothesis import strategies as st

ANN = {"objectType": "Agent", "mbox": "mailto:ann@example.com"}
BEN = {"objectType": "Agent", "account": {"homePage": "https://lms.example", "name": "ben"}}
PASSED = "http://adlnet.gov/expapi/verbs/passed"
FAILED = "http://adlnet.gov/expapi/verbs/failed"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
PUMP = "https://school.example/pump"


def plain(**more: Any) -> dict[str, Any]:
    """Return a small statement with an id of its own."""
    return {
        "id": str(uuid4()),
        "actor": ANN,
        "verb": {"id": PASSED},
        "object": {"id": PUMP},
        **more,
    }


def voiding(id: str, **more: Any) -> dict[str, Any]:
    """Return a statement that voids another."""
    return plain(verb={"id": VOIDED}, object={"objectType": "StatementRef", "id": id}, **more)


IRIS = st.sampled_from([PUMP, "urn:x:1", "https://example.com/é?a=b#c", "tag:a,2020:x"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
MAPS = st.dictionaries(st.sampled_from(["en", "de-CH", "zh-Hans-CN", "x-klingon"]), TEXTS)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
EXTENSIONS = st.dictionaries(IRIS, ANYTHING, max_size=2)
AGENTS = st.sampled_from([
    ANN, BEN, {"mbox_sha1sum": "a" * 40}, {"openid": "https://ann.example", "name": "Ann"},
])  # fmt: skip
GROUPS = st.builds(
    lambda members, own: {"objectType": "Group", "member": members, **own},
    st.lists(AGENTS, min_size=1, max_size=3),
    st.sampled_from([{}, {"mbox": "mailto:team@example.com"}]),
)
DEFINITIONS = st.fixed_dictionaries(
    {}, optional={"name": MAPS, "description": MAPS, "type": IRIS, "extensions": EXTENSIONS}
)
ACTIVITIES = st.fixed_dictionaries(
    {"id": IRIS}, optional={"objectType": st.just("Activity"), "definition": DEFINITIONS}
)
SCORES = st.fixed_dictionaries({}, optional={"scaled": st.floats(-1, 1), "raw": st.floats(0, 1)})
RESULTS = st.fixed_dictionaries({}, optional={
    "score": SCORES, "success": st.booleans(), "completion": st.booleans(), "response": TEXTS,
    "duration": st.sampled_from(["PT1S", "P1DT2H3.25S", "P3W", "PT0.1S"]),
    "extensions": EXTENSIONS,
})  # fmt: skip
CONTEXTS = st.fixed_dictionaries({}, optional={
    "registration": st.uuids().map(str), "instructor": AGENTS | GROUPS, "team": GROUPS,
    "language": st.sampled_from(["en", "fr-CA"]), "extensions": EXTENSIONS,
    "contextActivities": st.dictionaries(
        st.sampled_from(["parent", "grouping", "category", "other"]),
        ACTIVITIES | st.lists(ACTIVITIES, max_size=2), max_size=2),
})  # fmt: skip
PARTS = {
    "actor": AGENTS | GROUPS,
    "verb": st.fixed_dictionaries({"id": IRIS}, optional={"display": MAPS}),
    "object": ACTIVITIES,
}
MORE = {"result": RESULTS, "context": CONTEXTS,
        "timestamp": st.just("2026-01-31T12:00:00.123Z")}  # fmt: skip
STATEMENTS = st.fixed_dictionaries({**PARTS, "id": st.uuids().map(str)}, optional=MORE)
"""Statements of every form but those that refer to others."""
