"""What the long proofs and the continuous checks repeat is there and listens."""

from __future__ import annotations

import re

from tests.house.source import ROOT
from tools.make import SOAK, SOAKED


def test_make_soak_runs_tests_that_listen_to_its_numbers() -> None:
    files = [ROOT / name for name in SOAKED]
    assert all(path.exists() for path in files)
    text = "".join(
        source.read_text()
        for path in files
        for source in ([path] if path.is_file() else path.rglob("*.py"))
    )
    for name in SOAK:
        assert f'os.environ.get("{name}"' in text


def test_the_continuous_checks_kill_the_server_fifty_times() -> None:
    found = re.search(r"WORLDLOOM_KILL_ROUNDS:-([0-9]+)", (ROOT / ".ci" / "run").read_text())
    assert found is not None
    assert int(found[1]) >= 50
