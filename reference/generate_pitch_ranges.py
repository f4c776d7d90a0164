"""Measures pitch with Praat (through parselmouth) in two passes, as the acoustics stage does for a speaker with a range of
his or her own, and writes what its test holds against.

Run by `make golden`, or alone: `reference/setup.sh && .venv/bin/python reference/generate_pitch_ranges.py`.
Reads every WAV file of `crates/stages/tests/data/acoustics` and writes `praat_ranges.json` beside them. The same files and
versions give the same bytes.
"""

import json
import math
from pathlib import Path

import numpy
import parselmouth
from parselmouth.praat import call
from praat import pitch_of

FOLDER = Path(__file__).resolve().parent.parent / "crates" / "stages" / "tests" / "data" / "acoustics"
# Frames of all ranges are as far apart as those of a floor of 75 Hz.
STEP_S = 0.01
FIRST_FLOOR_HZ = 60.0
FIRST_CEILING_HZ = 600.0
# De Looze and Hirst 2008; Hirst 2011 for expressive speech.
FLOOR_FACTOR = 0.75
CEILING_FACTOR = 2.5


def measure(path):
    sound = parselmouth.Sound(str(path))
    first = pitch_of(sound, FIRST_FLOOR_HZ, FIRST_CEILING_HZ, STEP_S).selected_array["frequency"]
    lower, upper = numpy.quantile(first[first > 0], [0.25, 0.75])
    floor, ceiling = math.floor(FLOOR_FACTOR * lower), math.ceil(CEILING_FACTOR * upper)
    second = pitch_of(sound, float(floor), float(ceiling), STEP_S)
    frequencies = second.selected_array["frequency"]
    return {
        "file": path.name,
        "lower_quartile_hz": round(float(lower), 4),
        "upper_quartile_hz": round(float(upper), 4),
        "floor_hz": floor,
        "ceiling_hz": ceiling,
        "f0_mean_hz": round(call(second, "Get mean", 0, 0, "Hertz"), 4),
        "f0_median_hz": round(call(second, "Get quantile", 0, 0, 0.5, "Hertz"), 4),
        "f0_sd_hz": round(call(second, "Get standard deviation", 0, 0, "Hertz"), 4),
        "first": round(second.x1, 9),
        "frequencies": [round(float(frequency), 3) for frequency in frequencies],
    }


def main():
    files = ",\n".join(json.dumps(measure(path), separators=(",", ":")) for path in sorted(FOLDER.glob("*.wav")))
    head = json.dumps({"praat": parselmouth.PRAAT_VERSION, "parselmouth": parselmouth.VERSION})[:-1]
    (FOLDER / "praat_ranges.json").write_text(f'{head}, "files": [\n{files}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
