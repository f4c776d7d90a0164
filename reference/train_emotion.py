"""Trains the embedded model of emotion on EmoDB and writes the model, its golden values and its card.

    cargo build --release -p voiceman-stages --example emotion
    .venv-emotion/bin/python reference/train_emotion.py target/release/examples/emotion

Descriptors come from the program's own code. Reported numbers are of speakers and sentences that the model of the fold
has not seen: for every speaker and every sentence one model, trained on the other speakers' other sentences
(emotion_folds.py). The same models hear the left-out clips in noise, rooms and codecs (emotion_sounds.py). The peer, openSMILE's
eGeMAPSv02 with logistic regression, goes the same way without copies. About half an hour on one core.
"""

import hashlib
import json
import sys

import emotion_card
import emotion_model as model
import emotion_sounds as sounds
import numpy as np
from emotion_folds import HIGH, LETTERS, WAYS, Folds, for_everybody, summed

ASSET = sounds.ROOT / "crates/infer/src/emotion/emodb-acoustic-2.json"
GOLDEN = sounds.ROOT / "crates/infer/tests/data/emotion.json"
CARD = sounds.ROOT / "docs/models/emotion-emodb-acoustic.md"
CLASSES = ["anger", "boredom", "disgust", "fear", "happiness", "sadness", "neutral"]
DISGUST = CLASSES.index("disgust")
LEAST_OTHERS = 4
LEVELS = 2  # descriptors at the end that depend on gain: only with a baseline
SEED = 20261125
# Conditions that the quality gate refuses (docs/methods/quality.md).
NOT_ASKED = (
    *(f"noise at {level} dB" for level in (15, 10, 5)),
    "voices at 10 dB",
    "a measured room",
    *(f"MP3 at {rate} kbit/s" for rate in (24, 16)),
)


class Data:
    """All clips: who speaks, what, and how it is acted; descriptors as they are, of copies, and in each condition."""

    def __init__(self, program):
        paths = sounds.paths()
        self.files = [path.stem for path in paths]
        self.speaker = np.array([file[:2] for file in self.files])
        self.sentence = np.array([file[2:5] for file in self.files])
        self.label = np.array([LETTERS.index(file[5]) for file in self.files])
        self.names, self.values = sounds.described(program, paths)
        self.copies = [sounds.spoilt(program, change, sounds.TRAINING_SEED) for change in sounds.COPIES.values()]
        heard = sounds.conditions([sounds.common.read_sound(path) for path in paths])
        self.conditions = {name: sounds.spoilt(program, change, sounds.MEASURING_SEED) for name, change in heard.items()}
        # Not written and read again: nothing is done to it.
        self.conditions["clean"] = self.values


def peer(data):
    import opensmile

    smile = opensmile.Smile(opensmile.FeatureSet.eGeMAPSv02, opensmile.FeatureLevel.Functionals)
    rows = [smile.process_signal(sounds.common.read_sound(path), 16_000).to_numpy()[0] for path in sounds.paths()]
    return np.array(rows)


def measured(data, found, least):
    """Numbers of the probabilities of classes and of arousal; clips without any are left out. From `least` confidence on,
    for each of the two, something is said."""
    p, ph = found
    known = ~np.isnan(p[:, 0])
    p, ph, y, speaker = p[known], ph[known], data.label[known], data.speaker[known]
    high, said, graded = HIGH[y].astype(int), (ph[:, 1] > 0.5).astype(int), y != DISGUST
    kinds = len(CLASSES)
    named = p.argmax(1)
    answered, called = p.max(1) >= least[0], ph.max(1) >= least[1]
    return {
        "clips": int(known.sum()),
        "recall": model.recall(y, named, kinds).mean(),
        "arousal": model.recall(high, said, 2).mean(),
        "arousal_graded": model.recall(high[graded], said[graded], 2).mean(),
        "calibration": model.calibration_error(p, y),
        "arousal_calibration": model.calibration_error(ph, high),
        "named": answered.mean(),
        "named_right": (named == y)[answered].mean(),
        "called": called.mean(),
        "called_right": (said == high)[called].mean(),
        "by_class": dict(zip(CLASSES, model.recall(y, named, kinds))),
        "confusion": [[int(((y == a) & (named == b)).sum()) for b in range(kinds)] for a in range(kinds)],
        "by_speaker": {
            str(one): [
                model.recall(y[speaker == one], named[speaker == one], kinds).mean(),
                model.recall(high[speaker == one], said[speaker == one], 2).mean(),
            ]
            for one in np.unique(speaker)
        },
    }


