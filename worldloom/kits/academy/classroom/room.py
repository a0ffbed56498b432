"""The classroom of a world: who leads it, what it holds now, and its panels and clock."""

from __future__ import annotations

from collections.abc import Sequence

from worldloom import Misused, NotAllowed, Role, Visitor, World
from worldloom.kernel.rights import has_role
from worldloom.kits.academy.classroom import (
    asking,
    board,
    freezing,
    grouping,
    hands,
    leading,
    marking,
)
from worldloom.kits.academy.classroom.limits import CLASS_LIMITS as LIMITS
from worldloom.kits.academy.classroom.panels import LeaderPanel, LearnerPanel
from worldloom.kits.academy.classroom.views import own, snapshot

SHOWN = "academy.classroom"
"""Where presence has what the panels showed last."""


class Classroom:
    """Lets someone lead a class in a world: `world.use(Classroom())`.

    `instructors`: a role and those above it, or a role of the world's own, such as `instructor`.
    `spots`: names of the things or zones to which groups are sent, in their order.
    `board`: where the middle of a whiteboard hangs (metres), which looks to `turn` (radians).
    """

    name = "classroom"

    def __init__(
        self,
        instructors: Role | str = Role.BUILDER,
        spots: Sequence[str] = (),
        board: tuple[float, float, float] | None = None,
        turn: float = 0.0,
    ) -> None:
        if len(spots) > LIMITS.spots_max or len(set(spots)) < len(spots):
            raise Misused(f"a class names at most {LIMITS.spots_max} spots, each once",
                          'Classroom(spots=["corner", "terrace"])')  # fmt: skip
        self.spots = tuple(spots)
        self.board, self.turn = board, turn
        self.instructors = str(instructors)
        self.needs = instructors if isinstance(instructors, Role) else Role.VISITOR
        """What the actions of instructors ask for; a world's own role is asked in `lead`."""

    def attach(self, world: World) -> None:
        """Give a world the actions, the panels and the clock of a class."""
        self.world = world
        asking.add_polls(self)
        hands.add_hands(self)
        grouping.add_groups(self)
        leading.add_leading(self)
        freezing.add_freezing(self)
        marking.add_marking(self)
        if self.board is not None:
            board.add_board(self, self.board, self.turn)
        self.learner, self.leader = LearnerPanel(self), LeaderPanel(self)

        @world.every(1)
        def show_the_class() -> None:
            """Show what has changed: by an undo, or because someone came."""
            if world.visitors:
                self.show()

    # -- who -----------------------------------------------------------------------------------

    def leads(self, visitor: Visitor) -> bool:
        """Tell whether someone is an instructor here."""
        return has_role(visitor.standing, self.instructors)

    def lead(self, visitor: Visitor) -> None:
        """Raise NotAllowed for who is no instructor."""
        if not self.leads(visitor):
            raise NotAllowed(
                f"this is for the role {self.instructors}", "ask the owner of this world for it"
            )

    def learners(self, leader: Visitor) -> tuple[Visitor, ...]:
        """Return who is here and does not lead, once for each account."""
        here = (one for one in self.world.visitors if one.account != leader.account)
        every = {one.account: one for one in here if not self.leads(one)}
        return tuple(every[account] for account in sorted(every))

    def names(self) -> dict[str, str]:
        """Return account → name of those who are here."""
        return {one.account: one.name or one.account for one in self.world.visitors}

    def show(self) -> None:
        """Show everyone what is new to them."""
        now = snapshot(self)
        before, told = self.world.presence.get(SHOWN, (None, {}))
        if before == now:
            return
        every = {one.account: own(now, one.account) for one in self.world.visitors}
        self.learner.show(now)
        self.leader.show(now)
        for visitor in {one.account: one for one in self.world.visitors}.values():
            if told.get(visitor.account) != every[visitor.account]:
                self.learner.show_own(visitor, every[visitor.account])
        self.world.presence[SHOWN] = (now, every)
