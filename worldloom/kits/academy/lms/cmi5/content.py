"""Courses of others in the academy: it launches their units and knows when one may move on (cmi5).

`world.use(Content(package, …))` after the academy. What happens is said as learning records; an
enrolment is what they left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any, Final, NamedTuple

import msgspec
from msgspec import Meta

from worldloom import (
    Conflict,
    Entity,
    Misused,
    NotFound,
    Panel,
    Personal,
    Refused,
    Role,
    Visitor,
    World,
)
from worldloom.kernel.doors import Clerk, Door
from worldloom.kits.academy.courses.sayings import duration
from worldloom.kits.academy.events import DocumentKept
from worldloom.kits.academy.instructors import Instructors
from worldloom.kits.academy.lms.cmi5 import results
from worldloom.kits.academy.lms.cmi5.content_door import FREE, ContentDoor
from worldloom.kits.academy.lms.cmi5.enrolment import (
    Enrolment,
    context_of,
    heard,
    launch_data,
    launch_url,
    launched_context,
    platform_id,
)
from worldloom.kits.academy.lms.cmi5.files import Files, file_of
from worldloom.kits.academy.lms.cmi5.moving_on import news
from worldloom.kits.academy.lms.cmi5.package import read_package
from worldloom.kits.academy.lms.cmi5.sending import Package, Sending, read_structure_of
from worldloom.kits.academy.lms.cmi5.structure import Structure, Unit
from worldloom.kits.academy.lms.limits import LMS_LIMITS as LIMITS
from worldloom.kits.academy.rules import HOME
from worldloom.kits.academy.xapi.documents import etag_of, spelled
from worldloom.kits.academy.xapi.facets import identity
from worldloom.kits.academy.xapi.saying import Activity, agent_of, home_of, new_id, statement
from worldloom.kits.academy.xapi.tables import Place

SECOND_US: Final = 1_000_000
FOLLOWED: Final = "academy.content.packages"
"""Where presence has the packages that panels show."""
FOLDER: Final = 32
"""Characters of a package's sha256 that its files are below."""
TYPE: Final = "https://w3id.org/xapi/cmi5/activitytype/"
Id = Annotated[str, Meta(max_length=LIMITS.name_characters_max)]
Reason = Annotated[str, Meta(min_length=1, max_length=LIMITS.reason_characters_max)]


class Taught(NamedTuple):
    """A unit, and the course that it is of."""

    structure: Structure
    unit: Unit
    folder: str
    """The name that the files of its package are below."""


