"""EXT_meshopt_compression, the encoder: vertex codec version 0 and index codec version 1."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def encode_vertices(rows: NDArray[np.uint8]) -> bytes:
    """Encode vertex rows (n, stride), stride a multiple of 4 and at most 256."""
    raise NotImplementedError


def encode_indices(indices: NDArray[Any]) -> bytes:
    """Encode triangle indices."""
    raise NotImplementedError
