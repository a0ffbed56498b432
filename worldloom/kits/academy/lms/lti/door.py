"""The door `/lti/`: sign-in, launches, deep links and our keys, for learning platforms."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from html import escape
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from worldloom import NotFound, OverLimit, World, WorldloomError
from worldloom.kernel.doors import Answered, Asked, Clerk
from worldloom.kernel.errors import NotSignedIn
from worldloom.kits.academy.adapters.lti_platform import KEY
from worldloom.kits.academy.courses.classroom import Courses
from worldloom.kits.academy.courses.course import Course
from worldloom.kits.academy.lms import jose
from worldloom.kits.academy.lms.credential import SECOND_US
from worldloom.kits.academy.lms.jose import BadToken
from worldloom.kits.academy.lms.limits import LMS_LIMITS as LIMITS
from worldloom.kits.academy.lms.lti.messages import (
    LIFE_SECONDS,
    LINKING,
    Opened,
    bad_launch,
    deep_link,
    find,
    read_launch,
    sign_in_url,
)
from worldloom.kits.academy.lms.lti.persons import account_of, person_name, persons_secret
from worldloom.kits.academy.lms.page import is_framed, is_read, page, problem

if TYPE_CHECKING:
    from worldloom.kits.academy.lms.lti.tool import Lti

FREE: Final = ("login", "launch", "keys", "link", "open")
COOKIE: Final = "worldloom-lti"
MARK_CHARACTERS: Final = 32
STATE_KEY: Final = "lti-state"
JSON: Final = "application/json"
HINTS: Final = ("iss", "client_id", "login_hint", "lti_message_hint", "target_link_uri")
"""What a sign-in is begun with, and once more in a window of its own."""
HINTS_CHARACTERS_MAX: Final = 2_000
TAKE: Final = """
const say = (text) => { document.querySelector('p').textContent = text; };
(async () => {
  const ticket = document.body.dataset.ticket;
  await fetch('/api/auth/me');
  const answer = await fetch('take', {
    method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({ticket}),
  });
  const told = await answer.json();
  if (told.other) // whoever sat here before is called otherwise, and looks so
    ['name', 'avatar'].forEach((own) => localStorage.removeItem(`worldloom.${own}`));
  if (answer.ok) location.replace(told.world);
  else say(`${told.error.message}. ${told.error.fix}.`);
})().catch(() => say('The academy cannot be reached. Open the course again.'));
"""
SEND: Final = "document.forms[0].submit();"
OPENING: Final = "<p role='status'>Opening the course…</p>"
APART: Final = (
    "<h1>A place to walk around in</h1><p>The course opens in a window of its own: there it has "
    "room, and your browser knows who you are.</p>"
)


class State(Struct, frozen=True):
    """What we send along with a sign-in, and get back with the launch."""

    issuer: str
    client_id: str
    nonce: str
    ends: int
    hints: str = ""
    """The query that began the sign-in, where it is short."""


class Ticket(Struct, frozen=True):
    """What the page of a launch is taken by: `ticket` is good once."""

    ticket: str


class LtiDoor:
    """Answers at the door of one world's courses."""

    def __init__(self, tool: Lti, home: Callable[[], str]) -> None:
        self._tool = tool
        self._home = home
        self._tickets: dict[str, tuple[int, Opened]] = {}
        """Ticket → until when (UTC microseconds), and whose launch."""
        self._used: dict[str, int] = {}
        """Nonce → until when it is remembered."""

    async def answer(self, asked: Asked, clerk: Clerk) -> Answered:
        """Answer a request; raises Invalid (`bad_launch`), NotFound, NotSignedIn, Unavailable.

        Who reads the answer as a page is told of what goes wrong by one.
        """
        try:
            return await self._answer(asked, clerk)
        except WorldloomError as error:
            if not is_read(asked):
                raise
            return problem(error, within=self._within)

    @property
    def _within(self) -> str:
        """Where pages of ours may stand in a frame: in those of the platforms."""
        return " ".join(sorted(set().union(*(one.origins for one in self._tool.platforms))))

    async def _answer(self, asked: Asked, clerk: Clerk) -> Answered:
        base = f"{self._home()}/w/{clerk.world}/lti"
        given = _given(asked)
        match asked.method, asked.path.strip("/"):
            case (("GET" | "POST"), "login"):
                return self._login(given, asked, clerk, base)
            case "POST", "launch":
                return await self._launch(given, asked, clerk, base)
            case "POST", "link":
                return await self._link(given, clerk, base)
            case "POST", "open":
                return self._open(given, asked, clerk)
            case "POST", "take":
                return await self._take(asked, clerk)
            case "GET", "keys":
                secret = clerk.secret(KEY, jose.new_key)
                return _json({"keys": [jose.public_jwk(secret)]})
            case _, ("login" | "launch" | "link" | "open" | "take" | "keys"):
                error = WorldloomError("this is asked for in another way", code="wrong_method")
                error.status = 405
                raise error
        raise NotFound("there is nothing here", "there are login, launch and keys", code="no_page")

    def _login(self, given: Mapping[str, str], asked: Asked, clerk: Clerk, base: str) -> Answered:
        """Send a browser to its platform, which tells us who it is (OIDC, started by others).

        The cookie goes along from a frame in the platform's page too: it is kept for that site's
        frames alone (`Partitioned`), so that browsers which keep other cookies away let it be.
        """
        known = find(self._tool.platforms, given.get("iss", ""), given.get("client_id", ""))
        nonce = secrets.token_urlsafe(24)
        # A browser that opens several courses at once keeps one mark for all of them.
        mark = _cookie(asked.headers.get("cookie", ""))
        mark = mark if len(mark) == MARK_CHARACTERS else secrets.token_urlsafe(24)
        hints = urlencode([(name, given[name]) for name in HINTS if name in given])
        state = State(known.issuer, known.client_id, f"{nonce}.{_hash(mark)}",
                      clerk.now() + LIFE_SECONDS * SECOND_US,
                      hints if len(hints) <= HINTS_CHARACTERS_MAX else "")  # fmt: skip
        url = sign_in_url(known, given, _sealed(state, _secret(clerk)), state.nonce, base)
        cookie = (f"{COOKIE}={mark}; Path=/; Max-Age={LIFE_SECONDS}; HttpOnly; Secure; "
                  "SameSite=None; Partitioned")  # fmt: skip
        return Answered(302, headers=(("Location", url), ("Set-Cookie", cookie)))

    async def _launch(
        self, given: Mapping[str, str], asked: Asked, clerk: Clerk, base: str
    ) -> Answered:
        """Check a launch; a learner goes on into the world, an instructor chooses a course."""
        state = _unsealed(given.get("state", ""), _secret(clerk), clerk.now())
        # The browser that began the sign-in is the one that ends it.
        mark = _cookie(asked.headers.get("cookie", ""))
        if not hmac.compare_digest(state.nonce.rpartition(".")[2], _hash(mark)):
            if is_framed(asked) and state.hints:
                url = escape(f"login?{state.hints}")
                return page(f"{APART}<a class='button' href='{url}' target='_blank' "
                            "rel='noopener'>Open in a window</a>", within=self._within)  # fmt: skip
            raise bad_launch("it was begun in another browser, or cookies are off", "state")
        known = find(self._tool.platforms, state.issuer, state.client_id)
        token = given.get("id_token", "")
        try:
            kid = jose.read_header(token, LIMITS.token_bytes_max).get("kid")
            key = await self._tool.outside.key(known, str(kid))
            if key is None:
                raise BadToken("its platform does not know its key")
            claims = jose.verify(token, key, LIMITS.token_bytes_max)
        except BadToken as error:
            raise bad_launch(str(error), "id_token") from None
        opened = read_launch(claims, known, state.nonce, clerk.now(), base)
        self._use(state, clerk.now())
        courses = await clerk.decide(courses_of)
        if opened.kind != LINKING and opened.course not in courses:
            raise NotFound("there is no such course here", "link it anew")
        ticket = self._ticket(opened, clerk.now())
        if opened.kind == LINKING:
            return page(_choices(ticket, courses.values()), within=self._within)
        if is_framed(asked):
            return page(f"{APART}<form method='post' action='open' target='_blank' rel='noopener'>"
                        f"<input type='hidden' name='ticket' value='{ticket}'>"
                        "<button>Open the course</button></form>",
                        within=self._within)  # fmt: skip
        return page(OPENING, TAKE, ticket=ticket)

    def _open(self, given: Mapping[str, str], asked: Asked, clerk: Clerk) -> Answered:
        """Go on with a launch in a window of its own, where its browser knows who they are here."""
        # Only the page of the launch leads on: nobody is made to learn in another's name.
        if asked.headers.get("sec-fetch-site") != "same-origin" or is_framed(asked):
            raise bad_launch("its window was opened by another page", "ticket")
        ends, opened = self._tickets.get(given.get("ticket", ""), (0, None))
        if opened is None or opened.kind == LINKING or ends <= clerk.now():
            raise bad_launch("it was taken already, or too long ago", "ticket")
        return page(OPENING, TAKE, ticket=given["ticket"])

    async def _link(self, given: Mapping[str, str], clerk: Clerk, base: str) -> Answered:
        """Send a chosen course to the platform."""
        opened = self._ticket_of(given.get("ticket", ""), LINKING, clerk.now())
        course = (await clerk.decide(courses_of)).get(given.get("course", ""))
        if course is None:
            raise NotFound("there is no such course here", "choose one of the list")
        secret = clerk.secret(KEY, jose.new_key)
        told = deep_link(opened, course, base, clerk.now(), secrets.token_urlsafe(16))
        token = jose.sign(told, secret, jose.public_jwk(secret)["kid"])
        form = (f"<h1>{escape(course.title)} is chosen</h1><p>Your platform adds it now.</p>"
                f"<form method='post' action='{escape(opened.return_url)}'>"
                f"<input type='hidden' name='JWT' value='{token}'>"
                "<button>Go back to your platform</button></form>")  # fmt: skip
        return page(form, SEND, goes=opened.return_url, within=self._within)

    async def _take(self, asked: Asked, clerk: Clerk) -> Answered:
        """Let who asks be the learner whom a platform sent: by the account that they had before."""
        if not asked.who.account:
            raise NotSignedIn("nobody is signed in to learn", "open the course by its own address")
        try:
            ticket = msgspec.json.decode(asked.body, type=Ticket).ticket
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise bad_launch("its ticket cannot be read", "ticket") from None
        opened = self._ticket_of(ticket, "", clerk.now())
        name = person_name(opened, persons_secret(clerk))
        new = clerk.new_account()

        def run(world: World) -> str:
            account = account_of(world, name, asked.who, new, self._tool.teachers)
            self._tool.take(world, account, opened.course, opened)
            return account

        account = await clerk.decide(run)
        world = f"/w/{clerk.world}"
        if account == asked.who.account:
            return _json({"world": world})
        return replace(_json({"world": world, "other": True}), account=account)

    # -- what is good once ---------------------------------------------------------------------

    def _use(self, state: State, now: int) -> None:
        """Let a nonce be good once."""
        self._used = {nonce: ends for nonce, ends in self._used.items() if ends > now}
        if state.nonce in self._used or len(self._used) >= LIMITS.lti_waiting_max:
            raise bad_launch("it was used already", "nonce")
        self._used[state.nonce] = state.ends

    def _ticket(self, opened: Opened, now: int) -> str:
        self._tickets = {one: held for one, held in self._tickets.items() if held[0] > now}
        if len(self._tickets) >= LIMITS.lti_waiting_max:
            raise OverLimit("too many come at once", "open the course again in a minute")
        ticket = secrets.token_urlsafe(24)
        self._tickets[ticket] = now + LIFE_SECONDS * SECOND_US, opened
        return ticket

    def _ticket_of(self, ticket: str, kind: str, now: int) -> Opened:
        ends, opened = self._tickets.pop(ticket, (0, None))
        if opened is None or ends <= now or (opened.kind == LINKING) != (kind == LINKING):
            raise bad_launch("it was taken already, or too long ago", "ticket")
        return opened


