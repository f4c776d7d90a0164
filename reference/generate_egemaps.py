"""Measures eGeMAPSv02 with openSMILE's Python package and writes what the tests of `acoustics::egemaps` hold against.

Run by `make golden`, or alone:
`reference/setup-emotion.sh && .venv-emotion/bin/python reference/generate_egemaps.py`.
Reads every fifth clip of six actors in `benches/speech/emodb` and all recordings of `crates/stages/tests/data/acoustics` and writes
`opensmile.json` beside the latter. The same files and versions give the same bytes.

openSMILE is licensed for research only. It is run, as a program, to get its numbers; nothing of it is in ours.
"""

import json
from pathlib import Path

import numpy
import opensmile
import soundfile

ROOT = Path(__file__).resolve().parent.parent
RECORDINGS = ROOT / "crates" / "stages" / "tests" / "data" / "acoustics"
EMODB = ROOT / "benches" / "speech" / "emodb"
ACTORS = ("03", "08", "09", "10", "11", "12")
EVERY = 5


def rounded(value):
    """Seven digits, which is what the 32-bit floats of openSMILE hold."""
    return float(f"{float(value):.7g}")


def main():
    smile = opensmile.Smile(
        feature_set=opensmile.FeatureSet.eGeMAPSv02,
        feature_level=opensmile.FeatureLevel.Functionals,
    )
    clips = [path for path in sorted(EMODB.glob("*.flac")) if path.name[:2] in ACTORS]
    files = clips[::EVERY] + sorted(RECORDINGS.glob("*.wav"))
    entries = []
    for path in files:
        samples, rate = soundfile.read(path, dtype="float32")
        row = smile.process_signal(numpy.ascontiguousarray(samples), rate)
        entries.append(
            {
                "file": str(path.relative_to(ROOT)),
                "values": [rounded(value) for value in row.to_numpy()[0]],
            }
        )
    golden = {
        "made_by": f"reference/generate_egemaps.py with opensmile {opensmile.__version__}, eGeMAPSv02",
        "names": list(smile.feature_names),
        "files": entries,
    }
    lines = ",\n".join(json.dumps(entry) for entry in entries)
    head = {key: golden[key] for key in ("made_by", "names")}
    text = json.dumps(head)[:-1] + ', "files": [\n' + lines + "\n]}\n"
    (RECORDINGS / "opensmile.json").write_text(text)


if __name__ == "__main__":
    main()
