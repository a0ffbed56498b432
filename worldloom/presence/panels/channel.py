"""Panels on the wire: trees to those who see them, patches twenty times a second, hands back.

A hand's values under way are presence: folded here and shown to whom they concern. The last one
asks the realm where something follows it. Each is answered with the value that counts and the
hand's own number, so that what a hand holds is never moved by an older word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

import msgspec

from worldloom.kernel.errors import Conflict, Unavailable, WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import Sealed
from worldloom.kernel.rights import Role, Standing
from worldloom.kernel.world import World
from worldloom.presence.panels.book import EVERYONE, Book, Key, News, book_of
from worldloom.presence.panels.data import wire_form
from worldloom.presence.panels.doors import SET, find_widget, is_shown, panels_of
from worldloom.presence.panels.panel import Panel
from worldloom.presence.panels.tree import (
    Changes,
    merge,
    own_changes,
    patches_of,
    title_of,
    tree_of,
)
from worldloom.presence.panels.widget import Widget
from worldloom.sync import wire
from worldloom.sync.channel import Channel
from worldloom.sync.hub import Hub
from worldloom.sync.messages import Message, PanelGone, PanelValue
from worldloom.sync.session import Session, error_row

View = tuple[Role | None, str, str]
"""Those who see the same: a role, the world's own name for it, and, where it matters, who."""
NOBODY: Final = Standing()


@dataclass(slots=True, eq=False)
class Listener:
    """One session: what it sees, what it sent, and what it has not been told yet."""

    session: Session
    account: str
    who: Standing = NOBODY
    world: World | None = None
    """The code whose panels it was sent."""
    panels: dict[str, str] = field(default_factory=dict)
    """Id of each panel that it sees → its title as it was sent."""
    counts: dict[Key, int] = field(default_factory=dict)
    """Widget → the number of the last value that came from its hand."""
    owed: Changes = field(default_factory=dict)

    @property
    def is_behind(self) -> bool:
        """Whether earlier bytes still wait: what changes meanwhile is told later, at once."""
        return self.session.queued > 0 or self.session.transport.paused


