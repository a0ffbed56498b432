"""What hangs all round the scenes of a course: 360° pictures and films, in balls about a place."""

from __future__ import annotations

from typing import Final

from worldloom import Image, Transform, Video, World
from worldloom.kits.academy.courses.course import Course

RADIUS_M: Final = 9.0
REACH_M: Final = 2 * RADIUS_M
"""How far its sound reaches, which nobody hears without."""
EYES_M: Final = 1.6
"""How high the middle of the ball is over the feet."""


def hang(world: World, course: Course) -> None:
    """Hang what a course has all round its scenes, and take down what it has no more."""
    start = f"round {course.id} "
    wanted = {f"{start}{scene.id}": scene for scene in course.scenes
              if scene.place and (scene.picture or scene.film)}  # fmt: skip
    hung = {one.name: one for kind in (Image, Video) for one in world.find(kind)}
    for name, entity in hung.items():
        if name.startswith(start) and name not in wanted:
            world.despawn(entity)
    for name, scene in wanted.items():
        assert scene.place is not None
        x, y, z = scene.place
        at = Transform((x, y + EYES_M, z))
        if name in world:
            world.despawn(world[name])
        if scene.film:
            world.spawn(name, Video(
                scene.film, alt=scene.title, around=RADIUS_M, volume=1.0, reach=REACH_M
            ), at)  # fmt: skip
        else:
            world.spawn(name, Image(scene.picture, alt=scene.title, around=RADIUS_M), at)
