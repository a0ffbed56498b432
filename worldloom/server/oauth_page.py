"""What a person reads before a program may come in: plain pages without scripts."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from typing import Final, NamedTuple
from urllib.parse import urlencode, urlsplit

from starlette.responses import Response

from worldloom.kernel.rights import is_narrow
from worldloom.server.pages import STATIC
from worldloom.server.replies import PLAIN_HEADERS

SCOPES: Final = {
    "look": "See the worlds: what is there, who, and what happened",
    "act": "Speak, walk and use things, as a visitor with an agent's badge",
    "build": "Put things into worlds and change them",
    "pay": "Spend, each time you say yes",
    "admin": "Decide who may come and do what",
}
CHOSEN: Final = ("allow", "budget", "decision")
"""The fields by which a person answers."""
_SCOPE_CHARACTERS_MAX: Final = 69
BUDGET: Final = 100
"""What is proposed as a program's budget, in the units of actions' costs."""
BUDGET_MAX: Final = 10**9
STYLE: Final = """
:root { color-scheme: light dark; --ink: #1f2530; --bg: #fcf9f3; --dim: #5b6270; --accent: #a8481f;
  --on: #fffaf2; --line: #d9d4ca; --fill: #efece5; }
@media (prefers-color-scheme: dark) { :root { --ink: #f2eee6; --bg: #181c24; --dim: #aab0bb;
  --accent: #eb9a6a; --on: #241208; --line: #3a404c; --fill: #272c36; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 20px;
  background: var(--bg); color: var(--ink); font: 16px/1.5 Inter, system-ui, sans-serif; }
main { width: 100%; max-width: 440px; }
.where { margin: 0; }
h1 { font-size: 22px; line-height: 1.3; overflow-wrap: anywhere; }
p { color: var(--dim); overflow-wrap: anywhere; }
fieldset { margin: 20px 0; padding: 0; border: 0; }
legend { font-weight: 600; }
label { display: flex; gap: 12px; align-items: center; min-height: 44px; padding: 8px 0;
  border-bottom: 1px solid var(--line); }
input { flex: none; width: 22px; height: 22px; accent-color: var(--accent); }
input[type="number"] { width: 9em; height: 44px; padding: 0 10px; border: 1px solid var(--dim);
  border-radius: 8px; font: inherit; color: inherit; background: transparent; }
label small { color: var(--dim); }
label.most { justify-content: space-between; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 10px; }
button, a.button { display: grid; place-items: center; width: 100%; min-height: 48px; border: 0;
  border-radius: 12px; font: inherit; font-weight: 600; color: var(--ink); background: var(--fill);
  text-decoration: none; cursor: pointer; }
button.main, a.button { color: var(--on); background: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
"""
_BUDGET_FIELD: Final = f"""<label class="most"><span>At most, in all worlds together<br>
<small>In the smallest unit of money, such as cents</small></span>
<input type="number" name="budget" value="{BUDGET}" min="0" max="{BUDGET_MAX}" step="1" required
inputmode="numeric"></label>"""


class Asking(NamedTuple):
    """A program that asks: what it calls itself, where it stands, how long, to which server."""

    name: str
    host: str
    days: str
    server: str


def consent(
    program: Asking,
    person: str,
    scopes: Sequence[str],
    worlds: Sequence[str],
    given: Mapping[str, str],
    redirect: str,
) -> Response:
    """Ask whether a program may come in as a person; `given` goes back to us with the answer."""
    hidden = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in given.items()
        if name not in CHOSEN
    )
    ticks = "".join(
        f'<label><input type="checkbox" name="allow" value="{scope}" checked>{said_of(scope)}'
        "</label>"
        for scope in scopes
    )
    most = _BUDGET_FIELD if "pay" in scopes else ""
    parts = urlsplit(redirect)
    origin = f"{parts.scheme}://{parts.netloc}"
    where = f"in the world {worlds[0]}" if worlds else "in all worlds here"
    body = f"""<h1>{_named(program.name)}{_at(program.host)} asks to come in as you</h1>
<p>You are {html.escape(person)}. It may then do what you allow here, {html.escape(where)}, for
{program.days}, and leads you on to {html.escape(origin)}. What it does is told apart from what you
do. You stop it at any time under <em>Programs and machines</em> in <em>Your account</em>.</p>
<form method="post" action="/oauth/authorize">{hidden}
<fieldset><legend>It may</legend>{ticks}{most}</fieldset>
<div class="pair"><button name="decision" value="deny">Deny</button>
<button class="main" name="decision" value="allow">Allow</button></div></form>"""
    return _page(body, 200, program.server, f"'self' {origin}")


def is_known(scope: str) -> bool:
    """Tell whether a program may ask for a scope: a wide one, or one for a single deed."""
    return scope in SCOPES or len(scope) <= _SCOPE_CHARACTERS_MAX and is_narrow(scope)


def said_of(scope: str) -> str:
    """Return what a person reads of a scope that is known."""
    kind, _, name = scope.partition(":")
    if not name:
        return SCOPES[scope]
    return f"Only <code>{html.escape(name)}</code>: {'see by it' if kind == 'look' else 'do it'}"


def budget_of(form: Sequence[tuple[str, str]], scopes: Sequence[str]) -> int | None:
    """Return what a person lets a program spend in all; None for what is no number of that."""
    said = dict(form).get("budget", "0")
    if not (said.isascii() and said.isdigit() and len(said) <= len(str(BUDGET_MAX))):
        return None
    budget = int(said) if "pay" in scopes else 0
    return budget if budget <= BUDGET_MAX else None


def sign_in_first(program: str, given: Mapping[str, str], server: str) -> Response:
    """Say that a guest has nothing to let a program into, and lead to a sign-in and back here."""
    then = f"/oauth/authorize?{urlencode(given)}"
    door = html.escape(f"/?{urlencode({'sign-in': '', 'then': then})}")
    body = f"""<h1>Sign in first</h1>
<p>{_named(program)} asks to come in as you, and you are a guest here. Sign in, or keep this account
by a passkey; then you are asked whether it may.</p>
<a class="button" href="{door}">Sign in</a>"""
    return _page(body, 403, server)


def problem(text: str) -> Response:
    """Say why a program cannot be let in."""
    return _page(f"<h1>This does not work</h1><p>{html.escape(text)}</p>", 400)


def _at(host: str) -> str:
    """Return where a program stands, which its certificate proves."""
    return f" of {html.escape(host)}" if host else ""


def _named(program: str) -> str:
    """Return what a program calls itself, which proves nothing."""
    return f"“{html.escape(program)}”" if program else "A program without a name"


@cache
def _style() -> tuple[str, str]:
    """Return the style, with the page's own font where the client is built, and its hash."""
    fonts = STATIC.glob("assets/inter-latin-wght-normal-*.woff2")
    face = "".join(
        f"@font-face {{ font-family: Inter; src: url(/static/assets/{font.name}); "
        "font-weight: 100 900; }"
        for font in fonts
    )
    style = face + STYLE
    return style, base64.b64encode(sha256(style.encode()).digest()).decode()


def _page(body: str, status: int, server: str = "", form_action: str = "'self'") -> Response:
    style, hashed = _style()
    at = f" at {html.escape(server)}" if server else ""
    headers = {
        **PLAIN_HEADERS,
        "Cache-Control": "no-store",
        # A form's answer leads on to the program, which the policy must let through.
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{hashed}'; "
        "font-src 'self'; "
        f"form-action {form_action}; base-uri 'none'; frame-ancestors 'none'",
    }
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Let a program in</title>'
        '<meta name="viewport" content="width=device-width">'
        f'<style>{style}</style></head><body><main><p class="where">Worldloom{at}</p>'
        f"{body}</main></body></html>"
    )
    return Response(page, status, headers, "text/html")
