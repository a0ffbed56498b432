"""The academy's facts. Whoever learns can be forgotten: what tells of them is sealed."""

from __future__ import annotations

from worldloom import Event, Personal


class StatementKept(Event, name="academy.StatementKept", private=True):
    """A learning record was kept: an xAPI statement as JSON, without `stored` and `authority`.

    The record's time is when it was stored. `authority` is the account that said it, empty for the
    academy itself. `files` are (sha2, asset's sha256) of attachments that are kept here.
    """

    id: str
    statement: Personal[str]
    version: str = "1.0.3"
    authority: str = ""
    files: tuple[tuple[str, str], ...] = ()


class DocumentKept(Event, name="academy.DocumentKept", private=True):
    """A learning program's document was kept: state of an activity, or a profile.

    `of` is the JSON of what it belongs to; `before` the ETag of what it replaces, if anything.
    Content that is too long for a record is in the asset.
    """

    of: Personal[str]
    media: str
    etag: str
    content: Personal[bytes]
    asset: str = ""
    before: str = ""


class DocumentDropped(Event, name="academy.DocumentDropped", private=True):
    """A document was deleted."""

    of: Personal[str]
    before: str


class NotForwarded(Event, name="academy.NotForwarded", private=True):
    """An outside record store will not take a statement: it is kept here all the same."""

    id: str
    store: str
    status: str
    """What it answered."""
