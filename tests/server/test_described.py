"""The whole description, fuzzed: every operation of `/openapi.json` and of a world's, and no 500.

Schemathesis makes requests that the description allows and ones that it does not, of the default
realm: an author's mistake is a 500 by design, and the worlds that are shipped have none to show.
"""

from __future__ import annotations

import copy
import itertools
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable

from tests.server.asking import Browser, Site
from worldloom.testing.fixtures import Server

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its own libraries' deprecations, when it is imported
    import schemathesis
    from schemathesis.generation import GenerationMode

EXAMPLES = 3
"""Of each operation and kind, by the askers in turn: the soak's own fuzzers try very many more."""
ALWAYS = frozenset({404, 405, 422, 429})
"""What any operation may answer: nothing is there, not so, or not so often."""
UNDECLARED = {("GET", "/w/{world}/live")}
"""The live socket: what is no upgrade is no socket."""


@pytest.fixture(scope="module")
def plaza(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    server = Server(tmp_path_factory.mktemp("plaza") / "realm.loom").start()
    yield Site(server)
    assert server.stop() == 0
    told = "".join(server.errors)
    assert "Traceback" not in told and "handler_failed" not in told, told[-3000:]


def real(description: dict[str, Any], site: Site) -> dict[str, Any]:
    """Return the description with names that exist, and each action as the world describes it."""
    found = copy.deepcopy(description)
    own = site.nobody.get("/api/worlds/plaza/openapi.json").json
    paths: dict[str, Any] = found["paths"]
    del paths["/api/worlds/{world}/actions/{action}"]
    paths.update(own["paths"])
    found["components"]["schemas"].update(own["components"]["schemas"])
    names = {
        "world": {"enum": ["plaza"]},
        "seq": {"type": "integer", "minimum": 0, "maximum": 40},
        "table": {"enum": ["visits", "scores", "nothing"]},
    }
    for operations in paths.values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path" and parameter["name"] in names:
                    parameter["schema"] = names[parameter["name"]]
    return found


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_operation_of_the_description_answers_500(plaza: Site) -> None:
    description = plaza.nobody.get("/openapi.json").json
    schema: Any = schemathesis.openapi.from_dict(real(description, plaza))
    askers = itertools.cycle([plaza.owner(), plaza.guest(), plaza.nobody])
    wrong: list[str] = []
    tried, obtained = 0, set()
    for operation in (result.ok() for result in schema.get_all_operations()):
        known = {int(status) for status in operation.definition.raw["responses"]} | ALWAYS
        for mode in GenerationMode:
            for status, line in fuzz(plaza, operation, mode, askers):
                tried += 1
                asked = operation.method.upper(), operation.path
                if status >= 500 or status not in known and asked not in UNDECLARED:
                    wrong.append(f"{status} {line}")
                if status < 300:
                    obtained.add(operation.label)
    assert not wrong, "\n".join(sorted(set(wrong))[:40])
    assert tried > 250 and len(obtained) > 20, "most of what is described is reached at all"


def fuzz(
    plaza: Site, operation: Any, mode: GenerationMode, askers: Iterator[Browser]
) -> list[tuple[int, str]]:
    """Ask for an operation some times; return each status, and what was asked."""
    told: list[tuple[int, str]] = []

    @settings(
        max_examples=EXAMPLES, database=None, deadline=None, derandomize=True,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        answer = case.call(
            base_url=plaza.server.url,
            headers=next(askers).headers,
            allow_redirects=False,
            timeout=30,
        )
        if answer.status_code == 503:
            assert int(answer.headers["Retry-After"][0]) >= 1
        body = (answer.request.body or b"")[:200]
        line = f"{case.method} {answer.request.path_url[:200]} {body!r}: {answer.content[:200]!r}"
        status = 0 if answer.status_code == 503 else answer.status_code
        told.append((status or 404, line))

    try:
        ask()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, operation.label  # nothing in it can be wrong
    return told
