"""Proofs as files, and how they are checked: offline, with nothing but the file and a key.

A record's leaf is SHA-256(0x00 ‖ hash of the record before ‖ body); the path leads from it to the
root that the realm has signed. Hashes are in hex, as everywhere; the path is in base64.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable

import msgspec
from msgspec import Struct, field

from worldloom.kernel.errors import Invalid, WorldloomError
from worldloom.kernel.hashing import Frontier, verify_consistency, verify_inclusion
from worldloom.kernel.records import hash_of, read
from worldloom.ledger.checkpoints import read_checkpoint
from worldloom.ledger.notes import from_base64, read_vkey, to_base64


class Head(Struct, frozen=True, forbid_unknown_fields=True):
    """A tree: how many records, and the root over them (hex)."""

    size: int
    root: str


class Proof(Struct, frozen=True, forbid_unknown_fields=True, tag_field="proof", kw_only=True):
    """What both kinds of proof have."""

    world: str
    path: tuple[str, ...]
    """Nodes of the tree (base64), lowest first."""
    checkpoint: str
    """The signed head of the tree that the path leads to."""
    vkey: str
    """The key that signed it; whoever checks should know it from elsewhere."""


class Inclusion(Proof, frozen=True, tag="inclusion", kw_only=True):
    """One record stands in the log at its seq."""

    seq: int
    index: int
    """The leaf's number, from 0."""
    hash: str
    """The leaf (hex)."""
    before: str | None = None
    """The hash of the record before (hex)."""
    body: str | None = None
    """The record's bytes (base64)."""
    redacted: bool = False
    """Its content may not be shown: the leaf alone is proved."""
    size: int
    root: str

    def text(self) -> str:
        """Return the same proof in the form of c2sp.org/tlog-proof; the record goes along as extra.

        The extra is the 32 bytes of the hash before and then the body: the leaf's data.
        """
        extra = ""
        if self.before is not None and self.body is not None:
            data = bytes.fromhex(self.before) + (from_base64(self.body) or b"")
            extra = f"extra {to_base64(data)}\n"
        path = "".join(f"{step}\n" for step in self.path)
        return f"c2sp.org/tlog-proof@v1\n{extra}index {self.index}\n{path}\n{self.checkpoint}"


class Consistency(Proof, frozen=True, tag="consistency", kw_only=True):
    """A longer log continues a shorter one."""

    first: Head = field(name="from")
    second: Head = field(name="to")


class Checked(Struct, frozen=True):
    """What a proof proves, and who signed it."""

    kind: str
    world: str
    head: Head
    """The tree that was signed."""
    vkey: str
    sentence: str


def read_proof(data: bytes) -> Inclusion | Consistency:
    """Return a proof's file as it is, unchecked; raises Invalid (`bad_proof`)."""
    try:
        return msgspec.json.decode(data, type=Inclusion | Consistency)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _bad_proof(f"this is no proof: {error}") from None


def check(data: bytes, vkey: str | None = None) -> Checked:
    """Check a proof's file with the key that one knows, else with the one it names itself.

    Needs no realm and no network. Raises Invalid, saying what is wrong: `bad_proof`, `bad_note`,
    `bad_signature` or `bad_vkey`.
    """
    proof = read_proof(data)
    if vkey is not None and proof.vkey != vkey:
        raise _bad_proof(
            f"it is signed by {proof.vkey[:200]}, not by the key that you gave",
            "compare both with the key that the realm told you, and trust no other",
        )
    verifier = read_vkey(proof.vkey)
    signed = read_checkpoint(proof.checkpoint, verifier)
    if verifier.name.rpartition("/")[2] != proof.world:
        raise _bad_proof(f"it names {proof.world}, but {verifier.name} signed it")
    path = [_bytes32(step, from_base64) for step in proof.path]
    said = _included(proof, path) if isinstance(proof, Inclusion) else _continued(proof, path)
    kind, head, sentence = said
    if (head.size, head.root) != (signed.size, signed.root.hex()):
        raise _bad_proof(f"its root is not the signed one of {signed.size} records")
    known = "" if vkey else "; the file names that key itself: compare it with one that you know"
    return Checked(kind, proof.world, head, proof.vkey,
                   f"{sentence}, signed by {verifier.name}{known}")  # fmt: skip


def _included(proof: Inclusion, path: list[bytes]) -> tuple[str, Head, str]:
    leaf, root = _bytes32(proof.hash, _from_hex), _bytes32(proof.root, _from_hex)
    if proof.index != proof.seq - 1:
        raise _bad_proof(f"record {proof.seq} is not leaf {proof.index}")
    what = "whose content is not shown"
    if not proof.redacted:
        what = _described(proof, leaf)
    elif proof.before is not None or proof.body is not None:
        raise _bad_proof("it hides the record and shows it")
    if not verify_inclusion(leaf, proof.index, proof.size, path, root):
        raise _bad_proof(f"the path does not lead from record {proof.seq} to the root")
    sentence = (
        f"record {proof.seq} of {proof.world} ({what}) is one of the {proof.size} records"
        f" under the root {proof.root[:16]}…"
    )
    return "inclusion", Head(proof.size, proof.root), sentence


def _described(proof: Inclusion, leaf: bytes) -> str:
    """Check that the body is the leaf's, and tell what it says."""
    body = from_base64(proof.body or "")
    before = _bytes32(proof.before or "", _from_hex)
    if body is None or hash_of(before, body) != leaf:
        raise _bad_proof(f"the content is not that of record {proof.seq}")
    try:
        record = next(read([(proof.seq, body, leaf)]))
    except WorldloomError as error:
        raise _bad_proof(f"the content cannot be read: {error.message}") from None
    if not record.time:  # only a group's first record names who and when
        return record.kind
    moment = datetime.datetime.fromtimestamp(record.time / 1e6, datetime.UTC)
    return f"{record.kind} by {record.actor}, {moment:%Y-%m-%d %H:%M:%S} UTC"


def _continued(proof: Consistency, path: list[bytes]) -> tuple[str, Head, str]:
    first, second = proof.first, proof.second
    old, new = _bytes32(first.root, _from_hex), _bytes32(second.root, _from_hex)
    empty = first.size == 0 and old != Frontier().root()
    if empty or not verify_consistency(first.size, second.size, old, new, path):
        raise _bad_proof(
            f"the log of {second.size} records does not continue that of {first.size} records"
        )
    sentence = (
        f"the log of {proof.world} with {second.size} records continues the one of {first.size}"
        f" records whose root is {first.root[:16]}…"
    )
    return "consistency", second, sentence


def _bytes32(text: str, decode: Callable[[str], bytes | None]) -> bytes:
    data = decode(text)
    if data is None or len(data) != 32:
        raise _bad_proof(f"{text[:80]} is no hash")
    return data


def _from_hex(text: str) -> bytes | None:
    try:
        data = bytes.fromhex(text)
    except ValueError:
        return None
    return data if data.hex() == text else None


def _bad_proof(why: str, fix: str = "ask for the proof again") -> Invalid:
    return Invalid(f"not proved: {why}", fix, code="bad_proof")
