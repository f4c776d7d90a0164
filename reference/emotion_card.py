"""The card of the embedded model of emotion: what train_emotion.py found, as text."""

import textwrap

from emotion_folds import WAYS
from emotion_model import MEMBERS

TITLES = {"without_baseline": "without", "with_baseline": "with"}


def percent(value):
    return f"{100 * value:.0f}"


def interval(pair):
    return f"{percent(pair[0])} to {percent(pair[1])}"


def paragraph(text):
    """Lines of a paragraph, with an empty one behind it."""
    return [*textwrap.wrap(text, 130, break_long_words=False, break_on_hyphens=False), ""]


def card(data, classes, results, not_asked):
    counts = ", ".join(f"{name} {int((data.label == kind).sum())}" for kind, name in enumerate(classes))
    lines = [
        "# Emotion: emodb-acoustic-2",
        "",
        "Written by `reference/train_emotion.py`; do not edit. What the numbers are made of: `docs/methods/emotion.md`.",
        "",
        *paragraph(
            f"A linear model over {len(data.names)} descriptors of the sound (`voiceman-acoustic-1`). It says how speech "
            "*sounded to a model trained on acted German speech*: high or low arousal, and which of seven acted emotions it is "
            "most like. It does not say what a person felt."
        ),
        "## Data and split",
        "",
        *paragraph(
            f"EmoDB (Burkhardt et al. 2005, CC0 1.0): all {len(data.files)} clips of {len(set(data.speaker))} actors, "
            f"{len(set(data.sentence))} sentences, in `benches/speech/emodb`. The copies at hand were cut or filled up with "
            f"zeros to two seconds; the zeros are cut off, so that their length says nothing. {counts}."
        ),
        *paragraph(
            "High arousal: anger, fear, happiness; low: boredom, disgust, sadness, neutral (Schuller et al. 2009). Disgust is "
            "neither, so arousal is given with it (as low) and without it."
        ),
        *paragraph(
            "Trained on the clips and four copies of each: white and pink noise 10 to 40 dB below the speech, everything above a "
            "limit between 3.5 and 7.5 kHz taken away, a made-up room, a telephone (300 to 3400 Hz, mu-law)."
        ),
        *paragraph(
            "Every number is of clips whose speaker *and* sentence the model of the fold was not trained on. *With a baseline* "
            "means: relative to the median of the speaker's other clips, all emotions mixed, labels not used. A recording of one "
            "mood gives another baseline than that."
        ),
        *paragraph(
            "Within each fold, by leaving out one of its speakers at a time, were chosen: which model it is (the mean of the "
            f"logits of {', '.join(MEMBERS)}, or one of them alone), its temperature, and how arousal is told "
            f"({', '.join(WAYS)}). The same for the peer. How often each was chosen:"
        ),
    ]
    for condition, got in results.items():
        said = "; ".join(f"{what.replace('; ', ', ')} ({often})" for what, often in got["chosen"].items())
        lines += textwrap.wrap(f"- {TITLES[condition]} a baseline: {said}.", 130, subsequent_indent="  ")
    lines += [
        "",
        *paragraph(
            "The descriptors and these three models were chosen earlier, on six of the actors (03, 08 to 12), by looking at "
            "about 60 variants; the other four had no part in that. On all ten were looked at, before: copies, of one make, "
            "and none (no difference in the clean: 70.1 and 77.8 % without them), the ways to tell arousal, a kernel model "
            "and mixing both conditions, which gained nothing and were dropped."
        ),
        "## Recall",
        "",
        *paragraph(
            "Unweighted mean recall in percent, with 95 % intervals (bootstrap over clips); calibration: expected calibration "
            "error, ten bins. *Fixed* is the mean of the three models with the sum over the classes in every fold, as it was "
            "chosen on six actors. Peer: openSMILE 2.6.0, eGeMAPSv02, logistic regression of three strengths (baseline: mean "
            "and deviation of the other clips), the same folds, no copies."
        ),
        "| baseline | model | 7 classes | arousal | without disgust | calibration: classes | arousal |",
        "|---|---|---|---|---|---|---|",
    ]
    for condition, got in results.items():
        for who, name in (("ours", "emodb-acoustic-2"), ("fixed", "the same, fixed"), ("peer", "openSMILE")):
            one = got[who]
            lines.append(
                f"| {TITLES[condition]} | {name} | {100 * one['recall']:.1f} ({interval(one['recall_interval'])}) "
                f"| {100 * one['arousal']:.1f} ({interval(one['arousal_interval'])}) "
                f"| {100 * one['arousal_graded']:.1f} ({interval(one['arousal_graded_interval'])}) "
                f"| {one['calibration']:.3f} | {one['arousal_calibration']:.3f} |"
            )
    actors = next(iter(results.values()))["ours"]["by_speaker"]
    lines += [
        "",
        "By speaker, in percent: recall of the classes / of arousal.",
        "",
        "| baseline | model | " + " | ".join(actors) + " |",
        "|---" * (len(actors) + 2) + "|",
    ]
    for condition, got in results.items():
        for who, name in (("ours", "emodb-acoustic-2"), ("peer", "openSMILE")):
            by = [f"{percent(pair[0])} / {percent(pair[1])}" for pair in got[who]["by_speaker"].values()]
            lines.append(f"| {TITLES[condition]} | {name} | " + " | ".join(by) + " |")
    for condition, got in results.items():
        lines += ["", *confusion(TITLES[condition], classes, got)]
    lines += ["", *spoilt(results, not_asked), "", *LIMITS]
    return "\n".join(lines) + "\n"


