"""A GLB export: the world as a file that any 3D program opens.

Run it with `python examples/07_export.py realm.loom plaza plaza.glb`; the command line has the
same as `loom export plaza plaza.glb`.
"""

import sys
from pathlib import Path

from worldloom.server.realm_file import open_realm

from worldloom.studio.export import world_to_glb


def export(realm_path: str, world: str, target: str) -> int:
    """Write the newest state of a world as binary glTF and return the number of bytes."""
    with open_realm(realm_path) as realm:
        data = world_to_glb(realm.at(world), realm.read_asset)
    return Path(target).write_bytes(data)


if __name__ == "__main__":
    print(export(*sys.argv[1:4]), "bytes")
