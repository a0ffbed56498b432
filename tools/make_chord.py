"""Make the chord of example 17: three soft tones that loop without a click, as a small WAV.

python tools/make_chord.py examples/assets/chord.wav
"""

from __future__ import annotations

import math
import sys
import wave

RATE_HZ = 8_000
SECONDS = 2
TONES_HZ = (220.0, 277.0, 329.5)
"""Whole numbers of waves in the two seconds."""


def make_chord(path: str) -> None:
    """Write the chord, eight bits a sample."""
    count = RATE_HZ * SECONDS
    samples = bytearray()
    for at in range(count):
        swell = math.sin(math.pi * at / count) ** 2
        tone = sum(math.sin(math.tau * pitch * at / RATE_HZ) for pitch in TONES_HZ)
        samples.append(round(128 + 90 * swell * tone / len(TONES_HZ)))
    with wave.open(path, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(1)
        out.setframerate(RATE_HZ)
        out.writeframes(bytes(samples))


if __name__ == "__main__":
    make_chord(sys.argv[1])
