#!/bin/sh
# Makes the environment of generate_egemaps.py and of the training of the emotion model: `.venv-emotion` at the root of the
# project, exactly the packages of emotion.lock, in the way of setup.sh.
set -eu
exec "$(dirname "$0")/setup.sh" emotion.lock .venv-emotion
