"""The clips that the model of emotion is trained and measured on, and what a recording may do to them.

COPIES spoil the clips for training: noise, narrow bands, rooms that are made up, a telephone. CONDITIONS spoil them for
measuring, with other noise, measured rooms, and codecs and voices in the background that training knows nothing of.
"""

import functools
import io
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import soundfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benches"))

import common  # noqa: E402
import compose_conversations as conversations  # noqa: E402

# This environment has another decoder than the benchmarks'; all of these files are at 16 kHz.
common.read_sound = lambda path: soundfile.read(path)[0]

CLIPS = ROOT / "benches/speech/emodb"
QUIETEST, LOUDEST = 10, 40  # decibels that noise lies below the speech in copies
MP3 = {"format": "MP3", "subtype": "MPEG_LAYER_III", "bitrate_mode": "CONSTANT"}
MP3_LEVELS = {64: 0.62, 32: 0.84, 24: 0.88, 16: 0.95}  # what libsndfile calls these thousands of bits a second at 16 kHz
TRAINING_SEED, MEASURING_SEED = 77, 5


def up_to(sound, _spoken, _generator, hertz):
    spectrum = np.fft.rfft(sound)
    spectrum[np.fft.rfftfreq(len(sound), 1 / common.RATE) > hertz] = 0
    return np.fft.irfft(spectrum, len(sound))


def some_noise(sound, spoken, generator):
    return conversations.noisy(sound, spoken, generator, below=generator.uniform(QUIETEST, LOUDEST))


def some_band(sound, spoken, generator):
    return up_to(sound, spoken, generator, generator.uniform(3500, 7500))


def some_room(sound, _spoken, generator):
    """Noise that dies away by 60 dB in 0.2 to 0.8 s behind the direct sound."""
    size = int(generator.uniform(0.2, 0.8) * common.RATE)
    response = generator.standard_normal(size) * np.exp(-6.9 * np.arange(size) / size)
    response *= 0.1 * 10 ** (-generator.uniform(0, 12) / 20)
    response[0] += 1
    whole = len(sound) + size
    heard = np.fft.irfft(np.fft.rfft(sound, whole) * np.fft.rfft(response, whole), whole)[: len(sound)]
    return heard * conversations.level(sound) / conversations.level(heard)


def coded(sound, _spoken, _generator, rate=common.RATE, **how):
    """Through a codec and back, at 16 kHz again."""
    place = io.BytesIO()
    soundfile.write(place, resampled(sound, common.RATE, rate), rate, **how)
    place.seek(0)
    samples, found = soundfile.read(place)
    return resampled(samples, found, common.RATE)


def resampled(sound, rate, wanted):
    if rate == wanted:
        return sound
    size = round(len(sound) * wanted / rate)
    return np.fft.irfft(np.fft.rfft(sound), size) * size / len(sound)


def among_voices(sound, _spoken, generator, others, below):
    """Six other clips at once, so many decibels below."""
    babble = sum(np.resize(others[index], len(sound)) for index in generator.choice(len(others), 6, replace=False))
    return sound + babble * conversations.level(sound) / conversations.level(babble) * 10 ** (-below / 20)


COPIES = {
    "noise": some_noise,
    "a narrow band": some_band,
    "a made-up room": some_room,
    "a telephone": conversations.telephone,
}


def conditions(sounds):
    return (
        {"clean": conversations.clean}
        | {f"noise at {level} dB": functools.partial(conversations.noisy, below=level) for level in (30, 20, 15, 10, 5)}
        | {f"voices at {level} dB": functools.partial(among_voices, others=sounds, below=level) for level in (20, 10)}
        | {f"up to {hertz} Hz": functools.partial(up_to, hertz=hertz) for hertz in (6000, 5000, 4000)}
        | {
            "a measured room": conversations.reverberant,
            "a telephone": conversations.telephone,
            "GSM": functools.partial(coded, rate=8000, format="WAV", subtype="GSM610"),
        }
        | {
            f"MP3 at {rate} kbit/s": functools.partial(coded, **MP3, compression_level=level)
            for rate, level in MP3_LEVELS.items()
        }
    )


def paths():
    return sorted(CLIPS.glob("*.flac"))


def described(program, files):
    """Names of the descriptors, and those of each file as the program measures them; NaN where they are undefined."""
    output = subprocess.run([program, *files], check=True, capture_output=True, text=True).stdout
    header, *lines = output.splitlines()
    names = header.split(",")[1:]
    values = np.full((len(files), len(names)), np.nan)
    for row, line in zip(values, lines, strict=True):
        fields = line.rsplit('",', 1)[1].split(",")
        if len(fields) == len(names):
            row[:] = [float(field) for field in fields]
    return names, values


def spoilt(program, change, seed):
    """Descriptors of all clips after a change."""
    generator = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as place:
        files = []
        for path in paths():
            sound = common.read_sound(path)
            heard = change(sound, np.ones(len(sound), bool), generator)
            files.append(pathlib.Path(place) / f"{path.stem}.wav")
            common.write_sound(files[-1], heard / max(1, np.abs(heard).max() / 0.95))
        return described(program, files)[1]
