"""What a visitor may do in a plaza: leave a note, light a lantern."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from worldloom import Click, Color, Entity, Light, Refused, Shape, Text, Visitor, World
from worldloom.kits.plaza import rules
from worldloom.kits.plaza.components import Board, Lantern, Note
from worldloom.kits.plaza.events import LanternSwitched, NoteLeft

NoteText = Annotated[str, Meta(min_length=1, max_length=rules.NOTE_CHARS_MAX)]
LIT, DARK = Color("#ffcf87", glow=2.4), Color("#b9b2a4", glow=0.0)
BURNING, OUT = Light(color="#ffb35c", intensity=14.0, reach=9.0), Light(intensity=0.0, reach=9.0)


def hang(world: World, board: Entity, number: int, text: str) -> Entity:
    """Hang a slip of paper with its writing on a board."""
    made = world.spawn(
        f"note {number + 1}",
        Note(text, number),
        Shape("box", (*rules.SLIP_SIZE, 0.012), bevel=0.004, solid=False),
        Color(rules.paper_of(number)),
        at=rules.place_of(rules.slot_of(number)),
        parent=board,
    )
    world.spawn(
        f"writing {number + 1}",
        Text(text, rules.lettering(text), "#3d3428", width=rules.SLIP_SIZE[0] - 0.06),
        at=(0.0, 0.0, 0.012),
        parent=made,
    )
    return made


def add_actions(world: World) -> None:
    """Give a world the action `leave_note`."""

    @world.action(approval=False)  # the board lets its oldest note go by itself
    def leave_note(visitor: Visitor, text: NoteText) -> str:
        """Leave a note on the board, where everyone can read it and where it stays, unsigned."""
        board = next(iter(world.find(Board)), None)
        if board is None:
            raise Refused(
                "there is no board in this world", "ask a builder for one", code="no_board"
            )
        said = rules.tidy(text)
        if not said:
            raise Refused("the note is empty", "write a few words", code="empty_note")
        number = board[Board].written
        oldest = rules.replaced(number)
        for note in list(world.find(Note)):
            if note[Note].number == oldest:
                for writing in note.children:
                    world.despawn(writing)
                world.despawn(note)
        hang(world, board, number, said)
        board[Board] = Board(number + 1)
        world.append(NoteLeft(visitor, board))
        return f"your note is on the board, {visitor.name}"


def add_clicks(world: World) -> None:
    """Let a click light a lantern, or put it out."""

    @world.on(Click)
    def switch_lantern(click: Click) -> None:
        """Switch the lantern that was clicked, or the one whose stone was."""
        lantern = click.entity
        if Lantern not in lantern:
            lantern = next((child for child in lantern.children if Lantern in child), lantern)
        if Lantern not in lantern:
            return
        lit = not lantern[Lantern].lit
        lantern[Lantern] = Lantern(lit)
        lantern[Color] = LIT if lit else DARK
        lantern[Light] = BURNING if lit else OUT
        world.append(LanternSwitched(click.visitor, lantern, lit))
