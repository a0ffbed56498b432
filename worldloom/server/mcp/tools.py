"""The list of tools, made for who asks, and the way of one call."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final

import msgspec
from msgspec import Struct

from worldloom.kernel.actions import Action
from worldloom.kernel.builtin import BUILT_IN
from worldloom.kernel.errors import Invalid, NotAllowed, WorldloomError
from worldloom.kernel.rights import Deed, Role, check, decide
from worldloom.kernel.schema import json_schema
from worldloom.server.engine import now_us
from worldloom.server.mcp import acting, histories, picture, reading
from worldloom.server.mcp.acting import act
from worldloom.server.mcp.asking import Asked, reading_by
from worldloom.server.mcp.picture import Drawn
from worldloom.server.mcp.rpc import BAD_PARAMS, Call, NoResult
from worldloom.server.mcp.untrusted import KEY, Room
from worldloom.server.replies import MISSING_SCOPE

Run = Callable[[Asked, dict[str, Any]], Awaitable[dict[str, Any] | Drawn]]
IDEMPOTENCY: Final = "worldloom/idempotency-key"
DRY_RUN: Final = {"type": "boolean", "default": False, "description": "Try it; change nothing."}


class Nothing(Struct, forbid_unknown_fields=True):
    """No arguments."""


class Own(Struct, frozen=True):
    """A tool that is no action of the world."""

    run: Run
    arguments: type[Struct]
    action: str = ""
    """The action whose right it needs; empty: that of reading."""
    reads: bool = True


OWN: Final = {
    "look": Own(reading.look, reading.Look),
    "find": Own(reading.find, reading.Find),
    "inspect": Own(reading.inspect, reading.Inspect),
    "picture": Own(picture.picture, picture.Wish),
    "history": Own(histories.history, histories.History),
    "diff": Own(histories.diff, histories.Diff),
    "place": Own(acting.place, acting.Place, "spawn", False),
    "approval": Own(acting.approval, acting.Approval),
    "request": Own(acting.request, acting.Errand, "", False),
    "leave": Own(acting.leave, Nothing, "", False),
}
_ROLES: Final = frozenset(map(str, Role))
_OURS: Final = (MISSING_SCOPE, "budget_exceeded", "other_world")
_DESTROYS: Final = frozenset({"despawn", "remove", "undo", "redo", "ban", "restore", "drop_role"})


def actions_of(asked: Asked) -> Iterator[tuple[str, Action]]:
    """Yield the tool name and the action of all that can be done here by anyone."""
    for action in {**BUILT_IN, **asked.live.world.actions}.values():
        yield (f"do_{action.name}" if action.name in OWN else action.name), action


def listed(asked: Asked) -> list[dict[str, Any]]:
    """Return the tools that the caller may use."""
    who, now = asked.standing, now_us()
    told = []
    for name, own in OWN.items():
        deed = BUILT_IN[own.action].deed(asked.world) if own.action else reading_by(name)
        if decide(who, deed, now) is None:
            schema = json_schema(own.arguments)
            schema.pop("description", None)  # of the class, for us
            told.append(_shown(name, _doc(own.run), schema, own.reads))
    for name, action in actions_of(asked):
        if decide(who, action.deed(asked.world), now) is None:
            schema = _with_dry_run(action.schema)
            told.append(_shown(name, _doc_of(action), schema, False, action.long))
    return told


def _doc(run: Run) -> str:
    return (run.__doc__ or "").replace("\n    ", "\n").strip()


def _doc_of(action: Action) -> str:
    parts = [action.doc]
    if action.cost:
        parts.append(f"It costs {action.cost} of your budget.")
    if action.long:
        parts.append(
            "It takes its time: with a progressToken you are told how far it is; without, ask"
            " `request`."
        )
    if action.approval:
        parts.append("A person must approve it first: ask `approval` for what came of it.")
    return "\n\n".join(parts)


def _shown(
    name: str, doc: str, schema: dict[str, Any], reads: bool, outside: bool = False
) -> dict[str, Any]:
    return {
        "name": name,
        "title": name.replace("_", " ").capitalize(),
        "description": doc,
        "inputSchema": {"type": "object", "properties": {}, **schema},
        "annotations": {
            "readOnlyHint": reads,
            "destructiveHint": not reads and name in _DESTROYS,
            "openWorldHint": outside,
        },
    }


def _with_dry_run(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "properties": {"dry_run": DRY_RUN, **schema["properties"]}}


async def call(asked: Asked, request: Call) -> dict[str, Any]:
    """Return the result of a tool; what is refused is told as such, and noted in the log."""
    name, given = request.text("name"), request.params.get("arguments") or {}
    if not isinstance(given, dict):
        raise NoResult(BAD_PARAMS, "params.arguments must be an object")
    key = request.meta.get(IDEMPOTENCY)
    if key is not None and not isinstance(key, str):
        raise NoResult(BAD_PARAMS, f"params._meta[{IDEMPOTENCY!r}] must be a text")
    asked.key = key
    try:
        with asked.house.tally.timing("mcp"):
            if name in OWN:
                asked.tool = name
                answer = await OWN[name].run(asked, given)
            else:
                answer = await _act(asked, name, given)
    except WorldloomError as error:
        if isinstance(error, NotAllowed):
            asked.lacks = error if error.code == MISSING_SCOPE else None
            ours = name in OWN or any(name == known for known, _ in actions_of(asked))
            await asked.house.audit.refused(asked.world, asked.standing, name, error, ours)
        return result(failed(error), True)
    return shown(answer) if isinstance(answer, Drawn) else result(answer)


async def _act(asked: Asked, name: str, given: dict[str, Any]) -> dict[str, Any]:
    action = next((one for known, one in actions_of(asked) if known == name), None)
    if action is None:
        # Who may not be there is not told what there is.
        check(asked.standing, Deed(name[:64], world=asked.world), now_us())
        raise NoResult(BAD_PARAMS, f"there is no tool {name[:64]}; tools/list tells them")
    args, dry_run = given, False
    if "dry_run" in given and "dry_run" not in action.schema["properties"]:
        args = {name: value for name, value in given.items() if name != "dry_run"}
        dry_run = given["dry_run"]
        if not isinstance(dry_run, bool):
            raise Invalid("dry_run is neither true nor false", "say true to try it",
                          field="dry_run")  # fmt: skip
    return await act(asked, action.name, args, dry_run)


def failed(error: WorldloomError) -> dict[str, Any]:
    """Return what an agent is told of an error, whose words may name things of the world."""
    room = Room()
    told: dict[str, Any] = {"code": error.code}
    said = {"message": room.text(error.message), "fix": room.text(error.fix)}
    if isinstance(error, NotAllowed) and error.missing:
        # A role or a world may be called what its owner likes.
        (told if _is_our_word(error) else said)["missing"] = room.text(error.missing)
    seconds = getattr(error, "retry_after_seconds", None)
    if seconds is not None:
        told["retry_after_seconds"] = seconds
    if error.data:
        told["data"] = dict(error.data)
    told[KEY] = said
    return {"error": told}


def _is_our_word(error: NotAllowed) -> bool:
    """Tell whether what is missing is a word of ours or the caller's, and nobody's of the world."""
    return error.code in _OURS or error.missing in _ROLES


def result(content: dict[str, Any], error: bool = False) -> dict[str, Any]:
    """Return a tool's result: the same once for programs and once as text for models."""
    text = msgspec.json.encode(content).decode()
    return {
        "content": [{"type": "text", "text": text}],
        "structuredContent": content,
        "isError": error,
    }


def shown(drawn: Drawn) -> dict[str, Any]:
    """Return a drawing's result: the picture first, then its legend."""
    found = result(drawn.content)
    data = base64.b64encode(drawn.png).decode()
    image = {"type": "image", "data": data, "mimeType": "image/png"}
    return {**found, "content": [image, *found["content"]]}
