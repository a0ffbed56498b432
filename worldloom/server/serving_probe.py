"""Whether the server that a realm file names still answers; asked without loading a server."""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.request
from collections.abc import Mapping
from typing import Any

PATIENCE_SECONDS = 3.0


def is_alive(server: Mapping[str, Any]) -> bool:
    """Tell whether {url, secret} is a server that knows its own secret."""
    try:
        request = urllib.request.Request(
            f"{server['url']}api/auth/me", headers={"Authorization": f"Bearer {server['secret']}"}
        )
        with urllib.request.urlopen(
            request, timeout=PATIENCE_SECONDS, context=own_machine()
        ) as answer:
            return bool(json.load(answer)["account"] == "local")
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException):
        return False


def own_machine() -> ssl.SSLContext:
    """Return a TLS context for a server of this very machine, whose certificate signs itself."""
    # It trusts nobody, so that no list of authorities is read: that takes longer than asking.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
