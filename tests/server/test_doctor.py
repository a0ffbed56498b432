"""`loom doctor`: what works here, what is missing, and what is to be done about it."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import apsw

from tests.server.test_cli import ROOT, loom
from worldloom.server.cli.doctor import MODULES
from worldloom.stores.format import APPLICATION_ID, FORMAT
from worldloom.testing.fixtures import Server


def test_the_doctor_names_what_is_missing(tmp_path: Path) -> None:
    result = loom(tmp_path, "doctor", "--json")
    findings = {found["what"]: found for found in json.loads(result.stdout)["findings"]}
    for what in ("Python", "SQLite", "Python packages", "write access"):
        assert findings[what]["status"] == "ok"
    assert {"built client", "browser", "port", "organisations"} <= findings.keys()
    assert result.returncode == (findings["built client"]["status"] != "ok")


def test_a_realm_of_an_older_format_is_not_missing_and_one_is_told_what_lifts_it(
    tmp_path: Path,
) -> None:
    connection = apsw.Connection(str(tmp_path / "realm.loom"))
    connection.execute("CREATE TABLE stream(id INTEGER PRIMARY KEY)")
    connection.pragma("application_id", APPLICATION_ID)
    connection.pragma("user_version", FORMAT - 1)
    connection.close()
    told = json.loads(loom(tmp_path, "doctor", "--json").stdout)["findings"]
    realm = next(one for one in told if one["what"] == "realm")
    assert realm["status"] == "optional" and f"has file format {FORMAT - 1}" in realm["found"]
    assert "loom worlds --realm" in realm["fix"] and "keeps the old file" in realm["fix"]


def test_the_doctor_tells_of_the_realm_and_of_its_own_server_on_the_port(
    tmp_path: Path, hello_file: Path
) -> None:
    def found(*more: str) -> dict[str, Any]:
        told = json.loads(loom(tmp_path, "doctor", "--json", *more).stdout)["findings"]
        return {one["what"]: one for one in told}

    assert found()["realm"]["status"] == "optional"
    assert not (tmp_path / "realm.loom").exists(), "who only looks makes none"
    server = Server(tmp_path / "realm.loom", str(hello_file)).start()
    port = server.url.rpartition(":")[2]
    told = found("--port", port)
    assert server.url in told["realm"]["found"]
    assert told["port"] == {
        "what": "port", "status": "ok", "found": f"{port}: the server of this realm is there",
        "fix": "",
    }  # fmt: skip
    server.stop()
    assert "waits for its owner" in found()["realm"]["found"]
    (tmp_path / "realm.loom").write_text("no realm")
    assert found()["realm"]["status"] == "missing"


def test_the_doctor_looks_for_every_package_that_the_wheel_needs() -> None:
    about = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.split(r"[^\w-]", one)[0] for one in about["dependencies"]}
    elsewhere = {"apsw", "rapier3d", "uvloop"}  # with lines of their own, or done without
    assert needed - elsewhere == set(MODULES)
