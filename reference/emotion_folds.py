"""Every clip by a model that knows neither its speaker nor its sentence, with everything chosen within the fold.

A fold is trained on the other speakers' other sentences, clips and copies. What kind of model it is, how probabilities are
scaled, and whether arousal is the sum over the classes, a model of its own or the mean of both, is chosen by leaving out one of
the fold's own speakers at a time. What is found for clips of the fold has no part in that.
"""

import dataclasses

import emotion_model as model
import numpy as np

LETTERS = "WLEAFTN"
HIGH = np.array([letter in "WAF" for letter in LETTERS])  # Schuller et al. 2009, ASRU
WAYS = {"sum over the classes": 0.0, "a model of its own": 1.0, "mean of both": 0.5}  # weight of the latter


def summed(p):
    """Probability of low and of high arousal: sums over the classes."""
    high = p[:, HIGH].sum(1)
    return np.stack([1 - high, high], 1)


@dataclasses.dataclass
class Choice:
    """A kind of model and its temperature, for classes and for arousal, and how arousal is told."""

    kind: str
    temperature: float
    own_kind: str
    own_temperature: float
    way: str

    def probabilities(self, kinds, members, logits, own_logits):
        """Of the classes and of arousal, from logits of the shape (members, clips, classes)."""
        p = model.softmax(model.averaged(logits, kinds[self.kind], members) / self.temperature)
        own = model.softmax(model.averaged(own_logits, kinds[self.own_kind], members) / self.own_temperature)
        weight = WAYS[self.way]
        return p, (1 - weight) * summed(p) + weight * own


def best(logits, y, kinds, members):
    """(score, kind, temperature, probabilities) of the kind that is best, and of the first."""
    found = []
    for name, kind in kinds.items():
        mean = model.averaged(logits, kind, members)
        t = model.temperature(mean, y)
        p = model.softmax(mean / t)
        found.append((model.score(p, y), name, t, p))
    return max(found, key=lambda one: one[0]), found[0]


def choose(logits, own_logits, y, kinds, members, ways=WAYS):
    """What is best for clips of speakers that the models do not know; and the first kind with the first way, unchosen."""
    high = HIGH[y].astype(int)
    chosen, first = best(logits, y, kinds, members)
    own, own_first = best(own_logits, high, kinds, members)
    told = {
        way: model.score((1 - WAYS[way]) * summed(chosen[3]) + WAYS[way] * own[3], high) for way in ways
    }
    way = max(told, key=told.get)
    fixed = Choice(first[1], first[2], own_first[1], own_first[2], next(iter(WAYS)))
    return Choice(chosen[1], chosen[2], own[1], own[2], way), fixed


def heard(found, clips, wanted):
    """Logits of the clips for which `wanted` holds, copies too, as (members, clips, classes), and their labels."""
    known = clips.known & wanted
    label = np.broadcast_to(clips.label, known.shape)[known]
    return found[:, known], label


class Folds:
    """Probabilities of all clips in each condition, chosen and with the first kind."""

    def __init__(self, clips, probes, kinds=model.KINDS, members=model.MEMBERS):
        graded = model.Clips(clips.values, HIGH[clips.label].astype(int), clips.speaker, clips.sentence)
        number = len(clips.label)
        empty = lambda: {name: (np.full((number, len(LETTERS)), np.nan), np.full((number, 2), np.nan)) for name in probes}
        self.chosen, self.fixed, self.choices = empty(), empty(), []
        for sentence in np.unique(clips.sentence):
            inner = model.left_out(clips, [sentence], len(LETTERS), members)
            own_inner = model.left_out(graded, [sentence], 2, members)
            for place, speaker in enumerate(np.unique(clips.speaker)):
                test = np.flatnonzero((clips.speaker == speaker) & (clips.sentence == sentence))
                train = (clips.speaker != speaker) & (clips.sentence != sentence)
                if not len(test):
                    continue
                logits, y = heard(inner[place], clips, train)
                own_logits, _ = heard(own_inner[place], clips, train)
                choice, fixed = choose(logits, own_logits, y, kinds, members)
                self.choices.append(choice)
                fitted = clips.fit(train, len(LETTERS), members)
                own = graded.fit(train, 2, members)
                for name, values in probes.items():
                    said = fitted.logits(values[test]), own.logits(values[test])
                    for into, what in ((self.chosen, choice), (self.fixed, fixed)):
                        into[name][0][test], into[name][1][test] = what.probabilities(kinds, members, *said)


def for_everybody(clips, kinds=model.KINDS, members=model.MEMBERS):
    """The model for everybody, chosen as in a fold and trained on all clips: (choice, classes, arousal of its own)."""
    graded = model.Clips(clips.values, HIGH[clips.label].astype(int), clips.speaker, clips.sentence)
    every = np.ones(len(clips.label), bool)
    logits, y = heard(model.left_out(clips, [], len(LETTERS), members)[-1], clips, every)
    own_logits, _ = heard(model.left_out(graded, [], 2, members)[-1], clips, every)
    choice, _ = choose(logits, own_logits, y, kinds, members)
    return choice, clips.fit(every, len(LETTERS), members), graded.fit(every, 2, members)
