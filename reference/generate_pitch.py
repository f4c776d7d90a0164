"""Pitch by SwiftF0's own package: what the tests of the second estimate of pitch hold against.

Run by `make golden`, or alone: `reference/setup.sh && .venv/bin/python reference/generate_pitch.py`.
Reads the clips of `crates/infer/tests/data` (16 kHz), puts them one behind the other with half a second of digital silence
after each, so that the sound is longer than one piece, and writes `pitch.json` beside them. The same files and versions give
the same bytes, but for the last digits on another processor.
"""

import json
import wave
from importlib.metadata import version
from pathlib import Path

import numpy
from swift_f0 import SwiftF0

FOLDER = Path(__file__).resolve().parent.parent / "crates" / "infer" / "tests" / "data"
CLIPS = ["test.wav", "test_ko.wav", "test_de.wav"]


def samples(name):
    with wave.open(str(FOLDER / name)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (16_000, 1, 2)
        return numpy.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(numpy.float32) / 32768


def main():
    silence = numpy.zeros(8_000, dtype=numpy.float32)
    sound = numpy.concatenate([part for name in CLIPS for part in (samples(name), silence)])
    found = SwiftF0(threads=1).detect(sound, 16_000)
    golden = {
        "made_by": f"reference/generate_pitch.py with swift-f0 {version('swift-f0')}",
        "clips": CLIPS,
        "pitch_hz": [round(float(value), 3) for value in found.pitch_hz],
        "confidence": [round(float(value), 5) for value in found.confidence],
    }
    (FOLDER / "pitch.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
