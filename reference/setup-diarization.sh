#!/bin/sh
# Makes the environment of the peer in benches/diarization.py and of check_scorer.py: `.venv-diarization` at the root of the
# project, exactly the packages of diarization.lock, in the way of setup.sh. They take 7 GB, as PyTorch brings the
# libraries of GPUs along, though the processor alone is used.
set -eu
exec "$(dirname "$0")/setup.sh" diarization.lock .venv-diarization
