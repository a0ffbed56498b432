"""The limits of the record store, in one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits; each name ends in what it bounds."""

    request_bytes_max: int = 16_777_216
    """Bytes of one request, its attachments included."""
    statement_bytes_max: int = 49_152
    """Bytes of one statement as JSON, without its attachments."""
    statements_max: int = 1_000
    """Statements of one request."""
    depth_max: int = 32
    """How deep the JSON of a statement's extensions may nest."""
    attachments_max: int = 100
    """Attachments of one request."""
    document_bytes_max: int = 8_388_608
    """Bytes of one document of state or profile."""
    document_inline_bytes_max: int = 32_768
    """Bytes of a document that are kept in the log itself; a longer one becomes an asset."""
    name_characters_max: int = 2_000
    """Characters of an IRI, an id of a document, or a part of an agent's identity."""
    page_statements: int = 100
    """Statements of a page where the request names no limit."""
    page_statements_max: int = 500
    """Statements of one page."""
    page_bytes_max: int = 8_388_608
    """Bytes of the statements of one page; what is over it comes with the next."""
    page_files_bytes_max: int = 67_108_864
    """Bytes of the attachments of one page."""
    looked_at_max: int = 20_000
    """Statements that one request looks at to find a page of those that match."""
    facets_max: int = 200
    """Agents and activities of one statement by which it is found."""
    definition_bytes_max: int = 16_384
    """Bytes of what is told of one activity, of all statements about it together."""
    listed_max: int = 1_000
    """Ids of documents in one answer."""


LIMITS: Final = Limits()
"""The limits in force."""
