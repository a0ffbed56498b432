"""A learning platform opens courses by LTI 1.3, links them, and gets the scores."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.kits.academy.lms.badge_school import SCHOOL, BadgeSchool
from tests.kits.academy.lms.lti_server import DEEP, LTI, LtiServer
from tests.server.asking import Browser, Reply
from worldloom import Misused, Role
from worldloom.kernel.limits import LIMITS
from worldloom.kits.academy.lms.cmi5.launch import origin_of
from worldloom.kits.academy.lms.lti.messages import Registration, read_launch
from worldloom.kits.academy.lms.lti.tool import Lti
from worldloom.testing.fixtures import Server

FORM = "application/x-www-form-urlencoded"


class LtiSchool(BadgeSchool):
    """The school, and a platform that opens its courses."""

    def __init__(self, server: Server, platform: LtiServer) -> None:
        super().__init__(server)
        self.platform = platform
        platform.tool_keys = self.nobody.get("/w/school/lti/keys").json

    def login(self, **more: str) -> tuple[dict[str, str], str]:
        """Begin a sign-in; return what the platform is asked, and the cookie."""
        said = self.nobody.get(f"/w/school/lti/login?{self.platform.login_query(**more)}")
        assert said.status == 302, said.body
        assert said.headers["location"].startswith(f"{self.platform.url}/auth?x=1&")
        cookie = said.headers["set-cookie"]
        assert {"HttpOnly", "Secure", "SameSite=None"} <= set(cookie.split("; "))
        assert "Partitioned" in cookie, "or it does not come along from a frame of the platform's"
        query = parse_qs(urlsplit(said.headers["location"]).query)
        return {name: values[0] for name, values in query.items()}, cookie.partition(";")[0]

    def launch(self, token: str, state: str, cookie: str, **more: str) -> Reply:
        """Come back from the platform, as its form brings a browser."""
        body = urlencode({"id_token": token, "state": state}).encode()
        headers = {"Content-Type": FORM, "Cookie": cookie, "Origin": self.platform.url,
                   "Sec-Fetch-Site": "cross-site", **more}  # fmt: skip
        return self.nobody.ask("POST", "/w/school/lti/launch", body, headers)

    def opened(self, **more: Any) -> Reply:
        """Launch with claims of the platform's."""
        asked, cookie = self.login()
        token = self.platform.sign({**self.platform.claims(asked["nonce"]), **more})
        return self.launch(token, asked["state"], cookie)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LtiSchool]:
    with served(tmp_path_factory.mktemp("lti")) as school:
        yield school


@contextmanager
def served(folder: Path, **options: str) -> Iterator[LtiSchool]:
    """Serve a school that a platform knows, with further options of `Lti`."""
    platform = LtiServer()
    url, given = platform.url, "".join(f", {key}={one!r}" for key, one in options.items())
    more = ("from worldloom.kits.academy.lms.lti.messages import Registration\n"
            "from worldloom.kits.academy.lms.lti.tool import Lti\n"
            f"world.use(Lti(Registration({url!r}, 'tool-1', ('d1',), '{url}/auth?x=1',\n"
            f"    '{url}/token', '{url}/keys'){given}))\n")  # fmt: skip
    (folder / "school.py").write_text(SCHOOL + more)
    server = Server(folder / "realm.loom", str(folder / "school.py"))
    try:
        yield LtiSchool(server.start(), platform)
    finally:
        server.stop()
        platform.stop()


def wait(until: Callable[[], Any], seconds: float = 20.0) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.05)


def ticket_of(said: Reply) -> str:
    assert said.status == 200, said.body
    found = re.search(r'data-ticket="([^"]+)"', said.body.decode())
    assert found
    return found[1]


def take(school: LtiSchool, who: Browser, said: Reply) -> Reply:
    return who.post("/w/school/lti/take", {"ticket": ticket_of(said)})


