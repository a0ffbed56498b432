"""What counts as a bug: anything but an answer, or a refusal in the one form."""

from __future__ import annotations

import json
import re

CODE = re.compile(r"[a-z][a-z0-9_]*").fullmatch


class Bug(AssertionError):
    """A door let something through, broke, or said what nobody understands."""


def check_error(error: object) -> None:
    """Take an error of the one form: a code, a message, what to do."""
    if not isinstance(error, dict) or set(error) != {"code", "message", "fix"}:
        raise Bug(f"an error of another form: {error!r}"[:500])
    if not (isinstance(error["code"], str) and CODE(error["code"]) and error["message"]):
        raise Bug(f"an error without words: {error!r}"[:500])


def check_answer(status: int, body: bytes, page: bool = False) -> None:
    """Take an HTTP answer: done, or refused in the one form; 5xx only where it says wait.

    `page`: it was asked for by a browser, which is refused by a page.
    """
    if status < 400 or page and status < 500 and body.startswith(b"<!doctype html>"):
        return
    try:
        error = json.loads(body)["error"]
    except (ValueError, KeyError, TypeError):
        raise Bug(f"{status} with {body[:300]!r}") from None
    check_error(error)
    if status >= 500 and status != 503:
        raise Bug(f"{status}: {error}")


def check_told(code: int, out: str, err: str) -> None:
    """Take the end of a command: 0, or 1 and 2 with `message [code]` and a fix."""
    if "Traceback" in err or "Traceback" in out:
        raise Bug(f"a stack trace: {err[-500:]}")
    if code not in (0, 1, 2):
        raise Bug(f"exit code {code}")
    if code and not re.search(r"\[[a-z][a-z0-9_]*\]\n  fix: ", err) and "usage:" not in out:
        raise Bug(f"exit {code} without code and fix: {err[-500:]!r}")
