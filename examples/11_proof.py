"""A proof checked offline: what happened in a world, shown to someone who has no part in it.

Save one with `loom proof plaza 42 --out proof.json`, carry it anywhere, and run
`python examples/11_proof.py proof.json "$VKEY"`; the key is `vkey` in `GET /api/worlds/plaza`.
Nothing of Worldloom is used here, to show that nothing of it need be trusted; `loom verify --proof`
says the same.
"""

import json
import sys
from base64 import b64decode, b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def root_of(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Climb from a leaf to the root of a tree of `size` leaves (RFC 9162, 2.1.3.2)."""
    last = size - 1
    for step in path:
        if last == 0:
            raise ValueError("the path is too long")
        if index % 2 or index == last:
            leaf = sha256(b"\x01" + step + leaf).digest()
            while not index % 2 and index:
                index, last = index // 2, last // 2
        else:
            leaf = sha256(b"\x01" + leaf + step).digest()
        index, last = index // 2, last // 2
    if last:
        raise ValueError("the path is too short")
    return leaf


def check(proof: dict[str, Any], vkey: str) -> bytes:
    """Return the record's bytes if the key signed the tree that it stands in."""
    text, _, signature = proof["checkpoint"].partition("\n\n")
    name, key = vkey.split("+", 1)[0], b64decode(vkey.split("+", 2)[2])[1:]
    mark = b64decode(signature.split()[2])
    Ed25519PublicKey.from_public_bytes(key).verify(mark[4:], f"{text}\n".encode())
    origin, size, root = text.split("\n")[:3]

    body = b64decode(proof["body"])
    leaf = sha256(b"\x00" + bytes.fromhex(proof["before"]) + body).digest()
    path = [b64decode(step) for step in proof["path"]]
    found = root_of(leaf, proof["seq"] - 1, int(size), path)
    if (origin, root) != (name, b64encode(found).decode()):
        raise ValueError("it leads to another root than the signed one")
    return body


def main(file: str, vkey: str) -> int:
    """Print the record, or that it is not proved."""
    try:
        print("proved:", check(json.loads(Path(file).read_bytes()), vkey))
    except (InvalidSignature, ValueError, KeyError, IndexError) as error:
        print("not proved:", type(error).__name__, error)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:3]))
