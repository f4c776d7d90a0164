"""Who speaks when: voiceman beside senko in the same run, over conversations whose speakers are known.

Usage: diarization.py --voiceman PROGRAM [--peer-python PYTHON] [--rounds 3] [--long]

The conversations are those of reference/compose_conversations.py with the actors 08, 09, 10 and 12; nothing was learnt from
or chosen by them (the actors 03 and 11 are for that). A telephone call of two people labelled by hand is scored besides. Neither
program is told how many speakers there are. On the call the words are labelled too: voiceman transcribes it, and wder.py
says how many of the recognised words have the wrong speaker. Errors are those of der.py: collar 0.25 s, overlapping speech counts. The
rates of a group are over all its seconds; `right` is the share of its recordings with the right number of speakers.

senko is scored by the segments that its documentation writes out, and also by those before it bridges pauses of up to
4 s. Its times are given with and without loading, which includes the start of Python and, for the hour, compiling.

Then time and memory over an hour of the clean conversations behind each other, again and again, alternating with the peer.
Errors are not compared there: no real recording says the same again and again, and grouping voices depends on that.
With --long also 5, 15 and 60 minutes and 4 hours of them without the peer. The peer's Python is the one of
reference/setup-diarization.sh unless another one is given.
"""

import argparse
import collections
import itertools
import json
import pathlib
import statistics
import sys
import tempfile
import wave

import common
import der
import wder

sys.path.insert(0, str(common.ROOT / "reference"))

import compose_conversations  # noqa: E402

ACTORS, SEED = ("08", "09", "10", "12"), 1
TELEPHONE = common.SPEECH / "telephone"
VOICEMAN, PEER, PEER_RAW = "voiceman", "senko", "senko, not merged"
NUMBERS = ("der_percent", "missed_percent", "false_alarm_percent", "confusion_percent", "right_percent")


def prepare(folder):
    """Composes the conversations; gives items with `path` and `labels`. Their folder `sound` holds nothing but sound."""
    sound = folder / "sound"
    sound.mkdir()
    items = compose_conversations.compose(folder / "composed", ACTORS, SEED)
    for item in items:
        item["path"] = (folder / "composed" / f"{item['name']}.wav").rename(sound / f"{item['name']}.wav")
        item["labels"] = der.read_rttm(folder / "composed" / f"{item['name']}.rttm")
    call = {"name": "telephone-call", "kind": "call", "condition": "call", "seconds": 30.0}
    call |= {"path": sound / "telephone-call.wav", "labels": der.read_rttm(TELEPHONE / "sample.rttm")}
    call["path"].write_bytes((TELEPHONE / "sample.wav").read_bytes())
    return [*items, call]


def run_voiceman(voiceman, source):
    """Runs the program over a file or folder; adds `found`, spans by file name, and `stages`, seconds of each."""
    with tempfile.TemporaryDirectory() as folder:
        case = pathlib.Path(folder) / "case"
        command = [voiceman, "analyze", source, "--out", case, "--stages", "diarize", "--format", "rttm"]
        run = common.run([*command, "--progress", "none"])
        run["found"] = {}
        for recording in json.loads((case / "case.json").read_text())["recordings"]:
            path = case / "recordings" / recording["folder"] / "speakers.rttm"
            run["found"][pathlib.Path(recording["path"]).name] = der.read_rttm(path)
        stages = json.loads((case / "performance.json").read_text())["stages"]
        run["stages"] = {stage["stage"]: round(stage["seconds"], 2) for stage in stages}
        return run


def words_of_the_call(voiceman):
    """The call with its words: how many of them have the wrong speaker."""
    with tempfile.TemporaryDirectory() as folder:
        case = pathlib.Path(folder) / "case"
        source = TELEPHONE / "sample.wav"
        common.run([voiceman, "analyze", source, "--out", case, "--stages", "attribute", "--progress", "none"])
        (analysis,) = case.glob("recordings/*/analysis.json")
        return wder.score(wder.read_stm(TELEPHONE / "sample.stm"), *wder.read_analysis(analysis))


