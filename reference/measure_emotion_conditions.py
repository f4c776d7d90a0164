"""How well the model of emotion that is part of the program does in conditions that it was not trained in.

Usage: measure_emotion_conditions.py VOICEMAN CLIPS

CLIPS holds clips of EmoDB by the actors 13, 14, 15 and 16: benches/speech/emodb. The model knows none of them, but their sentences. Each clip is analysed on its own,
without a baseline and with the quality gate of emotion open, as it is, with noise (white and pink, as
compose_conversations.py makes it), with what lies above a frequency taken away, in a room and over a telephone.

Prints, in percent: recall of the seven emotions, unweighted; how many clips are given a label, and how many of those labels are
right; the same of high and low arousal, without disgust, which is neither; mean confidence of the likeliest emotion.
"""

import collections
import functools
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benches"))

import common  # noqa: E402
import compose_conversations as conversations  # noqa: E402

ACTORS = ("13", "14", "15", "16")
EMOTIONS = dict(W="anger", L="boredom", E="disgust", A="fear", F="happiness", T="sadness", N="neutral")
HIGH = ("anger", "fear", "happiness")
OPEN = ("snr_db=-20", "bandwidth_hz=0", "clipped_share=1", "kilobits_per_s=0", "speech_s=0.5", "dry=false")


def up_to(hertz):
    def change(sound, _spoken, _generator):
        spectrum = np.fft.rfft(sound)
        spectrum[np.fft.rfftfreq(len(sound), 1 / common.RATE) > hertz] = 0
        return np.fft.irfft(spectrum, len(sound))

    return change


CONDITIONS = (
    {"clean": conversations.clean}
    | {f"noise at {level} dB": functools.partial(conversations.noisy, below=level) for level in (40, 35, 30, 25, 20, 15)}
    | {f"up to {hertz} Hz": up_to(hertz) for hertz in (7000, 6000, 5000, 4000)}
    | {"a room": conversations.reverberant, "a telephone": conversations.telephone}
)


def answers(voiceman, clips, change, folder):
    """[(emotion, what the model said of the longest stretch)] of the clips it could say something of."""
    generator = np.random.default_rng(5)
    sounds, case = folder / "sound", folder / "case"
    sounds.mkdir()
    for name, clip in clips:
        sound = change(clip, np.ones(len(clip), bool), generator)
        common.write_sound(sounds / f"{name}.wav", sound / max(1, np.abs(sound).max() / 0.95))
    gate = [part for setting in OPEN for part in ("--set", f"quality.emotion.{setting}")]
    command = [voiceman, "analyze", sounds, "--out", case, "--stages", "emotion", "--progress", "none", *gate]
    subprocess.run(command, check=True, capture_output=True)
    found = []
    for recording in json.loads((case / "case.json").read_text())["recordings"]:
        analysis = json.loads((case / "recordings" / recording["folder"] / "analysis.json").read_text())
        said = [one for one in analysis.get("emotion", []) if one.get("classes")]
        if said:
            emotion = EMOTIONS[pathlib.Path(recording["path"]).name[5]]
            found.append((emotion, max(said, key=lambda one: one["end"] - one["start"])))
    return found


def percent(values):
    return 100 * sum(values) / len(values) if values else float("nan")


def row(found):
    hits = collections.defaultdict(list)
    for emotion, one in found:
        hits[emotion].append(max(one["classes"], key=one["classes"].get) == emotion)
    labels = [one["label"] == emotion for emotion, one in found if one["label"] != "undetermined"]
    graded = [(emotion in HIGH, one) for emotion, one in found if emotion != "disgust"]
    levels = [(high, one["arousal"]["value"] > 0.5) for high, one in graded]
    arousal = [percent([said == high for high, said in levels if high is wanted]) for wanted in (True, False)]
    said = [(one["arousal_label"] == "high") == high for high, one in graded if one["arousal_label"] in ("high", "low")]
    confidence = percent([max(one["classes"].values()) for _, one in found])
    recall = sum(map(percent, hits.values())) / len(hits)
    return [
        recall,
        100 * len(labels) / len(found),
        percent(labels),
        sum(arousal) / 2,
        100 * len(said) / len(graded),
        percent(said),
        confidence,
    ]


def main():
    voiceman, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    paths = [path for path in sorted(folder.glob("*.flac")) if path.name[:2] in ACTORS]
    clips = [(path.stem, conversations.audible(common.read_sound(path).astype(np.float64))) for path in paths]
    titles = ("recall", "labelled", "right", "arousal", "labelled", "right", "confid.")
    print(f"{len(clips)} clips".ljust(18) + "".join(f"{title:>10}" for title in ("said of", *titles)))
    for name, change in CONDITIONS.items():
        with tempfile.TemporaryDirectory() as place:
            found = answers(voiceman, clips, change, pathlib.Path(place))
        print(f"{name:<18}{len(found):>10}" + "".join(f"{number:>10.1f}" for number in row(found)), flush=True)


if __name__ == "__main__":
    main()
