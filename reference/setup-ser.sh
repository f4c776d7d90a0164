#!/bin/sh
# Makes the environment of generate_ser.py: `.venv-ser` at the root of the project, exactly the packages of ser.lock, in the
# way of setup.sh. They take 7 GB, as PyTorch brings the libraries of GPUs along, though the processor alone is used.
set -eu
exec "$(dirname "$0")/setup.sh" ser.lock .venv-ser
