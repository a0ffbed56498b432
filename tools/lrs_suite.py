"""ADL's conformance suite for learning record stores, run on our own server.

    LRS_CTS=FOLDER python tools/lrs_suite.py             # both versions of xAPI
    LRS_CTS=FOLDER python tools/lrs_suite.py --first 1   # 2.0.0 alone

FOLDER is a checkout of github.com/adlnet/lrs-conformance-test-suite after `npm install`; its code
is no part of this repository. Each version gets a server and a realm of its own. The last line is
JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # run as a file, the package is found by the repository's root
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from worldloom.testing.fixtures import Server

BATTERIES = (("1.0.3", 1_365), ("2.0.0", 1_442))
"""Version of xAPI, and how many tests its battery had at commit 2ec25f2."""
TOLD = re.compile(r'\{"total":\d+.*\}')
SECONDS_MAX = 1_800


def run_battery(suite: Path, version: str) -> dict[str, Any]:
    """Run one battery on a fresh realm; return what the suite counted."""
    node = shutil.which("node")
    if node is None or not (suite / "bin/console_runner.js").is_file():
        raise SystemExit(f"{suite} is no checkout of the suite, or there is no Node here")
    with tempfile.TemporaryDirectory() as folder:
        realm = Path(folder) / "realm.loom"
        server = Server(realm, "academy", command="demo").start()
        try:
            command = [sys.executable, "-m", "worldloom", "token", "suite", "--role", "records",
                       "--basic", "--realm", str(realm)]  # fmt: skip
            made = subprocess.run(command, capture_output=True, text=True, check=True)
            id, _, secret = made.stdout.splitlines()[-1].partition(":")
            asked = [node, "bin/console_runner.js", "-e", f"{server.url}/xapi", "-a", "-u", id,
                     "-p", secret, "-z", "-x", version]  # fmt: skip
            done = subprocess.run(asked, cwd=suite, capture_output=True, text=True, check=False,
                                  timeout=SECONDS_MAX)  # fmt: skip
        finally:
            server.stop()
    found = TOLD.findall(done.stdout)
    if not found:
        raise SystemExit(f"the suite counted nothing:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    counted: dict[str, Any] = json.loads(found[-1])
    return counted


def commit_of(suite: Path) -> str:
    """Return which commit of the suite it is, or that nobody knows."""
    asked = ["git", "-C", str(suite), "rev-parse", "--short", "HEAD"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "of an unknown commit"


def main(arguments: list[str]) -> int:
    """Run batteries and print what they counted; return 0 where every test passed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--first", type=int, default=0, help="the first battery, from 0")
    parser.add_argument("--count", type=int, default=len(BATTERIES), help="how many batteries")
    wish = parser.parse_args(arguments)
    folder = os.environ.get("LRS_CTS")
    if not folder:
        print("not run: set LRS_CTS to a folder of the suite", file=sys.stderr)
        return 2
    failed, counted = [], []
    suite = Path(folder).resolve()
    for version, whole in BATTERIES[wish.first :][: wish.count]:
        started = time.monotonic()
        told = run_battery(suite, version)
        took = time.monotonic() - started
        counted.append(f"xAPI {version}: {told['passed']} of {told['total']} passed")
        print(f"{counted[-1]} in {took:.0f} s")
        if told["passed"] < whole or told["failed"]:
            failed.append(f"LRS_CTS={folder} python tools/lrs_suite.py # xAPI {version}: {told}")
    counted = [f"{line}, suite {commit_of(suite)}" for line in counted]
    print(json.dumps({"failed": failed, "told": counted}))
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
