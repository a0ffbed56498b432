"""A fork under the code of another world: the code's `world` stands in for it during each step."""

from __future__ import annotations

from typing import Any

from worldloom.kernel.personal import Personal, is_personal
from worldloom.kernel.step import Step
from worldloom.kernel.world import World


class Twin(World):
    """A world of its own whose handlers, actions and adapters are those of another one.

    The handlers of a file hold on to its `world` and to things of it by name. While a step of the
    fork runs they read and write the fork by these; between steps they are the other world's again.
    """

    def __init__(self, code: World, name: str, title: str, public: bool) -> None:
        """Share all that the code registered; raises Misused for a bad name."""
        super().__init__(name, title, public)
        self._code = code = code.origin
        self.source = code.source
        self.actions = code.actions
        self.adapters = code.adapters
        self.sandboxes = code.sandboxes
        self.inputs = code.inputs
        self.projections = code.projections
        self.doors = code.doors
        self.feeds = code.feeds
        self.reactions = code.reactions
        self.timers = code.timers
        self.used = code.used
        self.webhooks = code.webhooks
        self._assets = code._assets

    @property
    def origin(self) -> World:
        """The world that the handlers know."""
        return self._code

    def enter(self, step: Step) -> None:
        """Let reads and writes of the code go to a step's draft of this world."""
        code = self._code
        code.check_idle()
        super().enter(step)
        self._put_off = code.name, code.ground, code._visitors, code.presence
        code.name, code.ground, code._visitors = self.name, self.ground, self._visitors
        code.presence = self.presence
        code._step = step

    def leave(self) -> None:
        """End a step."""
        code = self._code
        code._step = None
        code.name, code.ground, code._visitors, code.presence = self._put_off
        super().leave()

    def restore(self, kind: type, stored: Any) -> Any:
        """Bind a stored handle: inside a step to the world that the handlers know."""
        if is_personal(kind):
            return Personal.restored(kind, stored, self.opener)
        world: World = self if self._step is None else self._code
        return kind.__restored__(world, stored)  # type: ignore[attr-defined]
