"""Make the figure of example 21: a small VRM of clay that blinks and speaks.

python tools/make_vrm.py examples/assets/clay.vrm
"""

from __future__ import annotations

import sys
from pathlib import Path

from worldloom.studio.vrm import make_vrm

if __name__ == "__main__":
    print(Path(sys.argv[1]).write_bytes(make_vrm()), "bytes")
