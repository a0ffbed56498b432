"""A fork that tries an idea: what another price would do for a lemonade stall.

Run it with `loom dev examples/10_fork.py` and, beside it,
`python examples/10_fork.py http://localhost:7400`: each price is tried for a week in a fork of its
own. The stall itself notices nothing, and no lemon is really ordered.
"""

import asyncio
import json
import os
import secrets
import sys
import time
import urllib.request
from typing import Any

from worldloom import Color, Component, Event, Refused, Request, Visitor, World, box, sphere

world = World("stall", title="Lemonade")
WEEK, CUSTOMERS, CRATE = 7, 100, 120


class Trade(Component):
    """Cents for a glass, cents in the till, lemons left."""

    price: int = 300
    till: int = 0
    lemons: int = CRATE


class Order(Request):
    """Lemons that the supplier shall bring."""

    lemons: int


class Delivered(Event):
    """The lemons are here."""

    lemons: int


stall = world.spawn("stall", box(2, 1, 0.8), Color("#e8d16b"), Trade(), at=(0, 0.5, -3))
world.spawn("lemon", sphere(0.15), Color("#f2d21f"), at=(0, 1.2, -3))


@world.action(role="owner")
def price(visitor: Visitor, cents: int) -> None:
    """Ask for another price from now on."""
    if not 1 <= cents <= 1000:
        raise Refused("nobody pays that", fix="ask for 1 to 1000 cents")
    stall.update(Trade, price=cents)


@world.action(role="owner")
def day(visitor: Visitor) -> int:
    """Stand there for a day: whoever finds it worth the price has a glass. Returns glasses."""
    trade = stall[Trade]
    glad = sum(world.random.uniform(50, 600) >= trade.price for _ in range(CUSTOMERS))
    sold = min(glad, trade.lemons)
    stall.update(Trade, till=trade.till + sold * trade.price, lemons=trade.lemons - sold)
    if sold:
        world.append(Order(sold))
    return sold


async def pretend(order: Order, key: str) -> Delivered:
    """Bring the lemons of a fork: out of thin air."""
    return Delivered(order.lemons)


@world.adapter(Order, sandbox=pretend)
async def supply(order: Order, key: str) -> Delivered:
    """Order for real; `key` lets the supplier drop a repetition."""
    wish = urllib.request.Request(
        os.environ["SUPPLIER_URL"], b"%d" % order.lemons, {"Idempotency-Key": key}
    )
    await asyncio.to_thread(urllib.request.urlopen, wish, None, 10)
    return Delivered(order.lemons)


@world.on(Delivered)
def unpack(delivered: Delivered) -> None:
    """Put the lemons where they are needed."""
    stall.update(Trade, lemons=stall[Trade].lemons + delivered.lemons)


class Planner:
    """Someone with an idea: a guest, who owns the forks that they make."""

    def __init__(self, url: str) -> None:
        self.url = url
        with urllib.request.urlopen(f"{url}/api/auth/me") as answer:
            self.cookie = answer.headers["Set-Cookie"].partition(";")[0]

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Get something, or post a body."""
        headers = {"Cookie": self.cookie, "Content-Type": "application/json", "Origin": self.url}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/api/worlds/{path}", data, headers)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def trade(self, fork: str) -> dict[str, int]:
        """Return the stall's figures."""
        things = self.ask(f"{fork}/state")["entities"].values()
        stall = next(thing for thing in things if thing["name"] == "stall")
        figures: dict[str, int] = stall["components"]["fork.Trade"]
        return figures

    def week(self, cents: int) -> int:
        """Try a price in a fork for a week; return the cents in its till."""
        fork = self.ask("stall/fork", {"name": f"stall-{cents}-{secrets.token_hex(3)}"})["world"]
        self.ask(f"{fork}/actions/price", {"cents": cents})
        for _ in range(WEEK):
            self.ask(f"{fork}/actions/day", {})
            while self.trade(fork)["lemons"] < CRATE:
                time.sleep(0.02)
        return self.trade(fork)["till"]


def main(url: str) -> None:
    """Print what each price would bring in a week."""
    planner = Planner(url)
    for cents in (100, 300, 500):
        print(f"{cents} cents a glass: {planner.week(cents)} cents a week")


if __name__ == "__main__":
    main(sys.argv[1])
