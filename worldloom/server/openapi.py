"""The description of the HTTP interface that programs read."""

from __future__ import annotations

from typing import Any

from worldloom.server.openapi_agents import agents
from worldloom.server.openapi_parts import BINARY, ERROR, SECURITY, TEXT, WORLD
from worldloom.server.openapi_parts import choice as _choice
from worldloom.server.openapi_parts import in_path as _path
from worldloom.server.openapi_parts import json_body as _json_body
from worldloom.server.openapi_parts import number as _number
from worldloom.server.openapi_parts import operation as _operation
from worldloom.server.openapi_people import people
from worldloom.server.starters import STARTERS


def _coming() -> dict[str, Any]:
    """Describe how worlds come in from files, and what goes on outside."""
    names = tuple({"name": name, "in": "query", "schema": TEXT} for name in ("name", "world"))
    return {
        "/api/worlds/import": {
            "post": _operation(
                "importWorld",
                "A world out of a .loom file, which is the body (owner): its name,"
                " and which one of the file",
                "{name, world, seq, root, state_hash, assets, visibility}",
                parameters=names,
                body={"application/octet-stream": BINARY},
                status=201,
                refusals=(401, 403, 404, 409, 413, 422, 429, 503),
            )
        },
        "/api/worlds/{world}/requests/{seq}": {
            "get": _operation(
                "getRequest",
                "How far something long is that was asked of the outside",
                "{seq, state (waiting, done, failed, settled), done, total, text, answer}",
                parameters=(WORLD, _path("seq", "The request's seq, from the action's answer.")),
            ),
            "delete": _operation(
                "cancelRequest",
                "Take it back, if it is not answered yet",
                "The same.",
                parameters=(WORLD, _path("seq", "The request's seq, from the action's answer.")),
                refusals=(401, 403, 404, 422, 429, 503),
            ),
        },
    }


def _worlds() -> dict[str, Any]:
    starter = {"enum": list(STARTERS)}
    told = {"name": TEXT, "title": TEXT, "public": {"type": "boolean"}, "starter": starter}
    new = _json_body(told, ("name",))
    return {
        "/api/worlds": {
            "get": _operation(
                "listWorlds", "List worlds",
                "{worlds: [{name, title, seq, visitors, lineage, visibility, role, mine, picture}],"
                " first}",
                refusals=(401,),
            ),
            "post": _operation(
                "createWorld", "Make a world (owner)", "{name, title, seq}",
                body=new, status=201, refusals=(401, 403, 409, 422),
            ),
        },
        "/api/worlds/{world}": {
            "get": _operation(
                "getWorld", "Where a world stands; the answer is proof of its history",
                "{name, title, visibility, capacity, roles, seq, head, root, state_hash, visitors,"
                " adapters, lineage: [{world, seq, root, by}], vkey}",
                parameters=(WORLD,),
            )
        },
        "/api/worlds/{world}/state": {
            "get": _operation(
                "getState",
                "The state, now or at a seq; `Accept: application/vnd.msgpack`: as a snapshot",
                "{seq, state_hash, entities}",
                parameters=(WORLD, _number("seq", "Rounded down to a whole group.")),
                refusals=(401, 403, 404, 422),
            )
        },
        "/api/worlds/{world}/events": {
            "get": _operation(
                "listEvents", "Records in order; `Accept: text/event-stream` follows live",
                "{records: [{seq, group, time, actor, cause, kind, version, data, hash}]}",
                parameters=(
                    WORLD, _number("after", "The last seq that is known.", 0),
                    _number("limit", "How many at most; fewer where they are large.", 100),
                ),
                refusals=(401, 403, 404, 422, 429),
            )
        },
    }  # fmt: skip


def _actions() -> dict[str, Any]:
    return {
        "/api/worlds/{world}/actions": {
            "get": _operation(
                "listActions", "What the caller may do",
                "{actions: [{name, doc, role, cost, approval, confirm, long, schema, refused?}]}",
                parameters=(
                    WORLD,
                    {"name": "all", "in": "query",
                     "schema": {"type": "integer", "minimum": 0, "maximum": 1},
                     "description": "1: every action; `refused` says why one is not allowed."},
                ),
                refusals=(401, 403, 404, 422),
            )
        },
        "/api/worlds/{world}/openapi.json": {
            "get": _operation(
                "describeWorld",
                "The world's actions, each as an operation of its own: types, defaults, cost",
                "OpenAPI 3.1.", parameters=(WORLD,), refusals=(401, 403, 404),
            )
        },
        "/api/worlds/{world}/actions/{action}": {
            "post": _operation(
                "doAction",
                "Do an action; answers when it is durable, 202 where an agent's waits for a person",
                "{seq, result}",
                parameters=(
                    WORLD, _path("action", "The action's name."),
                    {"name": "Idempotency-Key", "in": "header", "schema": TEXT,
                     "description": "The same key gets the same answer for 24 hours."},
                    {"name": "dry_run", "in": "query",
                     "schema": {"type": "integer", "minimum": 0, "maximum": 1},
                     "description": "1: decide it and change nothing."},
                ),
                body=_json_body({}),
                refusals=(401, 403, 404, 409, 413, 422, 429, 503),
            )
        },
    }  # fmt: skip


