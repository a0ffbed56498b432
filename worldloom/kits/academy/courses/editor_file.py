"""The door by which a whole `course.toml` comes from a file into an instructor's draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from worldloom import Conflict, Invalid, World, WorldloomError
from worldloom.kernel.doors import Answered, Asked, Clerk, Door
from worldloom.kits.academy.courses.limits import COURSE_LIMITS as LIMITS
from worldloom.kits.academy.xapi.store import refused

if TYPE_CHECKING:
    from worldloom.kits.academy.courses.editor import CourseEditor

DOOR: Final = "courses"
WAY: Final = f"{DOOR}/text"


class TextDoor:
    """Takes the file for the draft that its instructor has open."""

    def __init__(self, editor: CourseEditor, world: World) -> None:
        self.editor = editor
        most = LIMITS.file_bytes_max
        world.door(Door(DOOR, self.answer, editor.instructors.needs, body_bytes_max=most))

    async def answer(self, asked: Asked, clerk: Clerk) -> Answered:
        """Take a file; errors leave in the house's form."""
        try:
            self.editor.instructors.check(asked.who)
            if asked.method != "POST":
                error = WorldloomError("courses are sent here", "send one by POST",
                                       code="wrong_method")  # fmt: skip
                error.status = 405
                raise error
            told = await clerk.decide(lambda world: self.take(world, asked))
        except WorldloomError as error:
            return refused(error)
        return Answered(200, msgspec.json.encode({"told": told}), "application/json")

    def take(self, world: World, asked: Asked) -> str:
        """Take a file inside a handler; return what is said of it."""
        try:
            text = asked.body.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise Invalid("this is no text", "choose a course.toml, in UTF-8",
                          code="bad_course") from None  # fmt: skip
        account = asked.who.account
        visitor = next((one for one in world.visitors if one.account == account), None)
        if visitor is None:
            raise Conflict("you are not in this world", "enter it, and open Edit courses")
        self.editor.take(visitor, self.editor.opened(visitor)[0].id, text)
        wrong = len(self.editor.found(self.editor.opened(visitor)[0]))
        told = f"{wrong} to be mended, above" if wrong else "Publish it when you like"
        return f"It is in your draft: {told}."