def test_a_platform_is_asked_who_comes_as_the_standard_says(school: LtiSchool) -> None:
    asked, _ = school.login()
    assert asked["nonce"] and asked["state"]
    assert {name: asked[name] for name in asked if name not in ("nonce", "state", "x")} == {
        "scope": "openid", "response_type": "id_token", "response_mode": "form_post",
        "prompt": "none", "client_id": "tool-1", "login_hint": "u", "lti_message_hint": "m",
        "redirect_uri": "https://school.example/w/school/lti/launch"}  # fmt: skip
    for more in ({"iss": "https://evil.example"}, {"client_id": "x"}, {"login_hint": ""}):
        query = school.platform.login_query(**more)
        assert school.nobody.get(f"/w/school/lti/login?{query}").code == "bad_launch"


def test_a_learner_is_opened_a_course_and_the_platform_gets_the_score(school: LtiSchool) -> None:
    ann = school.learner("ann")
    said = take(school, ann, school.opened())
    assert (said.status, said.json) == (200, {"world": "/w/school"})
    school.platform.failing = 2
    school.master(ann)
    wait(lambda: school.platform.scores)
    (told,) = school.platform.scores
    assert {name: told[name] for name in told if name != "timestamp"} == {
        "userId": "user-42", "scoreGiven": 100.0, "scoreMaximum": 100.0,
        "activityProgress": "Completed", "gradingProgress": "FullyGraded"}  # fmt: skip
    assert school.platform.failing == 0


def test_a_launch_and_its_ticket_are_good_once(school: LtiSchool) -> None:
    ben, (asked, cookie) = school.learner("ben"), school.login()
    token = school.platform.sign(school.platform.claims(asked["nonce"]))
    first = school.launch(token, asked["state"], cookie)
    assert school.launch(token, asked["state"], cookie).code == "bad_launch"
    assert take(school, ben, first).status == 200
    assert take(school, ben, first).code == "bad_launch"
    assert take(school, school.nobody, school.opened()).status == 401


def test_an_instructor_links_a_course_deeply(school: LtiSchool) -> None:
    said = school.opened(**school.platform.linking())
    assert b"Burning oil" in said.body and b"A tour" in said.body
    assert b"<script>" not in said.body
    found = re.search(r"name='ticket' value='([^']+)'", said.body.decode())
    assert found
    form = urlencode({"ticket": found[1], "course": "oil"}).encode()
    sent = school.nobody.ask("POST", "/w/school/lti/link", form, {"Content-Type": FORM})
    page = sent.body.decode()
    assert f"action='{school.platform.url}/back'" in page
    token = re.search(r"name='JWT' value='([^']+)'", page)
    assert token
    told = school.platform.verified(token[1], school.platform.url)
    assert told[f"{LTI}message_type"] == "LtiDeepLinkingResponse"
    assert (told["iss"], told[f"{LTI}deployment_id"], told[f"{DEEP}data"]) == (
        "tool-1", "d1", "csrf-7")  # fmt: skip
    (item,) = told[f"{DEEP}content_items"]
    assert item["type"] == "ltiResourceLink" and item["custom"] == {"course": "oil"}
    assert item["url"] == "https://school.example/w/school/lti/launch?course=oil"
    assert item["lineItem"]["scoreMaximum"] == 100.0
    again = school.nobody.ask("POST", "/w/school/lti/link", form, {"Content-Type": FORM})
    assert again.code == "bad_launch"


def test_a_launch_whose_claims_are_wrong_is_refused(school: LtiSchool) -> None:
    now = int(time.time())
    evil = "https://evil.example"
    for wrong in (
        {"iss": evil}, {"aud": "other"}, {"aud": ["tool-1", "other"]},
        {"aud": ["tool-1", "other"], "azp": "other"}, {"exp": now - 100}, {"exp": None},
        {"iat": now - 2_000}, {"iat": now + 500}, {"nonce": "x"}, {"sub": ""}, {"sub": None},
        {f"{LTI}version": "1.1"}, {f"{LTI}deployment_id": "d2"}, {f"{LTI}message_type": "x"},
        {f"{LTI}resource_link": None},
        {"https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
            "scope": ["https://purl.imsglobal.org/spec/lti-ags/scope/score"],
            "lineitem": f"{evil}/x"}},
        school.platform.linking(deep_link_return_url=f"{evil}/back"),
        school.platform.linking(accept_types=["file"]),
    ):  # fmt: skip
        said = school.opened(**wrong)
        assert (said.status, said.code) == (422, "bad_launch"), wrong
    assert school.opened(**{f"{LTI}custom": {"course": "none"}}).status == 404