def _turning(name: str, text: str) -> dict[str, Any]:
    group = {"type": "integer", "minimum": 1}
    return {
        "post": _operation(
            f"{name}World", text,
            "{seq, result: {group, restored, kept, more}}; kept is what others changed since.",
            parameters=(WORLD,), body=_json_body({"by": TEXT, "group": group}, ()),
            refusals=(401, 403, 404, 409, 413, 422, 429, 503),
        )
    }  # fmt: skip


def _forks() -> dict[str, Any]:
    return {
        "/api/worlds/{world}/undo": _turning(
            "undo", "Undo what you did last, what account `by` did, or one group by its first seq"
        ),
        "/api/worlds/{world}/redo": _turning("redo", "Do again what was undone"),
        "/api/worlds/{world}/fork": {
            "post": _operation(
                "forkWorld", "Make a world that continues this one after a seq; it is the caller's",
                "{world, seq, parent, url}; seq is rounded down to a whole group.",
                parameters=(WORLD,),
                body=_json_body(
                    {"name": TEXT, "seq": {"type": "integer", "minimum": 0}, "title": TEXT},
                    ("name",),
                ),
                status=201, refusals=(401, 403, 404, 409, 413, 422, 429, 503),
            )
        },
    }  # fmt: skip


def _tables() -> dict[str, Any]:
    return {
        "/api/worlds/{world}/tables": {
            "get": _operation(
                "listTables", "Tables that the world keeps of its events",
                "{tables: [{name, doc, key, columns}]}", parameters=(WORLD,),
            )
        },
        "/api/worlds/{world}/tables/{table}": {
            "get": _operation(
                "readTable", "Rows in order of the key; `column=value` chooses",
                "{seq, rows: [{column: value}], next?, stopped?}",
                parameters=(
                    WORLD, _path("table", "The table's name."),
                    {"name": "after", "in": "query", "schema": TEXT,
                     "description": "The `next` of the page before."},
                    _number("limit", "How many rows at most.", 1000),
                ),
                refusals=(401, 403, 404, 422),
            )
        },
    }  # fmt: skip


def _recordings() -> dict[str, Any]:
    return {
        "/api/worlds/{world}/recordings": {
            "get": _operation(
                "listRecordings", "Stretches of recorded motion, of those who consented",
                "{recordings: [{id, first_seq, last_seq, start_us, end_us, people, frames}]}",
                parameters=(WORLD,),
            )
        },
        "/api/worlds/{world}/recordings/{id}": {
            "get": _operation(
                "getRecording", "Everyone's way through a recording, without forgotten people",
                "{id, start_us, tracks: [{visitor, name, looks, t_ms, x, y, z, heading, "
                "animation}]}; where a headset was worn, limbs as well: "
                "[head, left, right], each [x, y, z, qx, qy, qz, qw, grip] or null",
                parameters=(WORLD, _path("id", "The recording's id, from the list.")),
            )
        },
        "/api/worlds/{world}/reports": {
            "get": _operation(
                "listReports", "What was reported here, for those who may moderate; newest first",
                "{reports: [{seq, time, since, first, by, account, visitor, name, reason, "
                "banned_until, recording}]}",
                parameters=(WORLD,), refusals=(401, 403, 404),
            )
        },
        "/api/worlds/{world}/telemetry": {
            "get": _operation(
                "listSeries", "Series of measured numbers",
                "{series: [{series, unit, count, first, last, min, max, chunks}]}",
                parameters=(WORLD,),
            )
        },
        "/api/worlds/{world}/telemetry/{series}": {
            "get": _operation(
                "readSeries", "A series over a span of time, as equal spans",
                "{series, unit, from, to, t_us, min, max, mean, count}: columns, one row a span",
                parameters=(
                    WORLD, _path("series", "The series' name."),
                    _number("from", "UTC microseconds; default: the first sample."),
                    _number("to", "UTC microseconds, included; default: the last sample."),
                    _number("points", "How many spans at most.", 500),
                ),
                refusals=(401, 403, 404, 413, 422, 503),
            )
        },
    }  # fmt: skip


