"""How much of labelled speech voice activity keeps, at several thresholds and paddings, in several conditions.

The recordings are acted speech (EmoDB, the copies cut to 2 s), with half a second of near silence on both sides: clean,
over the telephone (300 to 3400 Hz, mu-law), quiet over the telephone (-20 dB before coding), and with white noise. Speech
is everything from the first to the last sounding sample. None of these recordings is used where accuracy is reported.

Usage: measure_vad_conditions.py SILERO_SEQUENCE_ONNX FOLDER_OF_WAV_FILES
"""

import pathlib
import sys
import wave

import numpy as np
import onnxruntime

RATE, FRAME, CONTEXT = 16_000, 512, 64
SILENCE_FRAMES, SPEECH_FRAMES, MARGIN = 5, 8, 8_000
SETTINGS = [(0.5, 0.35), (0.4, 0.25), (0.3, 0.15), (0.2, 0.1)]


def probabilities(session, samples):
    count = -(-len(samples) // FRAME)
    frames = np.pad(samples, (0, count * FRAME - len(samples))).astype(np.float32).reshape(count, FRAME)
    before = np.vstack([np.zeros((1, CONTEXT), np.float32), frames[:-1, -CONTEXT:]])
    state = np.zeros((1, 1, 128), np.float32)
    inputs = {"input": np.hstack([before, frames]), "h": state, "c": state}
    return session.run(["speech_probs"], inputs)[0].reshape(-1)


def regions(found, enter, leave):
    result, start, quiet = [], None, None
    for frame, probability in enumerate(found):
        if probability >= enter:
            start, quiet = frame if start is None else start, None
        elif probability < leave and start is not None:
            quiet = frame if quiet is None else quiet
            if frame + 1 - quiet >= SILENCE_FRAMES:
                result.append((start, quiet))
                start = quiet = None
    if start is not None:
        result.append((start, quiet or len(found)))
    return [(start, end) for start, end in result if end - start >= SPEECH_FRAMES]


def read(path, generator):
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16) / 32768
        rate = file.getframerate()
    count = int(len(samples) * RATE / rate)
    samples = np.interp(np.arange(count) * rate / RATE, np.arange(len(samples)), samples)
    last = np.nonzero(np.abs(samples) > 1e-4)[0][-1]
    around = generator.normal(0, 1e-4, (2, MARGIN))
    return np.concatenate([around[0], samples[: last + 1], around[1]]), last + 1


def telephone(samples):
    spectrum, frequencies = np.fft.rfft(samples), np.fft.rfftfreq(len(samples), 1 / RATE)
    spectrum[(frequencies < 300) | (frequencies > 3400)] = 0
    band = np.clip(np.fft.irfft(spectrum, len(samples)), -1, 1)
    squeezed = np.sign(band) * np.log1p(255 * np.abs(band)) / np.log(256)
    steps = np.round(squeezed * 127) / 127
    return np.sign(steps) * np.expm1(np.abs(steps) * np.log(256)) / 255


def noisy(samples, generator, decibels):
    return samples + generator.normal(0, np.std(samples) * 10 ** (-decibels / 20), len(samples))


def main():
    session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
    generator = np.random.default_rng(5)
    files = sorted(pathlib.Path(sys.argv[2]).glob("*.wav"))[::4]
    clips = [read(path, generator) for path in files]
    conditions = {
        "clean": lambda samples: samples,
        "telephone": telephone,
        "quiet telephone": lambda samples: telephone(samples / 10),
        "noise, 10 dB": lambda samples: noisy(samples, generator, 10),
        "noise, 5 dB, telephone": lambda samples: telephone(noisy(samples, generator, 5)),
    }
    print(f"{len(clips)} recordings")
    for name, change in conditions.items():
        heard = [(probabilities(session, change(samples)), length) for samples, length in clips]
        for enter, leave in SETTINGS:
            for padding in (200, 400):
                shares = []
                for found, length in heard:
                    kept = np.zeros(length + 2 * MARGIN, bool)
                    for start, end in regions(found, enter, leave):
                        kept[max(0, start * FRAME - padding * 16) : end * FRAME + padding * 16] = True
                    shares.append(kept[MARGIN : MARGIN + length].mean())
                few = sum(share < 0.9 for share in shares)
                print(f"{name:24} {enter} {leave} {padding} ms  kept {100 * np.mean(shares):6.2f} %  under 90 %: {few}")


if __name__ == "__main__":
    main()
