"""Worlds between files: what `loom import` does, by the file or inside a running server."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path
from typing import Any

from worldloom.kernel.builtin import BUILT_IN
from worldloom.kernel.errors import Invalid, NotFound, OverLimit
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import Sealed
from worldloom.kernel.ports import Store
from worldloom.kernel.realm import Realm
from worldloom.kernel.rights import DEEDS, Role
from worldloom.kernel.rules import OwnRole, Rules, with_right, with_role
from worldloom.server.loader import of_kit
from worldloom.server.uploads import media_of
from worldloom.stores import carried
from worldloom.stores.sqlite import SqliteStore
from worldloom.stores.transfer import import_world


def bring(
    path: Path,
    store: Store,
    world: str | None = None,
    name: str | None = None,
    taken: Container[str] = (),
) -> dict[str, Any]:
    """Copy a world of a realm file, or its only one, into an open realm; return what was copied.

    The world keeps its name where no other is given; it gets none of those that are `taken`.
    """
    assert isinstance(store, SqliteStore), "worlds are copied between realm files"
    try:
        is_there = path.is_file()
    except OSError:  # a name longer than the system's names
        is_there = False
    if not is_there:
        raise NotFound(f"there is no realm file {path}", "check the path", code="no_realm")
    moved = import_world(str(path), store, world, name, media_of, of_kit, taken)
    return {
        "world": moved.world,
        "seq": moved.seq,
        "root": moved.root,
        "state_hash": moved.state_hash,
        "assets": moved.assets,
    }


def settle(realm: Realm, moved: dict[str, Any]) -> Sealed | None:
    """Let the people keep the rules of a world that came in; return the group to wait for.

    Where the file has none, or none that can stand here, it is private until its owner opens it.
    Adds `visibility` to what was copied: `public`, `unlisted` or `private`.
    """
    world = moved["world"]
    found = carried.carried_in(realm.store, world)
    rules = Rules("private") if found is None else _standing(found.rules())
    declared = "public" if found is not None and found.public else "private"
    moved["visibility"] = rules.visibility or declared
    return realm.administer(lambda step: realm.people.set_rules(step, world, rules))


def reveal(realm: Realm, moved: dict[str, Any]) -> None:
    """Show a world that came in, once its rules are durable."""
    assert isinstance(realm.store, SqliteStore)
    found = carried.carried_in(realm.store, moved["world"])
    carried.shown(realm.store, moved["world"], found is not None and found.public)
    realm.learn(moved["world"])


def _standing(rules: Rules) -> Rules:
    """Return rules as they could have been set here, else those of a private world."""
    kept = Rules(rules.visibility, rules.capacity)
    try:
        for own in rules.roles:
            kept = with_role(kept, _role(own))
        for action, role in rules.rights:
            usual = BUILT_IN[action].role if action in BUILT_IN else None
            usual = DEEDS[action].needs if action in DEEDS else usual
            if usual is Role.OWNER and role != Role.OWNER:
                return Rules("private")  # what `set_right` refuses as `owners_only`
            kept = with_right(kept, action, role)
    except (Invalid, OverLimit):
        return Rules("private")
    return kept


def _role(role: OwnRole) -> OwnRole:
    """Raise Invalid unless a role builds on less than an owner, and names not too much."""
    most = LIMITS.own_rights_max
    if role.base not in ("visitor", "member", "builder") or len(role.may + role.may_not) > 2 * most:
        raise Invalid("this role cannot stand here", "define it anew", field="roles")
    return role
