"""Diarization error rate: who is said to speak when, held against labels, in seconds and exactly.

der.py REFERENCE.rttm HYPOTHESIS.rttm prints what `score` finds.

Speech of two people at once counts twice. What lies within the collar, a quarter of a second on both sides of every
boundary of the reference, is left out. Each speaker of the hypothesis stands for at most one of the reference, so that
as much as possible agrees. Everything before, between and after the labels counts: what is heard there is a false alarm.

The conventions are those of NIST's md-eval (collar 0.25) and of pyannote.metrics (collar 0.5, skip_overlap=False), which
gives the width of both sides together; reference/check_scorer.py holds this against the latter. They differ in this:
- Labels of one speaker that overlap each other count once here, and twice there.
- The rate of recordings without any speech is None here, and 0 or 1 there; false alarms are always given in seconds.
"""

import collections
import json
import sys

COLLAR = 0.25


def read_rttm(path):
    """[(begin, end, speaker)] of an RTTM file about one recording."""
    spans = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            words = line.split()
            if words and words[0] == "SPEAKER":
                begin, length = float(words[3]), float(words[4])
                spans.append((begin, begin + length, words[7]))
    return spans


def joined(spans):
    """Spans of some time, those of one speaker that touch or overlap as one."""
    by_speaker = collections.defaultdict(list)
    for begin, end, speaker in sorted(spans):
        own = by_speaker[speaker]
        if own and begin <= own[-1][1]:
            own[-1][1] = max(own[-1][1], end)
        elif end > begin:
            own.append([begin, end])
    return [(begin, end, speaker) for speaker, own in by_speaker.items() for begin, end in own]


def best_sum(table):
    """The largest sum of entries of a table of numbers from 0 on, with at most one from each row and column.

    The Hungarian method with shortest paths: rows are assigned one after another, and potentials keep every path short.
    """
    if not table or not table[0]:
        return 0.0
    if len(table) > len(table[0]):
        table = [list(column) for column in zip(*table)]
    rows, columns = len(table), len(table[0])
    of_row, of_column = [0.0] * (rows + 1), [0.0] * (columns + 1)
    row_at = [0] * (columns + 1)  # which row has a column, counted from 1; column 0 is where a path begins
    for row in range(1, rows + 1):
        row_at[0], column = row, 0
        shortest, before, done = [float("inf")] * (columns + 1), [0] * (columns + 1), [False] * (columns + 1)
        while row_at[column]:
            done[column] = True
            here, step, nearest = row_at[column], float("inf"), 0
            for other in range(1, columns + 1):
                if not done[other]:
                    cost = -table[here - 1][other - 1] - of_row[here] - of_column[other]
                    if cost < shortest[other]:
                        shortest[other], before[other] = cost, column
                    if shortest[other] < step:
                        step, nearest = shortest[other], other
            for other in range(columns + 1):
                if done[other]:
                    of_row[row_at[other]] += step
                    of_column[other] -= step
                else:
                    shortest[other] -= step
            column = nearest
        while column:
            row_at[column] = row_at[before[column]]
            column = before[column]
    return sum(table[row_at[column] - 1][column - 1] for column in range(1, columns + 1) if row_at[column])


def score(reference, hypothesis, collar=COLLAR):
    """Seconds missed, falsely alarmed, confused and in all, and the numbers of speakers; from [(begin, end, speaker)]."""
    events = []
    for side, spans in enumerate((joined(reference), joined(hypothesis))):
        for begin, end, speaker in spans:
            events += [(begin, side, 1, speaker), (end, side, -1, speaker)]
    if collar:
        for begin, end, _ in reference:
            for boundary in (begin, end) if end > begin else ():
                events += [(boundary - collar, 2, 1, None), (boundary + collar, 2, -1, None)]
    events.sort(key=lambda event: event[0])
    speaking, collars, last = (set(), set()), 0, 0.0
    missed = false_alarm = total = both = 0.0
    together = collections.defaultdict(float)
    for time, side, change, speaker in events:
        if not collars and time > last:
            length = time - last
            said, heard = len(speaking[0]), len(speaking[1])
            total += length * said
            missed += length * max(0, said - heard)
            false_alarm += length * max(0, heard - said)
            both += length * min(said, heard)
            for pair in ((one, other) for one in speaking[0] for other in speaking[1]):
                together[pair] += length
        last = time
        if side == 2:
            collars += change
        elif change > 0:
            speaking[side].add(speaker)
        else:
            speaking[side].discard(speaker)
    speakers = [sorted({speaker for begin, end, speaker in spans if end > begin}) for spans in (reference, hypothesis)]
    right = best_sum([[together[one, other] for other in speakers[1]] for one in speakers[0]])
    return {
        "missed": missed,
        "false_alarm": false_alarm,
        "confusion": max(0.0, both - right),
        "total": total,
        "reference_speakers": len(speakers[0]),
        "hypothesis_speakers": len(speakers[1]),
    }


def rate(scores):
    """Diarization error rate over some recordings, in per cent; None where nobody speaks."""
    total = sum(one["total"] for one in scores)
    wrong = sum(one["missed"] + one["false_alarm"] + one["confusion"] for one in scores)
    return 100 * wrong / total if total else None


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    result = score(read_rttm(sys.argv[1]), read_rttm(sys.argv[2]))
    print(json.dumps(result | {"der_percent": rate([result])}, indent=2))


if __name__ == "__main__":
    main()
