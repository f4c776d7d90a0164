"""Tiny random checkpoints of speech networks with heads for emotion, and what they say of real speech, by transformers in
float32 on the processor: `crates/infer/tests/data/ser/`.

Layouts, as they are published:

- `dimensions`: wav2vec2 with the regression head of audeering's wav2vec2-large-robust-12-ft-emotion-msp-dim (mean over
  time, dense, tanh, out_proj); PyTorch dictionary, weight norm under its old names
- `wav2vec2`: Wav2Vec2ForSequenceClassification, norm over time in the first convolution; safetensors, new names
- `hubert`: HubertForSequenceClassification, pre-norm, weighted sum of layers; PyTorch dictionary of 16-bit floats, old names
- `wavlm`, `wavlm_stable`: WavLMForSequenceClassification, post-norm with a weighted sum of layers, and pre-norm; safetensors
- `speechbrain`: the two dictionaries and the labels of speechbrain's emotion-recognition-wav2vec2-IEMOCAP: the sound
  normalised with `layer_norm`, wav2vec2, `layer_norm` over all frames at once, mean over time, a linear layer without bias.
  The noise of 1e-5 that its `StatisticsPooling` adds is left out.

Every piece is given alone and unpadded, as the reference programs do.

Usage: generate_ser.py CLIP (16 kHz mono WAV)
"""

import copy
import json
import pathlib
import sys
import wave

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn
from transformers import (
    HubertConfig,
    HubertForSequenceClassification,
    Wav2Vec2Config,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2ForSequenceClassification,
    Wav2Vec2Model,
    WavLMConfig,
    WavLMForSequenceClassification,
)

PLACE = pathlib.Path(__file__).parent.parent / "crates/infer/tests/data/ser"
PIECES = ((0, 16_000), (9_000, 36_321), (30_000, 78_001), (4_000, 4_400))  # samples; the last is one frame
TINY = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "conv_dim": [8] * 7,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 2,
    "classifier_proj_size": 12,
    "vocab_size": 4,
    "attn_implementation": "eager",
}
PRE_NORM = {"feat_extract_norm": "layer", "do_stable_layer_norm": True, "conv_bias": True}


def labels(*names):
    return {"id2label": dict(enumerate(names)), "label2id": {name: place for place, name in enumerate(names)}}


def samples(path):
    with wave.open(str(path)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (16_000, 1, 2)
        return np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(np.float32) / 32768


def randomised(model):
    """Numbers of a size with which every part of the network has a say in the result."""
    for name, weight in model.named_parameters():
        if name.endswith("original0") or name.endswith("weight_g"):
            weight.data.uniform_(0.5, 1.5)
        elif weight.dim() > 1 and "rel_pos_const" not in name:
            weight.data.normal_(0, 1.5 / np.sqrt(weight[0].numel()))
        elif name == "layer_weights":
            weight.data.normal_(0, 1)
        else:
            weight.data.normal_(1.0 if "norm.weight" in name or "const" in name else 0.0, 0.2)
    return model.eval()


def with_old_names(tensors):
    old = {"parametrizations.weight.original0": "weight_g", "parametrizations.weight.original1": "weight_v"}

    def renamed(name):
        for new, before in old.items():
            name = name.replace(new, before)
        return name

    return {renamed(name): tensor for name, tensor in tensors.items()}


class RegressionHead(nn.Module):
    def __init__(self, width, outputs):
        super().__init__()
        self.dense = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, outputs)

    def forward(self, pooled):
        return self.out_proj(torch.tanh(self.dense(pooled)))


