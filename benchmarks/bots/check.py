"""Do our bots count what Colyseus' own SDK receives? `python benchmarks/room.py --check`.

Some clients of the official SDK join among the bots. Patches a second and bytes a patch have to be
those that the bots count, within `NEAR`; the SDK has to read the fields that the bots wrote of each
of them, and to see all of them move in each patch. With views it has to see those near it, and
nobody else, while some come near and others go.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from subprocess import PIPE
from typing import Any

from benchmarks.bots.bounds import Held, held
from benchmarks.bots.peers import CACHE, PEERS, NotRun, built, node, peer

NEAR = 0.02
CLIENTS = 4


def compare(form: str, people: int, side: float, seconds: float) -> dict[str, Any]:
    """Let bots and clients of the SDK into one room; return what each of both tells."""
    with peer(form) as (port, pid):
        name = {"colyseus": "f32"}.get(form, form)
        watched = [CLIENTS, people, side, seconds]
        script = [node(), str(CACHE / "peers" / "sdk.mjs"), str(port), name]
        sdk = subprocess.Popen([*script, *map(str, watched)], stdout=PIPE, text=True)
        try:
            assert sdk.stdout is not None
            if sdk.stdout.readline().strip() != "in":
                raise NotRun("the SDK could not join")
            command = [str(built() / "bots"), PEERS[form], str(port), str(people)]
            options = [f"side={side}", f"pid={pid}", "warm=3", f"seconds={seconds + 5}"]
            said = subprocess.run([*command, *options], stdout=PIPE, text=True, check=True).stdout
            told, _ = sdk.communicate(timeout=60)
        finally:
            sdk.kill()
    if not told:
        raise NotRun("the SDK did not see all bots")
    return {"bots": json.loads(said), "sdk": json.loads(told)}


def bounds(form: str, people: int, found: dict[str, Any]) -> dict[str, Held]:
    """Return what has to agree, beside its bound."""
    bots, sdk = found["bots"], found["sdk"]
    told = {
        "fields that the SDK read otherwise": held(sdk["seen"] - sdk["right"], "≤", 0),
        "patches a second": _like(bots["frames_per_s"], sdk["patches_per_s"]),
    }
    if form == "views":
        # Each bot has neighbours of its own: what is as one is who comes and who goes.
        told["seen from afar"] = held(sdk["seen"] - sdk["near"], "≤", 0)
        told["came near"] = held(sdk["came"], "≥", 1)
        told["went away"] = held(sdk["went"], "≥", 1)
        return told
    each = bots["kb_per_s"] * 1e3 / bots["frames_per_s"]
    told["bytes a patch"] = _like(each, sdk["bytes_per_patch"])
    told["seen"] = held(sdk["seen"], "≥", people)
    told["moved in a patch"] = held(sdk["moved_per_patch"], "≥", people * (1 - NEAR))
    return told


def _like(ours: float, theirs: float) -> Held:
    off = abs(ours / theirs - 1) if theirs else 1.0
    kept = held(round(off, 4), "≤", NEAR)
    return kept._replace(told=f"{ours:.4g} and {theirs:.4g}, apart {kept.told}")


def check(asked: argparse.Namespace, side: float, plaza: float) -> bool:
    """Compare each form of Colyseus and print what was found; returns whether all agree."""
    good = True
    # On the plaza it takes a while until somebody crosses a border.
    forms = (("colyseus", 60, side, 8.0), ("quantized", 60, side, 8.0), ("views", 600, plaza, 15.0))
    for form, people, edge, seconds in forms:
        try:
            found = compare(form, people, edge, seconds)
        except (NotRun, OSError, ImportError, subprocess.SubprocessError) as why:
            print(json.dumps({"benchmark": "room_check", "form": form, "not_run": str(why)}))
            good = False
            continue
        held_to = bounds(form, people, found)
        good &= not any(one.broken for one in held_to.values())
        if asked.json:
            told = {name: one.told for name, one in held_to.items()}
            print(json.dumps({"benchmark": "room_check", "form": form, "bounds": told, **found}))
            continue
        print(f"{form}: {people} bots, {CLIENTS} clients of the SDK")
        for name, one in held_to.items():
            print(f"{'':10} {name}: {one.told}")
    return good
