"""The HTTP library behind the clients: httpx, from `pip install worldloom[client]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from worldloom.kernel.errors import Misused, Unavailable

# It is an extra: worldloom itself starts without it.
if TYPE_CHECKING:
    import httpx

ANSWER_SECONDS: Final = 30.0
"""How long an answer may take; a live stream says something more often than that."""


def open_sync(url: str, token: str) -> httpx.Client:
    """Return a pool of connections to a realm."""
    made: httpx.Client = _library().Client(**_settings(url, token))
    return made


def open_async(url: str, token: str) -> httpx.AsyncClient:
    """Return a pool of connections to a realm, for asyncio."""
    made: httpx.AsyncClient = _library().AsyncClient(**_settings(url, token))
    return made


def _settings(url: str, token: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return {"base_url": url, "headers": headers, "timeout": ANSWER_SECONDS}


def _library() -> Any:
    try:
        import httpx
    except ImportError:
        raise Misused(
            "the client needs httpx", "pip install 'worldloom[client]'", code="extra_missing"
        ) from None
    return httpx


class CutOff:
    """Passes over a cut line, so that it is asked again; the last time raises Unavailable."""

    def __init__(self, last: bool) -> None:
        self._last = last

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, _library().TransportError):
            return False
        if self._last:
            raise Unavailable(
                f"the realm does not answer: {error or type(error).__name__}",
                "see whether it runs, and at this address",
                code="no_answer",
            ) from error
        return True
