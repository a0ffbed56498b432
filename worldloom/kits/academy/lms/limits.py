"""Every limit of what is exchanged with learning platforms, in one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class LmsLimits:
    """The limits; each name ends in what it bounds."""

    token_bytes_max: int = 65_536
    """Bytes of a signed badge that is verified."""
    status_token_bytes_max: int = 262_144
    """Bytes of a signed status list that is verified: packed, it has a bit for every badge."""
    status_bits: int = 131_072
    """Badges of one status list: the least that the standard allows, as it hides single ones."""
    reason_characters_max: int = 200
    """Characters of why a badge is revoked."""
    shown_badges_max: int = 50
    """Badges of a person that their panel shows: the newest."""


LMS_LIMITS: Final = LmsLimits()
"""The limits in force."""
