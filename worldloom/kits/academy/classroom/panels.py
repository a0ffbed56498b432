"""The panels of a class: one for everybody, and one for who leads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from worldloom import Entity, Panel, Visitor, Widget
from worldloom.kits.academy.classroom import (
    asking,
    board,
    freezing,
    grouping,
    hands,
    leading,
    marking,
    views,
)
from worldloom.kits.academy.classroom.keeping import hands_of
from worldloom.kits.academy.classroom.limits import CLASS_LIMITS as LIMITS
from worldloom.kits.academy.classroom.rules import queue
from worldloom.kits.academy.classroom.views import Own, Snapshot

if TYPE_CHECKING:
    from worldloom.kits.academy.classroom.room import Classroom

GROUPS: Final = ("Group", "Who")
INKS: Final[dict[str, board.Ink]] = {
    "Black": "black", "Red": "red", "Blue": "blue", "Green": "green",
}  # fmt: skip
NOTHING: Final = "No mark"
PRESSES: Final = {
    NOTHING: "Choose how to mark a thing, then press it in the world: all see the mark.",
    "Point at it": "Press things in the world: a pointer with its name goes to the last one.",
    "Light it": "Press things in the world: a light and a ring go to the last one.",
}
"""What an instructor's press on a thing of the world does, and how that is told."""
LEADING: Final = -2
"""Whoever leads finds what leads first, then how the group does, then what learners see."""
NOTHING_ASKED: Final = "Nothing is asked yet."


class LearnerPanel:
    """The question and its results, one's hand, and the groups."""

    def __init__(self, room: Classroom) -> None:
        panel = room.world.use(Panel("The class", id="class"))
        self.question = panel.markdown(NOTHING_ASKED, id="question")
        self.choices = panel.cards([], id="choices")
        self.answer = panel.text("", live=True, id="answer")
        self.results = panel.chart("Answers", [["–"], [0]], names=["Answers"], kind="bar",
                                   id="results")  # fmt: skip
        self.up = panel.button("Raise your hand", id="raise")
        self.down = panel.button("Lower your hand", main=False, id="lower")
        self.hand = panel.text("", live=True, id="hand")
        self.group = panel.text("", live=True, id="group")
        self.groups = panel.table(list(GROUPS), [["–", "–"]], id="drawn")
        if room.board is not None:
            self._add_board(room, panel)
        hidden = (self.choices, self.answer, self.results, self.down, self.hand, self.group,
                  self.groups)  # fmt: skip
        for widget in hidden:
            widget.set(hidden=True)

        @self.choices
        def choose(visitor: Visitor, key: str) -> None:
            asking.answer_poll(room, visitor, int(key))

        @self.up
        def up(visitor: Visitor) -> None:
            hands.raise_hand_of(room, visitor)

        @self.down
        def down(visitor: Visitor) -> None:
            hands.lower(room, visitor, visitor.account)

    def _add_board(self, room: Classroom, panel: Panel) -> None:
        panel.text("Draw on the whiteboard with mouse or finger, or write here.")
        self.ink = panel.choice("Ink", [*INKS], id="ink")
        note = panel.field("For the whiteboard", most=LIMITS.note_characters_max, id="note")
        write = panel.button("Write it", main=False, id="write")
        erase = panel.button("Erase your last", main=False, id="erase")

        @write
        def write_it(visitor: Visitor) -> None:
            board.write(room, visitor, note.of(visitor), None, self.ink_of(visitor))
            note.set(visitor, value="")

        @erase
        def erase_it(visitor: Visitor) -> None:
            board.erase(room, visitor, None)

    def ink_of(self, visitor: Visitor) -> board.Ink:
        """Return the ink that someone has chosen."""
        chosen: board.Ink = INKS[self.ink.of(visitor)]
        return chosen

    def show(self, now: Snapshot) -> None:
        """Show everyone what all of them see."""
        state = "" if now.is_open or not now.question else "\n\nNo more answers are taken."
        asked = f"### {plain(now.question)}{state}" if now.question else NOTHING_ASKED
        self.question.set(text=asked)
        self.choices.set(data=views.cards(now), hidden=not now.is_open)
        self.results.set(data=views.bars(now), hidden=not now.question)
        self.groups.set(data=(list(GROUPS), views.rows(now)), hidden=not now.groups)

    def show_own(self, visitor: Visitor, own: Own) -> None:
        """Show one of them their own part."""
        told: tuple[tuple[Widget[None], str], ...] = (
            (self.answer, own.answer), (self.hand, own.hand), (self.group, own.group),
        )  # fmt: skip
        for widget, text in told:
            widget.set(visitor, text=text, hidden=not text)
        self.up.set(visitor, hidden=own.raised)
        self.down.set(visitor, hidden=not own.raised)


