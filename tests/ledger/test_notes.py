"""Promised: notes and checkpoints in the forms of C2SP, as Go's own example has them."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldloom.kernel.errors import Invalid
from worldloom.ledger.checkpoints import SIGNING_KEY, Checkpoint, RealmKey, read_checkpoint
from worldloom.ledger.notes import Signer, Verifier, from_base64, new_secret, open_note, read_vkey
from worldloom.stores.memory import MemoryStore

# The example of Go's golang.org/x/mod/sumdb/note.
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
SIGNATURE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6"
    "KE6RyyBwJnAM=\n"
)
NOTE = f"{TEXT}\n{SIGNATURE}"


def peter() -> Signer:
    data = base64.b64decode(SKEY.split("+", 4)[4])
    assert data[:1] == b"\x01"
    return Signer("PeterNeumann", *new_secret(data[1:]))


def code_of(error: pytest.ExceptionInfo[Invalid]) -> str:
    return error.value.code


def test_go_s_example_key_is_read_and_told_again() -> None:
    verifier = read_vkey(VKEY)
    assert verifier.id.hex() == "c74f20a3"
    assert verifier.vkey == VKEY
    assert peter().verifier == verifier


def test_go_s_example_note_opens_and_is_signed_byte_for_byte() -> None:
    assert open_note(NOTE, [read_vkey(VKEY)]) == TEXT
    assert peter().sign(TEXT) == NOTE


def test_no_part_of_a_key_and_no_changed_key_is_a_key() -> None:
    for start in range(len(VKEY)):
        for end in range(start + 1, len(VKEY) + 1):
            if (start, end) != (0, len(VKEY)):
                with pytest.raises(Invalid) as error:
                    read_vkey(VKEY[start:end])
                assert code_of(error) == "bad_vkey"
    for at in range(len(VKEY)):
        with pytest.raises(Invalid):
            read_vkey(VKEY[:at] + chr(ord(VKEY[at]) + 1) + VKEY[at + 1 :])


@pytest.mark.parametrize(
    "vkey",
    [
        # Go's own: a key that is too long, and an unknown algorithm, both with a fitting id.
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "",
        "++",
    ],
)
def test_a_key_of_another_form_is_refused(vkey: str) -> None:
    with pytest.raises(Invalid) as error:
        read_vkey(vkey)
    assert code_of(error) == "bad_vkey"


def test_a_note_fails_with_any_byte_changed() -> None:
    verifier = read_vkey(VKEY)
    data = NOTE.encode()
    for at in range(len(data)):
        for bit in (1, 0x20):
            bent = data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]
            with pytest.raises(Invalid):
                open_note(bent.decode("utf-8", "replace"), [verifier])


def test_a_note_is_only_opened_by_a_key_that_signed_it() -> None:
    other = Signer("PeterNeumann", *new_secret(bytes(32)))
    with pytest.raises(Invalid) as error:
        open_note(NOTE, [other.verifier])
    assert code_of(error) == "bad_signature"
    with pytest.raises(Invalid):
        open_note(NOTE, [])
    both = NOTE + other.sign(TEXT).rpartition("\n\n")[2]
    assert open_note(both, [other.verifier]) == open_note(both, [read_vkey(VKEY)]) == TEXT


def test_one_wrong_signature_of_a_known_key_spoils_the_note() -> None:
    forged = SIGNATURE.replace("x08go/ZJ", "x08go/ZK")
    with pytest.raises(Invalid) as error:
        open_note(NOTE + forged, [read_vkey(VKEY)])
    assert code_of(error) == "bad_signature"


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        TEXT,
        f"{TEXT}\n",
        SIGNATURE,
        f"{TEXT}{SIGNATURE}",
        NOTE.rstrip("\n"),
        NOTE.replace("— ", "- "),
        NOTE.replace("\n", "\r\n"),
        NOTE + "a line too many\n",
        f"{TEXT}\n— PeterNeumann\n",
        f"{TEXT}\n— PeterNeumann x08g\n",
        f"{TEXT}\n— Peter+Neumann {SIGNATURE[15:]}",
    ],
)
def test_what_is_no_note_is_told_apart(note: str) -> None:
    with pytest.raises(Invalid) as error:
        open_note(note, [read_vkey(VKEY)])
    assert code_of(error) == "bad_note"


def test_a_signature_of_another_length_is_a_wrong_one() -> None:
    short = base64.b64encode(bytes.fromhex("c74f20a3") + b"12345").decode()
    with pytest.raises(Invalid) as error:
        open_note(f"{TEXT}\n— PeterNeumann {short}\n", [read_vkey(VKEY)])
    assert code_of(error) == "bad_signature"


@given(st.text())
def test_no_text_of_strangers_breaks_the_reader(text: str) -> None:
    for note in (text, f"{TEXT}\n{text}", f"{text}\n{SIGNATURE}"):
        with pytest.raises(Invalid):
            open_note(note, [read_vkey(VKEY)])


def test_base64_has_one_form() -> None:
    assert from_base64("AA==") == b"\0"
    assert [from_base64(bad) for bad in ("AB==", "AA", "AA=", "A A==", "AA==\n", "é")] == [None] * 6


# The example of c2sp.org/tlog-checkpoint; the note's key is not published there, so ours signs.
EXAMPLE = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


def sofa() -> Signer:
    return Signer("example.com/behind-the-sofa", *new_secret(bytes(range(32))))


def test_the_example_checkpoint_is_written_and_read() -> None:
    root = base64.b64decode(EXAMPLE.splitlines()[2])
    checkpoint = Checkpoint("example.com/behind-the-sofa", 20852163, root)
    assert checkpoint.text() == EXAMPLE
    assert read_checkpoint(sofa().sign(EXAMPLE), sofa().verifier) == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        EXAMPLE.replace("20852163", "020852163"),
        EXAMPLE.replace("20852163", "-1"),
        EXAMPLE.replace("20852163", "٣"),
        EXAMPLE.replace("20852163", ""),
        EXAMPLE.replace("q2I=", "q2J="),
        EXAMPLE.replace("CsUY", ""),
        "example.com/behind-the-sofa\n1\n",
        "example.com/behind-the-sofa\n",
    ],
)
def test_a_signed_text_of_another_form_is_no_checkpoint(text: str) -> None:
    with pytest.raises(Invalid) as error:
        read_checkpoint(sofa().sign(text), sofa().verifier)
    assert code_of(error) == "bad_note"


def test_lines_that_others_add_below_are_passed_over() -> None:
    note = sofa().sign(f"{EXAMPLE}a witness was here\n")
    assert read_checkpoint(note, sofa().verifier).size == 20852163


def test_a_checkpoint_of_another_log_is_refused() -> None:
    with pytest.raises(Invalid) as error:
        read_checkpoint(sofa().sign("example.com/other" + EXAMPLE[27:]), sofa().verifier)
    assert code_of(error) == "bad_signature"


def test_a_realm_has_one_key_and_each_world_its_name_on_it() -> None:
    store = MemoryStore()
    key = RealmKey(store)
    plaza, garden = key.signer("plaza"), key.signer("garden")
    assert plaza.public == garden.public
    assert plaza.name.endswith("/plaza") and plaza.verifier.id != garden.verifier.id
    assert RealmKey(store).signer("plaza") == plaza
    assert store.meta(SIGNING_KEY) == plaza.secret + plaza.public
    assert RealmKey(MemoryStore()).signer("plaza") != plaza
    assert isinstance(plaza.verifier, Verifier)
    assert plaza.secret.hex() not in repr(plaza) and repr(plaza.secret) not in repr(plaza)
