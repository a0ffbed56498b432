"""A world as its author writes it: entities, handlers, actions; `loom dev` and the realm run it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, ClassVar, Final, Protocol, TypeVar, overload

import msgspec

from worldloom.kernel.actions import Action
from worldloom.kernel.chance import Chance
from worldloom.kernel.components import Model, Sound, Transform
from worldloom.kernel.draft import Draft, Key
from worldloom.kernel.entity import Entity, Visitor, not_a_component
from worldloom.kernel.errors import Misused
from worldloom.kernel.events import Said
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.rights import Role
from worldloom.kernel.schema import Component, Event, Input, Request
from worldloom.kernel.state import State
from worldloom.kernel.step import Point, Step

C = TypeVar("C", bound=Component)
E = TypeVar("E", bound=Event)
R = TypeVar("R", bound=Request)
K = TypeVar("K", bound="Kit")
F = TypeVar("F", bound=Callable[..., Any])
Handler = Callable[[Any], None]
Adapter = Callable[[Any, str], Awaitable[Event]]

FILE: Final = "file:"
"""Marks an asset that lies beside the author's file, until the loader has kept it."""
RESERVED: Final = frozenset({"people", "bank"})
"""Streams of the realm that are no worlds."""
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}").fullmatch


class Kit(Protocol):
    """A scenario package: it adds its things to a world."""

    def attach(self, world: World, /) -> None:
        """Register handlers, actions and entities."""
        ...


class Reaction(msgspec.Struct, frozen=True):
    """A handler of one kind of event, for one entity's events or for all."""

    name: str
    kind: type[Event]
    entity: Entity | None
    run: Handler

    def concerns(self, event: Event) -> bool:
        """Tell whether the event is about the handler's entity, if it has one."""
        if self.entity is None:
            return True
        fields = (getattr(event, field) for field in event.__struct_fields__)
        return any(isinstance(value, Entity) and value == self.entity for value in fields)


class Timer(msgspec.Struct, frozen=True):
    """A function that runs again and again."""

    name: str
    period_us: int
    run: Callable[[], None]

    def step(self, _: Step) -> None:
        """Run inside a step."""
        self.run()


