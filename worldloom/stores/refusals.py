"""What a store can refuse or fail with, each with its code and what to do about it."""

from __future__ import annotations

from worldloom.kernel.errors import Conflict, Invalid, NotFound, Unavailable, WorldloomError

NO_DATABASE = "it is another kind of file, or its beginning was overwritten"
"""What SQLite means by `file is not a database`."""


def seq_conflict(why: str) -> Conflict:
    """Another writer, or a refused group, stands between this group and its stream."""
    message = f"the log has moved on: {why}"
    return Conflict(message, "load the world again and retry", code="seq_conflict")


def asset_unknown(sha256: str) -> NotFound:
    """No asset has this sha256."""
    message = f"there is no asset {sha256}"
    return NotFound(message, "upload the file first", code="asset_unknown")


def name_taken(name: str) -> Conflict:
    """An imported world meets another world of its name."""
    fix = "import it under another name with --as, or into another realm file with --realm"
    return Conflict(f"there is a world named {name} already", fix, code="name_taken")


def table_unknown(name: str, known: list[str]) -> NotFound:
    """The world has no table of this name."""
    fix = f"its tables are {', '.join(sorted(known))}" if known else "it keeps no tables"
    return NotFound(f"there is no table {name[:80]}", fix, code="table_unknown")


def which_world(names: list[str]) -> Invalid:
    """A file with several worlds, or none, where one is expected."""
    message = f"the file has {len(names)} worlds: {', '.join(sorted(names)) or 'none'}"
    return Invalid(
        message, "name the one you want: `loom import FILE --world NAME`", code="which_world"
    )


def asset_damaged(sha256: str) -> Unavailable:
    """A file's bytes are not those that its name says."""
    fix = "run `loom verify` on the source, then go back to your newest export"
    return Unavailable(f"the asset {sha256} is damaged", fix, code="asset_damaged")


def not_a_realm(path: str, why: str) -> Invalid:
    """The file is something else than a realm."""
    message = f"{path} is not a realm file: {why}"
    fix = "name the realm's .loom file; if this was it, put back your newest copy or export of it"
    return Invalid(message, fix, code="not_a_realm")


def newer_format(path: str, found: int, known: int) -> Invalid:
    """The file was written by a later Worldloom; reading it wrongly would harm it."""
    message = f"{path} has file format {found}, this Worldloom reads up to {known}"
    return Invalid(message, "update it: pip install --upgrade worldloom", code="newer_format")


def older_format(path: str, found: int, known: int) -> Invalid:
    """The file is to be lifted before it can be read without a store."""
    message = f"{path} has file format {found}, older than {known}"
    fix = f"run `loom worlds --realm {path}` once: it migrates a copy and keeps the old file"
    return Invalid(message, fix, code="older_format")


def file_exists(path: str) -> Conflict:
    """An export never overwrites a file."""
    return Conflict(f"{path} exists already", "remove it or name another", code="file_exists")


def in_use(path: str) -> Conflict:
    """Another process has the file open."""
    return Conflict(
        f"{path} is open in another process", "stop its server first", code="realm_in_use"
    )


def store_closed() -> Unavailable:
    """The store was closed, at a stop."""
    return Unavailable("the realm file is closed", "start the server again", code="store_failed")


def disk_full(path: str) -> Unavailable:
    """Nothing of the batch was kept, all that was acknowledged stays."""
    message = "no space is left for the realm's file"
    return _of_file(path, Unavailable(message, "free some disk space", code="disk_full"))


def store_failed(path: str, why: str) -> Unavailable:
    """The file could not be read or written for a reason that may pass."""
    message = f"the realm's file could not be used: {why}"
    fix = "check the disk and the rights of the file, then try again"
    return _of_file(path, Unavailable(message, fix, code="store_failed"))


def store_corrupt(path: str, why: str, name: str = "the realm's file") -> Unavailable:
    """The file's bytes are not what was written."""
    fix = "run `loom verify` on it, then go back to your newest export"
    return _of_file(path, Unavailable(f"{name} is damaged: {why}", fix, code="store_corrupt"))


def _of_file(path: str, error: Unavailable) -> Unavailable:
    """Where the file lies is for who runs the server, and not for who visits it."""
    error.file = path
    return error


def same_for_all(error: WorldloomError, count: int) -> list[WorldloomError | None]:
    """One failed transaction is the failure of each of its groups."""
    return [error] * count
