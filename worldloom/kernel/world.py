"""A world as its author writes it: entities, handlers, actions; `loom dev` and the realm run it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, ClassVar, Final, Protocol, TypeVar, overload

import msgspec

from worldloom.kernel.actions import Action
from worldloom.kernel.assets import FILE, keep_array, kinds_with_assets, named_files, with_assets
from worldloom.kernel.avatar import Avatar, check_vrm, dressed, fits
from worldloom.kernel.chance import Chance
from worldloom.kernel.components import Transform
from worldloom.kernel.doors import Door
from worldloom.kernel.draft import Draft, Key
from worldloom.kernel.entity import Entity, Visitor, not_a_component
from worldloom.kernel.errors import Invalid, Misused
from worldloom.kernel.events import Said
from worldloom.kernel.feeds import Feed
from worldloom.kernel.handlers import (
    Adapter,
    Reaction,
    Timer,
    check_handler,
    nested,
    no_handler,
    refuse_simulated,
    unused,
)
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.personal import Opener, Personal, is_personal
from worldloom.kernel.projection import Projection, Row
from worldloom.kernel.rights import Role
from worldloom.kernel.schema import Component, Event, Input, Request
from worldloom.kernel.state import State
from worldloom.kernel.step import Effect, Point, Step
from worldloom.kernel.telemetry import Telemetry
from worldloom.kernel.webhooks import Secret, Webhook, make_webhook

C = TypeVar("C", bound=Component)
E = TypeVar("E", bound=Event)
R = TypeVar("R", bound=Request)
K = TypeVar("K", bound="Kit")
T = TypeVar("T", bound=Row)
F = TypeVar("F", bound=Callable[..., Any])

RESERVED: Final = frozenset({"people", "bank"})
"""Streams of the realm that are no worlds."""
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}").fullmatch


class Kit(Protocol):
    """A scenario package: it adds its things to a world."""

    def attach(self, world: World, /) -> None:
        """Register handlers, actions and entities."""
        ...


def kit_name(kit: object) -> str:
    """Return a kit's name: what it says, or its class in lower case."""
    return str(getattr(kit, "name", "") or type(kit).__name__.lower())


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
        self.webhooks: list[Webhook] = []
        self.sandboxes: dict[str, Adapter] = {}
        """What performs requests in a fork that is not live, where it is no plain refusal."""
        self.inputs: dict[str, list[Reaction]] = {}
        self.projections: dict[str, Projection[Any]] = {}
        self.doors: dict[str, Door] = {}
        self.feeds: dict[str, Feed] = {}
        self.reactions: dict[str, list[Reaction]] = {}
        self.timers: dict[str, Timer] = {}
        self.used: list[Kit] = []
        """What was attached, in order."""
        self.presence: dict[str, Any] = {}
        """What features hold of this world that is live and never logged, by their names."""
        self.ground: Draft = Draft(State(), "author")
        """What reads and writes go to: the declaration, a handler's draft, or the state."""
        self._reader, self._loading = self.ground, True
        self._kit = ""
        """The kit that is being attached."""
        self._step: Step | None = None
        self._assets: dict[str, str] = {}
        self.blobs: dict[str, tuple[str, bytes]] = {}
        """Files that the declared scene brings itself: sha256 → media type and bytes."""
        self._visitors: Mapping[str, Visitor] = {}
        self.opener: Opener | None = None
        """Opens what is personal, once a realm runs this world."""
        self.language_of: Callable[[str], str] | None = None
        """Tells the language of an account's profile, once a realm runs this world."""

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
        if self._step is not None:
            self._step.grave = True

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
        self.check_loading("on")
        if not (isinstance(kind, type) and issubclass(kind, Event)):
            raise Misused(f"{kind!r} is no event", "class Rung(Event): …", code="not_an_event")
        stored = kind.__kind__.name

        def register(run: Callable[[E], None]) -> Callable[[E], None]:
            check_handler(run)
            table = self.inputs if issubclass(kind, Input) else self.reactions
            known = table.setdefault(stored, [])
            name = unused(run.__name__, {reaction.name for reaction in known})
            known.append(Reaction(name, kind, entity, run))
            return run

        return register

    def webhook(self, url: str, *kinds: type[Event], secret: Secret = ...) -> None:
        """Send each event of some kinds to an address, in order, once it is durable.

        `secret` signs it as Standard Webhooks do (`whsec_…`, or any text); keep it out of the file.
        """
        self.check_loading("webhook")
        if len(self.webhooks) >= LIMITS.webhooks_max:
            raise Misused(
                f"a world has at most {LIMITS.webhooks_max} webhooks",
                "name several kinds in one",
                code="bad_webhook",
            )
        self.webhooks.append(make_webhook(url, kinds, secret))

    def every(self, seconds: float) -> Callable[[Callable[[], None]], Callable[[], None]]:
        """Call a function again and again; one call makes up for all that were missed."""
        self.check_loading("every")
        if not seconds * LIMITS.tick_hz >= 1:
            raise Misused(
                f"every {seconds} s is oftener than the world steps",
                f"use at least {1 / LIMITS.tick_hz} seconds",
                code="too_often",
            )

        def register(run: Callable[[], None]) -> Callable[[], None]:
            check_handler(run)
            name = unused(run.__name__, self.timers.keys())
            self.timers[name] = Timer(name, round(seconds * 1e6), run)
            return run

        return register

    @overload
    def action(self, function: F, /) -> F: ...
    @overload
    def action(
        self,
        function: None = None,
        /,
        *,
        role: Role | str = ...,
        cost: int = ...,
        approval: bool | None = ...,
        long: bool = ...,
    ) -> Callable[[F], F]: ...

    def action(
        self,
        function: Any = None,
        /,
        *,
        role: Role | str = Role.VISITOR,
        cost: int = 0,
        approval: bool | None = None,
        long: bool = False,
    ) -> Any:
        """Let visitors of a role ask for a typed function; raises Misused.

        `cost` is what one doing spends, in minor units: it counts against the budget of a token.
        With `approval` a person must say yes where an agent asks for it; None: where it costs,
        is `long`, or asks for something outside; False: never.
        `long`: who asks may watch its requests to the outside, and take them back.
        """
        self.check_loading("action")

        def register(chosen: F) -> F:
            check_handler(chosen)
            action = Action(chosen, Role(role), cost, self._kit, approval, long)
            if action.name in self.actions:
                raise Misused(
                    f"there are two actions {action.name}", "rename one", code="duplicate_name"
                )
            self.actions[action.name] = action
            return chosen

        return register if function is None else register(function)

    def adapter(
        self, kind: type[R], *, sandbox: Callable[[R, str], Awaitable[Event]] | None = None
    ) -> Callable[[Callable[[R, str], Awaitable[Event]]], Callable[[R, str], Awaitable[Event]]]:
        """Let an async function perform the requests of a kind; it returns the answer's event.

        It runs once the request is durable, with a key that is the same at every repetition. In a
        fork its `sandbox` (or an attribute of that name) runs instead, which must stay in the
        house; without one the answer there is `Failed` with the code `simulated`.
        """
        self.check_loading("adapter")
        if not (isinstance(kind, type) and issubclass(kind, Request)):
            raise Misused(
                f"{kind!r} is no request", "class Letter(Request): …", code="not_a_request"
            )

        def register(
            run: Callable[[R, str], Awaitable[Event]],
        ) -> Callable[[R, str], Awaitable[Event]]:
            self.adapters[kind.__kind__.name] = run
            free = sandbox or getattr(run, "sandbox", None)
            if free is not None:
                self.sandboxes[kind.__kind__.name] = free
            return run

        return register

    def project(self, projection: Projection[T]) -> Projection[T]:
        """Keep a table of this world's events beside its log."""
        self.check_loading("project")
        if self.projections.setdefault(projection.name, projection) is not projection:
            raise Misused(
                f"there are two tables {projection.name}", "rename one", code="duplicate_name"
            )
        return projection

    def door(self, door: Door) -> Door:
        """Open an address for other programs, at `/NAME/…` and `/w/WORLD/NAME/…`; raises Misused.

        Of several worlds with doors of one name, the first that is served has `/NAME/…`.
        """
        self.check_loading("door")
        door.check()
        if self.doors.setdefault(door.name, door) is not door:
            raise Misused(f"there are two doors {door.name}", "rename one", code="duplicate_name")
        return door

    def feed(self, feed: Feed) -> Feed:
        """Pass events on to the outside in order, again until they are taken; raises Misused."""
        self.check_loading("feed")
        full = len(self.feeds) >= LIMITS.feeds_max and feed.name not in self.feeds
        if full or self.feeds.setdefault(feed.name, feed) is not feed:
            raise Misused(f"there are two feeds {feed.name}, or too many", "rename one",
                          code="duplicate_name")  # fmt: skip
        return feed

    def telemetry(self, name: str, unit: str = "") -> Telemetry:
        """Return a series of measured numbers, which handlers append to; raises Misused."""
        return Telemetry(self, name, unit)

    def use(self, kit: K) -> K:
        """Attach a kit and return it."""
        before, self._kit = self._kit, kit_name(kit)
        try:
            kit.attach(self)
        finally:
            self._kit = before
        self.used.append(kit)
        return kit

    def append(self, event: Event) -> None:
        """Add a fact to the group; a request leaves for its adapter once the group is durable."""
        kind = getattr(event, "__kind__", None)
        if kind is None or not isinstance(event, Event):
            raise Misused(f"{event!r} is no event", "class Rung(Event): …", code="not_an_event")
        name, step, ground = kind.name, self._step, self.ground
        if kind.binds and isinstance(event, Request) and name not in self.adapters:
            raise Misused(
                f"nothing performs {name}",
                f"write an async function under @world.adapter({type(event).__name__})",
                code="no_adapter",
            )
        if step is None:
            raise no_handler()
        if kind.personal:
            event = step.seal(self, event)
        ground.append(event)
        if kind.binds:
            ground.bind(name, kind.undo)
            step.grave = True
        if name in self.inputs:
            for reaction in self.inputs[name]:
                if reaction.concerns(event):
                    step.deepen()
                    step.desk.respond(self.name, reaction, event)

    def say(self, text: str) -> None:
        """Say something to all, as the world itself."""
        said = Personal(text[: LIMITS.text_characters_max], of="")
        self.append(Said(Visitor(self, ""), Personal(""), said))

    def dress(self, visitor: Visitor, code: str, vrm: str) -> None:
        """Let a visitor look otherwise during this visit; raises Invalid, NotFound, Conflict."""
        check_vrm(self.step.desk.store, vrm)
        if not fits(code):
            raise Invalid(f"{code[:80]!r} is no avatar's code", "choose one in the wardrobe")
        self.append(dressed(visitor, Avatar(code, vrm)))

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
    def origin(self) -> World:
        """The world that the handlers know: this one, but of a fork that whose code it shares."""
        return self

    def adapter_for(self, kind: str, simulated: bool) -> Adapter | None:
        """Return what performs the requests of a stored kind, really or in the Sandbox."""
        run = self.adapters.get(kind)
        return self.sandboxes.get(kind, refuse_simulated) if simulated and run else run

    @property
    def step(self) -> Step:
        """The step being decided; raises Misused outside a handler."""
        if self._step is None:
            raise no_handler()
        return self._step

    @property
    def effects(self) -> tuple[Effect, ...]:
        """What the step being decided does to presence so far; nothing outside of one."""
        return () if self._step is None else self._step.effects

    def writable(self) -> Draft:
        """Return where writes go; raises Misused outside a handler."""
        if self._step is None and not self._loading:
            raise no_handler()
        return self.ground

    def prepare(self, value: C) -> C:
        """Check that it is a component and put its asset's sha256 in place of the file's name."""
        if not isinstance(value, Component):
            raise not_a_component(value)
        if value.__kind__.personal:
            value = self._seal(value)
        if hasattr(value, "data"):  # only such a one may bring an array
            value = keep_array(self, value)
        return with_assets(value, self._assets) if self._assets else value

    def _seal(self, value: C) -> C:
        """Seal what is personal; in a declared scene it is nobody's and must be empty."""
        if not self._loading:
            return self.step.seal(self, value)
        if any(getattr(value, field).value for field in value.__kind__.personal):
            raise Misused(
                f"{value.__kind__.name} holds personal data, and a declared scene is nobody's",
                "leave the field empty, and set it in an action",
                code="bad_personal",
            )
        return value

    def restore(self, kind: type, stored: Any) -> Any:
        """Bind a stored handle to this world; what is personal is opened when it is read."""
        if is_personal(kind):
            return Personal.restored(kind, stored, self.opener)
        return kind.__restored__(self, stored)  # type: ignore[attr-defined]

    def visitor(self, id: str) -> Visitor:
        """Return who has or had this id; the name is empty for those who are gone."""
        return self._visitors.get(id) or Visitor(self, id)

    def asset_files(self) -> list[str]:
        """Return the names of the files that the declared scene and its kits show or play."""
        named = set(named_files(self.find))
        for kit in self.used:
            named.update(getattr(kit, "asset_files", list)())
        return sorted(named)

    def resolve_assets(self, files: Mapping[str, str]) -> None:
        """Put the sha256 (hex) of each file into the declared scene, and into later writes."""
        self._assets = {FILE + name: sha256 for name, sha256 in files.items()}
        for kit in self.used:
            getattr(kit, "resolve_assets", dict)(self._assets)
        for kind in kinds_with_assets():
            for entity in tuple(self.find(kind)):
                entity[kind] = entity[kind]

    def bind(self, state: State, visitors: Mapping[str, Visitor], presence: dict[str, Any]) -> None:
        """Let reads go to a state from now on; the declaration is closed."""
        self._loading = False
        self._visitors = visitors
        self.presence = presence
        self._step = None
        self.ground = self._reader = Draft(state)

    def enter(self, step: Step) -> None:
        """Let reads and writes go to a step's draft."""
        assert not self._loading, "a world is bound before its handlers run"
        if self._step is not None:
            raise nested()
        self.ground = step.drafts[self.name] = Draft(self.ground.state, step.actor)
        self._step = step

    def check_idle(self) -> None:
        """Raise Misused while a step runs."""
        if self._step is not None:
            raise nested()

    def leave(self) -> None:
        """End a step."""
        self._step = None
        self.ground = self._reader

    def declared(self) -> Draft:
        """Return the scene as the file declares it, before the world is bound."""
        assert self._loading
        return self.ground

    @property
    def is_loading(self) -> bool:
        """Whether the author's file is being loaded: the scene is declared, nobody is here."""
        return self._loading

    def check_loading(self, verb: str) -> None:
        """Raise Misused for a verb that only an author's file may use."""
        if not self._loading:
            raise Misused(
                f"{verb} was called in a running world",
                "register handlers while the file is loaded",
                code="too_late",
            )


__all__ = ["Key", "Kit", "Point", "Reaction", "Timer", "World"]
