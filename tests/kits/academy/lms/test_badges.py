"""Who masters a course gets a badge: others can check it, and it is revoked and forgotten."""

from __future__ import annotations

import json

import jwt
import pytest

from tests.kits.academy.lms.badge_school import BadgeSchool


def test_who_masters_every_skill_gets_one_badge_and_others_none(school: BadgeSchool) -> None:
    ann, ben = school.learner("ann"), school.learner("ben")
    school.do(ben, "begin", course="oil")
    school.master(ann)
    school.master(ann)
    assert school.badges("ann", 1)
    got = [one["data"] for one in school.events("academy.BadgeAwarded")]
    assert [(one["learner"], one["course"]) for one in got] == [("ann", "oil")]
    assert got[0]["skills"] == ["Seeing it", "Acting on it"]


def test_a_course_without_skills_gives_its_badge_to_who_passes(school: BadgeSchool) -> None:
    cid = school.learner("cid")
    school.master(cid, "tour")
    assert school.badge("cid", "tour")


def test_a_verifier_of_others_checks_a_badge_by_what_anyone_can_read(school: BadgeSchool) -> None:
    dan = school.learner("dan")
    school.master(dan)
    id = school.badge("dan")
    said = school.nobody.get(f"/w/school/badges/credentials/{id}")
    assert (said.status, said.headers["content-type"]) == (200, "application/vc+jwt")
    assert "attachment" in said.headers["content-disposition"]
    token = said.body.decode()
    header = jwt.get_unverified_header(token)
    assert header["kid"] == "https://school.example/w/school/badges/key"
    key = jwt.PyJWK(school.nobody.get("/badges/key").json)
    told = jwt.decode(token, key, algorithms=["RS256"])
    assert token == school.nobody.get(f"/w/school/badges/credentials/{id}").body.decode()
    plain = school.nobody.get(f"/w/school/badges/credentials/{id}.json").json
    assert {name: told[name] for name in plain} == plain
    assert told["iss"] == told["issuer"]["id"] and told["jti"] == told["id"]
    assert told["sub"] == told["credentialSubject"]["id"]
    assert told["credentialSubject"]["achievement"]["name"] == "Burning oil"
    issuer = school.nobody.get("/badges/issuer").json
    assert {name: issuer[name] for name in told["issuer"]} == told["issuer"]
    assert school.nobody.get("/badges/keys").json["keys"][0] == school.nobody.get(
        "/badges/key").json  # fmt: skip


def test_a_changed_byte_fails_with_a_verifier_of_others(school: BadgeSchool) -> None:
    eve = school.learner("eve")
    school.master(eve)
    path = f"/badges/credentials/{school.badge('eve')}"
    token = school.nobody.get(path).body.decode()
    key = jwt.PyJWK(school.nobody.get("/badges/key").json)
    at = token.index(".") + 40
    changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
    with pytest.raises(jwt.InvalidTokenError):
        jwt.decode(changed, key, algorithms=["RS256"])


def test_revoking_takes_a_builder_and_shows_in_the_status_list(school: BadgeSchool) -> None:
    fay = school.learner("fay")
    school.master(fay)
    id = school.badge("fay")
    path = "/api/worlds/school/actions/revoke_badge"
    assert fay.post(path, {"badge": id, "reason": "no"}).status == 403
    key = jwt.PyJWK(school.nobody.get("/badges/key").json)

    def bit() -> bool:
        told = jwt.decode(
            school.nobody.get(f"/badges/credentials/{id}").body, key, algorithms=["RS256"]
        )["credentialStatus"]
        where = told["statusListCredential"].replace("https://school.example", "")
        listed = jwt.decode(school.nobody.get(where).body, key, algorithms=["RS256"])
        assert listed["id"] == told["statusListCredential"]
        return _bit(listed["credentialSubject"]["encodedList"], int(told["statusListIndex"]))

    assert not bit()
    school.do(school.owner, "revoke_badge", badge=f"https://x/{id}", reason="a test of it")
    school.do(school.owner, "revoke_badge", badge=id, reason="twice is once")
    assert bit()
    assert len(school.events("academy.BadgeRevoked")) == 1
    assert school.owner.post(path, {"badge": "nothing", "reason": "x"}).status == 404
    school.master(fay)
    again = school.badges("fay", 2)
    assert len(again) == 2 and again[0] == id


def _bit(encoded: str, at: int) -> bool:
    """Look a bit up without any code of ours."""
    import base64
    import gzip

    assert encoded[0] == "u"
    bits = gzip.decompress(base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4)))
    assert len(bits) == 16_384
    return format(bits[at // 8], "08b")[at % 8] == "1"


def test_of_who_is_forgotten_a_badge_tells_nothing_more(school: BadgeSchool) -> None:
    gil = school.learner("gil")
    school.master(gil)
    path = f"/badges/credentials/{school.badge('gil')}"
    assert school.nobody.get(path).status == 200
    assert school.owner.post("/api/auth/forget", {"account": "gil"}).status < 300
    for one in (path, f"{path}.json"):
        said = school.nobody.get(one)
        assert (said.status, said.code) == (410, "forgotten")


def test_what_is_not_there_is_not_there_and_nothing_is_written(school: BadgeSchool) -> None:
    for path in (
        "credentials",
        "nothing",
        "credentials/x",
        "credentials/x.exe",
        "status/x",
        "status/-1",
        "status/999999",
        "credentials/%00",
    ):
        assert school.nobody.get(f"/w/school/badges/{path}").status in (401, 404), path
    assert school.nobody.get("/badges/").status in (401, 404)
    said = school.nobody.post("/badges/key", {})
    assert said.status in (405, 413)
    assert json.loads(said.body)["error"]["code"] in ("wrong_method", "too_large")
