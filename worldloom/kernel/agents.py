"""A person's agents: programs that act by the person's account and stay apart from the person.

What one does stands in the log as the deed of `ACCOUNT/agent:NAME`, so that it is seen and taken
back without a deed of the person's own. Rights, blocks and people's own words are the account's.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

MARK: Final = "/agent:"
"""Stands between a person's account and their agent's name; no account has it in its name."""
NAME_CHARACTERS_MAX: Final = 33
_WORD_CHARACTERS: Final = 24
_UNFIT: Final = re.compile(r"[^a-z0-9]+")


def agent_name(label: str, seed: str) -> str:
    """Return an agent's name: what its program calls itself, and what makes it this one."""
    word = _UNFIT.sub("-", label.casefold())[:_WORD_CHARACTERS].strip("-") or "program"
    return f"{word}-{sha256(seed.encode()).hexdigest()[:8]}"


def of_device(id: str) -> str:
    """Return the name of the agent that a machine is, by its device's id."""
    return agent_name("device", id)


def actor_of(account: str, agent: str) -> str:
    """Return whom the log names for a deed: an account, or an agent of it."""
    return f"{account}{MARK}{agent}" if agent else account


def person_of(actor: str) -> str:
    """Return the account that a deed was done by, whichever of its agents did it."""
    return actor.partition(MARK)[0]
