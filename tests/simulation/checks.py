"""What must hold at the end of a history: every view is compared with the log."""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from pathlib import Path

import msgspec
import numpy as np

from tests.simulation.disks import FragileStore
from tests.simulation.driver import Simulation
from tests.simulation.facts import PROMISES, Facts
from tests.simulation.marbles import BELL_SECONDS, COINS, MARBLES, Purse
from tests.simulation.people import GUESTS
from tests.simulation.player import Player
from worldloom.kernel.followups import EVERY
from worldloom.kernel.hashing import (
    Frontier,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from worldloom.kernel.live import load_state
from worldloom.kernel.proofs import consistency, frontier_at, inclusion
from worldloom.kernel.recording import (
    CONSENTED,
    TRACKED,
    Consented,
    Recording,
    Tracked,
    unpack_poses,
)
from worldloom.kernel.records import Record, describe
from worldloom.kernel.rights import Role
from worldloom.kernel.schema import decode, restorer
from worldloom.kernel.sealing import open_box
from worldloom.kernel.state import State
from worldloom.kernel.telemetry import MEASURED, Chunk, Measured, samples
from worldloom.stores.memory_tables import MemoryTable
from worldloom.stores.sqlite import SqliteStore
from worldloom.stores.transfer import export_world, import_world
from worldloom.stores.verify import verify as verify_file

EXPORT_SHARE = 0.1
"""Of the histories on a file: what is exported, imported and verified whole takes its time."""
BOWLS = ("left", "right")
PURSE = Purse.__kind__.name
RECORDING = Recording.__kind__.name


def check(sim: Simulation) -> None:
    """Compare every view with the log, and every promise with what was kept; ends the disk."""
    names = sim.realm.worlds()
    logs = {name: sim.log(name) for name in names}
    hashes = {name: check_log(sim, name, log) for name, log in logs.items()}
    check_promises(sim, logs, hashes)
    for name, log in logs.items():
        check_past(sim, name, log, hashes[name])
        check_tables(sim, name, log)
        check_samples(log)
        check_tracks(sim, log)
        check_proofs(sim, name, log)
    for player in sim.players:
        check_player(player, logs["sim"], hashes["sim"])
    check_facts(sim, logs["sim"])
    check_bell(sim, logs["sim"])
    check_rights(sim, logs)
    sim.branches.check(logs)
    world = sim.dice.choice(names)
    sim.builders.undo_everything(world)
    logs[world] = sim.log(world)
    check_log(sim, world, logs[world])
    gone = sim.people.check([*logs.values(), sim.people.log()])
    if isinstance(sim.disk, FragileStore) and sim.happens(EXPORT_SHARE):
        check_export(sim, sim.disk, world, logs[world])
    sim.people.check_traces(gone, logs.values())
    if isinstance(sim.disk, FragileStore) and sim.happens(EXPORT_SHARE):
        report = verify_file(sim.disk.path)
        assert report.ok, report.lines()


def check_export(sim: Simulation, disk: FragileStore, name: str, log: list[Record]) -> None:
    """A world leaves and comes back whole, verified, and without anybody's words or keys."""
    target, own = str(disk.sectors.folder / "export.loom"), str(disk.sectors.folder / "own.loom")
    left = export_world(disk.path, name, target)
    report = verify_file(target)
    assert report.ok, report.lines()
    data = Path(target).read_bytes()
    words = [text for texts in sim.people.texts.values() for text in texts]
    assert not any(text.encode() in data for text in words), "words leave with an export"
    assert not any(secret in data for secret in disk.secrets.values()), "a key leaves"
    store = SqliteStore(own)
    try:
        came = import_world(target, store)
        live = sim.realm.world(name)
        assert left == came
        assert (came.seq, came.root) == (len(log), sim.realm.tree(name).root().hex())
        assert came.state_hash == live.state.state_hash().hex()
    finally:
        store.close()


def check_log(sim: Simulation, name: str, log: list[Record]) -> dict[int, bytes]:
    """Fold a log from nothing and compare head, tree and live state with it.

    Returns the state hash at each group's end; no marble and no coin appears or goes there.
    """
    live = sim.realm.world(name)
    head = next(head for head in sim.disk.streams() if head.name == name)
    assert len(log) == head.seq == live.durable_seq == live.seq
    assert log[-1].hash == head.head == live.head
    root = root_of(record.hash for record in log)
    assert Frontier.unpack(head.seq, head.frontier).root() == root == sim.realm.tree(name).root()
    state = State()
    hashes: dict[int, bytes] = {}
    time = 0
    gone: set[str] = set()
    for record in log:
        assert record.time >= time, "time ran backwards"
        time = record.time
        if record.kind == "Despawned":
            gone.add(state.entities[msgspec.msgpack.decode(record.payload)[0]].name)
        state.fold(record)
        if record.offset == record.size - 1:
            hashes[record.seq] = state.state_hash()
            assert conserved(state, gone), f"something was made or lost at {record.seq}"
    assert live.state.state_hash() == hashes[head.seq], "the live state is another"
    assert load_state(sim.disk, head.id, head.seq).state_hash() == hashes[head.seq]
    return hashes


def conserved(state: State, gone: set[str]) -> bool:
    """Tell whether all marbles and coins are there, once the scene is.

    `gone` are the names of what was ever taken away. Where the whole scene was, by going back to
    before it, one bowl may live on alone: by what somebody wrote on it since.
    """
    marbles = coins = 0
    found = [state.by_name.get(name) for name in BOWLS]
    if found == [None, None]:
        return True  # a fork of before the scene
    if None in found:
        return gone.issuperset(BOWLS)
    for id in found:
        assert id is not None
        cells = state.entities[id].cells
        marbles += msgspec.msgpack.decode(cells["sim.Bowl"].data)["marbles"]
        coins += msgspec.msgpack.decode(cells[PURSE].data)["coins"]
    return (marbles, coins) == (MARBLES, COINS)


def check_promises(
    sim: Simulation, logs: dict[str, list[Record]], hashes: dict[str, dict[int, bytes]]
) -> None:
    """Whatever was said to be durable is there, and the past is what was live."""
    for world, kept in sim.kept.items():
        if world in logs:
            log = logs[world]
            for seq, hash in kept.items():
                assert seq <= len(log) and log[seq - 1].hash == hash, f"{world}:{seq} is gone"
    ends = {
        (name, log[seq - 1].hash): known
        for name, log in logs.items()
        for seq, known in hashes[name].items()
    }
    for spot, seen in sim.seen.items():
        assert ends.get(spot, seen) == seen, f"{spot[0]} was live in another state"


def check_past(sim: Simulation, name: str, log: list[Record], hashes: dict[int, bytes]) -> None:
    """The state at any seq is the fold up to the end of a whole group, by a snapshot or without."""
    for _ in range(3):
        seq = sim.dice.randint(0, len(log))
        found = sim.realm.at(name, seq)
        assert seq - found.seq < (log[seq].size if seq < len(log) else 1)
        wanted = hashes[found.seq] if found.seq else State().state_hash()
        assert found.state_hash() == wanted, f"{name} at {seq} is another"


def check_tables(sim: Simulation, name: str, log: list[Record]) -> None:
    """Each table equals the one that is made anew from the log."""
    live = sim.realm.world(name)
    rows = list(sim.disk.records(live.stream, 0, live.durable_seq))
    for projection in live.world.projections.values():
        table = MemoryTable(name, projection, lambda box: open_box(sim.disk, box))
        table.take(rows)
        wanted = table.select({}, (), 10_000)
        found = sim.disk.select(live.stream, projection.name, {}, (), 10_000)
        assert not found.error and not wanted.error, found.error or wanted.error
        assert found.rows == wanted.rows, f"the table {projection.name} of {name} is another"
        assert found.seq == wanted.seq == len(log)


def check_samples(log: list[Record]) -> None:
    """Right after each word of a measurement stand the samples that it tells of."""
    for told, kept in zip(log, log[1:], strict=False):
        if told.kind != MEASURED:
            continue
        event = decode(Measured, told.payload)
        assert kept.group == told.group, "a measurement without its samples"
        data = decode(Chunk, kept.payload).data
        times, values = samples(data)
        assert sha256(data).hexdigest() == event.sha256
        assert (len(values), int(values.sum())) == (event.count, MARBLES)
        assert event.first == event.last == times[0] == told.time


def check_tracks(sim: Simulation, log: list[Record]) -> None:
    """Only who consented is recorded, while the sign is up; a track is whole or unreadable."""
    consents = {
        decode(Consented, record.payload, record.version).visitor.id: record.seq
        for record in reversed(log)
        if record.kind == CONSENTED
    }
    restore = restorer(lambda box: open_box(sim.disk, box))
    for record in log:
        if record.kind != TRACKED:
            continue
        track = decode(Tracked, record.payload, record.version, restore)
        assert consents[track.visitor] < record.seq, "recorded without consent"
        put_up = log[track.recording - 1]
        assert puts_up_sign(put_up) and put_up.seq < record.seq, "recorded without a sign"
        if track.poses.value:
            times, _ = unpack_poses(track.poses.value)
            assert len(times) == track.rows
            assert (times[0], times[-1]) == (track.start, track.end)
            assert (np.diff(times) > 0).all()


def puts_up_sign(record: Record) -> bool:
    """Tell whether a record shows the sign of a recording: set, or back with its entity."""
    said = describe(record)
    if record.kind == "Changed":
        said["components"] = {said["component"]: said["data"]}
    elif record.kind != "Spawned":
        return False
    return bool(said["components"].get(RECORDING, {}).get("on"))


def check_proofs(sim: Simulation, name: str, log: list[Record]) -> None:
    """A record is proved to be in the tree, and an older tree to be its beginning."""
    live = sim.realm.world(name)
    nodes = partial(sim.disk.nodes, live.stream)
    index, first = sim.dice.randrange(len(log)), sim.dice.randint(1, len(log))
    tree = sim.realm.tree(name)
    root = tree.root()
    proof = inclusion(nodes, tree, index)
    assert verify_inclusion(log[index].hash, index, len(log), proof, root), "a proof fails"
    older = frontier_at(nodes, first).root()
    assert older == root_of(record.hash for record in log[:first])
    proof = consistency(nodes, tree, first)
    assert verify_consistency(first, len(log), older, root, proof), "a proof fails"


def check_player(player: Player, log: list[Record], hashes: dict[int, bytes]) -> None:
    """What a robot saw is what the log has, and it is up to date."""
    assert not player.history_lost, "history was lost"
    for seq, seen in player.seen.items():
        assert log[seq - 1].hash == seen, f"what was seen at {seq} is gone"
    for seq, root in player.roots.items():
        assert root == hashes[seq], f"{player.account} saw another state at {seq}"
    assert player.inside and player.seq == len(log), f"{player.account} is behind"
    # None at all where the world was restored to a moment before its scene.
    assert player.marbles() in (0, MARBLES)


def check_facts(sim: Simulation, log: list[Record]) -> None:
    """Every promise stands exactly once, and so does what follows from it."""
    facts = Facts(log)
    moved, letters = facts.tickets("sim.Moved"), facts.tickets("sim.Letter")
    assert len(facts.places) == sum(len(facts.tickets(kind)) for kind in PROMISES), "done twice"
    assert facts.tickets("sim.Noticed") == moved, "a reaction ran amiss"
    assert len({*facts.tickets("sim.Glimpsed")}) == len(facts.tickets("sim.Glimpsed"))
    assert facts.tickets("sim.Posted") == letters, "a request went amiss"
    assert sorted(sim.posted) == letters, "the outside saw another letter"
    promised = [*sim.acknowledged.items()]
    for player in sim.players:
        promised += [(id, seq) for id, seq in player.acknowledged.items() if id in player.promised]
    for ticket, seq in promised:
        assert facts.places.get(ticket) == seq, f"acknowledged ticket {ticket} is not at {seq}"


def check_bell(sim: Simulation, log: list[Record]) -> None:
    """The bell never strikes twice in one period, whatever became of the clock and the process."""
    last = sim.disk.cursor(f"{EVERY}ring", sim.realm.world("sim").stream)
    struck = [record.time for record in log if record.kind == "sim.Struck"]
    assert (last is None) == (not struck), "the bell's cursor and its strokes fell apart"
    if last is not None:
        start, period = msgspec.msgpack.decode(last), round(BELL_SECONDS * 1e6)
        periods = [(time - start) // period for time in struck]
        assert len(periods) == len({*periods}), "the bell struck twice"


def check_rights(sim: Simulation, logs: dict[str, list[Record]]) -> None:
    """A role and the record of its granting are kept together, or neither is."""
    granted = {
        (record.time, record.actor, record.cause)
        for log in logs.values()
        for record in log
        if record.kind == "Granted"
    }
    for record in sim.people.log():
        if record.cause.startswith("do:local:") and record.kind == "Changed":
            group = record.time, record.actor, record.cause
            assert group in granted, "a right without its record"
    for head in sim.disk.streams():
        if head.name in logs:
            for account in GUESTS:
                check_role(sim, head.name, account, logs[head.name][head.fork :])


def check_role(sim: Simulation, name: str, account: str, log: list[Record]) -> None:
    """Someone has the role that they were given last, unless they were forgotten since."""
    given = [
        (record, data["role"])
        for record in log
        if record.kind == "Granted"
        and (data := msgspec.msgpack.decode(record.payload))["account"] == account
    ]
    if not given:
        return
    last, role = given[-1]
    since = None
    for record in sim.people.log():
        if (record.time, record.actor, record.cause) == (last.time, last.actor, last.cause):
            since = True
        elif record.kind == "Forgot" and describe(record)["person"] == account:
            since = None
    assert since is None or sim.realm.role(account, name) == Role(role), "a role went astray"
