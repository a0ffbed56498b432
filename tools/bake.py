"""Bake the plaza and the avatars at build time: geometry and light, always the same bytes.

    python tools/bake.py            # bakes what changed since the last bake
    python tools/bake.py --force    # bakes everything

Needs numpy and embreex (build requirements). Writes, both ignored by git:
worldloom/kits/*/baked/*.glb and worldloom/studio/baked/avatars/.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLAZA = Path("worldloom/kits/plaza/baked")
ACADEMY = Path("worldloom/kits/academy/baked")
AVATARS = Path("worldloom/studio/baked/avatars")
STUDIO_SOURCES = (
    "worldloom/studio/geometry",
    "worldloom/studio/machines",
    "worldloom/studio/gltf.py",
    "worldloom/studio/meshopt.py",
    "worldloom/studio/raster.py",
    "tools/bake.py",
)


def fingerprint(root: Path, sources: tuple[str, ...]) -> str:
    """Return a sha256 over the names and bytes of all Python files under `sources`."""
    digest = hashlib.sha256()
    for source in sources:
        path = root / source
        files = [path] if path.is_file() else sorted(path.rglob("*.py"))
        for file in files:
            digest.update(file.relative_to(root).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def bare_packages(*names: str) -> None:
    """Let `names` be imported from without running them: a build has no kernel to run on."""
    for name in names:
        if name not in sys.modules:
            package = types.ModuleType(name)
            package.__path__ = [str(ROOT.joinpath(*name.split(".")))]
            sys.modules[name] = package


def make_plaza() -> dict[str, bytes]:
    """Return the plaza's GLBs by file name."""
    from worldloom.kits.plaza.scene import build
    from worldloom.kits.plaza.scene.gates import GATES

    glbs = {"plaza": build.bake(), **build.bake_props(), **build.bake_gates(GATES)}
    return {f"{name}.glb": data for name, data in glbs.items()}


def make_academy() -> dict[str, bytes]:
    """Return the training yard's GLBs and its 360° picture by file name."""
    from worldloom.kits.academy.scene import build, canteen

    glbs = {f"{name}.glb": data for name, data in build.bake().items()}
    return {**glbs, "canteen.png": canteen.bake()}


def make_avatars() -> dict[str, bytes]:
    """Return the wardrobe's GLBs and its list by file name."""
    from worldloom.studio import avatar

    return avatar.bake()


JOBS: tuple[tuple[Path, tuple[str, ...], Callable[[], dict[str, bytes]]], ...] = (
    (PLAZA, (*STUDIO_SOURCES, "worldloom/kits/plaza/scene"), make_plaza),
    (ACADEMY, (*STUDIO_SOURCES, "worldloom/kits/academy/scene"), make_academy),
    (
        AVATARS,
        (*STUDIO_SOURCES, "worldloom/studio/avatar.py", "worldloom/studio/figure"),
        make_avatars,
    ),
)


def bake(root: Path = ROOT, force: bool = False) -> list[Path]:
    """Bake what changed under `root`, and return the files written."""
    written = []
    for folder, sources, make in JOBS:
        target = root / folder
        stamp = target / "sources.sha256"
        now = fingerprint(root, sources)
        if not force and stamp.is_file() and stamp.read_text() == now:
            continue
        started = time.perf_counter()
        target.mkdir(parents=True, exist_ok=True)
        made = make()
        for old in target.iterdir():
            if old.is_file() and old.name not in made:
                old.unlink()
        for name, data in made.items():
            (target / name).write_bytes(data)
            written.append(target / name)
        stamp.write_text(now)
        seconds = time.perf_counter() - started
        print(f"baked {folder} in {seconds:.1f} s", file=sys.stderr)
    return written


def main() -> int:
    """Parse the command line and bake."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--force", action="store_true", help="bake even when nothing changed")
    arguments = parser.parse_args()
    bare_packages(
        "worldloom", "worldloom.kits", "worldloom.kits.plaza", "worldloom.kits.academy",
        "worldloom.studio",
    )  # fmt: skip
    written = bake(force=arguments.force)
    if written:
        size = sum(path.stat().st_size for path in written)
        print(f"{len(written)} meshes and lists, {size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
