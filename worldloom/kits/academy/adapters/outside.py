"""How the kit's adapters ask another server: once, bounded, and no other than was named."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from worldloom import Unavailable

SECONDS_MAX: Final = 20.0
BYTES_MAX: Final = 1_048_576
"""So much of an answer is read."""


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: only the server that the owner named is ever spoken to."""

    def redirect_request(self, *_: Any) -> None:
        return None


_open: Final = urllib.request.build_opener(_StayHere).open


class Said(NamedTuple):
    """An answer."""

    status: int
    body: bytes
    link: str
    """Its header `Link`."""


def ask(method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """Return status and body of any answer; raises OSError, ValueError where there is none."""
    return _ask(method, url, body, headers)[:2]


def _ask(method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Said:
    head = {"User-Agent": "worldloom", "Accept": "application/json", **headers}
    request = urllib.request.Request(url, body, head, method=method)
    try:
        with _open(request, timeout=SECONDS_MAX) as answer:
            link = answer.headers.get("Link", "")
            return Said(int(answer.status), answer.read(BYTES_MAX), link)
    except urllib.error.HTTPError as error:
        with error:
            return Said(error.code, error.read(BYTES_MAX), "")
    except http.client.HTTPException as error:  # its words may hold an address's secret
        raise OSError(f"no HTTP comes of it: {type(error).__name__}") from None


def ask_platform(
    method: str, url: str, body: bytes | None, headers: Mapping[str, str]
) -> tuple[int, bytes]:
    """Ask a learning platform; raises Unavailable (`platform_away`) where another try may help."""
    return ask_platform_whole(method, url, body, headers)[:2]


def ask_platform_whole(
    method: str, url: str, body: bytes | None, headers: Mapping[str, str]
) -> Said:
    """Ask a learning platform as `ask_platform` does; return the header `Link`, too."""
    try:
        said = _ask(method, url, body, headers)
    except (OSError, ValueError) as error:
        raise platform_away(f"cannot be reached: {str(error)[:200]}") from error
    if said.status in (408, 425, 429) or said.status >= 500:
        raise platform_away(f"answers {said.status}")
    return said


def platform_away(why: str) -> Unavailable:
    """Make the error for a learning platform that does not do its part now."""
    return Unavailable(f"the learning platform {why}", "it is tried again", code="platform_away")