class PanelChannel(Channel):
    """The panels of one world and all who see them."""

    takes: ClassVar[tuple[type[Message], ...]] = (PanelValue,)

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self._listeners: dict[Session, Listener] = {}
        self._world = hub.live.world
        self._panels: dict[str, Panel] = _panels(self._world)
        self._book: Book = book_of(self._world)
        self._book.tell = self._hear
        self._news: list[News] = []
        self._owing: dict[Listener, None] = {}
        """Who has not been told everything yet."""
        self._trees: dict[tuple[str, View], bytes] = {}
        """Whole panels as they stand, encoded, until they change."""
        self._stale = False
        """Who sees which panel may have changed."""
        self._ticks = 0

    # -- who is here ---------------------------------------------------------------------------

    def entered(self, session: Session) -> None:
        """Send the panels that someone sees."""
        listener = Listener(session, session.identity.account)
        self._listeners[session] = listener
        self._renew(listener)
        self._send_owed(listener)

    def left(self, session: Session) -> None:
        """Forget a session; what its person entered stays for their return."""
        listener = self._listeners.pop(session, None)
        if listener is not None:
            self._owing.pop(listener, None)

    def heard(self, kept: Sequence[Sealed]) -> None:
        """Forget what those entered who are forgotten."""
        self._book.forget([name for sealed in kept for name in sealed.group.forgets])

    # -- what a hand does ----------------------------------------------------------------------

    def receive(self, session: Session, message: Message) -> None:
        """Take a value from a hand, and answer with the one that counts."""
        listener = self._listeners.get(session)
        if listener is None or not isinstance(message, PanelValue):
            return
        self._owing[listener] = None
        key = (message.panel, message.widget)
        if message.n <= listener.counts.get(key, 0):
            return  # it came before
        answer: dict[str, Any] = {"n": message.n}
        try:
            widget = find_widget(self._world, self._book, listener.who, *key)
        except WorldloomError as error:
            listener.owed[key] = {**answer, "error": error_row(error)}
            return
        listener.counts[key] = message.n
        account = EVERYONE if widget.scope == "all" else listener.account
        before = self._book.now.get(account, key, "value", widget.props.get("value"))
        try:
            self._take(listener, widget, account, message)
        except WorldloomError as error:
            if self._book.now.get(account, key, "value", None) is not before:
                self._enter(account, key, before)
            answer["error"] = error_row(error)
        answer["value"] = self._book.now.get(account, key, "value", before)
        listener.owed.setdefault(key, {}).pop("error", None)
        listener.owed[key].update(answer)

    def _take(
        self, listener: Listener, widget: Widget[Any], account: str, message: PanelValue
    ) -> None:
        """Fold a value, and do what follows the last one of a hand; raises what refuses it."""
        props = self._book.now.merged(listener.account, widget.key, widget.props)
        if props.get("disabled") or props["hidden"]:
            raise Conflict(f"{widget.id} is switched off just now", "try later", code="bad_press")
        value = widget.take(message.value, account, self._book)
        self._enter(account, widget.key, value)
        if message.done and widget.handlers:
            given = {"panel": message.panel, "widget": message.widget}
            self.hub.ask(listener.session, SET, {**given, "value": msgspec.to_builtins(value)})

    def _enter(self, account: str, key: Key, value: Any) -> None:
        self._book.enter(account, key, value)
        self._hear(News(account, key, {"value": value}))

    # -- what is told --------------------------------------------------------------------------

    def tick(self, now_us: int) -> None:
        """Tell everyone what changed in the last 50 ms."""
        self._ticks += 1
        if self._stale or self._ticks % LIMITS.tick_hz == 0:
            self._stale = False
            self._look_again()
        news, self._news = self._news, []
        shared: dict[View, tuple[Changes, list[bytes]]] = {}
        # Of a crowd hardly anyone has a hand on a widget: the others are not even looked at.
        told = tuple(self._listeners.values()) if news else tuple(self._owing)
        self._owing.clear()
        for listener in told:
            self._tell(listener, news, shared)
            if listener.owed:
                self._owing[listener] = None

    def _tell(
        self,
        listener: Listener,
        news: Sequence[News],
        shared: dict[View, tuple[Changes, list[bytes]]],
    ) -> None:
        own = [one for one in news if one.account == listener.account]
        view = self._view(listener)
        if news and view not in shared:
            changes = self._changes([one for one in news if one.account == EVERYONE], listener)
            shared[view] = changes, [wire.encode(patch) for patch in patches_of(changes)]
        changes, ready = shared.get(view, ({}, []))
        if not (own or listener.owed or listener.is_behind):
            for data in ready:
                listener.session.send(data)
            return
        # What is owed may be the answer to a hand: it must not come before what others did.
        waits, listener.owed = listener.owed, {}
        for key, props in waits.items():
            listener.owed[key] = dict(props)
        for one in news:
            widget = self._widget(one.key)
            if one.account in (EVERYONE, listener.account) and widget:
                if widget.is_seen_by(listener.who):
                    merge(listener.owed, one, widget)
        if not listener.is_behind:
            self._send_owed(listener)

    def _changes(self, news: Sequence[News], listener: Listener) -> Changes:
        changes: Changes = {}
        for one in news:
            widget = self._widget(one.key)
            if widget and widget.is_seen_by(listener.who):
                merge(changes, one, widget)
        return changes

    def _send_owed(self, listener: Listener) -> None:
        changes, listener.owed = listener.owed, {}
        for patch in patches_of(changes):
            listener.session.send(wire.encode(patch))

    def _hear(self, news: News) -> None:
        if news.account == EVERYONE:
            self._trees.clear()
        if news.key[1] == "":
            self._stale = True
        elif self._listeners:
            self._news.append(news)

    def _widget(self, key: Key) -> Widget[Any] | None:
        panel = self._panels.get(key[0])
        if panel is None:
            return None
        return panel.root if key[1] == panel.root.id else panel.widgets.get(key[1])

    def _view(self, listener: Listener) -> View:
        for_people = any(panel.is_for_people for panel in self._panels.values())
        who = listener.who
        return who.role, who.title, who.account if for_people else ""

    # -- who sees what -------------------------------------------------------------------------

    def _look_again(self) -> None:
        """Notice new code, and send each session the panels that it sees now and did not."""
        try:
            world = self.hub.live.world
        except Unavailable:
            return  # it is loaded again soon; presence goes on without it
        if world is not self._world:
            self._swap(world)
        for listener in tuple(self._listeners.values()):
            self._renew(listener)

    def _swap(self, world: World) -> None:
        """Go on under new code: what it declares otherwise than before counts anew."""
        old, self._panels = self._panels, _panels(world)
        self._world = world
        self._trees.clear()
        changed = [
            (key, name)
            for id, panel in old.items()
            for key, name in _differences(panel, self._panels.get(id))
        ]
        self._book.now.drop(changed)
        self._book.shown.drop(changed)

    def _renew(self, listener: Listener) -> None:
        who = self.hub.standing(listener.session.identity)
        old = listener.who
        anew = listener.world is not self._world or (who.role, who.title) != (old.role, old.title)
        listener.who, listener.world = who, self._world
        seen: dict[str, str] = {}
        for panel in self._panels.values():
            if not is_shown(panel, self._book, who):
                continue
            title = seen[panel.id] = title_of(panel, self._book.shown)
            if anew or listener.panels.get(panel.id) != title:
                listener.session.send(self._tree(panel, listener))
                own = own_changes(panel, self._book.shown, who)
                for key, props in own.items():
                    listener.owed.setdefault(key, {}).update(props)
                self._owing[listener] = None
        for id in sorted(listener.panels.keys() - seen.keys()):
            listener.session.send(wire.encode(PanelGone(id)))
        listener.panels = seen

    def _tree(self, panel: Panel, listener: Listener) -> bytes:
        key = panel.id, self._view(listener)
        data = self._trees.get(key)
        if data is None:
            tree = tree_of(panel, self._world, self._book.shown, listener.who)
            data = self._trees[key] = wire.encode(tree)
        return data


def _panels(world: World) -> dict[str, Panel]:
    return {panel.id: panel for panel in panels_of(world) if isinstance(panel, Panel)}


def _differences(old: Panel, new: Panel | None) -> list[tuple[Key, str]]:
    """Return the props that are declared otherwise than before, or no more."""
    found = []
    for widget in (old.face, *old.widgets.values()):
        now: Widget[Any] | None = None
        if new is not None:
            now = new.face if widget is old.face else new.widgets.get(widget.id)
        for name, value in widget.props.items():
            if now is None or now.kind is not widget.kind or name not in now.props:
                found.append((widget.key, name))
            elif wire_form(now.props[name]) != wire_form(value):
                found.append((widget.key, name))
    return found