class World:
    """A shared place with one log.

    While the file is loaded, `spawn` declares the scene; inside handlers it makes events.
    """

    __injected__: ClassVar[bool] = True

    def __init__(self, name: str, title: str = "", public: bool = True) -> None:
        """Name a world by lower case letters, digits, `-` and `_`; raises Misused."""
        if not isinstance(name, str) or not _NAME(name) or name in RESERVED:
            raise Misused(
                f"{name!r} cannot be a world's name",
                "use lower case letters, digits, - and _, for instance my-garden",
                code="bad_name",
            )
        self.name = name
        self.title = (title or name)[: LIMITS.title_characters_max]
        self.public = public
        self.source = ""
        """The author's file as text, put here by the loader."""
        self.actions: dict[str, Action] = {}
        self.adapters: dict[str, Adapter] = {}
        self.inputs: dict[str, list[Reaction]] = {}
        self.reactions: dict[str, list[Reaction]] = {}
        self.timers: dict[str, Timer] = {}
        self.ground: Draft = Draft(State(), "author")
        """What reads and writes go to: the declaration, a handler's draft, or the state."""
        self._reader = self.ground
        self._loading = True
        self._step: Step | None = None
        self._assets: dict[str, str] = {}
        self._visitors: Mapping[str, Visitor] = {}

    # -- what authors call ---------------------------------------------------------------------

    def spawn(
        self,
        name: str,
        *components: Component,
        at: tuple[float, float, float] | None = None,
        parent: Entity | None = None,
    ) -> Entity:
        """Make an entity, at a place in metres relative to its parent; raises Conflict."""
        values = [self.prepare(value) for value in components]
        if at is not None:
            place = next((value for value in values if isinstance(value, Transform)), None)
            values = [value for value in values if value is not place]
            values.append(msgspec.structs.replace(place or Transform(), position=tuple(at)))
        id = self.writable().spawn(name, values, None if parent is None else parent.number)
        return Entity(self, name if self._loading else id)

    def despawn(self, entity: Entity) -> None:
        """Remove an entity and all that is under it."""
        self.writable().despawn(entity.number)

    def __getitem__(self, name: str) -> Entity:
        id = self.ground.resolve(name)
        return Entity(self, self.ground.need(id).name if self._loading else id)

    def __contains__(self, name: str) -> bool:
        return self.ground.find(name) is not None

    def find(self, kind: type[Component]) -> Iterator[Entity]:
        """Yield the entities that have a component, in order of birth."""
        for id in self.ground.having(kind.__kind__.name):
            yield Entity(self, self.ground.need(id).name if self._loading else id)

    def on(
        self, kind: type[E], entity: Entity | None = None
    ) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
        """Call a function for each event of a kind, or for those about one entity.

        For an Input, such as Click, it runs inside the visitor's command and may refuse it; for
        other events it runs once the event is durable, at least once even after a crash.
        """
        self._check_loading("on")
        if not (isinstance(kind, type) and issubclass(kind, Event)):
            raise Misused(f"{kind!r} is no event", "class Rung(Event): …", code="not_an_event")
        stored = kind.__kind__.name

        def register(run: Callable[[E], None]) -> Callable[[E], None]:
            _check_handler(run)
            table = self.inputs if issubclass(kind, Input) else self.reactions
            known = table.setdefault(stored, [])
            name = _unused(run.__name__, {reaction.name for reaction in known})
            known.append(Reaction(name, kind, entity, run))
            return run

        return register

    def every(self, seconds: float) -> Callable[[Callable[[], None]], Callable[[], None]]:
        """Call a function again and again; one call makes up for all that were missed."""
        self._check_loading("every")
        if not seconds * LIMITS.tick_hz >= 1:
            raise Misused(
                f"every {seconds} s is oftener than the world steps",
                f"use at least {1 / LIMITS.tick_hz} seconds",
                code="too_often",
            )

        def register(run: Callable[[], None]) -> Callable[[], None]:
            _check_handler(run)
            name = _unused(run.__name__, self.timers.keys())
            self.timers[name] = Timer(name, round(seconds * 1e6), run)
            return run

        return register

    @overload
    def action(self, function: F, /) -> F: ...
    @overload
    def action(self, function: None = None, /, *, role: Role | str = ...) -> Callable[[F], F]: ...

    def action(self, function: Any = None, /, *, role: Role | str = Role.VISITOR) -> Any:
        """Let visitors of a role ask for a typed function; raises Misused."""
        self._check_loading("action")

        def register(chosen: F) -> F:
            _check_handler(chosen)
            action = Action(chosen, Role(role))
            if action.name in self.actions:
                raise Misused(
                    f"there are two actions {action.name}", "rename one", code="duplicate_name"
                )
            self.actions[action.name] = action
            return chosen

        return register if function is None else register(function)

    def adapter(
        self, kind: type[R]
    ) -> Callable[[Callable[[R, str], Awaitable[Event]]], Callable[[R, str], Awaitable[Event]]]:
        """Let an async function perform the requests of a kind; it returns the answer's event.

        It runs once the request is durable, with a key that is the same at every repetition.
        """
        self._check_loading("adapter")
        if not (isinstance(kind, type) and issubclass(kind, Request)):
            raise Misused(
                f"{kind!r} is no request", "class Letter(Request): …", code="not_a_request"
            )

        def register(
            run: Callable[[R, str], Awaitable[Event]],
        ) -> Callable[[R, str], Awaitable[Event]]:
            self.adapters[kind.__kind__.name] = run
            return run

        return register

    def use(self, kit: K) -> K:
        """Attach a kit and return it."""
        kit.attach(self)
        return kit

    def append(self, event: Event) -> None:
        """Add a fact to the group; a request leaves for its adapter once the group is durable."""
        kind = getattr(type(event), "__kind__", None)
        if kind is None or not isinstance(event, Event):
            raise Misused(f"{event!r} is no event", "class Rung(Event): …", code="not_an_event")
        if isinstance(event, Request) and kind.name not in self.adapters:
            raise Misused(
                f"nothing performs {kind.name}",
                f"write an async function under @world.adapter({type(event).__name__})",
                code="no_adapter",
            )
        self.step.draft(self.name, self.ground.state).append(event)
        for reaction in self.inputs.get(kind.name, ()):
            if reaction.concerns(event):
                self.step.deepen()
                reaction.run(event)

    def say(self, text: str) -> None:
        """Say something to all, as the world itself."""
        self.append(Said(Visitor(self, ""), "", text[: LIMITS.text_characters_max]))

    @property
    def now(self) -> int:
        """The time of the step in UTC microseconds; within a log it never runs backwards."""
        return self.step.now

    @property
    def random(self) -> Chance:
        """Random numbers, seeded once a step."""
        return self.step.chance

    @property
    def visitors(self) -> tuple[Visitor, ...]:
        """Who is here now; presence, not history."""
        return tuple(self._visitors.values())

    # -- what the kernel calls -----------------------------------------------------------------

    @property
    def step(self) -> Step:
        """The step being decided; raises Misused outside a handler."""
        if self._step is None:
            raise _no_handler()
        return self._step

    def writable(self) -> Draft:
        """Return where writes go; raises Misused outside a handler."""
        if self._step is None and not self._loading:
            raise _no_handler()
        return self.ground

    def prepare(self, value: C) -> C:
        """Check that it is a component and put its asset's sha256 in place of the file's name."""
        if not isinstance(value, Component):
            raise not_a_component(value)
        if isinstance(value, (Model, Sound)) and value.asset in self._assets:
            return msgspec.structs.replace(value, asset=self._assets[value.asset])
        return value

    def restore(self, kind: type, stored: Any) -> Any:
        """Bind a stored handle to this world."""
        return kind.__restored__(self, stored)  # type: ignore[attr-defined]

    def visitor(self, id: str) -> Visitor:
        """Return who has or had this id; the name is empty for those who are gone."""
        return self._visitors.get(id) or Visitor(self, id)

    def asset_files(self) -> list[str]:
        """Return the names of the files that the declared scene shows or plays."""
        found = [entity[Model].asset for entity in self.find(Model)]
        found += [entity[Sound].asset for entity in self.find(Sound)]
        return sorted({name.removeprefix(FILE) for name in found if name.startswith(FILE)})

    def resolve_assets(self, files: Mapping[str, str]) -> None:
        """Put the sha256 (hex) of each file into the declared scene, and into later writes."""
        self._assets = {FILE + name: sha256 for name, sha256 in files.items()}
        for entity in tuple(self.find(Model)):
            entity[Model] = entity[Model]
        for entity in tuple(self.find(Sound)):
            entity[Sound] = entity[Sound]

    def bind(self, state: State, visitors: Mapping[str, Visitor]) -> None:
        """Let reads go to a state from now on; the declaration is closed."""
        self._loading = False
        self._visitors = visitors
        self._step = None
        self.ground = self._reader = Draft(state)

    def enter(self, step: Step) -> None:
        """Let reads and writes go to a step's draft."""
        assert not self._loading, "a world is bound before its handlers run"
        if self._step is not None:
            raise Misused("a handler called the realm", "append events instead", code="nested")
        self.ground = step.draft(self.name, self.ground.state)
        self._step = step

    def leave(self) -> None:
        """End a step."""
        self._step = None
        self.ground = self._reader

    def declared(self) -> Draft:
        """Return the scene as the file declares it, before the world is bound."""
        assert self._loading
        return self.ground

    def _check_loading(self, verb: str) -> None:
        if not self._loading:
            raise Misused(
                f"{verb} was called in a running world",
                "register handlers while the file is loaded",
                code="too_late",
            )


def _no_handler() -> Misused:
    return Misused(
        "a world changes only inside a handler",
        "move this into a function under @world.on, @world.every or @world.action",
        code="no_handler",
    )


def _check_handler(run: object) -> None:
    code = getattr(run, "__code__", None)
    # 0x80 marks a coroutine function and 0x200 an asynchronous generator (inspect.CO_*).
    if not callable(run) or (code is not None and code.co_flags & 0x280):
        raise Misused(
            f"{run!r} cannot be a handler",
            "write a plain def: handlers never await; ask the outside by a Request",
            code="not_a_handler",
        )


def _unused(name: str, taken: Any) -> str:
    count, candidate = 1, name
    while candidate in taken:
        count += 1
        candidate = f"{name}#{count}"
    return candidate


__all__ = ["Key", "Kit", "Point", "Reaction", "Timer", "World"]