def _proofs() -> dict[str, Any]:
    return {
        "/api/worlds/{world}/checkpoint": {
            "get": _operation(
                "getCheckpoint", "The signed head of the log (c2sp.org/tlog-checkpoint)",
                "A signed note.", parameters=(WORLD,), media="text/plain",
            )
        },
        "/api/worlds/{world}/proof/{seq}": {
            "get": _operation(
                "proveRecord",
                "Proof that a record stands in the log; `Accept: text/plain`: c2sp.org/tlog-proof",
                "{proof, world, seq, index, hash, before, body, redacted, size, root, path,"
                " checkpoint, vkey}",
                parameters=(
                    WORLD, _path("seq", "The record's seq, from 1."),
                    _number("size", "The log's length that is proved to; default: all of it."),
                ),
                refusals=(401, 403, 404, 422, 503),
            )
        },
        "/api/worlds/{world}/proof": {
            "get": _operation(
                "proveGrowth", "Proof that the log continues what it was at an earlier length",
                "{proof, world, from: {size, root}, to: {size, root}, path, checkpoint, vkey}",
                parameters=(
                    WORLD,
                    {**_number("from", "The earlier length."), "required": True},
                    _number("to", "The later length; default: all of it."),
                ),
                refusals=(401, 403, 404, 422, 503),
            )
        },
    }  # fmt: skip


def _pages() -> dict[str, Any]:
    html = "text/html"
    return {
        "/": {"get": _operation("frontPage", "The front page", "HTML.", media=html, refusals=())},
        "/w/{world}": {
            "get": _operation(
                "enter", "Enter a world", "HTML.", parameters=(WORLD,), media=html, refusals=(404,)
            )
        },
        "/w/{world}/text": {
            "get": _operation(
                "inWords",
                "A world in words, with working controls",
                "HTML.",
                parameters=(WORLD,),
                media=html,
                refusals=(401, 403, 404),
            )
        },
        "/openapi.json": {
            "get": _operation("describe", "This description", "OpenAPI 3.1.", refusals=())
        },
    }


def _others() -> dict[str, Any]:
    return {
        "/api/realm/import": {
            "post": _operation(
                "importWorld", "Bring in a file of the server's machine; its command line asks",
                "{world, seq, root, state_hash, assets, visibility}",
                body=_json_body({"path": TEXT, "world": TEXT, "name": TEXT}, ("path",)), status=201,
                refusals=(401, 403, 404, 409, 422),
            )
        },
        "/api/assets": {
            "post": _operation(
                "uploadAsset",
                "Keep a model, an image or a sound: the body is the file; `as=avatar`: a VRM to"
                " wear, `allowed=yes`: its licence allows it to the uploader",
                "{sha256, media, bytes, url}; of an avatar also {avatar: {version, height_m,"
                " triangles, joints, expressions, licence}}",
                status=201,
                parameters=(_choice("as", "avatar"), _choice("allowed", "yes")),
                body={"model/gltf-binary": BINARY, "image/*": BINARY, "audio/*": BINARY},
                refusals=(401, 403, 409, 413, 422, 429),
            )
        },
        "/assets/{sha256}": {
            "get": _operation(
                "getAsset", "An asset; it never changes", "The bytes.", media="*/*",
                parameters=(_path("sha256", "In hex."),), refusals=(404,),
            )
        },
        "/api/invite.svg": {
            "get": _operation(
                "invitation", "The address of a page as a QR code; query: path=/w/plaza",
                "An SVG picture.", media="image/svg+xml", refusals=(422,),
            )
        },
        "/healthz": {"get": _operation("healthz", "The process lives", "ok", refusals=())},
        "/readyz": {
            "get": _operation(
                "readyz", "Worlds can be entered; which cannot, and why by its code",
                "ready, and a line for each world that cannot be entered.", refusals=(503,),
            )
        },
        "/metrics": {
            "get": _operation(
                "metrics", "Prometheus", "Text form 0.0.4.", media="text/plain", refusals=()
            )
        },
        "/w/{world}/live": {
            "get": _operation(
                "live", "The live socket: WebSocket, subprotocol worldloom.2; see the wire's page",
                "Switching protocols.", status=101, parameters=(WORLD,), refusals=(404,),
            )
        },
    }  # fmt: skip


def _doors() -> dict[str, Any]:
    """Describe what kits and worlds open: only the form, as each speaks its own standard."""
    verbs = {"get": "Ask", "put": "Write", "post": "Send", "delete": "Remove"}
    parts = (WORLD, _path("door", "The door's name."), _path("path", "As its standard has it."))
    return {
        "/w/{world}/{door}/{path}": {
            verb: _operation(
                f"{verb}Door",
                f"{said} something at a door of a world; `/{{door}}/{{path}}` leads to the first"
                " world that has it, as `/xapi/` (learning records) to an academy's",
                "As the door's standard has it.", parameters=parts, media="*/*",
                refusals=(400, 401, 403, 404, 409, 413, 422, 429, 503),
            )
            for verb, said in verbs.items()
        }
    }  # fmt: skip


def describe(version: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Worldloom",
            "version": version,
            "description": "Worlds with one log each: read them, follow them, act in them.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": SECURITY["security"],
        "paths": {
            **_pages(),
            **_worlds(),
            **_actions(),
            **_coming(),
            **_forks(),
            **_proofs(),
            **_tables(),
            **_recordings(),
            **people(),
            **agents(),
            **_doors(),
            **_others(),
        },
        "components": {"schemas": {"Error": ERROR}, **SECURITY["components"]},
    }
