"""The bots of `benchmarks/room.py` are built, walk in a real server, and tell what they saw."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from benchmarks.bots import check
from benchmarks.bots.bounds import Run, aims, bounds, is_fair, ratios
from benchmarks.bots.peers import NotRun, built
from benchmarks.room import WORLD, measure, parse
from tests.house.source import ROOT
from worldloom.testing.fixtures import Server

FIELDS = {
    "people", "alive", "lost", "turned_away", "silent", "waiting", "join_s", "slowest_join_ms",
    "slowest_refusal_ms", "cpu", "kb_per_s", "frames_per_s", "frames", "poses_per_s", "p50_ms",
    "p90_ms", "p99_ms", "memory_mb", "memory_peak_mb", "bots_cpu", "bots_late_ms", "short_writes",
    "seen", "locked", "locked_least", "locked_mean", "held_share", "astray_longest", "foes_cut",
    "acts", "act_p50_ms", "act_p99_ms",
}  # fmt: skip
SHORT = ["--rounds", "1", "--seconds", "1", "--warm", "0.5", "--peers"]


@pytest.fixture(scope="module")
def bots() -> Path:
    """Return the built bots; without a compiler there are none."""
    try:
        return built() / "bots"
    except NotRun as why:
        pytest.skip(str(why))


def let_in(bots: Path, port: int, people: int, *options: str) -> dict[str, Any]:
    """Let bots into a server that is there already; return what they tell."""
    command = [str(bots), "loom", str(port), str(people), *options]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    found: dict[str, Any] = json.loads(said)
    return found


def test_bots_walk_and_talk_in_a_real_server(bots: Path) -> None:
    found = measure("ours", 8, parse([*SHORT, "--actions", "40", "--lock"]))
    assert found.keys() == FIELDS | {"us_per_frame", "fair"}
    assert (found["people"], found["alive"]) == (8, 8)
    assert (found["lost"], found["turned_away"], found["silent"], found["waiting"]) == (0, 0, 0, 0)
    assert found["seen"] and found["frames"] and found["acts"], "they saw and heard each other"
    assert 0 < found["memory_mb"] <= found["memory_peak_mb"]
    assert 0 <= found["held_share"] <= 1


def test_the_same_bots_walk_in_the_least_that_a_server_can_do(bots: Path) -> None:
    found = measure("bare", 8, parse([*SHORT, "bare"]))
    assert found["alive"] == 8 and found["seen"]


def test_bots_tell_who_waits_and_who_was_refused_with_a_word(bots: Path, tmp_path: Path) -> None:
    file = tmp_path / "room.py"
    file.write_text(WORLD)
    limits = {"visitors_per_world_max": 4, "waiting_visitors_max": 2}
    server = Server(tmp_path / "realm.loom", str(file), limits=limits).start()
    try:
        port = int(server.url.rsplit(":", 1)[1])
        options = ("first=2", "at_once=8", "join=30", "warm=0.2", "seconds=3")
        found = let_in(bots, port, 8, *options)
    finally:
        server.stop()
    assert (found["alive"], found["waiting"], found["turned_away"]) == (4, 2, 2)
    assert (found["lost"], found["silent"]) == (0, 0)
    assert found["slowest_refusal_ms"] > 0


def test_bots_count_who_was_refused_without_a_word(bots: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:

        def hang_up() -> None:
            for _ in range(3):
                line, _address = door.accept()
                line.recv(4096)
                line.close()

        rude = threading.Thread(target=hang_up, daemon=True)
        rude.start()
        found = let_in(bots, door.getsockname()[1], 3, "join=5", "warm=0", "seconds=0.1")
        rude.join()
    assert (found["turned_away"], found["silent"]) == (3, 3)


def test_a_far_way_makes_poses_older_and_loses_packets(bots: Path) -> None:
    apart = ["unshare", "--net", "--map-root-user", "true"]
    if not (shutil.which("ip") and shutil.which("unshare") and Path("/dev/net/tun").exists()):
        pytest.skip("there is no tunnel here")
    if subprocess.run(apart, capture_output=True, check=False).returncode:
        pytest.skip("no namespace can be made here")
    far = ["--people", "4", "--delay", "20", "--loss", "0.02", "--json", *SHORT]
    command = [sys.executable, str(ROOT / "benchmarks/room.py"), *far]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    found = json.loads(done.stdout)
    assert found["benchmark"] == "room_far", "it is no run of an ordinary room"
    assert found["ours"]["alive"] == 4
    assert found["ours"]["p50_ms"] >= 40, "there and back"
    assert found["ours"]["packets"] > found["ours"]["packets_lost"] > 0


def test_a_bound_that_is_broken_in_one_round_is_told() -> None:
    asked = parse(["--people", "100", "--storm", "--actions", "20"])
    good: Run = dict.fromkeys(FIELDS, 0) | {"people": 100, "alive": 100, "acts": 1_000}
    told = bounds([good, good | {"silent": 1}], asked)
    assert told["silent"] == ("1 ≤ 0 !", True, 1)
    late = bounds([good, good | {"act_p99_ms": 151}, good | {"act_p99_ms": 20}], asked)
    assert late["act_p99_ms"].told == "151 ≤ 150 !"
    assert not any(one.broken for one in bounds([good], asked).values())


def test_only_rounds_that_were_fair_on_both_sides_are_compared() -> None:
    asked = parse(["--people", "200", "--peers", "colyseus"])
    mine: list[Run] = [{"cpu": 0.1, "fair": True}, {"cpu": 0.1, "fair": False}]
    other: list[Run] = [{"cpu": 0.2, "fair": True}, {"cpu": 0.1, "fair": True}]
    by = {"colyseus": ratios(mine, other)}
    assert by["colyseus"]["cpu"] == [0.5, 0.5, 0.5]
    told = aims({"frames_per_s": 20.0}, by, asked)
    assert told["cpu by colyseus"].told == "0.5 ≤ 0.6"
    assert told["kb_per_s by colyseus"].broken, "nobody measured it"


def test_bots_that_were_late_or_not_all_there_make_no_fair_run() -> None:
    run: Run = {"people": 10, "alive": 10, "poses_per_s": 20.0, "short_writes": 0}
    run |= {"bots_cpu": 0.5, "bots_late_ms": 3.0}
    asked = parse(["--people", "10"])
    assert is_fair(run, asked)
    assert not is_fair(run | {"bots_late_ms": 30.0}, asked)
    assert not is_fair(run | {"alive": 9}, asked)
    assert is_fair(run | {"alive": 5}, parse(["--overload"])), "half of them have no place"


def test_bots_that_count_otherwise_than_the_sdk_are_found_out() -> None:
    bots = {"frames_per_s": 20.0, "kb_per_s": 26.0}
    sdk = {"seen": 60, "right": 60, "patches_per_s": 20.0, "bytes_per_patch": 1_300.0}
    sdk["moved_per_patch"] = 60.0
    good = check.bounds("colyseus", 60, {"bots": bots, "sdk": sdk})
    assert not any(one.broken for one in good.values())
    for wrong in (
        {"right": 59},
        {"bytes_per_patch": 1_200.0},
        {"seen": 59},
        {"moved_per_patch": 1.0},
    ):
        told = check.bounds("colyseus", 60, {"bots": bots, "sdk": sdk | wrong})
        assert any(one.broken for one in told.values())
