"""Which worlds a server has: those of author files, of kits, of the file itself, and new ones."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Protocol

from worldloom.kernel.errors import NotFound, OverLimit, WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.live import LiveWorld
from worldloom.kernel.missing import no_world
from worldloom.kernel.opening import name_taken, new_world
from worldloom.kernel.ports import Store
from worldloom.kernel.realm import Realm
from worldloom.kernel.world import World
from worldloom.server.loader import Loaded, kit_entries, load_file, load_kit, load_source
from worldloom.server.starters import Starter, furnish
from worldloom.server.uploads import SOURCE

log = logging.getLogger("worldloom.worlds")

FIRST = "plaza"
"""The kit whose demo is the first world of a realm that is served without files."""

LOST: Final = "not_loaded"
"""Why a world is shut whose memory was dropped and did not load again."""


class Desk(Protocol):
    """Who decides and keeps: the engine of a server, or a file that is opened for one command."""

    realm: Realm

    @property
    def store(self) -> Store:
        """What keeps it."""
        ...

    def world(self, name: str) -> LiveWorld:
        """Return a world, opened at need."""
        ...

    def flush(self) -> None:
        """Hand all sealed groups to the store."""
        ...


class Worlds:
    """Opens worlds with their code, each when it is first asked for."""

    def __init__(self, engine: Desk, trust: bool = False) -> None:
        self._engine = engine
        self._trust = trust
        self._kits = kit_entries()
        self._coded: set[str] = set()
        self._offers_kits = False
        self._shown = ""
        """The kit whose demo alone is served."""
        self._stills: dict[str, Path | None] = {}
        """World → the picture that its kit brings."""
        self.first = FIRST
        """The world that the front page enters."""
        self.loaded: dict[Path, Loaded] = {}
        self._shut: dict[str, str] = {}
        """World → the code of why it did not open when it was last asked for."""

    def open_files(self, files: Iterable[Path]) -> None:
        """Open the worlds of author files; raises Misused at the first that is broken."""
        for number, path in enumerate(files):
            loaded = load_file(path, self._engine.store)
            self.swap(path, loaded)
            if number == 0:
                self.first = loaded.worlds[0].name

    def open_made(self, worlds: Sequence[World]) -> None:
        """Open worlds that a running program made."""
        for world in worlds:
            self._engine.realm.open(world)
            self._coded.add(world.name)
        self.first = worlds[0].name

    def open_default(self) -> None:
        """Open the plaza, and offer every installed kit's demo when somebody first goes there."""
        self._offers_kits = True
        try:
            self.find(FIRST)
        except WorldloomError as error:
            if FIRST in self._engine.realm.worlds():
                log.error("the plaza opens without its code: %s", error)
                self._coded.add(FIRST)
                self._engine.world(FIRST)
            else:
                log.error("there is no plaza here, a plain ground stands in: %s", error)
                self._make(FIRST, "The plaza", True)

    def open_demo(self, kit: str) -> None:
        """Open one kit's demo as the first world; raises NotFound, Misused."""
        if kit not in self._kits:
            raise NotFound(
                f"no kit {kit[:64]} is installed",
                f"name one of {', '.join(sorted(self._kits))}",
                code="no_kit",
            )
        self._shown = kit
        self.find(kit)
        self.first = kit

    def swap(self, path: Path, loaded: Loaded) -> None:
        """Put the worlds of a newly loaded file in the place of their old code, all or none."""
        for world in loaded.worlds:
            # Kept as text, to be run again by `--trust` alone; it is never served.
            self._engine.store.put_asset(world.source.encode(), SOURCE)
            self._engine.realm.open(world)
            self._coded.add(world.name)
        self.loaded[path] = loaded
        self._engine.flush()

    def find(self, name: str) -> LiveWorld:
        """Return a world, opened with its code at need; raises NotFound, Unavailable, Misused."""
        try:
            live = self._find(name)
        except NotFound:
            raise
        except WorldloomError as error:
            if self._shut.get(name) != error.code:
                log.error("%s cannot be entered: %s", name, error)
            self._shut[name] = error.code
            raise
        self._shut.pop(name, None)
        return live

    def _find(self, name: str) -> LiveWorld:
        if name not in self._coded:
            ancestors = self._engine.realm.ancestors(name)
            self._open_ancestors(ancestors)
            if ancestors or not self._open_with_code(name):
                self._engine.world(name)
                self._coded.add(name)
        live = self._engine.world(name)
        if live.durable_seq < live.born:
            raise no_world(name)  # a fork whose first record is still on its way
        return live

    def shut(self) -> dict[str, str]:
        """Return the worlds that cannot be entered, by what is known, and the code of why."""
        opened = self._engine.realm.opened
        lost = {name: LOST for name in self._coded if (live := opened(name)) and live.lost}
        return {**lost, **self._shut}

    def still(self, name: str) -> bytes | None:
        """Return the picture (WebP) that a world's kit brings, if it does."""
        still = self._stills.get(name)
        return None if still is None else still.read_bytes()

    def _open_ancestors(self, names: Sequence[str]) -> None:
        """Open what a fork continues, first of all the oldest: it runs under their code."""
        for name in reversed(names):
            try:
                self.find(name)
            except WorldloomError as error:
                log.error("%s does not open, and its forks open without its code: %s", name, error)

    def _open_with_code(self, name: str) -> bool:
        exists = name in self._engine.realm.worlds()
        if name in self._kits and (exists or self._offers_kits or name == self._shown):
            loaded = load_kit(name, self._engine.store)
            for world in loaded.worlds:
                self._engine.realm.open(world)
                self._coded.add(world.name)
                self._stills[world.name] = loaded.still
            if name in self._coded:
                return True
        if exists and self._trust:
            return self._open_kept(name)
        return False

    def _open_kept(self, name: str) -> bool:
        """Run the text of a world's file that the realm keeps; its owner said `--trust`."""
        live = self._engine.world(name)
        source = live.state.declared.source
        if not source or self._engine.store.asset(source) is None:
            return False
        text = b"".join(self._engine.store.read_asset(source)).decode()
        try:
            world = load_source(name, text)
        except WorldloomError as error:
            log.error("%s opens without its code: %s", name, error)
            return False
        if world.name == name:
            self._engine.realm.open(world)
        else:
            self._engine.realm.lend(name, world)
        self._coded.add(name)
        return True

    def names(self) -> list[str]:
        """Return the names of all worlds, the first one first."""
        names = set(self._engine.realm.worlds())
        if self._offers_kits:
            names |= self._kits.keys()
        return sorted(names, key=lambda name: (name != self.first, name))

    @property
    def kits(self) -> frozenset[str]:
        """The names of all installed kits: a world that is called so runs a kit's code."""
        return frozenset(self._kits)

    def check_free(self, name: str) -> None:
        """Raise Conflict (`name_taken`) for the name of a world or of a kit's demo."""
        if name in self._kits or name in self.names():
            raise name_taken(name)

    def create(self, name: str, title: str, public: bool, starter: Starter = "round") -> LiveWorld:
        """Make a new world: a ground, a sky, a place to begin; raises Conflict, Invalid."""
        names = self.names()
        if name in names:
            raise name_taken(name)
        self._engine.realm.check_name_free(name)
        if len(names) >= LIMITS.worlds_max:
            raise OverLimit(f"a realm has at most {LIMITS.worlds_max} worlds", too_large=True)
        return self._make(name, title, public, starter)

    def _make(self, name: str, title: str, public: bool, starter: Starter = "round") -> LiveWorld:
        world = new_world(name, title, public)
        furnish(world, starter)
        live = self._engine.realm.open(world)
        self._coded.add(name)
        self._engine.flush()
        return live
