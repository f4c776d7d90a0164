"""Word and character errors of voiceman and of faster-whisper with the same weights, per language, at beam 5.

Every labelled recording of samples/ and speech/ is heard as it is. Those of samples/ are heard in made-up conditions as well:
with silence of different lengths before them, with noise (white, 15 dB below the speech), over the telephone (300 to
3400 Hz, mu-law) and quiet (-26 dB). The noise is the same every time. The two are counted apart: a sentence heard in six
conditions is one sentence. The peer runs with its own defaults, as a user runs it.

How far the difference of two programs is luck is told by its 95 % interval over recordings drawn anew, with all hearings of
a recording (paired bootstrap, percentiles; Bisani and Ney 2004, doi:10.1109/ICASSP.2004.1326009).

Usage: accuracy.py --voiceman PROGRAM
"""

import argparse
import collections
import pathlib
import tempfile
import typing

import common
import numpy as np

PEER = "faster-whisper int8"
DRAWS = 2000


class Item(typing.NamedTuple):
    """One hearing. Hearings of one recording share its name: other codecs and made-up conditions are no new speech.

    Writings are the ways to write what is said, as labelled first: German "soweit sein" became "so weit sein" in 1996.
    """

    language: str
    recording: str
    condition: str
    path: pathlib.Path
    writings: tuple


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


ORIGINAL = "original"
CONDITIONS = {
    "later-0.15": later(0.15),
    "later-0.4": later(0.4),
    "later-0.8": later(0.8),
    "noise": noisy,
    "telephone": telephone,
    "quiet": quiet,
}


def prepare(folder):
    """Puts every clip, as it is and in conditions, into a folder per language; a list of what to hear."""
    generator = np.random.default_rng(17)
    items = []

    def item(clip, condition, path):
        recording = clip.get("of", clip["file"])
        items.append(Item(clip["language"], recording, condition, path, (clip["text"], *clip.get("also", ()))))

    for index, clip in enumerate(common.labelled_clips()):
        place = folder / clip["language"]
        place.mkdir(exist_ok=True)
        original = place / f"{index:02}-original{clip['path'].suffix}"
        original.write_bytes(clip["path"].read_bytes())
        item(clip, ORIGINAL, original)
        samples = common.read_sound(clip["path"])
        for condition, change in CONDITIONS.items():
            path = place / f"{index:02}-{condition}.wav"
            common.write_sound(path, change(samples, generator))
            item(clip, condition, path)
    for clip in common.sentences():
        path = folder / clip["language"] / clip["file"].replace("/", "-")
        path.write_bytes(clip["path"].read_bytes())
        item(clip, ORIGINAL, path)
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
    for item in items:
        segments, _ = model.transcribe(str(item.path), language=item.language, beam_size=5)
        texts[item.path] = " ".join(segment.text.strip() for segment in segments)
    return texts


def by(key, items, texts, choose=common.nearest):
    """Errors over the hearings that share a key."""
    groups = collections.defaultdict(list)
    for item in items:
        text = texts[item.path]
        groups[key(item)].append((choose(item.writings, text), text))
    return {name: common.errors(pairs) for name, pairs in groups.items()}


def as_labelled(writings, _text):
    return writings[0]


def tables(items, texts):
    original = [item for item in items if item.condition == ORIGINAL]
    made_up = [item for item in items if item.condition != ORIGINAL]
    return {
        "by_language": by(lambda item: item.language, original, texts),
        "by_language_as_labelled": by(lambda item: item.language, original, texts, as_labelled),
        "made_up_by_language": by(lambda item: item.language, made_up, texts),
        "by_condition": by(lambda item: item.condition, items, texts),
    }


def beyond_peer(items, texts, peer):
    """By how many points the word error rate is above the peer's, with its 95 % interval; recordings are drawn anew."""
    generator = np.random.default_rng(29)
    languages = {}
    for language in sorted({item.language for item in items}):
        recordings = collections.defaultdict(lambda: np.zeros(3))
        for item in items:
            if item.language == language:
                ours, theirs = (
                    common.word_errors(common.nearest(item.writings, heard[item.path]), heard[item.path])
                    for heard in (texts, peer)
                )
                recordings[item.recording] += (ours, theirs, len(common.words(item.writings[0]).split()))
        counts = np.array(list(recordings.values()))
        drawn = counts[generator.integers(len(counts), size=(DRAWS, len(counts)))].sum(axis=1)
        points = 100 * (drawn[:, 0] - drawn[:, 1]) / drawn[:, 2]
        ours, theirs, words = counts.sum(axis=0)
        languages[language] = {
            "points": round(float(100 * (ours - theirs) / words), 2),
            "interval": [round(float(edge), 2) for edge in np.percentile(points, (2.5, 97.5))],
            "recordings": len(counts),
            "errors": [int(ours), int(theirs)],
        }
    return languages


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--voiceman", required=True, type=pathlib.Path)
    voiceman = parser.parse_args().voiceman.resolve()
    with tempfile.TemporaryDirectory() as folder:
        items = prepare(pathlib.Path(folder))
        languages = sorted({item.language for item in items})
        systems = {
            "voiceman weights8": voiceman_texts(voiceman, pathlib.Path(folder), languages, []),
            "voiceman float32": voiceman_texts(
                voiceman, pathlib.Path(folder), languages, ["--set", "models.precision=float32"]
            ),
            PEER: peer_texts(items, "int8"),
            "faster-whisper float32": peer_texts(items, "float32"),
        }
        result = {name: tables(items, texts) for name, texts in systems.items()}
        original = [item for item in items if item.condition == ORIGINAL]
        for name, texts in systems.items():
            result[name]["beyond_peer"] = beyond_peer(original, texts, systems[PEER])
        texts = [
            {"clip": item.path.name, "language": item.language, "label": item.writings[0]}
            | {name: texts[item.path] for name, texts in systems.items()}
            for item in items
        ]
    for name, table in result.items():
        print(name)
        for language, numbers in table["by_language"].items():
            beyond = table["beyond_peer"][language]
            print(
                f"  {language}  WER {numbers['wer_percent']:6.2f} %  CER {numbers['cer_percent']:6.2f} %"
                f"  beyond {PEER} {beyond['points']:+.2f} ({beyond['interval'][0]:+.2f} to {beyond['interval'][1]:+.2f})"
            )
    common.keep("accuracy", voiceman, {"beam": 5, "systems": result, "texts": texts})


if __name__ == "__main__":
    main()
