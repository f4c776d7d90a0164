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

import accuracy
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
        later = (np.concatenate([silence(seconds), sound]) for seconds in (0.15, 0.4, 0.8))
        for condition in (sound, accuracy.quiet(sound, None), *later):
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
        yield "en digits", sound, text
        yield "en digits in noise", accuracy.noisy(sound, generator), text
        yield "en digits, quiet", sound * 0.05, text


def spelled(text):
    """Digits as words."""
    return re.sub(r"\d", lambda digit: f" {DIGITS[int(digit[0])]} ", text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voiceman", type=pathlib.Path, required=True)
    parser.add_argument("--thorsten", type=pathlib.Path, required=True)
    parser.add_argument("--digits", type=pathlib.Path, required=True)
    parser.add_argument("--peer", action="store_true", help="hear with faster-whisper instead")
    arguments, options = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        folder, items = pathlib.Path(folder), []
        for language, clips in (("de", sentences(arguments.thorsten)), ("en", digits(arguments.digits))):
            (folder / language).mkdir()
            for number, (group, sound, text) in enumerate(clips):
                path = folder / language / f"{number:03}.wav"
                common.write_sound(path, sound)
                items.append((language, group, path, text))
        if arguments.peer:
            texts = accuracy.peer_texts(items, "int8")
        else:
            texts = accuracy.voiceman_texts(arguments.voiceman, folder, ["de", "en"], options)
    texts = {path: spelled(text) for path, text in texts.items()}
    for group, errors in accuracy.tables(items, texts)["by_condition"].items():
        print(f"{group}: WER {errors['wer_percent']} % CER {errors['cer_percent']} %, {errors['words']} words")


if __name__ == "__main__":
    main()
