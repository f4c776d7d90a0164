"""Prints what the entry conditions of the acoustics stage rest on, measured with Praat.

`.venv/bin/python reference/measure_acoustics_conditions.py`

1. How much of noise, and how much of speech with and without noise, looks voiced.
2. What clipping does to level and pitch of speech.
"""

from pathlib import Path

import numpy
import parselmouth

FOLDER = Path(__file__).resolve().parent.parent / "crates" / "stages" / "tests" / "data" / "acoustics"
SHORTEST_RUN = 5


def pitch_of(samples, rate):
    return parselmouth.Sound(samples, rate).to_pitch_ac(pitch_floor=75.0, pitch_ceiling=500.0).selected_array["frequency"]


def share_in_runs(frequencies):
    """Share of all frames that lie in voiced runs of at least SHORTEST_RUN frames."""
    total, run = 0, 0
    for frequency in list(frequencies) + [0.0]:
        if frequency > 0:
            run += 1
            continue
        total += run if run >= SHORTEST_RUN else 0
        run = 0
    return total / len(frequencies)


def level_of(samples, rate):
    sound = parselmouth.Sound(samples, rate)
    pitch = sound.to_pitch_ac(pitch_floor=75.0, pitch_ceiling=500.0)
    intensity = sound.to_intensity(75.0)
    times = pitch.xs()[pitch.selected_array["frequency"] > 0]
    levels = numpy.array([intensity.get_value(time) for time in times])
    levels = levels[~numpy.isnan(levels)]
    return 10 * numpy.log10(numpy.mean(10 ** (levels / 10)))


def noise(random, rate, seconds, tilt):
    """Noise whose power falls with frequency to the power of -2 tilt: 0 is white, 0.5 pink, 1 brown."""
    samples = int(rate * seconds)
    spectrum = numpy.fft.rfft(random.standard_normal(samples))
    bins = numpy.maximum(numpy.arange(len(spectrum)), 1)
    shaped = numpy.fft.irfft(spectrum / bins**tilt, samples)
    return 0.5 * shaped / numpy.abs(shaped).max()


def main():
    random = numpy.random.default_rng(7)
    print("share of frames in voiced runs of", SHORTEST_RUN, "and more")
    for seconds, count in ((1, 600), (2, 400), (4, 400), (10, 100)):
        shares = []
        for index in range(count):
            rate = (8000, 16000, 44100, 48000)[index % 4]
            frequencies = pitch_of(noise(random, rate, seconds, random.uniform(0.0, 1.2)), rate)
            shares.append((share_in_runs(frequencies), share_in_runs(frequencies) * len(frequencies)))
        worst = max(shares)
        passed = sum(1 for share, frames in shares if share >= 0.12 and frames >= 10)
        print(f"  {count} noises of {seconds} s: highest {worst[0]:.3f}; taken for voice: {passed}")
    recordings = []
    for path in sorted(FOLDER.glob("*.wav")):
        sound = parselmouth.Sound(str(path))
        recordings.append((path.name, sound.values[0], sound.sampling_frequency))
    for name, samples, rate in recordings:
        shares = [share_in_runs(pitch_of(samples, rate))]
        for ratio_db in (10, 5):
            hiss = random.standard_normal(len(samples)) * samples.std() * 10 ** (-ratio_db / 20)
            shares.append(share_in_runs(pitch_of(samples + hiss, rate)))
        print(f"  {name}: as it is {shares[0]:.3f}, 10 dB over white noise {shares[1]:.3f}, 5 dB {shares[2]:.3f}")

    print("clipping: share of samples at full scale, level lost, change of median and mean pitch")
    for name, samples, rate in recordings:
        samples = samples / numpy.abs(samples).max()
        frequencies = pitch_of(samples, rate)
        level = level_of(samples, rate)
        for gain in (1.1, 1.2, 1.5, 2.0, 3.0, 5.0):
            clipped = numpy.clip(gain * samples, -1, 1)
            share = numpy.mean(numpy.abs(clipped) >= 1)
            lost = level + 20 * numpy.log10(gain) - level_of(clipped, rate)
            found = pitch_of(clipped, rate)
            change = [measure(found[found > 0]) / measure(frequencies[frequencies > 0]) - 1 for measure in (numpy.median, numpy.mean)]
            print(f"  {name} gain {gain}: {share:.5f}, {lost:.3f} dB, {100 * change[0]:+.2f} %, {100 * change[1]:+.2f} %")


if __name__ == "__main__":
    main()
