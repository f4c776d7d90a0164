"""Holds our diarization error rate, benches/der.py, against that of pyannote.metrics: the same to 1e-6 seconds.

Usage: check_scorer.py [REFERENCE.rttm HYPOTHESIS.rttm]...

Run it in the environment that reference/setup-diarization.sh makes. Made-up labels come first, then the given pairs.
pyannote.metrics gives its collar as the width of both sides of a boundary together, hence 0.5 for our 0.25. Where labels
of one speaker overlap each other it counts him twice and we once, so they are joined before the comparison; of recordings
without any speech only the seconds are compared, as its rate is 0 or 1 there and ours is none.
"""

import pathlib
import random
import sys
import warnings

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benches"))

import der  # noqa: E402
from pyannote.core import Annotation, Segment  # noqa: E402
from pyannote.metrics.diarization import DiarizationErrorRate  # noqa: E402

ROUNDS = 1000
NAMES = {"missed": "missed detection", "false_alarm": "false alarm", "confusion": "confusion", "total": "total"}


def annotation(spans):
    made = Annotation()
    for number, (begin, end, speaker) in enumerate(spans):
        made[Segment(begin, end), number] = speaker
    return made


def compare(name, reference, hypothesis, collar):
    reference, hypothesis = der.joined(reference), der.joined(hypothesis)
    ours = der.score(reference, hypothesis, collar)
    judge = DiarizationErrorRate(collar=2 * collar, skip_overlap=False)
    theirs = judge(annotation(reference), annotation(hypothesis), detailed=True)
    for key, name_there in NAMES.items():
        if abs(ours[key] - theirs[name_there]) > 1e-6:
            sys.exit(f"{name}: {key} is {ours[key]!r} here and {theirs[name_there]!r} there")
    rate = der.rate([ours])
    if rate is not None and abs(rate - 100 * theirs["diarization error rate"]) > 1e-4:
        sys.exit(f"{name}: the rate is {rate!r} here and {100 * theirs['diarization error rate']!r} there")


def made_up(draw, names):
    """Turns of some speakers with gaps and overlaps, in whole milliseconds so that some boundaries coincide."""
    speakers, time, spans = names[: draw.randint(0, len(names))], 0, []
    for _ in range(draw.randint(1, 30) if speakers else 0):
        length = draw.choice((draw.randint(1, 300), draw.randint(300, 5000)))
        time = max(0, time + draw.randint(-2000, 1500))
        spans.append((time / 1000, (time + length) / 1000, draw.choice(speakers)))
        time += length
    return spans


def distorted(draw, spans):
    """Labels as a program might find them: moved, lost, confused."""
    found = []
    for begin, end, speaker in spans:
        if draw.random() < 0.9:
            begin = max(0.0, begin + draw.choice((0, draw.randint(-400, 400) / 1000)))
            speaker = speaker.upper() if draw.random() < 0.8 else draw.choice("ABCX")
            found.append((begin, max(begin, end + draw.randint(-400, 400) / 1000), speaker))
    return found


def main():
    paths = sys.argv[1:]
    if len(paths) % 2:
        sys.exit(__doc__)
    warnings.filterwarnings("ignore", message=".*uem.*")
    draw = random.Random(31)
    for number in range(ROUNDS):
        reference = made_up(draw, "abcdef")
        hypothesis = distorted(draw, reference) if number % 2 else made_up(draw, "ABCDEFGH")
        compare(f"made-up labels {number}", reference, hypothesis, draw.choice((0.0, 0.1, der.COLLAR)))
    for one, other in zip(paths[::2], paths[1::2]):
        compare(f"{one} and {other}", der.read_rttm(one), der.read_rttm(other), der.COLLAR)
    print(f"{ROUNDS} made-up pairs and {len(paths) // 2} given ones: the same")


if __name__ == "__main__":
    main()
