"""What a badge says has the standard's form, and any change to it, or to its status, is found."""

from __future__ import annotations

import json
import os
from typing import Any

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worldloom import Invalid, Personal
from worldloom.kits.academy.lms import jose, statuslist
from worldloom.kits.academy.lms.credential import Issuer, claims, credential, status_list
from worldloom.kits.academy.lms.events import BadgeAwarded
from worldloom.kits.academy.lms.jose import BadToken
from worldloom.kits.academy.lms.limits import LMS_LIMITS as LIMITS
from worldloom.kits.academy.lms.verifying import verify_badge

NOW = 1_790_000_000_000_000
SECRET, OTHER = jose.new_key(), jose.new_key()
ISSUER = Issuer("Fire school", "https://school.example", "https://school.example/w/school/badges")
KEY = jose.public_jwk(SECRET, ISSUER.kid)
texts = st.text(min_size=1, max_size=60)
events = st.builds(
    BadgeAwarded, id=st.uuids().map(str), number=st.integers(0, 3 * LIMITS.status_bits),
    learner=texts, course=st.just("oil"), version=st.just("1"), title=texts, text=texts,
    skills=st.lists(texts, max_size=4).map(tuple), language=st.just("en"),
    name=st.sampled_from(["?", "Ann", "Åsa 安"]).map(Personal),
)  # fmt: skip


def made(number: int = 7, name: str = "Ann") -> dict[str, Any]:
    event = BadgeAwarded("5f0c", number, "ann", "oil", "1", "Burning oil", "", ("Seeing",), "en",
                         Personal(name))  # fmt: skip
    return credential(event, ISSUER, NOW)


def signed(told: dict[str, Any], secret: bytes = SECRET) -> str:
    return jose.sign(claims(told), secret, ISSUER.kid)


def listed(*places: int, which: int = 0) -> str:
    return signed(status_list(which, places, ISSUER, NOW))


TOKEN = signed(made())


@given(events)
def test_a_badge_has_every_field_that_open_badges_3_requires(event: BadgeAwarded) -> None:
    told = credential(event, ISSUER, NOW)
    assert told["@context"][0] == "https://www.w3.org/ns/credentials/v2"
    assert told["@context"][1].startswith("https://purl.imsglobal.org/spec/ob/v3p0/context")
    assert {"VerifiableCredential", "OpenBadgeCredential"} <= set(told["type"])
    assert {"id", "issuer", "validFrom", "credentialSubject"} <= told.keys()
    assert told["issuer"]["id"].startswith("https://") and "Profile" in told["issuer"]["type"]
    subject = told["credentialSubject"]
    assert "AchievementSubject" in subject["type"] and subject["id"].startswith("urn:uuid:")
    achieved = subject["achievement"]
    assert "Achievement" in achieved["type"]
    assert achieved["id"] and achieved["name"] and achieved["description"]
    assert achieved["criteria"]["narrative"]
    for one in subject.get("identifier", ()):
        assert one.keys() == {"type", "identityType", "identityHash", "hashed"}
    status = told["credentialStatus"]
    assert status["type"] == "BitstringStatusListEntry" and status["statusPurpose"] == "revocation"
    assert int(status["statusListIndex"]) < LIMITS.status_bits


@pytest.mark.skipif("OB3_SCHEMA" not in os.environ, reason="its licence keeps it out of here")
def test_a_badge_validates_against_the_schema_of_1edtech() -> None:
    import jsonschema_rs

    with open(os.environ["OB3_SCHEMA"], encoding="utf-8") as file:
        jsonschema_rs.validate(json.load(file), made())


@settings(max_examples=20, deadline=None)
@given(events)
def test_two_verifiers_read_the_same_and_the_bytes_are_the_same_each_time(
    event: BadgeAwarded,
) -> None:
    told = credential(event, ISSUER, NOW)
    token = signed(told)
    assert token == signed(told)
    ours = verify_badge(token, KEY, NOW)
    theirs = jwt.decode(token, jwt.PyJWK(KEY), algorithms=["RS256"],
                        options={"verify_nbf": False, "verify_sub": False})  # fmt: skip
    assert ours == theirs == {**told, **{name: ours[name] for name in ("iss", "jti", "nbf", "sub")}}


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("ABab01-_.=+ é"))
def test_any_changed_character_fails(at: int, letter: str) -> None:
    changed = TOKEN[:at] + letter + TOKEN[at + 1 :]
    if changed != TOKEN:
        with pytest.raises(Invalid) as caught:
            verify_badge(changed, KEY, NOW)
        assert caught.value.code == "bad_badge"


