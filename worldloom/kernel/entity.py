"""The handles of authors: an entity and a visitor of a world."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar, cast

import msgspec

from worldloom.kernel.cells import EntityState
from worldloom.kernel.draft import Draft, Key, no_component, no_entity, parse_key
from worldloom.kernel.errors import Misused
from worldloom.kernel.holding import HELD, hold
from worldloom.kernel.rights import Role, Standing
from worldloom.kernel.schema import Component, Handle, decode
from worldloom.kernel.showing import show
from worldloom.kernel.zones import INSIDE

TOUCH: Final = "touch"
"""The presence of hands and seats: who holds and who sits."""

if TYPE_CHECKING:
    from worldloom.kernel.world import World

C = TypeVar("C", bound=Component)
Place = tuple[float, float, float]


class Entity(Handle):
    """A named thing of a world: `entity[Lamp]`, `entity[Lamp] = Lamp(True)`, `Lamp in entity`.

    Reading what is not there raises NotFound; writing works inside handlers and while the
    author's file is loaded.
    """

    __slots__ = ("_key", "_world")

    def __init__(self, world: World | None, key: Key) -> None:
        self._world = world
        self._key = key

    @property
    def number(self) -> int:
        """The id as a number: the seq of the record that made it."""
        return self._state().id

    @property
    def id(self) -> str:
        """The id as it is shown, such as `e12`."""
        return f"e{self.number}"

    @property
    def name(self) -> str:
        """The name, unique among the living of its world."""
        return self._state().name

    @property
    def parent(self) -> Entity | None:
        """The entity it is under, if any."""
        parent = self._state().parent
        return None if parent is None else Entity(self._world, parent)

    @property
    def children(self) -> tuple[Entity, ...]:
        """The entities right under it, in order of birth."""
        return tuple(Entity(self._world, id) for id in self._ground.children(self.number))

    @property
    def inside(self) -> tuple[Visitor, ...]:
        """Who is in its Zone now; presence, not history."""
        world = cast("World", self._world)
        found = world.presence.get(INSIDE, {}).get(self.number, ())
        return tuple(visitor for visitor in world.visitors if visitor.id in found)

    @property
    def sitter(self) -> Visitor | None:
        """Who sits on it now; presence, not history."""
        world = cast("World", self._world)
        touch = world.presence.get(TOUCH)
        visitor = None if touch is None else touch.taken.get(self.number)
        return None if visitor is None else world.visitor(visitor)

    @property
    def alive(self) -> bool:
        """Whether it is still there."""
        return self._ground.find(self._key) is not None

    def get(self, kind: type[C]) -> C | None:
        """Return a component, or None when the entity has none of it."""
        known = kind.__kind__
        cell = self._state().cells.get(known.name)
        if cell is None:
            return None
        if cell.version == known.version and not known.handles:
            value: C = known.decode(cell.data)
            return value
        assert self._world is not None
        return decode(kind, cell.data, cell.version, self._world.restore)

    def update(self, kind: type[C], **fields: Any) -> C:
        """Set some fields of a component it has, and return the whole."""
        unknown = fields.keys() - set(kind.__kind__.fields)
        if unknown:
            raise Misused(
                f"{kind.__name__} has no field {sorted(unknown)[0]}",
                f"its fields are {', '.join(kind.__kind__.fields)}",
                code="no_such_field",
            )
        value = msgspec.structs.replace(self[kind], **fields)
        self[kind] = value
        return value

    def show(self, value: Component) -> None:
        """Let everyone see a component so, many times a second if you like, and keep nothing of it.

        It is seen until the component is set, or the server ends; handlers read what was set.
        Raises Misused, Invalid, OverLimit.
        """
        if not isinstance(value, Component):
            raise not_a_component(value)
        assert self._world is not None, "a handle of no world finds no entity"
        show(self._world, self.number, value)

    def __getitem__(self, kind: type[C]) -> C:
        value = self.get(kind)
        if value is None:
            raise no_component(self._state(), kind.__kind__.name)
        return value

    def __setitem__(self, kind: type[C], value: C) -> None:
        if type(value) is not kind:
            raise not_a_component(value, kind)
        state = self._state()
        world = self._world
        assert world is not None, "only a handle of a world finds its entity"
        world.writable().put(state, world.prepare(value))

    def __delitem__(self, kind: type[Component]) -> None:
        assert self._world is not None
        self._world.writable().take(self.number, kind.__kind__.name)

    def __contains__(self, kind: type[Component]) -> bool:
        return kind.__kind__.name in self._state().cells

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Entity):
            return False
        if other._world is not self._world and not _same_step(self._world, other._world):
            return False
        if self._key == other._key or self._world is None:
            return self._key == other._key
        here = self._ground.find(self._key)
        return here is not None and here == other._ground.find(other._key)

    # Handles by name and by id of the same thing are equal, so only the world may decide.
    def __hash__(self) -> int:
        return hash(None if self._world is None else id(self._world.origin))

    def __repr__(self) -> str:
        return f"<entity {self._key if isinstance(self._key, str) else f'e{self._key}'}>"

    def __stored__(self) -> int:
        """Return the number that the log keeps."""
        return self._key if self._world is None and isinstance(self._key, int) else self.number

    @classmethod
    def __restored__(cls, world: Any, stored: object) -> Entity:
        """Return the entity of a stored number, or of a text that names it."""
        if world is not None and isinstance(stored, str):
            return cls(world, cast("World", world).ground.resolve(stored))
        return cls(world, parse_key(stored))

    @property
    def _ground(self) -> Draft:
        if self._world is None:
            raise Misused("this entity was read without its world", code="unbound")
        return self._world.ground

    def _state(self) -> EntityState:
        """Return what is stored of it: name, parent and the components' bytes."""
        world = self._world
        state = (self._ground if world is None else world.ground).look(self._key)
        if state is None:
            raise no_entity(self._key if isinstance(self._key, str) else f"e{self._key}")
        return state