def test_a_launch_that_is_forged_or_stolen_is_refused(school: LtiSchool) -> None:
    asked, cookie = school.login()
    claims = school.platform.claims(asked["nonce"])
    token = school.platform.sign(claims)
    other = rsa.generate_private_key(65_537, 2_048)
    _, stolen = school.login()
    for sent, state, mark in (
        (school.platform.sign(claims, other), asked["state"], cookie),
        (school.platform.sign(claims, kid="k9"), asked["state"], cookie),
        (jwt.encode(claims, "", "none"), asked["state"], cookie),
        (token[:-5], asked["state"], cookie), ("", asked["state"], cookie),
        (token, asked["state"], ""), (token, asked["state"], stolen),
        (token, asked["state"][:-1], cookie), (token, "", cookie), (token, "x.y", cookie),
    ):  # fmt: skip
        assert school.launch(sent, state, mark).code == "bad_launch", (sent, state, mark)
    assert school.launch(token, asked["state"], cookie).status == 200


FRAMED = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Mode": "navigate"}


def test_a_course_in_a_frame_opens_in_a_window_of_its_own(school: LtiSchool) -> None:
    asked, cookie = school.login()
    token = school.platform.sign(school.platform.claims(asked["nonce"]))
    said = school.launch(token, asked["state"], cookie, **FRAMED)
    found = re.search(r"action='open' target='_blank'.*name='ticket' value='([^']+)'",
                      said.body.decode())  # fmt: skip
    assert found and 'data-ticket=""' in said.body.decode()
    port = urlsplit(school.platform.url).port
    policy = said.headers["content-security-policy"]
    assert f"frame-ancestors http://127.0.0.1:{port}" in policy
    form = urlencode({"ticket": found[1]}).encode()

    def open_window(site: str) -> Reply:
        headers = {"Content-Type": FORM, "Sec-Fetch-Site": site}
        return school.nobody.ask("POST", "/w/school/lti/open", form, headers)

    assert open_window("cross-site").code == open_window("none").code == "bad_launch"
    opened = open_window("same-origin")
    assert "frame-ancestors 'none'" in opened.headers["content-security-policy"]
    hal = school.learner("hal")
    assert take(school, hal, opened).status == 200
    assert open_window("same-origin").code == "bad_launch"


def test_a_frame_without_its_cookie_leads_to_a_window_where_the_launch_begins_anew(
    school: LtiSchool,
) -> None:
    asked, _ = school.login()
    token = school.platform.sign(school.platform.claims(asked["nonce"]))
    said = school.launch(token, asked["state"], "", **FRAMED)
    found = re.search(r"href='(login[?][^']+)' target='_blank'", said.body.decode())
    assert found
    again = school.nobody.get(f"/w/school/lti/{html.unescape(found[1])}")
    assert again.status == 302
    query = parse_qs(urlsplit(again.headers["location"]).query)
    assert (query["login_hint"], query["lti_message_hint"]) == (["u"], ["m"])


def test_what_goes_wrong_in_a_browser_is_told_by_a_page(school: LtiSchool) -> None:
    headers = {"Content-Type": FORM, "Sec-Fetch-Mode": "navigate"}
    said = school.nobody.ask("POST", "/w/school/lti/launch", b"state=%3Cb%3E.", headers)
    assert (said.status, said.headers["content-type"]) == (422, "text/html; charset=utf-8")
    text = said.body.decode()
    assert "This launch is not valid: it was not begun here." in text and "<b>" not in text


def test_two_courses_may_be_opened_at_once(school: LtiSchool) -> None:
    first, cookie = school.login()
    query = school.platform.login_query()
    said = school.nobody.ask("GET", f"/w/school/lti/login?{query}", None, {"Cookie": cookie})
    assert said.headers["set-cookie"].partition(";")[0] == cookie
    token = school.platform.sign(school.platform.claims(first["nonce"]))
    assert school.launch(token, first["state"], cookie).status == 200


