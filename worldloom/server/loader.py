"""Author files and kits: loaded as modules, their worlds collected, their models kept as assets."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from worldloom.kernel import schema
from worldloom.kernel.avatar import VRM
from worldloom.kernel.errors import Misused, WorldloomError
from worldloom.kernel.ports import Store
from worldloom.kernel.world import World
from worldloom.presence.panels.panel import Panel
from worldloom.server.patience import told_when_slow
from worldloom.server.uploads import check_upload

PACKAGE = "worldloom_author"
"""Author modules are `worldloom_author.<stem>`, so that no file hides a module of Python's."""
KITS = "worldloom.kits"
STILL = "still.webp"
"""How a kit calls the picture of its demo world, beside `demo.py`."""
MEDIA = {
    ".glb": "model/gltf-binary", ".vrm": VRM,
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg",
    ".webp": "image/webp", ".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".wav": "audio/wav",
    ".flac": "audio/flac", ".m4a": "audio/mp4", ".webm": "video/webm", ".mp4": "video/mp4",
    ".m4v": "video/mp4", ".vtt": "text/vtt", ".npy": "application/x-npy",
}  # fmt: skip

_loading = threading.Lock()


class BrokenFile(Misused):
    """An author's file raised while it was loaded."""

    code = "broken_file"


@dataclass(frozen=True)
class Loaded:
    """The worlds of one file or kit, and the files whose change calls for loading it again."""

    name: str
    worlds: tuple[World, ...]
    watched: Mapping[Path, bytes] = field(default_factory=dict)
    """File → hash of what it held no later than when it was read."""
    still: Path | None = None
    """The picture of a kit's demo world, if the kit brings one."""


def load_file(path: Path, store: Store) -> Loaded:
    """Run an author's file and return its worlds, with its models kept in the store.

    Raises Misused with the author's own lines; then every class is registered as it was before.
    """
    path = path.resolve()
    if not path.is_file():
        raise Misused(f"there is no file {path}", "check the path", code="no_file")
    # What is watched is looked at before it is read: a change on the way is then seen later.
    held = digests((path, *path.parent.glob("*.py")))
    try:
        source = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise BrokenFile(f"{path.name} is not UTF-8 text", "save it as UTF-8") from None
    with _loading, _undone_on_failure(), _importable(path.parent), told_when_slow(path.name):
        module = _run(path, source)
        worlds = _collect(module, path, source)
        models = {path.parent / name for world in worlds for name in world.asset_files()}
        held |= digests(models)
        keep_assets(worlds, path.parent, store)
        watched = {path, *_beside(path.parent), *models}
    return Loaded(path.stem, worlds, {**digests(watched - held.keys()), **_only(held, watched)})


def digests(paths: Iterable[Path]) -> dict[Path, bytes]:
    """Return the hash of what each file holds; of nothing where it cannot be read."""
    found = {}
    for path in paths:
        try:
            # A pipe would be waited for without an end, and a device read without one.
            found[path] = sha256(path.read_bytes()).digest() if path.is_file() else b""
        except OSError:
            found[path] = b""
    return found


def _only(held: Mapping[Path, bytes], wanted: set[Path]) -> dict[Path, bytes]:
    return {path: held[path] for path in held.keys() & wanted}


def load_source(name: str, source: str) -> World:
    """Run an author's text that a realm kept (`--trust`); return its world of this name.

    One that came under another name, or as a fork of it, has the only world of the text.
    """
    path = Path(f"{name}.py").resolve()
    with _loading, _undone_on_failure():
        worlds = {world.name: world for world in _collect(_run(path, source), path, source)}
    if name not in worlds and len(worlds) != 1:
        raise BrokenFile(f"the kept source of {name} makes no world {name}")
    # Its models are in the realm already, under the names that were declared last.
    return worlds[name] if name in worlds else worlds.popitem()[1]


def kit_entries() -> dict[str, EntryPoint]:
    """Return the installed kits by name."""
    return {entry.name: entry for entry in entry_points(group=KITS)}


@cache
def _known(kit: str) -> bool:
    """Load the types of an installed kit; tell whether there is one, and it is whole."""
    if kit not in kit_entries():
        return False
    try:
        with _loading, _undone_on_failure(), _others_code(kit, f"the kit {kit} is broken"):
            importlib.import_module(f"{kit_entries()[kit].module}.demo")
    except WorldloomError:
        return False
    return True


def of_kit(name: str) -> bool:
    """Tell whether a component or an event is of an installed kit, whose types are loaded then."""
    kit, dot, _ = name.removeprefix(schema.PRIVATE_MARK).partition(".")
    return bool(dot) and _known(kit)


def load_kit(name: str, store: Store) -> Loaded:
    """Return a kit's demo world; raises Misused when the kit is broken."""
    entry = kit_entries()[name]
    with _loading, _undone_on_failure():
        with _others_code(name, f"the kit {name} is broken"):
            demo = importlib.import_module(f"{entry.module}.demo")
            world: World = demo.make_world()
        folder = Path(demo.__file__ or ".").parent
        keep_assets((world,), folder, store)
    still = folder / STILL
    return Loaded(name, (world,), still=still if still.is_file() else None)


