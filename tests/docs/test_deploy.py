"""The files in deploy/ name what exists: options of `loom run`, locks, and no rights too many."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from worldloom.server.cli.main import make_parser

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy/worldloom.service"
CONTAINER = ROOT / "deploy/Containerfile"


def unit() -> configparser.ConfigParser:
    """Return the unit's sections; systemd's names keep their case."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(UNIT, encoding="utf-8")
    return parser


def instructions() -> list[tuple[str, str]]:
    """Return (word, rest) of each instruction of the container's file."""
    text = CONTAINER.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def test_the_service_starts_the_command_that_there_is() -> None:
    program, *arguments = shlex.split(unit()["Service"]["ExecStart"])
    assert program.endswith("/bin/loom")
    given = make_parser().parse_args(arguments)
    assert (given.log, given.guests) == ("json", "visit")
    assert given.drain and float(unit()["Service"]["TimeoutStopSec"]) >= given.drain + 20
    assert str(given.realm).startswith("/var/lib/" + unit()["Service"]["StateDirectory"])


def test_the_owners_link_stands_in_no_journal() -> None:
    service = unit()["Service"]
    assert (service["StandardOutput"], service["StandardError"]) == ("null", "journal")


def test_behind_the_container_a_proxy_is_believed_and_nobody_else_reaches_it() -> None:
    page = (ROOT / "docs/operating/deploy.md").read_text(encoding="utf-8")
    for text in (page, CONTAINER.read_text(encoding="utf-8")):
        found = re.search(r"podman run (.*) worldloom (.*)$", text, re.MULTILINE)
        assert found and "-p 127.0.0.1:7400:7400" in found[1]
        assert make_parser().parse_args(["run", *shlex.split(found[2])]).proxies


def test_no_realm_and_no_environment_goes_into_the_container() -> None:
    left_out = (ROOT / ".dockerignore").read_text(encoding="utf-8").split("\n")
    for name in ("*.loom", "**/*.loom", "**/*.loom-*", ".git", ".venv*", "**/node_modules"):
        assert name in left_out


def test_the_page_installs_what_the_service_starts_before_it_starts_it() -> None:
    page = (ROOT / "docs/operating/deploy.md").read_text(encoding="utf-8")
    program = shlex.split(unit()["Service"]["ExecStart"])[0]
    made = page.index(f"sudo python3 -m venv {program.removesuffix('/bin/loom')}")
    installed = page.index('bin/pip install "$(echo dist/worldloom-*.whl)[academy,oidc,tracing]"')
    assert made < installed < page.index("systemctl enable --now worldloom")


def test_the_service_has_no_rights_that_it_does_not_need() -> None:
    service = unit()["Service"]
    assert service["DynamicUser"] == "yes" and service["CapabilityBoundingSet"] == ""
    assert service["ProtectSystem"] == "strict" and service["StateDirectoryMode"] == "0700"


def test_systemd_finds_nothing_to_say_of_the_service(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd is not here")
    # The program is not installed where the unit says: one that is there stands in for it.
    text = re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", UNIT.read_text(encoding="utf-8"))
    (tmp_path / UNIT.name).write_text(text)
    command = [analyze, "verify", "--man=no", str(tmp_path / UNIT.name)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert UNIT.name not in said.stderr, said.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="the linter is not packed for Windows")
def test_a_linter_finds_nothing_to_say_of_the_container() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    command = [str(hadolint), "--no-color", "--failure-threshold", "style", str(CONTAINER)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout) == (0, ""), said.stdout + said.stderr


def test_the_container_starts_the_command_as_nobody_special() -> None:
    steps = instructions()
    last = [rest for word, rest in steps if word == "ENTRYPOINT"]
    assert len(last) == 1
    program, *arguments = json.loads(last[0])
    assert program == "loom"
    given = make_parser().parse_args(arguments)
    assert (given.port, given.host) == (7400, "0.0.0.0")
    words = [word for word, _ in steps]
    assert words.index("USER") < words.index("ENTRYPOINT")
    assert dict(steps)["USER"] not in ("0", "root")
    assert json.loads(dict(steps)["HEALTHCHECK"].partition("CMD ")[2])[0] == "python"


def test_the_container_takes_pinned_images_locked_packages_and_files_that_exist() -> None:
    steps = instructions()
    images = [rest.split()[0] for word, rest in steps if word == "FROM"]
    assert images and all(re.search(r":\d+\.\d+-\w+", image) for image in images)
    installs = [rest for word, rest in steps if word == "RUN" and "pip install" in rest]
    assert all("--require-hashes" in one for one in installs)
    named = re.findall(r"[\w/.-]*requirements[\w-]*\.lock", CONTAINER.read_text(encoding="utf-8"))
    assert named and all((ROOT / Path(name).name).exists() for name in named)


def pinned(name: str) -> dict[str, str]:
    """Return package → version of a lock file."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))


def test_what_is_deployed_signs_in_by_organisations_and_traces_with_what_is_tested() -> None:
    served, tested = pinned("requirements-deploy.lock"), pinned("requirements-test.lock")
    assert {"authlib", "joserfc", "httpx", "opentelemetry-sdk", "fsrs"} <= served.keys()
    assert pinned("requirements.lock").items() <= served.items() <= tested.items()
    assert "requirements-deploy.lock" in CONTAINER.read_text(encoding="utf-8")
