"""A chat robot: a visitor that is software, greets whoever speaks and walks up to them.

Start a world, then run `python examples/04_robot.py http://localhost:7400/w/plaza`.
"""

import asyncio
import sys

from worldloom.testing import Robot


async def greet(url: str, greetings: int = 1_000_000) -> None:
    """Answer each visitor's `hello` with their name, `greetings` times."""
    async with Robot(url, name="Echo") as robot:
        await robot.say("I am Echo, a robot. Say hello!")
        while greetings:
            said = await robot.heard()
            if said.visitor != robot.visitor and "hello" in said.text.lower():
                await robot.say(f"Hello, {said.name}!")
                greetings -= 1


if __name__ == "__main__":
    asyncio.run(greet(sys.argv[1]))
