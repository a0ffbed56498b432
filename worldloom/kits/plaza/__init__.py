"""The plaza: the first place of a realm. Meet by the fountain, leave a note, light the lantern.

`world.use(Plaza())` gives any world a board for notes and lanterns to light; `demo.make_world()`
is the whole plaza with its garden, its timber hall and a portal to every installed kit.
"""

from __future__ import annotations

from worldloom.kernel.world import World
from worldloom.kits.plaza.actions import add_actions, add_clicks


class Plaza:
    """Meet, write and light: the kit of social places."""

    name = "plaza"

    def attach(self, world: World) -> None:
        """Give a world the plaza's actions and clicks."""
        add_actions(world)
        add_clicks(world)
