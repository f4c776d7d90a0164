"""faster-whisper over one file as a user runs it, as a process of its own: peer.py batched|single FILE MODEL THREADS."""

import sys

from faster_whisper import BatchedInferencePipeline, WhisperModel


def main():
    how, path, folder, threads = sys.argv[1:]
    model = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=int(threads))
    if how == "batched":
        segments, _ = BatchedInferencePipeline(model).transcribe(path, language="en", beam_size=5, batch_size=8)
    else:
        segments, _ = model.transcribe(path, language="en", beam_size=5)
    print(" ".join(segment.text.strip() for segment in segments))


if __name__ == "__main__":
    main()
