"""What a visitor may do in an academy: experience what there is to learn from."""

from __future__ import annotations

from worldloom import Click, Entity, Refused, Visitor, World
from worldloom.kits.academy import rules
from worldloom.kits.academy.components import Exhibit
from worldloom.kits.academy.xapi.saying import Activity, say


def add_actions(world: World, home: str) -> None:
    """Give a world the action `experience`, and let a click do the same."""

    def tell(visitor: Visitor, entity: Entity) -> str:
        shown = entity[Exhibit]
        about = Activity(rules.activity_id(home, shown.activity or entity.name),
                         shown.title or entity.name, shown.text)  # fmt: skip
        say(world, visitor, "experienced", about)
        return rules.wording(shown.title, shown.text)

    @world.action
    def experience(visitor: Visitor, exhibit: Entity) -> str:
        """Learn from an exhibit; that you did is recorded."""
        if Exhibit not in exhibit:
            raise Refused(
                f"{exhibit.name} is no exhibit", "name a thing to learn from", code="no_exhibit"
            )
        return tell(visitor, exhibit)

    @world.on(Click)
    def click_exhibit(click: Click) -> None:
        if Exhibit in click.entity:
            click.visitor.tell(tell(click.visitor, click.entity))
