"""A GLB export: the world as a file that any 3D program opens.

Run it with `python examples/07_export.py realm.loom plaza plaza.glb` while no server has the realm
open; `loom export plaza plaza.glb` does the same beside a running one.
"""

import sys
from pathlib import Path

from worldloom.kernel.live import load_state
from worldloom.stores.sqlite import SqliteStore
from worldloom.studio.export import world_to_glb


def export(realm: str, world: str, target: str) -> int:
    """Write the newest state of a world as binary glTF; return the number of bytes."""
    store = SqliteStore(realm)
    head = store.open_stream(world)
    state = load_state(store, head.id, head.seq)
    data = world_to_glb(state, lambda sha256: b"".join(store.read_asset(sha256)))
    store.close()
    return Path(target).write_bytes(data)


if __name__ == "__main__":
    print(export(*sys.argv[1:4]), "bytes")
