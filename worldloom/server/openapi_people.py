"""The description of what is about people: signing in, profiles, tokens, being forgotten."""

from __future__ import annotations

from typing import Any

from worldloom.kernel.limits import LIMITS
from worldloom.kernel.rights import Role
from worldloom.server.openapi_parts import BINARY, TEXT, WORLD, in_path, json_body, operation

ME = (
    "{account, name, role, guest, kept, avatar, profile, passkeys: [{id, label, made}],"
    " organisation: whose people sign in at /api/auth/oidc, if any}"
)
CREDENTIAL = {"type": "object", "description": "A PublicKeyCredential as JSON (WebAuthn)."}


def people() -> dict[str, Any]:
    """Return the paths under /api/auth."""
    return {**_persons(), **_passkeys(), **_tokens(), **_devices(), **_invitations()}


def _devices() -> dict[str, Any]:
    texts = {"type": "array", "items": TEXT}
    told = "id, account, public_key, role, scopes, worlds, label, made, budget, spent"
    wish = {"public_key": TEXT, "account": TEXT, "role": TEXT, "scopes": texts, "worlds": texts,
            "label": TEXT, "budget": {"type": "integer"}}  # fmt: skip
    asked = {"device": TEXT, "time": {"type": "integer"}, "nonce": TEXT, "signature": TEXT}
    return {
        "/api/auth/oidc": {
            "get": operation(
                "beginOidc", "Lead to the sign-in of the organisation (`loom run --oidc`)",
                "A redirection.", status=302, media="text/plain", refusals=(404, 503),
                parameters=(
                    {"name": "then", "in": "query", "schema": TEXT,
                     "description": "A question of OAuth on this server, to be led back to."},
                ),
            )
        },
        "/api/auth/oidc/callback": {
            "get": operation(
                "endOidc", "Where the organisation's sign-in leads back to; query: code, state",
                "A redirection to what asked for it, or to the front page.",
                status=303, media="text/plain", refusals=(401, 404, 429, 503),
            )
        },
        "/api/auth/export": {
            "get": operation(
                "exportAccount", "All that is kept of the caller: account, deeds and files",
                "A ZIP.", media="application/zip", refusals=(401, 429),
            )
        },
        "/api/auth/devices": {
            "get": operation(
                "listDevices", "Your machines, or as the realm's owner those of `account`",
                f"{{devices: [{{{told}}}]}}", refusals=(401, 403),
            ),
            "post": operation(
                "addDevice", "Let a machine with an Ed25519 key ask for tokens", f"{{{told}}}",
                body=json_body(wish, ("public_key",)), status=201,
                refusals=(401, 403, 409, 413, 422),
            ),
        },
        "/api/auth/devices/token": {
            "post": operation(
                "deviceToken", "A token for an hour, for what a machine's key signed",
                "{token, expires}", body=json_body(asked, tuple(asked)), status=201,
                refusals=(401, 422, 429),
            )
        },
        "/api/auth/devices/{id}": {
            "patch": operation(
                "setDeviceBudget", "Let a machine spend so much in all, from its next deed on",
                f"{{{told}}}", body=json_body({"budget": {"type": "integer"}}, ("budget",)),
                parameters=(in_path("id", "The device's id, from the list."),),
                refusals=(401, 403, 404, 422),
            ),
            "delete": operation(
                "dropDevice", "Let a machine in no more: its token ends at once", "{}",
                parameters=(in_path("id", "The device's id, from the list."),),
                refusals=(401, 403, 404),
            )
        },
    }  # fmt: skip


USES = f"How often it may be used; 0: {LIMITS.invitation_uses_max} times."


def _invitations() -> dict[str, Any]:
    told = "id, role, by, uses, used, expires, made"
    wish = {
        "role": TEXT,
        "uses": {"type": "integer", "description": USES},
        "seconds": {"type": "number"},
    }
    return {
        "/api/worlds/{world}/invitations": {
            "get": operation(
                "listInvitations", "A world's invitations (owner)",
                f"{{invitations: [{{{told}}}]}}",
                parameters=(WORLD,),
            ),
            "post": operation(
                "invite", "Make a link that gives who opens it a role here (owner)",
                f"{{{told}, url}}: the secret is told this once", parameters=(WORLD,),
                body=json_body(wish), status=201, refusals=(401, 403, 404, 413, 422),
            ),
        },
        "/api/worlds/{world}/invitations/{id}": {
            "delete": operation(
                "uninvite", "Take an invitation back (owner)", "{}",
                parameters=(WORLD, in_path("id", "The invitation's id, from the list.")),
            )
        },
        "/api/auth/invitations": {
            "post": operation(
                "acceptInvitation", "Take the role that a link gives; the body has its secret",
                "{world}", body=json_body({"invitation": TEXT}, ("invitation",)),
                refusals=(401, 403, 422, 429),
            )
        },
        "/api/worlds/{world}/picture": {
            "get": operation(
                "worldPicture", "The picture of a world, or one drawn by the server",
                "The picture.", parameters=(WORLD,), media="image/*",
                refusals=(302, 401, 403, 404),
            ),
            "put": operation(
                "setWorldPicture", "Keep a small PNG, JPEG or WebP as its picture (builder)",
                "{picture}: its sha256", parameters=(WORLD,), status=201,
                body={"image/*": BINARY}, refusals=(401, 403, 404, 413, 422, 429),
            ),
        },
    }  # fmt: skip


