"""`loom do` and `token`: act in a realm as its local owner."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from typing import Any

from worldloom.kernel.errors import Invalid
from worldloom.server.cli.door import open_realm
from worldloom.server.cli.words import Commands, add_json, add_realm, command, dump

ROLES = ("owner", "builder", "member", "visitor", "records")


def add(commands: Commands) -> None:
    """Add the family."""
    doing = command(
        commands, "do", "do one action as the local owner",
        'loom do plaza say text="Good morning"', do,
    )  # fmt: skip
    doing.add_argument("world", metavar="WORLD")
    doing.add_argument("action", metavar="ACTION")
    doing.add_argument(
        "arguments", nargs="*", metavar="key=value", help="value as JSON, or as text"
    )
    tokens = command(
        commands, "token", "make a token, and the account if it is not there",
        "loom token robot --role builder", token,
    )  # fmt: skip
    tokens.add_argument("account", metavar="ACCOUNT")
    tokens.add_argument("--role", choices=ROLES, required=True, help="what it allows at most")
    for parser in (doing, tokens):
        add_realm(parser)
        add_json(parser)


def do(given: argparse.Namespace) -> int:
    """Print the result and the seq of the group's last record."""
    with open_realm(given.realm) as door:
        known = {action["name"]: action for action in door.actions(given.world)}
        schema = known.get(given.action, {}).get("schema", {})
        answer = door.do(given.world, given.action, read_arguments(given.arguments, schema))
    if given.json:
        print(dump(answer))
        return 0
    if answer["result"] is not None:
        result = answer["result"]
        print(result if isinstance(result, str) else dump(result))
    print(f"seq {answer['seq']}")
    return 0


def read_arguments(pairs: Iterable[str], schema: dict[str, Any]) -> dict[str, Any]:
    """Return key=value pairs as arguments; what the action wants as text stays text."""
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise Invalid(
                f"{pair} is not key=value", 'for instance text="Good morning"', code="bad_argument"
            )
        wanted = schema.get("properties", {}).get(name, {})
        found[name] = value if wanted.get("type") == "string" else _value(value)
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def token(given: argparse.Namespace) -> int:
    """Print the token alone on the last line."""
    with open_realm(given.realm, create=True) as door:
        secret = door.token(given.account, given.role)
    if given.json:
        print(dump({"account": given.account, "role": given.role, "token": secret}))
    else:
        print(f"{given.account} is {given.role} with this token; it is shown only now:")
        print(secret)
    return 0
