"""The HTTP protocol class of the one port: uvicorn's, with a bound on a request's head."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from worldloom.kernel.errors import OverLimit
from worldloom.kernel.limits import LIMITS
from worldloom.server.replies import Json


class HeadProtocol(HttpToolsProtocol):
    """Ends a line whose request has no end to its address and headers.

    The parser keeps a header until it is whole, so that one without end would fill the memory.
    """

    _head_bytes = 0
    _in_head = False

    def on_message_begin(self) -> None:
        """Count from here: a new request begins."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0

    def on_headers_complete(self) -> None:
        """Stop counting: what follows is the body, which its reader bounds."""
        self._in_head = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Take bytes; refuse with 431 and close where a head is over its limit."""
        super().data_received(data)
        self._head_bytes += len(data)
        if not self._in_head or self._head_bytes <= LIMITS.head_bytes_max:
            return
        if self.transport is None or self.transport.is_closing():
            return
        self._in_head = False
        error = OverLimit(
            f"the address and headers are over {LIMITS.head_bytes_max} bytes",
            "send less",
            code="too_large",
        )
        body = Json(error.wire()).body
        self.transport.write(
            b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body)
        )
        self.transport.close()
