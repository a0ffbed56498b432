"""At the door of a world: what a newcomer is checked for, called and told that it may do."""

from worldloom.kernel.actions import Action
from worldloom.kernel.avatar import Avatar, check_vrm, fits
from worldloom.kernel.builtin import BUILT_IN
from worldloom.kernel.errors import Refused, Unavailable, WorldloomError
from worldloom.kernel.people import People
from worldloom.kernel.ports import Store
from worldloom.kernel.rights import Standing, decide
from worldloom.kernel.world import World
from worldloom.sync.messages import VERSION, ActionRow, Close, Hello
from worldloom.sync.session import Identity


class OtherVersion(Refused):
    """The client speaks another version of the wire."""

    code = "other_version"


class Busy(Unavailable):
    """Too many are entering at this moment."""

    code = "busy_entrance"


def check_version(version: int) -> None:
    """Raise OtherVersion unless the client speaks this server's wire."""
    if version != VERSION:
        raise OtherVersion(
            f"this server speaks version {VERSION} of the wire, not {version}", "reload the page"
        )


def close_code(error: WorldloomError) -> int:
    """Return the close code for an error at the door."""
    if isinstance(error, OtherVersion):
        return Close.VERSION
    if error.code == "banned":
        return Close.BANNED
    if isinstance(error, Unavailable):
        return Close.TRY_LATER
    return Close.NOT_ALLOWED


def action_rows(world: World, who: Standing, now: int) -> tuple[ActionRow, ...]:
    """Return the actions that someone may ask for in a world."""
    every: dict[str, Action] = {**BUILT_IN, **world.actions}
    return tuple(
        ActionRow(action.name, action.doc, str(action.role), action.schema)
        for action in every.values()
        if decide(who, action.deed(world.name), now) is None
    )


def avatar_of(people: People, store: Store, identity: Identity, message: Hello) -> Avatar:
    """Return what a newcomer looks like: as it says, as its account did last, or by default."""
    code, vrm = message.avatar, message.vrm or ""
    if (code is None and not vrm) or not fits(code or ""):
        known = people.worn(identity.account) or Avatar()
        code, vrm = known.code, known.vrm
    try:
        check_vrm(store, vrm)
    except Refused:
        vrm = ""  # it is not here any more; the figure of the code stands in
    own = identity.avatar
    return Avatar(code or (own if isinstance(own, str) else own()), vrm)
