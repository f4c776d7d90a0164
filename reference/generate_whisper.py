"""Golden data at the seams of speech recognition, made with faster-whisper and CTranslate2 in float32.

For each clip: a part of the log-mel spectrogram, a part of the encoder states, the most probable first tokens, and the
tokens that greedy and beam search give, without time tokens. Also the speech probabilities of Silero's own wrapper.

Usage: generate_whisper.py MODEL_DIR SILERO_ONNX CLIP... > crates/infer/tests/data/whisper_base.json
MODEL_DIR holds model.bin, config.json, tokenizer.json and vocabulary.json of the model `whisper-base`.
"""

import json
import pathlib
import sys
import wave

import ctranslate2
import faster_whisper
import numpy as np
import onnxruntime
from faster_whisper.audio import pad_or_trim
from faster_whisper.feature_extractor import FeatureExtractor

FRAMES = range(0, 3000, 97)
STATE_ROWS = range(0, 1500, 149)
STATE_COLUMNS = range(0, 512, 13)


def rounded(array, digits):
    return [[round(float(value), digits) for value in row] for row in array]


def samples_of(path):
    with wave.open(str(path)) as clip:
        assert clip.getframerate() == 16000 and clip.getnchannels() == 1 and clip.getsampwidth() == 2
        return np.frombuffer(clip.readframes(clip.getnframes()), np.int16).astype(np.float32) / 32768.0


def mel_of(samples):
    # As faster-whisper: zeros behind the spectrogram, not silence behind the sound before it.
    return pad_or_trim(FeatureExtractor(feature_size=80)(samples), 3000)


def silero_of(path, samples):
    """One frame a call, state and context carried, as the package's own wrapper does."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    state, context = np.zeros((2, 1, 128), np.float32), np.zeros((1, 64), np.float32)
    probabilities = []
    for start in range(0, len(samples), 512):
        frame = np.zeros((1, 512), np.float32)
        part = samples[start : start + 512]
        frame[0, : len(part)] = part
        inputs = {"input": np.concatenate([context, frame], 1), "state": state, "sr": np.array(16000, np.int64)}
        probability, state = session.run(None, inputs)
        context = frame[:, -64:]
        probabilities.append(round(float(probability[0, 0]), 6))
    return probabilities


def main():
    model_dir, silero, *clips = sys.argv[1:]
    model = ctranslate2.models.Whisper(model_dir, device="cpu", compute_type="float32", intra_threads=2)
    golden = {
        "made_with": {"faster-whisper": faster_whisper.__version__, "ctranslate2": ctranslate2.__version__},
        "frames": list(FRAMES),
        "state_rows": list(STATE_ROWS),
        "state_columns": list(STATE_COLUMNS),
        "clips": [],
    }
    start, transcribe, no_timestamps = 50258, 50359, 50363
    for clip in clips:
        path = pathlib.Path(clip)
        samples = samples_of(path)
        mel = mel_of(samples)
        features = ctranslate2.StorageView.from_array(np.ascontiguousarray(mel[None]).astype(np.float32))
        states = model.encode(features)
        array = np.array(states)[0]
        languages = model.detect_language(states)[0]
        language = languages[0][0]
        ids = {"<|en|>": 50259, "<|de|>": 50261, "<|es|>": 50262, "<|ko|>": 50264, "<|fr|>": 50265}
        prompt = [start, ids[language], transcribe, no_timestamps]
        decode = dict(max_length=224, return_scores=True, return_no_speech_prob=True, suppress_blank=True)
        greedy = model.generate(states, [prompt], beam_size=1, **decode)[0]
        beam = model.generate(states, [prompt], beam_size=5, **decode)[0]
        logits = model.generate(states, [prompt], beam_size=1, return_logits_vocab=True, **decode)[0].logits
        first = np.array(logits[0][0], np.float64).reshape(-1)
        logprobs = first - np.log(np.sum(np.exp(first - first.max()))) - first.max()
        best = np.argsort(-logprobs)[:10]
        golden["clips"].append(
            {
                "file": path.name,
                "language": language.strip("<|>"),
                "language_probability": round(float(languages[0][1]), 5),
                "no_speech_probability": round(float(beam.no_speech_prob), 6),
                "mel": rounded(mel[:, list(FRAMES)].T, 5),
                "states": rounded(array[np.ix_(list(STATE_ROWS), list(STATE_COLUMNS))], 4),
                "first_tokens": [[int(token), round(float(logprobs[token]), 4)] for token in best],
                "greedy": list(map(int, greedy.sequences_ids[0])),
                "beam": list(map(int, beam.sequences_ids[0])),
                "beam_score": round(float(beam.scores[0]), 5),
                "speech": silero_of(silero, samples),
            }
        )
    json.dump(golden, sys.stdout, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
