"""Measures pitch and level with Praat (through parselmouth) and writes what the tests of the acoustics stage hold against.

Run by `make golden`, or alone: `reference/setup.sh && .venv/bin/python reference/generate_acoustics.py`.
Reads every WAV file of `crates/stages/tests/data/acoustics` and writes `praat.json` beside them. The same files and
versions give the same bytes.
"""

import json
import math
from pathlib import Path

import numpy
import parselmouth
from parselmouth.praat import call
from praat import pitch_of, rounded

FOLDER = Path(__file__).resolve().parent.parent / "crates" / "stages" / "tests" / "data" / "acoustics"
FLOOR_HZ = 75.0
CEILING_HZ = 500.0


def measure(path):
    sound = parselmouth.Sound(str(path))
    pitch = pitch_of(sound, FLOOR_HZ, CEILING_HZ)
    intensity = sound.to_intensity(minimum_pitch=FLOOR_HZ, time_step=None, subtract_mean=True)
    frequencies = pitch.selected_array["frequency"]
    voiced_times = pitch.xs()[frequencies > 0]
    # Level at the middle of each voiced frame; near the ends, where no window fits, Praat has none.
    levels = [intensity.get_value(time, parselmouth.ValueInterpolation.CUBIC) for time in voiced_times]
    levels = numpy.array([level for level in levels if not math.isnan(level)])
    energy_mean = 10 * math.log10(numpy.mean(10 ** (levels / 10))) if len(levels) else math.nan
    return {
        "file": path.name,
        "sample_rate": round(sound.sampling_frequency),
        "samples": sound.n_samples,
        "f0_mean_hz": rounded(call(pitch, "Get mean", 0, 0, "Hertz"), 4),
        "f0_median_hz": rounded(call(pitch, "Get quantile", 0, 0, 0.5, "Hertz"), 4),
        "f0_sd_hz": rounded(call(pitch, "Get standard deviation", 0, 0, "Hertz"), 4),
        "intensity_db": rounded(energy_mean, 4),
        "pitch": {
            "first": rounded(pitch.x1, 9),
            "step": rounded(pitch.dx, 9),
            "frequencies": [rounded(frequency, 3) for frequency in frequencies],
        },
        "intensity": {
            "first": rounded(intensity.x1, 9),
            "step": rounded(intensity.dx, 9),
            "levels": [rounded(level, 3) for level in intensity.values[0]],
        },
    }


def main():
    golden = {
        "praat": parselmouth.PRAAT_VERSION,
        "parselmouth": parselmouth.VERSION,
        "files": [measure(path) for path in sorted(FOLDER.glob("*.wav"))],
    }
    # One line a file: differences show which file changed.
    files = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in golden.pop("files"))
    head = json.dumps(golden)[:-1]
    (FOLDER / "praat.json").write_text(f'{head}, "files": [\n{files}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
