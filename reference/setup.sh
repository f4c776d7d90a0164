#!/bin/sh
# Makes the reference environment: `.venv` at the root of the project, exactly the packages of requirements.lock.
# With two arguments, another lock file of this folder and another environment: setup.sh LOCK ENVIRONMENT.
# Needed only to make golden data and to compare with other programs; the program itself never uses it.
# A second run does nothing as long as the lock file is the same; an interrupted one is mended by the next.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
environment="$here/../${2:-.venv}"
lock="$here/${1:-requirements.lock}"
stamp="$environment/.voiceman-lock"

if [ -f "$stamp" ] && cmp -s "$stamp" "$lock"; then
    exit 0
fi

python="${PYTHON:-}"
if [ -z "$python" ]; then
    for candidate in python3.11 python3; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
            python="$candidate"
            break
        fi
    done
fi
if [ -z "$python" ]; then
    echo "reference/setup.sh: the reference environment is locked for Python 3.11, and none was found." >&2
    echo "Install python3.11 with its venv module, or name one with PYTHON=/path/to/python3.11." >&2
    exit 1
fi

[ -x "$environment/bin/python" ] || "$python" -m venv "$environment"
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
cp "$lock" "$stamp"
