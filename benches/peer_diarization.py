"""senko over some recordings as a process of its own: peer_diarization.py OUT.json [--warm] FILE...

Run it with the Python of the environment that reference/setup-diarization.sh makes. The model is loaded once, and nothing
is told about the recordings, which have to be WAV, 16 kHz, one channel, 16 bit. OUT.json says who speaks when in each by
file name: `segments` as its documentation writes them out, `raw_segments` before it bridges pauses and drops what is
short. Without --warm the compiling of its clustering for recordings of 20 minutes and more, which shorter ones do not
need, is not done beforehand.
"""

import importlib.metadata
import json
import pathlib
import sys
import time


def spans(segments):
    return [[float(segment["start"]), float(segment["end"]), segment["speaker"]] for segment in segments]


def main():
    begun = time.monotonic()
    import senko

    out, *paths = [word for word in sys.argv[1:] if word != "--warm"]
    diarizer = senko.Diarizer(device="cpu", warmup="--warm" in sys.argv, quiet=True)
    result = {
        "versions": {name: importlib.metadata.version(name) for name in ("senko", "torch", "silero-vad")},
        "loading_seconds": time.monotonic() - begun,
        "recordings": {},
    }
    for path in paths:
        begun = time.monotonic()
        # Nothing is given for a recording in which nobody is heard.
        found = diarizer.diarize(path) or {"merged_segments": [], "raw_segments": []}
        result["recordings"][pathlib.Path(path).name] = {
            "seconds": time.monotonic() - begun,
            "segments": spans(found["merged_segments"]),
            "raw_segments": spans(found["raw_segments"]),
        }
    pathlib.Path(out).write_text(json.dumps(result))


if __name__ == "__main__":
    main()
