"""The example that checks a proof without Worldloom agrees with Worldloom."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

from tests.examples.test_examples import TRUST, example
from worldloom.testing.fixtures import Server


def test_a_proof_is_checked_without_worldloom_and_a_changed_one_fails(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    server = serve(example("00_hello.py"), options=TRUST)

    def ask(path: str) -> dict[str, object]:
        with urllib.request.urlopen(f"{server.url}/api/worlds/hello{path}", timeout=10) as answer:
            found: dict[str, object] = json.load(answer)
            return found

    vkey, proof = str(ask("")["vkey"]), ask("/proof/2")
    file = tmp_path / "proof.json"

    def check(proof: dict[str, object], key: str = vkey) -> tuple[int, str]:
        file.write_text(json.dumps(proof))
        command = [sys.executable, example("11_proof.py"), str(file), key]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        return run.returncode, run.stdout

    code, said = check(proof)
    assert code == 0 and said.startswith("proved: b'")
    other = ask("/proof/1")
    for field in ("seq", "body", "before", "path"):
        assert check({**proof, field: other[field]})[0] == 1, field
    note = str(proof["checkpoint"])
    assert check({**proof, "checkpoint": note.replace("hello\n", "hello\n1", 1)})[0] == 1
    assert check(proof, vkey[:-5] + "AAAA=")[0] == 1
