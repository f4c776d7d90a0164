"""Measures voices with Praat (through parselmouth) and writes what the tests of the voice measures hold against.

Run by `make golden`, or alone: `reference/setup.sh && .venv/bin/python reference/generate_voice.py`.
Reads every WAV file of `crates/stages/tests/data/acoustics` and every eighth of the clips of six actors in
`benches/speech/emodb`, and writes `voice.json` beside the former. The same files and versions give the same bytes.

What Praat has no command for (which frames count as voiced, H1-H2, the long-term spectrum and what is told from it) is
computed here from Praat's own pitch and pulses, as `docs/methods/acoustics.md` defines it.
"""

import json
import math
from pathlib import Path

import numpy
import parselmouth
from parselmouth.praat import call
from praat import pitch_of, rounded

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "crates" / "stages" / "tests" / "data" / "acoustics"
EMODB = ROOT / "benches" / "speech" / "emodb"
ACTORS = ("03", "08", "09", "10", "11", "12")
EVERY = 8

# Shortest and longest period in seconds, largest ratio of neighbouring periods, and of neighbouring amplitudes.
PERIODS = (1e-4, 0.02, 1.3)
AMPLITUDES = 1.6


def mean(values):
    return float(numpy.mean(values)) if len(values) else math.nan


def median(values):
    return float(numpy.median(values)) if len(values) else math.nan


def voiced_at(pitch, times):
    """Whether every pitch frame within half a step of each time is voiced, and there is one."""
    frequencies = pitch.selected_array["frequency"]
    centres = pitch.xs()
    near = [numpy.abs(centres - time) <= 0.5 * pitch.dx + 1e-6 for time in times]
    return numpy.array([mask.any() and bool((frequencies[mask] > 0).all()) for mask in near], dtype=bool)


def pulses_of(sound, pitch):
    process = call([sound, pitch], "To PointProcess (cc)")
    count = call(process, "Get number of points")
    return process, numpy.array([call(process, "Get time from index", index + 1) for index in range(count)])


def perturbation(sound, process):
    found = {}
    for name, command, digits in [
        ("jitter_local", "Get jitter (local)", 8),
        ("jitter_absolute_s", "Get jitter (local, absolute)", 11),
        ("jitter_rap", "Get jitter (rap)", 8),
        ("jitter_ppq5", "Get jitter (ppq5)", 8),
    ]:
        found[name] = rounded(call(process, command, 0, 0, *PERIODS), digits)
    for name, command, digits in [
        ("shimmer_local", "Get shimmer (local)", 7),
        ("shimmer_db", "Get shimmer (local_dB)", 6),
        ("shimmer_apq3", "Get shimmer (apq3)", 7),
        ("shimmer_apq5", "Get shimmer (apq5)", 7),
        ("shimmer_apq11", "Get shimmer (apq11)", 7),
    ]:
        found[name] = rounded(call([sound, process], command, 0, 0, *PERIODS, AMPLITUDES), digits)
    return found


def harmonicity(sound, pitch):
    # Time step, lowest pitch, silence threshold, periods per window.
    track = call(sound, "To Harmonicity (cc)", 0.01, 75.0, 0.1, 1.0)
    values = track.values[0]
    values = numpy.where(voiced_at(pitch, track.xs()) & (values > -199), values, math.nan)
    return {
        "hnr_db": rounded(mean(values[numpy.isfinite(values)]), 4),
        "hnr": {
            "first": rounded(track.x1, 9),
            "step": rounded(track.dx, 9),
            "frames": [rounded(value, 3) for value in values],
        },
    }


def formants(sound, pitch, ceiling):
    # Time step (automatic), most formants, ceiling, window length, pre-emphasis from.
    track = call(sound, "To Formant (burg)", 0.0, 5.0, ceiling, 0.025, 50.0)
    times = [call(track, "Get time from frame number", index + 1) for index in range(call(track, "Get number of frames"))]
    voiced = voiced_at(pitch, times)
    frames = [
        [rounded(track.get_value_at_time(number + 1, time), 1) for number in range(4)] if is_voiced else None
        for time, is_voiced in zip(times, voiced)
    ]
    columns = [[frame[number] for frame in frames if frame and frame[number] is not None] for number in range(4)]
    return {
        "mean_hz": [rounded(mean(column), 2) for column in columns],
        "median_hz": [rounded(median(column), 2) for column in columns],
        "first": rounded(times[0], 9),
        "step": rounded(times[1] - times[0], 9),
        "frames": frames,
    }


