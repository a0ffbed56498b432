"""A world's own rules as they leave with it: the people's stream, where they stand, never does."""

from __future__ import annotations

from typing import Annotated, Literal

import apsw
import msgspec
from msgspec import Meta, Struct

from worldloom.kernel.book import STREAM, WORLDS
from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.opening import Card, read_card
from worldloom.kernel.ports import Store, StreamHead
from worldloom.kernel.records import FIRST_HEAD
from worldloom.kernel.records import verify as linked
from worldloom.kernel.rules import OwnRole, Rules
from worldloom.kernel.schema import decode
from worldloom.kernel.state import State
from worldloom.stores import walking
from worldloom.stores.sqlite import SqliteStore

CARD = "world:"
"""Before a world's name: the key of its title and of whether it is public."""
RULES = "rules:"
"""Before a world's name: the key of the rules that came with it, until the people have them."""


class Carried(Struct, frozen=True, omit_defaults=True):
    """What a file says of a world's rules; the fields are those of `Rules`."""

    public: bool
    """What its author's file declares."""
    visibility: Literal["", "public", "unlisted", "private"] = ""
    capacity: Annotated[int, Meta(ge=0, le=LIMITS.visitors_per_world_max)] = 0
    roles: tuple[OwnRole, ...] = ()
    rights: tuple[tuple[str, str], ...] = ()

    def rules(self) -> Rules:
        """Return them as the people keep them."""
        return Rules(self.visibility, self.capacity, self.roles, self.rights)


def settings(connection: apsw.Connection, old: str, new: str) -> dict[str, bytes]:
    """Return a world's card and rules under its new name, each by its key in `meta`.

    It is private until its rules are kept (`shown`).
    """
    card, rules = _meta(connection, f"{CARD}{old}"), _rules_of(connection, old)
    kept = _meta(connection, f"{RULES}{old}")
    if rules is not None:
        public = read_card(old, card).public
        said = Carried(public, rules.visibility, rules.capacity, rules.roles, rules.rights)
        kept = msgspec.msgpack.encode(said)
    found = {f"{CARD}{new}": _card(new, card, False)}
    if kept is not None:
        found[f"{RULES}{new}"] = kept
    return found


def carried_in(store: Store, world: str) -> Carried | None:
    """Return the rules that came with a world, None where none did or they cannot be read."""
    kept = store.meta(f"{RULES}{world}")
    try:
        return None if kept is None else msgspec.msgpack.decode(kept, type=Carried)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def shown(store: SqliteStore, world: str, public: bool) -> None:
    """Let a world be what its author declares, once the people have its rules."""
    store.set_meta(f"{CARD}{world}", _card(world, store.meta(f"{CARD}{world}"), public))
    store.set_meta(f"{RULES}{world}", None)


def _card(world: str, kept: bytes | None, public: bool) -> bytes:
    # A card that cannot be read is private, and one that is not there is public.
    card = read_card(world, kept)
    return msgspec.msgpack.encode(Card(card.title[: LIMITS.title_characters_max], public))


def _meta(connection: apsw.Connection, key: str) -> bytes | None:
    found: bytes | None = connection.execute("SELECT value FROM meta WHERE key=?", (key,)).get
    return found


def _rules_of(connection: apsw.Connection, world: str) -> Rules | None:
    """Return the rules that the people of a whole realm keep; None where that cannot be known."""
    for head in walking.heads(connection):
        if head.name == STREAM:  # no export has them
            try:
                return _read(_people(connection, head), world)
            except (WorldloomError, msgspec.DecodeError):
                return None  # a world is saved out of a damaged realm, too; it is private then
    return None


def _people(connection: apsw.Connection, head: StreamHead) -> State:
    state = walking.snapshot_before(connection, head, head.seq) or State()
    rows = walking.rows(connection, head, after=state.seq)
    for record in linked(rows, state.seq, state.head if state.seq else FIRST_HEAD):
        state.fold(record)
    return state


def _read(state: State, world: str) -> Rules:
    id, name = state.by_name.get(f"{WORLDS}{world}"), Rules.__kind__.name
    cell = None if id is None else state.entities[id].cells.get(name)
    return Rules() if cell is None else decode(Rules, cell.data, cell.version)
