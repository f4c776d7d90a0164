"""What the benchmarks share: sound, text, processes, the machine, and where results go."""

import datetime
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile
import time
import unicodedata
import wave

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "samples"
SPEECH = ROOT / "benches" / "speech"
RATE = 16_000


def labelled_clips():
    """The whole recordings of people in samples/, with what is said in them."""
    clips = json.loads((SAMPLES / "transcripts.json").read_text())
    return [clip | {"path": SAMPLES / "recordings" / clip["file"]} for clip in clips if clip["whole"] and not clip.get("synthetic")]


def sentences():
    """Short recordings of people in benches/speech/, with what is said in them."""
    clips = json.loads((SPEECH / "transcripts.json").read_text())
    return [clip | {"path": SPEECH / clip["file"]} for clip in clips]


def read_sound(path):
    """16 kHz, one channel, floats; decoded by the peer's own decoder."""
    from faster_whisper.audio import decode_audio

    return decode_audio(str(path), sampling_rate=RATE)


def write_sound(path, samples):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).round().astype("<i2").tobytes())


def words(text):
    """Text as it is compared: composed, lower case, without punctuation; hyphens part words."""
    text = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    return " ".join(re.sub(r"[^\w\s']", " ", text.replace("-", " ")).split())


def letters(text):
    """Text as its characters are compared: without spaces, which Korean writers put differently."""
    return words(text).replace(" ", "")


def word_errors(label, text):
    """Words put in, left out and exchanged."""
    import jiwer

    found = jiwer.process_words(words(label), words(text))
    return found.substitutions + found.deletions + found.insertions


def nearest(writings, text):
    """Of the right ways to write what is said, the one that the text comes closest to."""
    return min(writings, key=lambda label: word_errors(label, text))


def errors(pairs):
    """Word and character errors over (label, hypothesis) pairs, in per cent."""
    import jiwer

    labels, texts = [words(label) for label, _ in pairs], [words(text) for _, text in pairs]
    word = jiwer.process_words(labels, texts)
    character = jiwer.process_characters([letters(label) for label, _ in pairs], [letters(text) for _, text in pairs])
    return {
        "wer_percent": round(100 * word.wer, 2),
        "cer_percent": round(100 * character.cer, 2),
        "words": sum(len(label.split()) for label in labels),
        "characters": sum(len(letters(label)) for label, _ in pairs),
    }


# Starts the command from a process that holds nothing. Linux counts what a process held before it became the command as
# its peak, and a benchmark that holds hours of sound would be measured instead.
STARTER = """
import json, os, subprocess, sys, time
begun = time.monotonic()
process = subprocess.Popen(sys.argv[2:])
_, status, usage = os.wait4(process.pid, 0)
seconds = time.monotonic() - begun
with open(sys.argv[1], "w") as file:
    json.dump([os.waitstatus_to_exitcode(status), seconds, usage.ru_maxrss, usage.ru_utime + usage.ru_stime], file)
"""


def run(command, allowed=(0,), **more):
    """Runs a command to its end: output, seconds of the whole process, seconds of its processors, peak memory in MB."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.NamedTemporaryFile() as taken:
        starter = [sys.executable, "-c", STARTER, taken.name, *(str(word) for word in command)]
        subprocess.run(starter, stdout=out, stderr=err, check=False, **more)
        code, seconds, kilobytes, processor = json.load(taken)
        out.seek(0)
        err.seek(0)
        if code not in allowed:
            sys.exit(f"{command[0]} ended with {code}:\n{err.read().decode(errors='replace')}")
        return {
            "output": out.read().decode(),
            "errors": err.read().decode(errors="replace"),
            "code": code,
            "seconds": seconds,
            "processor_seconds": processor,
            "peak_mb": kilobytes / 1000,
        }


def voiceman_texts(case):
    """What voiceman wrote down, by file name."""
    texts = {}
    for path in sorted(pathlib.Path(case).glob("recordings/*/analysis.json")):
        analysis = json.loads(path.read_text())
        texts[analysis["source"]["name"]] = " ".join(utterance["text"] for utterance in analysis["utterances"])
    return texts


def peer_model():
    """Folder of the weights that both programs use."""
    data = os.environ.get("XDG_DATA_HOME") or pathlib.Path.home() / ".local/share"
    home = pathlib.Path(os.environ.get("VOICEMAN_HOME") or pathlib.Path(data) / "voiceman")
    return home / "models" / "whisper-base"


def processor():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    named = {key.strip(): value.strip() for key, value in fields.items()}
    flags = named.get("flags", named.get("Features", "")).split()
    known = [flag for flag in ("avx2", "avx512f", "avx512_vnni", "amx_int8", "asimddp", "i8mm") if flag in flags]
    return {"name": named.get("model name", platform.machine()), "instructions": known}


def machine():
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "architecture": platform.machine(),
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(memory / 1e9, 1),
        "system": platform.system(),
    }


def versions(voiceman):
    import ctranslate2
    import faster_whisper

    commit = subprocess.run(
        ["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return {
        "voiceman": run([voiceman, "--version"])["output"].strip(),
        "commit": commit.stdout.strip(),
        "faster_whisper": faster_whisper.__version__,
        "ctranslate2": ctranslate2.__version__,
        "python": platform.python_version(),
    }


def keep(name, voiceman, result):
    """Writes a result to benches/runs/DATE-MACHINE-NAME.json."""
    here = machine()
    label = re.sub(r"[^a-z0-9]+", "-", here["processor"]["name"].lower()).strip("-")
    date = datetime.date.today().isoformat()
    path = ROOT / "benches" / "runs" / f"{date}-{label}-{here['cores']}-cores-{name}.json"
    path.parent.mkdir(exist_ok=True)
    document = {"date": date, "machine": here, "versions": versions(voiceman)} | result
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    print(f"kept in {path.relative_to(ROOT)}")
