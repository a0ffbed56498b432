"""`AsyncClient`: the same realm for programs of asyncio; what `Client` does, awaited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any, Self

from worldloom.remote import questions
from worldloom.remote.held import AsyncHeld
from worldloom.remote.tasks import AsyncTask
from worldloom.remote.transport import CutOff, open_async


class AsyncClient:
    """A realm; an action that was asked for is done once, even where the line was cut meanwhile."""

    def __init__(self, url: str = "http://localhost:7400", token: str = "") -> None:
        """Name the server and the token (`loom token NAME`); reading public worlds needs none."""
        self._http = open_async(url, token)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Let the connections go."""
        await self._http.aclose()

    async def worlds(self) -> list[dict[str, Any]]:
        """Return name, title, seq, visitors and more of each world that may be seen."""
        found: list[dict[str, Any]] = (await self.ask(questions.get("/api/worlds")))["worlds"]
        return found

    def world(self, name: str) -> AsyncWorld:
        """Return a world; nothing is asked yet."""
        return AsyncWorld(self, name)

    async def upload(self, file: str | Path | bytes) -> str:
        """Send a model or a picture; return its sha256. Raises Invalid, OverLimit."""
        data = file if isinstance(file, bytes) else Path(file).read_bytes()
        made: dict[str, str] = await self.ask(questions.Question("POST", "/api/assets", {}, data))
        return made["sha256"]

    async def ask(self, question: questions.Question) -> Any:
        """Return the answer's JSON; raises WorldloomError as the realm does."""
        for attempt in range(questions.TRIES):
            last = attempt == questions.TRIES - 1
            with CutOff(last):
                reply = await self._http.request(
                    question.method, question.path, params=question.query,
                    content=question.body, headers=question.headers,
                )  # fmt: skip
                if reply.status_code != 503 or last:
                    return questions.read_answer(reply.status_code, reply.content)
                await asyncio.sleep(
                    questions.wait_before(attempt, reply.headers.get("retry-after"))
                )
                continue
            await asyncio.sleep(questions.wait_before(attempt, None))
        raise AssertionError("the last try answers or raises")

    async def follow(self, path: str, records: questions.Records) -> AsyncIterator[dict[str, Any]]:
        """Yield records as they come, on from the last where the line was cut."""
        failures = 0
        while True:
            with CutOff(failures >= questions.TRIES):
                headers = {"Accept": "text/event-stream", "Last-Event-ID": str(records.after)}
                async with self._http.stream("GET", path, headers=headers) as reply:
                    if reply.status_code != 200:
                        questions.read_answer(reply.status_code, await reply.aread())
                    async for line in reply.aiter_lines():
                        record = records.take(line)
                        if record is not None:
                            failures = 0
                            yield record
            failures += 1
            await asyncio.sleep(questions.wait_before(failures, None))


class AsyncWorld:
    """A world of a realm."""

    def __init__(self, client: AsyncClient, name: str) -> None:
        self.name = name
        self.do = AsyncActions(self)
        """Its actions as functions: `await world.do.water(plant="fern")`."""
        self._ask = client.ask
        self._follow = client.follow

    async def info(self) -> dict[str, Any]:
        """Return title, seq, root, state_hash, visitors and lineage."""
        return await self._get("")

    async def state(self, seq: int | None = None) -> dict[str, Any]:
        """Return {seq, state_hash, entities} now or at a seq; raises NotFound past the newest."""
        return await self._get("/state", seq=seq)

    async def entities(self, seq: int | None = None) -> dict[str, dict[str, Any]]:
        """Return name → {id, parent, components} now or at a seq."""
        found = (await self.state(seq))["entities"]
        return {one["name"]: {"id": id, **one} for id, one in found.items()}

    async def actions(self, all: bool = False) -> dict[str, dict[str, Any]]:
        """Return name → {doc, role, cost, schema} of what the token may do, or `all`."""
        found = await self._get("/actions", all=1 if all else None)
        return {one["name"]: one for one in found["actions"]}

    async def act(
        self, action: str, /, *, dry_run: bool = False, idempotency_key: str = "", **args: Any
    ) -> Any:
        """Do an action, durable when this returns; return its result. See `RemoteWorld.act`."""
        answer = await self._ask(questions.act(self.name, action, args, dry_run, idempotency_key))
        return AsyncHeld(self._ask, answer["held"]) if "held" in answer else answer["result"]

    async def begin(self, action: str, /, **args: Any) -> AsyncTask:
        """Do an action that takes long, and return it as it goes on outside."""
        answer = await self._ask(questions.act(self.name, action, args))
        return AsyncTask(self._ask, self.name, answer)

    async def events(self, after: int = 0, follow: bool = False) -> AsyncIterator[dict[str, Any]]:
        """Yield the records after a seq in order, without a gap; with `follow` never ends."""
        if follow:
            path = questions.of_world(self.name, "/events")
            async for record in self._follow(path, questions.Records(after)):
                yield record
        while page := (await self._get("/events", after=after, limit=questions.PAGE))["records"]:
            for record in page:
                yield record
            after = page[-1]["seq"]

    async def undo(self, **which: Any) -> dict[str, Any]:
        """Take back what was done last, `by` an account, or one `group`; names the conflicts."""
        found: dict[str, Any] = await self._ask(questions.turn(self.name, "undo", which))
        return found

    async def redo(self, **which: Any) -> dict[str, Any]:
        """Do again what was undone."""
        found: dict[str, Any] = await self._ask(questions.turn(self.name, "redo", which))
        return found

    async def fork(self, name: str, seq: int | None = None, title: str = "") -> dict[str, Any]:
        """Make a world that continues this one from a seq; return {world, seq, parent, url}.

        Without a title it is called as this one.
        """
        made: dict[str, Any] = await self._ask(questions.fork(self.name, name, seq, title))
        return made

    async def _get(self, rest: str, **query: Any) -> dict[str, Any]:
        found: dict[str, Any] = await self._ask(
            questions.get(questions.of_world(self.name, rest), **query)
        )
        return found


class AsyncActions:
    """A world's actions as functions; after `await world.do.load()` `help` knows them, too."""

    def __init__(self, world: AsyncWorld) -> None:
        self._world = world
        self._known: dict[str, dict[str, Any]] = {}

    async def load(self) -> Self:
        """Ask what can be done, for `help`, `dir` and whoever completes names."""
        self._known = await self._world.actions(all=True)
        return self

    def __dir__(self) -> list[str]:
        return questions.allowed(self._known)

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        if name.startswith("_"):
            raise AttributeError(name)

        async def action(*, dry_run: bool = False, **args: Any) -> Any:
            return await self._world.act(name, dry_run=dry_run, **args)

        return questions.dressed(action, name, self._known.get(name))
