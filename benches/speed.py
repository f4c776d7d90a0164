"""Time and memory of whole processes over one long recording: voiceman beside faster-whisper, alternating, three rounds.

The recording is made of the English recordings of samples/, in a shuffled order that is the same every time, with pauses
of 0.3 to 2 s between them. Also: all stages after transcription, and how soon a short recording is done.

Usage: speed.py --voiceman PROGRAM [--minutes 6.5] [--rounds 3] [--threads 2] [--alone]
--alone leaves the peer out, for long recordings.
"""

import argparse
import json
import pathlib
import statistics
import tempfile

import common
import numpy as np

PEERS = {"faster-whisper batched": "batched", "faster-whisper": "single"}


def compose(minutes):
    """Samples and label of the long recording."""
    clips = [clip for clip in common.labelled_clips() if clip["language"] == "en"]
    sounds = [common.read_sound(clip["path"]) for clip in clips]
    generator = np.random.default_rng(23)
    parts, label, length = [], [], 0
    while length < minutes * 60 * common.RATE:
        for index in generator.permutation(len(clips)):
            pause = np.zeros(int(generator.uniform(0.3, 2.0) * common.RATE), np.float32)
            parts += [sounds[index], pause]
            label.append(clips[index]["text"])
            length += len(sounds[index]) + len(pause)
    return np.concatenate(parts), " ".join(label)


def time_voiceman(voiceman, path, threads, *options):
    with tempfile.TemporaryDirectory() as folder:
        case = pathlib.Path(folder) / "case"
        command = [voiceman, "analyze", path, "--out", case, "--language", "en", "--threads", threads]
        run = common.run([*command, "--beam", "5", "--progress", "none", *options])
        run["text"] = " ".join(common.voiceman_texts(case).values())
        run["performance"] = json.loads((case / "performance.json").read_text())
        return run


def time_peer(how, path, threads):
    python = common.ROOT / ".venv/bin/python"
    script = common.ROOT / "benches/peer.py"
    run = common.run([python, script, how, path, common.peer_model(), threads])
    run["text"] = run["output"]
    return run


def summary(runs, length, label):
    seconds = [run["seconds"] for run in runs]
    return {
        "seconds": [round(value, 2) for value in seconds],
        "median_seconds": round(statistics.median(seconds), 2),
        "times_real_time": round(length / statistics.median(seconds), 1),
        "peak_mb": round(max(run["peak_mb"] for run in runs)),
        "wer_percent": common.errors([(label, runs[0]["text"])])["wer_percent"],
    }


def later_stages(run, length):
    """Stages after transcription, from the program's own account: how many times faster than real time together."""
    stages = [stage for stage in run["performance"]["stages"] if stage["stage"] not in ("decode", "vad", "transcribe")]
    seconds = sum(stage["seconds"] for stage in stages)
    return {
        "seconds_by_stage": {stage["stage"]: round(stage["seconds"], 3) for stage in stages},
        "times_real_time": round(length / seconds, 1),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--voiceman", required=True, type=pathlib.Path)
    parser.add_argument("--minutes", type=float, default=6.5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--alone", action="store_true")
    options = parser.parse_args()
    voiceman = options.voiceman.resolve()
    common.run([voiceman, "models", "compile"])
    with tempfile.TemporaryDirectory() as folder:
        long, short = pathlib.Path(folder) / "long.wav", pathlib.Path(folder) / "short.wav"
        samples, label = compose(options.minutes)
        length = len(samples) / common.RATE
        common.write_sound(long, samples)
        common.write_sound(short, samples[: 10 * common.RATE])
        runs = {"voiceman": []} | ({} if options.alone else {name: [] for name in PEERS})
        for round_number in range(options.rounds):
            for name in runs:
                if name == "voiceman":
                    run = time_voiceman(voiceman, long, options.threads, "--stages", "transcribe")
                else:
                    run = time_peer(PEERS[name], long, options.threads)
                runs[name].append(run)
                print(f"round {round_number + 1}: {name:<24} {run['seconds']:7.2f} s  {run['peak_mb']:6.0f} MB")
        result = {
            "recording_seconds": round(length, 1),
            "threads": options.threads,
            "beam": 5,
            "systems": {name: summary(of_one, length, label) for name, of_one in runs.items()},
        }
        ours = result["systems"]["voiceman"]["median_seconds"]
        result["times_faster_than"] = {
            name: round(result["systems"][name]["median_seconds"] / ours, 2) for name in runs if name != "voiceman"
        }
        whole = time_voiceman(voiceman, long, options.threads)
        result["whole_analysis"] = {
            "seconds": round(whole["seconds"], 2),
            "peak_mb": round(whole["peak_mb"]),
            "after_transcription": later_stages(whole, length),
        }
        shorts = [
            time_voiceman(voiceman, short, options.threads, "--stages", "transcribe") for _ in range(options.rounds)
        ]
        result["ten_seconds_done_after_s"] = round(statistics.median(run["seconds"] for run in shorts), 2)
    print(json.dumps(result, indent=2))
    common.keep(f"speed-{round(options.minutes)}-minutes", voiceman, result)


if __name__ == "__main__":
    main()
