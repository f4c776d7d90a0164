"""Recordings of two channels: when are speakers told apart by them, and how well.

Usage: channels.py --voiceman PROGRAM [--actors 08,09,10,12] [--seed 1]

Conversations of two actors of EmoDB, neutral and emotional, a third of the turns overlapping, made by
reference/compose_conversations.py and put on two channels in the ways of WAYS. The constants of
crates/stages/src/diarize/sides.rs were chosen on the actors 03 and 11. Errors are those of der.py: collar 0.25 s,
overlapping speech counts. `basis` is what the program says it went by, `voices` what comes out without the channels
(`diarize.channels=false`).
"""

import argparse
import collections
import itertools
import json
import pathlib
import sys
import tempfile
import wave

import numpy as np

import common
import der

sys.path.insert(0, str(common.ROOT / "reference"))

import compose_conversations as compose  # noqa: E402

SECONDS = 60


def leak(decibels):
    share = 10 ** (decibels / 20)
    return lambda left, right, _: (left + share * right, right + share * left)


def noisy(left, right, generator):
    noise = [generator.standard_normal(len(left)) * compose.level(left[np.abs(left) > 0.01]) / 10 for _ in range(2)]
    return left + noise[0], right + noise[1]


def microphone(left, right, generator):
    """Two microphones 30 cm apart in a measured room, each a little closer to one speaker."""
    responses = list(compose.rooms())
    response = responses[generator.integers(len(responses))]

    def heard(sound):
        size = len(sound) + len(response)
        return np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(response, size), size)[: len(sound)]

    left, right, late = heard(left), heard(right), round(0.0009 * common.RATE)
    return left + 0.5 * np.roll(right, late), right + 0.5 * np.roll(left, late)


def telephone(left, right, generator):
    return compose.telephone(left, None, generator), compose.telephone(right, None, generator)


def music(left, right, generator):
    played = [0.3 * compose.music(len(left), generator) for _ in range(2)]
    return left + right + played[0], left + right + played[1]


# What becomes of the tracks of the two actors, and whether channels should be gone by: None where either is right.
WAYS = {
    "apart": (lambda left, right, _: (left, right), True),
    "leak -30 dB": (leak(-30), True),
    "leak -20 dB": (leak(-20), True),
    "leak -10 dB": (leak(-10), None),
    "leak -6 dB": (leak(-6), False),
    "second 20 dB quieter": (lambda left, right, _: (left, right / 10), True),
    "noise at 20 dB": (noisy, True),
    "two telephones": (telephone, True),
    "stereo microphone": (microphone, False),
    "one sound on both": (lambda left, right, _: (left + right, left + right), False),
    "one is quieter": (lambda left, right, _: (left + right, 0.2 * (left + right)), False),
    "second is silent": (lambda left, right, _: (left + right, 0 * left), False),
    "second is noise": (lambda left, right, g: (left + right, 0.002 * g.standard_normal(len(left))), False),
    "music on both": (music, False),
}


def track(said, actors, length, generator):
    sound = np.zeros(length)
    levels = {actor: 10 ** (generator.uniform(-3, 3) / 20) for actor in sorted(actors)}
    for actor, begin, clip in said:
        if actor in actors:
            sound[begin : begin + len(clip)] += levels[actor] * clip
    return sound


def write(path, left, right):
    loudest = max(np.abs(left).max(), np.abs(right).max(), 0.95) / 0.95
    both = np.stack([left, right], 1) / loudest
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(common.RATE)
        file.writeframes((both * 32767).round().astype("<i2").tobytes())


def prepare(folder, actors, seed):
    clips = compose.read_clips(common.SPEECH / "emodb", actors)
    items = []
    for number, (style, pair) in enumerate(itertools.product(("neutral", "emotional"), itertools.combinations(actors, 2))):
        generator = np.random.default_rng([seed, number])
        taken = {a: [clip for emotion, clip in clips[a] if style != "neutral" or emotion == "N"] for a in pair}
        said = compose.converse(taken, SECONDS, True, generator)
        length = max(begin + len(clip) for _, begin, clip in said) + common.RATE // 2
        tracks = [track(said, {actor}, length, generator) for actor in pair]
        for way, (change, wanted) in WAYS.items():
            path = folder / f"{style}-{'-'.join(pair)}-{way.replace(' ', '-')}.wav"
            write(path, *change(*tracks, generator))
            items.append({"path": path, "way": way, "style": style, "wanted": wanted, "labels": compose.labels(said)})
    for number, others in enumerate(itertools.combinations(actors, 3)):
        # Two actors on the first channel, one on the second.
        generator = np.random.default_rng([seed, 100 + number])
        said = compose.converse({actor: [clip for _, clip in clips[actor]] for actor in others}, 90, False, generator)
        length = max(begin + len(clip) for _, begin, clip in said) + common.RATE // 2
        tracks = [track(said, set(others[:2]), length, generator), track(said, set(others[2:]), length, generator)]
        path = folder / f"three-{'-'.join(others)}.wav"
        write(path, *tracks)
        items.append({"path": path, "way": "two on one channel", "style": "emotional", "wanted": True,
                      "labels": compose.labels(said)})
    return items


def diarize(voiceman, folder, *options):
    """What the program says of the recordings of a folder, by file name."""
    with tempfile.TemporaryDirectory() as out:
        case = pathlib.Path(out) / "case"
        command = [voiceman, "analyze", folder, "--out", case, "--stages", "diarize", "--progress", "none", *options]
        common.run(command)
        found = {}
        for path in case.glob("recordings/*/analysis.json"):
            analysis = json.loads(path.read_text())
            turns = [(turn["start"], turn["end"], turn["speaker"]) for turn in analysis["turns"]]
            found[analysis["source"]["name"]] = analysis["diarization"] | {"turns": turns}
        return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voiceman", required=True, type=pathlib.Path)
    parser.add_argument("--actors", default="08,09,10,12")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        items = prepare(folder, options.actors.split(","), options.seed)
        found = diarize(options.voiceman.resolve(), folder)
        by_voice = diarize(options.voiceman.resolve(), folder, "--set", "diarize.channels=false")
    groups = collections.defaultdict(list)
    for item in items:
        name = item["path"].name
        item |= {"basis": found[name]["basis"], "notes": found[name]["notes"]}
        item["score"] = der.score(item["labels"], found[name]["turns"])
        item["voices"] = der.score(item["labels"], by_voice[name]["turns"])
        groups[item["way"]].append(item)
    print(f"{'':<22}{'wanted':>10}{'by channels':>14}{'right number':>14}{'DER':>8}{'voices':>8}")
    for way, group in groups.items():
        wanted = {True: "channels", False: "voices", None: "either"}[group[0]["wanted"]]
        by_channels = sum(item["basis"] == "channels" for item in group)
        right = sum(item["score"]["hypothesis_speakers"] == item["score"]["reference_speakers"] for item in group)
        rates = [der.rate([item[key] for item in group]) for key in ("score", "voices")]
        count = len(group)
        print(f"{way:<22}{wanted:>10}{by_channels:>9} of {count:<2}{right:>9} of {count:<2}{rates[0]:8.2f}{rates[1]:8.2f}")


if __name__ == "__main__":
    main()
