"""The client's own files: one page for every address of a world, and what it loads."""

from __future__ import annotations

import functools
import html
import io
import mimetypes
import re
from hashlib import sha256
from pathlib import Path

import segno
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from worldloom.kernel.errors import Invalid, NotFound
from worldloom.server.replies import PLAIN_HEADERS, no_page

ROOT = Path(__file__).parent.parent
STATIC = ROOT / "static"
HASHED = re.compile(r"-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$").search
SAFE_PART = re.compile(r"[A-Za-z0-9_@+=-][A-Za-z0-9_.@+=-]*").fullmatch
WORLD_PATH = re.compile(r"/(w/[a-z0-9][a-z0-9_-]{0,63})?").fullmatch
HOST = re.compile(r"[A-Za-z0-9.:\[\]-]{1,255}").fullmatch
IMMUTABLE = "public, max-age=31536000, immutable"
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
MEDIA = {
    ".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".wasm": "application/wasm",
    ".json": "application/json", ".svg": "image/svg+xml", ".glb": "model/gltf-binary",
    ".hdr": "image/vnd.radiance", ".exr": "image/x-exr", ".ktx2": "image/ktx2",
    ".woff2": "font/woff2", ".webp": "image/webp", ".png": "image/png", ".jpg": "image/jpeg",
    ".webmanifest": "application/manifest+json",
}  # fmt: skip

WEBMCP = b'<script type="module" src="/static/webmcp.js"></script>'
"""What offers a world's actions to an agent in the browser, for who asks for it."""
UNBUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Worldloom</title>
<h1>The client is not built</h1>
<p>The server runs, and its <a href="/openapi.json">HTTP interface</a> works.
To see the worlds, build the page once:</p>
<pre>python hatch_build.py</pre>
<p>or install a wheel of worldloom, which carries it.</p>
"""


UNBUILT_TEXT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>%TITLE% in words</title><main>%VIEW%</main></html>
"""


def policy(host: str) -> str:
    """Return the Content-Security-Policy of the page; `host` as the request named it."""
    sockets = f" ws://{host} wss://{host}" if HOST(host) else ""
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self' 'wasm-unsafe-eval'",
            "worker-src 'self' blob:",
            # three.js reads the images inside a model back from blob: addresses.
            f"connect-src 'self' blob: data:{sockets}",
            "img-src 'self' blob: data:",
            "media-src 'self' blob:",
            "style-src 'self'",
            "font-src 'self' data:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def page(request: Request, language: str = "") -> Response:
    """Return the client's page in someone's language (BCP 47), or one that says how to build it.

    What worlds say is meant for that language; what the client itself says it marks as English.
    """
    headers = {
        **PLAIN_HEADERS,
        "Content-Security-Policy": policy(request.headers.get("host", "")),
        "Cache-Control": "no-cache",
        "Permissions-Policy": "xr-spatial-tracking=(self), microphone=(self), camera=()",
    }
    index = STATIC / "index.html"
    if not index.is_file():
        return Response(UNBUILT, 200, headers, "text/html")
    body = _read(index, index.stat().st_mtime_ns)
    if language:
        spoken = f'<html lang="{html.escape(language)}">'.encode()
        body = body.replace(b'<html lang="en">', spoken, 1)
    if "webmcp" in request.query_params:
        body = body.replace(b"</head>", WEBMCP + b"</head>", 1)
    return Response(body, 200, headers, "text/html")


def text_page(request: Request, title: str, view: str) -> Response:
    """Return the page in words, with what is there now in it; `view` is HTML made by `in_words`."""
    headers = {
        **PLAIN_HEADERS,
        "Content-Security-Policy": policy(request.headers.get("host", "")),
        "Cache-Control": "no-store",
    }
    frame = STATIC / "text.html"
    form = _read(frame, frame.stat().st_mtime_ns).decode() if frame.is_file() else UNBUILT_TEXT
    # The title comes last: it may hold anything, also the mark of the other.
    body = form.replace("%VIEW%", view, 1).replace("%TITLE%", html.escape(title), 1)
    return Response(body, 200, headers, "text/html")


async def invitation(request: Request) -> Response:
    """Return a QR code of a page's address as the visitor's browser names it; raises Invalid."""
    path, host = request.query_params.get("path", "/"), request.headers.get("host", "")
    if not WORLD_PATH(path) or not HOST(host):
        raise Invalid("path is no page of a world", "path=/w/plaza", field="path")
    drawn = io.BytesIO()
    code = segno.make_qr(f"{request.url.scheme}://{host}{path}", error="m")
    code.save(drawn, kind="svg", scale=8, border=3, dark="#1d2433", light="#ffffff")
    headers = {**PLAIN_HEADERS, "Cache-Control": "no-cache", "Vary": "Host"}
    return Response(drawn.getvalue(), 200, headers, "image/svg+xml")


@functools.lru_cache(maxsize=8)
def _read(path: Path, _changed: int) -> bytes:
    return path.read_bytes()


async def static_file(request: Request) -> Response:
    """Return one file of the built client; raises NotFound for everything else."""
    path = find_static(request.path_params["path"])
    encodings = {
        part.partition(";")[0].strip()
        for part in request.headers.get("accept-encoding", "").split(",")
    }
    chosen, encoding = path, ""
    for name, suffix in ENCODINGS:
        packed = path.with_name(path.name + suffix)
        if name in encodings and packed.is_file():
            chosen, encoding = packed, name
            break
    size, changed = chosen.stat().st_size, chosen.stat().st_mtime_ns
    tag = f'"{sha256(f"{chosen}:{size}:{changed}".encode()).hexdigest()[:24]}"'
    headers = {
        **PLAIN_HEADERS,
        "Cache-Control": IMMUTABLE if HASHED(path.name) else "no-cache",
        "ETag": tag,
        "Vary": "Accept-Encoding",
    }
    if encoding:
        headers["Content-Encoding"] = encoding
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return FileResponse(chosen, headers=headers, media_type=media_of(path))


def find_static(path: str) -> Path:
    """Return the file of a path below /static/; raises NotFound for any trick."""
    parts = path.split("/")
    if not parts or not all(SAFE_PART(part) for part in parts):
        raise no_page(f"/static/{path}")
    found = STATIC.joinpath(*parts)
    try:
        # A link inside the folder may still lead out of it.
        is_inside = found.is_file() and found.resolve().is_relative_to(STATIC.resolve())
    except OSError:  # a name longer than the system's names, or a link to itself
        is_inside = False
    if not is_inside:
        raise no_page(f"/static/{path}")
    return found


def media_of(path: Path) -> str:
    """Return a file's media type; the system's own table is asked last, as it may be anything."""
    known = MEDIA.get(path.suffix)
    return known or mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def missing_world(error: NotFound) -> Response:
    """Return a page for a world that is not there."""
    text = html.escape(error.message)
    body = (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Worldloom</title>"
        f'<h1>{text}</h1><p><a href="/">To the front page</a>'
    )
    return Response(body, 404, dict(PLAIN_HEADERS), "text/html")
