"""What `make` does on a machine that lacks something: it says what to install, and stops."""

from __future__ import annotations

import os
import shutil

import pytest

from tools import make


class Installed:
    returncode = 0

    def wait(self) -> int:
        return self.returncode


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Return what would have been run on a Debian without Chromium."""
    found: list[tuple[str, ...]] = []

    def start(*command: str) -> Installed:
        found.append(command)
        return Installed()

    monkeypatch.setattr(make, "start", start)
    monkeypatch.setattr(make, "find_chromium", lambda: None)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    return found


def become(monkeypatch: pytest.MonkeyPatch, user: int) -> None:
    # Windows has no such function.
    monkeypatch.setattr(os, "geteuid", lambda: user, raising=False)


def test_who_may_not_install_is_told_which_packages_the_browser_tests_need(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    calls: list[tuple[str, ...]],
) -> None:
    become(monkeypatch, 1000)
    with pytest.raises(SystemExit) as end:
        make.need_browser()
    assert end.value.code == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert f"apt-get install {' '.join(make.DEBIAN_PACKAGES)}" in told.err
    assert "chromium-headless-shell" in make.DEBIAN_PACKAGES
    assert "WORLDLOOM_CHROMIUM" in told.err
    assert calls == []


def test_the_test_command_stops_there_before_it_sets_anything_up(
    monkeypatch: pytest.MonkeyPatch, calls: list[tuple[str, ...]]
) -> None:
    become(monkeypatch, 1000)
    monkeypatch.setattr(make, "setup", lambda lock="": calls.append(("setup", lock)))
    assert make.COMMANDS["test"] is make.do_test
    with pytest.raises(SystemExit) as end:
        make.do_test([])
    assert end.value.code == 1
    assert calls == []


def test_root_on_debian_installs_them(
    monkeypatch: pytest.MonkeyPatch, calls: list[tuple[str, ...]]
) -> None:
    become(monkeypatch, 0)
    make.need_browser()()
    [(_, _, line)] = calls
    update, install = line.split(" && ")
    assert update.startswith("apt-get") and update.endswith("update")
    assert install.startswith("apt-get") and set(make.DEBIAN_PACKAGES) <= set(install.split())


def test_where_the_installation_fails_the_tests_stop(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    calls: list[tuple[str, ...]],
) -> None:
    become(monkeypatch, 0)
    wait = make.need_browser()
    monkeypatch.setattr(Installed, "returncode", 100)
    with pytest.raises(SystemExit) as end:
        wait()
    assert end.value.code == 100
    assert "failed: apt-get" in capsys.readouterr().err


def test_root_elsewhere_is_told_too(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    calls: list[tuple[str, ...]],
) -> None:
    become(monkeypatch, 0)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(SystemExit):
        make.need_browser()
    assert "install Chromium" in capsys.readouterr().err
    assert calls == []