def run_peer(python, paths, *options):
    """Runs the peer over files; adds `found`, `found_raw`, `versions`, and seconds with and without loading."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "found.json"
        run = common.run([python, common.ROOT / "benches/peer_diarization.py", out, *options, *paths])
        result = json.loads(out.read_text())
    run["found"] = {name: recording["segments"] for name, recording in result["recordings"].items()}
    run["found_raw"] = {name: recording["raw_segments"] for name, recording in result["recordings"].items()}
    run["seconds_without_loading"] = sum(recording["seconds"] for recording in result["recordings"].values())
    return run | {"versions": result["versions"]}


def summary(scores):
    """What a table says of the recordings of a group."""
    right = [one["hypothesis_speakers"] == one["reference_speakers"] for one in scores]
    result = {"recordings": len(scores), "right_percent": round(100 * sum(right) / len(right), 1)}
    total = sum(one["total"] for one in scores)
    if not total:
        return result | {"false_alarm_seconds": round(sum(one["false_alarm"] for one in scores), 2)}
    parts = {
        f"{part}_percent": round(100 * sum(one[part] for one in scores) / total, 2)
        for part in ("missed", "false_alarm", "confusion")
    }
    return result | {"speech_seconds": round(total, 1), "der_percent": round(der.rate(scores), 2)} | parts


def tables(items, scores):
    """Summaries of all conversations, by kind, and by condition; scores by name."""
    groups = {"by_kind": collections.defaultdict(list), "by_condition": collections.defaultdict(list)}
    for item in items:
        groups["by_kind"][item["kind"]].append(scores[item["name"]])
        if item["kind"] not in ("nothing", "call"):
            groups["by_condition"][item["condition"]].append(scores[item["name"]])
    everything = [one for group in groups["by_condition"].values() for one in group]
    summaries = {key: {name: summary(group) for name, group in named.items()} for key, named in groups.items()}
    return {"conversations": summary(everything)} | summaries


def cell(group, number):
    if number in group:
        return f"{group[number]:8.2f}"
    return f"{group['false_alarm_seconds']:6.1f} s" if number == "false_alarm_percent" else " " * 8


def print_tables(systems):
    first = next(iter(systems.values()))
    print(f"{'per cent':<16}" + "".join(f"{name:>40}" for name in systems))
    print(" " * 16 + "".join(f"{word:>8}" for word in ("DER", "missed", "false", "conf.", "right")) * len(systems))
    rows = [("conversations", lambda system: system["conversations"])]
    rows += [
        (name, lambda system, key=key, name=name: system[key][name])
        for key in ("by_kind", "by_condition")
        for name in first[key]
    ]
    for title, group in rows:
        cells = [cell(group(system), number) for system in systems.values() for number in NUMBERS]
        print(f"{title:<16}" + "".join(cells))


def times(run, seconds):
    return {
        "seconds": round(run["seconds"], 2),
        "times_real_time": round(seconds / run["seconds"], 1),
        "processor_seconds": round(run["processor_seconds"], 2),
        "peak_mb": round(run["peak_mb"]),
    }


def ratios(ours, theirs):
    """How many times longer the peer takes; the last one is in its favour, as our loading counts."""
    return {
        "whole_process": round(theirs["seconds"] / ours["seconds"], 2),
        "processor": round(theirs["processor_seconds"] / ours["processor_seconds"], 2),
        "peer_without_loading": round(theirs["seconds_without_loading"] / ours["seconds"], 2),
    }


def over_conversations(items, voiceman, python):
    """Both programs over everything: tables, times, and every recording's scores."""
    ours = run_voiceman(voiceman, items[0]["path"].parent)
    theirs = run_peer(python, [item["path"] for item in items])
    found = {VOICEMAN: ours["found"], PEER: theirs["found"], PEER_RAW: theirs["found_raw"]}
    scores = {
        system: {item["name"]: der.score(item["labels"], spans[item["path"].name]) for item in items}
        for system, spans in found.items()
    }
    seconds = sum(item["seconds"] for item in items)
    return {
        "recordings": len(items),
        "seconds": round(seconds, 1),
        "peer_versions": theirs["versions"],
        "systems": {system: tables(items, named) for system, named in scores.items()},
        "times": {
            VOICEMAN: times(ours, seconds) | {"seconds_by_stage": ours["stages"]},
            PEER: times(theirs, seconds) | {"seconds_without_loading": round(theirs["seconds_without_loading"], 2)},
            "times_faster": ratios(ours, theirs),
        },
        "scores": [
            {"name": item["name"]}
            | {
                system: {key: round(value, 3) for key, value in named[item["name"]].items()}
                for system, named in scores.items()
            }
            for item in items
        ],
    }


