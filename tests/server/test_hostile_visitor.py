"""Promised: a hostile program on a real socket gets around nothing that keeps people apart."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable, Callable, Iterator

import pytest

from tests.server.asking import Site
from worldloom.kernel.errors import Refused
from worldloom.kernel.limits import LIMITS
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

PARK = '''"""A park with a bench, a throne and balls."""

from worldloom import World, Body, Grab, Seat, sphere

world = World("park")
world.spawn("bench", Seat(), at=(0, 0.4, 2))
world.spawn("throne", Seat(role="builder"), at=(1, 0.4, 2))
world.spawn("far bench", Seat(), at=(40, 0.4, 40))
world.spawn("ball", sphere(0.1), Body(1.0), Grab(), at=(0.5, 0.1, 1))
world.spawn("relic", sphere(0.1), Body(1.0), Grab(role="builder"), at=(-0.5, 0.1, 1))
world.spawn("far ball", sphere(0.1), Body(1.0), Grab(), at=(40, 0.1, 38))
'''
Story = Callable[[Robot, Robot], Awaitable[None]]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a park."""
    folder = tmp_path_factory.mktemp("park")
    (folder / "park.py").write_text(PARK)
    running = Server(folder / "realm.loom", str(folder / "park.py"))
    running.start()
    yield Site(running)
    assert running.stop() == 0


def robot(site: Site, account: str) -> Robot:
    secret = site.token(account, "visitor").headers["Authorization"].partition(" ")[2]
    return Robot(site.server.world("park"), account.title(), token=secret)


def play(site: Site, story: Story) -> None:
    """Let Ann and Mallory, two visitors whom nobody knows yet, meet."""
    number = random.randrange(10**9)

    async def meet() -> None:
        async with robot(site, f"ann{number}") as ann, robot(site, f"mallory{number}") as mallory:
            await ann.wait_until(lambda one: mallory.visitor in one.visitors())
            await story(ann, mallory)

    asyncio.run(meet())


async def refused(deed: Awaitable[object]) -> str:
    """Return the code that a deed is refused with."""
    with pytest.raises(Refused) as caught:
        await deed
    return caught.value.code


def test_no_pose_and_no_action_brings_it_within_arms_length(site: Site) -> None:
    async def story(ann: Robot, mallory: Robot) -> None:
        x, y, z = ann.position
        nearest = math.inf
        for step in range(120):
            near = (x + random.uniform(-0.3, 0.3), y, z + random.uniform(-0.3, 0.3))
            mallory.walk(*near)
            if step % 40 == 0:
                await mallory.do("go", position=list(near))
            await asyncio.sleep(0.02)
            seen = ann.visitors()[mallory.visitor].position
            if seen is not None:
                nearest = min(nearest, math.dist(seen, ann.position))
        assert LIMITS.distance_m - 0.02 <= nearest < 3, "it came, and no nearer than an arm"

    play(site, story)


def test_no_tab_no_reconnect_and_no_other_door_carries_it_past_a_block(site: Site) -> None:
    async def story(ann: Robot, mallory: Robot) -> None:
        await ann.do("block", account=mallory.visitor)
        await ann.wait_until(lambda one: mallory.visitor not in one.visitors())
        await mallory.wait_until(lambda one: ann.visitor not in one.visitors())
        ann.core.said.clear()
        twin = Robot(site.server.world("park"), "Somebody Else", token=mallory._token)
        async with twin:
            first = mallory.visitor
            mallory.drop()
            await mallory.wait_until(lambda one: one.core.inside and one.visitor != first)
            for other in (mallory, twin):
                assert ann.visitor not in other.visitors()
                await other.say("from my line")
                other.walk(*other.position)
                await other.do("befriend", account=ann.visitor)
                await other.do("mute", account=ann.visitor, on=False)
            browser = site.token(mallory.account, "visitor")
            assert browser.act("park", "say", text="from another door").status == 200
            marker = await site_says(site)
            await ann.wait_until(lambda one: any(h.text == marker for h in one.core.said))
            assert [heard.text for heard in ann.core.said] == [marker]
            assert {mallory.visitor, twin.visitor}.isdisjoint(ann.visitors())

    play(site, story)


def test_no_tab_no_reconnect_and_no_other_door_lets_it_be_heard_past_a_mute(site: Site) -> None:
    async def story(ann: Robot, mallory: Robot) -> None:
        ghost = site.token(f"ghost{mallory.account}", "visitor")  # it never comes, and speaks
        assert ghost.act("park", "say", text="who is it?").status == 200
        await ann.wait_until(lambda one: any(h.text == "who is it?" for h in one.core.said))
        await ann.do("mute", account=ghost.account)
        await ann.do("mute", account=mallory.visitor)
        ann.core.said.clear()
        browser = site.token(mallory.account, "visitor")
        async with Robot(site.server.world("park"), "Else", token=mallory._token) as twin:
            first = mallory.visitor
            mallory.drop()
            await mallory.wait_until(lambda one: one.core.inside and one.visitor != first)
            for other in (mallory, twin):
                await other.say("from my line")
                await other.do("mute", account=ann.visitor, on=False)
        await mallory.close()
        for one in (browser, ghost):
            assert one.act("park", "say", text="from nowhere").status == 200
        marker = await site_says(site)
        await ann.wait_until(lambda one: any(h.text == marker for h in one.core.said))
        assert [heard.text for heard in ann.core.said] == [marker]
        await ann.do("mute", account=ghost.account, on=False)
        assert ghost.act("park", "say", text="and now?").status == 200
        await ann.wait_until(lambda one: one.core.said[-1].text == "and now?")

    play(site, story)


