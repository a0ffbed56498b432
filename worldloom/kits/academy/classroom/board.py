"""The shared whiteboard: notes and strokes of everyone, which instructors wipe and close."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Final, Literal

from msgspec import Meta

from worldloom import (
    Color,
    Component,
    Conflict,
    Entity,
    NotAllowed,
    OverLimit,
    Path,
    Sketch,
    Text,
    Transform,
    Visitor,
    box,
)
from worldloom.kernel.space import upright
from worldloom.kits.academy.classroom import drawing
from worldloom.kits.academy.classroom.components import Mark, Whiteboard
from worldloom.kits.academy.classroom.events import (
    BoardClosed,
    BoardErased,
    BoardMarked,
    BoardOpened,
    BoardWiped,
)
from worldloom.kits.academy.classroom.limits import CLASS_LIMITS as LIMITS
from worldloom.kits.academy.xapi.saying import new_id

if TYPE_CHECKING:
    from worldloom.kits.academy.classroom.room import Classroom

Ink = Literal["black", "red", "blue", "green"]
Words = Annotated[str, Meta(max_length=LIMITS.note_characters_max)]
Points = Annotated[tuple[tuple[float, float], ...], Meta(max_length=LIMITS.stroke_points_max)]
BOARD: Final = "whiteboard"
THICK_M: Final = 0.05
FRONT_M: Final = 0.035
"""How far before the board's middle its ink lies, in metres."""
LINE_M: Final = 0.014


def marks(room: Classroom) -> Iterator[Entity]:
    """Yield what stands on the board, the oldest first."""
    yield from (entity for entity in room.world.find(Mark) if entity.parent is not None)


def write(room: Classroom, visitor: Visitor, text: str, at: drawing.Spot | None, ink: Ink) -> str:
    """Write a note on the board, at a place or where the next one stands; return its name."""
    told = drawing.check_note(text)
    notes = sum(1 for mark in marks(room) if Text in mark)
    spot = drawing.slot(notes) if at is None else drawing.check_spot(at)
    value = Text(told, drawing.LETTER_M, drawing.INKS[ink], width=drawing.WRAP_M)
    return _mark(room, visitor, value, (*spot, FRONT_M))


def draw(room: Classroom, visitor: Visitor, points: Points, ink: Ink) -> str:
    """Draw a stroke on the board; return its name."""
    line = tuple((x, y, 0.0) for x, y in drawing.check_stroke(points))
    value = Path(line, width=LINE_M, color=drawing.INKS[ink])
    return _mark(room, visitor, value, (0.0, 0.0, FRONT_M))


def _mark(
    room: Classroom, visitor: Visitor, value: Component, at: tuple[float, float, float]
) -> str:
    world = room.world
    if not world[BOARD][Whiteboard].is_open and not room.leads(visitor):
        raise NotAllowed("the board is closed", "ask your instructor to open it")
    if sum(1 for _ in marks(room)) >= LIMITS.marks_max:
        raise OverLimit(f"the board is full: {LIMITS.marks_max} notes and strokes",
                        "an instructor wipes it", too_large=True)  # fmt: skip
    mine = sum(1 for mark in marks(room) if mark[Mark].account == visitor.account)
    if mine >= LIMITS.marks_each_max and not room.leads(visitor):
        raise OverLimit(f"you have {mine} notes and strokes on the board, as many as one may",
                        "erase some of yours", too_large=True)  # fmt: skip
    name = f"mark {new_id(world)[:8]}"
    mark = world.spawn(name, value, Mark(visitor.account), at=at, parent=world[BOARD])
    world.append(BoardMarked(visitor, mark))
    return name


def erase(room: Classroom, visitor: Visitor, entity: Entity | None) -> None:
    """Erase one's own newest mark, or one by name: an instructor any. Raises Conflict."""
    mine = [mark for mark in marks(room) if mark[Mark].account == visitor.account]
    if entity is None and not mine:
        raise Conflict("nothing on the board is yours", "name what you mean")
    chosen = mine[-1] if entity is None else entity
    if Mark not in chosen:
        raise Conflict(f"{chosen.name} is nothing on the board", "name a note or a stroke")
    if chosen[Mark].account != visitor.account:
        room.lead(visitor)
    room.world.despawn(chosen)
    room.world.append(BoardErased(visitor))


def wipe(room: Classroom, visitor: Visitor) -> int:
    """Erase everything; return how much it was."""
    room.lead(visitor)
    every = list(marks(room))
    for mark in every:
        room.world.despawn(mark)
    room.world.append(BoardWiped(visitor, len(every)))
    return len(every)


def let_write(room: Classroom, visitor: Visitor, is_open: bool) -> None:
    """Let learners write on the board, or instructors alone."""
    room.lead(visitor)
    room.world[BOARD][Whiteboard] = Whiteboard(is_open)
    room.world.append(BoardOpened(visitor) if is_open else BoardClosed(visitor))


def add_board(room: Classroom, place: tuple[float, float, float], turn: float) -> None:
    """Put the board into a world, and give it the actions of the board."""
    world = room.world
    wide, high = LIMITS.board_m
    face = Sketch("draw_on_board", wide, high, FRONT_M, LIMITS.stroke_points_max, LINE_M)
    world.spawn(BOARD, box(wide, high, THICK_M), Color("#f7f7f2", glow=0.2), Whiteboard(), face,
                Transform(place, upright(turn)))  # fmt: skip

    @world.action
    def write_on_board(
        visitor: Visitor, text: Words, at: tuple[float, float] | None = None, ink: Ink = "black"
    ) -> str:
        """Write a note on the board; `at`: metres to the right of its middle, and up."""
        return write(room, visitor, text, at, ink)

    @world.action
    def draw_on_board(visitor: Visitor, points: Points, ink: Ink | None = None) -> str:
        """Draw a stroke on the board through points: metres right of its middle, and up.

        Without an ink it is the one that you chose on the panel.
        """
        return draw(room, visitor, points, ink or room.learner.ink_of(visitor))

    @world.action
    def erase_from_board(visitor: Visitor, entity: Entity | None = None) -> None:
        """Erase what you put on the board last, or a mark of yours; an instructor any."""
        erase(room, visitor, entity)

    @world.action(role=room.needs)
    def wipe_board(visitor: Visitor) -> int:
        """Erase everything on the board; you get how much it was."""
        return wipe(room, visitor)

    @world.action(role=room.needs)
    def open_board(visitor: Visitor, is_open: bool = True) -> None:
        """Let learners write on the board, or no longer."""
        let_write(room, visitor, is_open)
