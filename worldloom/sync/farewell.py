"""Who may be in a world no longer, and is shown out with the reason."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from worldloom.kernel.errors import NotAllowed, WorldloomError
from worldloom.kernel.rights import Standing, Token, check, deed_of
from worldloom.sync.door import close_code
from worldloom.sync.messages import Close
from worldloom.sync.session import Session

if TYPE_CHECKING:
    from worldloom.sync.hub import Hub


def show_out(hub: "Hub", session: Session, who: Standing) -> bool:
    """End a session that may not enter as things are now; tell whether it did."""
    try:
        check(who, deed_of("enter", hub.name), hub.now_us())
    except WorldloomError as error:
        session.end(Close.NOT_ALLOWED, error)
        return True
    return False


def end_without_token(hub: "Hub") -> None:
    """End the sessions of those whose token was revoked, or allows no more to be here."""
    for session in tuple(hub.sessions):
        if isinstance(session.identity.by, Token):
            show_out(hub, session, hub.standing(session.identity))


def end_banned(hub: "Hub", sessions: Iterable[Session]) -> None:
    """End the sessions of all who are banned by now."""
    for session in tuple(sessions):
        try:
            hub.check_ban(session.identity)
        except WorldloomError as error:
            session.end(close_code(error), error)


def end_forgotten(hub: "Hub", people: Sequence[str]) -> None:
    """End the sessions of people who are forgotten: they may come again as someone else."""
    for session in tuple(hub.sessions):
        if session.identity.account in people:
            error = NotAllowed(
                "you are forgotten here", "reload the page: you come as someone new",
                code="forgotten",
            )  # fmt: skip
            session.end(Close.NOT_ALLOWED, error)
