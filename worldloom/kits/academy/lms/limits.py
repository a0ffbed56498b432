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
    shown_results_max: int = 500
    """Rows of what came of courses from elsewhere that instructors are shown: the newest."""
    shown_badges_max: int = 50
    """Badges of a person that their panel shows: the newest."""

    package_bytes_max: int = 67_108_864
    """Bytes of a course package (cmi5) as it comes."""
    package_files_max: int = 20_000
    """Files of a course package."""
    package_unpacked_bytes_max: int = 1_073_741_824
    """Bytes of its files when unpacked, as it says itself."""
    structure_bytes_max: int = 8_388_608
    """Bytes of a course structure, `cmi5.xml`."""
    given_structure_bytes_max: int = 49_152
    """Bytes of the course structure of a package that is given in a world: it is a component."""
    given_packages_max: int = 20
    """Course packages that are given in one world."""
    open_packages_max: int = 2
    """Of these, so many are held in memory while their files are asked for."""
    structure_nodes_max: int = 200_000
    """Elements of a course structure; the standard asks for more than a thousand units."""
    structure_depth_max: int = 32
    """How deep blocks may nest."""
    content_file_bytes_max: int = 33_554_432
    """Bytes of one file of a course package that is served, unpacked."""
    name_characters_max: int = 2_000
    """Characters of an id, an address or a name of a file in a package."""
    lti_bytes_max: int = 131_072
    """Bytes of one form that a learning platform sends by LTI."""
    lti_waiting_max: int = 10_000
    """Launches by LTI that are under way, or were within ten minutes."""
    roster_pages_max: int = 40
    """Pages of a learning platform's list of a class that are read."""
    said_bytes_max: int = 1_048_576
    """Bytes of one request of a launched unit."""
    grace_seconds: float = 60.0
    """How long a token still reads after its session is over: what comes twice is answered so."""
    launch_characters_max: int = 16_384
    """Characters of the query that a learning platform launches a course with."""


LMS_LIMITS: Final = LmsLimits()
"""The limits in force."""
