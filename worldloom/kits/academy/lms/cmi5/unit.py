"""Courses of ours as assignable units: a learning platform launches them and hears what came of it.

`world.use(Units("https://lms.example"))` beside the courses. Each step that asks the platform is a
request in the log: it is tried again until it is done, also after a stop, and never said twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

import msgspec

from worldloom import Entered, Entity, Event, Misused, Panel, Personal, Refused, Role, World
from worldloom.kernel.doors import Door
from worldloom.kits.academy.adapters.cmi5_platform import Platform
from worldloom.kits.academy.courses.events import Finished, Stopped
from worldloom.kits.academy.courses.sayings import duration
from worldloom.kits.academy.lms.cmi5.events import (
    Session,
    UnitAdmitted,
    UnitBegan,
    UnitHeard,
    UnitOpened,
    UnitReady,
    UnitRefused,
    UnitSaid,
)
from worldloom.kits.academy.lms.cmi5.launch import (
    Launch,
    LaunchData,
    origin_of,
    read_launch_data,
    statement,
    verdicts,
)
from worldloom.kits.academy.lms.cmi5.unit_door import FREE, UnitDoor, session_name
from worldloom.kits.academy.lms.limits import LMS_LIMITS as LIMITS
from worldloom.kits.academy.xapi import values
from worldloom.kits.academy.xapi.saying import home_of, new_id

SECOND_US: Final = 1_000_000


class Units:
    """Lets platforms of these web addresses launch the world's courses (cmi5)."""

    name = "cmi5"

    def __init__(self, *platforms: str, outside: Platform | None = None) -> None:
        """Name the platforms that may launch; raises Misused for what is no web address."""
        self.origins = frozenset(map(origin_of, platforms))
        if not platforms or "" in self.origins:
            raise Misused("name the learning platforms that may launch courses here",
                          'Units("https://lms.example")', code="bad_endpoint")  # fmt: skip
        self.outside = outside or Platform()

    def attach(self, world: World) -> None:
        """Give a world the door, the requests, and what follows from a learner's run."""
        self.world = world
        door = UnitDoor(self.origins, lambda: home_of(world))
        world.door(Door("cmi5", door.answer, Role.VISITOR, FREE, LIMITS.launch_characters_max * 2))
        self.panel = world.use(Panel("Your learning platform", id="platform", shown=False))
        self.text = self.panel.markdown("", id="text")
        self._add_adapters(world)
        self._add_followers(world)

    # -- the platform --------------------------------------------------------------------------

    def _add_adapters(self, world: World) -> None:
        outside = self.outside

        @world.adapter(UnitOpened)
        async def fetch(request: UnitOpened, key: str) -> Event:
            """Fetch the token."""

            def run() -> Event:
                token = outside.fetch(_launch(request.launch))
                return UnitAdmitted(request.id, request.learner, request.course,
                                    Personal(token, of=request.learner))  # fmt: skip

            return await _asked(request.id, request.learner, run)

        @world.adapter(UnitBegan)
        async def begin(request: UnitBegan, key: str) -> Event:
            """Read what the platform wrote, and say that the learner is here."""

            def run() -> Event:
                launch, token = _launch(request.launch), str(request.token)
                data = outside.launch_data(launch, token)
                known = read_launch_data(data)
                outside.preferences(launch, token)
                told = statement(launch, known, "initialized", id=request.statement,
                                 at=values.spelled(request.at))  # fmt: skip
                outside.say(launch, token, told)
                return UnitReady(request.id, Personal(data.decode(), of=request.learner))

            return await _asked(request.id, request.learner, run)

        @world.adapter(UnitSaid)
        async def say(request: UnitSaid, key: str) -> Event:
            """Hand statements over, in their order."""

            def run() -> Event:
                launch, token = _launch(request.launch), str(request.token)
                every = msgspec.json.decode(str(request.statements), type=list[dict[str, Any]])
                for one in every:
                    outside.say(launch, token, one)
                return UnitHeard(request.id, len(every))

            return await _asked(request.id, request.learner, run)

    # -- what follows --------------------------------------------------------------------------

    def _add_followers(self, world: World) -> None:
        @world.on(UnitAdmitted)
        def admit(event: UnitAdmitted) -> None:
            """Keep the token, and let the platform know that the learner is here."""
            name = session_name(event.learner, event.course)
            held = world[name][Session]
            if held.id == event.id and held.launch.value is not None:
                token = str(event.token)
                world[name].update(Session, token=Personal(token, of=event.learner))
                world.append(UnitBegan(
                    event.id, event.learner, new_id(world), world.now,
                    Personal(str(held.launch), of=event.learner),
                    Personal(token, of=event.learner),
                ))  # fmt: skip

        @world.on(UnitReady)
        def ready(event: UnitReady) -> None:
            """Know what the platform wrote; what came of the course meanwhile is told now."""
            entity = self._session(event.id)
            if entity is not None:
                learner = entity[Session].learner
                entity.update(Session, ready=True, data=Personal(str(event.data), of=learner))
                self._tell(entity)
                self._show(entity)

        @world.on(UnitRefused)
        def refused(event: UnitRefused) -> None:
            """Let the learner know, if they did not come anew since."""
            entity = self._session(event.id)
            if entity is not None:
                entity.update(Session, refused=event.why)
                self._show(entity)

        @world.on(Entered)
        def show_what_it_knows(event: Entered) -> None:
            """Show who comes what their platform knows: it may have answered before they came."""
            for visitor in world.visitors:
                own = [one for one in world.find(Session)
                       if one[Session].learner == visitor.account]  # fmt: skip
                if visitor.id == event.visitor.id and own:
                    self._show(max(own, key=lambda one: one[Session].began))

        @world.on(Finished)
        def finish(event: Finished) -> None:
            """Say what came of the course."""
            self.tell(event.learner, event.course, event)

        @world.on(Stopped)
        def leave(event: Stopped) -> None:
            """Say that the learner left."""
            self.tell(event.learner, event.course, None)

    def tell(self, learner: str, course: str, event: Finished | None) -> None:
        """Take note of the end of a run, if a platform launched it, and tell it when it can be."""
        world, name = self.world, session_name(learner, course)
        if name in world and not world[name][Session].over:
            entity = world[name]
            if event is None:
                entity.update(Session, over="stopped")
            else:
                entity.update(Session, over="finished", score=event.score, passed=event.passed)
            self._tell(entity)
            self._show(entity)

    def _tell(self, entity: Entity) -> None:
        """Append what the platform is to hear at the end of a run, once."""
        world, held = self.world, entity[Session]
        if not held.ready or not held.over or held.ended or held.launch.value is None:
            return
        learner, launch, data = held.learner, _launch(held.launch), _data(held.data)
        finished = held.over == "finished"
        found = verdicts(data, held.score, held.passed, held.said) if finished else ()
        length = duration((world.now - held.began) / SECOND_US)
        at = values.spelled(world.now)
        every = [
            statement(launch, data, verb, id=new_id(world), at=at,
                      result={**result, "duration": length}, judged="score" in result)
            for verb, result in (*found, ("terminated", {}))
        ]  # fmt: skip
        world.append(UnitSaid(
            held.id, learner, Personal(str(held.launch), of=learner),
            Personal(str(held.token), of=learner),
            Personal(msgspec.json.encode(every).decode(), of=learner),
        ))  # fmt: skip
        said = tuple(dict.fromkeys((*held.said, *(verb for verb, _ in found))))
        entity.update(Session, ended=True, said=said)

    def _session(self, id: str) -> Entity | None:
        return next((one for one in self.world.find(Session) if one[Session].id == id), None)

    def _show(self, entity: Entity) -> None:
        """Show a learner what their platform knows, once there is anything to say of it."""
        held = entity[Session]
        text = self._words(held)
        for visitor in self.world.visitors:
            if text and visitor.account == held.learner:
                self.text.set(visitor, text=text)
                self.panel.show(visitor)

    def _words(self, held: Session) -> str:
        if held.refused:
            return f"{held.refused}. Start the course from there again."
        if not held.ended:
            return "Your learning platform hears how you do." if held.ready else ""
        back = _data(held.data).return_url if held.data.value is not None else ""
        known = origin_of(back) in self.origins and ")" not in back
        end = f" [Go back there]({back})." if known else ""
        return f"Your learning platform is told how you did.{end}"


async def _asked(id: str, learner: str, run: Callable[[], Event]) -> Event:
    """Run beside the loop what asks the platform; what it refuses for good is an answer, too."""
    try:
        return await asyncio.to_thread(run)
    except Refused as error:
        return UnitRefused(id, learner, error.message[:300])


def _launch(kept: Personal[str]) -> Launch:
    """Return what was kept of a launch; raises Refused when its learner is forgotten."""
    if kept.value is None:
        raise Refused("the learner is forgotten here", "nothing is left to do", code="forgotten")
    return msgspec.json.decode(str(kept), type=Launch)


def _data(kept: Personal[str]) -> LaunchData:
    return read_launch_data(str(kept).encode())
