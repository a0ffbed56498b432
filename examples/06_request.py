"""A request to the outside: a bell that writes to a web hook, exactly once a click.

Run it with `BELL_URL=http://localhost:9000/ loom dev examples/06_request.py`; without an
address nothing is sent and the bell says so.
"""

import asyncio
import os
import urllib.request

from worldloom import Click, Color, Event, Personal, Request, World, sphere

world = World("doorbell", title="A bell")
bell = world.spawn("bell", sphere(radius=0.25), Color("#c9a227"), at=(0, 1.4, -2))


class Letter(Request):
    """A letter that shall leave the house; a name stands in it, so that it is sealed."""

    text: Personal[str]


class Answered(Event):
    """What the outside said to the letter."""

    status: str


@world.on(Click, bell)
def ring(click: Click) -> None:
    """Ask for the letter; it leaves once this click is durable."""
    world.append(Letter(Personal(f"{click.visitor.name} is at the door")))


@world.adapter(Letter)
async def post(letter: Letter, key: str) -> Answered:
    """Send the letter; `key` lets the other side drop a repetition."""
    address = os.environ.get("BELL_URL", "")
    if not address:
        return Answered("kept here: no BELL_URL is set")
    request = urllib.request.Request(
        address, data=(letter.text.value or "").encode(), headers={"Idempotency-Key": key}
    )
    answer = await asyncio.to_thread(urllib.request.urlopen, request, None, 10)
    return Answered(f"delivered ({answer.status})")


@world.on(Answered)
def report(answered: Answered) -> None:
    """Tell everyone how it went."""
    world.say(f"The letter: {answered.status}")
