"""A whole night on a small scale: a case of 183 recordings, made anew from the speech of samples/, in mixed formats, one of
them corrupt, one empty, one silent. Analysed in one go, then once more; with --kills, killed at random moments besides.

Checks that 181 have results, that the two others are listed, and that a second run does nothing. Measures wall time against
the slowest stage's own time and against what the cores can do at most, memory against what was given, its growth from
recording to recording, and what a recording costs when there is nothing left to do.

Usage: case183.py --voiceman PROGRAM [--scale 1.0] [--memory 2GB] [--kills 0] [--recordings 183] [--keep-input FOLDER]
--scale makes all recordings shorter: 1 is 4 s to 10 min, about six hours in all.
"""

import argparse
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

import av
import common
import numpy as np

SEED = 183
# Extension, encoder, sample format; how often each is drawn.
FORMATS = [("m4a", "aac", "fltp", 6), ("mp3", "libmp3lame", "fltp", 3), ("opus", "libopus", "flt", 2),
           ("flac", "flac", "s16", 1), ("wav", "pcm_s16le", "s16", 3), ("ogg", "libopus", "flt", 1)]
RATES = {"opus": 48_000, "ogg": 48_000, "m4a": 44_100}


def encode(path, codec, sample_format, rate, samples):
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        stream.codec_context.open()
        # Frames of the size that the encoder takes.
        size = stream.codec_context.frame_size or None
        resampler = av.AudioResampler(format=sample_format, layout="mono", rate=rate, frame_size=size)
        for first in range(0, len(samples), common.RATE):
            part = np.ascontiguousarray(samples[None, first : first + common.RATE], dtype=np.float32)
            frame = av.AudioFrame.from_ndarray(part, format="flt", layout="mono")
            frame.sample_rate, frame.pts = common.RATE, first
            for piece in resampler.resample(frame):
                container.mux(stream.encode(piece))
        for piece in resampler.resample(None):
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))


def sound(clips, seconds, generator):
    """Speech of shuffled clips with pauses, cut to a length."""
    parts, length = [], 0
    while length < seconds * common.RATE:
        clip = clips[generator.integers(len(clips))]
        pause = np.zeros(int(generator.uniform(0.2, 3.0) * common.RATE), np.float32)
        parts += [clip, pause]
        length += len(clip) + len(pause)
    return np.concatenate(parts)[: int(seconds * common.RATE)]


def make_case(folder, count, scale):
    """Writes the recordings and gives their whole length in seconds."""
    generator = np.random.default_rng(SEED)
    clips = [common.read_sound(clip["path"]) for clip in common.labelled_clips()]
    weights = np.array([weight for *_, weight in FORMATS], float)
    total = 0.0
    for number in range(count - 3):
        seconds = scale * 4 * (600 / 4) ** generator.uniform()
        extension, codec, sample_format, _ = FORMATS[generator.choice(len(FORMATS), p=weights / weights.sum())]
        path = folder / f"recording {number:03}.{extension}"
        encode(path, codec, sample_format, RATES.get(extension, common.RATE), sound(clips, seconds, generator))
        total += seconds
    common.write_sound(folder / "silence.wav", np.zeros(int(20 * scale * common.RATE)))
    (folder / "empty.mp3").write_bytes(b"")
    (folder / "corrupt.m4a").write_bytes(generator.bytes(50_000))
    return total + 20 * scale


def killed(command, moments):
    """Runs the command and kills it after each of these seconds."""
    for seconds in moments:
        process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(seconds)
            return False
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
    return True


def results(case):
    """Bytes of all results that must not depend on how the case was made."""
    left_out = {"performance.json", "report.html"}
    files = [path for path in sorted(case.rglob("*")) if path.is_file()]
    of_case = [path for path in files if path.parent != case or (path.name not in left_out and not path.name.startswith("case.db"))]
    return {str(path.relative_to(case)): path.read_bytes() for path in of_case}


def check(wanted, condition):
    if not condition:
        sys.exit(f"not so: {wanted}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voiceman", type=pathlib.Path, required=True)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--memory", default="2GB")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--recordings", type=int, default=183)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        source, case = folder / "in", folder / "case"
        source.mkdir()
        length = make_case(source, arguments.recordings, arguments.scale)
        print(f"{arguments.recordings} recordings, {length / 3600:.2f} h", flush=True)
        command = [arguments.voiceman, "analyze", source, "--out", case, "--memory", arguments.memory, "--progress", "none"]
        run = common.run(command, allowed=(3,))
        index = json.loads((case / "case.json").read_text())
        totals = index["totals"]
        check("all but two are done", (totals["done"], totals["failed"]) == (arguments.recordings - 2, 2))
        failed = sorted(pathlib.Path(entry["path"]).name for entry in index["recordings"] if entry["status"] == "failed")
        check("the corrupt and the empty one are listed", failed == ["corrupt.m4a", "empty.mp3"])
        performance = json.loads((case / "performance.json").read_text())
        before = results(case)
        again = common.run(command, allowed=(3,))
        check("a second run changes nothing", results(case) == before)
        cores = len(os.sched_getaffinity(0))
        slowest, limit = performance["bottleneck"]["active_s"], run["processor_seconds"] / cores
        result = {
            "recordings": arguments.recordings,
            "scale": arguments.scale,
            "hours": round(length / 3600, 2),
            "seconds": round(run["seconds"], 1),
            "times_real_time": round(length / run["seconds"], 1),
            "slowest_stage": performance["bottleneck"]["stage"],
            "slowest_stage_seconds": round(slowest, 1),
            "seconds_if_all_cores_had_always_worked": round(limit, 1),
            "wall_to_the_larger_of_both": round(run["seconds"] / max(slowest, limit), 3),
            "memory_given": arguments.memory,
            "peak_mb": round(run["peak_mb"]),
            "growth_kb_per_recording": performance["memory"]["trend_bytes_per_recording"]
            and round(performance["memory"]["trend_bytes_per_recording"] / 1000, 1),
            "second_run_ms_per_recording": round(1000 * again["seconds"] / arguments.recordings, 2),
            "batches_of_the_recogniser": next(
                {key: stage[key] for key in ("batches", "items", "fill")}
                for stage in performance["stages"] if stage["stage"] == "transcribe"
            ),
        }
        if arguments.kills:
            draw = random.Random(SEED)
            other = folder / "killed"
            command = [other if word == case else word for word in command]
            moments = [draw.uniform(0.05, run["seconds"] * 2 / arguments.kills) for _ in range(arguments.kills)]
            begun = time.monotonic()
            result["kills"] = arguments.kills
            result["was_killed_every_time"] = killed(command, moments)
            common.run(command, allowed=(3,))
            check("killed and resumed, every byte is the same", results(other) == before)
            result["seconds_with_kills"] = round(time.monotonic() - begun, 1)
        print(json.dumps(result, indent=2))
        kills = f"-{arguments.kills}-kills" if arguments.kills else ""
        common.keep(f"case-of-{arguments.recordings}{kills}", arguments.voiceman, {"command": " ".join(sys.argv)} | result)


if __name__ == "__main__":
    main()
