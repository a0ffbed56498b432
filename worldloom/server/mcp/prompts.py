"""Beginnings for what people ask an agent to do in a world."""

from __future__ import annotations

from typing import Any, Final

from worldloom.server.mcp.rpc import BAD_PARAMS, Call, NoResult
from worldloom.server.mcp.untrusted import NOTE

WISH_CHARACTERS_MAX: Final = 4_000
_PROMPTS: Final = {
    "guide": (
        "Show somebody around this world",
        "Look around, walk to three things that are worth seeing, and say in a sentence each what"
        " they are and what can be done there.",
    ),
    "build": (
        "Build something here",
        "Look where there is room. Build with `place` and `set`, in few named parts; look again"
        " when it is done, and undo what went wrong. Change nothing that is not yours.",
    ),
    "train": (
        "Teach somebody how something here works",
        "Find what it is about, inspect it, and take the learner through it step by step: say one"
        " step, wait until `history` shows that they did it, then say the next.",
    ),
    "audit": (
        "Find out who did what here",
        "Read `history` from the beginning or a given seq without a gap, compare moments by"
        " `diff`, and report in order what happened, with the seq of each statement. Act on"
        " nothing.",
    ),
}


def listed() -> list[dict[str, Any]]:
    """Return all prompts."""
    return [
        {
            "name": name,
            "title": title,
            "description": title + ".",
            "arguments": [{"name": "wish", "description": "What exactly.", "required": False}],
        }
        for name, (title, _) in _PROMPTS.items()
    ]


def get(call: Call) -> dict[str, Any]:
    """Return one prompt; raises NoResult."""
    name, given = call.text("name"), call.params.get("arguments") or {}
    wish = given.get("wish", "") if isinstance(given, dict) else None
    if name not in _PROMPTS:
        raise NoResult(BAD_PARAMS, f"there is no prompt {name[:64]}")
    if not isinstance(wish, str) or len(wish) > WISH_CHARACTERS_MAX:
        raise NoResult(BAD_PARAMS, f"wish must be a text of at most {WISH_CHARACTERS_MAX}")
    title, text = _PROMPTS[name]
    whole = f"{text} {NOTE}" + (f"\n\n{wish}" if wish else "")
    message = {"role": "user", "content": {"type": "text", "text": whole}}
    return {"description": title, "messages": [message]}
