"""A world with panels, its hub and robots, in one process and on a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.sync.hall import STILL, Hall
from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.realm import Realm
from worldloom.kernel.rights import Role
from worldloom.kernel.world import World
from worldloom.presence.panels.channel import PanelChannel
from worldloom.sync.hub import Hub
from worldloom.testing.core import RobotCore
from worldloom.testing.network import Weather


class Parlour(Hall):
    """A hall of a given world, named `parlour`, whose hub talks about panels."""

    def __init__(self, make: Callable[[], World], seed: int = 0, weather: Weather = STILL) -> None:
        self.make = make
        super().__init__(seed, weather)

    def open(self) -> None:
        self.realm = Realm(self.store, lambda: self.now, self.chance.randbytes)
        self.reload(self.make())
        self.hub = Hub(self.realm, "parlour", self.store, lambda: self.now, self.wake)
        self.hub.attach(PanelChannel(self.hub))
        self.commit()

    def reload(self, world: World) -> None:
        """Put the world in the place of its old code."""
        self.realm.open(world)

    def settle(self) -> None:
        """Let everything arrive, be kept and be told."""
        super().settle()
        self.tick()
        super().settle()

    def robot_as(self, role: Role, name: str = "Robot") -> RobotCore:
        """Let someone of a role enter."""
        self.realm.grant(name.lower(), "parlour", role)
        self.commit()
        robot, _ = self.robot(name, name.lower())
        self.settle()
        return robot

    def robot_calm(self, name: str) -> RobotCore:
        """Let someone enter while the weather is still."""
        weather, self.network.weather = self.network.weather, STILL
        robot, _ = self.robot(name)
        self.settle()
        self.network.weather = weather
        return robot

    def press(self, robot: RobotCore, panel: str, widget: str, item: Any = None) -> object:
        """Let a robot press a widget and return its outcome."""
        return self.do(robot, "press_widget", panel=panel, widget=widget, item=item)

    def enter(
        self, robot: RobotCore, panel: str, widget: str, value: Any, done: bool = True
    ) -> dict[str, Any]:
        """Let a robot's hand give a value and return the widget's props as it then sees them."""
        robot.enter_value(panel, widget, value, done)
        self.settle()
        return props(robot, panel, widget)


def props(robot: RobotCore, panel: str, widget: str) -> dict[str, Any]:
    """Return a widget's props as a robot sees them."""
    return robot.panels.panels[panel].widgets[widget]


def code_of(outcome: object) -> str:
    """Return the code of a refusal."""
    assert isinstance(outcome, WorldloomError), outcome
    return outcome.code
