"""`loom webhooks` and `resend`: what no program took, and how it is sent again."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from worldloom.kernel.errors import NotFound
from worldloom.server.cli.door import open_realm
from worldloom.server.cli.words import (
    Commands,
    add_json,
    add_realm,
    command,
    dump,
    one_line,
    whole,
)


def add(commands: Commands) -> None:
    """Add the family."""
    listing = command(
        commands, "webhooks", "list what a world's webhooks gave up, and what was sent again since",
        "loom webhooks lobby", webhooks,
    )  # fmt: skip
    again = command(
        commands, "resend", "send a record to those webhooks again that gave it up",
        "loom resend lobby 120", resend,
    )  # fmt: skip
    for parser in (listing, again):
        parser.add_argument("world", metavar="WORLD")
    again.add_argument("seq", type=whole, metavar="SEQ", help="as `loom webhooks` lists it")
    again.add_argument(
        "--all", action="store_true",
        help="to every webhook that tells of its kind, whether it gave it up or took it",
    )  # fmt: skip
    for parser in (listing, again):
        add_realm(parser)
        add_json(parser)


def webhooks(given: argparse.Namespace) -> int:
    """Print one line for each record that a webhook gave up, in the log's order."""
    with open_realm(given.realm) as door:
        found = [*given_up(door.log(given.world, 0))]
    if given.json:
        print(dump({"given_up": found}))
        return 0
    for one in found:
        when = f"{datetime.fromtimestamp(one['time'] / 1e6, UTC):%Y-%m-%d %H:%M}Z"
        again = f"  sent again at {one['resent']}" if one["resent"] else ""
        told = f"{one['record']:>8}  {when}  {one['webhook']}  {one['status']}"
        print(one_line(f"{told} ({one['tries']} tries){again}"))
    return 0


def given_up(log: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    """Return {record, webhook, status, tries, time, resent} of each that was given up.

    `resent` is the seq of the newest wish to send it again; None where it was given up since.
    """
    found: dict[tuple[int, str], dict[str, Any]] = {}
    for record in log:
        if record.get("kind") == "Undelivered":
            told = record["data"]
            one = {**told, "time": record["time"], "resent": None}
            found[told["record"], told["webhook"]] = one
        elif record.get("kind") == "Resent":
            wish = record["data"]
            for (seq, address), one in found.items():
                if seq == wish["record"] and wish["webhook"] in ("", address):
                    one["resent"] = record["seq"]
    return found.values()


def resend(given: argparse.Namespace) -> int:
    """Print to which addresses it goes."""
    with open_realm(given.realm) as door:
        wishes: list[dict[str, Any]] = [{"record": given.seq}]
        if not given.all:
            log = door.log(given.world, 0)
            wishes = [
                {"record": given.seq, "webhook": one["webhook"]}
                for one in given_up(log)
                if one["record"] == given.seq
            ]
        if not wishes:
            raise NotFound(
                f"no webhook of {given.world} gave up record {given.seq}",
                "`loom webhooks` lists what was; --all sends any record",
                code="not_given_up",
            )
        done = [door.do(given.world, "resend", wish) for wish in wishes]
    if given.json:
        print(dump({"resent": done}))
        return 0
    for answer in done:
        for address in answer["result"]["webhooks"]:
            print(one_line(f"record {given.seq} goes to {address} again, as {answer['seq']}"))
    return 0
