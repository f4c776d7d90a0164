"""Measures how much of calm and of raised speech counts as changed, for what `docs/methods/acoustics.md` says of changes.

Run: `reference/setup.sh && .venv/bin/python reference/measure_changes.py`. Reads the recordings of six actors in
`benches/speech/emodb` (CC0), takes each speaker's neutral ones for the baseline and finds changes, by the same rules as the acoustics stage, in
pitch alone: levels of the database were set by hand. Each file is taken by itself. Prints the share of files with a change
and of the time of voiced frames in changes, by emotion.
"""

from pathlib import Path

import numpy
import parselmouth
from praat import pitch_of

FOLDER = Path(__file__).resolve().parent.parent / "benches" / "speech" / "emodb"
ACTORS = ("03", "08", "09", "10", "11", "12")
EMOTIONS = {"W": "anger", "L": "boredom", "E": "disgust", "A": "fear", "F": "happiness", "T": "sadness", "N": "neutral"}


def track(sound, floor, ceiling):
    pitch = pitch_of(sound, floor, ceiling, time_step=0.01)
    frequencies = pitch.selected_array["frequency"]
    return pitch.xs()[frequencies > 0], frequencies[frequencies > 0]


def changed(times, deviations):
    """Number of frames in changes."""
    smooth = [
        numpy.median(near) if len(near := deviations[numpy.abs(times - time) <= 0.5]) >= 20 else -numpy.inf
        for time in times
    ]
    count = start = 0
    for index in range(len(times)):
        above = smooth[index] >= 0.1
        last = index + 1 == len(times)
        if not last and (smooth[index + 1] >= 0.1) == above and times[index + 1] - times[index] <= 0.5:
            continue
        reach = [place for place in range(start, index + 1) if deviations[place] >= 0.1] if above else []
        if reach and times[reach[-1]] - times[reach[0]] + 0.01 >= 1.0 - 5e-7:
            count += reach[-1] - reach[0] + 1
        start = index + 1
    return count


def main():
    speakers = {}
    for path in sorted(FOLDER.glob("*.flac")):
        if path.name[:2] in ACTORS:
            speakers.setdefault(path.name[:2], []).append(path)
    found = {}
    for paths in speakers.values():
        sounds = {path: parselmouth.Sound(str(path)) for path in paths}
        first = numpy.concatenate([track(sound, 60.0, 600.0)[1] for sound in sounds.values()])
        lower, upper = numpy.quantile(first, [0.25, 0.75])
        tracks = {path: track(sound, numpy.floor(0.75 * lower), numpy.ceil(2.5 * upper)) for path, sound in sounds.items()}
        neutral = [numpy.median(pitch) for path, (_, pitch) in tracks.items() if path.name[5] == "N" and len(pitch)]
        if len(neutral) < 3:
            continue
        usual = numpy.median(neutral)
        for path, (times, pitch) in tracks.items():
            inside = changed(times, pitch / usual - 1.0)
            entry = found.setdefault(EMOTIONS[path.name[5]], [0, 0, 0, 0])
            for index, value in enumerate((1, int(inside > 0), len(times), inside)):
                entry[index] += value
    for emotion, (files, with_change, frames, inside) in sorted(found.items()):
        print(f"{emotion:9}: {with_change} of {files} files, {100 * inside / max(frames, 1):.0f} % of voiced frames")


if __name__ == "__main__":
    main()