def cpps(sound, pitch):
    # Lowest pitch, time step, highest frequency, pre-emphasis from.
    cepstrogram = call(sound, "To PowerCepstrogram", 60.0, 0.002, 5000.0, 50.0)
    # As "Get CPPS: no, 0.01, 0.001, 60, 330, 0.05, Parabolic, 0.001, 0.05, Straight, Robust" (Maryn & Weenink 2015, with
    # the trend told below 0.05 s), but frame by frame, so that only voiced frames count.
    whole = call(
        cepstrogram, "Get CPPS", "no", 0.01, 0.001, 60.0, 330.0, 0.05, "Parabolic", 0.001, 0.05, "Straight", "Robust"
    )
    smooth = call(cepstrogram, "Smooth", 0.01, 0.001)
    count = call(smooth, "Get number of frames")
    times = numpy.array([call(smooth, "Get time from frame number", index + 1) for index in range(count)])
    voiced = voiced_at(pitch, times)
    values = []
    for time, is_voiced in zip(times, voiced):
        if not is_voiced:
            values.append(math.nan)
            continue
        cepstrum = call(smooth, "To PowerCepstrum (slice)", time)
        values.append(
            call(cepstrum, "Get peak prominence", 60.0, 330.0, "Parabolic", 0.001, 0.05, "Straight", "Robust")
        )
    values = numpy.array(values)
    return {
        "cpps_db": rounded(mean(values[numpy.isfinite(values)]), 4),
        "cpps_all_frames_db": rounded(whole, 4),
        "cpp": {
            "first": rounded(times[0], 9),
            "step": 0.002,
            "frames": [rounded(value, 3) for value in values],
        },
    }


def glottal_slope(sound, pulses):
    """Level of the first harmonic over the second: mean over pulses with a regular period to each side."""
    samples, rate = sound.values[0], sound.sampling_frequency
    levels = []
    for before, here, after in zip(pulses, pulses[1:], pulses[2:]):
        left, right = here - before, after - here
        if max(left, right) > PERIODS[1] or min(left, right) < PERIODS[0] or max(left / right, right / left) > PERIODS[2]:
            continue
        first = max(math.ceil(before * rate - 0.5), 0)
        last = min(math.floor(after * rate - 0.5), len(samples) - 1)
        times = (numpy.arange(first, last + 1) + 0.5) / rate - before
        span = after - before
        windowed = samples[first : last + 1] * (0.5 - 0.5 * numpy.cos(2 * math.pi * times / span))
        first_harmonic, second_harmonic = (
            abs(numpy.sum(windowed * numpy.exp(-2j * math.pi * harmonic * 2 / span * times))) for harmonic in (1, 2)
        )
        levels.append(20 * math.log10(first_harmonic / second_harmonic))
    return rounded(mean(levels), 4)


def long_term(sound, pitch):
    """What the mean power spectrum of the voiced frames tells."""
    samples, rate = sound.values[0], sound.sampling_frequency
    length = round(0.04 * rate)
    window = 0.5 - 0.5 * numpy.cos(2 * math.pi * (numpy.arange(length) + 0.5) / length)
    frequencies = pitch.selected_array["frequency"]
    power = numpy.zeros(length // 2 + 1)
    for time in pitch.xs()[frequencies > 0]:
        begin = round((time - 0.02) * rate + 1e-6)
        begin = min(max(begin, 0), len(samples) - length)
        power += numpy.abs(numpy.fft.rfft(samples[begin : begin + length] * window)) ** 2
    at = numpy.arange(len(power)) * rate / length

    def part(low, high):
        return power[(at >= low - 1e-6) & (at < high - 1e-6)]

    centres = 1000.0 * 2.0 ** (numpy.arange(-10, 7) / 3)
    edges = [(centre * 2 ** (-1 / 6), centre * 2 ** (1 / 6)) for centre in centres]
    sums = numpy.array([part(*edge).sum() for edge in edges])
    densities = numpy.array([part(*edge).mean() for edge in edges])
    middle = (at >= 50 - 1e-6) & (at < 5000 - 1e-6)
    return {
        "spectral_tilt_db_oct": rounded(numpy.polyfit(numpy.log2(centres), 10 * numpy.log10(densities), 1)[0], 5),
        "ltas_db": [rounded(level, 4) for level in 10 * numpy.log10(sums / sums.sum())],
        "alpha_ratio_db": rounded(10 * math.log10(part(1000, 5000).sum() / part(50, 1000).sum()), 4),
        "hammarberg_db": rounded(10 * math.log10(part(0, 2000).max() / part(2000, 5000).max()), 4),
        "spectral_centroid_hz": rounded((at[middle] * power[middle]).sum() / power[middle].sum(), 3),
    }


def main():
    clips = [path for path in sorted(EMODB.glob("*.flac")) if path.name[:2] in ACTORS]
    paths = sorted(FOLDER.glob("*.wav")) + clips[::EVERY]
    files = []
    for path in paths:
        sound = parselmouth.Sound(str(path))
        pitch = pitch_of(sound)
        process, pulses = pulses_of(sound, pitch)
        entry = {
            "file": str(path.relative_to(ROOT)),
            "sample_rate": round(sound.sampling_frequency),
            "samples": sound.n_samples,
            "pulses": [rounded(time, 7) for time in pulses],
            **perturbation(sound, process),
            **harmonicity(sound, pitch),
            "formants": formants(sound, pitch, 5500.0),
            **cpps(sound, pitch),
            "h1_h2_db": glottal_slope(sound, pulses),
            **(long_term(sound, pitch) if sound.sampling_frequency > 10000 else {}),
        }
        files.append(entry)
    golden = {"praat": parselmouth.PRAAT_VERSION, "parselmouth": parselmouth.VERSION}
    # One line a file: differences show which file changed.
    lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in files)
    head = json.dumps(golden)[:-1]
    (FOLDER / "voice.json").write_text(f'{head}, "files": [\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
