"""`Client`: worlds of a running realm as Python objects, for notebooks and scripts.

with Client("http://localhost:7400", token="…") as realm:
plaza = realm.world("plaza")
plaza.do.say(text="good morning")
for record in plaza.events(follow=True):
print(record["seq"], record["kind"])
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

from worldloom.remote import questions
from worldloom.remote.held import Held
from worldloom.remote.tasks import Task
from worldloom.remote.transport import CutOff, open_sync


class Client:
    """A realm; an action that was asked for is done once, even where the line was cut meanwhile."""

    def __init__(self, url: str = "http://localhost:7400", token: str = "") -> None:
        """Name the server and the token (`loom token NAME`); reading public worlds needs none."""
        self._http = open_sync(url, token)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def worlds(self) -> list[dict[str, Any]]:
        """Return name, title, seq, visitors and more of each world that may be seen."""
        found: list[dict[str, Any]] = self.ask(questions.get("/api/worlds"))["worlds"]
        return found

    def world(self, name: str) -> RemoteWorld:
        """Return a world; nothing is asked yet."""
        return RemoteWorld(self, name)

    def upload(self, file: str | Path | bytes) -> str:
        """Send a model or a picture; return its sha256, as components name it.

        Raises Invalid for what is not taken, OverLimit for what is too large.
        """
        data = file if isinstance(file, bytes) else Path(file).read_bytes()
        made: dict[str, str] = self.ask(questions.Question("POST", "/api/assets", {}, data))
        return made["sha256"]

    def ask(self, question: questions.Question) -> Any:
        """Return the answer's JSON; raises WorldloomError as the realm does.

        What fails by a cut line or `not now` (503) is asked again a few times.
        """
        for attempt in range(questions.TRIES):
            last = attempt == questions.TRIES - 1
            with CutOff(last):
                reply = self._http.request(
                    question.method, question.path, params=question.query,
                    content=question.body, headers=question.headers,
                )  # fmt: skip
                if reply.status_code != 503 or last:
                    return questions.read_answer(reply.status_code, reply.content)
                time.sleep(questions.wait_before(attempt, reply.headers.get("retry-after")))
                continue
            time.sleep(questions.wait_before(attempt, None))
        raise AssertionError("the last try answers or raises")

    def follow(self, path: str, records: questions.Records) -> Iterator[dict[str, Any]]:
        """Yield records as they come, on from the last where the line was cut."""
        failures = 0
        while True:
            with CutOff(failures >= questions.TRIES):
                headers = {"Accept": "text/event-stream", "Last-Event-ID": str(records.after)}
                with self._http.stream("GET", path, headers=headers) as reply:
                    if reply.status_code != 200:
                        questions.read_answer(reply.status_code, reply.read())
                    for line in reply.iter_lines():
                        record = records.take(line)
                        if record is not None:
                            failures = 0
                            yield record
            failures += 1
            time.sleep(questions.wait_before(failures, None))


class RemoteWorld:
    """A world of a realm."""

    def __init__(self, client: Client, name: str) -> None:
        self.name = name
        self.do = Actions(self)
        """Its actions as functions: `world.do.water(plant="fern")`."""
        self._ask = client.ask
        self._follow = client.follow

    def info(self) -> dict[str, Any]:
        """Return title, seq, root, state_hash, visitors and lineage."""
        return self._get("")

    def state(self, seq: int | None = None) -> dict[str, Any]:
        """Return {seq, state_hash, entities} now or at a seq; raises NotFound past the newest."""
        return self._get("/state", seq=seq)

    def entities(self, seq: int | None = None) -> dict[str, dict[str, Any]]:
        """Return name → {id, parent, components} now or at a seq."""
        found = self.state(seq)["entities"]
        return {one["name"]: {"id": id, **one} for id, one in found.items()}

    def actions(self, all: bool = False) -> dict[str, dict[str, Any]]:
        """Return name → {doc, role, cost, schema} of what the token may do.

        With `all` of every action; what it may not do has `refused`, which says why.
        """
        found = self._get("/actions", all=1 if all else None)
        return {one["name"]: one for one in found["actions"]}

    def act(
        self, action: str, /, *, dry_run: bool = False, idempotency_key: str = "", **args: Any
    ) -> Any:
        """Do an action, durable when this returns; return its result.

        `dry_run` only decides it. What is asked again with the same `idempotency_key` within 24 h,
        by this program or after its restart, is done once. Raises what the realm refuses with.
        Of what a person must approve first it is a `Held`, to be waited for.
        """
        answer = self._ask(questions.act(self.name, action, args, dry_run, idempotency_key))
        return Held(self._ask, answer["held"]) if "held" in answer else answer["result"]

    def begin(self, action: str, /, **args: Any) -> Task:
        """Do an action that takes long, and return it as it goes on outside.

        `begin("heat", rooms=3).wait(progress)` waits for what comes of it; `.cancel()` takes it
        back.
        """
        return Task(self._ask, self.name, self._ask(questions.act(self.name, action, args)))

    def events(self, after: int = 0, follow: bool = False) -> Iterator[dict[str, Any]]:
        """Yield the records after a seq in order, without a gap; with `follow` never ends."""
        if follow:
            path = questions.of_world(self.name, "/events")
            yield from self._follow(path, questions.Records(after))
        while page := self._get("/events", after=after, limit=questions.PAGE)["records"]:
            yield from page
            after = page[-1]["seq"]

    def undo(self, **which: Any) -> dict[str, Any]:
        """Take back what was done last, `by` an account, or one `group`; names the conflicts."""
        found: dict[str, Any] = self._ask(questions.turn(self.name, "undo", which))
        return found

    def redo(self, **which: Any) -> dict[str, Any]:
        """Do again what was undone."""
        found: dict[str, Any] = self._ask(questions.turn(self.name, "redo", which))
        return found

    def fork(self, name: str, seq: int | None = None, title: str = "") -> dict[str, Any]:
        """Make a world that continues this one from a seq; return {world, seq, parent, url}.

        Without a title it is called as this one.
        """
        made: dict[str, Any] = self._ask(questions.fork(self.name, name, seq, title))
        return made

    def _get(self, rest: str, **query: Any) -> dict[str, Any]:
        found: dict[str, Any] = self._ask(
            questions.get(questions.of_world(self.name, rest), **query)
        )
        return found


class Actions:
    """A world's actions as functions with names, types and docstrings, as `help` shows them."""

    def __init__(self, world: RemoteWorld) -> None:
        self._world = world
        self._known: dict[str, dict[str, Any]] | None = None

    def __dir__(self) -> list[str]:
        return questions.allowed(self._actions())

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)

        def action(*, dry_run: bool = False, **args: Any) -> Any:
            return self._world.act(name, dry_run=dry_run, **args)

        return questions.dressed(action, name, self._described(name))

    def _described(self, name: str) -> dict[str, Any]:
        known = self._actions().get(name)
        if known is None or "refused" in known:  # it is new, or allowed meanwhile
            self._known = None
            known = self._actions().get(name)
        return known or {}

    def _actions(self) -> dict[str, dict[str, Any]]:
        if self._known is None:
            self._known = self._world.actions(all=True)
        return self._known
