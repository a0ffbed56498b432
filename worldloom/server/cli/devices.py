"""`loom device`, `devices` and `budget`: machines that come in by a key of their own."""

from __future__ import annotations

import argparse
import os
import re
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from worldloom.kernel.errors import Conflict
from worldloom.server.cli.door import open_realm
from worldloom.server.cli.words import Commands, add_json, add_realm, command, dump, file, whole

ROLES = ("owner", "builder", "member", "visitor")
KEY = re.compile(r"[0-9a-f]{64}").fullmatch


def add(commands: Commands) -> None:
    """Add the family."""
    making = command(
        commands, "device", "let a machine come in by its key, and make its account if need be",
        "loom device pump --make-key pump.key --scope look act pay --budget 500", device,
    )  # fmt: skip
    making.add_argument("account", metavar="ACCOUNT")
    keys = making.add_mutually_exclusive_group(required=True)
    keys.add_argument(
        "--key", type=public_key, metavar="HEX", help="its public key: Ed25519, 64 hex digits"
    )
    keys.add_argument(
        "--make-key", type=file, metavar="FILE", dest="made",
        help="make a key, and write its private half there (64 hex digits) for the machine",
    )  # fmt: skip
    making.add_argument(
        "--role", choices=ROLES, default="member",
        help="what its tokens allow at most (default: %(default)s)",
    )  # fmt: skip
    making.add_argument(
        "--scope", nargs="+", action="extend", default=[], metavar="SCOPE", dest="scopes",
        help="what of that they allow, as with `loom token` (default: look act)",
    )  # fmt: skip
    making.add_argument(
        "--world", action="append", default=[], metavar="WORLD", dest="worlds",
        help="the world that they are good for (again for more; default: all)",
    )  # fmt: skip
    making.add_argument(
        "--budget", type=whole, default=0, metavar="AMOUNT",
        help="what it may spend in all, in the units of actions' costs (default: nothing)",
    )  # fmt: skip
    making.add_argument("--label", default="", help="what it is, to know it again")
    listing = command(
        commands, "devices", "list an account's machines, and what each spent",
        "loom devices pump", devices,
    )  # fmt: skip
    listing.add_argument("account", metavar="ACCOUNT")
    changing = command(
        commands, "budget", "let a machine spend so much in all, from its next deed on",
        "loom budget 3f2a9c01b7d4e865 800", budget,
    )  # fmt: skip
    changing.add_argument("id", metavar="ID", help="as `loom devices` lists it")
    changing.add_argument("budget", type=whole, metavar="AMOUNT")
    for parser in (making, listing, changing):
        add_realm(parser)
        add_json(parser)


def public_key(text: str) -> str:
    """Return a public key, for argparse."""
    if not KEY(text):
        raise argparse.ArgumentTypeError("it is no Ed25519 public key of 64 hex digits, 0-9 a-f")
    return text


def device(given: argparse.Namespace) -> int:
    """Print the machine's id on the last line: by it the machine asks for its tokens."""
    wish: dict[str, Any] = {
        "account": given.account, "role": given.role, "worlds": given.worlds,
        "budget": given.budget, "label": given.label,
    }  # fmt: skip
    if given.scopes:
        wish["scopes"] = given.scopes
    with open_realm(given.realm, create=True) as door, ExitStack() as undo:
        wish["public_key"] = given.key or make_key(given.made)
        if given.made:
            undo.callback(given.made.unlink)  # a key that nobody lets in is of no use
        made = door.add_device(wish)
        undo.pop_all()
    if given.json:
        print(dump(made))
        return 0
    if given.made:
        print(f"the private key is in {given.made}: the machine alone needs it")
    print(f"{given.account} may come by this machine as {given.role}; its id:")
    print(made["id"])
    return 0


def make_key(path: Path) -> str:
    """Return the public half of a new key, whose private half is written for its owner alone.

    Raises Conflict where a file is there already: it may be another machine's key.
    """
    # Imported here: most commands need no cryptography, which takes a while to load.
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Conflict(f"{path} is there already", "name a new file", code="file_exists") from None
    with os.fdopen(handle, "w") as out:
        out.write(key.private_bytes_raw().hex() + "\n")
    return key.public_key().public_bytes_raw().hex()


def devices(given: argparse.Namespace) -> int:
    """Print one line a machine."""
    with open_realm(given.realm) as door:
        found = door.devices(given.account)
    if given.json:
        print(dump({"devices": found}))
        return 0
    for one in found:
        spent = f"spent {one['spent']} of {one['budget']}"
        parts = (one["id"], one["role"], " ".join(one["scopes"]), " ".join(one["worlds"]), spent,
                 one["label"])  # fmt: skip
        print("  ".join(part for part in parts if part))
    return 0


def budget(given: argparse.Namespace) -> int:
    """Change it, at once on a running server too."""
    with open_realm(given.realm) as door:
        changed = door.set_budget(given.id, given.budget)
    if given.json:
        print(dump(changed))
    else:
        print(f"{given.id} spent {changed['spent']} of {changed['budget']}")
    return 0
