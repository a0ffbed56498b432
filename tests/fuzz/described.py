"""The described interface, fuzzed by schemathesis: every operation, with ids that are there.

Whatever the description allows and whatever it does not is asked by the realm's owner, by a
person, by a guest and by nobody, in turn; much of what a request names is really in the realm.
"""

from __future__ import annotations

import itertools
import random
import warnings
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.errors import Unsatisfiable

from tests.fuzz.judging import Bug
from tests.fuzz.works import WORLD, Works
from tests.server.asking import Site

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its own libraries' deprecations, when it is imported
    import schemathesis
    from schemathesis.generation import GenerationMode

EXAMPLES = 6
"""Requests of each operation and kind in one case of the soak."""
THERE = {GenerationMode.POSITIVE: 0.8, GenerationMode.NEGATIVE: 0.4}
"""How often a request names in its query and body what is there."""
ALWAYS = frozenset({404, 405, 422, 429})
"""What any operation may answer: nothing is there, not so, or not so often."""
FORM = "application/x-www-form-urlencoded"
UNDECLARED = {("GET", "/w/{world}/live")}
"""The live socket: what is no upgrade is no socket."""


WHO = ("owner", "person", "owner", "guest", "owner", "nobody")
"""Who asks, in turns."""


class DescribedDoor:
    """One server; each case is one operation, asked some times as described and otherwise."""

    def __init__(self, site: Site, examples: int = EXAMPLES) -> None:
        self.works = Works(site)
        self.examples = examples
        schema: Any = schemathesis.openapi.from_dict(self._real())
        self.operations = [result.ok() for result in schema.get_all_operations()]
        self.turns = itertools.cycle(WHO)
        self.tried = 0
        self.answered: dict[str, set[int]] = {}
        """Operation → every status that it answered with."""

    def case(self, seed: int) -> None:
        """Ask for one operation; raises Bug where an answer is none that is described."""
        operation = self.operations[seed % len(self.operations)]
        self.turns = itertools.cycle(WHO)  # each operation is asked by who may have it
        self.works.mend()
        wrong = [line for mode in _modes(operation) for line in self._fuzz(operation, mode, seed)]
        if wrong:
            raise Bug("\n".join(sorted(set(wrong))))

    def _real(self) -> dict[str, Any]:
        """Return the description with what is there, and each action as its world describes it."""
        nobody = self.works.site.nobody
        found: dict[str, Any] = nobody.get("/openapi.json").json
        own = nobody.get(f"/api/worlds/{WORLD}/openapi.json").json
        del found["paths"]["/api/worlds/{world}/actions/{action}"]
        found["paths"].update(own["paths"])
        found["components"]["schemas"].update(own["components"]["schemas"])
        return found

    def _fuzz(self, operation: Any, mode: GenerationMode, seed: int) -> list[str]:
        """Ask for an operation some times; return what was answered wrongly."""
        wrong: list[str] = []
        chance = random.Random(seed)

        @seeded(seed)
        @settings(
            max_examples=self.examples, database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            # What is wrong elsewhere is not seen where the address is wrong as well.
            if mode is GenerationMode.POSITIVE or chance.random() < 0.8:
                for name in case.path_parameters or {}:
                    there = self.works.id_of(operation.path, name)
                    case.path_parameters[name] = there or case.path_parameters[name]
            if chance.random() < THERE[mode]:
                for part in (case.query, case.body):
                    self._fill(part, chance)
            wrong.extend(self._judge(operation, case))

        try:
            ask()
        except Unsatisfiable:
            if mode is not GenerationMode.NEGATIVE:
                raise  # else nothing in it can be wrong
        return wrong

    def _fill(self, part: Any, chance: random.Random) -> None:
        """Let an object name what is there, mostly, wherever it names what is of a known kind."""
        if isinstance(part, dict):
            for name in sorted(part.keys() & self.works.words.keys()):
                if chance.random() < 0.9:
                    part[name] = chance.choice(self.works.words[name])

    def _judge(self, operation: Any, case: Any) -> list[str]:
        """Send a request; return what is wrong with its answer."""
        answer = case.call(
            base_url=self.works.site.server.url,
            headers=getattr(self.works, next(self.turns)).headers,
            allow_redirects=False,
            timeout=30,
        )
        status, method = answer.status_code, operation.method.upper()
        self.tried += 1
        self.answered.setdefault(operation.label, set()).add(status)
        if status < 300 and method != "GET":
            self.works.used(operation.path)
        known = {int(one) for one in operation.definition.raw["responses"]} | ALWAYS
        if status == 503:
            fine = int(answer.headers["Retry-After"][0]) >= 1
        else:
            fine = status < 500 and (status in known or (method, operation.path) in UNDECLARED)
        body = (answer.request.body or b"")[:200]
        asked = f"{method} {answer.request.path_url[:200]} {body!r}"
        return [] if fine else [f"{status} {asked}: {answer.content[:200]!r}"]


def _modes(operation: Any) -> list[GenerationMode]:
    """Return what is tried: a form is all text, in which wrong types are searched for in vain."""
    body = operation.definition.raw.get("requestBody", {}).get("content", {})
    return [GenerationMode.POSITIVE] if FORM in body else list(GenerationMode)
