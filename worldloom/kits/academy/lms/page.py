"""Plain pages for who comes from a learning platform or goes back to it: one look, one policy."""

from __future__ import annotations

import base64
from hashlib import sha256
from html import escape
from typing import Final

from worldloom import WorldloomError
from worldloom.kernel.doors import Answered, Asked

HTML: Final = "text/html; charset=utf-8"
FRAMES: Final = frozenset({"embed", "fencedframe", "frame", "iframe", "object"})
"""What a browser says in `Sec-Fetch-Dest` of a page inside another one."""
NOWHERE: Final = "'none'"
STYLE: Final = """
:root { color-scheme: light dark; --ink: #1f2530; --bg: #fcf9f3; --dim: #5b6270; --accent: #a8481f;
  --on: #fffaf2; --line: #d9d4ca; --fill: #efece5; }
@media (prefers-color-scheme: dark) { :root { --ink: #f2eee6; --bg: #181c24; --dim: #aab0bb;
  --accent: #eb9a6a; --on: #241208; --line: #3a404c; --fill: #272c36; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 20px;
  background: var(--bg); color: var(--ink); font: 16px/1.5 Inter, system-ui, sans-serif; }
main { width: 100%; max-width: 520px; }
h1 { margin: 0 0 8px; font-size: 24px; line-height: 1.3; overflow-wrap: anywhere; }
p { margin: 0 0 16px; color: var(--dim); overflow-wrap: anywhere; }
ul { margin: 20px 0 0; padding: 0; list-style: none; display: grid; gap: 12px; }
button, a.button { display: grid; place-items: center; width: 100%; min-height: 48px; border: 0;
  padding: 10px 18px; border-radius: 12px; font: inherit; font-weight: 600; color: var(--on);
  background: var(--accent); text-decoration: none; cursor: pointer; }
button.card { place-items: start; gap: 2px; padding: 14px 18px; text-align: start;
  color: var(--ink); background: transparent; border: 1px solid var(--line); }
button.card span { font-weight: 400; color: var(--dim); }
button.card:hover { background: var(--fill); border-color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
"""


def page(
    body: str, script: str = "", *, status: int = 200, ticket: str = "",
    goes: str = "", within: str = "",
) -> Answered:  # fmt: skip
    """Return a page with one script at most; `body` is HTML.

    Its forms go to here, or to one address `goes`; pages at the origins `within` may frame it.
    """
    allowed = f"'self' {goes.split('?')[0].replace(';', '')}".strip()
    policy = (
        f"default-src 'none'; connect-src 'self'; style-src '{_mark(STYLE)}'; "
        f"script-src '{_mark(script)}'; form-action {allowed}; base-uri 'none'; "
        f"frame-ancestors {within or NOWHERE}"
    )
    run = f"<script>{script}</script>" if script else ""
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Academy</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<style>{STYLE}</style></head>"
        f'<body data-ticket="{escape(ticket)}"><main>{body}</main>{run}</body></html>'
    )
    headers = (("Content-Security-Policy", policy), ("Referrer-Policy", "no-referrer"))
    return Answered(status, html.encode(), HTML, headers)


def problem(error: WorldloomError, within: str = "") -> Answered:
    """Tell a person why it does not work, and what they can do."""
    told = f"<p>{escape(_sentence(error.message))}</p><p>{escape(_sentence(error.fix))}</p>"
    return page(f"<h1>This does not work</h1>{told}", status=error.status, within=within)


def is_read(asked: Asked) -> bool:
    """Tell whether a person reads the answer, as a page."""
    head = asked.headers
    return head.get("sec-fetch-mode") == "navigate" or "text/html" in head.get("accept", "")


def is_framed(asked: Asked) -> bool:
    """Tell whether the answer stands inside a page of somebody else's."""
    return asked.headers.get("sec-fetch-dest", "") in FRAMES


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}." if text else ""


def _mark(text: str) -> str:
    return f"sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}"
