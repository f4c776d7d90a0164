"""Word and character errors on speech that no result is reported on: for choosing between ways of hearing it.

German sentences of Thorsten-Voice (CC0; the folder `docs/samples` of its repository), a person's voice and synthetic copies
of it, as they are, later, quiet, and two behind each other with a pause of 1.2 s. English digits of the Free Spoken Digit
Dataset (CC BY-SA 4.0; its folder `recordings`), two to nine behind each other with pauses of different lengths, as they
are, in noise 15 dB below them, and quiet.

Usage: development.py --voiceman PROGRAM --thorsten FOLDER --digits FOLDER [--peer] [voiceman options ...]
"""

import argparse
import collections
import pathlib
import random
import re
import tempfile

import common
import numpy as np

SENTENCES = {
    "01": "Eure Schoko-Bonbons sind sagenhaft lecker!",
    "02": "Eure Tröte nervt.",
    "03": "Europa und Asien zusammengenommen wird auch als Eurasien bezeichnet.",
    "04": "Euer Plan hat ja toll geklappt.",
    "05": "In den alten Zeiten, wo das Wünschen noch geholfen hat, lebte ein König, dessen Töchter waren alle schön.",
}
DIGITS = "zero one two three four five six seven eight nine".split()


def silence(seconds):
    return np.zeros(int(seconds * common.RATE), np.float32)


def sentences(folder):
    """(group, sound, text) of the German sentences."""
    files = sorted(folder.glob("sample0[1-5]-*.wav"))
    text = lambda path: SENTENCES[path.name[6:8]]
    for path in files:
        sound = common.read_sound(path)
        for condition in (sound, sound * 10 ** (-26 / 20), *(np.concatenate([silence(s), sound]) for s in (0.15, 0.4, 0.8))):
            yield "de single", condition, text(path)
    short = [path for path in files if path.name[6:8] != "05"]
    for first, second in zip(short, short[7:] + short[:7]):
        sound = np.concatenate([common.read_sound(first), silence(1.2), common.read_sound(second)])
        yield "de joined", sound, f"{text(first)} {text(second)}"


def digits(folder):
    """(group, sound, text) of sequences of English digits."""
    by_speaker = collections.defaultdict(list)
    for path in sorted(folder.glob("*_*_*.wav")):
        digit, speaker, _ = path.stem.split("_")
        by_speaker[speaker].append((int(digit), path))
    draw, generator = random.Random(5), np.random.default_rng(5)
    for _ in range(80):
        takes = by_speaker[draw.choice(sorted(by_speaker))]
        chosen = [draw.choice(takes) for _ in range(draw.randint(2, 9))]
        parts = [silence(draw.uniform(0, 0.5))]
        for _, path in chosen:
            parts += [common.read_sound(path), silence(draw.choice([0.1, 0.25, 0.5, 1.2]))]
        sound, text = np.concatenate(parts), " ".join(DIGITS[digit] for digit, _ in chosen)
        noise = generator.normal(0, np.sqrt(np.mean(sound**2)) * 10 ** (-15 / 20), len(sound))
        yield from (("en digits", sound, text), ("en digits in noise", sound + noise, text), ("en digits, quiet", sound * 0.05, text))


def spelled(text):
    """Digits as words."""
    return re.sub(r"\d", lambda digit: f" {DIGITS[int(digit[0])]} ", text)


def hear(arguments, options, folder, language):
    if not arguments.peer:
        command = [arguments.voiceman, "analyze", folder, "--out", f"{folder}-case", "--language", language]
        common.run([*command, "--stages", "transcribe,align", "--progress", "none", *options])
        return common.voiceman_texts(f"{folder}-case")
    from faster_whisper import WhisperModel

    model = WhisperModel(str(common.peer_model()), compute_type="int8")
    heard = lambda path: model.transcribe(str(path), language=language, beam_size=5)[0]
    return {path.name: "".join(segment.text for segment in heard(path)) for path in folder.iterdir()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voiceman", type=pathlib.Path, required=True)
    parser.add_argument("--thorsten", type=pathlib.Path, required=True)
    parser.add_argument("--digits", type=pathlib.Path, required=True)
    parser.add_argument("--peer", action="store_true", help="hear with faster-whisper instead")
    arguments, options = parser.parse_known_args()
    for language, clips in (("de", sentences(arguments.thorsten)), ("en", digits(arguments.digits))):
        pairs = collections.defaultdict(list)
        with tempfile.TemporaryDirectory() as parent:
            folder = pathlib.Path(parent) / "in"
            folder.mkdir()
            items = []
            for number, (group, sound, text) in enumerate(clips):
                common.write_sound(folder / f"{number:03}.wav", sound)
                items.append((f"{number:03}.wav", group, text))
            heard = hear(arguments, options, folder, language)
        for name, group, text in items:
            pairs[group].append((text, spelled(heard.get(name, "")) if language == "en" else heard.get(name, "")))
        for group, of_group in pairs.items():
            errors = common.errors(of_group)
            print(f"{group}: WER {errors['wer_percent']} % CER {errors['cer_percent']} %, {errors['words']} words", flush=True)


if __name__ == "__main__":
    main()
