"""What a store can refuse or fail with, each with its code and what to do about it."""

from __future__ import annotations

from worldloom.kernel.errors import Conflict, Invalid, NotFound, Unavailable, WorldloomError


def seq_conflict(why: str) -> Conflict:
    """Another writer, or a refused group, stands between this group and its stream."""
    return Conflict("seq_conflict", f"the log has moved on: {why}", "load the world again and retry")


def asset_unknown(sha256: str) -> NotFound:
    """No asset has this sha256."""
    return NotFound("asset_unknown", f"there is no asset {sha256}", "upload the file first")


def name_taken(name: str) -> Conflict:
    """An imported world meets another world of its name."""
    return Conflict(
        "name_taken",
        f"there is a world named {name} already",
        "import into another realm file with --realm, or export that world and start a new file",
    )


def world_unknown(name: str) -> NotFound:
    """The realm has no stream of this name."""
    return NotFound("world_unknown", f"there is no world {name}", "list them with `loom worlds`")


def not_a_realm(path: str, why: str) -> Invalid:
    """The file is something else than a realm."""
    return Invalid("not_a_realm", f"{path} is not a realm file: {why}", "name a .loom file")


def newer_format(path: str, found: int, known: int) -> Invalid:
    """The file was written by a later Worldloom; reading it wrongly would harm it."""
    return Invalid(
        "newer_format",
        f"{path} has file format {found}, this Worldloom reads up to {known}",
        "update Worldloom: pip install --upgrade worldloom",
    )


def file_exists(path: str) -> Conflict:
    """An export never overwrites a file."""
    return Conflict("file_exists", f"{path} exists already", "remove it or choose another name")


def store_closed() -> Unavailable:
    """The store was closed, at a stop."""
    return Unavailable("store_failed", "the realm file is closed", "start the server again")


def disk_full(path: str) -> Unavailable:
    """Nothing of the batch was kept, all that was acknowledged stays."""
    return Unavailable("disk_full", f"no space is left for {path}", "free some disk space")


def store_failed(path: str, why: str) -> Unavailable:
    """The file could not be read or written for a reason that may pass."""
    return Unavailable(
        "store_failed", f"{path} could not be used: {why}", "check the disk and the file's rights"
    )


def store_corrupt(path: str, why: str) -> Unavailable:
    """The file's bytes are not what was written."""
    return Unavailable(
        "store_corrupt",
        f"{path} is damaged: {why}",
        "run `loom verify` on it, then go back to your newest export",
    )


def busy(waiting: int) -> Unavailable:
    """More is asked than the disk takes."""
    return Unavailable("busy", f"{waiting} groups wait for the disk", "try again in a second")


def same_for_all(error: WorldloomError, count: int) -> list[WorldloomError | None]:
    """One failed transaction is the failure of each of its groups."""
    return [error] * count