def confusion(title, classes, got):
    least, precision, kept = got["class_threshold"]
    least_high, precision_high, kept_high = got["arousal_threshold"]
    lines = [
        f"## Classes {title} a baseline",
        "",
        "Rows: acted; columns: said; clips as they are.",
        "",
        "| | " + " | ".join(classes) + " | recall |",
        "|---" * (len(classes) + 2) + "|",
    ]
    for name, row in zip(classes, got["ours"]["confusion"]):
        lines.append(f"| {name} | " + " | ".join(map(str, row)) + f" | {percent(got['ours']['by_class'][name])} |")
    return [
        *lines,
        "",
        *paragraph(
            f"A class is named from a confidence of {least:.2f} on: {percent(precision)} % of the named are right then, "
            f"{percent(kept)} % are named. Arousal is called high or low from {least_high:.2f} on: {percent(precision_high)} % "
            f"right, {percent(kept_high)} % called. Both were chosen on the same held-out clips that they are reported on, "
            "over all conditions below that the program asks in."
        )[:-1],
    ]


def spoilt(results, not_asked):
    lines = [
        "## Where it goes wrong",
        "",
        *paragraph(
            "The same clips, spoilt, by the same models of the folds: neither the speaker nor the sentence is known to them. "
            "In percent, each without and with a baseline (of clips in the same condition): recall of the seven emotions; "
            "recall of arousal (disgust as low); expected calibration error of the emotions; how many clips are given an "
            "emotion, and how many of these rightly; the same of high and low arousal. Noise is white and pink together; "
            "voices are six other clips at once; `up to` takes away what lies above; rooms are measured ones. Voices, "
            "measured rooms, GSM and MP3 are not among the copies."
        ),
        "| | recall: without | with | arousal: without | with | calibration: without | with "
        "| named, right: without | with | called, right: without | with | asked |",
        "|---" * 12 + "|",
    ]
    found = [got["conditions"] for got in results.values()]
    for name in found[0]:
        cells = [percent(one[name][what]) for what in ("recall", "arousal", "calibration") for one in found]
        pairs = [
            f"{percent(one[name][what])}, {percent(one[name][what + '_right'])}" for what in ("named", "called") for one in found
        ]
        lines.append(f"| {name} | " + " | ".join(cells + pairs) + f" | {'no' if name in not_asked else 'yes'} |")
    return [
        *lines,
        "",
        "*Asked*: whether the quality gate lets the model judge such a recording (`docs/methods/quality.md`); chosen by this table.",
    ]


LIMITS = [
    "## What it does not know",
    "",
    "- Anything but ten German actors who read ten sentences in a studio and were told what to act. Felt emotion, conversation,",
    "  other languages (Korean, English), children and old people were never heard; errors there are unknown and likely larger.",
    "- Noise, telephones and codecs other than those above; all of them were laid over studio speech. Who talks in noise, talks",
    "  otherwise.",
    "- Disgust was acted in few clips of most actors; its recall rests on them alone.",
    "- Emotions beyond the seven, mixtures of them, irony.",
    "- Clips were at most two seconds long; longer stretches give steadier values than those it was trained on.",
]
