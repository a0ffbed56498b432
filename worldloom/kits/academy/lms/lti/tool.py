"""The academy as a tool of learning platforms by LTI 1.3: `world.use(Lti(registration, …))`.

Scores go by a feed: in order, again until the platform has them, also after a stop.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from hashlib import sha256

import msgspec
from msgspec.structs import replace

from worldloom import Misused, Personal, Role, World
from worldloom.kernel.doors import Clerk, Door, Kept
from worldloom.kernel.events import Granted
from worldloom.kernel.feeds import Feed
from worldloom.kernel.rights import has_role
from worldloom.kernel.rules import check_role
from worldloom.kits.academy.adapters.lti_platform import LtiPlatform
from worldloom.kits.academy.courses.events import Finished
from worldloom.kits.academy.lms.cmi5.launch import origin_of
from worldloom.kits.academy.lms.limits import LMS_LIMITS as LIMITS
from worldloom.kits.academy.lms.lti.door import FREE, LtiDoor
from worldloom.kits.academy.lms.lti.events import LtiLink, LtiOpened, LtiRefused, LtiScored
from worldloom.kits.academy.lms.lti.messages import Opened, Registration, find
from worldloom.kits.academy.lms.lti.roster import Roster
from worldloom.kits.academy.xapi.saying import home_of


class Lti:
    """Lets these platforms open the world's courses, and sends them scores."""

    name = "lti"

    def __init__(self, *platforms: Registration, teachers: Role | str = Role.VISITOR) -> None:
        """Check the registrations; raises Misused.

        Who teaches a course at the platform is given the role `teachers` here, such as that of the
        academy's instructors: a role of the ladder below owners, or one of the world's own.
        """
        urls = [url for one in platforms for url in (one.auth_url, one.token_url, one.keys_url)]
        named = {(one.issuer, one.client_id) for one in platforms}
        if not platforms or "" in map(origin_of, urls) or len(named) < len(platforms):
            raise Misused("a platform's addresses are no web addresses, or it is there twice",
                          "take them from its page for tools", code="bad_endpoint")  # fmt: skip
        if teachers in (Role.OWNER, Role.RECORDS):
            fix = "take builder, or a role of the world's own"
            raise Misused(f"a platform makes nobody {teachers} here", fix, code="bad_role")
        self.platforms = platforms
        self.teachers = str(teachers)
        self.outside = LtiPlatform()
        self.roster = Roster(self)

    def attach(self, world: World) -> None:
        """Give a world the door, and what follows when a course is over."""
        self.world = world
        self.door = LtiDoor(self, lambda: home_of(world))
        world.door(Door("lti", self.door.answer, Role.VISITOR, FREE, LIMITS.lti_bytes_max))
        world.feed(Feed("academy-lti", LtiScored, self.send, events_max=20))
        self.roster.attach(world)

        @world.on(Finished)
        def finish(event: Finished) -> None:
            """Let the platform that the learner came from have the score."""
            name = link_name(event.learner, event.course)
            held = world[name][LtiLink] if name in world else LtiLink()
            if held.launch.value and _opened(held.launch).lineitem:
                told = Personal(str(held.launch), of=event.learner)
                world.append(LtiScored(event.learner, event.course, event.score, told))

    def take(self, world: World, learner: str, course: str, opened: Opened) -> None:
        """Take note inside a handler from where a learner came."""
        told, name = msgspec.json.encode(opened).decode(), link_name(learner, course)
        link = LtiLink(learner, course, Personal(told, of=learner))
        if name in world:
            world[name][LtiLink] = link
        else:
            world.spawn(name, link)
        self._meet(world, learner, opened)
        world.append(LtiOpened(learner, course, Personal(told, of=learner)))
        if opened.teaches:
            self.roster.ask(learner, course, opened)

    def _meet(self, world: World, account: str, opened: Opened) -> None:
        """Let someone be called as at the platform, until they say otherwise, and teach here."""
        step, people = world.step, world.step.desk.people
        about = people.about(account)
        if opened.name and not about.name:
            people.set_about(step, account, replace(about, name=opened.name))
        standing = people.standing(account, world.name, public=True)
        if opened.teaches and not has_role(standing, self.teachers):
            check_role(people.rules(world.name, step), self.teachers)
            people.admit(step, account, world.name, self.teachers)
            world.append(Granted(account, self.teachers))

    async def send(self, kept: Sequence[Kept], clerk: Clerk) -> None:
        """Hand scores over; raises Unavailable where the platform cannot take them now."""
        for one in kept:
            event = one.event
            assert isinstance(event, LtiScored)
            if event.launch.value is None:
                continue
            opened = _opened(event.launch)
            known = find(self.platforms, opened.issuer, opened.client_id)
            why = await self.outside.score(known, opened, event.score, one.time, clerk)
            if why:
                refused = LtiRefused(one.seq, why)
                await clerk.decide(partial(_append, event=refused))


def _append(world: World, event: LtiRefused) -> None:
    world.append(event)


def link_name(learner: str, course: str) -> str:
    """Name the entity by a hash: everyone sees it, and it tells no account to who knows none."""
    return f"lti {sha256(f'{course} {learner}'.encode()).hexdigest()[:16]}"


def _opened(kept: Personal[str]) -> Opened:
    return msgspec.json.decode(str(kept), type=Opened)