def long_recording(path, items, seconds):
    """Writes the clean conversations behind each other until the time is over; gives the labels."""
    left, labels = round(seconds * common.RATE), []
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(common.RATE)
        for item in itertools.cycle([item for item in items if item["condition"] == "clean"]):
            begun = seconds - left / common.RATE
            labels += [(begun + begin, min(begun + end, seconds), speaker) for begin, end, speaker in item["labels"]]
            with wave.open(str(item["path"])) as part:
                count = min(part.getnframes(), left)
                out.writeframes(part.readframes(count))
            left -= count
            if not left:
                return [(begin, end, speaker) for begin, end, speaker in labels if begin < end]


def over_an_hour(folder, items, voiceman, python, rounds):
    path, seconds = folder / "hour.wav", 3600
    long_recording(path, items, seconds)
    ours, theirs = [], []
    for number in range(1, rounds + 1):
        for name, runs, run in (
            (VOICEMAN, ours, lambda: run_voiceman(voiceman, path)),
            (PEER, theirs, lambda: run_peer(python, [path], "--warm")),
        ):
            runs.append(run())
            took = runs[-1]
            print(f"an hour, round {number}: {name:<9} {took['seconds']:7.2f} s  {took['peak_mb']:6.0f} MB", flush=True)
    middle = [sorted(runs, key=lambda run: run["seconds"])[(len(runs) - 1) // 2] for runs in (ours, theirs)]
    without = statistics.median(run["seconds_without_loading"] for run in theirs)
    return {
        "rounds": rounds,
        VOICEMAN: times(middle[0], seconds) | {"seconds_by_stage": middle[0]["stages"]},
        PEER: times(middle[1], seconds) | {"seconds_without_loading": round(without, 2)},
        "times_faster": ratios(middle[0], middle[1] | {"seconds_without_loading": without}),
    }


def over_lengths(folder, items, voiceman):
    """Time, memory and errors over 5 minutes to 4 hours."""
    result = {}
    for minutes in (5, 15, 60, 240):
        path = folder / "long.wav"
        labels = long_recording(path, items, 60 * minutes)
        run = run_voiceman(voiceman, path)
        one = der.score(labels, run["found"][path.name])
        result[f"{minutes} min"] = times(run, 60 * minutes) | {
            "seconds_by_stage": run["stages"],
            "der_percent": round(der.rate([one]), 2),
            "speakers_found": one["hypothesis_speakers"],
        }
        print(f"{minutes} min: {run['seconds']:.2f} s, {run['peak_mb']:.0f} MB", flush=True)
        path.unlink()
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voiceman", required=True, type=pathlib.Path)
    parser.add_argument("--peer-python", type=pathlib.Path, default=common.ROOT / ".venv-diarization/bin/python")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--long", action="store_true")
    options = parser.parse_args()
    # Not resolved: the Python of an environment is a link, and knows its packages by where the link lies.
    voiceman, python = options.voiceman.resolve(), options.peer_python.absolute()
    common.run([voiceman, "models", "compile"])
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        items = prepare(folder)
        result = over_conversations(items, voiceman, python)
        print_tables(result["systems"])
        print(json.dumps(result["times"], indent=2), flush=True)
        result["words_of_the_call"] = words_of_the_call(voiceman)
        print(f"words of the call: {json.dumps(result['words_of_the_call'])}", flush=True)
        result["hour"] = over_an_hour(folder, items, voiceman, python, options.rounds)
        print(json.dumps(result["hour"], indent=2), flush=True)
        if options.long:
            result["lengths"] = over_lengths(folder, items, voiceman)
    common.keep("diarization", voiceman, {"collar_seconds": der.COLLAR} | result)


if __name__ == "__main__":
    main()
