"""A world with its hub, robots and a network in one process, on a clock that stands still."""

from collections.abc import Callable
from random import Random

from worldloom.kernel.components import Color
from worldloom.kernel.entity import Entity, Visitor
from worldloom.kernel.errors import Unavailable, WorldloomError
from worldloom.kernel.live import Sealed
from worldloom.kernel.realm import Realm
from worldloom.kernel.rights import Role, Token
from worldloom.kernel.schema import Component
from worldloom.kernel.world import World
from worldloom.stores.memory import MemoryStore
from worldloom.sync.hub import TICK_US, Hub
from worldloom.sync.session import Identity, Session
from worldloom.testing.core import RobotCore
from worldloom.testing.network import Line, Network, Weather

STILL = Weather()


class Secret(Component, name="hall.Secret", private=True):
    """What nobody may see."""

    value: int = 0


def a_world() -> World:
    """Declare a hall with a lamp and a few actions."""
    world = World("hall", "The hall")
    lamp = world.spawn("lamp", Color("#000000"), Secret(), at=(0, 1, 0))

    @world.action
    def paint(colour: str) -> str:
        """Paint the lamp."""
        lamp[Color] = Color(colour)
        return colour

    @world.action
    def hide(value: int) -> None:
        """Change what nobody sees."""
        lamp[Secret] = Secret(value)

    @world.action
    def whisper(visitor: Visitor, text: str) -> None:
        """Tell the asker something and change nothing."""
        visitor.tell(text)

    @world.action
    def find(thing: Entity) -> str:
        """Name a thing."""
        return thing.name

    return world


class Hall:
    """The server's side without a loop: every step is called by the test."""

    def __init__(
        self, seed: int = 0, weather: Weather = STILL, world: Callable[[], World] = a_world
    ) -> None:
        self.store = MemoryStore()
        self.world = world
        self.chance = Random(seed)
        self.now = 1_700_000_000_000_000
        self.network = Network(seed, weather)
        self.woken = 0
        self.guests = 0
        self.open()

    def open(self) -> None:
        """Start the server over what the store holds."""
        self.realm = Realm(self.store, lambda: self.now, self.chance.randbytes)
        self.realm.open(self.world())
        self.hub = Hub(self.realm, "hall", self.store, lambda: self.now, self.wake)
        self.commit()

    def crash(self) -> None:
        """Lose the process: all connections and all that was not kept."""
        self.network.cut_all()
        self.open()

    def wake(self) -> None:
        self.woken += 1

    def connect(self, robot: RobotCore, account: str = "", token: Token | None = None) -> Line:
        """Connect a robot as a guest, or as an account, or by a token."""
        self.guests += 1
        name = f"Guest {self.guests}"
        identity = Identity(account or f"guest:{self.guests}", name, by=token)

        def accept(line: Line) -> Session:
            return self.hub.connect(line, identity)

        return self.network.connect(robot, accept)

    def robot(
        self, name: str = "Robot", account: str = "", token: Token | None = None
    ) -> tuple[RobotCore, Line]:
        """Let a new robot enter."""
        robot = RobotCore(name)
        line = self.connect(robot, account, token)
        self.settle()
        assert robot.inside, robot.ended
        return robot, line

    def commit(self, fail: Callable[[Sealed], bool] = lambda sealed: False) -> int:
        """Keep what waits; those that `fail` are refused by the disk."""
        batch, self.realm.outbox[:] = list(self.realm.outbox), []
        known: list[Sealed] = []
        for sealed in batch:
            if sealed.settled:
                continue
            error: WorldloomError | None
            if fail(sealed):
                error = Unavailable("the disk is full", code="disk_full")
            else:
                [error] = self.store.commit([sealed.group])
            known += self.realm.committed(sealed, error)
        self.hub.settled(known)
        return len(known)

    def tick(self, count: int = 1) -> None:
        """Let time pass and the hub tick."""
        for _ in range(count):
            self.now += TICK_US
            self.hub.tick()

    def settle(self) -> None:
        """Deliver and keep until nothing moves any more."""
        for _ in range(8):
            self.network.step()
            self.commit()
        for line in self.network.lines:
            if line.session is not None:
                line.session.drained()
        self.network.step()

    def do(self, robot: RobotCore, action: str, **args: object) -> object:
        """Let a robot do something and return its outcome."""
        id = robot.do(action, args)
        self.settle()
        return robot.outcomes.pop(id)

    def own(self, account: str) -> None:
        """Make an account an owner of the hall."""
        self.realm.grant(account, "hall", Role.OWNER)
        self.commit()