class Content:
    """Launches units of these packages (`cmi5.xml`, or a ZIP with it, as bytes).

    Instructors give further ones in the world.
    """

    name = "content"

    def __init__(self, *packages: bytes) -> None:
        """Check the packages; raises Invalid (`bad_package`), and Misused for a double."""
        self.declared: dict[str, tuple[Structure, str]] = {}
        """Course → it, and its folder, as the world's file has them."""
        self._files: dict[str, Files] = {}
        self._opened: dict[str, Files] = {}
        """Files of packages that were given in the world: those asked for last."""
        self._read: dict[str, Structure] = {}
        """Asset → the course of a package that was given."""
        for data in packages:
            structure, files = read_package(data).structure, Files(data)
            self.declared[structure.id] = (structure, files.id)
            self._files[files.id] = files
        if len(packages) != len(self.declared):
            raise Misused("one course is there twice", "Content(data)", code="bad_course")

    @property
    def taught(self) -> dict[str, tuple[Structure, str]]:
        """Course → it, and the name that its files are below: declared ones, then those given."""
        given: dict[str, tuple[Structure, str]] = {}
        for entity in self.world.find(Package):
            package = entity[Package]
            if package.asset not in self._read:
                self._read[package.asset] = read_structure_of(package)
            structure = self._read[package.asset]
            given[structure.id] = (structure, package.asset[:FOLDER])
        return self.declared | given

    @property
    def courses(self) -> dict[str, Structure]:
        """The courses by their ids."""
        return {id: structure for id, (structure, _) in self.taught.items()}

    @property
    def units(self) -> dict[str, Taught]:
        """The units of all courses by their ids."""
        return {
            unit.id: Taught(structure, unit, folder)
            for structure, folder in self.taught.values()
            for unit in structure.units()
        }

    async def files(self, folder: str, clerk: Clerk) -> Files | None:
        """Return the files below a name; None where there is no such package here."""
        held = self._files.get(folder) or self._opened.get(folder)
        if held is not None:
            return held
        assets = await clerk.decide(lambda world: [one[Package].asset for one in
                                                   world.find(Package)])  # fmt: skip
        asset = next((one for one in assets if one[:FOLDER] == folder), None)
        data = None if asset is None else await asyncio.to_thread(clerk.asset, asset)
        if data is None:
            return None
        while len(self._opened) >= LIMITS.open_packages_max:
            del self._opened[next(iter(self._opened))]
        self._opened[folder] = Files(data)
        return self._opened[folder]

    def attach(self, world: World) -> None:
        """Give a world the panel, the actions and the door; raises Misused without an academy."""
        academy = next((kit for kit in world.used if getattr(kit, "name", "") == "academy"), None)
        store = getattr(academy, "store", None)
        if store is None:
            raise Misused("there is no academy here yet", "world.use(Academy(home=…)) before it",
                          code="bad_course")  # fmt: skip
        self.world, self.home = world, home_of(world)
        door = ContentDoor(self, store)
        world.door(Door("content", door.answer, Role.MEMBER, FREE, LIMITS.said_bytes_max))
        self.panel = world.use(
            Panel("Courses from elsewhere", id="content", shown=bool(self.declared))
        )
        declared = {unit.id: (_text(unit.title), _text(structure.title))
                    for structure, _ in self.declared.values()
                    for unit in structure.units()}  # fmt: skip
        self.cards = self.panel.cards(results.cards([*declared.values()], {}), id="units")
        self.link = self.panel.markdown("", id="link")
        instructors = getattr(academy, "instructors", Instructors())
        self.results = results.Results(world, instructors, declared, self.cards)
        self.sending = Sending(self, world, instructors)

        @world.every(1)
        def follow_packages() -> None:
            """Show what was given or taken away, and what is there after a start."""
            self.follow()

        @self.cards
        def press(visitor: Visitor, key: str) -> None:
            unit = list(self.units)[int(key)]
            url = self.start(visitor.account, unit)
            self.link.set(visitor, text=f"[Open it now]({url}): the link is good once.")

        @world.action
        def start_unit(visitor: Visitor, unit: Id) -> str:
            """Start a unit of a course from elsewhere; returns the address that is good once."""
            return self.start(visitor.account, unit)

        @world.action(role=Role.BUILDER)
        def waive_unit(visitor: Visitor, learner: Id, unit: Id, reason: Reason) -> str:
            """Let a learner off a unit, for instance as they can do it already."""
            return self.waive(learner, unit, reason)

    def follow(self) -> None:
        """Show, inside a handler, the units that there are now."""
        given = frozenset(one[Package].asset for one in self.world.find(Package))
        if self.world.presence.get(FOLLOWED, frozenset()) == given:
            return
        self.world.presence[FOLLOWED] = given
        named = {id: (_text(one.unit.title), _text(one.structure.title))
                 for id, one in self.units.items()}  # fmt: skip
        self.cards.set(data=results.cards([*named.values()], {}))
        self.results.take(named)
        self.sending.show()
        if named:
            self.panel.show()
        else:
            self.panel.hide()

    # -- launching -----------------------------------------------------------------------------

    def start(self, learner: str, id: str) -> str:
        """Launch a unit inside a handler; return the address. A session before it is abandoned."""
        world, taught = self.world, self._unit(id)
        if not learner:
            raise Refused("nobody is here to learn", "enter the world first", code="no_learner")
        entity = self._enrolled(learner, taught.structure)
        self._abandon(entity)
        session, key, held = new_id(world), new_id(world), entity[Enrolment]
        entity.update(
            Enrolment, session=session, unit=id, key=digest(key), token="", over=False,
            launched=world.now, heard=world.now, seen=(),
        )  # fmt: skip
        actor, activity = agent_of(learner, self.home), platform_id(self.home, id)
        here = self._here(taught)
        data = launch_data(taught.unit, session, here)
        place = Place("state", "LMS.LaunchData", activity, identity(actor), held.registration)
        world.append(DocumentKept(
            Personal(spelled(place), of=learner), "application/json", etag_of(data),
            Personal(data, of=learner),
        ))  # fmt: skip
        url = self._address(taught, here)
        self._say(entity, "launched", taught.unit, session,
                  more=launched_context(taught.unit, url))  # fmt: skip
        self.results.renew()
        name = entity.name.rpartition(" ")[2]
        return launch_url(url, {
            "endpoint": f"{here}/content/lrs/", "fetch": f"{here}/content/fetch?k={name}.{key}",
            "actor": msgspec.json.encode(actor).decode(), "registration": held.registration,
            "activityId": activity,
        })  # fmt: skip

    def _here(self, taught: Taught) -> str:
        """Return the world's address; raises Conflict where a unit elsewhere could not find it."""
        path = f"/w/{self.world.name}"
        if self.home != HOME:
            return f"{self.home}{path}"
        if file_of(taught.unit.url):
            return path  # the unit's own pages come from here, too
        raise Conflict(
            "this academy does not know its own web address, to which the unit would report",
            'Academy(home="https://school.example")', code="no_home",
        )  # fmt: skip

    def _address(self, taught: Taught, here: str) -> str:
        """Return where a unit stands: at an address of its own, or in a file of its package."""
        url = taught.unit.url
        if not file_of(url):
            return url
        return f"{here}/content/files/{taught.folder}/{url.removeprefix('./')}"

    def waive(self, learner: str, id: str, reason: str) -> str:
        """Waive a unit, once in a registration, in a session of its own."""
        taught = self._unit(id)
        entity = self._enrolled(learner, taught.structure)
        held = entity[Enrolment]
        if (id, "waived") not in held.told:
            session = new_id(self.world)
            entity.update(Enrolment, told=(*held.told, (id, "waived")))
            result = {
                "success": True,
                "completion": True,
                "extensions": {"https://w3id.org/xapi/cmi5/result/extensions/reason": reason},
            }
            self._say(entity, "waived", taught.unit, session, result)
            self.settle(entity, session)
            self.results.renew()
        return f"{_text(taught.unit.title)} is waived"

    def hear(self, entity: Entity, verb: str, score: float | None = None) -> None:
        """Take note inside a handler of what a unit said, and of what is satisfied by it."""
        held = heard(entity[Enrolment], verb, self.world.now, score)
        entity[Enrolment] = held
        self.settle(entity, held.session)
        self.results.renew()
        for visitor in self.world.visitors:
            if visitor.account == held.learner and verb == "initialized":
                self.link.set(visitor, text="")  # it was good once

    def settle(self, entity: Entity, session: str) -> None:
        """Say "satisfied" of what is so now: once each."""
        held = entity[Enrolment]
        structure = self.courses[held.course]
        fresh = news(structure, held.verbs(), held.satisfied)
        for id in fresh:
            kind = "course" if id == structure.id else "block"
            about = Activity(platform_id(self.home, id), type=f"{TYPE}{kind}")
            self._append(held, "satisfied", about, session, id, {}, {})
        if fresh:
            entity.update(Enrolment, satisfied=(*held.satisfied, *fresh))

    def _abandon(self, entity: Entity) -> None:
        """End a session that its unit did not end (9.3.6)."""
        held = entity[Enrolment]
        if not held.over:
            length = duration(max(0, held.heard - held.launched) / SECOND_US)
            self._say(entity, "abandoned", self.units[held.unit].unit, held.session,
                      {"duration": length})  # fmt: skip
            entity.update(Enrolment, over=True, token="", key="")

    def _enrolled(self, learner: str, structure: Structure) -> Entity:
        """Return a learner's enrolment; what needs nothing is satisfied from the beginning."""
        name = enrolment_name(learner, structure.id)
        if name not in self.world:
            entity = self.world.spawn(name, Enrolment(learner, structure.id, new_id(self.world)))
            self.settle(entity, new_id(self.world))
        return self.world[name]

    def _unit(self, id: str) -> Taught:
        if id not in self.units:
            raise NotFound(f"there is no unit {id[:80]}", "take one of the panel's")
        return self.units[id]

    def _say(
        self, entity: Entity, verb: str, unit: Unit, session: str,
        result: Mapping[str, Any] | None = None, more: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        about = Activity(platform_id(self.home, unit.id), _text(unit.title))
        self._append(entity[Enrolment], verb, about, session, unit.id, result or {}, more or {})

    def _append(
        self, held: Enrolment, verb: str, about: Activity, session: str, publisher: str,
        result: Mapping[str, Any], more: Mapping[str, Any],
    ) -> None:  # fmt: skip
        counts = "success" in result or "completion" in result
        context = context_of(session, publisher, held.registration, counts, more)
        self.world.append(statement(
            held.learner, verb, about, id=new_id(self.world), home=self.home, result=result,
            context=context,
        ))  # fmt: skip


def enrolment_name(learner: str, course: str) -> str:
    """Name the entity by a hash: everyone sees it, and it tells no account to who knows none."""
    return f"enrolment {sha256(f'{course} {learner}'.encode()).hexdigest()[:16]}"


def digest(secret: str) -> str:
    """Return what is kept of a secret."""
    return sha256(secret.encode()).hexdigest()


def _text(texts: Mapping[str, str]) -> str:
    return next((text for text in texts.values() if text), "A unit")[:120]