async def site_says(site: Site) -> str:
    """Let the owner say something after all else, and return what."""
    marker = f"marker {random.randrange(10**9)}"
    done = await asyncio.to_thread(lambda: site.owner().act("park", "say", text=marker))
    assert done.status == 200
    return marker


def test_hanging_up_first_saves_it_from_no_block_and_no_ban(site: Site) -> None:
    async def story(ann: Robot, mallory: Robot) -> None:
        known, account = mallory.visitor, mallory.account
        await mallory.close()
        await ann.wait_until(lambda one: known not in one.visitors())
        await ann.do("block", account=known)
        async with robot(site, account) as again:
            await again.say("I am back")
            marker = await site_says(site)
            await ann.wait_until(lambda one: any(h.text == marker for h in one.core.said))
            assert "I am back" not in [heard.text for heard in ann.core.said]
            assert again.visitor not in ann.visitors() and ann.visitor not in again.visitors()
            done = await asyncio.to_thread(
                lambda: site.owner().act("park", "ban", account=known, seconds=600)
            )
            assert done.json["result"]["account"] == account
            assert await refused(again.wait_until(lambda one: False)) == "banned"
        assert await refused(robot(site, account).__aenter__()) == "banned"
        assert site.token(account, "visitor").act("park", "say", text="so").code == "banned"

    play(site, story)


def test_from_no_door_does_it_speak_under_anothers_name(site: Site) -> None:
    async def story(ann: Robot, mallory: Robot) -> None:
        alias = site.token(f"other{mallory.account}", "visitor")
        name = next(one.name for one in ann.visitors().values() if one.visitor == ann.visitor)
        assert alias.ask("PUT", "/api/auth/profile", {"name": f"{name}\u200b"}).status == 200
        ann.core.said.clear()
        done = await asyncio.to_thread(lambda: alias.act("park", "say", text="it is me"))
        assert done.status == 200
        secret = site.token(f"third{mallory.account}", "visitor").headers["Authorization"][7:]
        async with Robot(site.server.world("park"), f"{name}\u3164\u200b", token=secret) as twin:
            await twin.say("so am I")
            await ann.wait_until(lambda one: len(one.core.said) == 2)
        assert name not in {heard.name for heard in ann.core.said}
        assert f"{name} 2" in {heard.name for heard in ann.core.said}

    play(site, story)


def test_floods_of_words_and_reports_are_cut_off_and_cost_others_nothing(site: Site) -> None:
    async def story(ann: Robot, mallory: Robot) -> None:
        codes = []
        for number in range(40):
            try:
                await mallory.say(f"buy now {number}")
            except Refused as error:
                codes.append(error.code)
        assert codes and set(codes) == {"too_often"}
        reports = []
        for _ in range(LIMITS.reports_per_hour_max + 3):
            try:
                await mallory.do("report", account=ann.visitor, reason="no reason")
            except Refused as error:
                reports.append(error.code)
        assert len(reports) == 3 and set(reports) == {"too_often"}
        await ann.say("I can still talk")

    play(site, story)


def test_seats_and_things_are_taken_by_right_alone(site: Site) -> None:
    async def story(ann: Robot, mallory: Robot) -> None:
        await ann.go(0, 0, 1.2)
        await mallory.go(1.2, 0, 1.2)
        await ann.do("sit_down", entity="bench")
        await ann.do("grab", entity="ball")
        for action, entity, code in (
            ("sit_down", "bench", "seat_taken"),
            ("sit_down", "throne", "not_allowed"),
            ("sit_down", "far bench", "out_of_reach"),
            ("sit_down", "ball", "not_a_seat"),
            ("grab", "ball", "held_by_another"),
            ("grab", "relic", "not_allowed"),
            ("grab", "far ball", "out_of_reach"),
            ("grab", "bench", "not_grabbable"),
        ):
            assert await refused(mallory.do(action, entity=entity)) == code, (action, entity)
        assert await refused(mallory.do("let_go")) == "hand_empty"
        assert await refused(mallory.do("let_go", velocity=[1e9, 0, 0])) == "invalid"
        assert ann.entity("bench")["components"] == mallory.entity("bench")["components"]
        await ann.do("let_go")
        await ann.do("stand_up")

    play(site, story)


def test_what_takes_a_builder_or_an_owner_is_refused_on_every_line(site: Site) -> None:
    async def story(ann: Robot, mallory: Robot) -> None:
        before = mallory.state_hash()
        tries: list[tuple[str, dict[str, object]]] = [
            ("spawn", {"name": "ad", "components": {}}),
            ("despawn", {"entity": "bench"}),
            ("set", {"entity": "bench", "component": "Seat", "value": {"role": "owner"}}),
            ("grant", {"account": mallory.visitor, "role": "owner"}),
            ("ban", {"account": ann.visitor}),
            ("record", {"on": True}),
            ("undo", {"by": ann.visitor}),
        ]
        for action, args in tries:
            assert await refused(mallory.do(action, **args)) == "not_allowed", action
        assert mallory.state_hash() == before
        for junk in (b"", b"\xff" * 40, bytes(range(256)) * 8):
            await mallory.wait_until(lambda one: one.core.inside)
            if mallory.core._send is not None:
                mallory.core._send(junk)
            await mallory.wait_until(lambda one: not one.core.inside)  # cut off, each time
        await ann.say("still here")
        assert ann.core.inside

    play(site, story)