class Stance(NamedTuple):
    """Where someone is and looks at a moment: feet in metres, heading in radians.

    A heading of 0 looks to -Z; it grows counter-clockwise, seen from above.
    """

    position: Place
    heading: float
    pitch: float | None = None
    """How far up the head looks, in radians; None without a headset."""
    limbs: tuple[Place | None, Place | None, Place | None] = (None, None, None)
    """Head, left and right hand, in metres from the feet with -Z ahead; None where unknown."""


class Visitor(Handle):
    """Someone who is, or was, in a world; `id` is `v12`, or empty for a program without a body."""

    __slots__ = (
        "_standing", "_world", "account", "copy", "id", "name", "observe", "position", "role",
    )  # fmt: skip

    def __init__(
        self,
        world: World | None,
        id: str,
        account: str = "",
        name: str = "",
        role: Role | None = None,
        position: tuple[float, float, float] | None = None,
        standing: Standing | None = None,
    ) -> None:
        self._world = world
        self._standing = standing
        self.id = id
        self.account = account
        self.name = name
        self.role = role
        self.position = position
        self.copy = 1
        """In which copy of the world they are; the first is 1."""
        self.observe: Callable[[], Stance | None] | None = None
        """Tells where they are now; set by whoever moves them, for who is in the world."""

    @property
    def standing(self) -> Standing:
        """All that decides what this visitor may do: role, the world's own role, token."""
        return self._standing or Standing(self.role, self.account)

    @property
    def agent(self) -> bool:
        """Whether it is software, which the others are shown."""
        token = self.standing.token
        return token is not None and token.agent

    @property
    def language(self) -> str:
        """What their profile says they are spoken to in (BCP 47, such as `pt-BR`), or empty.

        Guests have no profile; of those who are gone nothing is told.
        """
        asked = None if self._world is None else self._world.language_of
        return "" if asked is None else asked(self.account)

    @property
    def stance(self) -> Stance | None:
        """Where they are and look right now; None without a body. Presence, not history."""
        observe = self.observe
        if observe is None and self._world is not None:
            observe = self._world.visitor(self.id).observe
        return None if observe is None else observe()

    def tell(self, text: str) -> None:
        """Show a line to this visitor alone; it is not kept, and lost if they are gone."""
        if self._world is not None:
            self._world.step.tell(self._world, self.id, text)

    def rank(self, who: Standing) -> None:
        """Be what the visitor is by now, as roles change during a visit."""
        self.role, self._standing = who.role, who

    def rebind(self, world: World) -> None:
        """Belong to the same world under new code."""
        self._world = world

    def move_to(self, position: tuple[float, float, float], heading: float | None = None) -> None:
        """Put the visitor's feet there (metres), and let them look to a heading (radians).

        Without one they look as they did. Nothing is kept, as motion is presence.
        """
        if self._world is not None:
            self._world.step.move(self._world, self.id, position, heading=heading)

    def cross_to(self, copy: int, position: tuple[float, float, float]) -> None:
        """Put the visitor into another copy of the world, feet there (metres); it is presence."""
        if self._world is not None:
            self._world.step.move(self._world, self.id, position, copy)

    @property
    def held(self) -> bool:
        """Whether the server refuses the visitor's steps now; presence, not history."""
        return self._world is not None and self.id in self._world.presence.get(HELD, ())

    def hold(self, on: bool = True) -> None:
        """Hold the visitor where they stand, or let them go: they turn and look about, and stay.

        It ends when they leave or the server ends; handlers still move them by `move_to`.
        """
        if self._world is not None:
            hold(self._world, self.id, on)

    def wear(self, code: str = "", vrm: str = "") -> None:
        """Let the visitor look otherwise during this visit: a wardrobe's code, or a VRM's sha256.

        With neither, they look as they did when they came.
        """
        if self._world is not None:
            self._world.dress(self, code, vrm)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Visitor) and other.id == self.id and other.account == self.account

    def __hash__(self) -> int:
        return hash((self.id, self.account))

    def __repr__(self) -> str:
        return f"<visitor {self.id or self.account} {self.name}>"

    def __stored__(self) -> str:
        """Return the id that the log keeps."""
        return self.id

    @classmethod
    def __restored__(cls, world: Any, stored: object) -> Visitor:
        """Return the visitor of a stored id, with the name if they are still here."""
        id = str(stored)
        if world is None:
            return cls(None, id)
        return cast("World", world).visitor(id)


def _same_step(one: World | None, other: World | None) -> bool:
    """Tell whether two worlds are a fork and the code's own that stands in for it right now."""
    return one is not None and other is not None and one.ground is other.ground


def not_a_component(value: object, wanted: type | None = None) -> Misused:
    """Make the error for something else in a component's place."""
    kind = type(value).__name__
    if wanted is None or not isinstance(value, Component):
        return Misused(
            f"{value!r} ({kind}) is not a component",
            f"class {kind.title()}(Component): …, and give one of it",
            code="not_a_component",
        )
    return Misused(
        f"a {kind} was given where a {wanted.__name__} belongs",
        f"write entity[{kind}] = {kind}(…)",
        code="wrong_component",
    )
