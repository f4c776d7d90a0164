"""How well speakers over a telephone are told apart by the published embedding network, and by what train_narrow_band.py made
of it, on conversations that nothing is reported on.

Usage: compare_narrow_band.py PACKAGE_FOLDER DIFFERENCES CLIPS CLIPS.jsonl FOLDER.jsonl=FOLDER...

DIFFERENCES is what train_narrow_band.py wrote, CLIPS the folder that `compare_clusterings.py --clips` wrote; the rest is as for
compare_clusterings.py, whose clustering, settings and directions are used; of the conversations those over a telephone. In
the environment of setup-diarization.sh.

Prints the equal error rate of clips over a telephone (one actor in different emotions against another actor of the same sex,
directions learnt on the others), and error and right number of speakers in percent, over all folders and for each.
"""

import pathlib
import sys
import wave

import compare_clusterings as clusterings
import der
import generate_speakers
import numpy as np
import torch
import train_narrow_band

MEN = ("03", "11", "15")
THRESHOLDS = (0.44, 0.47, 0.5, 0.53, 0.56)


def read(path):
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768


def narrowed(network, path):
    """Adds the differences of the file at `path`."""
    values, at = np.fromfile(path, "<f2").astype(np.float32), 0
    for name, tensor in sorted(network.state_dict().items()):
        if train_narrow_band.changes(name):
            tensor += torch.from_numpy(values[at : at + tensor.numel()].reshape(tensor.shape))
            at += tensor.numel()
    assert at == len(values), "differences of another network"
    return network


@torch.inference_mode()
def embed(network, sound):
    """As crates/stages/src/diarize does: short sound is repeated, frames are a multiple of ten."""
    size = max(len(sound), 8_000)
    frames = (1 + (size - 400) // 160) // 10 * 10
    vector = network(train_narrow_band.features(np.resize(sound, size)[: 400 + (frames - 1) * 160])[None])[0].numpy()
    return vector / np.linalg.norm(vector)


def calls(argument):
    """The conversations over a telephone of a folder, with the sound of their voices."""
    heard, folder = (pathlib.Path(part) for part in argument.split("="))
    items = {item["name"]: item for item in clusterings.json.loads((folder / "conversations.json").read_text())}
    for line in heard.read_text().splitlines():
        row = clusterings.json.loads(line)
        item = items[pathlib.Path(row["file"]).stem]
        if item["condition"] != "telephone":
            continue
        call, sound = clusterings.Conversation(row, folder, item), read(folder / f"{item['name']}.wav")
        call.folder = argument
        voices = [piece["voice"] for piece in row["pieces"] if piece["voice"]]
        call.sounds = [np.concatenate([sound[begin:end] for begin, end in voice["samples"]]) for voice in voices]
        yield call


def equal_error(vectors, names, clips):
    same, other = [], []
    actors, emotions = np.array([name[:2] for name in names]), np.array([name[5] for name in names])
    for first in sorted(set(actors)):
        for second in sorted(set(actors)):
            if first < second and (first in MEN) == (second in MEN):
                axes, own = clips.without([first, second])[0], np.isin(actors, [first, second])
                left = vectors[own] - vectors[own] @ axes.T @ axes
                left /= np.linalg.norm(left, axis=1, keepdims=True)
                alike, pairs = left @ left.T, np.triu_indices(own.sum(), 1)
                one = np.equal.outer(actors[own], actors[own])[pairs]
                changed = np.not_equal.outer(emotions[own], emotions[own])[pairs]
                same.append(alike[pairs][one & changed])
                other.append(alike[pairs][~one])
    same, other = np.sort(np.concatenate(same)), np.sort(np.concatenate(other))
    levels = np.concatenate([same, other])
    missed = np.searchsorted(same, levels) / len(same)
    alarms = 1 - np.searchsorted(other, levels) / len(other)
    best = np.argmin(np.abs(missed - alarms))
    return 50 * (missed[best] + alarms[best])


def show(name, talks, scores):
    cells = []
    folders = [talk.folder for talk in talks]
    for wanted in [set(folders), *({folder} for folder in dict.fromkeys(folders))]:
        own = [score for folder, score in zip(folders, scores) if folder in wanted]
        right = sum(score["hypothesis_speakers"] == score["reference_speakers"] for score in own) / len(own)
        cells.append(f"{der.rate(own):5.1f} {100 * right:4.0f}")
    print(f"{name:<28}" + "   ".join(cells), flush=True)


def main():
    torch.set_num_threads(1)
    _, network = generate_speakers.networks(pathlib.Path(sys.argv[1]))
    clips = clusterings.Clips(pathlib.Path(sys.argv[4]))
    talks = [call for argument in sys.argv[5:] for call in calls(argument)]
    files = sorted(pathlib.Path(sys.argv[3]).glob("*-telephone.wav"))
    for name in ("published", "taught"):
        if name == "taught":
            network = narrowed(network, sys.argv[2])
        vectors = np.array([embed(network, read(path)) for path in files])
        print(f"{name}: equal error rate {equal_error(vectors, [path.stem for path in files], clips):.1f} %")
        for talk in talks:
            talk.embeddings = np.array([embed(network, sound) for sound in talk.sounds])
        alike = [talk.similarity(clips.without(talk.speakers)[0]) for talk in talks]
        for threshold in THRESHOLDS:
            scores = [talk.score(clusterings.by_the_program(talk, own, threshold)) for talk, own in zip(talks, alike)]
            show(f"one voice from {threshold} on", talks, scores)
        given = [
            talk.score(clusterings.by_the_program(talk, own, number=len(talk.speakers))) for talk, own in zip(talks, alike)
        ]
        show("number given", talks, given)
    show("pieces as the labels say", talks, [talk.score(talk.truth()) for talk in talks])


if __name__ == "__main__":
    main()
