"""`loom export`, `import`, `backup`, `compact` and `verify`: what is done to whole files."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from worldloom.kernel.errors import Invalid
from worldloom.server.cli import prove
from worldloom.server.cli.door import no_realm, open_realm
from worldloom.server.cli.words import Commands, add_json, add_realm, command, dump, file, one_line

PROGRESS_SECONDS = 2.0
"""How often a long check says on stderr how far it is."""


def add(commands: Commands) -> None:
    """Add the family."""
    out = command(
        commands, "export", "write a world with its history (.loom), or its scene (.glb)",
        "loom export plaza plaza.glb", export,
    )  # fmt: skip
    out.add_argument("world", metavar="WORLD")
    out.add_argument("file", type=file, metavar="FILE.loom|FILE.glb")
    back = command(
        commands, "import", "bring an exported world into a realm",
        "loom import garden.loom", import_,
    )  # fmt: skip
    back.add_argument("file", type=file, metavar="FILE.loom")
    back.add_argument(
        "--world", metavar="WORLD", help="which world of the file; default: the only one"
    )
    back.add_argument(
        "--as", dest="name", metavar="NAME", help="under this name; default: the world's own"
    )
    whole = command(
        commands, "backup", "copy the whole realm into a second file, also while it runs",
        "loom backup monday.loom", backup,
    )  # fmt: skip
    whole.add_argument("file", type=file, metavar="FILE.loom")
    smaller = command(
        commands, "compact", "make a realm that no server runs on smaller, facts untouched",
        "loom compact --realm my.loom", compact,
    )  # fmt: skip
    check = command(
        commands, "verify", "check every hash of a realm file, or one proof",
        "loom verify --root saved.json", verify,
    )  # fmt: skip
    check.add_argument("file", nargs="?", type=file, metavar="FILE.loom", help="default: --realm")
    prove.add_checks(check)
    for parser in (out, back, whole, smaller, check):
        add_realm(parser)
        add_json(parser)


def export(given: argparse.Namespace) -> int:
    """Write the file, whose suffix says which."""
    suffix = given.file.suffix.lower()
    if suffix == ".glb":
        return _export_scene(given)
    if suffix != ".loom":
        raise Invalid(
            f"{given.file.name} is neither .loom nor .glb", "name the file so", code="bad_suffix"
        )
    from worldloom.stores.transfer import export_world

    if not given.realm.exists():
        raise no_realm(given.realm)
    moved = export_world(str(given.realm), given.world, str(given.file))
    _tell(given, f"{given.file}: {moved.seq} records, {moved.assets} assets",
          msgspec.to_builtins(moved))  # fmt: skip
    return 0


def _export_scene(given: argparse.Namespace) -> int:
    from worldloom.kernel.live import load_state
    from worldloom.stores.sqlite import SqliteStore
    from worldloom.stores.transfer import export_world
    from worldloom.studio.export import world_to_glb

    if not given.realm.exists():
        raise no_realm(given.realm)
    # The realm itself is only read: a second writer would sweep away what a server is taking in.
    with TemporaryDirectory() as folder:
        copy = str(Path(folder) / "copy.loom")
        export_world(str(given.realm), given.world, copy)
        store = SqliteStore(copy, create=False)
        try:
            head = next(head for head in store.streams() if head.name == given.world)
            state = load_state(store, head.id, head.seq)
            data = world_to_glb(state, lambda sha256: b"".join(store.read_asset(sha256)))
        finally:
            store.close()
    given.file.write_bytes(data)
    _tell(given, f"{given.file}: {len(data)} bytes, seq {head.seq}",
          {"world": given.world, "seq": head.seq, "bytes": len(data)})  # fmt: skip
    return 0


def import_(given: argparse.Namespace) -> int:
    """Bring the world in under its own name or another one."""
    if not given.file.exists():
        raise no_realm(given.file)
    with open_realm(given.realm, create=True) as door:
        moved = door.bring(given.file, given.world, given.name)
    has = f"{moved['seq']} records, {moved['assets']} assets"
    _tell(given, f"{moved['world']}: {has}, {moved['visibility']}", moved)
    return 0


def backup(given: argparse.Namespace) -> int:
    """Copy the realm, people's keys and all."""
    from worldloom.stores.backup import back_up

    if not given.realm.exists():
        raise no_realm(given.realm)
    size = back_up(str(given.realm), str(given.file), _Progress("pages are copied"))
    _tell(given, f"{given.file}: {size:,} bytes, with people's keys: keep it as you keep the realm",
          {"file": str(given.file), "bytes": size})  # fmt: skip
    return 0


def compact(given: argparse.Namespace) -> int:
    """Thin what is only a cache, give free pages back, and check every hash before the swap."""
    from worldloom.server.cli.door import running_server
    from worldloom.stores import refusals
    from worldloom.stores.compacting import compact as shrink

    if not given.realm.exists():
        raise no_realm(given.realm)
    if running_server(given.realm) is not None:
        raise refusals.in_use(str(given.realm))
    done = shrink(str(given.realm), _Progress("records are checked"))
    _tell(given, f"{given.realm}: {done.before:,} bytes before, {done.after:,} now",
          msgspec.to_builtins(done))  # fmt: skip
    return 0


def verify(given: argparse.Namespace) -> int:
    """Print what was found; 1 names the first bad seq."""
    if given.proof is not None:
        return prove.check_proof(given)
    from worldloom.stores.verify import verify as check

    path: Path = given.file or given.realm
    if not path.exists():
        raise no_realm(path)
    saved = None if given.root is None else prove.read_saved(given.root, given.key)
    report = check(str(path), saved, _Progress("records are checked"))
    if given.json:
        print(dump({"ok": report.ok, **msgspec.to_builtins(report)}))
    else:
        print("\n".join(map(one_line, report.lines())))
        if saved is not None and report.ok:
            print(f"the log continues the root that was saved at seq {saved.seq}")
    if not report.ok:
        raise Invalid(
            f"{path} is not what was written, or not all of it",
            "go back to your newest backup or export that verifies",
            code="not_verified",
        )
    return 0


class _Progress:
    """Says now and then how far it is; what is short says nothing."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._due = time.monotonic() + PROGRESS_SECONDS

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now >= self._due:
            self._due = now + PROGRESS_SECONDS
            print(f"{done:,} of {total:,} {self._what}", file=sys.stderr, flush=True)


def _tell(given: argparse.Namespace, line: str, data: dict[str, object]) -> None:
    print(dump(data) if given.json else line)
