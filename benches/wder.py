"""Word diarization error rate: who is said to have said each word, held against labels.

wder.py REFERENCE.stm ANALYSIS.json prints what `score` finds in an `analysis.json`.

WDER of Shafey, Soltau & Shafran 2019, "Joint speech recognition and speaker diarization via sequence transduction": of the
words that were recognised, rightly or as another word, the share that has the wrong speaker. What was left out or invented
is the matter of the word error rate and does not count. Each speaker of the hypothesis stands for at most one of the
reference, so that as much as possible agrees. A word without a speaker has the wrong one.

Both are compared as the other benchmarks compare text: lower case, without punctuation. Words are matched with as few
errors as possible, in order of time.

>>> score([("a", "A"), ("b", "A"), ("c", "B")], [("a", "0"), ("x", "0"), ("c", "0")])["wder_percent"]
33.33
>>> score([("a", "A"), ("b", "B")], [("a", "1"), ("b", None), ("c", "0")])
{'wder_percent': 50.0, 'wrong': 1, 'recognised': 2, 'labelled': 2, 'left_out': 0, 'invented': 1, 'unsure': None}
"""

import json
import pathlib
import sys

import common
import der


def read_stm(path):
    """[(word, speaker)] of an STM file about one recording, in order of time: `file channel speaker begin end text`."""
    segments = []
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith(";;"):
            _, _, speaker, begin, _, text = line.split(maxsplit=5)
            segments.append((float(begin), speaker, text))
    return [(word, speaker) for _, speaker, text in sorted(segments) for word in common.words(text).split()]


def read_analysis(path):
    """[(word, speaker)] of an `analysis.json`, and how many of the words have a doubt about their speaker."""
    analysis = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    spoken = [word for utterance in analysis["utterances"] for word in utterance["words"]]
    found = [(part, word.get("speaker")) for word in spoken for part in common.words(word["text"]).split()]
    return found, sum(word.get("speaker_doubt") is not None for word in spoken)


def matched(reference, hypothesis):
    """Pairs of places of words that stand for each other, of a match with as few errors as possible."""
    import jiwer

    texts = [" ".join(word for word, _ in words) for words in (reference, hypothesis)]
    if not all(texts):
        return []
    pairs = []
    for chunk in jiwer.process_words(*texts).alignments[0]:
        if chunk.type in ("equal", "substitute"):
            said = range(chunk.ref_start_idx, chunk.ref_end_idx)
            pairs += zip(said, range(chunk.hyp_start_idx, chunk.hyp_end_idx))
    return pairs


def score(reference, hypothesis, unsure=None):
    """What there is of words [(word, speaker)], and the rate in per cent; None where no word was recognised."""
    pairs = [(reference[said][1], hypothesis[heard][1]) for said, heard in matched(reference, hypothesis)]
    speakers = sorted({said for said, _ in pairs})
    heard = sorted({heard for _, heard in pairs if heard is not None})
    right = round(der.best_sum([[pairs.count((one, other)) for other in heard] for one in speakers]))
    return {
        "wder_percent": round(100 * (len(pairs) - right) / len(pairs), 2) if pairs else None,
        "wrong": len(pairs) - right,
        "recognised": len(pairs),
        "labelled": len(reference),
        "left_out": len(reference) - len(pairs),
        "invented": len(hypothesis) - len(pairs),
        "unsure": unsure,
    }


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    hypothesis, unsure = read_analysis(sys.argv[2])
    print(json.dumps(score(read_stm(sys.argv[1]), hypothesis, unsure), indent=2))


if __name__ == "__main__":
    main()