class LeaderPanel:
    """What an instructor asks, whose hands are up, and the groups."""

    def __init__(self, room: Classroom) -> None:
        self.room = room
        panel = self.panel = room.world.use(
            Panel("Lead the class", id="class-lead", for_=room.instructors, order=LEADING)
        )
        with panel.tabs():
            with panel.tab("Ask"):
                self._add_poll()
            with panel.tab("Hands"):
                self._add_hands()
            with panel.tab("Groups"):
                self._add_groups()
            with panel.tab("Lead"):
                self._add_leading()

    def _add_poll(self) -> None:
        panel, room = self.panel, self.room
        question = panel.field("Question", most=LIMITS.question_characters_max, id="question")
        choices = panel.field("Choices, one a line", lines=LIMITS.choices_max, id="choices")
        ask = panel.button("Ask", id="ask-them")
        close = panel.button("Take no more answers", main=False, id="close")
        self.results = panel.chart("Answers", [["–"], [0]], names=["Answers"], kind="bar",
                                   id="results")  # fmt: skip

        @ask
        def ask_them(visitor: Visitor) -> None:
            lines = choices.of(visitor).splitlines()
            offered = tuple(line for line in lines if line.strip())
            asking.open_poll(room, visitor, question.of(visitor), offered)

        @close
        def close_it(visitor: Visitor) -> None:
            asking.close_poll(room, visitor)

    def _add_hands(self) -> None:
        panel, room = self.panel, self.room
        self.hands = panel.cards([], id="hands-up")
        none = panel.button("Lower all hands", main=False, id="lower-all")

        @self.hands
        def lower_one(visitor: Visitor, key: str) -> None:
            hands.lower(room, visitor, key)

        @none
        def lower_all(visitor: Visitor) -> None:
            for account in queue(hands_of(room.world)):
                hands.lower(room, visitor, account)

    def _add_groups(self) -> None:
        panel, room = self.panel, self.room
        count = panel.number("Groups", 2, min=1, max=LIMITS.groups_max, step=1, id="count")
        draw = panel.button("Draw them by chance", id="draw")
        send = panel.button("Send them to their spots", main=False, id="send")
        end = panel.button("No more groups", main=False, id="end")
        self.groups = panel.table(list(GROUPS), [["–", "–"]], id="drawn")

        @draw
        def draw_them(visitor: Visitor) -> None:
            grouping.draw(room, visitor, round(count.of(visitor)))

        @send
        def send_them(visitor: Visitor) -> None:
            leading.breakout(room, visitor)

        @end
        def end_them(visitor: Visitor) -> None:
            grouping.end(room, visitor)

    def _add_board(self) -> None:
        panel, room = self.panel, self.room
        wipe = panel.button("Wipe the whiteboard", main=False, id="wipe")
        learners = panel.toggle("Learners write on it", True, scope="all", id="open")

        @wipe
        def wipe_it(visitor: Visitor) -> None:
            board.wipe(room, visitor)

        @learners
        def let_them(visitor: Visitor, value: bool) -> None:
            board.let_write(room, visitor, value)

    def _add_leading(self) -> None:
        panel, room = self.panel, self.room
        if room.board is not None:
            self._add_board()
        gather = panel.button("Gather them", id="gather")
        may_leave = panel.toggle("They may walk away", id="may-leave")
        follow = panel.button("Follow me", id="follow")
        release = panel.button("Release them", main=False, id="release")
        freeze = panel.button("Freeze them", main=False, id="freeze")
        thaw = panel.button("Let them move", main=False, id="thaw")
        self.press = panel.choice("When I press a thing in the world", [*PRESSES], id="press")
        self.presses = panel.text(PRESSES[NOTHING], live=True, id="presses")
        dark = panel.button("Take the marks away", main=False, id="dark")

        @self.press
        def tell_what_a_press_does(visitor: Visitor, value: str) -> None:
            self.presses.set(visitor, text=PRESSES[value])

        @gather
        def gather_them(visitor: Visitor) -> None:
            leading.gather(room, visitor)

        @follow
        def let_follow(visitor: Visitor) -> None:
            leading.lead_on(room, visitor, may_leave.of(visitor))

        @release
        def let_go(visitor: Visitor) -> None:
            leading.release(room, visitor)

        @freeze
        def hold_them(visitor: Visitor) -> None:
            freezing.freeze(room, visitor)

        @thaw
        def let_move(visitor: Visitor) -> None:
            freezing.unfreeze(room, visitor)

        @dark
        def unmark(visitor: Visitor) -> None:
            marking.take_back(room, visitor)

    def mark(self, visitor: Visitor, entity: Entity) -> None:
        """Mark what an instructor has pressed in the world, if they chose that a press does so."""
        match self.press.of(visitor):
            case "Point at it":
                marking.point_at(self.room, visitor, entity)
            case "Light it":
                marking.spotlight(self.room, visitor, entity)

    def show(self, now: Snapshot) -> None:
        """Show those who lead how the class is."""
        self.results.set(data=views.bars(now))
        self.hands.set(data=[
            {"title": now.name(account), "key": account, "label": "Lower"} for account in now.queue
        ])  # fmt: skip
        self.groups.set(data=(list(GROUPS), views.rows(now)))


def plain(text: str) -> str:
    """Return a text without the marks of Markdown."""
    return "".join(letter for letter in text if letter not in "[]()*_`\\<>#")
