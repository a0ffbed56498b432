"""The door `/cmi5/`: packages of our courses, and where learning platforms send their learners."""

from __future__ import annotations

from collections.abc import Callable, Collection
from hashlib import sha256
from typing import Final

import msgspec
from msgspec import Struct

from worldloom import NotFound, Personal, World, WorldloomError
from worldloom.kernel.doors import Answered, Asked, Clerk
from worldloom.kernel.errors import NotSignedIn
from worldloom.kernel.rights import Standing
from worldloom.kits.academy.courses.classroom import Courses
from worldloom.kits.academy.courses.course import Course
from worldloom.kits.academy.lms.cmi5.events import Session, UnitOpened
from worldloom.kits.academy.lms.cmi5.launch import Launch, bad_launch, read_launch, structure_of
from worldloom.kits.academy.lms.cmi5.package import write_package
from worldloom.kits.academy.lms.page import page
from worldloom.kits.academy.xapi.facets import identity
from worldloom.kits.academy.xapi.saying import new_id

FREE: Final = ("start/",)
SCRIPT: Final = """
const base = location.pathname.replace(/\\/start\\/[^/]*$/, '');
const course = location.pathname.slice(base.length + '/start/'.length);
const query = location.search.slice(1);
history.replaceState(null, '', location.pathname);
const say = (text) => { document.querySelector('p').textContent = text; };
(async () => {
  await fetch('/api/auth/me');
  const answer = await fetch(base + '/take', {
    method: 'POST', headers: {'Content-Type': 'application/json'},
    body: JSON.stringify({course: decodeURIComponent(course), query}),
  });
  const told = await answer.json();
  if (told.other) // whoever sat here before is called otherwise, and looks so
    ['name', 'avatar'].forEach((own) => localStorage.removeItem(`worldloom.${own}`));
  if (answer.ok) location.replace(told.world);
  else say(`${told.error.message}. ${told.error.fix}.`);
})().catch(() => say('The academy cannot be reached. Start the course again.'));
"""
OPENING: Final = page("<p role='status'>Opening the course…</p>", SCRIPT)


class Wish(Struct, frozen=True, forbid_unknown_fields=True):
    """What the page at `start/` sends: the course, and the query that it was launched with."""

    course: str
    query: str


class UnitDoor:
    """Answers at the door of one world's courses."""

    def __init__(self, origins: Collection[str], home: Callable[[], str]) -> None:
        self._origins = origins
        self._home = home

    async def answer(self, asked: Asked, clerk: Clerk) -> Answered:
        """Answer a request; raises NotFound, NotSignedIn, and Invalid (`bad_launch`)."""
        kind, _, rest = asked.path.strip("/").partition("/")
        if asked.method in ("GET", "HEAD") and kind == "start" and rest:
            return OPENING
        if asked.method in ("GET", "HEAD") and kind == "packages" and rest.endswith(".zip"):
            return await self._package(rest.removesuffix(".zip"), clerk)
        if asked.method == "POST" and (kind, rest) == ("take", ""):
            return await self._take(asked, clerk)
        if kind in ("start", "packages", "take"):
            error = WorldloomError(f"{kind} does not take {asked.method[:20]}", code="wrong_method")
            error.status = 405
            raise error
        raise NotFound("there is nothing here", "there are packages/COURSE.zip", code="no_page")

    async def _package(self, id: str, clerk: Clerk) -> Answered:
        """Return the package of a course, for a learning platform."""
        course = await clerk.decide(lambda world: course_of(world, id))
        base = f"{self._home()}/w/{clerk.world}/cmi5"
        save = ("Content-Disposition", f'attachment; filename="{course.id}.zip"')
        data = write_package(structure_of(course, base))
        return Answered(200, data, "application/zip", (save,))

    async def _take(self, asked: Asked, clerk: Clerk) -> Answered:
        """Let who asks be the learner whom a platform sends."""
        try:
            wish = msgspec.json.decode(asked.body, type=Wish)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise bad_launch("the launch cannot be read") from None
        launch = read_launch(wish.query, self._origins)
        if not asked.who.account:
            raise NotSignedIn("nobody is signed in to learn", "open the course by its own address")

        new = clerk.new_account()

        def run(world: World) -> str:
            account = learner_of(world, asked.who, launch, new)
            open_unit(world, account, course_of(world, wish.course).id, launch)
            return account

        account = await clerk.decide(run)
        other = account != asked.who.account
        told = msgspec.json.encode({"world": f"/w/{clerk.world}", "other": other})
        return Answered(200, told, "application/json", account=account if other else "")


def learner_of(world: World, who: Standing, launch: Launch, new: str) -> str:
    """Return inside a handler whose a launch is: not the guest's who came from there before.

    A launch of cmi5 proves nobody, so that it opens no account that is there already: who is not
    the one that sat here goes on as `new`. Whoever has an account of their own goes on as that.
    """
    people, mine = world.step.desk.people, who.account
    if who.token is not None or people.stays(mine) or people.roles(mine):
        return mine
    actor = identity(launch.actor)
    held = [one[Session].launch.value for one in world.find(Session)
            if one[Session].learner == mine]  # fmt: skip
    before = [msgspec.json.decode(one, type=Launch).actor for one in held if one]
    return new if any(identity(one) != actor for one in before) else mine


def open_unit(world: World, learner: str, course: str, launch: Launch) -> None:
    """Take note inside a handler that a learner came from a platform."""
    id, told, name = (
        new_id(world),
        msgspec.json.encode(launch).decode(),
        session_name(learner, course),
    )
    before = world[name][Session] if name in world else Session()
    same = before.registration == launch.registration
    session = Session(
        id, learner, course, launch.registration, world.now, said=before.said if same else (),
        launch=Personal(told, of=learner),
    )  # fmt: skip
    if name in world:
        world[name][Session] = session
    else:
        world.spawn(name, session)
    world.append(UnitOpened(id, learner, course, Personal(told, of=learner)))


def session_name(learner: str, course: str) -> str:
    """Name the entity by a hash: everyone sees it, and it tells no account to who knows none."""
    return f"unit {sha256(f'{course} {learner}'.encode()).hexdigest()[:16]}"


def course_of(world: World, id: str) -> Course:
    """Return a course that can be learnt in a world; raises NotFound."""
    for kit in world.used:
        if isinstance(kit, Courses) and id in kit.courses:
            return kit.courses[id]
    raise NotFound("there is no such course here", "take the package anew", code="not_found")
