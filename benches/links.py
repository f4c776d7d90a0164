"""How alike the voices of different recordings are: of one person, and of two.

Usage: links.py --voiceman PROGRAM [--actors 08,09,10,12] [--others 03,11] [--seed 1]

Recordings of one actor of EmoDB each, made of clips that no other recording has: one of neutral clips, the others of all
emotions, 10 to 15 s of speech each, in the four conditions of reference/compose_conversations.py. `voiceman` tells it that
one person speaks; the similarity of two recordings is the cosine of the mean embeddings it keeps, as `voiceman link` takes
it. Pairs of one recording in two conditions are left out. What is printed: the equal error rate, and for thresholds the
share of pairs of different people that reach it (false alarm) and of pairs of one person that do not (miss), over all pairs
and by what differs between the two recordings.

Nothing was learnt from or chosen by the actors 08, 09, 10 and 12. They are four people, six pairs of different ones; with so
few, means hide what depends on who is compared. So the pair of people that is most often taken for one is given beside them,
over the other actors too: 03 and 11, two men, were learnt from, and are the most alike all the same.
"""

import argparse
import collections
import itertools
import json
import pathlib
import sys
import tempfile

import numpy as np

import common

sys.path.insert(0, str(common.ROOT / "reference"))

import compose_conversations as compose  # noqa: E402

SECONDS = 13  # of clips in a recording: with gaps and edges, more than 10 s of speech are found
GAP = 0.3
LEVELS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)


def recordings(clips, generator):
    """[(style, samples)] of disjoint clips of one actor."""
    neutral = [clip for emotion, clip in clips if emotion == "N"]
    others = [clip for emotion, clip in clips if emotion != "N"]
    made = []
    for style, pool in (("neutral", neutral), ("emotional", others)):
        pool = [pool[index] for index in generator.permutation(len(pool))]
        taken = []
        for clip in pool:
            taken.append(clip)
            if sum(map(len, taken)) >= SECONDS * common.RATE:
                made.append((style, taken))
                taken = []
    gap = np.zeros(round(GAP * common.RATE))
    return [(style, np.concatenate([part for clip in taken for part in (clip, gap)])) for style, taken in made]


def prepare(folder, actors, seed):
    clips, items = compose.read_clips(common.SPEECH / "emodb", actors), []
    for number, actor in enumerate(actors):
        generator = np.random.default_rng([seed, number])
        for take, (style, sound) in enumerate(recordings(clips[actor], generator)):
            spoken = np.abs(sound) > 0
            for condition, change in compose.CHANGES.items():
                path = folder / f"{actor}-{take}-{condition}.wav"
                common.write_sound(path, change(sound, spoken, generator))
                items.append({"path": path, "actor": actor, "take": take, "style": style, "condition": condition})
    return items


def voices(voiceman, folder):
    """The mean embedding of the speaker of each recording of a folder, by file name."""
    with tempfile.TemporaryDirectory() as out:
        case = pathlib.Path(out) / "case"
        command = [voiceman, "analyze", folder, "--out", case, "--stages", "diarize", "--speakers", "1"]
        common.run([*command, "--progress", "none"])
        found = {}
        for path in case.glob("artifacts/*/*.json"):
            artifact = json.loads(path.read_text())["artifact"]
            value = artifact.get("value")
            if artifact.get("stage") == "analysis" and value["diarization"]["voices"]:
                found[value["source"]["file"]["name"]] = np.array(value["diarization"]["voices"][0])
        return found


def pairs(items, found):
    """[(similarity, same person, what differs, who)]."""
    compared = []
    for one, other in itertools.combinations(items, 2):
        same = one["actor"] == other["actor"]
        if same and one["take"] == other["take"]:
            continue
        voice, another = found.get(one["path"].name), found.get(other["path"].name)
        if voice is None or another is None:
            continue
        differs = "nothing" if one["condition"] == other["condition"] else "condition"
        if "emotional" in (one["style"], other["style"]):
            differs += ", emotional"
        who = tuple(sorted((one["actor"], other["actor"])))
        compared.append((float(voice @ another), same, differs, who))
    return compared


def worst(compared, threshold, same):
    """The largest share that is wrong, in per cent, over pairs of people, or over people, and who they are."""
    by_people = collections.defaultdict(list)
    for value, of_one, _, who in compared:
        if of_one == same:
            by_people[who].append(value < threshold if same else value >= threshold)
    return max((100 * np.mean(wrong), who) for who, wrong in by_people.items())


def rates(compared, threshold):
    """Shares of false alarms and misses, in per cent."""
    different = [value for value, same, *_ in compared if not same]
    same = [value for value, same, *_ in compared if same]
    alarms = 100 * np.mean([value >= threshold for value in different]) if different else None
    return alarms, 100 * np.mean([value < threshold for value in same]) if same else None


def equal_error(compared):
    """(threshold, rate) where false alarms and misses are closest to each other."""
    candidates = sorted({value for value, *_ in compared})
    best = min(candidates, key=lambda threshold: abs(np.subtract(*rates(compared, threshold))))
    return best, sum(rates(compared, best)) / 2


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voiceman", required=True, type=pathlib.Path)
    parser.add_argument("--actors", default="08,09,10,12")
    parser.add_argument("--others", default="03,11")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        actors = options.actors.split(",")
        items = prepare(folder, [*actors, *filter(None, options.others.split(","))], options.seed)
        everybody = pairs(items, voices(options.voiceman.resolve(), folder))
    compared = [pair for pair in everybody if set(pair[3]) <= set(actors)]
    groups = collections.defaultdict(list)
    for pair in compared:
        groups["all"].append(pair)
        groups[f"differs: {pair[2]}"].append(pair)
    for name, group in sorted(groups.items()):
        count = collections.Counter(same for _, same, *_ in group)
        if not (count[True] and count[False]):
            continue
        threshold, rate = equal_error(group)
        print(f"{name}: {count[True]} pairs of one person, {count[False]} of two; equal error {rate:.1f} % at {threshold:.2f}")
        for level in LEVELS:
            alarms, misses = rates(group, level)
            print(f"  {level:.2f}: false alarm {alarms:5.1f} %, miss {misses:5.1f} %")
    print("the worst of all actors:")
    for level in LEVELS:
        (alarm, pair), (miss, one) = worst(everybody, level, False), worst(everybody, level, True)
        print(f"  {level:.2f}: false alarm {alarm:5.1f} % ({' and '.join(pair)}), miss {miss:5.1f} % ({one[0]})")


if __name__ == "__main__":
    main()
