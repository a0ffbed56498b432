"""`loom token`, `tokens` and `revoke`: what programs and agents come in by."""

from __future__ import annotations

import argparse
import re
import sys
import time
from datetime import UTC, datetime
from typing import Any

from worldloom.kernel.errors import WorldloomError
from worldloom.server.cli.door import open_realm
from worldloom.server.cli.words import Commands, add_json, add_realm, command, dump, whole

ROLES = ("owner", "builder", "member", "visitor", "records")
SPAN = re.compile(r"([0-9]{1,9})([smhdw])").fullmatch
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def add(commands: Commands) -> None:
    """Add the family."""
    making = command(
        commands, "token", "make a token, and the account if it is not there",
        "loom token robot --role builder --scope look act:say --expires 7d", token,
    )  # fmt: skip
    making.add_argument("account", metavar="ACCOUNT")
    making.add_argument("--role", choices=ROLES, required=True, help="what it allows at most")
    making.add_argument(
        "--scope", nargs="+", action="extend", default=[], metavar="SCOPE", dest="scopes",
        help="what of that it allows: look, act, act:NAME (an action or a kit), build, admin, pay,"
        " records (default: all)",
    )  # fmt: skip
    making.add_argument(
        "--expires", type=span, metavar="WHEN", help="7d, 12h, 30m, or a date and time"
    )
    making.add_argument(
        "--world", action="append", default=[], metavar="WORLD", dest="worlds",
        help="the world that it is good for (again for more; default: all)",
    )  # fmt: skip
    making.add_argument(
        "--budget", type=whole, metavar="AMOUNT",
        help="what it may spend in all, in the units of actions' costs",
    )  # fmt: skip
    making.add_argument("--agent", action="store_true", help="software acts by it: others see that")
    making.add_argument(
        "--basic", action="store_true",
        help="print ID:SECRET, as programs want it that sign in by HTTP Basic",
    )  # fmt: skip
    making.add_argument("--label", default="", help="what it is for, to know it again")
    listing = command(
        commands, "tokens", "list an account's tokens, without their secrets",
        "loom tokens robot", tokens,
    )  # fmt: skip
    listing.add_argument("account", metavar="ACCOUNT")
    ending = command(
        commands, "revoke", "revoke a token or a machine's key: what it is used for ends at once",
        "loom revoke 3f2a9c01b7d4e865", revoke,
    )  # fmt: skip
    ending.add_argument("id", metavar="ID", help="as `loom tokens` or `loom devices` lists it")
    for parser in (making, listing, ending):
        add_realm(parser)
        add_json(parser)


def span(text: str) -> float:
    """Return how many seconds from now, of a span or of a date and time, for argparse."""
    found = SPAN(text)
    if found:
        return int(found[1]) * SECONDS[found[2]]
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        wrong = f"{text} is no span (30m, 12h, 7d, 4w) and no date and time (2027-01-31T18:00)"
        raise argparse.ArgumentTypeError(wrong) from None
    return (moment if moment.tzinfo else moment.astimezone()).timestamp() - time.time()


def token(given: argparse.Namespace) -> int:
    """Print the token alone, or its id and itself for HTTP Basic, on the last line."""
    wish: dict[str, Any] = {
        "account": given.account, "role": given.role, "scopes": given.scopes or ["*"],
        "worlds": given.worlds, "seconds": given.expires, "budget": given.budget,
        "agent": given.agent, "label": given.label,
    }  # fmt: skip
    with open_realm(given.realm, create=True) as door:
        made = door.token(wish)
        unknown = set(given.worlds) - {one["name"] for one in door.worlds()}
    for world in sorted(unknown):
        print(f"there is no world {world} yet: nothing is allowed until there is", file=sys.stderr)
    if given.json:
        print(dump(made))
    else:
        print(f"{given.account} is {given.role} with this token; it is shown only now:")
        print(f"{made['id']}:{made['token']}" if given.basic else made["token"])
    return 0


def tokens(given: argparse.Namespace) -> int:
    """Print one line a token."""
    with open_realm(given.realm) as door:
        found = door.tokens(given.account)
    if given.json:
        print(dump({"tokens": found}))
        return 0
    for one in found:
        ends = ""
        if one["expires"]:
            ends = f"until {datetime.fromtimestamp(one['expires'] / 1e6, UTC):%Y-%m-%d %H:%M}Z"
        budget = "" if one["budget"] is None else f"spent {one['spent']} of {one['budget']}"
        parts = (one["id"], one["role"], " ".join(one["scopes"]), ends, budget, one["label"])
        print("  ".join(part for part in parts if part))
    return 0


def revoke(given: argparse.Namespace) -> int:
    """Revoke it, at once on a running server too."""
    with open_realm(given.realm) as door:
        try:
            door.revoke(given.id)
        except WorldloomError as unknown:  # it may be a machine's, which has an id of its own
            try:
                door.drop_device(given.id)
            except WorldloomError:
                raise unknown from None
    if given.json:
        print(dump({}))
    else:
        print(f"{given.id} is revoked")
    return 0
