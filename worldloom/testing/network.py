"""A bad network between clients and hubs, without sockets: seeded, so that a run can be repeated.

What it does to a connection is what TCP lets through to us: frames come late, in order, and at
some moment no more; the rest of what was sent is lost. Between connections nothing is kept.
"""

import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from worldloom.sync.session import Session
from worldloom.testing.core import RobotCore


@dataclass(frozen=True, slots=True)
class Weather:
    """How bad the network is, as chances per frame (0 to 1)."""

    cut: float = 0.0
    """The connection ends, and all that is under way is lost."""
    wait: float = 0.0
    """The frames of a direction stay where they are for this step."""
    stall: float = 0.0
    """The client stops reading: the server's write buffer fills."""
    repeat: float = 0.0
    """A pose is delivered twice."""
    reorder: float = 0.0
    """A pose overtakes the one before it."""

    @classmethod
    def drawn(cls, chance: random.Random) -> "Weather":
        """Draw the weather itself from the seed, from still to stormy."""
        storm = chance.random() ** 2
        return cls(
            cut=chance.random() * 0.02 * storm,
            wait=chance.random() * 0.9,
            stall=chance.random() * 0.1 * storm,
            repeat=chance.random() * 0.2,
            reorder=chance.random() * 0.2,
        )


class Line:
    """One connection: the transport of a session, and the socket of a robot."""

    def __init__(self, network: "Network", robot: RobotCore) -> None:
        self.robot = robot
        self.session: Session | None = None
        self.open = True
        self.close_code = 0
        self._network = network
        self._to_server: deque[bytes] = deque()
        self._to_client: deque[bytes] = deque()
        self._stalled = False

    # The session's transport

    @property
    def paused(self) -> bool:
        """Whether bytes wait for a client that does not read."""
        return self._stalled and bool(self._to_client)

    def send(self, data: bytes) -> None:
        """Take a frame from the server."""
        if self.open:
            self._to_client.append(bytes(data))

    def send_many(self, frames: Sequence[bytes]) -> None:
        """Take several frames from the server."""
        for data in frames:
            self.send(data)

    def close(self, code: int, reason: str) -> None:
        """Let the frames under way arrive, then end."""
        self.close_code = code

    # The robot's socket

    def send_up(self, data: bytes) -> None:
        """Take a frame from the client."""
        if self.open:
            self._to_server.append(data)

    # What the network does

    def cut(self) -> None:
        """Lose all that is under way; both ends hear that the connection is gone."""
        if not self.open:
            return
        self.open = False
        self._to_server.clear()
        self._to_client.clear()
        self.robot.closed()
        if self.session is not None:
            self.session.disconnected()

    def step(self, chance: random.Random, weather: Weather) -> None:
        """Deliver some of what is under way in both directions."""
        if chance.random() < weather.cut:
            self.cut()
            return
        was_paused = self.paused
        self._stalled = chance.random() < weather.stall
        if chance.random() >= weather.wait:
            self._deliver_up(chance, weather)
        if self.open and not self._stalled and chance.random() >= weather.wait:
            self._deliver_down()
        if self.session is not None and was_paused and not self.paused:
            self.session.drained()
        if self.open and self.close_code and not self._to_client:
            self.cut()

    def _deliver_up(self, chance: random.Random, weather: Weather) -> None:
        while self._to_server and self.open and self.session is not None:
            data = self._to_server.popleft()
            following = self._to_server[0] if self._to_server else b""
            both = is_pose(data) and is_pose(following)
            if both and chance.random() < weather.reorder:
                self._to_server[0], data = data, following
            self.session.receive(data)
            if is_pose(data) and chance.random() < weather.repeat:
                self.session.receive(data)

    def _deliver_down(self) -> None:
        while self._to_client and self.open:
            self.robot.receive(self._to_client.popleft())


class Network:
    """All connections of a simulated run, stepped together from one seed."""

    def __init__(self, seed: int, weather: Weather | None = None) -> None:
        self.chance = random.Random(seed)
        self.weather = weather or Weather.drawn(self.chance)
        self.lines: list[Line] = []

    def connect(self, robot: RobotCore, accept: Callable[[Line], Session]) -> Line:
        """Connect a robot; `accept` opens the server's session over the line."""
        line = Line(self, robot)
        self.lines.append(line)
        line.session = accept(line)
        robot.opened(line.send_up)
        return line

    def step(self) -> None:
        """Let every connection move on, in an order drawn from the seed."""
        self.lines = [line for line in self.lines if line.open]
        for line in self.chance.sample(self.lines, len(self.lines)):
            line.step(self.chance, self.weather)

    def cut_all(self) -> None:
        """Cut every connection, as a crash of the server does."""
        for line in self.lines:
            line.cut()


def is_pose(data: bytes) -> bool:
    """Tell whether a frame is a pose; poses alone may be repeated and reordered."""
    return data[:1] == b"\x01"
