"""The tab *Its scene* of the course editor: where learners are taken, and what hangs all round."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from worldloom import Conflict, Invalid, Visitor
from worldloom.kits.academy.courses import editing
from worldloom.kits.academy.courses.course import Course, Scene
from worldloom.presence.panels.kinds import Upload

if TYPE_CHECKING:
    from worldloom.kits.academy.courses.editor import CourseEditor

STAYS = "Learners stay where they are when it begins."


class SceneTab:
    """The scene that the open step stands in, as a form."""

    def __init__(self, editor: CourseEditor) -> None:
        """Add it to the editor's panel."""
        self.editor, panel = editor, editor.panel
        self.title = panel.field("The title of this scene", most=120, id="scene-title")
        keep = panel.button("Keep the title", id="keep-scene")
        self.place = panel.text(STAYS, live=True, id="place")
        with panel.row():
            here = panel.button("Take them to where I stand", main=False, id="here")
            stay = panel.button("Let them stay", main=False, id="stay")
        self.round = panel.upload("A 360° picture or film, to hang all round that place",
                                  accept=("image/", "video/"), id="round")  # fmt: skip
        bare = panel.button("Take it down", main=False, id="bare")
        self.bare = bare
        self.new = panel.field("A new scene's title", most=120, id="scene")
        add = panel.button("Add a scene at the end", main=False, id="add-scene")

        @keep
        def keep_it(visitor: Visitor) -> None:
            self.change(visitor, title=self.title.of(visitor).strip())

        @here
        def take_them_here(visitor: Visitor) -> None:
            stance = visitor.stance
            if stance is None:
                raise Conflict("you stand nowhere in this world", "enter it, and walk there")
            x, y, z = (round(axis, 2) for axis in stance.position)
            turn = round(math.remainder(stance.heading, math.tau), 3)
            self.change(visitor, place=(x, y, z), turn=turn)

        @stay
        def let_them_stay(visitor: Visitor) -> None:
            self.change(visitor, place=None, turn=None, picture="", film="")

        @self.round
        def hang_it(visitor: Visitor, value: Upload | None) -> None:
            if value is None:
                return
            film = value.media.startswith("video/")
            self.change(visitor, picture="" if film else value.sha256,
                        film=value.sha256 if film else "")  # fmt: skip

        @bare
        def take_it_down(visitor: Visitor) -> None:
            self.change(visitor, picture="", film="")

        @add
        def add_scene(visitor: Visitor) -> None:
            title = self.new.of(visitor)
            if not title.strip():
                raise Invalid("a scene has a title", "write one", code="bad_course")
            editor.edit(visitor, *editing.add_scene(editor.opened(visitor)[0], title))

    def change(self, visitor: Visitor, **changes: object) -> None:
        """Keep other fields of the open scene in the draft."""
        course, step = self.editor.opened(visitor)
        self.editor.edit(visitor, editing.change_scene(course, step, **changes), step)

    def show(self, visitor: Visitor, course: Course, step: str) -> None:
        """Show someone the scene that a step stands in."""
        scene = course.scene_of(step)
        self.title.set(visitor, value=scene.title)
        self.place.set(visitor, text=told(scene))
        self.bare.set(visitor, hidden=not (scene.picture or scene.film))


def told(scene: Scene) -> str:
    """Return in words where learners are taken, and what hangs there."""
    if scene.place is None:
        return STAYS
    x, _, z = scene.place
    what = "a film" if scene.film else "a picture" if scene.picture else ""
    hangs = f" All round them hangs {what}." if what else ""
    return f"Learners are taken to {x:g} m east and {z:g} m south of the middle.{hangs}"
