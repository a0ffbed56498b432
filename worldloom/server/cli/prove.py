"""`loom proof`, and what `loom verify` does with saved proofs and roots."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from worldloom.kernel.errors import Invalid, WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.server.cli.door import open_realm
from worldloom.server.cli.words import (
    Commands,
    add_json,
    add_realm,
    command,
    dump,
    file,
    whole,
)

# Proofs and files take a while to load: a command that needs neither does not wait for them.
if TYPE_CHECKING:
    from worldloom.stores.verify import SavedRoot


def add(commands: Commands) -> None:
    """Add the family."""
    proving = command(
        commands, "proof", "save the proof that a record stands in a world's log",
        "loom proof plaza 42 --out proof.json", proof,
    )  # fmt: skip
    proving.add_argument("world", metavar="WORLD")
    proving.add_argument("seq", type=whole, metavar="SEQ")
    proving.add_argument("--out", type=file, metavar="FILE.json", help="default: print it")
    add_realm(proving)
    add_json(proving)


def add_checks(parser: argparse.ArgumentParser) -> None:
    """Add what `verify` checks beside a file's own hashes."""
    parser.add_argument(
        "--root", type=file, metavar="FILE",
        help="a saved answer of GET /api/worlds/{w}, proof or checkpoint: a missing tail shows too",
    )  # fmt: skip
    parser.add_argument(
        "--proof", type=file, metavar="FILE.json", help="check this proof alone, without a realm"
    )
    parser.add_argument("--key", metavar="VKEY", help="the key that you know a proof's signer by")


def proof(given: argparse.Namespace) -> int:
    """Print the proof, or save it and say what it proves."""
    from worldloom.ledger.proofs import check

    with open_realm(given.realm) as door:
        data = door.proof(given.world, given.seq)
    found = check(data)
    if given.out is None:
        print(data.decode())
        return 0
    given.out.write_bytes(data + b"\n")
    if given.json:
        print(dump({"file": str(given.out), **msgspec.to_builtins(found)}))
    else:
        print(f"{given.out}: {found.sentence}")
    return 0


def check_proof(given: argparse.Namespace) -> int:
    """Say what a proof's file proves; raises Invalid with what is wrong."""
    from worldloom.ledger.proofs import check

    found = check(_read(given.proof), given.key)
    if given.json:
        print(dump({"ok": True, **msgspec.to_builtins(found)}))
    else:
        print(found.sentence)
    return 0


def read_saved(path: Path, vkey: str | None) -> SavedRoot:
    """Return the root in a world's saved answer, in a proof or in a checkpoint; raises Invalid."""
    from worldloom.ledger.proofs import check
    from worldloom.stores.verify import SavedRoot

    data = _read(path)
    try:
        if not data.lstrip().startswith(b"{"):
            return _of_checkpoint(data, vkey)
        if b'"proof"' in data:
            found = check(data, vkey)
            return SavedRoot(found.head.size, found.head.root, found.world)
        return msgspec.json.decode(data, type=SavedRoot)
    except (WorldloomError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(
            f"{path} is no saved root: {error}",
            "save an answer of GET /api/worlds/{w}, or a proof",
            code="bad_root",
        ) from None


def _of_checkpoint(data: bytes, vkey: str | None) -> SavedRoot:
    from worldloom.ledger.checkpoints import read_checkpoint
    from worldloom.ledger.notes import read_vkey
    from worldloom.stores.verify import SavedRoot

    if vkey is None:
        raise Invalid("a checkpoint is checked with --key", code="bad_root")
    found = read_checkpoint(data.decode(), read_vkey(vkey))
    return SavedRoot(found.size, found.root.hex(), found.origin.rpartition("/")[2])


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as saved:
            data = saved.read(LIMITS.proof_bytes_max + 1)
    except OSError as error:
        raise Invalid(
            f"{path} cannot be read: {error.strerror}", "name a file that is there", code="bad_root"
        ) from None
    if len(data) > LIMITS.proof_bytes_max:
        raise Invalid(
            f"{path} is over {LIMITS.proof_bytes_max} bytes", "name a saved root or a proof",
            code="bad_root",
        )  # fmt: skip
    return data