def courses_of(world: World) -> dict[str, Course]:
    """Return the courses that can be learnt in a world, by their ids."""
    kits = [kit for kit in world.used if isinstance(kit, Courses)]
    return {id: course for kit in kits for id, course in kit.courses.items()}


def _given(asked: Asked) -> dict[str, str]:
    """Return the parameters of a request, of its address or its form; raises Invalid."""
    pairs = list(asked.query)
    if asked.method == "POST" and "urlencoded" in asked.headers.get("content-type", ""):
        try:
            pairs += parse_qsl(asked.body.decode(), keep_blank_values=True, max_num_fields=50)
        except ValueError:
            raise bad_launch("its form cannot be read") from None
    return dict(pairs)


def _secret(clerk: Clerk) -> bytes:
    return clerk.secret(STATE_KEY, lambda: secrets.token_bytes(32))


def _sealed(state: State, secret: bytes) -> str:
    body = jose.to_base64url(msgspec.json.encode(state))
    return f"{body}.{hmac.new(secret, body.encode(), sha256).hexdigest()}"


def _unsealed(text: str, secret: bytes, now: int) -> State:
    body, _, mark = text.partition(".")
    right = hmac.new(secret, body.encode(errors="replace"), sha256).hexdigest()
    if not (mark.isascii() and hmac.compare_digest(mark, right)):
        raise bad_launch("it was not begun here", "state")
    state = msgspec.json.decode(jose.from_base64url(body), type=State)
    if state.ends <= now:
        raise bad_launch("it took too long", "state")
    return state


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _hash(mark: str) -> str:
    return sha256(mark.encode(errors="replace")).hexdigest()[:32]


def _choices(ticket: str, courses: Iterable[Course]) -> str:
    """Return a form with a button for each course; it needs no script."""
    rows = "".join(
        f"<li><button class='card' name='course' value='{escape(one.id)}'>{escape(one.title)}"
        f"{f'<span>{escape(one.text)}</span>' if one.text else ''}</button></li>"
        for one in courses
    )
    if not rows:
        return "<h1>Nothing to choose</h1><p>There is no course in this world yet.</p>"
    return ("<h1>Choose a course</h1><p>It becomes a link in your platform, with a column for its "
            "grade.</p><form method='post' action='link'>"
            f"<input type='hidden' name='ticket' value='{ticket}'><ul>{rows}</ul></form>"
            )  # fmt: skip


def _json(value: Any) -> Answered:
    return Answered(200, msgspec.json.encode(value), JSON)
