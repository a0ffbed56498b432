"""Who instructs in a world: a role and those above it, or a role of the world's own."""

from __future__ import annotations

from worldloom import NotAllowed, Role, Visitor
from worldloom.kernel.rights import Standing, has_role


class Instructors:
    """Those who may see and do what learners may not."""

    def __init__(self, role: Role | str = Role.BUILDER) -> None:
        self.role = str(role)
        self.needs = role if isinstance(role, Role) else Role.VISITOR
        """What actions and doors ask for; a world's own role is asked in `check`."""

    def has(self, standing: Standing) -> bool:
        """Tell whether someone is one of them."""
        return has_role(standing, self.role)

    def check(self, who: Visitor | Standing) -> None:
        """Raise NotAllowed for who is none."""
        if not self.has(who.standing if isinstance(who, Visitor) else who):
            raise NotAllowed(
                f"this is for the role {self.role}", "ask the owner of this world for it"
            )
