"""Resources: what an agent reads by address: the state, the words, the log and the files."""

from __future__ import annotations

import base64
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from worldloom.kernel.errors import NotFound, OverLimit
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.missing import no_seq
from worldloom.server.assets import SHA256
from worldloom.server.engine import now_us
from worldloom.server.in_words import deed, told, who_is
from worldloom.server.mcp.asking import Asked
from worldloom.server.mcp.histories import records
from worldloom.server.mcp.reading import components, inspect, people
from worldloom.server.mcp.rpc import BAD_PARAMS, Call, NoResult
from worldloom.server.mcp.untrusted import KEY, Room
from worldloom.server.uploads import CAPTIONS, SERVED, SOURCE
from worldloom.sync.door import action_rows

JSON: Final = "application/json"
_ADDRESS: Final = re.compile(r"world://([a-z0-9][a-z0-9_-]{0,63})/(.{1,200})").fullmatch
_NUMBER: Final = re.compile(r"[0-9]{1,13}").fullmatch

TEMPLATES: Final = (
    ("events/after/{seq}", "What happened after a seq", "Go on at `next`: no record is left out."),
    ("state/after/{entity}", "The state, a page", "Entities after this number; begin with 0."),
    ("entity/{entity}", "One entity", "By id or name."),
    ("asset/{sha256}", "A file", "A model, picture, sound, film or captions, as entities name it."),
)


async def listed(asked: Asked, call: Call) -> dict[str, Any]:
    """Return the resources that have fixed addresses."""
    await asked.read()
    home = f"world://{asked.world}"
    return {
        "resources": [
            {"uri": f"{home}/summary", "name": "summary", "mimeType": JSON,
             "title": "Where the world stands"},
            {"uri": f"{home}/text", "name": "text", "mimeType": JSON,
             "title": "The world in words, as a screen reader reads it"},
            {"uri": f"{home}/state", "name": "state", "mimeType": JSON,
             "title": "All entities, the first page"},
            {"uri": f"{home}/events/after/0", "name": "events", "mimeType": JSON,
             "title": "What happened, from the beginning"},
        ]
    }  # fmt: skip


async def templates(asked: Asked, call: Call) -> dict[str, Any]:
    """Return the forms of the other addresses."""
    return {
        "resourceTemplates": [
            {"uriTemplate": f"world://{asked.world}/{form}", "name": form.partition("/")[0],
             "title": title, "description": text}
            for form, title, text in TEMPLATES
        ]
    }  # fmt: skip


def parse(asked: Asked, uri: str) -> tuple[str, str] | None:
    """Return the kind and the rest of an address of this world, None for any other."""
    found = _ADDRESS(uri)
    if found is None or found[1] != asked.world:
        return None
    kind, _, rest = found[2].partition("/")
    return kind, rest


async def read(asked: Asked, call: Call) -> dict[str, Any]:
    """Return what stands at an address; raises NotFound, NotAllowed, NoResult."""
    uri = call.text("uri")
    found = parse(asked, uri)
    if found is None:
        raise NoResult(BAD_PARAMS, f"the addresses here begin with world://{asked.world}/")
    kind, rest = found
    if kind == "asset":
        return {"contents": [{"uri": uri, **await _asset(asked, rest)}]}
    reader = _READERS.get(kind)
    if reader is None:
        raise NotFound("there is nothing at this address", "resources/list tells what there is")
    content = msgspec.json.encode(await reader(asked, rest)).decode()
    return {"contents": [{"uri": uri, "mimeType": JSON, "text": content}]}


async def _summary(asked: Asked, rest: str) -> dict[str, Any]:
    await asked.read()
    live, hub, tree = asked.live, asked.hub, asked.engine.realm.tree(asked.world)
    return {
        "world": asked.world, "seq": live.seq, "root": tree.root().hex(),
        "entities": len(live.state.entities), "visitors": len(live.visitors),
        "agents": 0 if hub is None else sum(one.identity.agent for one in hub.inside()),
        KEY: {"title": Room().text(live.world.title or asked.world)},
    }  # fmt: skip


async def _text(asked: Asked, rest: str) -> dict[str, Any]:
    """Say what the page in words says, line by line."""
    await asked.read()
    room, (here, yaw) = Room(), asked.here
    things = asked.sight.around(asked.live.state, here, yaw, LIMITS.agent_things_max)
    lines = [": ".join(filter(None, told(thing))) for thing in things]
    who = [who_is(one[KEY]["name"], one["agent"]) for one in people(asked, here, yaw, room)]
    deeds = action_rows(asked.live.world, asked.standing, now_us())
    return {
        "seq": asked.live.seq,
        "can_be_done": [": ".join(deed(row)) for row in deeds],
        KEY: {"what_is_here": [room.text(line) for line in lines], "who_is_here": who},
    }


async def _state(asked: Asked, rest: str) -> dict[str, Any]:
    await asked.read()
    after = _number(rest.removeprefix("after/")) if rest else 0
    state, room = asked.live.state, Room()
    entities: dict[str, Any] = {}
    following = 0
    for id in sorted(id for id in state.entities if id > after):
        if room.left <= 0:
            following = int(list(entities)[-1][1:])
            break
        entity = state.entities[id]
        said = {"name": room.text(entity.name), "components": components(entity, room)}
        parent = None if entity.parent is None else f"e{entity.parent}"
        entities[f"e{id}"] = {"parent": parent, KEY: said}
        room.left -= 40
    return {
        "seq": state.seq, "state_hash": state.state_hash().hex(), "entities": entities,
        "next": f"world://{asked.world}/state/after/{following}" if following else None,
    }  # fmt: skip


async def _events(asked: Asked, rest: str) -> dict[str, Any]:
    await asked.read()
    after, newest = _number(rest.removeprefix("after/")), asked.live.durable_seq
    if after > newest:
        raise no_seq(asked.world, after, newest)
    page = records(asked, after, min(after + LIMITS.agent_things_max, newest))
    return {**page, "next": f"world://{asked.world}/events/after/{page['next']}"}


async def _entity(asked: Asked, rest: str) -> dict[str, Any]:
    return await inspect(asked, {"entity": rest})


async def _asset(asked: Asked, sha: str) -> dict[str, Any]:
    await asked.read()
    store = asked.engine.store
    known = store.asset(sha) if SHA256(sha) else None
    if known is None or known[0] == SOURCE:
        raise NotFound("there is no such asset", "entities name theirs", code="no_asset")
    media, size = known
    if size > LIMITS.agent_asset_bytes_max:
        raise OverLimit(
            f"this file has {size} bytes", f"read it at /assets/{sha}", code="too_large",
            too_large=True,
        )  # fmt: skip
    data = b"".join(store.read_asset(sha, 0, size))
    words = None if media in SERVED - {CAPTIONS} else _words_of(data)
    if words is None:
        return {"mimeType": media, "blob": base64.b64encode(data).decode()}
    said = {"media": media, KEY: Room().text(words, LIMITS.agent_answer_characters_max)}
    return {"mimeType": JSON, "text": msgspec.json.encode(said).decode()}


def _words_of(data: bytes) -> str | None:
    """Return a file as text, None where it is none."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _number(text: str) -> int:
    if not _NUMBER(text):
        raise NoResult(BAD_PARAMS, "this address needs a whole number at its end")
    return int(text)


_READERS: Final[dict[str, Callable[[Asked, str], Awaitable[dict[str, Any]]]]] = {
    "summary": _summary,
    "text": _text,
    "state": _state,
    "events": _events,
    "entity": _entity,
}