def keep_assets(worlds: tuple[World, ...], folder: Path, store: Store) -> None:
    """Check and keep the files that worlds show or play; raises Misused naming a missing one."""
    kept: dict[str, str] = {}
    for world in worlds:
        for media, data in world.blobs.values():
            store.put_asset(data, media)
        for name in world.asset_files():
            if name not in kept:
                kept[name] = _keep(folder / name, store)
        world.resolve_assets({name: kept[name] for name in world.asset_files()})


def _keep(path: Path, store: Store) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Misused(
            f"{path.name} cannot be read: {error.strerror}",
            f"put it at {path}",
            code="no_file",
        ) from None
    try:
        media = check_upload(data, MEDIA.get(path.suffix.lower(), ""))
    except WorldloomError as error:
        raise Misused(f"{path.name}: {error.message}", error.fix, code=error.code) from None
    return store.put_asset(data, media)


def _run(path: Path, source: str) -> ModuleType:
    # A number in front orders files; it is no part of the names of what they define.
    name = f"{PACKAGE}.{path.stem.lstrip('0123456789').lstrip('_') or path.stem}"
    sys.modules.setdefault(PACKAGE, ModuleType(PACKAGE))
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module
    try:
        with _others_code(str(path), "mend the file and save it"):
            exec(compile(source, str(path), "exec"), module.__dict__)
    except BrokenFile:
        raise
    except WorldloomError as error:
        raise Misused(f"{_line(error, path)}{error.message}", error.fix, code=error.code) from error
    return module


@contextmanager
def _others_code(where: str, fix: str) -> Iterator[None]:
    """Tell whatever an author's file or a kit raises, which may be anything, as BrokenFile."""
    try:
        yield
    except WorldloomError:
        raise
    except BaseException as error:
        if isinstance(error, SystemExit):
            name = Path(where).name
            raise BrokenFile(f"{name} ended Python itself", "remove sys.exit()") from error
        raise BrokenFile(_told(error, where), fix) from error


def _line(error: BaseException, path: Path) -> str:
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)
    ]
    return f"{path.name}, line {frames[-1].lineno}: " if frames else ""


def _told(error: BaseException, where: str) -> str:
    """Return what an author needs to know of an exception: the place and the last line."""
    last = "".join(traceback.format_exception_only(error)).strip().splitlines()[-1]
    if isinstance(error, SyntaxError):
        return f"{Path(error.filename or where).name}, line {error.lineno}: {last}"
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}: {last}" if frames else last


def _collect(module: ModuleType, path: Path, source: str) -> tuple[World, ...]:
    worlds = tuple(
        {id(value): value for value in vars(module).values() if isinstance(value, World)}.values()
    )
    if not worlds:
        raise Misused(
            f"{path.name} makes no world", 'write world = World("name") in it', code="no_world"
        )
    names = [world.name for world in worlds]
    if len(set(names)) != len(names):
        raise Misused(f"{path.name} makes two worlds of one name", "rename one", code="two_worlds")
    for world in worlds:
        world.source = source
    for panel in vars(module).values():
        if isinstance(panel, Panel) and panel.world is None:
            raise Misused(
                f"{path.name} makes a panel {panel.title} that no world shows",
                f'write panel = world.use(Panel("{panel.title}"))',
                code="unused_panel",
            )
    return worlds


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Let a file import its neighbours, each time anew."""
    for name, module in list(sys.modules.items()):
        if _lies_in(module, folder) and not name.startswith((PACKAGE, "worldloom.")):
            if name != "__main__":
                del sys.modules[name]
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))


def _beside(folder: Path) -> set[Path]:
    """Return the files of the neighbours that were imported."""
    return {
        Path(str(module.__file__)).resolve()
        for module in list(sys.modules.values())
        if _lies_in(module, folder)
    }


def _lies_in(module: ModuleType, folder: Path) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and Path(file).resolve().parent == folder


@contextmanager
def _undone_on_failure() -> Iterator[None]:
    """Put the registry and the modules back where loading raises: a broken file changes nothing."""
    with ExitStack() as undo:
        undo.callback(_put_back, dict(schema.registry), dict(sys.modules))
        yield
        undo.pop_all()


def _put_back(classes: dict[str, type[schema.Value]], modules: dict[str, ModuleType]) -> None:
    for name in schema.registry.keys() - classes.keys():
        del schema.registry[name]  # one by one: others read it meanwhile
    schema.registry.update(classes)
    for name in sys.modules.keys() - modules.keys():
        if name.startswith(PACKAGE):
            del sys.modules[name]
    for name, module in modules.items():
        sys.modules.setdefault(name, module)
        if name.startswith(PACKAGE):
            sys.modules[name] = module