def with_intervals(data, found, least=(0.0, 0.0)):
    """As `measured`, with 95 % intervals by drawing clips of each class again."""
    p, ph = found
    random, y, high = np.random.default_rng(SEED), data.label, HIGH[data.label].astype(int)
    draws = []
    for _ in range(2000):
        take = np.concatenate([random.choice(np.flatnonzero(y == k), (y == k).sum()) for k in range(len(CLASSES))])
        said = (ph[take, 1] > 0.5).astype(int)
        graded = y[take] != DISGUST
        draws.append(
            (
                model.recall(y[take], p[take].argmax(1), len(CLASSES)).mean(),
                model.recall(high[take], said, 2).mean(),
                model.recall(high[take][graded], said[graded], 2).mean(),
            )
        )
    low, top = np.percentile(draws, [2.5, 97.5], axis=0)
    names = ("recall", "arousal", "arousal_graded")
    return measured(data, found, least) | {f"{name}_interval": [low[at], top[at]] for at, name in enumerate(names)}


def counted(choices):
    """How often what was chosen within the folds."""
    said = [f"{one.kind}; arousal: {one.way}" for one in choices]
    return {what: said.count(what) for what in sorted(set(said), key=said.count, reverse=True)}


def evaluated(data, how, other):
    """What stands in the card of one condition; `how` brings descriptors into its form, `other` are the peer's in it."""
    values = np.stack([how(values) for values in [data.values, *data.copies]])
    clips = model.Clips(values, data.label, data.speaker, data.sentence)
    folds = Folds(clips, {name: how(values) for name, values in data.conditions.items()})
    theirs = model.Clips(other[None], data.label, data.speaker, data.sentence)
    theirs = Folds(theirs, {"clean": other}, model.PEER_KINDS, model.PEER_MEMBERS)
    return folds, theirs, for_everybody(clips)


def summary(data, folds, theirs):
    asked = [found for name, found in folds.chosen.items() if name not in NOT_ASKED]
    p, ph = (np.concatenate([found[place] for found in asked]) for place in (0, 1))
    y = np.tile(data.label, len(asked))
    known = ~np.isnan(p[:, 0])
    named = model.threshold(p[known], y[known], 0.8)
    called = model.threshold(ph[known], HIGH[y[known]].astype(int), 0.95)
    least = (named[0], called[0])
    return {
        "ours": with_intervals(data, folds.chosen["clean"], least),
        "fixed": with_intervals(data, folds.fixed["clean"]),
        "peer": with_intervals(data, theirs.chosen["clean"]),
        "conditions": {name: measured(data, found, least) for name, found in folds.chosen.items()},
        "class_threshold": named,
        "arousal_threshold": called,
        "chosen": counted(folds.choices),
    }


def rounded(values, digits=6):
    return [float(f"{value:.{digits}g}") for value in np.ravel(values)]


def linear(fitted, names, temperature):
    weights, bias = fitted.mean_of(names)
    return {
        "temperature": temperature,
        "mean": rounded(fitted.mean),
        "deviation": rounded(fitted.deviation),
        "weights": [rounded(row) for row in weights.T],
        "bias": rounded(bias),
    }


