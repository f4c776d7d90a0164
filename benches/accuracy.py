"""Word and character errors of voiceman and of faster-whisper with the same weights, per language, at beam 5.

Every labelled recording of samples/ is heard as it is and in made-up conditions, so that ten recordings say more than
the luck of one decoding each: with silence of different lengths before it, with noise (white, 15 dB below the speech),
over the telephone (300 to 3400 Hz, mu-law) and quiet (-26 dB). The noise is the same every time. The sentences of speech/
are many and heard as they are. The peer runs with its own defaults, as a user runs it.

Usage: accuracy.py --voiceman PROGRAM
"""

import argparse
import collections
import pathlib
import tempfile

import common
import numpy as np


def noisy(samples, generator):
    level = np.sqrt(np.mean(samples**2)) * 10 ** (-15 / 20)
    return samples + generator.normal(0, level, len(samples))


def telephone(samples, _generator):
    spectrum = np.fft.rfft(samples)
    frequencies = np.fft.rfftfreq(len(samples), 1 / common.RATE)
    spectrum[(frequencies < 300) | (frequencies > 3400)] = 0
    band = np.clip(np.fft.irfft(spectrum, len(samples)), -1, 1)
    # mu-law in 8 bits, ITU-T G.711 as a formula.
    squeezed = np.sign(band) * np.log1p(255 * np.abs(band)) / np.log(256)
    steps = np.round(squeezed * 127) / 127
    return np.sign(steps) * np.expm1(np.abs(steps) * np.log(256)) / 255


def quiet(samples, _generator):
    return samples * 10 ** (-26 / 20)


def later(seconds):
    return lambda samples, _generator: np.concatenate([np.zeros(int(seconds * common.RATE)), samples])


CONDITIONS = {
    "later-0.15": later(0.15),
    "later-0.4": later(0.4),
    "later-0.8": later(0.8),
    "noise": noisy,
    "telephone": telephone,
    "quiet": quiet,
}


def prepare(folder):
    """Puts every clip in every condition into a folder per language: (language, condition, path, label)."""
    generator = np.random.default_rng(17)
    items = []
    for index, clip in enumerate(common.labelled_clips()):
        place = folder / clip["language"]
        place.mkdir(exist_ok=True)
        original = place / f"{index:02}-original{clip['path'].suffix}"
        original.write_bytes(clip["path"].read_bytes())
        items.append((clip["language"], "original", original, clip["text"]))
        samples = common.read_sound(clip["path"])
        for condition, change in CONDITIONS.items():
            path = place / f"{index:02}-{condition}.wav"
            common.write_sound(path, change(samples, generator))
            items.append((clip["language"], condition, path, clip["text"]))
    for clip in common.sentences():
        path = folder / clip["language"] / clip["path"].name
        path.write_bytes(clip["path"].read_bytes())
        items.append((clip["language"], "original", path, clip["text"]))
    return items


def voiceman_texts(voiceman, folder, languages, settings):
    texts = {}
    for language in languages:
        with tempfile.TemporaryDirectory() as case:
            command = [voiceman, "analyze", folder / language, "--out", f"{case}/case", "--language", language]
            common.run([*command, "--stages", "transcribe,align", "--beam", "5", "--progress", "none", *settings])
            for name, text in common.voiceman_texts(f"{case}/case").items():
                texts[folder / language / name] = text
    return texts


def peer_texts(items, compute_type):
    from faster_whisper import WhisperModel

    model = WhisperModel(str(common.peer_model()), device="cpu", compute_type=compute_type)
    texts = {}
    for language, _, path, _ in items:
        segments, _ = model.transcribe(str(path), language=language, beam_size=5)
        texts[path] = " ".join(segment.text.strip() for segment in segments)
    return texts


def tables(items, texts):
    by_language, by_condition = collections.defaultdict(list), collections.defaultdict(list)
    for language, condition, path, label in items:
        by_language[language].append((label, texts[path]))
        by_condition[condition].append((label, texts[path]))
    return {
        "by_language": {key: common.errors(pairs) for key, pairs in by_language.items()},
        "by_condition": {key: common.errors(pairs) for key, pairs in by_condition.items()},
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--voiceman", required=True, type=pathlib.Path)
    voiceman = parser.parse_args().voiceman.resolve()
    with tempfile.TemporaryDirectory() as folder:
        items = prepare(pathlib.Path(folder))
        languages = sorted({language for language, *_ in items})
        systems = {
            "voiceman weights8": voiceman_texts(voiceman, pathlib.Path(folder), languages, []),
            "voiceman float32": voiceman_texts(
                voiceman, pathlib.Path(folder), languages, ["--set", "models.precision=float32"]
            ),
            "faster-whisper int8": peer_texts(items, "int8"),
            "faster-whisper float32": peer_texts(items, "float32"),
        }
        result = {name: tables(items, texts) for name, texts in systems.items()}
        original = [item for item in items if item[1] == "original"]
        for name, texts in systems.items():
            result[name]["original_by_language"] = tables(original, texts)["by_language"]
        texts = [
            {"clip": path.name, "language": language, "label": label}
            | {name: texts[path] for name, texts in systems.items()}
            for language, _, path, label in items
        ]
    for name, table in result.items():
        print(name)
        for language, numbers in table["by_language"].items():
            print(f"  {language}  WER {numbers['wer_percent']:6.2f} %  CER {numbers['cer_percent']:6.2f} %")
    common.keep("accuracy", voiceman, {"beam": 5, "systems": result, "texts": texts})


if __name__ == "__main__":
    main()