class Dimensions(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.wav2vec2 = Wav2Vec2Model(config)
        self.classifier = RegressionHead(config.hidden_size, 3)

    def forward(self, sound):
        return self.classifier(self.wav2vec2(sound)[0].mean(dim=1))


class OutputLayer(nn.Module):
    def __init__(self, width, outputs):
        super().__init__()
        self.w = nn.Linear(width, outputs, bias=False)


class SpeechBrain(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.wav2vec2 = nn.ModuleDict({"model": Wav2Vec2Model(config)})
        self.model = nn.ModuleList([OutputLayer(config.hidden_size, 4)])

    def forward(self, sound):
        states = self.wav2vec2["model"](F.layer_norm(sound, sound.shape[1:])).last_hidden_state
        return self.model[0].w(F.layer_norm(states, states.shape[1:]).mean(dim=1))


def keep(folder, model, normalises):
    folder.mkdir(parents=True, exist_ok=True)
    model.config.to_json_file(folder / "config.json")
    extractor = Wav2Vec2FeatureExtractor(do_normalize=normalises, return_attention_mask=True)
    (folder / "preprocessor_config.json").write_text(extractor.to_json_string())
    return extractor


@torch.inference_mode()
def answers(model, sound, extractor):
    found = []
    for start, end in PIECES:
        given = sound[start:end]
        if extractor is not None:
            given = extractor(given, sampling_rate=16_000).input_values[0]
        out = model(torch.from_numpy(np.asarray(given, np.float32))[None])
        out = out if isinstance(out, torch.Tensor) else out.logits
        found.append([round(float(value), 6) for value in out[0]])
    return found


def main(clip):
    sound = samples(clip)
    torch.manual_seed(7)
    golden = {}

    model = randomised(Dimensions(Wav2Vec2Config(**TINY, **PRE_NORM, **labels("arousal", "dominance", "valence"))))
    extractor = keep(PLACE / "dimensions", model, True)
    torch.save(with_old_names(model.state_dict()), PLACE / "dimensions/pytorch_model.bin")
    golden["dimensions"] = answers(model, sound, extractor)

    config = Wav2Vec2Config(**TINY, **labels("angry", "calm", "disgust", "fearful", "happy", "neutral", "sad"))
    model = randomised(Wav2Vec2ForSequenceClassification(config))
    extractor = keep(PLACE / "wav2vec2", model, True)
    save_file(model.state_dict(), PLACE / "wav2vec2/model.safetensors", {"format": "pt"})
    golden["wav2vec2"] = answers(model, sound, extractor)

    config = HubertConfig(**{**TINY, "num_conv_pos_embeddings": 7}, **PRE_NORM, **labels("neu", "hap", "ang", "sad"))
    config.use_weighted_layer_sum = True
    model = randomised(HubertForSequenceClassification(config)).half().float()
    extractor = keep(PLACE / "hubert", model, False)
    halves = {name: tensor.half() for name, tensor in with_old_names(model.state_dict()).items()}
    torch.save(halves, PLACE / "hubert/pytorch_model.bin")
    golden["hubert"] = answers(model, sound, extractor)

    narrow = {"num_buckets": 32, "max_bucket_distance": 80}
    for name, more in (("wavlm", {"use_weighted_layer_sum": True}), ("wavlm_stable", PRE_NORM)):
        config = WavLMConfig(**TINY, **narrow, **more, **labels("neutral", "sad", "happy", "angry"))
        model = randomised(WavLMForSequenceClassification(config))
        extractor = keep(PLACE / name, model, name == "wavlm_stable")
        save_file(model.state_dict(), PLACE / name / "model.safetensors", {"format": "pt"})
        golden[name] = answers(model, sound, extractor)

    # Its width is that of one head of the published network: the layout does not say how many heads there are.
    wide = {**TINY, "hidden_size": 64, "num_attention_heads": 1, "num_conv_pos_embedding_groups": 16}
    model = randomised(SpeechBrain(Wav2Vec2Config(**wide)))
    folder = PLACE / "speechbrain"
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(copy.deepcopy(model.wav2vec2.state_dict()), folder / "wav2vec2.ckpt")
    torch.save(copy.deepcopy(model.model.state_dict()), folder / "model.ckpt")
    order = ("neu", "ang", "hap", "sad")
    lines = [f"'{label}' => {place}" for place, label in enumerate(order)]
    (folder / "label_encoder.txt").write_text("\n".join([*lines, "=" * 20, "'starting_index' => 0", ""]))
    golden["speechbrain"] = answers(model, sound, None)

    written = {"clip": pathlib.Path(clip).name, "pieces": PIECES, "outputs": golden}
    (PLACE / "golden.json").write_text(json.dumps(written, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
