"""Measures which range of pitch makes the fewest octave errors, for the default of `[acoustics.range]`.

Run: `reference/setup.sh && .venv/bin/python reference/measure_pitch_range.py`.
Reads the recordings of `benches/speech/emodb` (acted emotions of four men and two
women, CC0), thirty of each speaker, tracks pitch with Praat in several ranges and holds every frame against SwiftF0
(Nieradzik 2025, MIT), which knows no range: a network that is
independent of autocorrelation. Prints, for each speaker and range, the share of frames voiced for both that differ by more
than 20 % (gross errors; how many are too high and too low), and the share of SwiftF0's voiced frames that have no pitch.
"""

from pathlib import Path

import numpy
import parselmouth
from praat import pitch_of
from swift_f0 import SwiftF0

FOLDER = Path(__file__).resolve().parent.parent / "benches" / "speech" / "emodb"
ACTORS = ("03", "08", "09", "10", "11", "12")
EACH = 30
SURE = 0.9
GROSS = 0.2


def track(sound, floor, ceiling):
    pitch = pitch_of(sound, floor, ceiling, time_step=0.01)
    return pitch.xs(), pitch.selected_array["frequency"]


def nearest(times, among):
    right = numpy.clip(numpy.searchsorted(among, times), 1, len(among) - 1)
    return numpy.where(numpy.abs(among[right] - times) < numpy.abs(among[right - 1] - times), right, right - 1)


def main():
    speakers = {}
    for path in sorted(FOLDER.glob("*.flac")):
        if path.name[:2] in ACTORS:
            speakers.setdefault(path.name[:2], []).append(path)
    detector = SwiftF0()
    totals = {}
    for speaker, paths in sorted(speakers.items()):
        sounds = [parselmouth.Sound(str(path)) for path in paths[:EACH]]
        references = [
            detector.detect(sound.values[0].astype("float32"), sound.sampling_frequency) for sound in sounds
        ]
        first = numpy.concatenate([track(sound, 60.0, 600.0)[1] for sound in sounds])
        lower, upper = numpy.quantile(first[first > 0], [0.25, 0.75])
        ranges = {"75-500": (75.0, 500.0), "60-600": (60.0, 600.0)}
        for factor in (1.5, 2.0, 2.5):
            ranges[f"0.75 / {factor}"] = (float(numpy.floor(0.75 * lower)), float(numpy.ceil(factor * upper)))
        for name, (floor, ceiling) in ranges.items():
            both = high = low = missed = sure_frames = 0
            for sound, reference in zip(sounds, references):
                times, pitches = track(sound, floor, ceiling)
                place = nearest(times, numpy.asarray(reference.timestamps))
                sure = numpy.asarray(reference.confidence)[place] > SURE
                voiced = sure & (pitches > 0)
                ratio = pitches[voiced] / numpy.asarray(reference.pitch_hz)[place][voiced]
                both += int(voiced.sum())
                high += int((ratio > 1 + GROSS).sum())
                low += int((ratio < 1 - GROSS).sum())
                missed += int((sure & (pitches == 0)).sum())
                sure_frames += int(sure.sum())
            print(
                f"{speaker} {name:11} {floor:4.0f}-{ceiling:4.0f} Hz: gross {100 * (high + low) / both:5.2f} % "
                f"({high} high, {low} low), without pitch {100 * missed / sure_frames:4.1f} %"
            )
            total = totals.setdefault(name, [0, 0, 0, 0])
            for index, count in enumerate((high + low, both, missed, sure_frames)):
                total[index] += count
    for name, (gross, both, missed, sure_frames) in totals.items():
        print(f"all {name:11}: gross {100 * gross / both:.2f} %, without pitch {100 * missed / sure_frames:.1f} %")


if __name__ == "__main__":
    main()