def test_every_single_last_letter_fails_though_it_stands_for_the_same_bytes() -> None:
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        if letter != TOKEN[-1]:
            with pytest.raises(Invalid):
                verify_badge(TOKEN[:-1] + letter, KEY, NOW)


@pytest.mark.parametrize("name", ["iss", "sub", "jti", "nbf", "exp"])
def test_claims_that_do_not_agree_with_the_badge_fail_though_they_are_signed(name: str) -> None:
    told = {**claims(made()), name: 12 if name in ("nbf", "exp") else "https://other.example"}
    with pytest.raises(Invalid, match=name):
        verify_badge(jose.sign(told, SECRET, ISSUER.kid), KEY, NOW)


def test_a_badge_of_another_key_of_another_time_or_of_no_signature_fails() -> None:
    for token in (signed(made(), OTHER), _unsigned(), "", "a.b", "a.b.c", "é.é.é", "." * 9,
                  "x" * (LIMITS.token_bytes_max + 1)):  # fmt: skip
        with pytest.raises(Invalid):
            verify_badge(token, KEY, NOW)
    with pytest.raises(Invalid, match="not valid yet"):
        verify_badge(TOKEN, KEY, NOW - 10_000_000)
    with pytest.raises(Invalid, match="no OpenBadgeCredential"):
        verify_badge(listed(), KEY, NOW)
    ended = {**made(), "validUntil": "2026-09-21T14:13:21Z"}
    ended_claims = {**claims(ended), "exp": 1_790_000_001}
    token = jose.sign(ended_claims, SECRET, ISSUER.kid)
    verify_badge(token, KEY, NOW)
    with pytest.raises(Invalid, match="ended"):
        verify_badge(token, KEY, NOW + 1_000_000)


def _unsigned() -> str:
    head = jose.to_base64url(b'{"alg":"none"}')
    return f"{head}.{TOKEN.split('.')[1]}."


BAD_KEYS: tuple[dict[str, Any], ...] = (
    {}, {"kty": "EC"}, {"kty": "RSA", "n": "AQ", "e": "AQAB"},
    {**KEY, "n": 5}, {**KEY, "e": "Ag"}, {**KEY, "n": KEY["n"][:-4]},
)  # fmt: skip


@pytest.mark.parametrize("key", BAD_KEYS)
def test_a_key_that_is_none_is_refused(key: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        verify_badge(TOKEN, key, NOW)


def test_a_revoked_badge_shows_as_revoked_and_its_neighbours_do_not() -> None:
    verify_badge(TOKEN, KEY, NOW, listed(6, 8))
    with pytest.raises(Invalid, match="revoked"):
        verify_badge(TOKEN, KEY, NOW, listed(7))
    later = signed(made(LIMITS.status_bits + 3))
    verify_badge(later, KEY, NOW, listed(which=1))
    with pytest.raises(Invalid, match="revoked"):
        verify_badge(later, KEY, NOW, listed(3, which=1))


def test_a_status_list_that_is_another_forged_or_for_something_else_is_refused() -> None:
    other = status_list(0, (), ISSUER, NOW)
    other["credentialSubject"]["statusPurpose"] = "suspension"
    for status in (listed(which=1), signed(status_list(0, (), ISSUER, NOW), OTHER), TOKEN, "",
                   signed(other)):  # fmt: skip
        with pytest.raises(Invalid):
            verify_badge(TOKEN, KEY, NOW, status)


@settings(max_examples=50, deadline=None)
@given(st.sets(st.integers(0, LIMITS.status_bits - 1), max_size=30), st.integers(0, 131_071))
def test_a_status_list_has_the_bits_that_were_set_and_no_others(places: set[int], at: int) -> None:
    encoded = statuslist.encode(places)
    assert statuslist.is_set(encoded, at) == (at in places)
    assert all(statuslist.is_set(encoded, one) for one in places)
    assert encoded == statuslist.encode(sorted(places))


def test_the_empty_list_of_the_standard_is_read() -> None:
    """Bitstring Status List 1.0, the encodedList of its example credential (section 3)."""
    example = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"
    assert not any(statuslist.is_set(example, at) for at in range(0, 131_072, 997))


@pytest.mark.parametrize("encoded", ["", "u", "x", "uAAAA", "uH4sI", "u====", "zH4sIAAAA"])
def test_what_is_no_list_is_refused(encoded: str) -> None:
    with pytest.raises(BadToken):
        statuslist.is_set(encoded, 0)


def test_a_list_that_unpacks_to_a_mountain_is_refused_without_unpacking_it() -> None:
    import gzip

    bomb = "u" + jose.to_base64url(gzip.compress(bytes(50_000_000), mtime=0))
    with pytest.raises(BadToken, match="too long"):
        statuslist.is_set(bomb, 0)