def test_what_a_platform_calls_someone_and_whether_they_teach_is_read() -> None:
    roles = f"{LTI}roles"
    of = "http://purl.imsglobal.org/vocab/lis/v2/"
    platform = LtiServer()
    url = platform.url
    known = Registration(url, "tool-1", ("d1",), f"{url}/auth", f"{url}/token", f"{url}/keys")
    for more, name, teaches in (
        ({}, "", False),
        ({"name": " Ann "}, "Ann", False),
        ({"name": 7}, "", False),
        ({"given_name": "Ann", "family_name": "Lee"}, "Ann Lee", False),
        ({"name": "x" * 1_000}, "x" * LIMITS.name_characters_max, False),
        ({roles: [f"{of}membership#Instructor"]}, "", True),
        ({roles: ["Instructor"]}, "", True),
        ({roles: [f"{of}membership#Learner"]}, "", False),
        ({roles: "Instructor"}, "", False),
        ({roles: [f"{of}institution/person#Instructor", 7, None]}, "", False),
    ):
        claims = {**platform.claims("n"), **more}
        opened = read_launch(claims, known, "n", time.time_ns() // 1_000, f"{url}/w/school/lti")
        assert (opened.name, opened.teaches) == (name, teaches), more
    platform.stop()


KNOWN = Registration(
    "https://lms.example", "t", ("d",), "https://lms.example/a", "https://lms.example/t",
    "https://lms.example/k", also=("https://school.lms.example/",),
)  # fmt: skip


def came(school: LtiSchool, browser: Browser, person: str, **more: Any) -> tuple[Browser, str]:
    """Let a platform's person come by a browser; return it as it is then, and whose it is."""
    said = take(school, browser, school.opened(sub=person, **more))
    assert said.status == 200, said.body
    cookie = said.headers.get("set-cookie", "").partition(";")[0]
    after = Browser(browser.url, {"Cookie": cookie}) if cookie else browser
    return after, after.get("/api/auth/me").json["account"]


def test_a_platforms_person_comes_back_to_their_account_from_every_browser(
    school: LtiSchool,
) -> None:
    first, account = came(school, school.site.guest(), "ida", name="Ida Night")
    assert first.get("/api/auth/me").json["name"] == "Ida Night"
    school.master(first)
    elsewhere, again = came(school, school.site.guest(), "ida")
    assert again == account
    assert school.badges(account, 1)
    _, other = came(school, school.site.guest(), "jon")
    assert other != account
    assert came(school, elsewhere, "ida")[0] is elsewhere, "who is there already stays"


def test_on_a_computer_of_many_nobody_learns_in_anothers_name(school: LtiSchool) -> None:
    shared, kim = came(school, school.site.guest(), "kim")
    shared, lou = came(school, shared, "lou")
    assert lou != kim
    shared, again = came(school, shared, "kim")
    assert again == kim
    school.platform.scores.clear()
    school.master(shared)
    wait(lambda: school.platform.scores)
    assert [one["userId"] for one in school.platform.scores] == ["kim"]


def test_a_platform_opens_no_account_that_was_made_without_it_or_may_do_more(
    school: LtiSchool,
) -> None:
    mia = school.site.guest()
    account = mia.get("/api/auth/me").json["account"]
    school.owner.act("school", "grant", account=account, role="builder")
    assert came(school, mia, "mia")[1] == account, "their own browser goes on as they are"
    assert came(school, school.site.guest(), "mia")[1] != account
    _, ned = came(school, school.site.guest(), "ned")
    assert came(school, school.site.guest(), "ned")[1] == ned
    school.owner.act("school", "grant", account=ned, role="builder")
    assert came(school, school.site.guest(), "ned")[1] != ned


def test_who_was_forgotten_comes_as_someone_new(school: LtiSchool) -> None:
    browser, account = came(school, school.site.guest(), "oda")
    assert browser.post("/api/auth/forget").status == 200
    assert came(school, school.site.guest(), "oda")[1] != account


def test_no_platform_makes_owners() -> None:
    for role in ("owner", Role.OWNER, Role.RECORDS):
        with pytest.raises(Misused):
            Lti(KNOWN, teachers=role)


def test_another_name_of_the_platform_is_its_own() -> None:
    assert origin_of("https://school.lms.example/courses/1") in KNOWN.origins


def test_pages_of_a_launch_may_run_what_is_ours_alone(school: LtiSchool) -> None:
    policy = school.opened().headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'sha256-" in policy
    assert school.nobody.get("/w/school/lti/launch").status == 405
