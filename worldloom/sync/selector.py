"""Who perceives whom: what one does not want to see or hear never leaves the server.

Without anyone who blocks or mutes somebody here, a tick and a broadcast pay for one look at an
empty map.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from worldloom.kernel.agents import person_of
from worldloom.kernel.safety import SPOKEN, Ties
from worldloom.sync import wire
from worldloom.sync.messages import Bonded, GroupRow, LeftRow, Visitors
from worldloom.sync.session import Session

NO_ROWS: Final[frozenset[int]] = frozenset()
NOBODY: Final[frozenset[str]] = frozenset()


class Selector:
    """What each session of one world is spared."""

    def __init__(self, ties: Ties) -> None:
        self.ties = ties
        self.hidden: dict[int, frozenset[int]] = {}
        """Row → the rows that it is not sent the motion of."""
        self.spared: dict[Session, frozenset[str]] = {}
        """Session → the accounts whose words it is not sent; empty nearly always."""
        self.version = 0
        """Of the ties that all here were judged by."""
        self._told: dict[Session, Bonded] = {}

    def perceives(self, session: Session, other: Session) -> bool:
        """Tell whether one may know that the other is here."""
        return other.slot is None or other.slot.index not in self._rows(session)

    def perceived(self, session: Session, others: Sequence[Session]) -> Sequence[Session]:
        """Return those of whom one may know that they are here."""
        if not self._rows(session):
            return others
        return [other for other in others if self.perceives(session, other)]

    def entered(self, session: Session, inside: Sequence[Session]) -> None:
        """Look whom somebody who comes in shall not meet, and who shall not meet them."""
        self._judge(session, inside)
        row, hidden = _row(session), self._rows(session)
        for other in inside if hidden else ():
            if _row(other) in hidden:
                self.hidden[_row(other)] = self._rows(other) | {row}

    def gone(self, session: Session) -> None:
        """Forget a session."""
        self.spared.pop(session, None)
        self._told.pop(session, None)
        if session.slot is not None:
            row = session.slot.index
            self.hidden.pop(row, None)
            for seer, rows in tuple(self.hidden.items()):
                self.hidden[seer] = rows - {row}

    def refresh(self, inside: Sequence[Session]) -> list[tuple[Session, Session]]:
        """Read everyone's mind again; return who now sees whom that was hidden before.

        Who is hidden from now on is told to have left at once.
        """
        self.version = self.ties.version
        before = {session: self._rows(session) for session in inside}
        shown: list[tuple[Session, Session]] = []
        for session in inside:
            self._judge(session, inside)
        for session in inside:
            now = self._rows(session)
            gone = [other for other in inside if _row(other) in now - before[session]]
            if gone:
                left = tuple(_left(other) for other in gone)
                session.send(wire.encode(Visitors(left=left)))
            shown += [(session, other) for other in inside if _row(other) in before[session] - now]
        return shown

    def tell(self, session: Session, inside: Iterable[Session]) -> None:
        """Tell a session whom of those here it has muted and whom it may come near to."""
        account = session.identity.account
        bonds = self.ties.of(account)
        others = [other for other in inside if other is not session]
        near = (o.visitor for o in others if self.ties.near(account, o.identity.account))
        muted = (o.visitor for o in others if o.identity.account in bonds.muted)
        friends = (o.visitor for o in others if o.identity.account in bonds.friends)
        told = Bonded(
            tuple(near), tuple(muted), tuple(friends), bonds.blocked, bonds.distance, bonds.muted
        )
        if told != self._told.get(session, Bonded()):
            self._told[session] = told
            session.send(wire.encode(told))

    def without(self, session: Session, groups: Iterable[GroupRow]) -> Iterator[GroupRow]:
        """Yield groups without the words of those whom a session does not hear."""
        unheard = self.ties.unheard(session.identity.account)
        return (_without(group) if person_of(group.actor) in unheard else group for group in groups)

    def heard(self, session: Session, groups: Sequence[GroupRow]) -> list[GroupRow] | None:
        """Return groups for a session that does not hear somebody in them; None: as for all."""
        spared = self.spared.get(session, NOBODY)
        if not spared or not any(person_of(group.actor) in spared for group in groups):
            return None
        return list(self.without(session, groups))

    def _judge(self, session: Session, inside: Iterable[Session]) -> None:
        account = session.identity.account
        unheard, apart = self.ties.unheard(account), self.ties.apart(account)
        if unheard:
            self.spared[session] = unheard
        else:
            self.spared.pop(session, None)
        rows = (
            frozenset(
                _row(other)
                for other in inside
                if other.identity.account in apart and other is not session
            )
            if apart
            else NO_ROWS
        )
        if rows:
            self.hidden[_row(session)] = rows
        else:
            self.hidden.pop(_row(session), None)

    def _rows(self, session: Session) -> frozenset[int]:
        return self.hidden.get(_row(session), frozenset())


def _row(session: Session) -> int:
    return -1 if session.slot is None else session.slot.index


def _left(session: Session) -> LeftRow:
    assert session.slot is not None, "who is inside has a slot"
    return LeftRow(session.slot.index, session.slot.generation, session.visitor)


def _without(group: GroupRow) -> GroupRow:
    records = tuple(
        msgspec.structs.replace(row, payload=None) if row.kind in SPOKEN else row
        for row in group.records
    )
    return msgspec.structs.replace(group, records=records)