def _persons() -> dict[str, Any]:
    claim = json_body({"claim": TEXT, "again": {"type": "boolean"}}, ("claim",))
    profile = {"name": TEXT, "language": TEXT, "avatar": TEXT, "vrm": TEXT}
    return {
        "/api/auth/me": {
            "get": operation(
                "whoAmI", "Who the caller is; a new guest gets a cookie", ME, refusals=(401,)
            )
        },
        "/api/auth/profile": {
            "put": operation(
                "setProfile", "How the caller wants to be seen: an account's, not a guest's",
                "{name, language, avatar, vrm}", body=json_body(profile),
                refusals=(401, 403, 404, 422, 429),
            )
        },
        "/api/auth/claim": {
            "post": operation(
                "claim", "Become the owner by the link that a fresh realm printed", ME,
                body=claim, refusals=(403, 409, 422, 429),
            )
        },
        "/api/auth/sign-out": {
            "post": operation(
                "signOut", "Forget the cookie; `everywhere`: those of all browsers", "{}",
                body=json_body({"everywhere": {"type": "boolean"}}), refusals=(403, 422),
            )
        },
    }  # fmt: skip


def _passkeys() -> dict[str, Any]:
    made = {"credential": CREDENTIAL, "label": TEXT, "name": TEXT}
    return {
        "/api/auth/passkeys/begin": {
            "post": operation(
                "beginPasskey", "What `navigator.credentials.create` needs, for the caller",
                "PublicKeyCredentialCreationOptions as JSON.", refusals=(401, 403, 409),
            )
        },
        "/api/auth/passkeys": {
            "post": operation(
                "addPasskey", "Keep a passkey that was made: a guest is an account from then on",
                "{account, passkey: {id, label, made}}", body=json_body(made, ("credential",)),
                status=201, refusals=(401, 403, 409, 413, 422, 429),
            )
        },
        "/api/auth/passkeys/challenge": {
            "post": operation(
                "beginSignIn", "What `navigator.credentials.get` needs to bring someone back",
                "PublicKeyCredentialRequestOptions as JSON.", refusals=(403, 409),
            )
        },
        "/api/auth/passkeys/sign-in": {
            "post": operation(
                "signIn", "Come back to the account of a passkey, by its cookie",
                "{account, name}", body=json_body({"credential": CREDENTIAL}, ("credential",)),
                refusals=(401, 403, 409, 422, 429),
            )
        },
        "/api/auth/passkeys/again/begin": {
            "post": operation(
                "beginAgain", "What `navigator.credentials.get` needs for who is signed in",
                "PublicKeyCredentialRequestOptions as JSON.", refusals=(401, 403, 409),
            )
        },
        "/api/auth/passkeys/again": {
            "post": operation(
                "signInAgain", "Show a passkey of one's own again: for some minutes this browser"
                " may do what takes more than its cookie (`sign_in_again`)",
                "{}", body=json_body({"credential": CREDENTIAL}, ("credential",)),
                refusals=(401, 403, 409, 422, 429),
            )
        },
        "/api/auth/passkeys/{id}": {
            "delete": operation(
                "dropPasskey", "Let a passkey open the caller's account no more", "{}",
                parameters=(in_path("id", "The passkey's id, as /api/auth/me lists it."),),
                refusals=(401, 403, 404, 409),
            )
        },
    }  # fmt: skip


def _tokens() -> dict[str, Any]:
    roles = {"type": "string", "enum": [str(role) for role in Role]}
    texts = {"type": "array", "items": TEXT}
    wish = json_body(
        {"account": TEXT, "role": roles, "scopes": texts, "worlds": texts,
         "seconds": {"type": "number"}, "budget": {"type": "integer"},
         "agent": {"type": "boolean"}, "label": TEXT}
    )  # fmt: skip
    told = "id, account, role, scopes, worlds, expires, budget, spent, agent, label, made"
    return {
        "/api/auth/tokens": {
            "get": operation(
                "listTokens", "Your tokens, or as the realm's owner those of `account`",
                f"{{tokens: [{{{told}}}]}}", refusals=(401, 403),
            ),
            "post": operation(
                "makeToken", "Make a token, for yourself or as the realm's owner for an account",
                f"{{{told}, token}}: the secret is told this once",
                body=wish, status=201, refusals=(401, 403, 413, 422),
            ),
        },
        "/api/auth/tokens/{id}": {
            "delete": operation(
                "revokeToken", "Revoke a token: its sockets and streams end at once", "{}",
                parameters=(in_path("id", "The token's id, from the list."),),
                refusals=(401, 403, 404),
            )
        },
        "/api/auth/forget": {
            "post": operation(
                "forget", "Forget a person: yourself, or as the realm's owner another account",
                "{account, worlds, plain}: where they were, and how many records of old hold "
                "plain words of theirs, which are hidden from now on",
                body=json_body({"account": TEXT}), refusals=(401, 403, 404, 422, 503),
            )
        },
    }  # fmt: skip