def condition(everybody, got):
    choice, classes, own = everybody
    ours = got["ours"]
    return {
        "classes": linear(classes, model.KINDS[choice.kind], choice.temperature),
        "arousal": linear(own, model.KINDS[choice.own_kind], choice.own_temperature),
        "arousal_weight": WAYS[choice.way],
        "class_threshold": got["class_threshold"][0],
        "arousal_threshold": got["arousal_threshold"][0],
        "measured": {
            "recall": round(ours["recall"], 3),
            "recall_interval": [round(v, 3) for v in ours["recall_interval"]],
            "arousal_recall": round(ours["arousal"], 3),
            "arousal_interval": [round(v, 3) for v in ours["arousal_interval"]],
            "calibration_error": round(ours["calibration"], 3),
            "arousal_calibration_error": round(ours["arousal_calibration"], 3),
        },
    }


def asset(data, usual, conditions):
    return {
        "schema": "voiceman.emotion-model/2",
        "name": "emodb-acoustic-2",
        "descriptors": "voiceman-acoustic-1",
        "names": data.names,
        "level_descriptors": LEVELS,
        "classes": CLASSES,
        "high_arousal": [name for name, is_high in zip(CLASSES, HIGH) if is_high],
        "clip": model.CLIP,
        "usual_scale": rounded(usual),
        "least_scale": model.FLOOR,
        "least_others": LEAST_OTHERS,
        **conditions,
        "data": {
            "name": "EmoDB (Burkhardt et al. 2005), CC0 1.0; acted German, clips of at most 2 s",
            "speakers": sorted({str(one) for one in data.speaker}),
            "clips": len(data.files),
            "copies": list(sounds.COPIES),
            "files_sha256": hashlib.sha256("".join(sorted(data.files)).encode()).hexdigest(),
            "split": "one speaker and one sentence left out at a time, trained on neither",
        },
    }


def answers(written, part, x):
    """Probabilities of the classes and of high arousal by the written model, rounded as it is."""

    def apply(one):
        scaled = np.clip((x - np.array(one["mean"])) / np.array(one["deviation"]), -model.CLIP, model.CLIP)
        return model.softmax((scaled @ np.array(one["weights"]).T + np.array(one["bias"]))[None] / one["temperature"])

    part = written[part]
    classes, weight = apply(part["classes"]), part["arousal_weight"]
    return classes[0], (1 - weight) * summed(classes)[0, 1] + weight * apply(part["arousal"])[0, 1]


def golden(data, written):
    """Twelve clips of one speaker: descriptors, and probabilities with and without the others as baseline."""
    index = np.flatnonzero(data.speaker == data.speaker[0])[:12]
    values = np.array([rounded(row, 9) for row in data.values[index]])
    together = model.relative(values, np.zeros(len(values)), np.array(written["usual_scale"]))
    entries = []
    for place, value in enumerate(values):
        entry = {"file": data.files[index[place]], "descriptors": rounded(value, 9)}
        for part, x in (("without_baseline", value[:-LEVELS]), ("with_baseline", together[place])):
            classes, high = answers(written, part, x)
            entry[part] = {"classes": rounded(classes, 9), "high_arousal": rounded(high, 9)[0]}
        entries.append(entry)
    return entries


def write(data, usual, results, everybody):
    conditions = {name: condition(everybody[name], results[name]) for name in results}
    written = asset(data, usual, conditions)
    ASSET.write_text(json.dumps(written, separators=(",", ":")) + "\n")
    GOLDEN.write_text(json.dumps(golden(data, written), separators=(",", ":")) + "\n")
    CARD.write_text(emotion_card.card(data, CLASSES, results, NOT_ASKED))


def main():
    data = Data(sys.argv[1])
    usual = model.usual_scale(data.values, data.speaker)
    other = peer(data)
    ways = {
        "without_baseline": (lambda values: values[:, :-LEVELS], other),
        "with_baseline": (
            lambda values: model.relative(values, data.speaker, usual),
            model.relative(other, data.speaker, None),
        ),
    }
    results, everybody = {}, {}
    for name, (how, theirs) in ways.items():
        folds, peers, everybody[name] = evaluated(data, how, theirs)
        results[name] = summary(data, folds, peers)
        print(name, json.dumps(results[name]["chosen"], indent=1), flush=True)
    write(data, usual, results, everybody)


if __name__ == "__main__":
    main()
