"""Course packages that an instructor gives in the world: checked, kept in its file, and listed.

What their units are stands in a component, so that a world knows it from its log alone; their
files are read from the realm when they are asked for.
"""

from __future__ import annotations

import asyncio
import io
import zipfile
from typing import TYPE_CHECKING, Final

import msgspec

from worldloom import Component, Conflict, Event, Panel, Visitor, World, WorldloomError
from worldloom.kernel.assets import AssetName
from worldloom.kernel.doors import Answered, Asked, Clerk, Door
from worldloom.kits.academy.instructors import Instructors
from worldloom.kits.academy.lms.cmi5.faults import bad_package
from worldloom.kits.academy.lms.cmi5.files import Files
from worldloom.kits.academy.lms.cmi5.package import MAGIC, NAME, read_package
from worldloom.kits.academy.lms.cmi5.structure import Structure, read_structure
from worldloom.kits.academy.lms.limits import LMS_LIMITS as LIMITS
from worldloom.kits.academy.xapi.store import refused

if TYPE_CHECKING:
    from worldloom.kits.academy.lms.cmi5.content import Content

DOOR: Final = "packages"
WAY: Final = f"{DOOR}/new"
ZIP: Final = "application/zip"


class Package(Component, name="academy.Package", private=True):
    """A course of others that was given in the world; for the server alone."""

    asset: AssetName = ""
    structure: bytes = b""
    """Its `cmi5.xml`."""
    title: str = ""


class PackageGiven(Event, name="academy.PackageGiven", private=True):
    """An instructor gave a course package, or took it away."""

    course: str
    account: str
    is_there: bool = True


def structure_of(data: bytes) -> bytes:
    """Return the `cmi5.xml` of a package that was checked; raises Invalid for a long one."""
    found = data
    if data.startswith(MAGIC):
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            found = opened.read(NAME)
    if len(found) > LIMITS.given_structure_bytes_max:
        raise bad_package(
            "too_large", f"its {NAME} has over {LIMITS.given_structure_bytes_max} bytes"
        )
    return found


class Sending:
    """The panel of instructors by which packages come and go, and the door that takes them."""

    def __init__(self, content: Content, world: World, instructors: Instructors) -> None:
        self.content, self.world, self.instructors = content, world, instructors
        self._turn = asyncio.Lock()
        """One package at a time is looked through, so that many hold nobody up."""
        most = LIMITS.package_bytes_max
        world.door(Door(DOOR, self.answer, instructors.needs, body_bytes_max=most))
        panel = world.use(Panel("Course packages", id="packages", for_=instructors.role))
        panel.text(
            f"A course of others (cmi5): its ZIP of up to {most >> 20} MB. Learners have it "
            "under Courses from elsewhere as soon as it is here."
        )
        panel.upload("A course package", accept=(ZIP, ".zip", ".xml"), id="new", to=WAY)
        self.told = panel.text("", live=True, id="told")
        self.cards = panel.cards([], id="there")

        @self.cards
        def take_away(visitor: Visitor, key: str) -> None:
            self.remove(visitor, key)

    async def answer(self, asked: Asked, clerk: Clerk) -> Answered:
        """Check and keep a package; errors leave in the house's form."""
        try:
            self.instructors.check(asked.who)
            if asked.method != "POST":
                error = WorldloomError("packages are sent here", "send one by POST",
                                       code="wrong_method")  # fmt: skip
                error.status = 405
                raise error
            async with self._turn:
                structure, xml = await asyncio.to_thread(_looked_through, asked.body)
                asset = await asyncio.to_thread(clerk.keep_asset, asked.body, ZIP)
            account = asked.who.account
            told = await clerk.decide(
                lambda world: self.take(world, account, asset, structure, xml)
            )
        except WorldloomError as error:
            return refused(error)
        return Answered(200, msgspec.json.encode({"told": told}), "application/json")

    def take(self, world: World, account: str, asset: str, structure: Structure, xml: bytes) -> str:
        """Keep a package that was checked inside a handler; return what is said of it."""
        if structure.id in self.content.declared:
            raise Conflict("this course is in the world's file", "change it there")
        there = {entity[Package].structure: entity for entity in world.find(Package)}
        same = [one for one in there.values() if read_structure_of(one[Package]).id == structure.id]
        if len(there) - len(same) >= LIMITS.given_packages_max:
            raise Conflict(f"{len(there)} packages are here already", "take one away first")
        others = {unit.id for id, course in self.content.courses.items() if id != structure.id
                  for unit in course.units()}  # fmt: skip
        if others & {unit.id for unit in structure.units()}:
            raise Conflict("another course has a unit of the same id", "give it an id of its own")
        title = next((text for text in structure.title.values() if text), "A course")[:120]
        package = Package(asset, xml, title)
        if same:
            same[0][Package] = package
        else:
            world.spawn(f"package {package.asset[:16]}", package)
        world.append(PackageGiven(structure.id, account))
        self.content.follow()
        count = sum(1 for _ in structure.units())
        return f"{title}: {count} unit{'' if count == 1 else 's'}. Learners have it now."

    def remove(self, visitor: Visitor, key: str) -> None:
        """Take a package away; what learners did in it stays."""
        self.instructors.check(visitor)
        found = [one for one in self.world.find(Package) if one[Package].asset == key]
        if found:
            course = read_structure_of(found[0][Package]).id
            self.world.despawn(found[0])
            self.world.append(PackageGiven(course, visitor.account, is_there=False))
            self.told.set(visitor, text="It is taken away; what learners did in it stays.")
            self.content.follow()

    def show(self) -> None:
        """Show instructors which packages were given here."""
        self.cards.set(data=[
            {"title": one[Package].title, "key": one[Package].asset, "label": "Take it away"}
            for one in self.world.find(Package)
        ])  # fmt: skip


def read_structure_of(package: Package) -> Structure:
    """Return the course of a package that is kept."""
    return read_structure(package.structure)


def _looked_through(data: bytes) -> tuple[Structure, bytes]:
    """Check all of a package; raises Invalid (`bad_package`)."""
    structure = read_package(data).structure
    Files(data)
    return structure, structure_of(data)
