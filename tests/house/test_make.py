"""What `make` does on a machine that lacks something: it says what to install, and stops."""

from __future__ import annotations

import os
import shutil

import pytest

from tools import make


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Return what would have been run on a Debian without Chromium."""
    found: list[tuple[str, ...]] = []
    monkeypatch.setattr(make, "must", lambda *command, **_: found.append(command))
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
    assert "chromium" in make.DEBIAN_PACKAGES
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
    make.need_browser()
    [update, install] = calls
    assert update[0] == install[0] == "apt-get"
    assert "update" in update
    assert set(make.DEBIAN_PACKAGES) <= set(install)


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
